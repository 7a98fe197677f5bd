/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* States, event codes, reasons, sizes and durations as sentences for people, translated when they
 * are shown and never before they are stored. Any thread.
 *
 * The sentence of an event is a template with {argument} in it, so that translators can put the
 * words in their order. An argument that stands for a number of things is replaced with its own
 * plural form, a reason by its sentence, anything else by itself. */

#include "config.h"

#include "bounce-wording.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  int code;
  const char *name;
  const char *sentence;
} Event;

static const Event events[] = {
  { BOUNCE_EVENT_INSTANCE_REPLACED, "instance-replaced",
    N_ ("Image {sop} of study {study} arrived again with other content and replaced the earlier "
        "one") },
  { BOUNCE_EVENT_INSTANCE_REFUSED, "instance-refused", N_ ("An image was refused: {reason}") },
  { BOUNCE_EVENT_STUDY_DELIVERED, "study-delivered",
    N_ ("Study {study} was delivered: {instances}, {bytes}") },
  { BOUNCE_EVENT_STUDY_FAILED, "study-failed",
    N_ ("Study {study} could not be delivered: {reason}") },
  { BOUNCE_EVENT_STUDY_RETRY, "study-retry",
    N_ ("Study {study} could not be delivered: {reason}. Next attempt in {seconds}") },
  { BOUNCE_EVENT_RETRIES_EXHAUSTED, "retries-exhausted",
    N_ ("Study {study} has failed {attempts}; attempts go on, but somebody should look") },
  { BOUNCE_EVENT_UNAUTHORISED, "unauthorised",
    N_ ("{destination} refuses the API key. Uploads are paused until the key is changed") },
  { BOUNCE_EVENT_AUTHORISED, "authorised",
    N_ ("{destination} accepts the API key again. Uploads go on") },
  { BOUNCE_EVENT_DEPRECATED, "deprecated",
    N_ ("The server will stop supporting {endpoint} and Bounce needs an update. Announced date: "
        "{sunset}") },
  { BOUNCE_EVENT_STUDY_DELETED, "study-deleted", N_ ("Study {study} was deleted: {instances}") },
  { BOUNCE_EVENT_LOCAL_FILES_REMOVED, "local-files-removed",
    N_ ("The local files of study {study} were removed after delivery: {instances}") },
  { BOUNCE_EVENT_RESET, "reset", N_ ("All studies were removed") },
  { BOUNCE_EVENT_DISK_LOW, "disk-low", N_ ("Disk space is running low: {bytes} left") },
  { BOUNCE_EVENT_DISK_FULL, "disk-full",
    N_ ("The disk is almost full: {bytes} left. Images will be refused when nothing is left") },
  { BOUNCE_EVENT_DISK_OK, "disk-ok", N_ ("There is enough disk space again: {bytes}") },
  { BOUNCE_EVENT_DATABASE_RECOVERED, "database-recovered",
    N_ ("The database was rebuilt from the stored files: {adopted}. They are delivered again") },
  { BOUNCE_EVENT_FILE_DAMAGED, "file-damaged",
    N_ ("The file of image {sop} of study {study} is damaged") },
  { BOUNCE_EVENT_FILE_MISSING, "file-missing",
    N_ ("The file of image {sop} of study {study} is missing") },
  { BOUNCE_EVENT_TRANSFER_ABANDONED, "transfer-abandoned",
    N_ ("A transfer of study {study} was abandoned: {reason}") },
  { BOUNCE_EVENT_SETTING_INVALID, "setting-invalid",
    N_ ("Something about the settings needs attention: {reason}") },
  { BOUNCE_EVENT_SECRET_IN_FILE, "secret-in-file",
    N_ ("No keyring is available. The API key is kept in a file that only you can read") },
  { BOUNCE_EVENT_RECEIVER_FAILED, "receiver-failed",
    N_ ("The receiver could not start: {reason}") },
  { BOUNCE_EVENT_IMPORTED, "imported",
    N_ ("An import ended: {instances} taken, {same}, {refused}") },
  { BOUNCE_EVENT_DATABASE_DAMAGED, "database-damaged",
    N_ ("The database is damaged. Start Bounce again: it is rebuilt from the stored files") },
  { BOUNCE_EVENT_FOLDER_UNREADABLE, "folder-unreadable",
    N_ ("A folder of study {study} cannot be read. The next start looks for its images again") },
  { BOUNCE_EVENT_STORAGE_GONE, "storage-gone",
    N_ ("The disk that holds the studies is not connected. Images are refused and uploads wait") },
  { BOUNCE_EVENT_STORAGE_BACK, "storage-back",
    N_ ("The disk that holds the studies is connected again") },
};

