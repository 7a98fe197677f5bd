/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The transport DCMTK reads and writes through. It owns no descriptor (the BounceConnection does,
 * so that A-ABORT can go out whatever DCMTK thinks of the connection), replays the bytes of the
 * association request that were read under the deadline, and sends each PDU in one piece where
 * DCMTK writes header and body apart. Belongs to the association's thread. */

#include "bounce-transport-private.h"

#include "dcmtk/dcmnet/dul.h"

#include <algorithm>
#include <cstring>
#include <poll.h>

namespace bounce
{

namespace
{

constexpr size_t kPduHeaderBytes = 6;

class Transport : public DcmTransportConnection
{
public:
  Transport (BounceConnection *connection, const GByteArray *replay)
      : DcmTransportConnection (connection->fd), connection_ (connection),
        replay_ (replay->data, replay->data + replay->len)
  {
  }

  OFCondition serverSideHandshake () override
  {
    return EC_Normal;
  }

  OFCondition clientSideHandshake () override
  {
    return EC_Normal;
  }

  OFCondition renegotiate (const char *) override
  {
    return EC_Normal;
  }

  ssize_t read (void *buffer, size_t size) override
  {
    size_t n = std::min (size, replay_.size () - replayed_);

    if (n == 0)
      return isClosed_ ? 0 : bounce_connection_read (connection_, buffer, size);
    std::memcpy (buffer, replay_.data () + replayed_, n);
    replayed_ += n;
    return static_cast<ssize_t> (n);
  }

  ssize_t write (void *buffer, size_t size) override
  {
    auto bytes = static_cast<const unsigned char *> (buffer);

    if (isClosed_)
      return -1;
    unsent_.insert (unsent_.end (), bytes, bytes + size);
    if (unsent_.size () < kPduHeaderBytes || unsent_.size () < pduBytes ())
      return static_cast<ssize_t> (size);

    /* Aborting is ours: it must happen once, also in states where DCMTK has given up before. */
    ssize_t sent = unsent_[0] == DUL_TYPEABORT
                       ? 0
                       : bounce_connection_write (connection_, unsent_.data (), unsent_.size ());
    unsent_.clear ();
    return sent < 0 ? -1 : static_cast<ssize_t> (size);
  }

  void close () override
  {
    isClosed_ = true;
  }

  void closeTransportConnection () override
  {
    isClosed_ = true;
  }

  unsigned long getPeerCertificateLength () override
  {
    return 0;
  }

  unsigned long getPeerCertificate (void *, unsigned long) override
  {
    return 0;
  }

  OFBool networkDataAvailable (int timeoutSeconds) override
  {
    struct pollfd pfd = { connection_->fd, POLLIN, 0 };

    return replayed_ < replay_.size () || poll (&pfd, 1, timeoutSeconds * 1000) > 0;
  }

  /* FALSE: DCMTK then asks networkDataAvailable() instead of the descriptor. */
  OFBool isTransparentConnection () override
  {
    return OFFalse;
  }

  OFString &dumpConnectionParameters (OFString &text) override
  {
    text = "Transport connection: TCP/IP";
    return text;
  }

private:
  size_t pduBytes () const
  {
    return kPduHeaderBytes
           + (size_t (unsent_[2]) << 24 | size_t (unsent_[3]) << 16 | size_t (unsent_[4]) << 8
              | size_t (unsent_[5]));
  }

  BounceConnection *connection_; /* (unowned) */
  std::vector<unsigned char> replay_;
  size_t replayed_ = 0;
  std::vector<unsigned char> unsent_; /* the PDU being written */
  bool isClosed_ = false;
};

}

Layer::Layer (BounceConnection *connection, const GByteArray *replay)
    : connection_ (connection), replay_ (replay)
{
}

DcmTransportConnection *
Layer::createConnection (DcmNativeSocketType, OFBool)
{
  return new Transport (connection_, replay_);
}

}
