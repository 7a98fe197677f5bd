/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bounce-rawsend: sends Part 10 files, or all files below folders. */

#include "bounce-rawsend.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static BounceRawsend options;
static gint64 interval_us;
static int n_associations = 1, n_repeats = 1, pdu_bytes, stop_after_bytes, cut_bytes;
static gboolean is_verbose, is_json;

static const GOptionEntry entries[] = {
  { "called", 0, 0, G_OPTION_ARG_STRING, &options.called_ae, "Called AE title (BOUNCE)", "AE" },
  { "calling", 0, 0, G_OPTION_ARG_STRING, &options.calling_ae, "Calling AE title (RAWSEND)", "AE" },
  { "associations", 'a', 0, G_OPTION_ARG_INT, &n_associations, "In parallel (1)", "N" },
  { "repeat", 0, 0, G_OPTION_ARG_INT, &n_repeats, "Each file this often in a row (1)", "N" },
  { "pdu", 0, 0, G_OPTION_ARG_INT, &pdu_bytes, "No PDU larger than this", "BYTES" },
  { "interval", 0, 0, G_OPTION_ARG_INT64, &interval_us, "From one instance to the next", "US" },
  { "stop-after", 0, 0, G_OPTION_ARG_INT, &stop_after_bytes, "Stop mid-dataset", "BYTES" },
  { "abort", 0, 0, G_OPTION_ARG_NONE, &options.is_abort, "Stop with A-ABORT", NULL },
  { "cut", 0, 0, G_OPTION_ARG_INT, &cut_bytes, "Take bytes off the dataset's end", "BYTES" },
  { "instance", 0, 0, G_OPTION_ARG_STRING, &options.sop_instance_uid,
    "SOP Instance UID in the command", "UID" },
  { "class", 0, 0, G_OPTION_ARG_STRING, &options.sop_class_uid, "SOP Class UID", "UID" },
  { "syntax", 0, 0, G_OPTION_ARG_STRING, &options.transfer_syntax_uid, "Transfer syntax", "UID" },
  { "no-release", 0, 0, G_OPTION_ARG_NONE, &options.is_without_release, "Just close", NULL },
  { "verbose", 'v', 0, G_OPTION_ARG_NONE, &is_verbose, "Print SOPINSTANCEUID STATUS on each answer",
    NULL },
  { "json", 0, 0, G_OPTION_ARG_NONE, &is_json, "Print the sums as JSON", NULL },
  { NULL },
};

static gboolean
parse_peer (char *peer)
{
  char *colon = strrchr (peer, ':');
  guint64 port;

  if (colon == NULL || !g_ascii_string_to_unsigned (colon + 1, 10, 1, 65535, &port, NULL))
    return FALSE;
  *colon = '\0';
  options.host = peer;
  options.port = port;
  return TRUE;
}

/* One write for each line: the reader may kill us at any time and must not see half a line. */
static void
instance_answered_cb (const char *sop_instance_uid, guint16 status, gpointer user_data)
{
  g_autofree char *line = g_strdup_printf ("%s %04X\n", sop_instance_uid, status);

  if (write (STDOUT_FILENO, line, strlen (line)) < 0)
    exit (EXIT_FAILURE);
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
collect (GPtrArray *paths, const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  if (folder == NULL)
    {
      g_ptr_array_add (paths, g_strdup (path));
      return;
    }
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      collect (paths, child);
    }
}

static void
print_result (const BounceRawsendResult *result)
{
  const char *format = is_json
                           ? "{\"success\": %u, \"refused\": %u, \"lost\": %u, \"last_refusal\": "
                             "\"%04X\", \"bytes\": %" G_GUINT64_FORMAT ", \"seconds\": %.6f}\n"
                           : "success %u, refused %u, lost %u, last refusal %04X, "
                             "%" G_GUINT64_FORMAT " bytes, %.3f s\n";

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  printf (format, result->n_success, result->n_refused, result->n_lost, result->last_refusal,
          result->dataset_bytes, result->seconds);
#pragma GCC diagnostic pop
}

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new ("ADDRESS:PORT PATH…");
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  BounceRawsendResult result;

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc < 3 || !parse_peer (argv[1]))
    {
      g_printerr ("bounce-rawsend: %s\n", error != NULL ? error->message : "wrong use, see --help");
      return 2;
    }
  for (int i = 2; i < argc; i++)
    collect (paths, argv[i]);
  g_ptr_array_sort (paths, compare_paths);
  g_ptr_array_add (paths, NULL);
  options.interval_us = interval_us;
  options.n_associations = n_associations;
  options.n_repeats = n_repeats;
  options.pdu_bytes = pdu_bytes;
  options.stop_after_bytes = stop_after_bytes;
  options.cut_dataset_bytes = cut_bytes;
  if (is_verbose)
    options.answered = instance_answered_cb;

  if (!bounce_rawsend_run (&options, (const char *const *) paths->pdata, &result, &error))
    g_printerr ("bounce-rawsend: %s\n", error->message);
  print_result (&result);
  return error == NULL && result.n_refused == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
