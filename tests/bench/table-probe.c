/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Preloaded into the real bounce by table.py: operates the studies table as a person would and
 * measures, from inside, when its frames are painted and how long its main loop is away. Speaks
 * lines of JSON over the socket $BOUNCE_PROBE_FD: one for each command, after a first one for the
 * start. All times are those of g_get_monotonic_time(), which is also Python's.
 *
 *   sort TITLE asc|desc · search TEXT · select-all    {"ms": until it is painted}
 *   scroll PIXELS FRAMES                              {"gaps_ms": between frames}
 *   jump FRACTION                                     {"ms": until it is painted}
 *   blocks                                            {"ms", "cpu_ms": the longest turn since}
 *   state                                             {"rows", "selected", "first"}
 *
 * Main thread only, but for the constructor's check. */

#include <adwaita.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef enum
{
  AWAIT_NOTHING,
  AWAIT_ROWS,  /* the answer of a query, then its frame */
  AWAIT_FRAME, /* the next frame that is painted */
} Await;

static struct
{
  GIOChannel *channel;
  GtkWidget *window;
  GtkColumnView *view;
  GtkAdjustment *adjustment;
  GdkFrameClock *clock;

  gint64 mapped_us, first_frame_us, rows_us, table_us;
  gboolean is_started;

  Await awaited;
  gint64 asked_us;

  guint n_frames_left;
  double step;
  gint64 last_frame_us;
  GString *gaps;

  gint64 woke_us, woke_cpu_us;       /* when the main loop last came back from poll */
  gint64 longest_us, longest_cpu_us; /* of any turn, each by itself */
} probe;

/* --- turns of the main loop --- */

static gint64
get_cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* The default context's poll: what lies between two calls is one turn of the main loop. */
static gint
measure_poll (GPollFD *fds, guint n_fds, gint timeout)
{
  gint64 busy_us = g_get_monotonic_time () - probe.woke_us;
  gint n_ready;

  if (probe.woke_us != 0)
    {
      probe.longest_us = MAX (probe.longest_us, busy_us);
      probe.longest_cpu_us = MAX (probe.longest_cpu_us, get_cpu_us () - probe.woke_cpu_us);
    }
  n_ready = g_poll (fds, n_fds, timeout);
  probe.woke_us = g_get_monotonic_time ();
  probe.woke_cpu_us = get_cpu_us ();
  return n_ready;
}

/* --- answers --- */

static void G_GNUC_PRINTF (1, 2) answer (const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  gsize n_written;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  line = g_strconcat (text, "\n", NULL);
  g_io_channel_write_chars (probe.channel, line, -1, &n_written, NULL);
  g_io_channel_flush (probe.channel, NULL);
}

static void
await (Await what)
{
  probe.awaited = what;
  probe.asked_us = g_get_monotonic_time ();
  if (what == AWAIT_FRAME)
    gdk_frame_clock_request_phase (probe.clock, GDK_FRAME_CLOCK_PHASE_PAINT);
}

static void
tell_start (gint64 now_us)
{
  if (probe.is_started || probe.table_us == 0)
    return;
  probe.is_started = TRUE;
  probe.longest_us = 0;
  answer ("{\"mapped_us\": %" G_GINT64_FORMAT ", \"first_frame_us\": %" G_GINT64_FORMAT
          ", \"rows_us\": %" G_GINT64_FORMAT ", \"table_us\": %" G_GINT64_FORMAT "}",
          probe.mapped_us, probe.first_frame_us, probe.rows_us, probe.table_us);
}

static void
scroll_on (gint64 now_us)
{
  g_string_append_printf (probe.gaps, "%s%.2f", probe.gaps->len > 0 ? ", " : "",
                          (double) (now_us - probe.last_frame_us) / 1000);
  probe.last_frame_us = now_us;
  if (--probe.n_frames_left > 0)
    {
      gtk_adjustment_set_value (probe.adjustment,
                                gtk_adjustment_get_value (probe.adjustment) + probe.step);
      gdk_frame_clock_request_phase (probe.clock, GDK_FRAME_CLOCK_PHASE_PAINT);
      return;
    }
  answer ("{\"gaps_ms\": [%s]}", probe.gaps->str);
}

