/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service-checks.h"

G_BEGIN_DECLS

/* What a check of bounce-service-checks.h found, as a sentence for people: translated, ending in a
 * full stop. The error's own message is for the log and for whoever administers the machine. */
char *bounce_check_words_key (const GError *error);
char *bounce_check_words_endpoint (const GError *error);
char *bounce_check_words_storage (const GError *error);
char *bounce_check_words_found (const BounceStorageCheck *check, gboolean *is_warning);

G_END_DECLS
