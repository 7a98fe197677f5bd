/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "bounce-dicom-error.h"

/**
 * bounce_dicom_error_quark:
 *
 * Returns: the error domain of dicom/
 */
G_DEFINE_QUARK (bounce - dicom - error - quark, bounce_dicom_error)