typedef struct
{
  const char *code;
  const char *sentence;
} Phrase;

static const Phrase reasons[] = {
  { BOUNCE_REASON_NETWORK, N_ ("the server cannot be reached") },
  { BOUNCE_REASON_UNTRUSTED, N_ ("the server’s certificate is not trusted; check the clock, the "
                                 "certificate and the proxy") },
  { BOUNCE_REASON_SERVER, N_ ("the server has a problem") },
  { BOUNCE_REASON_BUSY, N_ ("the server is busy") },
  { BOUNCE_REASON_UNAUTHORISED, N_ ("the server refuses the API key") },
  { BOUNCE_REASON_REJECTED, N_ ("the server rejected the study") },
  { BOUNCE_REASON_UNKNOWN_MODE, N_ ("the server asks for a way of uploading that is not known") },
  { BOUNCE_REASON_NO_KEY, N_ ("no API key is set") },
  { BOUNCE_REASON_NO_SPACE, N_ ("the disk is full") },
  { BOUNCE_REASON_FILES_REMOVED, N_ ("the local files were removed after delivery") },
  { BOUNCE_REASON_FILE_MISSING, N_ ("a file is missing") },
  { BOUNCE_REASON_FILE_DAMAGED, N_ ("a file is damaged") },
  { BOUNCE_REASON_CHANGED, N_ ("images were replaced or removed meanwhile") },
  { BOUNCE_REASON_TOO_LARGE, N_ ("the study is larger than the server allows") },
  { BOUNCE_REASON_STORAGE, N_ ("it could not be written to the disk") },
  { BOUNCE_REASON_MISMATCH, N_ ("it is not the image that the sender announced") },
  { BOUNCE_REASON_BAD_UID, N_ ("one of its UIDs is missing or not valid") },
  { BOUNCE_REASON_UNREADABLE, N_ ("it cannot be read") },
  { BOUNCE_REASON_NOT_DICOM, N_ ("it is not a DICOM file") },
  { BOUNCE_REASON_NO_IMAGES, N_ ("there are no images in it") },
  { BOUNCE_REASON_MISSING, N_ ("there is no such file or folder") },
  { BOUNCE_REASON_DENIED, N_ ("the permission to read it is missing") },
  { BOUNCE_REASON_LINK, N_ ("symbolic links are not followed") },
  { BOUNCE_REASON_SPECIAL_FILE, N_ ("it is neither a file nor a folder") },
  { BOUNCE_REASON_READ, N_ ("reading it failed") },
  { BOUNCE_REASON_NESTED, N_ ("it is nested too deeply") },
  { BOUNCE_REASON_OWN_STORAGE, N_ ("this is where Bounce keeps its studies") },
  { BOUNCE_REASON_ENCRYPTED, N_ ("it is protected with a password") },
  { BOUNCE_REASON_ARCHIVE_DAMAGED, N_ ("the archive is damaged or of an unknown kind") },
  { BOUNCE_REASON_ARCHIVE_BOMB, N_ ("the archive holds more than an honest one of its size") },
  { BOUNCE_REASON_MEDIUM_INDEX, N_ ("it only lists the images of a medium; import its folder") },
  { BOUNCE_REASON_NOT_LOCAL, N_ ("it is not on this computer") },
  { BOUNCE_REASON_CANCELLED, N_ ("it was cancelled") },
  { BOUNCE_REASON_INTERNAL, N_ ("something went wrong in Bounce itself; the log says more") },
};

