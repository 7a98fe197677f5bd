/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Negotiation of an association by DCMTK, from a request that has already been read whole, and the
 * choice of services and transfer syntaxes. Belongs to the association's thread. */

#include "bounce-negotiation-private.h"

#include "bounce-dataset-head.h"
#include "bounce-dcmtk-private.h"
#include "bounce-sop-class-private.h"
#include "bounce-uid.h"

#include "dcmtk/dcmdata/dcuid.h"
#include "dcmtk/dcmnet/dul.h"
#include "dcmtk/dcmnet/lst.h"
#include "dcmtk/ofstd/ofstd.h"

#include <cstring>
#include <mutex>

namespace bounce
{

namespace
{

constexpr long kMaxPduBytes = 131072;     /* DCMTK's upper limit */
constexpr int kUnusedTimeoutSeconds = 10; /* the request has been read; nothing waits for this */

/* Guards dcmExternalSocketHandle and DCMTK's unguarded first-time initialisation. Held while DCMTK
 * parses a request from memory, never while the network is waited for. */
std::mutex externalSocketMutex;

class ExternalSocket
{
public:
  explicit ExternalSocket (int fd) : lock_ (externalSocketMutex)
  {
    dcmExternalSocketHandle.set (fd);
  }

  ~ExternalSocket ()
  {
    dcmExternalSocketHandle.set (-1);
  }

private:
  std::lock_guard<std::mutex> lock_;
};

/* Explicit little endian, implicit, else the first that is a UID. nullptr: none is. */
const char *
chooseTransferSyntax (DUL_PRESENTATIONCONTEXT &proposed)
{
  const char *first = nullptr;
  bool hasImplicit = false;
  auto list = &proposed.proposedTransferSyntax;
  auto item = reinterpret_cast<DUL_TRANSFERSYNTAX *> (LST_Head (list));

  LST_Position (list, reinterpret_cast<LST_NODE *> (item));
  for (; item != nullptr; item = reinterpret_cast<DUL_TRANSFERSYNTAX *> (LST_Next (list)))
    {
      if (std::strcmp (item->transferSyntax, UID_LittleEndianExplicitTransferSyntax) == 0)
        return UID_LittleEndianExplicitTransferSyntax;
      hasImplicit =
          hasImplicit
          || std::strcmp (item->transferSyntax, UID_LittleEndianImplicitTransferSyntax) == 0;
      if (first == nullptr && bounce_uid_is_valid (item->transferSyntax))
        first = item->transferSyntax;
    }
  return hasImplicit ? UID_LittleEndianImplicitTransferSyntax : first;
}

/* An AE title as text that may be logged, stored and shown. */
std::string
printable (const char *title)
{
  std::string text (title);

  for (char &c : text)
    if (!g_ascii_isprint (c))
      c = '?';
  text.erase (0, text.find_first_not_of (' '));
  return text;
}

/* DCMTK refuses to answer a blank title, which real modalities send. */
void
fillBlank (char *title)
{
  if (title[0] == '\0')
    std::strcpy (title, " ");
}

Service
serviceOf (const char *abstractSyntax)
{
  if (std::strcmp (abstractSyntax, BOUNCE_VERIFICATION_SOP_CLASS) == 0)
    return Service::Verification;
  return bounce_sop_class_is_storage (abstractSyntax) ? Service::Storage : Service::None;
}

}

Negotiation::Negotiation (BounceConnection *connection, const GByteArray *request)
    : connection_ (connection), layer_ (connection, request)
{
}

Negotiation::~Negotiation ()
{
  ASC_destroyAssociation (&association_);
  ASC_dropNetwork (&network_);
}

/* Has DCMTK parse the request; needs no network. */
OFCondition
Negotiation::receive ()
{
  ExternalSocket socket (connection_->fd);
  OFCondition condition;

  bounce_dcmtk_initialise ();
  condition = ASC_initializeNetwork (NET_ACCEPTOR, 0, kUnusedTimeoutSeconds, &network_);
  if (condition.good ())
    condition = ASC_setTransportLayer (network_, &layer_, 0);
  if (condition.good ())
    condition = ASC_receiveAssociation (network_, &association_, kMaxPduBytes);
  return condition;
}

bool
Negotiation::isDicomContext ()
{
  char name[DUL_LEN_NAME + 1] = "";

  return ASC_getApplicationContextName (association_->params, name, sizeof name).good ()
         && std::strcmp (name, UID_StandardApplicationContext) == 0;
}

void
Negotiation::reject (T_ASC_RejectParametersSource source, T_ASC_RejectParametersReason reason)
{
  T_ASC_RejectParameters parameters = { ASC_RESULT_REJECTEDPERMANENT, source, reason };

  ASC_rejectAssociation (association_, &parameters);
}

OFCondition
Negotiation::decide (DUL_PRESENTATIONCONTEXT &proposed, Contexts &contexts)
{
  Context &context = contexts[proposed.presentationContextID];
  const char *syntax = chooseTransferSyntax (proposed);
  Service service = serviceOf (proposed.abstractSyntax);

  if (service == Service::None || syntax == nullptr)
    return ASC_refusePresentationContext (association_->params, proposed.presentationContextID,
                                          service == Service::None
                                              ? ASC_P_ABSTRACTSYNTAXNOTSUPPORTED
                                              : ASC_P_TRANSFERSYNTAXESNOTSUPPORTED);
  context.service = service;
  OFStandard::strlcpy (context.transferSyntax, syntax, sizeof context.transferSyntax);
  return ASC_acceptPresentationContext (association_->params, proposed.presentationContextID,
                                        context.transferSyntax);
}

/* Answers every proposed context and sends A-ASSOCIATE-AC. DCMTK's own accessor gives up beyond 50
 * transfer syntaxes, hence the lists. */
OFCondition
Negotiation::acknowledge (Contexts &contexts)
{
  T_ASC_Parameters *params = association_->params;
  auto list = &params->DULparams.requestedPresentationContext;

  for (int i = 0; i < ASC_countPresentationContexts (params); i++)
    {
      auto proposed = reinterpret_cast<DUL_PRESENTATIONCONTEXT *> (LST_Head (list));

      LST_Position (list, reinterpret_cast<LST_NODE *> (proposed));
      for (int skip = i; skip > 0; skip--)
        proposed = reinterpret_cast<DUL_PRESENTATIONCONTEXT *> (LST_Next (list));

      OFCondition condition = decide (*proposed, contexts);
      if (condition.bad ())
        return condition;
    }
  OFStandard::strlcpy (params->ourImplementationClassUID, BOUNCE_IMPLEMENTATION_CLASS_UID,
                       sizeof params->ourImplementationClassUID);
  OFStandard::strlcpy (params->ourImplementationVersionName, BOUNCE_IMPLEMENTATION_VERSION_NAME,
                       sizeof params->ourImplementationVersionName);
  fillBlank (params->DULparams.callingAPTitle);
  fillBlank (params->DULparams.calledAPTitle);
  return ASC_acknowledgeAssociation (association_);
}

T_ASC_Association *
Negotiation::association ()
{
  return association_;
}

std::string
Negotiation::callingTitle () const
{
  return printable (association_->params->DULparams.callingAPTitle);
}

std::string
Negotiation::calledTitle () const
{
  return printable (association_->params->DULparams.calledAPTitle);
}

}
