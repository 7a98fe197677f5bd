/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "dicom-bytes.h"

/* A peer that sends what it is told. Every wait ends after ten seconds and fails the test. */

enum
{
  PDU_ACCEPTED = 0x02,
  PDU_REJECTED = 0x03,
  PDU_DATA = 0x04,
  PDU_RELEASE_RQ = 0x05,
  PDU_RELEASED = 0x06,
  PDU_ABORTED = 0x07,
};

int raw_connect (guint16 port);
/* FALSE when the other side has closed. */
gboolean raw_send (int fd, const void *data, gsize size);
void raw_send_bytes (int fd, const GByteArray *bytes);
/* NULL at the end of the connection. */
GByteArray *raw_read_pdu (int fd);

/* With an association: contexts as for make_request(). */
int raw_open (guint16 port, const char *const *contexts);
void raw_send_pdata (
    int fd, guint8 context, gboolean is_command, gboolean is_last, const GByteArray *bytes);
/* The status of the next response. */
guint16 raw_read_status (int fd);
void raw_expect (int fd, guint8 pdu_type);
/* The PDU, then the end of the connection. */
void raw_expect_last (int fd, guint8 pdu_type);
void raw_release (int fd);

/* An association for both services. */
#define RAW_STORAGE_CONTEXT 1
#define RAW_ECHO_CONTEXT    3
extern const char *const raw_storage[];

void raw_send_store_command (int fd, guint16 id);
/* One instance; the status of the answer. */
guint16 raw_store (int fd, guint16 id);
/* That others are still served is the point of many tests. */
void raw_assert_serves (guint16 port);
