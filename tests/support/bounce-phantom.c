/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Phantom studies for the demo, the tests and the benchmarks. Everything follows from the seed: the
 * UIDs, the patient, the character set and each pixel. */

#include "bounce-phantom.h"
#include "bounce-part10.h"
#include "bounce-phantom-image.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define CT_IMAGE_STORAGE           "1.2.840.10008.5.1.4.1.1.2"
#define MULTIFRAME_WORD_SC_STORAGE "1.2.840.10008.5.1.4.1.1.7.3"

/* A patient in each of the ways a modality writes names; the bytes are in that character set. */
static const struct
{
  const char *character_set;
  const char *name;
  const char *name_utf8;
} patients[] = {
  { "ISO_IR 100", "M\xfcller^J\xfcrgen", "Müller^Jürgen" },
  { "ISO_IR 192", "Łuczak^Zoë", "Łuczak^Zoë" },
  { "ISO_IR 144", "\xbb\xee\xda\xe1\xd5\xdc\xd1\xe3\xe0\xd3", "Люксембург" },
  { "\\ISO 2022 IR 87", "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
    "Yamada^Tarou=山田^太郎" },
};

static guint
get_n_series (const BouncePhantom *phantom)
{
  return MAX (phantom->n_series, 1);
}

static guint
get_patient (const BouncePhantom *phantom)
{
  return phantom->seed % G_N_ELEMENTS (patients);
}

/**
 * bounce_phantom_study_uid:
 *
 * Returns: (transfer full): the Study Instance UID
 */
char *
bounce_phantom_study_uid (const BouncePhantom *phantom)
{
  return g_strdup_printf ("2.25.%" G_GUINT64_FORMAT,
                          bounce_phantom_mix (phantom->seed * 8 + phantom->kind) | 1);
}

/**
 * bounce_phantom_series_uid:
 *
 * Returns: (transfer full): the Series Instance UID of the instance @index
 */
char *
bounce_phantom_series_uid (const BouncePhantom *phantom, guint index)
{
  g_autofree char *study = bounce_phantom_study_uid (phantom);

  return g_strdup_printf ("%s.%u", study, index % get_n_series (phantom) + 1);
}

/**
 * bounce_phantom_sop_uid:
 *
 * Returns: (transfer full): the SOP Instance UID of the instance @index
 */
char *
bounce_phantom_sop_uid (const BouncePhantom *phantom, guint index)
{
  g_autofree char *series = bounce_phantom_series_uid (phantom, index);

  return g_strdup_printf ("%s.%u", series, index / get_n_series (phantom) + 1);
}

/**
 * bounce_phantom_patient_name:
 *
 * Returns: the patient's name as UTF-8
 */
const char *
bounce_phantom_patient_name (const BouncePhantom *phantom)
{
  return patients[get_patient (phantom)].name_utf8;
}

