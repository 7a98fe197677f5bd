# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Studies as a practice sees them, in several scripts, made up from nothing.

write_study() makes Part 10 files that storescu sends. Everything is explicit little endian and
UTF-8; the images are small ramps with noise, which compress as badly as real ones do.
"""

import collections
import os
import random
import struct

Study = collections.namedtuple('Study', 'name id born description modality accession date series')

# (series description, images); dates are those of the study.
STUDIES = [
    Study('Nguyễn^Thị Minh Khai', 'MK-20411', '19840312', 'CT Thorax mit KM', 'CT', 'A-2026-1180',
          '20261121', [('Topogramm', 2), ('Thorax 1.0 Br40', 24), ('Lunge 1.0 Bl57', 24)]),
    Study('Παπαδοπούλου^Ελένη', 'PE-07735', '19560907', 'MR Knee left', 'MR', 'A-2026-1181',
          '20261121', [('Localizer', 3), ('PD FS sag', 12), ('PD FS cor', 12), ('T1 tra', 10)]),
    Study('Müller-Lüdenscheidt^Änne', '118-204-77', '19470525', 'Mammographie beidseits', 'MG',
          'A-2026-1182', '20261121', [('R CC', 1), ('L CC', 1), ('R MLO', 1), ('L MLO', 1)]),
    Study('Yamada^Tarou=山田^太郎=やまだ^たろう', 'YT-3391', '19710118', '腹部CT 造影', 'CT',
          'A-2026-1183', '20261121', [('動脈相', 18), ('門脈相', 18)]),
    Study('Иванов^Пётр^Сергеевич', 'IP-90017', '19631130', 'КТ головного мозга', 'CT',
          'A-2026-1184', '20261120', [('Мозг 5 мм', 16), ('Кость 1 мм', 16)]),
    Study('الأحمد^فاطمة', 'FA-4410', '19920404', 'Chest PA and lateral', 'DX', 'A-2026-1185',
          '20261120', [('PA', 1), ('Lateral', 1)]),
    Study('Kim^Minjun=김^민준=김^민준', 'KM-5512', '20010823', '요추 MRI', 'MR', 'A-2026-1186',
          '20261120', [('T2 SAG', 10), ('T1 SAG', 10), ('T2 AX', 14)]),
    Study('เสรีไทย^สมชาย', 'SS-6120', '19580216', 'Ultrasound abdomen', 'US', 'A-2026-1187',
          '20261120', [('Abdomen', 14)]),
    Study('כהן^נועה', 'KN-7718', '19950709', 'MR Brain with contrast', 'MR', 'A-2026-1188',
          '20261119', [('T1 MPRAGE', 12), ('FLAIR', 12), ('DWI', 12)]),
    Study("O'Connor^Siobhán^^Dr", 'OS-8125', '19690131', 'Wrist right, 2 views', 'CR',
          'A-2026-1189', '20261119', [('Wrist', 2)]),
    Study('Lefèvre^Anaïs', 'LA-9233', '19880615', 'Échographie thyroïdienne', 'US', 'A-2026-1190',
          '20261118', [('Thyroïde', 9)]),
    Study('Smith^John', 'SJ-1002', '19501222', 'PET/CT whole body', 'PT', 'A-2026-1191',
          '20261118', [('AC CT 3.0', 20), ('PET AC', 20), ('PET NAC', 20)]),
    Study('Ångström^Björn', 'AB-1203', '19770303', 'Lumbar spine, 2 views', 'DX', 'A-2026-1192',
          '20261121', [('AP', 1), ('LAT', 1)]),
]

IMPLEMENTATION = '1.2.826.0.1.3680043.10.1999.1'
EXPLICIT_LE = '1.2.840.10008.1.2.1'
SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7'
LONG = (b'OB', b'OW', b'SQ', b'UN', b'UT')
SIDE = 192  # pixels


def element(group, number, kind, value):
    """One element, padded to even length as PS3.5 6.2 has it."""
    if isinstance(value, str):
        value = value.encode('utf-8')
    if len(value) % 2:
        value += b'\0' if kind in (b'UI', b'OB') else b' '
    head = struct.pack('<HH', group, number) + kind
    if kind in LONG:
        return head + struct.pack('<HI', 0, len(value)) + value
    return head + struct.pack('<H', len(value)) + value


def study_uid(number):
    """The Study Instance UID of the number-th study."""
    return f'{IMPLEMENTATION}.{number + 1}'


def make_pixels(seed, side):
    """Twelve bits a pixel: a ramp from left to right in the upper bits, noise in the lower."""
    pixels = bytearray(2 * side * side)
    pixels[0::2] = random.Random(seed).randbytes(side * side)
    pixels[1::2] = bytes(x * 16 // side for x in range(side)) * side
    return bytes(pixels)


def make_dataset(study, number, series, image, sop, side):
    """The dataset of one image, elements ascending."""
    description, _ = study.series[series]
    uid = study_uid(number)
    short = struct.Struct('<H').pack
    return b''.join([
        element(0x0008, 0x0005, b'CS', 'ISO_IR 192'),
        element(0x0008, 0x0016, b'UI', SECONDARY_CAPTURE),
        element(0x0008, 0x0018, b'UI', sop),
        element(0x0008, 0x0020, b'DA', study.date),
        element(0x0008, 0x0030, b'TM', '091500'),
        element(0x0008, 0x0050, b'SH', study.accession),
        element(0x0008, 0x0060, b'CS', study.modality),
        element(0x0008, 0x1030, b'LO', study.description),
        element(0x0008, 0x103e, b'LO', description),
        element(0x0010, 0x0010, b'PN', study.name),
        element(0x0010, 0x0020, b'LO', study.id),
        element(0x0010, 0x0030, b'DA', study.born),
        element(0x0010, 0x0040, b'CS', 'O'),
        element(0x0020, 0x000d, b'UI', uid),
        element(0x0020, 0x000e, b'UI', f'{uid}.{series + 1}'),
        element(0x0020, 0x0011, b'IS', str(series + 1)),
        element(0x0020, 0x0013, b'IS', str(image + 1)),
        element(0x0028, 0x0002, b'US', short(1)),
        element(0x0028, 0x0004, b'CS', 'MONOCHROME2'),
        element(0x0028, 0x0010, b'US', short(side)),
        element(0x0028, 0x0011, b'US', short(side)),
        element(0x0028, 0x0100, b'US', short(16)),
        element(0x0028, 0x0101, b'US', short(12)),
        element(0x0028, 0x0102, b'US', short(11)),
        element(0x0028, 0x0103, b'US', short(0)),
        element(0x7fe0, 0x0010, b'OW', make_pixels(sop, side)),
    ])


def write_image(path, sop, dataset):
    meta = b''.join([
        element(0x0002, 0x0001, b'OB', b'\0\1'),
        element(0x0002, 0x0002, b'UI', SECONDARY_CAPTURE),
        element(0x0002, 0x0003, b'UI', sop),
        element(0x0002, 0x0010, b'UI', EXPLICIT_LE),
        element(0x0002, 0x0012, b'UI', IMPLEMENTATION),
    ])
    group_length = element(0x0002, 0x0000, b'UL', struct.pack('<I', len(meta)))
    with open(path, 'wb') as file:
        file.write(b'\0' * 128 + b'DICM' + group_length + meta + dataset)


def write_study(number, folder, side=SIDE):
    """Writes the number-th of STUDIES below folder, its images of that many pixels a side; returns
    its Study Instance UID."""
    study = STUDIES[number]
    os.makedirs(folder, exist_ok=True)
    for series, (_, images) in enumerate(study.series):
        for image in range(images):
            sop = f'{study_uid(number)}.{series + 1}.{image + 1}'
            write_image(os.path.join(folder, sop + '.dcm'), sop,
                        make_dataset(study, number, series, image, sop, side))
    return study_uid(number)
