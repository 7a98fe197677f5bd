/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Locks by UID: an instance is accepted holding its study shared and itself exclusive, a study is
 * removed holding it exclusive. Any thread; order: study, then instance; no lock of the store is
 * held while waiting here, and the writer never waits here. */
typedef struct _BounceStudyLocks BounceStudyLocks;

BounceStudyLocks *bounce_study_locks_new (void);
void bounce_study_locks_free (BounceStudyLocks *self);
void bounce_study_locks_lock_instance (BounceStudyLocks *self,
                                       const char *study_uid,
                                       const char *instance_key);
void bounce_study_locks_unlock_instance (BounceStudyLocks *self,
                                         const char *study_uid,
                                         const char *instance_key);
void bounce_study_locks_lock_study (BounceStudyLocks *self, const char *study_uid);
void bounce_study_locks_unlock_study (BounceStudyLocks *self, const char *study_uid);
gboolean bounce_study_locks_is_awaited (BounceStudyLocks *self, const char *study_uid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceStudyLocks, bounce_study_locks_free)

G_END_DECLS
