/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Text of a data set as UTF-8, by Specific Character Set (0008,0005): single-byte sets, UTF-8,
 * GB18030, GBK, and code extension with ISO 2022 escapes, where G0 and G1 are designated apart. The
 * conversion itself is iconv's; it knows no ISO 2022 in DICOM's manner, so the text is cut into
 * runs of one character set each.
 *
 * Nothing fails: what cannot be converted becomes U+FFFD. Labels lie in the field, so unlabelled or
 * Latin-1 text that is plainly UTF-8 or Chinese is read as that.
 *
 * Pure functions; any thread. Source: PS3.3 C.12.1.1.2, PS3.5 6.1. */

#include "config.h"

#include "bounce-text-private.h"

#include <string.h>

#define ESC         0x1B
#define REPLACEMENT "\xEF\xBF\xBD"

/* How the bytes of a run become iconv's. */
typedef enum
{
  FORM_PLAIN,  /* as they are */
  FORM_PAIRS,  /* two 7-bit bytes a character; the high bits are set for the EUC codec */
  FORM_PAIRS3, /* the same behind EUC's single shift 3 */
} Form;

typedef struct
{
  const char *label; /* after ISO_IR or "ISO 2022 IR" */
  const char *codec;
} SingleSet;

/* Sets without code extension, and what an "ISO 2022 IR" label of the same number begins with. */
static const SingleSet single_sets[] = {
  { "6", "ASCII" },        { "13", "SHIFT_JIS" },    { "87", "ASCII" },
  { "100", "ISO-8859-1" }, { "101", "ISO-8859-2" },  { "109", "ISO-8859-3" },
  { "110", "ISO-8859-4" }, { "126", "ISO-8859-7" },  { "127", "ISO-8859-6" },
  { "138", "ISO-8859-8" }, { "144", "ISO-8859-5" },  { "148", "ISO-8859-9" },
  { "149", "EUC-KR" },     { "159", "ASCII" },       { "166", "TIS-620" },
  { "192", "UTF-8" },      { "203", "ISO-8859-15" }, { "58", "GB2312" },
};

typedef struct
{
  const char *escape; /* behind ESC */
  gboolean is_g1;
  Form form;
  const char *codec;
} Designation;

static const Designation designations[] = {
  { "(B", FALSE, FORM_PLAIN, "ASCII" },      { "(J", FALSE, FORM_PLAIN, "SHIFT_JIS" },
  { "$B", FALSE, FORM_PAIRS, "EUC-JP" },     { "$@", FALSE, FORM_PAIRS, "EUC-JP" },
  { "$(D", FALSE, FORM_PAIRS3, "EUC-JP" },   { ")I", TRUE, FORM_PLAIN, "SHIFT_JIS" },
  { "$)C", TRUE, FORM_PLAIN, "EUC-KR" },     { "$)A", TRUE, FORM_PLAIN, "GB2312" },
  { "-A", TRUE, FORM_PLAIN, "ISO-8859-1" },  { "-B", TRUE, FORM_PLAIN, "ISO-8859-2" },
  { "-C", TRUE, FORM_PLAIN, "ISO-8859-3" },  { "-D", TRUE, FORM_PLAIN, "ISO-8859-4" },
  { "-F", TRUE, FORM_PLAIN, "ISO-8859-7" },  { "-G", TRUE, FORM_PLAIN, "ISO-8859-6" },
  { "-H", TRUE, FORM_PLAIN, "ISO-8859-8" },  { "-L", TRUE, FORM_PLAIN, "ISO-8859-5" },
  { "-M", TRUE, FORM_PLAIN, "ISO-8859-9" },  { "-T", TRUE, FORM_PLAIN, "TIS-620" },
  { "-b", TRUE, FORM_PLAIN, "ISO-8859-15" },
};

/* Which sets are in force, within one value component. */
typedef struct
{
  Form g0_form;
  const char *g0_codec;
  const char *g1_codec;
  gboolean has_extension;
} State;

static const char *
codec_of_label (const char *label)
{
  static const char *const prefixes[] = { "ISO_IR ", "ISO 2022 IR ", "ISO-IR ", "ISO IR ",
                                          "ISO_2022_IR_" };

  if (g_str_equal (label, "GB18030") || g_str_equal (label, "GBK"))
    return "GB18030"; /* of which GBK is a part */
  if (strstr (label, "UTF-8") != NULL || strstr (label, "UTF8") != NULL)
    return "UTF-8";
  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (label, prefixes[i]))
      for (gsize j = 0; j < G_N_ELEMENTS (single_sets); j++)
        if (g_str_equal (label + strlen (prefixes[i]), single_sets[j].label))
          return single_sets[j].codec;
  return "ASCII";
}

