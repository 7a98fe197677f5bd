/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An axial slice through something like a chest: ellipses filled row by row, then noise everywhere.
 * The noise decides how well a slice compresses; its width was chosen so that deflate level 1
 * brings a 512 × 512 slice to about 0.38 of its size, as it does with clinical CT. */

#include "bounce-phantom-image.h"

#include <math.h>

typedef struct
{
  double x, y;   /* centre, −1 to 1 */
  double rx, ry; /* radii, likewise */
  double z, rz;  /* where along the body it is, 0 to 1 */
  guint16 value; /* stored value: Hounsfield units + 1024 */
} Ellipse;

/* In painting order. */
static const Ellipse anatomy[] = {
  { 0.00, 0.00, 0.86, 0.62, 0.5, 9.0, 930 },    /* fat */
  { 0.00, 0.01, 0.80, 0.56, 0.5, 9.0, 1080 },   /* muscle */
  { -0.38, -0.06, 0.30, 0.42, 0.5, 0.55, 170 }, /* right lung */
  { 0.40, -0.06, 0.28, 0.40, 0.5, 0.55, 180 },  /* left lung */
  { 0.10, -0.12, 0.22, 0.22, 0.5, 0.35, 1070 }, /* heart */
  { 0.14, -0.10, 0.10, 0.11, 0.5, 0.30, 1180 }, /* ventricle with contrast */
  { -0.30, 0.02, 0.40, 0.40, 0.9, 0.30, 1085 }, /* liver */
  { 0.06, 0.20, 0.06, 0.06, 0.5, 9.0, 1190 },   /* aorta */
  { 0.00, 0.36, 0.12, 0.10, 0.5, 9.0, 1400 },   /* vertebra */
  { 0.00, 0.38, 0.04, 0.04, 0.5, 9.0, 1060 },   /* spinal canal */
  { 0.00, -0.54, 0.06, 0.03, 0.4, 0.40, 1350 }, /* sternum */
};

enum
{
  AIR = 24,
  TABLE = 700,
  NOISE_MASK = 0x07, /* two of these summed: 0 to 14, standard deviation 3.2 */
};

/**
 * bounce_phantom_mix:
 *
 * A step of splitmix64: different numbers for different seeds, the same on every machine.
 */
guint64
bounce_phantom_mix (guint64 value)
{
  value += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  value = (value ^ value >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  value = (value ^ value >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return value ^ value >> 31;
}

static void
fill_ellipse (guint16 *pixels, guint columns, guint rows, const Ellipse *shape, double scale)
{
  for (guint row = 0; row < rows; row++)
    {
      double dy = ((2.0 * row + 1) / rows - 1 - shape->y) / (shape->ry * scale);
      double half = 1 - dy * dy;
      int first, last;

      if (half <= 0)
        continue;
      half = sqrt (half) * shape->rx * scale;
      first = (int) ((shape->x - half + 1) / 2 * columns);
      last = (int) ((shape->x + half + 1) / 2 * columns);
      for (int column = MAX (first, 0); column < MIN (last, (int) columns); column++)
        pixels[row * columns + column] = shape->value;
    }
}

static void
add_noise (guint16 *pixels, gsize n_pixels, guint64 seed)
{
  guint64 state = bounce_phantom_mix (seed) | 1;

  for (gsize i = 0; i < n_pixels; i++)
    {
      if (i % 4 == 0)
        {
          state ^= state << 13;
          state ^= state >> 7;
          state ^= state << 17;
        }
      guint bits = state >> (i % 4 * 16);
      guint value = pixels[i] + (bits & NOISE_MASK) + (bits >> 8 & NOISE_MASK);

      pixels[i] = GUINT16_TO_LE (value);
    }
}

/**
 * bounce_phantom_draw:
 * @pixels: (out): @columns × @rows values, row by row, little endian
 * @z: where along the body, 0 to 1
 * @seed: of the noise
 *
 * Draws one slice.
 */
void
bounce_phantom_draw (guint16 *pixels, guint columns, guint rows, double z, guint64 seed)
{
  gsize n_pixels = (gsize) columns * rows;

  for (gsize i = 0; i < n_pixels; i++)
    pixels[i] = AIR;
  for (guint row = rows * 83 / 100; row < rows * 85 / 100; row++)
    for (guint column = columns / 8; column < columns * 7 / 8; column++)
      pixels[row * columns + column] = TABLE;
  for (guint i = 0; i < G_N_ELEMENTS (anatomy); i++)
    {
      double along = (z - anatomy[i].z) / anatomy[i].rz;

      if (along * along < 1)
        fill_ellipse (pixels, columns, rows, &anatomy[i], sqrt (1 - along * along));
    }
  add_noise (pixels, n_pixels, seed);
}
