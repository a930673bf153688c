"""Processes: programs under test, pinned to processor cores, that never outlive the run."""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import time

_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class Cores:
    """Which cores the server under test has, and which the load and the origin share."""

    def __init__(self, workers):
        available = sorted(os.sched_getaffinity(0))
        if len(available) <= workers:
            # Too few to keep them apart: everything may run everywhere, and the report says so.
            self.server = self.load = set(available)
        else:
            self.server = set(available[:workers])
            self.load = set(available[workers:])

    @property
    def apart(self):
        return not self.server & self.load


def pinned(cores):
    """What a child does before it becomes its program: take its cores, and die if this process dies."""

    def prepare():
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        os.sched_setaffinity(0, cores)

    return prepare


def free_port():
    """A port nobody listens on just now, for programs that cannot choose one themselves and tell."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A started program with its output in a file; a context manager that stops it."""

    def __init__(self, name, command, cores, log_path):
        self.name = name
        self.log_path = log_path
        self.started_at = time.monotonic()
        with open(log_path, "ab") as log:
            self._child = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=pinned(cores))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def wait_until(self, ready, seconds=20.0):
        """What `ready()` returns once it is true; fails when the program ends before, or after `seconds`."""
        while not (answer := ready()):
            if self._child.poll() is not None:
                raise RuntimeError(f"{self.name} ended at once:\n{self.log_tail()}")
            if time.monotonic() - self.started_at > seconds:
                raise RuntimeError(f"{self.name} was not ready after {seconds:.0f} s:\n{self.log_tail()}")
            time.sleep(0.0005)
        return answer

    def cpu_seconds(self):
        """Processor time of the program and its worker processes so far, user and system."""
        return sum(_cpu_ticks(pid) for pid in self._pids()) / _CLOCK_TICKS

    def resident_bytes(self):
        """Memory of the program and its workers; pages that they share are counted in each."""
        return sum(_resident_pages(pid) for pid in self._pids()) * os.sysconf("SC_PAGE_SIZE")

    def stop(self):
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        """kill -9 of the program and its workers, and the wait for their end."""
        for pid in self._pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self._child.wait()

    def log_tail(self):
        with open(self.log_path, errors="replace") as log:
            return "".join(log.readlines()[-10:]) or "(it said nothing)"

    def _pids(self):
        return [self._child.pid, *_children(self._child.pid)]


def _children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            return [int(child) for child in children.read().split()]
    except FileNotFoundError:
        return []


def _cpu_ticks(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            # The program's name is in brackets and may hold spaces; utime and stime are fields 14 and 15.
            fields = stat.read().rpartition(")")[2].split()
            return int(fields[11]) + int(fields[12])
    except FileNotFoundError:
        return 0


def _resident_pages(pid):
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1])
    except FileNotFoundError:
        return 0


def answers(address, target, host="bench.example", timeout=5.0):
    """Whether a whole answer with status 200 to GET `target` comes from `address` ("127.0.0.1:8080")."""
    connection = http.client.HTTPConnection(address, timeout=timeout)
    try:
        connection.request("GET", target, headers={"Host": host})
        response = connection.getresponse()
        response.read()
        return response.status == 200
    except OSError:
        return False
    finally:
        connection.close()
