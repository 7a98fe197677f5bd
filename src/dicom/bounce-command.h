/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-dicom-error.h"

G_BEGIN_DECLS

#define BOUNCE_COMMAND_MAX_BYTES (16 * 1024)

typedef enum
{
  BOUNCE_COMMAND_C_STORE_RQ = 0x0001,
  BOUNCE_COMMAND_C_ECHO_RQ = 0x0030,
  BOUNCE_COMMAND_C_CANCEL_RQ = 0x0FFF,
} BounceCommandField;

/* Set in the command field of every response, PS3.7 E.1. */
#define BOUNCE_COMMAND_RESPONSE_BIT 0x8000

/* A DIMSE command, PS3.7 6.3: flat, group 0000, implicit LE. Values are NUL-terminated copies. */
typedef struct
{
  guint16 field;
  guint16 message_id;
  gboolean has_data_set;
  char affected_sop_class_uid[65];
  char affected_sop_instance_uid[65];
} BounceCommand;

gboolean
bounce_command_parse (const guint8 *data, gsize size, BounceCommand *command, GError **error);
GBytes *bounce_command_new_response (const BounceCommand *request,
                                     guint16 status,
                                     const char *error_comment);

G_END_DECLS
