/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-aurabox-watch.h"
#include "bounce-disk-watch.h"
#include "bounce-service.h"

G_BEGIN_DECLS

/* How Bounce is, at a glance. Main thread. All properties are read-only and notify:
 *   receiver-state (int, BounceReceiverState), endpoint (nullable), ae-title,
 *   aurabox-state (int, BounceAuraboxState), aurabox-message (nullable), aurabox-checked-us (0:
 *   never), api-endpoint (nullable),
 *   n-studies, n-receiving, n-waiting, n-uploading, n-error, n-delivered-today (uint),
 *   free-bytes (uint64), disk-level (int, BounceDiskLevel),
 *   paused-reason (nullable, BOUNCE_REASON_*), storage-problem (nullable: "not-mounted"),
 *   receiver-restart-needed, service-restart-needed (boolean), modalities (GStrv),
 *   read-error (nullable: why counts and modalities are out of date). */
#define BOUNCE_TYPE_STATUS_SUMMARY (bounce_status_summary_get_type ())
G_DECLARE_FINAL_TYPE (BounceStatusSummary, bounce_status_summary, BOUNCE, STATUS_SUMMARY, GObject)

BounceStatusSummary *bounce_status_summary_new (BounceService *service);
void bounce_status_summary_check_aurabox (BounceStatusSummary *self);
BounceReceiverState bounce_status_summary_get_receiver_state (BounceStatusSummary *self);
BounceAuraboxState bounce_status_summary_get_aurabox_state (BounceStatusSummary *self);
BounceDiskLevel bounce_status_summary_get_disk_level (BounceStatusSummary *self);
const BounceStoreCounts *bounce_status_summary_get_counts (BounceStatusSummary *self);

G_END_DECLS
