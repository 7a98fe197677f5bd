/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bounce-text-private.h"

#include "bounce-dataset-head.h"

#include <gio/gio.h>
#include <string.h>

typedef struct
{
  const char *name;
  const char *character_sets;
  const char *bytes;
  const char *expected;
} Case;

/* Names out of PS3.5 annexes H to K, and what is seen in the field. */
static const Case cases[] = {
  { "ascii", "", "Doe^Jane ", "Doe^Jane" },
  { "latin1", "ISO_IR 100", "Buc^J\xE9r\xF4me", "Buc^Jérôme" },
  { "latin2", "ISO_IR 101",
    "W\xB3"
    "a\xB6",
    "Właś" },
  { "latin5", "ISO_IR 148",
    "\xC7"
    "avu\xFEo\xF0lu",
    "Çavuşoğlu" },
  { "latin9", "ISO_IR 203", "Bu\xBD", "Buœ" },
  { "russian", "ISO_IR 144",
    "\xBB\xEE\xDA"
    "ce\xDC\xD1yp\xD3",
    "Люкceмбypг" },
  { "arabic", "ISO_IR 127", "\xE2\xC8\xC7\xE6\xEA^\xE4\xE6\xD2\xC7\xD1", "قباني^لنزار" },
  { "greek", "ISO_IR 126", "\xC4\xE9\xEF\xED\xF5\xF3\xE9\xEF\xF2", "Διονυσιος" },
  { "hebrew", "ISO_IR 138", "\xF9\xF8\xE5\xEF^\xE3\xE1\xE5\xF8\xE4", "שרון^דבורה" },
  { "thai", "ISO_IR 166", "\xB9\xD2\xC2", "นาย" },
  { "utf8", "ISO_IR 192", "Wang^XiaoDong=王^小東=", "Wang^XiaoDong=王^小東=" },
  { "gb18030", "GB18030", "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB", "Wang^XiaoDong=王^小东" },
  { "gbk", "GBK", "\xCD\xF5^\xD0\xA1\xB6\xAB", "王^小东" },
  /* 0x5C and 0x5E as second bytes are no delimiters. */
  { "gbk-trail-bytes", "GB18030", "\x81\x5C\x81\x5E^\xCD\xF5", "乗乛^王" },
  { "japanese-h31", "\\ISO 2022 IR 87",
    "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B",
    "Yamada^Tarou=山田^太郎=やまだ^たろう" },
  { "japanese-h32", "ISO 2022 IR 13\\ISO 2022 IR 87",
    "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1B$B;3ED\x1B(J^\x1B$BB@O:\x1B(J=\x1B$B$d$^$@\x1B(J^"
    "\x1B$B$?$m$&\x1B(J",
    "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう" },
  { "half-width-katakana", "ISO_IR 13", "\xD4\xCF\xC0\xDE", "ﾔﾏﾀﾞ" },
  { "japanese-supplement", "\\ISO 2022 IR 159", "\x1B$(D0!\x1B(B", "丂" },
  { "korean-i2", "\\ISO 2022 IR 149",
    "Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6\xB5\xBF",
    "Hong^Gildong=洪^吉洞=홍^길동" },
  /* Escapes are forgotten behind delimiters. */
  { "korean-sloppy", "\\ISO 2022 IR 149",
    "\x1B$)C\xFB\xF3^\xD1\xCE\xD4\xD7=\xC8\xAB^\xB1\xE6\xB5\xBF", "洪^吉洞=홍^길동" },
  { "chinese-2022", "\\ISO 2022 IR 58",
    "Zhang^XiaoDong=\x1B$)A\xD5\xC5^\x1B$)A\xD0\xA1\xB6\xAB=", "Zhang^XiaoDong=张^小东=" },
  { "mixed-latin-greek", "ISO 2022 IR 100\\ISO 2022 IR 126", "J\xE9r\xF4me^\x1B-F\xC4\xE9\xEF",
    "Jérôme^Διο" },
  { "cyrillic-by-escape", "\\ISO 2022 IR 144", "\x1B-L\xBB\xEE", "Лю" },
  /* Labels that lie. */
  { "utf8-unlabelled", "", "M\xC3\xBCller^J\xC3\xB6rg", "Müller^Jörg" },
  { "utf8-as-latin1", "ISO_IR 100", "M\xC3\xBCller^J\xC3\xB6rg", "Müller^Jörg" },
  { "gbk-as-latin1", "ISO_IR 100", "\xCD\xF5^\xD0\xA1\xB6\xAB", "王^小东" },
  { "gbk-unlabelled", "", "\xCD\xF5\xD0\xA1\xB6\xAB", "王小东" },
  { "latin1-unlabelled", "", "M\xFCller^J\xF6rg", "Müller^Jörg" },
  { "latin1-not-chinese", "ISO_IR 100",
    "GR\xD6\xDF"
    "E^\xC4\xDC",
    "GRÖßE^ÄÜ" },
  { "latin1-as-utf8", "ISO_IR 192", "M\xFCller", "Müller" },
  { "label-with-hyphen", "ISO-IR 100", "J\xE9r\xF4me", "Jérôme" },
  { "label-unknown", "KLINGON", "J\xE9r\xF4me", "Jérôme" },
  /* What no character set has. */
  { "not-convertible", "ISO_IR 126",
    "A\xFF"
    "B",
    "A\xEF\xBF\xBD"
    "B" },
  { "unknown-escape", "ISO_IR 100", "A\x1B%GB", "A%GB" },
  { "controls", "",
    "A\x01\r\x0C"
    "B\x7F",
    "AB" },
  { "half-a-pair", "\\ISO 2022 IR 87", "\x1B$B;3E", "山" },
};

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autofree char *text =
      bounce_text_to_utf8 ((const guint8 *) c->bytes, strlen (c->bytes), c->character_sets);

  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpstr (text, ==, c->expected);
}

