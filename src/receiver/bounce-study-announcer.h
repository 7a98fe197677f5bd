/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Logs each study of an association or import once. One thread at a time. */
typedef struct _BounceStudyAnnouncer BounceStudyAnnouncer;

BounceStudyAnnouncer *bounce_study_announcer_new (void);
void bounce_study_announcer_free (BounceStudyAnnouncer *self);
void bounce_study_announcer_tell (BounceStudyAnnouncer *self, const char *study_uid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceStudyAnnouncer, bounce_study_announcer_free)

G_END_DECLS
