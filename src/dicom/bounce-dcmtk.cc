/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* DCMTK's process-wide settings, and its log as ours: warnings and errors only, since its lower
 * levels print data sets. */

#include "bounce-dcmtk-private.h"

#include "bounce-log.h"

#include "dcmtk/config/osconfig.h"

#include "dcmtk/dcmnet/dul.h"
#include "dcmtk/oflog/appender.h"
#include "dcmtk/oflog/oflog.h"
#include "dcmtk/oflog/spi/logevent.h"

#include <mutex>

namespace
{

constexpr unsigned kMessageMaxBytes = 300;

/* Control characters from a peer's strings would forge log lines. */
void
logMessage (BounceLogLevel level, const OFString &message)
{
  std::string text (message.c_str (), MIN (message.size (), kMessageMaxBytes));

  for (char &c : text)
    if (!g_ascii_isprint (c))
      c = '?';
  bounce_log (level, "DCMTK: %s", text.c_str ());
}

class Appender : public dcmtk::log4cplus::Appender
{
public:
  ~Appender () override
  {
    destructorImpl ();
  }

  void close () override
  {
  }

protected:
  void append (const dcmtk::log4cplus::spi::InternalLoggingEvent &event) override
  {
    logMessage (BOUNCE_LOG_WARNING, event.getMessage ());
  }
};

void
initialise ()
{
  dcmtk::log4cplus::SharedAppenderPtr appender (new Appender);
  auto root = dcmtk::log4cplus::Logger::getRoot ();

  OFLog::configure (OFLogger::WARN_LOG_LEVEL);
  root.removeAllAppenders ();
  root.addAppender (appender);
  dcmDisableGethostbyaddr.set (OFTrue);
}

}

/* Any thread; does something once. */
extern "C" void
bounce_dcmtk_initialise (void)
{
  static std::once_flag once;

  std::call_once (once, initialise);
}
