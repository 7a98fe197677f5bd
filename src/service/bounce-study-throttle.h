/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _BounceStudyThrottle BounceStudyThrottle;

/* study_uids: NULL-terminated; without any for "all". */
typedef void (*BounceStudyThrottleFunc) (const char *const *study_uids, gpointer user_data);

BounceStudyThrottle *bounce_study_throttle_new (BounceStudyThrottleFunc func, gpointer user_data);
void bounce_study_throttle_free (BounceStudyThrottle *self);
void bounce_study_throttle_add (BounceStudyThrottle *self, const char *const *study_uids);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceStudyThrottle, bounce_study_throttle_free)

G_END_DECLS
