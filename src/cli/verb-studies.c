/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bouncectl studies: the study table. */

#include "config.h"

#include "bounce-ctl-table.h"
#include "bounce-ctl.h"

#include "bounce-wording.h"

#define DEFAULT_PAGE  1
#define DEFAULT_LIMIT 10

typedef struct
{
  int page;
  int limit;
  char *search; /* (owned) (nullable) from here on */
  char *status;
  char *sort;
  gboolean is_json;
} StudiesOptions;

static void
clear_options (StudiesOptions *options)
{
  g_free (options->search);
  g_free (options->status);
  g_free (options->sort);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (StudiesOptions, clear_options)

static const BounceCtlColumn columns[] = {
  { "PATIENT", FALSE },     { "ID", FALSE },    { "DATE", FALSE }, { "MOD", FALSE },
  { "DESCRIPTION", FALSE }, { "IMAGES", TRUE }, { "SIZE", TRUE },  { "STATUS", FALSE },
  { "STUDY UID", FALSE },   { "NOTE", FALSE },
};

static const char *
find_text (GVariant *study, const char *name)
{
  const char *text = NULL;

  g_variant_lookup (study, name, "&s", &text);
  return text;
}

/* Why a study is not under way, in a word or two. */
static char *
describe_wait (GVariant *study)
{
  const char *reason = find_text (study, "reason");
  const char *next = find_text (study, "next_attempt_at");
  const char *until = find_text (study, "receiving_until");
  g_autofree char *sentence = NULL;

  if (until != NULL)
    return g_strdup_printf ("receiving until %s", until);
  if (reason == NULL)
    return NULL;
  sentence = bounce_wording_reason (reason);
  if (next == NULL)
    return g_steal_pointer (&sentence);
  return g_strdup_printf ("%s; next attempt %s", sentence, next);
}

static void
add_study (BounceCtlTable *table, GVariant *study)
{
  guint32 instances = 0;
  guint64 bytes = 0;
  g_autofree char *images = NULL;
  g_autofree char *size = NULL;
  g_autofree char *note = describe_wait (study);

  g_variant_lookup (study, "instances", "u", &instances);
  g_variant_lookup (study, "bytes", "t", &bytes);
  images = g_strdup_printf ("%u", instances);
  size = bounce_wording_size (bytes);
  bounce_ctl_table_add (table, (const char *[]){
                                   find_text (study, "patient_name"),
                                   find_text (study, "patient_id"),
                                   find_text (study, "study_date"),
                                   find_text (study, "modality"),
                                   find_text (study, "study_description"),
                                   images,
                                   size,
                                   find_text (study, "status"),
                                   find_text (study, "study_uid"),
                                   note,
                               });
}

/* Where the page is, or that it is not there. */
static void
print_place (guint64 total, const StudiesOptions *options)
{
  guint64 limit = (guint64) options->limit;
  guint64 n_pages = MAX ((total + limit - 1) / limit, 1);
  const char *studies = total == 1 ? "study" : "studies";

  if ((guint64) options->page <= n_pages)
    printf ("Page %d of %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " %s\n", options->page, n_pages,
            total, studies);
  else
    printf ("There is no page %d; page %" G_GUINT64_FORMAT " is the last, %" G_GUINT64_FORMAT
            " %s\n",
            options->page, n_pages, total, studies);
}

static void
print_table (GVariant *studies, guint64 total, const StudiesOptions *options)
{
  g_autoptr (BounceCtlTable) table = bounce_ctl_table_new (columns, G_N_ELEMENTS (columns));
  GVariantIter iter;
  GVariant *study;

  g_variant_iter_init (&iter, studies);
  while (g_variant_iter_loop (&iter, "@a{sv}", &study))
    add_study (table, study);
  bounce_ctl_table_print (table, stdout);
  print_place (total, options);
}

/* Studies that wait have no word of their own about what all of them wait for. */
static BounceCtlExit
print_pause (BounceCtl *ctl)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) status = NULL;
  g_autofree char *reason = NULL;
  BounceCtlExit exit;
  const char *paused;

  reply = bounce_ctl_call (ctl, "GetStatus", NULL, "(a{sv})", &exit);
  if (reply == NULL)
    return exit;
  status = g_variant_get_child_value (reply, 0);
  paused = find_text (status, "uploads_paused");
  if (paused == NULL)
    return BOUNCE_CTL_DONE;
  reason = bounce_wording_reason (paused);
  printf ("Uploads are paused: %s\n", reason);
  return BOUNCE_CTL_DONE;
}

