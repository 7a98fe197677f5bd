/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A study in words: dates, and above all its state, in which no status is ever just a code.
 * Reads the clock of its caller, so that tests can set it. Any thread. */

#include "config.h"

#include "bounce-study-words.h"

#include "bounce-wording.h"

#include <glib/gi18n.h>

#include <langinfo.h>
#include <string.h>

static gboolean is_trial; /* main thread only */

/* The locale's order with all digits of the year: of two nobody can tell whether a patient is a
 * child or a hundred years old. */
static char *
dup_date_format (void)
{
  const char *format = nl_langinfo (D_FMT);
  GString *full = g_string_new (g_utf8_validate (format, -1, NULL) ? format : "%x");

  g_string_replace (full, "%D", "%m/%d/%Y", 0);
  g_string_replace (full, "%y", "%Y", 0);
  return g_string_free (full, FALSE);
}

/**
 * bounce_study_words_patient:
 * @name: (nullable): as people write it
 *
 * Returns: (transfer none): @name, or what is said where there is none
 */
const char *
bounce_study_words_patient (const char *name)
{
  return name != NULL && *name != '\0' ? name : _ ("Unnamed patient");
}

/**
 * bounce_study_words_date:
 * @dicom_date: (nullable): YYYYMMDD
 *
 * Returns: (transfer full): the date in the locale's way, with the year in full; what cannot be
 * read as it is
 */
char *
bounce_study_words_date (const char *dicom_date)
{
  guint64 number;
  g_autoptr (GDateTime) date = NULL;
  g_autofree char *format = NULL;
  char *text;

  if (dicom_date == NULL)
    return g_strdup ("");
  if (strlen (dicom_date) != 8
      || !g_ascii_string_to_unsigned (dicom_date, 10, 0, 99999999, &number, NULL))
    return g_strdup (dicom_date);
  date = g_date_time_new_utc ((int) (number / 10000), (int) (number / 100 % 100),
                              (int) (number % 100), 0, 0, 0);
  if (date == NULL)
    return g_strdup (dicom_date);
  format = dup_date_format ();
  text = g_date_time_format (date, format);
  return text != NULL ? text : g_date_time_format (date, "%x");
}

static gboolean
is_same_day (GDateTime *a, GDateTime *b)
{
  return g_date_time_get_year (a) == g_date_time_get_year (b)
         && g_date_time_get_day_of_year (a) == g_date_time_get_day_of_year (b);
}

static char *
tell_time (gint64 wall_us, const char *today)
{
  g_autoptr (GTimeZone) zone = NULL; /* asked once: GLib looks at the file of it each time */
  g_autoptr (GDateTime) utc = NULL;
  g_autoptr (GDateTime) local = NULL;
  g_autoptr (GDateTime) now = NULL;

  if (wall_us == 0)
    return g_strdup ("");
  zone = g_time_zone_new_local ();
  now = g_date_time_new_now (zone);
  utc = g_date_time_new_from_unix_utc (wall_us / G_USEC_PER_SEC);
  local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  if (local == NULL)
    return g_strdup ("");
  if (is_same_day (local, now))
    return g_date_time_format (local, today);
  /* Translators: date and time, as strftime(3) has it */
  return g_date_time_format (local, _ ("%x %H:%M"));
}

/**
 * bounce_study_words_time:
 * @wall_us: microseconds since 1970, UTC; 0 for never
 *
 * Returns: (transfer full): the time today, or date and time, in the locale's way
 */
char *
bounce_study_words_time (gint64 wall_us)
{
  /* Translators: a time of today, as strftime(3) has it; it stands alone */
  return tell_time (wall_us, _ ("Today %H:%M"));
}

/**
 * bounce_study_words_time_within:
 * @wall_us: microseconds since 1970, UTC; 0 for never
 *
 * Returns: (transfer full): the same for the middle of a sentence
 */
char *
bounce_study_words_time_within (gint64 wall_us)
{
  /* Translators: a time of today, as strftime(3) has it; it stands within a sentence */
  return tell_time (wall_us, _ ("today %H:%M"));
}

/**
 * bounce_study_words_exact_time:
 * @wall_us: microseconds since 1970, UTC
 *
 * Returns: (transfer full) (nullable): date and time to the second, in the locale's way
 */
char *
bounce_study_words_exact_time (gint64 wall_us)
{
  g_autoptr (GDateTime) local = g_date_time_new_from_unix_local (wall_us / G_USEC_PER_SEC);

  return local != NULL ? g_date_time_format (local, "%c") : NULL;
}