static void
after_paint_cb (void)
{
  gint64 now_us = g_get_monotonic_time ();

  if (probe.first_frame_us == 0)
    probe.first_frame_us = now_us;
  if (probe.rows_us != 0 && probe.table_us == 0)
    probe.table_us = now_us;
  tell_start (now_us);
  if (probe.n_frames_left > 0)
    scroll_on (now_us);
  if (probe.awaited != AWAIT_FRAME)
    return;
  probe.awaited = AWAIT_NOTHING;
  answer ("{\"ms\": %.1f}", (double) (now_us - probe.asked_us) / 1000);
}

/* The answer of a query is in the rows. */
static gboolean
query_end_cb (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer user_data)
{
  if (probe.rows_us == 0)
    probe.rows_us = g_get_monotonic_time ();
  if (probe.awaited == AWAIT_ROWS)
    probe.awaited = AWAIT_FRAME;
  gdk_frame_clock_request_phase (probe.clock, GDK_FRAME_CLOCK_PHASE_PAINT);
  return TRUE;
}

/* --- finding things --- */

typedef gboolean (*WidgetTest) (GtkWidget *widget);

static gboolean
is_studies_table (GtkWidget *widget)
{
  return GTK_IS_COLUMN_VIEW (widget) && gtk_widget_has_css_class (widget, "studies");
}

static gboolean
is_search_entry (GtkWidget *widget)
{
  return GTK_IS_SEARCH_ENTRY (widget);
}

static gboolean
is_list_view (GtkWidget *widget)
{
  return GTK_IS_LIST_VIEW (widget);
}

static gboolean
is_search_bar (GtkWidget *widget)
{
  return GTK_IS_SEARCH_BAR (widget);
}

/* The first that passes, in the order of the tree. */
static GtkWidget *
find_widget (GtkWidget *root, WidgetTest test)
{
  if (test (root))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_widget (child, test);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static GtkColumnViewColumn *
find_column (const char *title)
{
  GListModel *columns = gtk_column_view_get_columns (probe.view);

  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      if (g_strcmp0 (gtk_column_view_column_get_title (column), title) == 0)
        return column; /* the view holds it */
    }
  g_error ("There is no column %s", title);
}

/* --- commands --- */

static void
run_sort (char **words)
{
  GtkSortType order = g_str_equal (words[2], "desc") ? GTK_SORT_DESCENDING : GTK_SORT_ASCENDING;

  await (AWAIT_ROWS);
  gtk_column_view_sort_by_column (probe.view, find_column (words[1]), order);
}

/* Types what is missing; another beginning is for the caller to clear away first. */
static void
run_search (char **words)
{
  GtkWidget *page =
      gtk_widget_get_ancestor (GTK_WIDGET (probe.view), g_type_from_name ("BounceStudiesPage"));
  GtkEditable *entry = GTK_EDITABLE (find_widget (page, is_search_entry));
  const char *text = words[1] != NULL ? words[1] : "";
  const char *typed = gtk_editable_get_text (entry);
  int position = -1;

  gtk_search_bar_set_search_mode (GTK_SEARCH_BAR (find_widget (page, is_search_bar)), TRUE);
  await (AWAIT_ROWS);
  if (*text != '\0' && g_str_has_prefix (text, typed))
    gtk_editable_insert_text (entry, text + strlen (typed), -1, &position);
  else
    gtk_editable_set_text (entry, text);
}

static void
run_select_all (char **words)
{
  GtkWidget *list = find_widget (GTK_WIDGET (probe.view), is_list_view);

  await (AWAIT_FRAME);
  gtk_widget_activate_action (list, "list.select-all", NULL);
}

static void
run_scroll (char **words)
{
  probe.step = g_ascii_strtod (words[1], NULL);
  probe.n_frames_left = (guint) atoi (words[2]);
  probe.last_frame_us = g_get_monotonic_time ();
  g_string_truncate (probe.gaps, 0);
  gdk_frame_clock_request_phase (probe.clock, GDK_FRAME_CLOCK_PHASE_PAINT);
}

