/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* One association, from the first byte of its request to the end of its connection, all on its own
 * thread. DCMTK negotiates and splits PDUs into PDVs; commands go through our own parser and data
 * PDVs straight to the handler's sink. DIMSE_receiveCommand and everything that parses data sets
 * stay out: in DCMTK 3.6.7 nested sequences overflow their stack.
 *
 * Whatever happens ends in a response, a rejection, a release or an A-ABORT, never in silence, and
 * every `opened` in one `closed`, every `store_begin` that gave a sink in one `store_end`. */

#include "bounce-negotiation-private.h"

#include "bounce-command.h"
#include "bounce-log.h"
#include "bounce-sop-class-private.h"

#include "dcmtk/dcmnet/cond.h"
#include "dcmtk/dcmnet/dul.h"

#include <exception>
#include <functional>

namespace bounce
{

namespace
{

/* PS3.7 annex C, beside those of C-STORE. */
constexpr guint16 kStatusSopClassNotSupported = 0x0122;
constexpr guint16 kStatusUnrecognisedOperation = 0x0211;

enum class Event
{
  Pdv,
  Released,
  PeerAborted,
  Lost,
  TimedOut,
  Broken, /* the peer violates the protocol: abort_ says how */
};

class Association
{
public:
  Association (BounceConnection *connection, const GByteArray *request);
  ~Association ();
  Association (const Association &) = delete;
  Association &operator= (const Association &) = delete;

  void run ();

private:
  using Fragment = std::function<void (const guint8 *, gsize)>;

  bool open ();
  Event serve ();
  Event nextPdv (DUL_PDV &pdv);
  Event handle (guint8 context, const GByteArray &bytes);
  Event store (guint8 context, const BounceCommand &command);
  Event receiveDataSet (guint8 context, const Fragment &fragment);
  Event respond (guint8 context,
                 const BounceCommand &command,
                 guint16 status,
                 const char *comment = nullptr);
  Event answer (guint8 context, const BounceCommand &command, guint16 status);
  Event breakOff (BounceAbort abort, const char *reason);
  void end (Event event);
  void close (BounceAssociationOutcome outcome);

  BounceConnection *connection_; /* (unowned) */
  Negotiation negotiation_;
  Contexts contexts_;
  gpointer handle_ = nullptr; /* the handler's; non-NULL from opened to closed */
  BounceAbort abort_ = BOUNCE_ABORT_BY_USER;
};

/* A sink of the handler, ended exactly once. */
class Sink
{
public:
  Sink (BounceConnection &connection, gpointer sink) : connection_ (connection), sink_ (sink)
  {
  }

  ~Sink ()
  {
    if (sink_ != nullptr)
      connection_.handler->store_end (sink_, FALSE, nullptr, connection_.user_data);
  }

  Sink (const Sink &) = delete;
  Sink &operator= (const Sink &) = delete;

  void write (const guint8 *data, gsize size)
  {
    if (sink_ != nullptr && isWanted_ && size > 0)
      isWanted_ = connection_.handler->store_write (sink_, data, size, connection_.user_data);
  }