static gboolean
is_status (const BounceStudy *study, const char *status)
{
  return g_strcmp0 (study->status, status) == 0;
}

static char *
tell_retry (const BounceStudy *study, gint64 now_us)
{
  g_autofree char *wait = NULL;

  if (study->next_attempt_at_us <= now_us)
    return g_strdup (_ ("Will retry now"));
  wait = bounce_wording_duration (study->next_attempt_at_us - now_us);
  /* Translators: %s is a duration, such as "2 minutes" */
  return g_strdup_printf (_ ("Will retry in %s"), wait);
}

/* The quiet period begins anew with each image. */
static char *
tell_quiet (gint64 left_us)
{
  g_autofree char *wait = bounce_wording_duration (left_us);

  /* Translators: %s is a duration: so long until a study counts as complete if nothing comes */
  return g_strdup_printf (_ ("Complete in %s"), wait);
}

/**
 * bounce_study_words_status:
 * @now_us: wall time
 *
 * Returns: (transfer full): its state in a few words
 */
char *
bounce_study_words_status (const BounceStudy *study, gint64 now_us)
{
  if (is_status (study, "ERROR") && study->next_attempt_at_us != 0)
    return tell_retry (study, now_us);
  if (is_status (study, "ERROR"))
    return g_strdup (_ ("Not delivered"));
  if (is_status (study, "SENT"))
    return g_strdup (_ ("Delivered"));
  if (is_status (study, "UPLOADING"))
    return g_strdup (_ ("Uploading"));
  if (study->receiving_until_us > now_us)
    return g_strdup (_ ("Receiving"));
  return g_strdup (_ ("Waiting"));
}

/**
 * bounce_study_words_status_detail:
 * @now_us: wall time
 *
 * Returns: (transfer full) (nullable): what else there is to say about its state
 */
char *
bounce_study_words_status_detail (const BounceStudy *study, gint64 now_us)
{
  if (is_status (study, "ERROR") && study->reason != NULL)
    return bounce_wording_reason_line (study->reason);
  if (is_status (study, "SENT") && study->local_instances == 0)
    return g_strdup (_ ("Local files removed"));
  if (is_status (study, "RECEIVED") && study->receiving_until_us > now_us)
    return tell_quiet (study->receiving_until_us - now_us);
  return NULL;
}

/**
 * bounce_study_words_set_trial:
 *
 * Whether what is delivered goes to a stand-in for Aurabox. Before anything is told.
 *
 * Thread: main
 */
void
bounce_study_words_set_trial (gboolean value)
{
  is_trial = value;
}

/**
 * bounce_study_words_is_trial:
 *
 * Returns: whether what is delivered goes to a stand-in for Aurabox
 */
gboolean
bounce_study_words_is_trial (void)
{
  return is_trial;
}

static char *
tell_error (const BounceStudy *study, gint64 now_us)
{
  g_autofree char *reason =
      study->reason != NULL ? bounce_wording_reason (study->reason) : g_strdup (_ ("unknown"));
  g_autofree char *retry = NULL;

  if (study->next_attempt_at_us == 0)
    return g_strdup_printf (_ ("No. It could not be delivered: %s. Send it again once that is "
                               "solved."),
                            reason);
  retry = tell_retry (study, now_us);
  return g_strdup_printf (_ ("Not yet: %s. %s."), reason, retry);
}

/**
 * bounce_study_words_arrived:
 * @now_us: wall time
 *
 * Returns: (transfer full): one sentence that answers "has it arrived?"
 */
char *
bounce_study_words_arrived (const BounceStudy *study, gint64 now_us)
{
  g_autofree char *images = bounce_wording_images (study->instances);
  g_autofree char *time = bounce_study_words_time_within (study->delivered_at_us);
  /* Rows of the table do not count what is undelivered: that would read every instance. */
  g_autofree char *missing =
      bounce_wording_images (study->undelivered > 0 ? study->undelivered : study->instances);

  if (is_status (study, "SENT") && is_trial)
    /* Translators: number of images, and when, such as "today 09:41" */
    return g_strdup_printf (_ ("Yes, in this trial. All of it (%s) has reached the stand-in for "
                               "Aurabox: %s."),
                            images, time);
  if (is_status (study, "SENT"))
    /* Translators: number of images, and when, such as "today 09:41" */
    return g_strdup_printf (_ ("Yes. All of it (%s) has reached Aurabox: %s."), images, time);
  if (is_status (study, "ERROR"))
    return tell_error (study, now_us);
  if (is_status (study, "UPLOADING"))
    return g_strdup_printf (_ ("Not yet. It is being uploaded (%s)."), missing);
  if (study->receiving_until_us > now_us)
    return g_strdup_printf (_ ("Not yet. Images are still coming in (%s so far)."), images);
  if (study->delivered_at_us != 0 && study->undelivered == 0)
    return g_strdup (_ ("Not all of it. Some images wait to be delivered."));
  if (study->delivered_at_us != 0)
    return g_strdup_printf (_ ("Not all of it. %s came after the last delivery and wait."),
                            missing);
  return g_strdup_printf (_ ("Not yet. It is complete (%s) and waits to be uploaded."), images);
}

