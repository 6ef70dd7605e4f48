# SPDX-License-Identifier: GPL-3.0-or-later
"""What befalls the ways out: each is stalled, ended and brought back while the others run."""
import os
import shutil
import signal
import socket
import subprocess
import time

STREAMS = ("stream-opus", "stream-mp3")


def may_mount():
    return os.geteuid() == 0 and shutil.which("mount") is not None


def mount(folder, megabytes):
    """A disk of that size; False: this machine has none to give."""
    return subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dm" % megabytes, "none", folder], check=False).returncode == 0


class Fault:
    """One that is over: from when to when it lasted, and until when its lines may still bear it."""

    def __init__(self, name, lines, settle):
        self.name, self.lines, self.settle = name, lines, settle
        self.begin, self.end = time.time(), None

    def __repr__(self):
        return "%s (%s)" % (self.name, ", ".join(self.lines) or "no line")

    def until(self):
        return self.end + self.settle

    def holds(self, start, end, before=1):
        """Was this lost by it? A server that is killed takes along what it had and had not given yet: `before` seconds."""
        return start >= self.begin - before and end <= self.until()


class Plan:
    """All faults in an order by chance, and again as long as there is time."""

    LONGEST = 50  # seconds that any takes and is borne

    def __init__(self, run):
        self.run, self.done, self.next = run, [], []
        self.all = [
            ("Icecast stands still", STREAMS, 20, 8, self.stop_icecast, self.wake_icecast),
            ("Icecast is killed", STREAMS, 35, 5, self.kill_icecast, run.start_icecast),
            ("the device stands still", ("device",), 12, 4, self.stop_jackd, self.wake_jackd),
            ("the device is pulled out", ("device",), 15, 5, self.end_jackd, run.start_jackd),
            ("the device's player is killed", ("device",), 12, 1, self.kill_player, None),
            ("a receiver is switched off", ("rtp-l16",), 6, 8, lambda: run.stop(run.ears["rtp-l16"]),
             lambda: run.hear_rtp("rtp-l16")),
            ("an encrypted receiver is switched off", ("rtp-opus",), 6, 4, lambda: run.stop(run.ears["rtp-opus"]),
             lambda: run.hear_rtp("rtp-opus")),
            ("a receiver stands still", ("rtp-g722",), 6, 4, lambda: run.ears["rtp-g722"].send_signal(signal.SIGSTOP),
             lambda: run.ears["rtp-g722"].send_signal(signal.SIGCONT)),
            ("the control socket is flooded", (), 2, 8, self.flood, self.end_flood),
        ]
        if run.mounted:
            self.all.append(("the archive's disk is full", ("archive",), 14, 12, self.fill, self.free))

    def stop_icecast(self):
        self.run.icecast.send_signal(signal.SIGSTOP)

    def wake_icecast(self):
        self.run.icecast.send_signal(signal.SIGCONT)

    def kill_icecast(self):
        self.run.icecast.kill()
        self.run.icecast.wait()

    def stop_jackd(self):
        self.run.jackd.send_signal(signal.SIGSTOP)

    def wake_jackd(self):
        self.run.jackd.send_signal(signal.SIGCONT)

    def end_jackd(self):
        self.run.stop(self.run.jackd)
        self.run.stop(self.run.ears["device"])

    def kill_player(self):
        for pid in self.run.family():
            try:
                with open("/proc/%d/cmdline" % pid, "rb") as file:
                    if b"device-player" in file.read():
                        os.kill(pid, signal.SIGKILL)
            except OSError:
                pass  # it ended meanwhile

    def fill(self):
        with open(os.path.join(self.run.archive, "filler"), "wb") as file:
            try:
                while True:
                    file.write(b"0" * 65536)
                    file.flush()
            except OSError:
                pass

    def free(self):
        os.unlink(os.path.join(self.run.archive, "filler"))

    def flood(self):
        """Clients that ask and ask, and never read an answer."""
        self.clients = []
        for _ in range(16):
            client = socket.socket(socket.AF_UNIX)
            client.settimeout(0.2)
            try:
                client.connect(os.path.join(self.run.station, "loa.sock"))
                for _ in range(2000):
                    client.sendall(b'{"do":"status"}\n')
            except OSError:
                pass
            self.clients.append(client)

    def end_flood(self):
        for client in self.clients:
            client.close()
        self.run.check('"line":"archive"' in self.run.command("status", "--json") if self.run.is_well() else True,
                       "the radio answers after the flood")

    def go_on(self):
        """The next fault, if there is time for it: it happens, it is over, and has been borne."""
        run = self.run
        if time.time() + self.LONGEST > run.end:
            return
        if not self.next:
            self.next = run.random.sample(self.all, len(self.all))
        name, lines, settle, seconds, begin, end = self.next.pop()
        fault = Fault(name, lines, settle)
        begin()
        run.sleep_until(time.time() + seconds)
        if end:
            end()
        fault.end = time.time()
        self.done.append(fault)
        print("%7.1f to %7.1f s: %s" % (fault.begin - run.begin, fault.end - run.begin, name), flush=True)
        run.sleep_until(fault.until() + run.random.random())
