/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

/* Writes commands, data sets and PDUs byte by byte, also wrong ones. */

#define TAG(group, element) ((guint32) (group) << 16 | (element))

#define IMPLICIT_LITTLE "1.2.840.10008.1.2"
#define EXPLICIT_LITTLE "1.2.840.10008.1.2.1"
#define DEFLATED_LITTLE "1.2.840.10008.1.2.1.99"
#define EXPLICIT_BIG    "1.2.840.10008.1.2.2"
#define CT_STORAGE      "1.2.840.10008.5.1.4.1.1.2"
#define VERIFICATION    "1.2.840.10008.1.1"

#define UNDEFINED 0xFFFFFFFFu

void put_u16 (GByteArray *out, guint16 value, gboolean big);
void put_u32 (GByteArray *out, guint32 value, gboolean big);
void put_text (GByteArray *out, const char *text);

/* Elements; vr NULL: implicit. */
void put_header (GByteArray *out, guint32 tag, const char *vr, guint32 length);
void put_header_big (GByteArray *out, guint32 tag, const char *vr, guint32 length);
void put_element (GByteArray *out, guint32 tag, const char *vr, const char *value);
void put_raw (GByteArray *out, guint32 tag, const char *vr, const void *value, gsize size);

/* The four UIDs and a name. */
GByteArray *make_dataset (const char *vr_or_null_for_implicit);
void put_nested (GByteArray *out, guint depth, gboolean is_implicit);

/* Commands. */
void put_command_u16 (GByteArray *out, guint16 element, guint16 value);
void put_command_uid (GByteArray *out, guint16 element, const char *uid);
GByteArray *make_store_command (guint16 message_id, const char *class_uid, const char *sop_uid);
GByteArray *make_echo_command (guint16 message_id);

/* PDUs. contexts: abstract and transfer syntaxes (with backslashes), in pairs, NULL at the end;
 * identifiers 1, 3, 5. */
GByteArray *make_request (const char *calling, const char *called, const char *const *contexts);
GByteArray *
make_pdata (guint8 context, gboolean is_command, gboolean is_last, const void *data, gsize size);
