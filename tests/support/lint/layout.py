# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How files look: format, licence lines, sizes, docstrings, words that must not stay."""

import re
import subprocess

C_FILE = re.compile(r'^(src|tests)/.*\.(c|h|cc)$')
WITH_LICENCE = re.compile(r'(^run|/run|meson\.build|meson_options\.txt|\.(c|h|cc|py|sh|js|mjs|xml|ui|css))$')
MAX_FILE_LINES = 700
MAX_FUNCTION_LINES = 60
LONG_BY_NATURE = re.compile(r'(_class_init|^main|^LLVMFuzzerTestOneInput)$')

# The words are put together here so that this file does not find itself.
FORBIDDEN = [
    (re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X)\b'), 'unfinished work'),
    (re.compile(r'(?<![\w.])/(wo' r'rk|ro' r'ot)/'), 'a path of one machine'),
    (re.compile(r'registry\.(npm|yarn)' r'|npmjs\.(org|com)'), 'the address of a registry'),
    (re.compile(r'^(<{7} |={7}$|>{7} )'), 'a merge conflict'),
    (re.compile(r'[ \t]+$'), 'white space at the end of the line'),
]
NOT_OURS = re.compile(r'^(LICENSE|tests/fuzz/corpus/|.*package-lock\.json|.*\.(svg|png|dcm|zip))')


def read_lines(path):
    """The lines of a text file; none for a binary one."""
    with open(path, 'rb') as source:
        data = source.read()
    if b'\0' in data:
        return []
    return data.decode('utf-8', errors='replace').split('\n')


def check_format(files):
    sources = [path for path in files if C_FILE.match(path)]
    if not sources:
        return
    run = subprocess.run(['clang-format', '--dry-run', '--ferror-limit=3'] + sources,
                         capture_output=True, text=True)
    for line in run.stderr.splitlines():
        match = re.match(r'^([^:]+:\d+):\d+: (warning|error): ', line)
        if match:
            yield f'{match.group(1)}: not as clang-format writes it'


def check_licence(files):
    for path in files:
        if WITH_LICENCE.search(path) and not NOT_OURS.match(path):
            if not any('SPDX-License-Identifier: GPL-3.0-or-later' in line
                       for line in read_lines(path)[:6]):
                yield f'{path}:1: no SPDX-License-Identifier'


def check_file_size(files):
    for path in files:
        if re.search(r'\.(c|h|cc|py|sh|mjs)$', path):
            count = len(read_lines(path)) - 1
            if count > MAX_FILE_LINES:
                yield f'{path}:{count}: more than {MAX_FILE_LINES} lines'


def functions(lines):
    """Triples of name, first line (of the return type) and last line of definitions in GNU layout."""
    for index, line in enumerate(lines):
        if line != '{':
            continue
        start = index - 1
        while start >= 0 and lines[start] and lines[start][0] in ' \t':
            start -= 1
        name = re.match(r'^([A-Za-z_]\w*) \(', lines[start])
        if not name:
            continue
        end = next((at for at in range(index, len(lines)) if lines[at] == '}'), index)
        yield name.group(1), start - 1, start, index, end


def check_function_size(files):
    for path in files:
        if not re.match(r'^(src|tests)/.*\.(c|cc)$', path):
            continue
        for name, _, start, body, end in functions(read_lines(path)):
            length = end - body - 1
            if length > MAX_FUNCTION_LINES and not LONG_BY_NATURE.search(name):
                yield f'{path}:{start + 1}: {name} has {length} lines'


def public_names(files):
    """Functions declared in headers that other layers may include."""
    names = set()
    for path in files:
        if re.match(r'^src/.*\.h$', path) and not path.endswith('-private.h'):
            names.update(re.findall(r'\b(bounce_\w+) \(', '\n'.join(read_lines(path))))
    return names


def check_docstrings(files):
    public = public_names(files)
    for path in files:
        if not re.match(r'^src/.*\.(c|cc)$', path):
            continue
        lines = read_lines(path)
        for name, kind, start, _, _ in functions(lines):
            if name not in public or lines[kind].startswith('static'):
                continue
            above = kind - 1
            while above >= 0 and not lines[above].strip():
                above -= 1
            if above < 0 or not lines[above].rstrip().endswith('*/') \
                    or not has_docstring(lines, above, name):
                yield f'{path}:{start + 1}: {name} has no docstring'


def has_docstring(lines, last, name):
    first = last
    while first > 0 and not lines[first].lstrip().startswith('/*'):
        first -= 1
    return lines[first].strip() == '/**' and f'{name}:' in lines[first + 1]


def check_words(files):
    for path in files:
        if NOT_OURS.match(path):
            continue
        for number, line in enumerate(read_lines(path), 1):
            for pattern, what in FORBIDDEN:
                if pattern.search(line):
                    yield f'{path}:{number}: {what}'