/**
 * bounce_study_words_particulars:
 *
 * Returns: (transfer full): what tells it from another one of the same patient, or of the same
 * name: patient ID, description, date; what is not known is left out
 */
char *
bounce_study_words_particulars (const BounceStudy *study)
{
  g_autofree char *date = bounce_study_words_date (study->study_date);
  const char *const all[] = { study->patient_id, study->study_description, date };
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i] != NULL && *all[i] != '\0')
      g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", all[i]);
  return g_string_free (text, FALSE);
}

/**
 * bounce_study_words_left:
 * @study: it could not be sent or deleted
 *
 * Returns: (transfer full): why, as far as the study itself tells; a sentence without a full stop
 */
char *
bounce_study_words_left (const BounceStudy *study)
{
  if (study->study_uid == NULL)
    return g_strdup (_ ("it is no longer there"));
  if (is_status (study, "UPLOADING"))
    return g_strdup (_ ("it is being uploaded"));
  if (study->local_instances == 0)
    return g_strdup (_ ("its files are no longer on this computer"));
  return g_strdup (_ ("the log says why"));
}

/**
 * bounce_study_words_status_icon:
 *
 * Returns: a symbolic icon whose shape alone tells the states apart
 */
const char *
bounce_study_words_status_icon (const BounceStudy *study)
{
  if (is_status (study, "ERROR"))
    return study->next_attempt_at_us != 0 ? "view-refresh-symbolic" : "dialog-error-symbolic";
  if (is_status (study, "SENT"))
    return "emblem-ok-symbolic";
  if (is_status (study, "UPLOADING"))
    return "bounce-uploading-symbolic";
  return study->receiving_until_us != 0 ? "bounce-receiving-symbolic" : "content-loading-symbolic";
}

/**
 * bounce_study_words_status_color:
 *
 * Returns: (nullable): a colour of the style sheet that goes with the icon; %NULL: the text's
 */
const char *
bounce_study_words_status_color (const BounceStudy *study)
{
  if (is_status (study, "ERROR"))
    return study->next_attempt_at_us != 0 ? "warning_color" : "error_color";
  if (is_status (study, "SENT"))
    return "success_color";
  if (is_status (study, "UPLOADING"))
    return "accent_color";
  return NULL;
}

/**
 * bounce_study_words_uploading:
 * @fraction: how much of the package the server has, 0 to 1
 *
 * Returns: (transfer full): such as `Uploading, 45 %`
 */
char *
bounce_study_words_uploading (double fraction)
{
  /* Never 100 before it is all there. */
  return g_strdup_printf (_ ("Uploading, %d %%"), (int) (fraction * 100));
}

/**
 * bounce_study_words_finishing:
 *
 * Returns: (transfer full): what an upload waits for of which everything was sent
 */
char *
bounce_study_words_finishing (void)
{
  return g_strdup (_ ("Waiting for confirmation"));
}

/**
 * bounce_study_words_progress:
 * @rate_bytes_per_second: 0 when not known yet
 * @time_left_us: negative when not known yet
 *
 * Returns: (transfer full): such as `3.1 MB/s, 2 minutes left`
 */
char *
bounce_study_words_progress (double rate_bytes_per_second, gint64 time_left_us)
{
  g_autofree char *rate = NULL;
  g_autofree char *left = NULL;

  if (rate_bytes_per_second <= 0)
    return g_strdup (_ ("Starting"));
  rate = bounce_wording_size ((guint64) rate_bytes_per_second);
  if (time_left_us < 0)
    return g_strdup_printf (_ ("%s/s"), rate);
  if (time_left_us < G_USEC_PER_SEC)
    return g_strdup (_ ("Almost done"));
  left = bounce_wording_duration (time_left_us);
  /* Translators: rate per second and a duration */
  return g_strdup_printf (_ ("%s/s, %s left"), rate, left);
}
