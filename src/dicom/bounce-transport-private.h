/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

/* C++ only: DCMTK's view of a BounceConnection. */

#include "dcmtk/config/osconfig.h"

#include "dcmtk/dcmnet/dcmlayer.h"
#include "dcmtk/dcmnet/dcmtrans.h"

#include "bounce-connection-private.h"

#include <vector>

namespace bounce
{

/* Hands DCMTK a connection that first replays the association request. */
class Layer : public DcmTransportLayer
{
public:
  Layer (BounceConnection *connection, const GByteArray *replay);
  DcmTransportConnection *createConnection (DcmNativeSocketType socket,
                                            OFBool useSecureLayer) override;

private:
  BounceConnection *connection_; /* (unowned) */
  const GByteArray *replay_;     /* (unowned) */
};

}
