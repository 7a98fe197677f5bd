/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Tables for a terminal. Widths are those of the characters on screen: CJK takes two columns,
 * combining marks none. What came from outside (names, descriptions) is cleaned of control
 * characters first, or a patient's name could drive the terminal. */

#include "config.h"

#include "bounce-ctl-table.h"

#define GAP 2

struct _BounceCtlTable
{
  const BounceCtlColumn *columns; /* caller's, static */
  guint n_columns;
  GPtrArray *rows; /* (owned) (element-type GStrv) */
};

/**
 * bounce_ctl_text_width:
 *
 * Units: columns of a terminal
 * Source: Unicode TR 11; ambiguous characters are narrow
 * Returns: the width of @text
 */
guint
bounce_ctl_text_width (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!g_unichar_iszerowidth (c))
        width += g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

/* Control, format (bidirectional overrides among them) and line separators may move the cursor. */
static gboolean
is_harmless (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_PRIVATE_USE:
      return FALSE;
    default:
      return TRUE;
    }
}

/**
 * bounce_ctl_text_clean:
 * @text: (nullable): from outside
 *
 * Returns: (transfer full): @text as valid UTF-8 with a question mark for whatever is not a plain
 *   character
 */
char *
bounce_ctl_text_clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  GString *clean = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_string_append_unichar (clean, is_harmless (c) ? c : '?');
    }
  return g_string_free (clean, FALSE);
}

/**
 * bounce_ctl_table_new:
 * @columns: static
 *
 * Returns: (transfer full): an empty table
 */
BounceCtlTable *
bounce_ctl_table_new (const BounceCtlColumn *columns, guint n_columns)
{
  BounceCtlTable *self = g_new0 (BounceCtlTable, 1);

  self->columns = columns;
  self->n_columns = n_columns;
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  return self;
}

/**
 * bounce_ctl_table_free:
 *
 * Frees the table.
 */
void
bounce_ctl_table_free (BounceCtlTable *self)
{
  g_ptr_array_unref (self->rows);
  g_free (self);
}

/**
 * bounce_ctl_table_add:
 * @cells: one text for each column; %NULL is an empty cell
 *
 * Adds a row.
 */
void
bounce_ctl_table_add (BounceCtlTable *self, const char *const *cells)
{
  char **row = g_new0 (char *, self->n_columns + 1);

  for (guint i = 0; i < self->n_columns; i++)
    row[i] = bounce_ctl_text_clean (cells[i]);
  g_ptr_array_add (self->rows, row);
}

static guint *
measure (BounceCtlTable *self)
{
  guint *widths = g_new0 (guint, self->n_columns);

  for (guint column = 0; column < self->n_columns; column++)
    {
      const char *title = self->columns[column].title;

      widths[column] = title != NULL ? bounce_ctl_text_width (title) : 0;
      for (guint i = 0; i < self->rows->len; i++)
        {
          char **row = g_ptr_array_index (self->rows, i);

          widths[column] = MAX (widths[column], bounce_ctl_text_width (row[column]));
        }
    }
  return widths;
}

static void
print_cell (
    FILE *stream, const char *text, guint width, const BounceCtlColumn *column, gboolean is_last)
{
  int padding = (int) (width - bounce_ctl_text_width (text));

  if (column->is_number)
    fprintf (stream, "%*s%s%*s", padding, "", text, is_last ? 0 : GAP, "");
  else
    fprintf (stream, "%s%*s", text, is_last ? 0 : padding + GAP, "");
}

static void
print_row (BounceCtlTable *self, FILE *stream, const guint *widths, char **row)
{
  guint last = self->n_columns - 1;

  /* No blanks at the end of a line. */
  while (row != NULL && last > 0 && *row[last] == '\0')
    last--;
  for (guint i = 0; i <= last; i++)
    print_cell (stream, row != NULL ? row[i] : self->columns[i].title, widths[i], &self->columns[i],
                i == last);
  fputc ('\n', stream);
}

/**
 * bounce_ctl_table_print:
 * @stream: gets UTF-8, whatever the locale
 *
 * Prints the heading, if there is one, and all rows.
 */
void
bounce_ctl_table_print (BounceCtlTable *self, FILE *stream)
{
  g_autofree guint *widths = measure (self);

  if (self->columns[0].title != NULL)
    print_row (self, stream, widths, NULL);
  for (guint i = 0; i < self->rows->len; i++)
    print_row (self, stream, widths, g_ptr_array_index (self->rows, i));
}
