#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, once, before your eyes: demo.py BUILD.

A phantom CT study goes by C-STORE to a bounced of its own, from there to a local cloud, and every
instance is compared with what was sent. With a display the window then opens on that study, and the
cloud lives as long as the window. Everything happens in a temporary folder.
"""

import json
import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'e2e'))

import harness  # noqa: E402
import relay  # noqa: E402

IMAGES = 120
SERIES = 3
BYTES_PER_SECOND = 10_000_000  # slow enough to watch
APPLICATION = 'cloud.aurabox.Bounce'

# Nothing of the machine's desktop is started for it.
BUS_CONFIGURATION = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>
'''


def say(text):
    print(text, flush=True)


def show_progress(watch, study_uid):
    """Prints a line for each fifth of the upload, from `bouncectl watch --json`."""
    shown = -1
    for line in watch.stdout:
        message = json.loads(line)
        payload = message['payload']
        if message['event'] != 'upload-progress' or payload['study_uid'] != study_uid:
            continue
        fifth = int(payload['progress'] // 20)
        if fifth > shown:
            shown = fifth
            bar = '█' * (fifth * 4) + '░' * (20 - fifth * 4)
            say(f'  {bar} {payload["progress"]:3.0f} %  '
                f'{payload["uploaded"] / 1e6:.1f} of {payload["total"] / 1e6:.1f} MB')


def verify(sandbox, study_uid, files):
    """Fetches every instance from the sandbox and compares its dataset with the file sent."""
    delivered = {key[1] for key in sandbox.hashes() if key[0] == study_uid}
    identical = 0
    for path in files:
        part10 = harness.read(path)
        sop_uid = harness.meta_of(part10)[0x0003]
        if sop_uid in delivered \
                and sandbox.dataset(study_uid, sop_uid) == harness.dataset_of(part10):
            identical += 1
    return identical, len(delivered)


def start_bus(place):
    configuration = os.path.join(place.root, 'bus.conf')
    with open(configuration, 'w', encoding='ascii') as file:
        file.write(BUS_CONFIGURATION)
    bus = harness.Process(place, 'bus', ['dbus-daemon', '--nofork', '--print-address',
                                         '--config-file=' + configuration])
    place.env['DBUS_SESSION_BUS_ADDRESS'] = 'unix:' + bus.wait_for_line('unix:')


def make_bounced(place, **settings):
    """With its studies where the window will look for them."""
    bounced = harness.Bounced(place, bus='session', **settings)
    bounced.data_dir = os.path.join(place.env['XDG_DATA_HOME'], 'bounce')
    bounced.base_dir = bounced.settings['base_dir'] = os.path.join(bounced.data_dir, 'studies')
    os.makedirs(bounced.base_dir, mode=0o700)
    return bounced


def has_display(build):
    return bool((os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY'))
                and os.path.exists(os.path.join(build, 'src/ui/bounce')))


def window_environment(place, build):
    """The person's display and language; all else is the place's."""
    given = os.environ
    env = dict(place.env, GSETTINGS_BACKEND='keyfile',
               GSETTINGS_SCHEMA_DIR=os.path.join(build, 'data'),
               BOUNCE_LOCALEDIR=os.path.join(build, 'po'))
    for name in ('LC_ALL', 'DISPLAY'):
        env.pop(name, None)
        if name in given:
            env[name] = given[name]
    if 'WAYLAND_DISPLAY' in given:
        env['WAYLAND_DISPLAY'] = os.path.join(given.get('XDG_RUNTIME_DIR', '/'),
                                              given['WAYLAND_DISPLAY'])
    env.setdefault('XAUTHORITY', os.path.join(given.get('HOME', '/'), '.Xauthority'))
    return env


def show_window(place, bounced, study_uid):
    """Opens the window on the study and waits until it is closed; its exit status."""
    build = os.environ['BOUNCE_BUILD']
    place.env = window_environment(place, build)
    for name in ('ip_address', 'port', 'base_dir', 'quiet_period_seconds', 'api_endpoint'):
        place.run('gsettings', 'set', APPLICATION, name.replace('_', '-'),
                  str(bounced.settings[name]))
    place.run('gsettings', 'set', APPLICATION + '.Desktop', 'first-run-done', 'true')
    window = harness.Process(place, 'bounce', [os.path.join(build, 'src/ui/bounce')])
    show = ['gdbus', 'call', '--session', '--dest', APPLICATION, '--object-path',
            '/cloud/aurabox/Bounce', '--method', 'org.gtk.Actions.Activate', 'show-study',
            f'[<"{study_uid}">]', '{}']
    harness.wait_for(lambda: window.popen.poll() is not None
                     or place.run(*show, check=False).returncode == 0, 'the window')
    say('The window is open on it. Quit Bounce, or press Ctrl+C here, to end the demo.')
    try:
        return window.popen.wait()
    except KeyboardInterrupt:
        # Ctrl+C reached the window too, and a second signal would cut its orderly end short.
        try:
            return window.popen.wait(harness.PATIENCE)
        except subprocess.TimeoutExpired:
            return window.stop()


def run(place):
    started = time.monotonic()
    start_bus(place)
    line = relay.Relay(bytes_per_second=BYTES_PER_SECOND)
    sandbox = harness.Sandbox(place, '--public-url', f'http://127.0.0.1:{line.port}')
    line.target = sandbox.port
    say(f'A cloud of your own    {sandbox.url}, behind a line of '
        f'{BYTES_PER_SECOND * 8 // 1_000_000} Mbit/s')
    bounced = make_bounced(place, quiet_period_seconds=2,
                           api_endpoint=f'http://127.0.0.1:{line.port}').start()
    say(f'A receiver             {bounced.listening}')
    study = place.phantom('study', '--count', str(IMAGES), '--series', str(SERIES), '--seed', '4')
    study_uid, files = study.uids[0], study.files
    size = sum(os.path.getsize(path) for path in files) / 1e6
    say(f'A study                {len(files)} CT images in {SERIES} series, {size:.0f} MB\n')

    watch = subprocess.Popen([harness.program('bouncectl'), 'watch', '--json'], env=place.env,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    progress = threading.Thread(target=show_progress, args=(watch, study_uid), daemon=True)
    progress.start()

    say('Sending it with storescu …')
    begun = time.monotonic()
    place.run('storescu', '+sd', '-aec', 'BOUNCE', '127.0.0.1', str(bounced.port),
              study.folder)
    say(f'  received and safe on disk after {time.monotonic() - begun:.1f} s')
    say('Waiting for its quiet period to pass, then zipping and uploading …')
    harness.wait_for(lambda: bounced.studies().get(study_uid, {}).get('status') == 'SENT',
                     'the study to be SENT')
    watch.terminate()
    progress.join(5)

    say('\nComparing what arrived in the cloud with what was sent …')
    identical, delivered = verify(sandbox, study_uid, files)
    say(f'  {identical} of {len(files)} instances identical, byte for byte\n')
    say('The study as `bouncectl studies` shows it')
    say(place.run('bouncectl', 'studies').stdout)
    if bounced.stop() != 0:
        raise harness.Failure('bounced did not end well')
    say(f'All done in {time.monotonic() - started:.0f} s.')
    if not identical == delivered == len(files):
        return 1
    if has_display(os.environ['BOUNCE_BUILD']):
        return show_window(place, bounced, study_uid)
    return 0


def main():
    os.environ['BOUNCE_BUILD'] = os.path.abspath(sys.argv[1])
    try:
        with harness.Place() as place:
            return run(place)
    except harness.Failure as failure:
        print(f'demo: {failure}', file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main())