static void
add_identification (GByteArray *out,
                    const BouncePhantom *phantom,
                    const BouncePart10Meta *meta,
                    guint index)
{
  g_autofree char *accession = g_strdup_printf ("A%06u", (guint) (phantom->seed % 1000000));
  g_autofree char *slice = g_strdup_printf ("%u", index);

  bounce_part10_add_text (out, 0x00080005, "CS", patients[get_patient (phantom)].character_set);
  bounce_part10_add_text (out, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL");
  bounce_part10_add_text (out, 0x00080016, "UI", meta->sop_class_uid);
  bounce_part10_add_text (out, 0x00080018, "UI", meta->sop_instance_uid);
  bounce_part10_add_text (out, 0x00080020, "DA", "20240229");
  bounce_part10_add_text (out, 0x00080030, "TM", "134501.250");
  bounce_part10_add_text (out, 0x00080050, "SH", accession);
  bounce_part10_add_text (out, 0x00080060, "CS", phantom->kind == BOUNCE_PHANTOM_CT ? "CT" : "OT");
  bounce_part10_add_text (out, 0x00080070, "LO", "Phantom Works");
  bounce_part10_add_text (out, 0x00080080, "LO", "Phantom Clinic");
  bounce_part10_add_text (out, 0x00081030, "LO", "CT Chest phantom");
  bounce_part10_add_text (out, 0x0008103e, "LO", "Axial 1.0 mm");
  /* A private block: a string, and bytes that no parser knows. */
  bounce_part10_add_text (out, 0x00090010, "LO", "BOUNCE PHANTOM 1");
  bounce_part10_add_text (out, 0x00091001, "LT", slice);
  bounce_part10_add (out, 0x00091002, "UN", meta, 61);
}

static void
add_patient_and_series (GByteArray *out, const BouncePhantom *phantom, guint index)
{
  g_autofree char *study = bounce_phantom_study_uid (phantom);
  g_autofree char *series = bounce_phantom_series_uid (phantom, index);
  g_autofree char *id = g_strdup_printf ("PH%08u", (guint) (phantom->seed % 100000000));
  g_autofree char *series_number = g_strdup_printf ("%u", index % get_n_series (phantom) + 1);
  g_autofree char *number = g_strdup_printf ("%u", index / get_n_series (phantom) + 1);
  g_autofree char *position = g_strdup_printf ("-250\\-250\\%u", index / get_n_series (phantom));

  bounce_part10_add_text (out, 0x00100010, "PN", patients[get_patient (phantom)].name);
  bounce_part10_add_text (out, 0x00100020, "LO", id);
  bounce_part10_add_text (out, 0x00100030, "DA", "19570412");
  bounce_part10_add_text (out, 0x00100040, "CS", "O");
  bounce_part10_add_text (out, 0x00180050, "DS", "1.0");
  bounce_part10_add_text (out, 0x0020000d, "UI", study);
  bounce_part10_add_text (out, 0x0020000e, "UI", series);
  bounce_part10_add_text (out, 0x00200010, "SH", "1");
  bounce_part10_add_text (out, 0x00200011, "IS", series_number);
  bounce_part10_add_text (out, 0x00200013, "IS", number);
  bounce_part10_add_text (out, 0x00200032, "DS", position);
  bounce_part10_add_text (out, 0x00200037, "DS", "1\\0\\0\\0\\1\\0");
}

static void
add_image_description (GByteArray *out, guint size, guint n_frames)
{
  g_autofree char *frames = g_strdup_printf ("%u", n_frames);

  bounce_part10_add_us (out, 0x00280002, 1);
  bounce_part10_add_text (out, 0x00280004, "CS", "MONOCHROME2");
  if (n_frames > 1)
    bounce_part10_add_text (out, 0x00280008, "IS", frames);
  bounce_part10_add_us (out, 0x00280010, size);
  bounce_part10_add_us (out, 0x00280011, size);
  bounce_part10_add_text (out, 0x00280030, "DS", "0.9765625\\0.9765625");
  bounce_part10_add_us (out, 0x00280100, 16);
  bounce_part10_add_us (out, 0x00280101, 12);
  bounce_part10_add_us (out, 0x00280102, 11);
  bounce_part10_add_us (out, 0x00280103, 0);
  bounce_part10_add_text (out, 0x00281050, "DS", "1064");
  bounce_part10_add_text (out, 0x00281051, "DS", "400");
  bounce_part10_add_text (out, 0x00281052, "DS", "-1024");
  bounce_part10_add_text (out, 0x00281053, "DS", "1");
}

static void
add_pixels (GByteArray *out, const BouncePhantom *phantom, guint index, guint size, guint n_frames)
{
  gsize frame_bytes = (gsize) size * size * 2;
  guint32 length = GUINT32_TO_LE ((guint32) (frame_bytes * n_frames));
  guint at;

  g_byte_array_append (out, (const guint8 *) "\xe0\x7f\x10\x00OW\0\0", 8);
  g_byte_array_append (out, (const guint8 *) &length, sizeof length);
  at = out->len;
  g_byte_array_set_size (out, at + frame_bytes * n_frames);
  for (guint frame = 0; frame < n_frames; frame++)
    {
      guint slice = index + frame;
      double z = (slice + 0.5) / MAX (phantom->n_instances, n_frames);
      g_autofree guint16 *pixels = g_malloc (frame_bytes); /* out->data may be unaligned */

      bounce_phantom_draw (pixels, size, size, z, bounce_phantom_mix (phantom->seed) + slice);
      memcpy (out->data + at + frame * frame_bytes, pixels, frame_bytes);
    }
}

/**
 * bounce_phantom_make:
 * @index: from 0; consecutive instances go round the series
 * @dataset_offset: (out) (optional): where the dataset starts
 *
 * Returns: (transfer full): one instance as a Part 10 file
 */
GBytes *
bounce_phantom_make (const BouncePhantom *phantom, guint index, gsize *dataset_offset)
{
  gboolean is_multiframe = phantom->kind == BOUNCE_PHANTOM_MULTIFRAME;
  guint size = phantom->kind == BOUNCE_PHANTOM_SMALL ? 100 : 512;
  guint n_frames = is_multiframe ? MAX (phantom->multiframe_mb, 1) * 2 : 1; /* of 512 KiB each */
  g_autofree char *sop = bounce_phantom_sop_uid (phantom, index);
  g_autoptr (GByteArray) out = g_byte_array_sized_new (n_frames * size * size * 2 + 4096);
  BouncePart10Meta meta = { 0 };

  g_strlcpy (meta.sop_class_uid, is_multiframe ? MULTIFRAME_WORD_SC_STORAGE : CT_IMAGE_STORAGE,
             sizeof meta.sop_class_uid);
  g_strlcpy (meta.sop_instance_uid, sop, sizeof meta.sop_instance_uid);
  g_strlcpy (meta.transfer_syntax_uid, BOUNCE_PART10_EXPLICIT_LE, sizeof meta.transfer_syntax_uid);

  bounce_part10_add_head (out, &meta);
  if (dataset_offset != NULL)
    *dataset_offset = out->len;
  add_identification (out, phantom, &meta, index);
  add_patient_and_series (out, phantom, index);
  add_image_description (out, size, n_frames);
  add_pixels (out, phantom, index, size, n_frames);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

/**
 * bounce_phantom_write:
 * @directory: made if it is not there
 *
 * Writes the study as DIRECTORY/S-IIIII.dcm.
 */
gboolean
bounce_phantom_write (const BouncePhantom *phantom, const char *directory, GError **error)
{
  if (g_mkdir_with_parents (directory, 0700) != 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "%s: %s", directory,
                   g_strerror (errno));
      return FALSE;
    }
  for (guint i = 0; i < phantom->n_instances; i++)
    {
      g_autoptr (GBytes) file = bounce_phantom_make (phantom, i, NULL);
      g_autofree char *name = g_strdup_printf ("%u-%05u.dcm", i % get_n_series (phantom) + 1,
                                               i / get_n_series (phantom) + 1);
      g_autofree char *path = g_build_filename (directory, name, NULL);

      if (!g_file_set_contents_full (path, g_bytes_get_data (file, NULL), g_bytes_get_size (file),
                                     G_FILE_SET_CONTENTS_NONE, 0600, error))
        return FALSE;
    }
  return TRUE;
}