/* The first label names the initial sets. Empty means ASCII; high bytes then belong to the one
 * multi-byte set that is listed, if any: senders forget escapes. */
static State
initial_state (const char *character_sets)
{
  State state = { FORM_PLAIN, "ASCII", NULL, FALSE };
  g_auto (GStrv) labels = g_strsplit (character_sets, "\\", -1);

  for (guint i = 0; labels[i] != NULL; i++)
    {
      const char *codec = codec_of_label (g_strstrip (labels[i]));

      state.has_extension = state.has_extension || strstr (labels[i], "2022") != NULL;
      if (state.g1_codec == NULL && !g_str_equal (codec, "ASCII"))
        state.g1_codec = codec;
      if (i == 0 && g_str_equal (codec, "SHIFT_JIS"))
        state.g0_codec = codec;
    }
  return state;
}

static gboolean
has_high_bytes (const guint8 *data, gsize size)
{
  for (gsize i = 0; i < size; i++)
    if (data[i] >= 0x80)
      return TRUE;
  return FALSE;
}

/* Byte by byte past what the codec refuses. */
static void
append_by_iconv (GString *text, const char *codec, const char *data, gsize size)
{
  GIConv converter = g_iconv_open ("UTF-8", codec);
  char buffer[256];

  while (size > 0 && converter != (GIConv) -1)
    {
      char *in = (char *) data, *out = buffer;
      gsize out_left = sizeof buffer;
      gsize result = g_iconv (converter, &in, &size, &out, &out_left);

      g_string_append_len (text, buffer, out - buffer);
      data = in;
      if (result == (gsize) -1 && out_left == sizeof buffer && size > 0)
        {
          g_string_append (text, REPLACEMENT);
          g_iconv (converter, NULL, NULL, NULL, NULL);
          data++;
          size--;
        }
    }
  if (converter != (GIConv) -1)
    g_iconv_close (converter);
}

/* The three common cases without iconv: opening a converter loads a module, 40 us each time. */
static void
append_converted (GString *text, const char *codec, const guint8 *data, gsize size)
{
  if (!has_high_bytes (data, size)
      || (g_str_equal (codec, "UTF-8") && g_utf8_validate_len ((const char *) data, size, NULL)))
    g_string_append_len (text, (const char *) data, (gssize) size);
  else if (g_str_equal (codec, "ISO-8859-1"))
    for (gsize i = 0; i < size; i++)
      g_string_append_unichar (text, data[i]);
  else
    append_by_iconv (text, codec, (const char *) data, size);
}

static void
append_run (GString *text, const State *state, gboolean is_high, const guint8 *data, gsize size)
{
  g_autoptr (GString) euc = NULL;

  if (is_high)
    {
      append_converted (text, state->g1_codec != NULL ? state->g1_codec : "ISO-8859-1", data, size);
      return;
    }
  if (state->g0_form == FORM_PLAIN)
    {
      append_converted (text, state->g0_codec, data, size);
      return;
    }
  euc = g_string_new (NULL);
  for (gsize i = 0; i + 1 < size; i += 2)
    {
      if (state->g0_form == FORM_PAIRS3)
        g_string_append_c (euc, (char) 0x8F);
      g_string_append_c (euc, (char) (data[i] | 0x80));
      g_string_append_c (euc, (char) (data[i + 1] | 0x80));
    }
  append_converted (text, state->g0_codec, (const guint8 *) euc->str, euc->len);
}

/* Bytes taken by the escape sequence at @data, 0 if it is none of ours. */
static gsize
apply_escape (State *state, const guint8 *data, gsize size)
{
  for (gsize i = 0; i < G_N_ELEMENTS (designations); i++)
    {
      const Designation *d = &designations[i];
      gsize length = strlen (d->escape);

      if (size <= length || memcmp (data + 1, d->escape, length) != 0)
        continue;
      if (d->is_g1)
        state->g1_codec = d->codec;
      else
        {
          state->g0_form = d->form;
          state->g0_codec = d->codec;
        }
      return length + 1;
    }
  return 0;
}

/* Where code extension starts anew, PS3.5 6.1.2.5.3. Not while G0 takes pairs. */
static gboolean
is_delimiter (const State *state, guint8 c)
{
  return state->g0_form == FORM_PLAIN && c < 0x80 && strchr ("\\^=\r\n\f\t", c) != NULL;
}

static gsize
run_length (const State *state, const guint8 *data, gsize size)
{
  gboolean is_high = data[0] >= 0x80;
  gsize n = 1;

  while (n < size && data[n] != ESC && (data[n] >= 0x80) == is_high
         && !is_delimiter (state, data[n]))
    n++;
  return n;
}

