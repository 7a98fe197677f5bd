/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GSubprocess *
bounce_test_process_start (const char *const *command, const char *greeting, char **rest);
GSubprocess *
bounce_test_process_start_sandbox (const char *directory, const char *api_key, char **endpoint);
void bounce_test_process_die_with_parent (gpointer user_data);
/* (transfer full) process: as kill -9; gone when it returns */
void bounce_test_process_end (GSubprocess *process);

G_END_DECLS
