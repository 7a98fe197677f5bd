# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with tools of their own: shell, Python, XML, the list of npm peers."""

import ast
import json
import re
import subprocess


def starts_with(path, words):
    with open(path, 'rb') as source:
        return source.readline().startswith(words)


def report(command, paths):
    """Findings of a tool that prints them on its own and exits with an error."""
    if not paths:
        return
    run = subprocess.run(command + paths, capture_output=True, text=True)
    if run.returncode != 0:
        yield from (run.stdout + run.stderr).strip().splitlines() or [f'{command[0]} failed']


def check_shell(files):
    scripts = [path for path in files
               if path.endswith('.sh') or starts_with(path, (b'#!/bin/bash', b'#!/bin/sh'))]
    return report(['shellcheck', '--format=gcc', '--external-sources'], scripts)


def check_python(files):
    for path in files:
        if not path.endswith('.py'):
            continue
        try:
            with open(path, encoding='utf-8') as source:
                ast.parse(source.read(), path)
        except SyntaxError as error:
            yield f'{path}:{error.lineno}: {error.msg}'


def check_xml(files):
    return report(['xmllint', '--noout', '--nonet'],
                  [path for path in files
                   if re.search(r'\.(xml|ui|conf|policy|svg)$', path) and is_xml(path)])


def is_xml(path):
    return starts_with(path, (b'<?xml', b'<!DOCTYPE', b'<'))


def check_node(files):
    for path in files:
        if path.endswith('package-lock.json'):
            with open(path, encoding='utf-8') as lock:
                packages = json.load(lock)['packages']
            for name, package in packages.items():
                if 'resolved' in package:
                    yield f'{path}:1: {name} carries the address of a registry'
