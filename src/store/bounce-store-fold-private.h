/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-instance-head.h"

G_BEGIN_DECLS

char *bounce_store_fold_text (const char *text);
char *bounce_store_make_search_text (const BounceInstanceHead *head, const char *study_uid);

G_END_DECLS
