/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

/* C++ only: the DCMTK side of an association, up to its acknowledgement. */

#include "bounce-transport-private.h"

#include "dcmtk/dcmnet/assoc.h"

#include <array>
#include <string>

namespace bounce
{

enum class Service
{
  None, /* not accepted */
  Verification,
  Storage,
};

struct Context
{
  Service service = Service::None;
  DIC_UI transferSyntax = "";
};

/* Indexed by presentation context ID. */
using Contexts = std::array<Context, 256>;

/* Owns DCMTK's network and association objects. */
class Negotiation
{
public:
  Negotiation (BounceConnection *connection, const GByteArray *request);
  ~Negotiation ();
  Negotiation (const Negotiation &) = delete;
  Negotiation &operator= (const Negotiation &) = delete;

  OFCondition receive ();
  OFCondition acknowledge (Contexts &contexts);
  void reject (T_ASC_RejectParametersSource source, T_ASC_RejectParametersReason reason);
  bool isDicomContext ();
  T_ASC_Association *association ();
  std::string callingTitle () const;
  std::string calledTitle () const;

private:
  OFCondition decide (DUL_PRESENTATIONCONTEXT &proposed, Contexts &contexts);

  BounceConnection *connection_; /* (unowned) */
  Layer layer_;
  T_ASC_Network *network_ = nullptr;
  T_ASC_Association *association_ = nullptr;
};

}