static void
run_jump (char **words)
{
  double end =
      gtk_adjustment_get_upper (probe.adjustment) - gtk_adjustment_get_page_size (probe.adjustment);

  await (AWAIT_FRAME);
  gtk_adjustment_set_value (probe.adjustment, end * g_ascii_strtod (words[1], NULL));
}

static void
run_blocks (char **words)
{
  answer ("{\"ms\": %.1f, \"cpu_ms\": %.1f}", (double) probe.longest_us / 1000,
          (double) probe.longest_cpu_us / 1000);
  probe.longest_us = probe.longest_cpu_us = 0;
}

static void
run_state (char **words)
{
  GtkSelectionModel *model = gtk_column_view_get_model (probe.view);
  g_autoptr (GtkBitset) selected = gtk_selection_model_get_selection (model);

  answer ("{\"rows\": %u, \"selected\": %" G_GUINT64_FORMAT ", \"position\": %.0f}",
          g_list_model_get_n_items (G_LIST_MODEL (model)), gtk_bitset_get_size (selected),
          gtk_adjustment_get_value (probe.adjustment));
}

static const struct
{
  const char *name;
  guint n_words;
  void (*run) (char **words);
} commands[] = {
  { "sort", 3, run_sort },     { "search", 1, run_search }, { "select-all", 1, run_select_all },
  { "scroll", 3, run_scroll }, { "jump", 2, run_jump },     { "blocks", 1, run_blocks },
  { "state", 1, run_state },
};

static gboolean
command_cb (GIOChannel *channel, GIOCondition condition, gpointer user_data)
{
  g_autofree char *line = NULL;
  g_auto (GStrv) words = NULL;

  if (g_io_channel_read_line (channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL)
    return G_SOURCE_REMOVE;
  words = g_strsplit (g_strchomp (line), " ", -1);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_strcmp0 (words[0], commands[i].name) == 0 && g_strv_length (words) >= commands[i].n_words)
      commands[i].run (words);
  return G_SOURCE_CONTINUE;
}

/* --- start --- */

static void
follow_table (void)
{
  GtkWidget *scrolled;
  guint query_end = g_signal_lookup ("query-end", g_type_from_name ("BounceStudyModel"));

  probe.view = GTK_COLUMN_VIEW (find_widget (probe.window, is_studies_table));
  scrolled = gtk_widget_get_ancestor (GTK_WIDGET (probe.view), GTK_TYPE_SCROLLED_WINDOW);
  probe.adjustment = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled));
  g_signal_add_emission_hook (query_end, 0, query_end_cb, NULL, NULL);
}

static gboolean
find_window_cb (gpointer user_data)
{
  GApplication *application = g_application_get_default ();
  GList *windows =
      application != NULL ? gtk_application_get_windows (GTK_APPLICATION (application)) : NULL;

  if (windows == NULL || !gtk_widget_get_mapped (windows->data))
    {
      g_timeout_add_full (G_PRIORITY_HIGH, 1, find_window_cb, NULL, NULL);
      return G_SOURCE_REMOVE;
    }
  probe.window = windows->data;
  probe.mapped_us = g_get_monotonic_time ();
  probe.clock = gdk_surface_get_frame_clock (gtk_native_get_surface (GTK_NATIVE (probe.window)));
  g_signal_connect (probe.clock, "after-paint", G_CALLBACK (after_paint_cb), NULL);
  follow_table ();
  g_io_add_watch (probe.channel, G_IO_IN | G_IO_HUP, command_cb, NULL);
  return G_SOURCE_REMOVE;
}

static void __attribute__ ((constructor)) start_probe (void)
{
  const char *fd = g_getenv ("BOUNCE_PROBE_FD");

  if (fd == NULL)
    return;
  probe.channel = g_io_channel_unix_new (atoi (fd));
  probe.gaps = g_string_new (NULL);
  g_unsetenv ("BOUNCE_PROBE_FD");
  g_unsetenv ("LD_PRELOAD");
  g_main_context_set_poll_func (NULL, measure_poll);
  g_idle_add_full (G_PRIORITY_HIGH, find_window_cb, NULL, NULL);
}