static char *
decode_extended (const guint8 *data, gsize size, State initial)
{
  GString *text = g_string_new (NULL);
  State state = initial;

  for (gsize i = 0; i < size;)
    {
      gsize n = data[i] == ESC ? apply_escape (&state, data + i, size - i) : 0;

      if (n == 0 && data[i] == ESC)
        {
          n = 1;
        }
      else if (n == 0 && is_delimiter (&state, data[i]))
        {
          state = initial;
          g_string_append_c (text, (char) data[i]);
          n = 1;
        }
      else if (n == 0)
        {
          n = run_length (&state, data + i, size - i);
          append_run (text, &state, data[i] >= 0x80, data + i, n);
        }
      i += n;
    }
  return g_string_free (text, FALSE);
}

static char *
decode_plain (const guint8 *data, gsize size, const char *codec)
{
  GString *text = g_string_new (NULL);

  append_converted (text, codec, data, size);
  return g_string_free (text, FALSE);
}

/* Every run of high bytes stands alone, pairs up, and pairs into GB 2312 ideographs. Two characters
 * at least: "Ä" and "Ü" side by side are one. */
static gboolean
looks_chinese (const guint8 *data, gsize size)
{
  guint n_pairs = 0;

  for (gsize i = 0; i < size;)
    {
      if (data[i] < 0x80)
        {
          i++;
          continue;
        }
      if (i > 0 && g_ascii_isalpha (data[i - 1]))
        return FALSE;
      for (; i < size && data[i] >= 0x80; i += 2, n_pairs++)
        if (i + 1 >= size || data[i] < 0xB0 || data[i] > 0xF7 || data[i + 1] < 0xA1)
          return FALSE;
      if (i < size && g_ascii_isalpha (data[i]))
        return FALSE;
    }
  return n_pairs >= 2;
}

/* NULL: believe the label. */
static const char *
codec_despite_label (const guint8 *data, gsize size, const State *state)
{
  if (!has_high_bytes (data, size))
    return NULL;
  if (state->g1_codec != NULL && !g_str_has_prefix (state->g1_codec, "ISO-8859-1"))
    return NULL;
  if (g_utf8_validate_len ((const char *) data, size, NULL))
    return "UTF-8";
  return looks_chinese (data, size) ? "GB18030" : NULL;
}

/* UTF-8 that is not: the single-byte reading keeps more than replacement characters would. */
static const char *
codec_of_state (const guint8 *data, gsize size, const State *state)
{
  const char *codec = codec_despite_label (data, size, state);

  if (codec != NULL)
    return codec;
  codec = state->g1_codec != NULL ? state->g1_codec : "ISO-8859-1";
  if (g_str_equal (codec, "UTF-8") && !g_utf8_validate_len ((const char *) data, size, NULL))
    return looks_chinese (data, size) ? "GB18030" : "ISO-8859-1";
  return codec;
}

/* Takes @text. glibc's UTF-8 goes beyond U+10FFFF, hence the last check. */
static char *
finish_text (char *text)
{
  char *valid;
  char *to = text;

  for (const char *from = text; *from != '\0'; from++)
    if (!g_ascii_iscntrl (*from) || *from == '\n' || *from == '\t')
      *to++ = *from;
  *to = '\0';
  g_strchomp (text);
  if (g_utf8_validate (text, -1, NULL))
    return text;
  valid = g_utf8_make_valid (text, -1);
  g_free (text);
  return valid;
}

/**
 * bounce_text_to_utf8:
 * @data: a value of a text VR
 * @character_sets: (nullable): the value of (0008,0005)
 *
 * Shape: delimiters (`\`, `^`, `=`) stay; padding, control characters and escapes go
 * Thread: any
 * Source: PS3.5 6.1.2, PS3.3 C.12.1.1.2
 * Returns: (transfer full): valid UTF-8, perhaps empty
 */
char *
bounce_text_to_utf8 (const guint8 *data, gsize size, const char *character_sets)
{
  State state = initial_state (character_sets != NULL ? character_sets : "");
  gboolean has_escapes = size > 0 && memchr (data, ESC, size) != NULL;
  char *text;

  while (size > 0 && (data[size - 1] == '\0' || data[size - 1] == ' '))
    size--;
  if (has_escapes || (state.has_extension && codec_despite_label (data, size, &state) == NULL))
    text = decode_extended (data, size, state);
  else
    text = decode_plain (data, size, codec_of_state (data, size, &state));
  return finish_text (text);
}