static const Phrase statuses[] = {
  { "RECEIVED", N_ ("Received") },
  { "UPLOADING", N_ ("Uploading") },
  { "SENT", N_ ("Sent") },
  { "ERROR", N_ ("Error") },
};

static const Event *
find_event (int code)
{
  for (gsize i = 0; i < G_N_ELEMENTS (events); i++)
    {
      if (events[i].code == code)
        return &events[i];
    }
  return NULL;
}

/* The sentence, or the code itself: a newer version may have written it. */
static char *
translate_phrase (const Phrase *phrases, gsize n_phrases, const char *code)
{
  for (gsize i = 0; i < n_phrases; i++)
    {
      if (g_str_equal (phrases[i].code, code))
        return g_strdup (_ (phrases[i].sentence));
    }
  return g_strdup (code);
}

/* Both forms with {n} for the number. */
static char *
count_things (const char *one, const char *many, guint64 n)
{
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, n);
  GString *text = g_string_new (g_dngettext (GETTEXT_PACKAGE, one, many, (gulong) n));

  g_string_replace (text, "{n}", number, 1);
  return g_string_free (text, FALSE);
}

/**
 * bounce_wording_images:
 *
 * Returns: (transfer full): such as `40 images`
 */
char *
bounce_wording_images (guint64 n)
{
  return count_things ("{n} image", "{n} images", n);
}

static char *
count_refused (guint64 n)
{
  return count_things ("{n} file refused", "{n} files refused", n);
}

static char *
count_same (guint64 n)
{
  return count_things ("{n} already here", "{n} already here", n);
}

static char *
count_times (guint64 n)
{
  return count_things ("{n} time", "{n} times", n);
}

static char *
tell_seconds (guint64 seconds)
{
  return bounce_wording_duration ((gint64) MIN (seconds, G_MAXINT64 / G_USEC_PER_SEC)
                                  * G_USEC_PER_SEC);
}

static const struct
{
  const char *name;
  char *(*tell) (guint64 number);
} number_arguments[] = {
  { "instances", bounce_wording_images },
  { "adopted", bounce_wording_images },
  { "attempts", count_times },
  { "seconds", tell_seconds },
  { "bytes", bounce_wording_size },
  { "refused", count_refused },
  { "same", count_same },
};

static char *
translate_argument (const char *name, const char *value)
{
  guint64 number;

  if (g_str_equal (name, "reason"))
    return bounce_wording_reason (value);
  for (gsize i = 0; i < G_N_ELEMENTS (number_arguments); i++)
    {
      if (g_str_equal (name, number_arguments[i].name)
          && g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT64, &number, NULL))
        return number_arguments[i].tell (number);
    }
  return g_strdup (value);
}

static void
append_argument (GString *sentence, const char *name, GVariant *args)
{
  const char *value = NULL;
  g_autofree char *text = NULL;

  if (args == NULL || !g_variant_lookup (args, name, "&s", &value))
    value = _ ("unknown");
  text = translate_argument (name, value);
  g_string_append (sentence, text);
}

/* One pass: what an argument brings is never read as a template. */
static char *
fill_template (const char *template, GVariant *args)
{
  GString *sentence = g_string_new (NULL);
  const char *open;

  while ((open = strchr (template, '{')) != NULL && strchr (open, '}') != NULL)
    {
      const char *close = strchr (open, '}');
      g_autofree char *name = g_strndup (open + 1, (gsize) (close - open - 1));

      g_string_append_len (sentence, template, open - template);
      append_argument (sentence, name, args);
      template = close + 1;
    }
  g_string_append (sentence, template);
  return g_string_free (sentence, FALSE);
}

/**
 * bounce_reason_from_errno:
 *
 * Thread: any
 * Returns: the `BOUNCE_REASON_…` for a file that cannot be opened or read
 */
const char *
bounce_reason_from_errno (int saved_errno)
{
  switch (saved_errno)
    {
    case ENOENT:
    case ENOTDIR:
      return BOUNCE_REASON_MISSING;
    case EACCES:
    case EPERM:
      return BOUNCE_REASON_DENIED;
    case ELOOP:
      return BOUNCE_REASON_LINK;
    case ENOTSUP:
    case ENXIO:
      return BOUNCE_REASON_SPECIAL_FILE;
    default:
      return BOUNCE_REASON_READ;
    }
}