/* The order asked for; a leading minus turns it round. */
static void
add_sort (GVariantBuilder *builder, const char *sort)
{
  gboolean is_descending = sort[0] == '-';

  g_variant_builder_add (builder, "{sv}", "sort",
                         g_variant_new_string (is_descending ? sort + 1 : sort));
  g_variant_builder_add (builder, "{sv}", "descending", g_variant_new_boolean (is_descending));
}

static GVariant *
build_arguments (const StudiesOptions *options)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (options->search != NULL)
    g_variant_builder_add (&builder, "{sv}", "search", g_variant_new_string (options->search));
  if (options->status != NULL)
    g_variant_builder_add (&builder, "{sv}", "status", g_variant_new_string (options->status));
  if (options->sort != NULL)
    add_sort (&builder, options->sort);
  return g_variant_new ("(uua{sv})", (guint) options->page, (guint) options->limit, &builder);
}

static BounceCtlExit
list (BounceCtl *ctl, const StudiesOptions *options)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) studies = NULL;
  BounceCtlExit exit;
  guint64 total;

  reply = bounce_ctl_call (ctl, "CurrentStudies", build_arguments (options), "(aa{sv}t)", &exit);
  if (reply == NULL)
    return exit;
  g_variant_get (reply, "(@aa{sv}t)", &studies, &total);
  if (options->is_json)
    {
      bounce_ctl_print_json (studies);
      return BOUNCE_CTL_DONE;
    }
  print_table (studies, total, options);
  return print_pause (ctl);
}

static gboolean
is_utf8_or_null (const char *text)
{
  return text == NULL || g_utf8_validate (text, -1, NULL);
}

#define STATUSES "RECEIVED, UPLOADING, SENT or ERROR"
#define SORTS    "patient, id, date, description, modality, images, size, received or status"

/* Whether a word is in one of the lists above, as it stands there. */
static gboolean
is_listed (const char *word, const char *list)
{
  g_auto (GStrv) words = g_regex_split_simple (", | or ", list, 0, 0);

  return g_strv_contains ((const char *const *) words, word);
}

static BounceCtlExit
check_options (const StudiesOptions *options)
{
  if (options->page < 1 || options->limit < 1)
    return bounce_ctl_wrong_use ("--page and --limit start at 1");
  if (!is_utf8_or_null (options->search) || !is_utf8_or_null (options->status)
      || !is_utf8_or_null (options->sort))
    return bounce_ctl_wrong_use ("an option is not UTF-8");
  if (options->status != NULL && !is_listed (options->status, STATUSES))
    return bounce_ctl_wrong_use ("%s is not a status; expected " STATUSES, options->status);
  if (options->sort != NULL && !is_listed (options->sort + (*options->sort == '-'), SORTS))
    return bounce_ctl_wrong_use ("%s cannot be sorted by; expected " SORTS, options->sort);
  return BOUNCE_CTL_DONE;
}

/**
 * bounce_ctl_run_studies:
 *
 * `bouncectl studies [--page N] [--limit N] [--search TEXT] [--status STATUS] [--sort KEY]
 * [--json]`.
 *
 * Source: API document, current_studies and interface Study
 */
BounceCtlExit
bounce_ctl_run_studies (BounceCtl *ctl, int argc, char **argv)
{
  g_auto (StudiesOptions) options = { .page = DEFAULT_PAGE, .limit = DEFAULT_LIMIT };
  const GOptionEntry entries[] = {
    { "page", 'p', 0, G_OPTION_ARG_INT, &options.page, "Page, 1 is the first", "N" },
    { "limit", 'l', 0, G_OPTION_ARG_INT, &options.limit, "Rows a page (10)", "N" },
    { "search", 's', 0, G_OPTION_ARG_FILENAME, &options.search,
      "Part of a name, ID, accession number, description or UID", "TEXT" },
    { "status", 0, 0, G_OPTION_ARG_FILENAME, &options.status, STATUSES, "STATUS" },
    { "sort", 0, 0, G_OPTION_ARG_FILENAME, &options.sort,
      SORTS "; with - in front the other way round (--sort=-received)", "KEY" },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &options.is_json, "Print JSON", NULL },
    { NULL },
  };
  BounceCtlExit exit;

  if (!bounce_ctl_parse (ctl, entries, 0, 0, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  exit = check_options (&options);
  return exit == BOUNCE_CTL_DONE ? list (ctl, &options) : exit;
}