  BounceStatus complete (char **comment)
  {
    return connection_.handler->store_end (g_steal_pointer (&sink_), TRUE, comment,
                                           connection_.user_data);
  }

private:
  BounceConnection &connection_;
  gpointer sink_;
  bool isWanted_ = true; /* false: refused, the rest is dropped */
};

Association::Association (BounceConnection *connection, const GByteArray *request)
    : connection_ (connection), negotiation_ (connection, request)
{
}

Association::~Association ()
{
  close (BOUNCE_ASSOCIATION_ABORTED);
}

/* Gives the slot back too: before the peer learns of the end, or it could be back too early. */
void
Association::close (BounceAssociationOutcome outcome)
{
  if (handle_ != nullptr)
    connection_->handler->closed (g_steal_pointer (&handle_), outcome, connection_->user_data);
  bounce_listener_release_slot (connection_->listener, connection_);
}

Event
Association::breakOff (BounceAbort abort, const char *reason)
{
  bounce_log (BOUNCE_LOG_WARNING, "Aborting the association of %s: %s", connection_->address,
              reason);
  abort_ = abort;
  return Event::Broken;
}

bool
Association::open ()
{
  OFCondition condition = negotiation_.receive ();

  if (condition.bad ())
    {
      bounce_log (BOUNCE_LOG_WARNING, "Refused the association request of %s: %s",
                  connection_->address, condition.text ());
      /* That one DCMTK has rejected itself. */
      if (condition == DUL_UNSUPPORTEDPEERPROTOCOL)
        bounce_connection_linger (connection_);
      else
        bounce_connection_abort (connection_, BOUNCE_ABORT_INVALID_PARAMETER);
      return false;
    }
  if (!negotiation_.isDicomContext ())
    {
      negotiation_.reject (ASC_SOURCE_SERVICEUSER, ASC_REASON_SU_APPCONTEXTNAMENOTSUPPORTED);
      bounce_connection_linger (connection_);
      return false;
    }

  std::string calling = negotiation_.callingTitle ();
  std::string called = negotiation_.calledTitle ();
  BouncePeer peer = { connection_->address, calling.c_str (), called.c_str () };
  handle_ = connection_->handler->opened (&peer, connection_->user_data);
  if (handle_ == nullptr)
    {
      negotiation_.reject (ASC_SOURCE_SERVICEUSER, ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED);
      bounce_connection_linger (connection_);
      return false;
    }
  return true;
}

void
Association::run ()
{
  if (!open ())
    return;
  bounce_connection_set_timeouts (connection_);
  OFCondition condition = negotiation_.acknowledge (contexts_);
  if (condition.good ())
    end (serve ());
  else if (condition.code () == DULC_TCPIOERROR)
    end (connection_->is_timed_out ? Event::TimedOut : Event::Lost);
  else
    end (breakOff (BOUNCE_ABORT_INVALID_PARAMETER, condition.text ()));
}

void
Association::end (Event event)
{
  bool isStopped = event == Event::Lost && bounce_connection_is_closing (connection_);

  switch (event)
    {
    case Event::Released:
      close (BOUNCE_ASSOCIATION_RELEASED);
      ASC_acknowledgeRelease (negotiation_.association ());
      bounce_connection_linger (connection_);
      break;
    case Event::PeerAborted:
      close (BOUNCE_ASSOCIATION_ABORTED_BY_PEER);
      break;
    case Event::Lost:
      close (isStopped ? BOUNCE_ASSOCIATION_ABORTED : BOUNCE_ASSOCIATION_LOST);
      if (isStopped)
        bounce_connection_abort (connection_, BOUNCE_ABORT_BY_USER);
      break;
    case Event::TimedOut:
    case Event::Broken:
    case Event::Pdv:
      close (BOUNCE_ASSOCIATION_ABORTED);
      bounce_connection_abort (connection_, abort_);
      break;
    }
}

/* Reads PDUs until there is a PDV. Its data stays valid until the next call. */
Event
Association::nextPdv (DUL_PDV &pdv)
{
  auto key = &negotiation_.association ()->DULassociation;

  if (DUL_NextPDV (key, &pdv).good ())
    return Event::Pdv;
  bounce_connection_begin_pdu (connection_);
  OFCondition condition = DUL_ReadPDVs (key, nullptr, DUL_BLOCK, 0);

  if (condition == DUL_PDATAPDUARRIVED)
    return DUL_NextPDV (key, &pdv).good ()
               ? Event::Pdv
               : breakOff (BOUNCE_ABORT_INVALID_PARAMETER, "a PDU without PDVs");
  if (condition == DUL_PEERREQUESTEDRELEASE)
    return Event::Released;
  /* DCMTK takes the end of a connection for an abort. */
  if (connection_->is_timed_out)
    return Event::TimedOut;
  if (connection_->is_at_end)
    return Event::Lost;
  if (condition == DUL_PEERABORTEDASSOCIATION)
    return Event::PeerAborted;
  return breakOff (condition.code () == DULC_UNRECOGNIZEDPDUTYPE ? BOUNCE_ABORT_UNRECOGNISED_PDU
                   : condition.good ()                           ? BOUNCE_ABORT_UNEXPECTED_PDU
                                                                 : BOUNCE_ABORT_INVALID_PARAMETER,
                   condition.good () ? "an unexpected PDU" : condition.text ());
}

Event
Association::serve ()
{
  g_autoptr (GByteArray) command = g_byte_array_new ();
  guint8 context = 0;

  for (;;)
    {
      DUL_PDV pdv;

      bounce_connection_set_idle (connection_, command->len == 0);
      Event event = nextPdv (pdv);
      bounce_connection_set_idle (connection_, FALSE);
      if (event != Event::Pdv)
        return event;
      if (pdv.pdvType != DUL_COMMANDPDV
          || (command->len > 0 && pdv.presentationContextID != context))
        return breakOff (BOUNCE_ABORT_UNEXPECTED_PDU, "data where a command was due");
      if (command->len + pdv.fragmentLength > BOUNCE_COMMAND_MAX_BYTES)
        return breakOff (BOUNCE_ABORT_INVALID_PARAMETER, "a command that is too long");
      context = pdv.presentationContextID;
      g_byte_array_append (command, static_cast<const guint8 *> (pdv.data),
                           static_cast<guint> (pdv.fragmentLength));
      if (!pdv.lastPDV)
        continue;

      event = handle (context, *command);
      if (event != Event::Pdv)
        return event;
      g_byte_array_set_size (command, 0);
    }
}

/* Answers one command; Event::Pdv when the next may come. */
Event
Association::handle (guint8 context, const GByteArray &bytes)
{
  g_autoptr (GError) error = nullptr;
  BounceCommand command;

  if (contexts_[context].service == Service::None)
    return breakOff (BOUNCE_ABORT_INVALID_PARAMETER, "a presentation context not accepted");
  if (!bounce_command_parse (bytes.data, bytes.len, &command, &error))
    {
      if (g_error_matches (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_BAD_UID))
        return answer (context, command, BOUNCE_STATUS_CANNOT_UNDERSTAND);
      return breakOff (BOUNCE_ABORT_INVALID_PARAMETER, error->message);
    }

  switch (command.field)
    {
    case BOUNCE_COMMAND_C_STORE_RQ:
      if (contexts_[context].service != Service::Storage
          || !bounce_sop_class_is_storage (command.affected_sop_class_uid))
        return answer (context, command, kStatusSopClassNotSupported);
      return store (context, command);
    case BOUNCE_COMMAND_C_ECHO_RQ:
      return answer (context, command, BOUNCE_STATUS_SUCCESS);
    case BOUNCE_COMMAND_C_CANCEL_RQ:
      return Event::Pdv; /* nothing of ours can be cancelled; it has no response */
    default:
      if ((command.field & BOUNCE_COMMAND_RESPONSE_BIT) != 0)
        return breakOff (BOUNCE_ABORT_UNEXPECTED_PDU, "a response that nobody asked for");
      return answer (context, command, kStatusUnrecognisedOperation);
    }
}

Event
Association::store (guint8 context, const BounceCommand &command)
{
  BounceStoreRequest request = { command.affected_sop_class_uid, command.affected_sop_instance_uid,
                                 contexts_[context].transferSyntax };
  BounceStatus status = BOUNCE_STATUS_PROCESSING_FAILURE;
  g_autofree char *comment = nullptr;

  if (!command.has_data_set)
    return respond (context, command, BOUNCE_STATUS_CANNOT_UNDERSTAND, "No data set");

  gpointer raw =
      connection_->handler->store_begin (handle_, &request, &status, connection_->user_data);
  if (raw == nullptr)
    {
      if (status == BOUNCE_STATUS_SUCCESS)
        status = BOUNCE_STATUS_PROCESSING_FAILURE; /* success needs a sink */
      return answer (context, command, static_cast<guint16> (status));
    }

  Sink sink (*connection_, raw);
  Event event = receiveDataSet (
      context, [&sink] (const guint8 *data, gsize size) { sink.write (data, size); });
  if (event != Event::Pdv)
    return event;
  status = sink.complete (&comment);
  return respond (context, command, static_cast<guint16> (status), comment);
}

/* Reads the data set that follows, if any, drops it and answers. */
Event
Association::answer (guint8 context, const BounceCommand &command, guint16 status)
{
  if (command.has_data_set)
    {
      Event event = receiveDataSet (context, [] (const guint8 *, gsize) {});

      if (event != Event::Pdv)
        return event;
    }
  return respond (context, command, status);
}

Event
Association::receiveDataSet (guint8 context, const Fragment &fragment)
{
  DUL_PDV pdv;

  do
    {
      Event event = nextPdv (pdv);

      if (event != Event::Pdv)
        return event;
      if (pdv.pdvType != DUL_DATASETPDV || pdv.presentationContextID != context)
        return breakOff (BOUNCE_ABORT_UNEXPECTED_PDU, "a command where data was due");
      fragment (static_cast<const guint8 *> (pdv.data), pdv.fragmentLength);
    }
  while (!pdv.lastPDV);
  return Event::Pdv;
}

Event
Association::respond (guint8 context,
                      const BounceCommand &command,
                      guint16 status,
                      const char *comment)
{
  g_autoptr (GBytes) bytes = bounce_command_new_response (&command, status, comment);
  gsize size;
  DUL_PDV pdv = {};
  DUL_PDVLIST list = {};

  pdv.data = const_cast<void *> (g_bytes_get_data (bytes, &size));
  pdv.fragmentLength = size;
  pdv.presentationContextID = context;
  pdv.pdvType = DUL_COMMANDPDV;
  pdv.lastPDV = OFTrue;
  list.count = 1;
  list.pdv = &pdv;
  if (DUL_WritePDVs (&negotiation_.association ()->DULassociation, &list).good ())
    return Event::Pdv;
  return connection_->is_timed_out ? Event::TimedOut : Event::Lost;
}

void
serve (BounceConnection *connection)
{
  g_autoptr (GError) error = nullptr;
  BounceAbort answer;
  g_autoptr (GByteArray) request = bounce_connection_read_request (connection, &answer, &error);

  if (request == nullptr)
    {
      /* Port scanners and monitors connect and say nothing all day long. */
      bounce_log (error->code == BOUNCE_DICOM_ERROR_NETWORK ? BOUNCE_LOG_DEBUG : BOUNCE_LOG_INFO,
                  "Closing the connection of %s: %s", connection->address, error->message);
      bounce_connection_abort (connection, answer);
    }
  else if (!bounce_listener_take_slot (connection->listener, connection))
    {
      bounce_log (BOUNCE_LOG_WARNING, "Rejected an association of %s: too many are open",
                  connection->address);
      bounce_connection_reject_local_limit (connection);
    }
  else
    {
      Association (connection, request).run ();
    }
}

}

}

/* The association's thread. */
extern "C" void
bounce_association_serve (BounceConnection *connection)
{
  try
    {
      bounce::serve (connection);
    }
  catch (const std::exception &e)
    {
      bounce_log (BOUNCE_LOG_ERROR, "The association of %s failed: %s", connection->address,
                  e.what ());
      bounce_connection_abort (connection, BOUNCE_ABORT_BY_USER);
    }
  catch (...)
    {
      bounce_log (BOUNCE_LOG_ERROR, "The association of %s failed", connection->address);
      bounce_connection_abort (connection, BOUNCE_ABORT_BY_USER);
    }
}