static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (guint round = 0; round < 20000; round++)
    {
      guint8 bytes[24];
      gsize size = (gsize) g_rand_int_range (rand, 0, sizeof bytes + 1);
      const char *sets = cases[(gsize) round % G_N_ELEMENTS (cases)].character_sets;
      g_autofree guint8 *copy = NULL;
      g_autofree char *text = NULL;

      for (gsize i = 0; i < size; i++)
        bytes[i] =
            (guint8) (g_rand_int_range (rand, 0, 5) == 0 ? 0x1B : g_rand_int_range (rand, 0, 256));
      copy = g_memdup2 (bytes, size);
      text = bounce_text_to_utf8 (copy, size, sets);
      g_assert_true (g_utf8_validate (text, -1, NULL));
    }
}

/* The shared files, where they are there; the cases above are the same names. */
static void
test_shared_files (void)
{
  static const struct
  {
    const char *file;
    const char *name;
  } files[] = {
    { "chrArab.dcm", "قباني^لنزار" },
    { "chrFren.dcm", "Buc^Jérôme" },
    { "chrGerm.dcm", "Äneas^Rüdiger" },
    { "chrGreek.dcm", "Διονυσιος" },
    { "chrH31.dcm", "Yamada^Tarou=山田^太郎=やまだ^たろう" },
    { "chrHbrw.dcm", "שרון^דבורה" },
    { "chrI2.dcm", "Hong^Gildong=洪^吉洞=홍^길동" },
    { "chrKoreanMulti.dcm", "김희중" },
    { "chrRuss.dcm", "Люкceмбypг" },
    { "chrX1.dcm", "Wang^XiaoDong=王^小東=" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (SHARED_DICOM, "charsets", files[i].file, NULL);
      g_autofree char *syntax = NULL;
      g_autofree char *data = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (BounceInstanceHead) head = NULL;
      gsize size, offset;

      if (!g_file_get_contents (path, &data, &size, NULL))
        continue;
      bounce_part10_find_dataset ((const guint8 *) data, size, &offset, &syntax, &error);
      g_assert_no_error (error);
      head =
          bounce_dataset_head_parse ((const guint8 *) data + offset, size - offset, syntax, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (head->patient_name, ==, files[i].name);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/dicom/text/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/dicom/text/random", test_random);
  g_test_add_func ("/dicom/text/shared-files", test_shared_files);
  return g_test_run ();
}
