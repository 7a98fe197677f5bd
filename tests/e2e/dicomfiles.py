# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real files in ../shared/dicom, and what dcmdump says about them.

Without that folder: files that dcmtk's own tools make from a phantom, in several transfer
syntaxes.
"""

import dataclasses
import os
import re
import struct
import subprocess

import harness

IMPLICIT_LE = '1.2.840.10008.1.2'
ELEMENT = re.compile(r'^\(([0-9a-f]{4},[0-9a-f]{4})\) [A-Z]{2} (?:\[(.*)\]|(=\S+)|\(no value[^)]*\))'
                     r'\s+#')


@dataclasses.dataclass
class DicomFile:
    """A file and its identity at the top level of its dataset."""
    path: str
    dataset: bytes
    syntax: str
    sop_class: str
    sop: str
    series: str
    study: str
    patient_name: str
    has_meta: bool

    @property
    def is_complete(self):
        return bool(self.study and self.series and self.sop and self.sop_class)

    @property
    def key(self):
        return self.study, self.sop


def dump(path):
    """Top-level elements as dcmdump prints them, text as UTF-8; none if it cannot read the file."""
    done = subprocess.run(['dcmdump', '-q', '+U8', '-Un', '+L', path], capture_output=True)
    if done.returncode != 0:
        return {}
    elements = {}
    for line in done.stdout.decode('utf-8', 'replace').splitlines():
        match = ELEMENT.match(line)
        if match:
            elements.setdefault(match.group(1), match.group(2) or '')
    return elements


def load(path):
    """The DicomFile, or None when dcmdump cannot read it."""
    elements = dump(path)
    if not elements:
        return None
    part10 = harness.read(path)
    has_meta = part10[128:132] == b'DICM'
    return DicomFile(path=path,
                     dataset=harness.dataset_of(part10) if has_meta else part10,
                     syntax=elements.get('0002,0010', '') if has_meta else IMPLICIT_LE,
                     sop_class=elements.get('0008,0016', ''),
                     sop=elements.get('0008,0018', ''),
                     series=elements.get('0020,000e', ''),
                     study=elements.get('0020,000d', ''),
                     patient_name=elements.get('0010,0010', ''),
                     has_meta=has_meta)


def element(tag, vr, value):
    value += b'\0' * (len(value) & 1)
    head = struct.pack('<HH', tag >> 16, tag & 0xffff) + vr
    if vr == b'OB':
        return head + struct.pack('<HI', 0, len(value)) + value
    return head + struct.pack('<H', len(value)) + value


def write_part10(path, file):
    """Writes the dataset behind a meta group that agrees with it."""
    group = element(0x00020001, b'OB', b'\0\1')
    group += element(0x00020002, b'UI', file.sop_class.encode())
    group += element(0x00020003, b'UI', file.sop.encode())
    group += element(0x00020010, b'UI', file.syntax.encode())
    with open(path, 'wb') as out:
        out.write(bytes(128) + b'DICM')
        out.write(element(0x00020000, b'UL', struct.pack('<I', len(group))) + group + file.dataset)


def make_variety(place):
    """Phantom images in the encodings that dcmtk's tools can write."""
    phantom = place.phantom('variety', '--small', '--count', '8')
    commands = [['dcmconv', '+ti'], ['dcmconv', '+tb'], ['dcmconv', '+td'], ['dcmcrle'],
                ['dcmcjpeg'], ['dcmcjpls'], ['dcmconv', '+te', '-e']]
    for command, path in zip(commands, phantom.files):
        place.run(*command, path, path)
    return phantom.files


def all_files(place):
    """Every file that dcmdump can read, from the shared folder or made here."""
    paths = [os.path.join(at, name) for at, _, names in os.walk(harness.SHARED_DICOM)
             for name in sorted(names) if name.endswith('.dcm')]
    if not paths:
        paths = make_variety(place)
    return [file for file in map(load, sorted(paths)) if file and '/broken/' not in file.path]


def rounds(files):
    """Lists of files without a repeated identity: the shared files hold one image many times."""
    result = []
    for file in files:
        for group in result:
            if file.key not in {other.key for other in group}:
                group.append(file)
                break
        else:
            result.append([file])
    return result
