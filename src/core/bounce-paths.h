/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* XDG places of Bounce, free with g_free. */
char *bounce_paths_data_dir (void);   /* $XDG_DATA_HOME/bounce */
char *bounce_paths_state_dir (void);  /* $XDG_STATE_HOME/bounce */
char *bounce_paths_config_dir (void); /* $XDG_CONFIG_HOME/bounce */
char *bounce_paths_base_dir (void);   /* default of base_dir: data_dir/studies */
const char *bounce_paths_locale_dir (void);

G_END_DECLS
