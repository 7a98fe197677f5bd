#!/usr/bin/python3
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tray with xfce4-panel as its host, and the window that hides in it."""

import os
import signal
import sys

import tray
import uicase
from desktop import PANEL_HEIGHT, harness


class InTray(uicase.UiCase):

    def start_with_tray(self, *options, **settings):
        self.place.start_panel()
        self.start_sandbox()
        self.app = self.create(**settings).launch(*options)
        self.tray = tray.Tray(self.place).wait()
        return self.app

    def test_background_and_menu(self):
        """Login starts it without a window; receiver and window come from the menu."""
        app = self.start_with_tray('--background', start_receiver=False)
        self.tray.wait_for_icon('stopped')
        self.assertFalse(app.is_window_up())
        self.tray.click('Start Receiver')
        self.tray.wait_for_icon('idle')
        self.tray.wait_for_item(f'Ready at 127.0.0.1:{app.port}')
        self.place.run('echoscu', '127.0.0.1', str(app.port))
        self.tray.click('Show Bounce')
        app.wait_for_window()
        app.wait('button', 'Receiver On')
        self.tray.click('Stop Receiver')
        app.wait('button', 'Receiver Off')
        self.tray.wait_for_icon('stopped')

    def test_real_clicks(self):
        """The icon opens its menu, the menu starts the receiver: mouse and keys only."""
        app = self.start_with_tray('--background', start_receiver=False)
        self.tray.wait_for_sensitive('Start Receiver')
        items = list(self.tray.menu())
        steps = sum(sensitive for _, sensitive in list(
            self.tray.menu().values())[:items.index('Start Receiver') + 1])
        harness.wait_for(self.is_icon_painted, 'the icon to be seen')
        self.place.click(PANEL_HEIGHT // 2, PANEL_HEIGHT // 2)
        harness.wait_for(self.is_menu_shown, 'the menu')
        self.place.key(*['Down'] * steps, 'Return')
        self.tray.wait_for_icon('idle')
        self.place.run('echoscu', '127.0.0.1', str(app.port))

    def is_icon_painted(self):
        """The panel knows of an icon before it has a place for it, where clicks arrive."""
        colours = self.place.run('import', '-window', 'root', '-crop',
                                 '{0}x{0}+{0}+{0}'.format(PANEL_HEIGHT // 3), '-format', '%k',
                                 'info:').stdout
        return int(colours) > 1

    def is_menu_shown(self):
        """The panel's menu; its tooltip is a window as well."""
        windows = self.place.run('xdotool', 'search', '--onlyvisible', '--class', '^wrapper-',
                                 check=False).stdout.split()
        return any('POPUP_MENU' in self.place.run('xprop', '-id', window, '_NET_WM_WINDOW_TYPE',
                                                  check=False).stdout for window in windows)

    def test_studies_in_menu(self):
        """The last three are there by name; a click shows that one."""
        app = self.start_with_tray('--background')
        self.tray.wait_for_icon('idle')
        for number, name in enumerate(('Alpha^A', 'Beta^B', 'Gamma^C', 'Delta^D')):
            self.send(f'study-{number}', '--small', '--count', '1', '--seed', str(number + 1),
                      PatientName=name)
        for name in ('Beta, B', 'Gamma, C', 'Delta, D'):
            self.tray.wait_for_item(f'{name} – Sent')
        self.assertNotIn('Alpha, A – Sent', self.tray.menu())
        self.tray.click('Gamma, C – Sent')
        app.wait_for_window()
        app.wait_for_rows('Patient', ['Gamma, C'])

    def test_close_and_back(self):
        """Closing hides the window while the icon leads back; receiving goes on."""
        app = self.start_with_tray()
        app.wait_for_window()
        self.tray.wait_for_icon('idle')
        app.wait_for_tray()
        app.close()
        app.wait_hidden()
        self.send()
        self.tray.wait_for_item('Łuczak, Zoë – Sent')
        self.tray.click('Show Bounce')
        app.wait_for_row('Łuczak', 'Delivered')
        self.place.key('ctrl+w')
        app.wait_hidden()
        self.assertEqual(app.run_again().returncode, 0)
        app.wait_for_window()

    def test_helper_killed(self):
        """The icon comes back by itself; a hidden window can still be reached."""
        app = self.start_with_tray()
        app.wait_for_window()
        first = self.tray.helper()
        os.kill(first, signal.SIGKILL)
        harness.wait_for(lambda: self.tray.helper() not in (None, first), 'another helper')
        app.wait_for_tray(2)
        app.close()
        app.wait_hidden()
        self.tray.click('Show Bounce')
        app.wait_for_window()

    def test_bus_comes_late(self):
        """Also when the library loses the race between the host and its own connection."""
        shim = os.path.join(os.environ['BOUNCE_BUILD'], 'tests/support/libslowbus.so')
        flag = os.path.join(self.place.root, 'slowbus')
        with open(flag, 'w', encoding='ascii'):
            pass
        self.place.env.update(LD_PRELOAD=shim, BOUNCE_SLOWBUS=flag, ASAN_OPTIONS=os.environ.get(
            'ASAN_OPTIONS', '') + ':verify_asan_link_order=0')
        app = self.start_with_tray()
        app.wait_for_tray()
        self.assertFalse(os.path.exists(flag))
        self.tray.wait_for_icon('idle')

    def test_panel_killed(self):
        """Without the icon a hidden window would be lost: it comes back."""
        app = self.start_with_tray()
        app.wait_for_window()
        app.wait_for_tray()
        app.close()
        app.wait_hidden()
        self.place.kill_panel()
        app.wait_for_window()
        self.place.start_panel()
        app.wait_for_tray(2)
        app.close()
        app.wait_hidden()

    def test_quit_from_menu(self):
        app = self.start_with_tray('--background', start_receiver=False)
        self.tray.wait_for_icon('stopped')
        helper = self.tray.helper()
        self.tray.click('Quit')
        self.assertEqual(app.wait_for_end(), 0)
        harness.wait_for(lambda: not os.path.exists(f'/proc/{helper}/exe'), 'the helper to end')


class WithoutTray(uicase.UiCase):

    def test_close_asks(self):
        """Nobody loses the application: closing is quitting, and that is asked."""
        app = self.start()
        app.close()
        app.wait('label', 'Quit Bounce?')
        app.wait('label', 'No images are received while Bounce is closed.')
        self.place.key('Escape')
        app.wait_gone('label', 'Quit Bounce?')
        self.place.run('echoscu', '127.0.0.1', str(app.port))
        app.close()
        app.click_on('button', 'Quit')
        self.assertEqual(app.wait_for_end(), 0)

    def test_single_instance(self):
        """A second bounce shows the window of the first and ends."""
        app = self.start()
        self.place.run('xdotool', 'search', '--onlyvisible', '--class', '^bounce$',
                       'windowminimize')
        harness.wait_for(lambda: not self.visible_windows(), 'the window to be minimized')
        self.assertEqual(app.run_again().returncode, 0)
        harness.wait_for(self.visible_windows, 'the window')
        self.assertTrue(app.is_running())

    def visible_windows(self):
        return self.place.run('xdotool', 'search', '--onlyvisible', '--class', '^bounce$',
                              check=False).stdout.split()


if __name__ == '__main__':
    sys.exit(harness.main())
