/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  char *config_path; /* (nullable) the default places */
  char *data_dir;    /* absolute */
  GBusType bus;      /* G_BUS_TYPE_NONE: no bus */
  gboolean is_version;
} BouncedOptions;

gboolean bounced_options_parse (BouncedOptions *options, int *argc, char ***argv, GError **error);
void bounced_options_clear (BouncedOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BouncedOptions, bounced_options_clear)

G_END_DECLS