/**
 * bounce_event_code_to_name:
 * @code: a #BounceEventCode
 *
 * Returns: the name that D-Bus and JSON use, `unknown` for a code of a newer version
 */
const char *
bounce_event_code_to_name (int code)
{
  const Event *event = find_event (code);

  return event != NULL ? event->name : "unknown";
}

/**
 * bounce_wording_event:
 * @code: a #BounceEventCode
 * @args: (nullable): its arguments, `a{ss}`, as #BounceEventCode names them
 *
 * Thread: any.
 * Returns: (transfer full): a translated sentence without a full stop
 */
char *
bounce_wording_event (int code, GVariant *args)
{
  const Event *event = find_event (code);

  g_return_val_if_fail (args == NULL || g_variant_is_of_type (args, G_VARIANT_TYPE ("a{ss}")),
                        NULL);

  if (event == NULL)
    return g_strdup_printf (_ ("Event %d"), code);
  return fill_template (_ (event->sentence), args);
}

/**
 * bounce_wording_reason:
 * @reason: a `BOUNCE_REASON_…`
 *
 * Returns: (transfer full): a translated clause; an unknown reason as it is
 */
char *
bounce_wording_reason (const char *reason)
{
  g_return_val_if_fail (reason != NULL, NULL);

  return translate_phrase (reasons, G_N_ELEMENTS (reasons), reason);
}

/**
 * bounce_wording_reason_line:
 * @reason: a `BOUNCE_REASON_…`
 *
 * Reasons are clauses, because they stand within sentences; this one stands for itself.
 *
 * Returns: (transfer full): the translated clause with a capital
 */
char *
bounce_wording_reason_line (const char *reason)
{
  g_autofree char *clause = bounce_wording_reason (reason);
  char first[6];
  int length = g_unichar_to_utf8 (g_unichar_totitle (g_utf8_get_char (clause)), first);

  return g_strdup_printf ("%.*s%s", length, first,
                          *clause != '\0' ? g_utf8_next_char (clause) : "");
}

/**
 * bounce_wording_status:
 * @status: `RECEIVED`, `UPLOADING`, `SENT` or `ERROR`
 *
 * Returns: (transfer full): the translated word
 */
char *
bounce_wording_status (const char *status)
{
  g_return_val_if_fail (status != NULL, NULL);

  return translate_phrase (statuses, G_N_ELEMENTS (statuses), status);
}

/**
 * bounce_wording_finishing:
 *
 * Returns: (transfer full): the translated word for an upload of which everything was sent and that
 *   the server has not confirmed yet
 */
char *
bounce_wording_finishing (void)
{
  /* Translators: an upload of which everything was sent; the server has still to confirm it */
  return g_strdup (_ ("Finishing"));
}

/**
 * bounce_wording_size:
 * @bytes: a size
 *
 * Units: bytes in, decimal multiples out.
 * Returns: (transfer full): such as `1.5 GB`, in the locale's way
 */
char *
bounce_wording_size (guint64 bytes)
{
  return g_format_size (bytes);
}

/**
 * bounce_wording_duration:
 * @us: a duration
 *
 * Units: microseconds in; the unit that fits out, rounded to the nearest.
 * Returns: (transfer full): such as `30 seconds`, `5 minutes`, `2 hours`, `3 days`
 */
char *
bounce_wording_duration (gint64 us)
{
  guint64 seconds = ((guint64) MAX (us, 0) + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC;

  if (seconds < 90)
    return count_things ("{n} second", "{n} seconds", seconds);
  if (seconds < 90 * 60)
    return count_things ("{n} minute", "{n} minutes", (seconds + 30) / 60);
  if (seconds < 36 * 60 * 60)
    return count_things ("{n} hour", "{n} hours", (seconds + 1800) / 3600);
  return count_things ("{n} day", "{n} days", (seconds + 43200) / 86400);
}
