# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The .ui files, without a display: listed, of known classes, translatable, named."""

import functools
import glob
import os
import re
import shlex
import subprocess
import xml.etree.ElementTree as ElementTree

GRESOURCE = 'resources/bounce.gresource.xml'
# Properties that a person reads.
TEXTS = {'label', 'title', 'subtitle', 'description', 'tooltip-text', 'placeholder-text', 'heading',
         'body', 'button-label', 'second-label', 'header'}
BUTTONS = {'GtkButton', 'GtkToggleButton', 'GtkMenuButton'}
WORD = re.compile(r'[^\W\d_]{2}')
CLASS = re.compile(r'\b((?:Gtk|Adw)[A-Z]\w+)')


def interfaces(files):
    """Pairs of path and root of the .ui files."""
    for path in files:
        if path.endswith('.ui'):
            try:
                yield path, ElementTree.parse(path).getroot()
            except ElementTree.ParseError:
                pass  # xmllint says where


def check_resources(files):
    listed = set()
    for file in ElementTree.parse(GRESOURCE).getroot().iter('file'):
        path = 'resources/' + file.text
        listed.add(path)
        if path.endswith('.ui') and path not in files:
            yield f'{GRESOURCE}:1: {path} is not there'
    for path, _ in interfaces(files):
        if path not in listed:
            yield f'{path}:1: not in {GRESOURCE}'


@functools.lru_cache(maxsize=None)
def toolkit_classes():
    """Every name of GTK's and Adwaita's headers that could be a class."""
    flags = subprocess.run(['pkg-config', '--cflags-only-I', 'gtk4', 'libadwaita-1'], check=True,
                           capture_output=True, text=True).stdout
    names = set()
    for flag in shlex.split(flags):
        for folder in ('gtk', '.'):
            for header in glob.glob(os.path.join(flag[2:], folder, '*.h')):
                if re.search(r'/(gtk|adw)', header):
                    with open(header, encoding='utf-8', errors='replace') as text:
                        names.update(CLASS.findall(text.read()))
    return names


def own_classes(files):
    names = set()
    for path in files:
        if re.match(r'^src/(ui|service)/.*\.(c|h)$', path):
            with open(path, encoding='utf-8') as source:
                names.update(re.findall(
                    r'\bG_D(?:ECLARE|EFINE)_\w+TYPE\w* \((Bounce\w+)', source.read()))
    return names


def check_classes(files):
    known = toolkit_classes() | own_classes(files)
    for path, root in interfaces(files):
        for element in root.iter():
            for attribute in ('class', 'parent'):
                name = element.get(attribute)
                if element.tag in ('object', 'template') and name and name not in known:
                    yield f'{path}:1: nobody knows {name}'


def check_texts(files):
    for path, root in interfaces(files):
        if root.get('domain') != 'bounce':
            yield f'{path}:1: <interface> lacks domain="bounce"'
        for element in root.iter():
            is_text = element.tag in ('property', 'attribute', 'item') and (
                element.tag == 'item' or element.get('name') in TEXTS)
            words = (element.text or '').strip()
            if is_text and WORD.search(words) and element.get('translatable') not in ('yes', 'true') \
                    and words != 'Bounce' and element.get('bind-source') is None:
                yield f'{path}:1: "{words}" is not translatable'


def properties(element):
    return {child.get('name'): child for child in element if child.tag == 'property'}


def has_name(element):
    own = properties(element)
    if any(own[name].text for name in ('tooltip-text', 'label', 'child') if name in own):
        return True
    if 'child' in own or any(child.tag == 'child' for child in element):
        return True
    return any(entry.get('name') in ('label', 'labelled-by')
               for group in element if group.tag == 'accessibility' for entry in group)


def check_names(files):
    for path, root in interfaces(files):
        for element in root.iter('object'):
            if element.get('class') in BUTTONS and 'icon-name' in properties(element) \
                    and not has_name(element):
                yield f'{path}:1: {element.get("id") or element.get("class")} has only an icon: ' \
                      'no tooltip, no label'
