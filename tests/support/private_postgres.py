#!/usr/bin/python3
"""A PostgreSQL server of a test's own: in a folder of its own, on a port of its own, gone when its user ends.

As a program:
    private_postgres.py start --folder DIR [--parent PID]   prints {"url": ..., "port": ..., "socket": ..., "data": ...}
    private_postgres.py stop --folder DIR                   stops the server and removes its data
    private_postgres.py restart --folder DIR [--mode MODE]  the same data, the same port
    private_postgres.py pause --folder DIR [--mode MODE]    stops it and keeps its data
    private_postgres.py resume --folder DIR                 starts it again
MODE is smart, fast or immediate. Once the process PID (by default: the one that called) has ended, the server is
stopped and its data is removed.

As a module:
    with PrivatePostgres() as server:
        server.create_database("portal")   # its URL

initdb runs once for each version of PostgreSQL; its result is copied, and lies in memory where there is enough of it.
PostgreSQL refuses to run as root: then it is the user postgres who runs it, in a folder of theirs, and DIR only says
where that is.
"""

import argparse
import contextlib
import glob
import hashlib
import json
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

USER = "larder"  # the superuser of the server, without a password
STATE = "private_postgres.json"
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "16MB",
    "max_connections": "100",
    "timezone": "UTC",
    "autovacuum": "off",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "warning",
}
INITDB = ["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
PATIENCE_S = 120  # for a start or an end: only a broken server, or a disk that stalls, takes as long
TICK_S = 0.005
SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
MEMORY = "/dev/shm"
ENOUGH_MEMORY = 1 << 30


def tool(name):
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: float(path.split("/")[-2]))
    found = shutil.which(name, path=folders[-1]) if folders else shutil.which(name)
    if not found:
        raise RuntimeError(f"there is no {name}: install postgresql")
    return found


def owner():
    """Whoever runs the server: we, unless we are root."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def as_owner():
    """How a tool of PostgreSQL is started, as its owner."""
    who = owner()
    identity = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "HOME": who.pw_dir}
    return {"stdin": subprocess.DEVNULL, "cwd": "/", "env": environment, **identity}


def run(command):
    """Runs a tool of PostgreSQL to its end."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **as_owner())
    if done.returncode != 0:
        raise RuntimeError(f"{os.path.basename(command[0])} failed:\n{done.stdout}")
    return done.stdout


def quick_folder():
    """Where files cost no time when they are synced: in memory, unless there is little or TMPDIR says where."""
    if "TMPDIR" not in os.environ and os.path.isdir(MEMORY) and os.access(MEMORY, os.W_OK):
        room = os.statvfs(MEMORY)
        if room.f_bavail * room.f_frsize >= ENOUGH_MEMORY:
            return MEMORY
    return tempfile.gettempdir()


def make_folder(prefix):
    folder = tempfile.mkdtemp(prefix=prefix, dir=quick_folder())
    if os.geteuid() == 0:
        os.chown(folder, owner().pw_uid, owner().pw_gid)
    return folder


def template():
    """The folder that initdb has made, once for each program and way of calling it."""
    program = os.stat(tool("postgres"))
    made_by = hashlib.sha256(repr((tool("initdb"), program.st_size, program.st_mtime_ns, INITDB)).encode()).hexdigest()
    folder = os.path.join(quick_folder(), f"larder-postgres-{owner().pw_name}-{made_by[:16]}")
    if os.path.isdir(folder) and os.stat(folder).st_uid == owner().pw_uid:
        return folder
    making = make_folder("larder-postgres-initdb-")
    try:
        run([tool("initdb"), "--pgdata", f"{making}/data", *INITDB])
        try:
            os.rename(making, folder)
        except OSError:  # another test was faster
            if not os.path.isdir(folder) or os.stat(folder).st_uid != owner().pw_uid:
                raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return folder


class ReservedPort:
    """A port of loopback that nobody else is given while this object lives, for a server that starts there and may end
    and start again. One that was only found free may be another program's by then."""

    def __init__(self):
        # Bound and not listening: who connects is refused, who asks for any port gets another one, and who asks for
        # this one and sets SO_REUSEADDR, as servers do, may listen.
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number = self._socket.getsockname()[1]

    def fileno(self):
        return self._socket.fileno()

    def close(self):
        self._socket.close()


class PrivatePostgres:
    """A server with a folder of its own, which close() stops and removes; so does the end of the process `ends_with`,
    by default this one. With the `state` of another object: the same server."""

    def __init__(self, state=None, ends_with=None):
        self.folder = state["folder"] if state else make_folder("larder-postgres-")
        self.port = state["port"] if state else None
        self._server = None  # started by this object
        if state is None:
            with contextlib.closing(ReservedPort()) as reserved:
                self.port = reserved.number
                self._close_with(ends_with or os.getpid(), reserved)
            run(["cp", "-a", "--reflink=auto", os.path.join(template(), "data"), self.data])
            self.start()

    @property
    def data(self):
        return os.path.join(self.folder, "data")

    def url(self, database="postgres"):
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def state(self):
        return {"url": self.url(), "port": self.port, "socket": self.folder, "folder": self.folder, "data": self.data}

    def start(self):
        settings = dict(SETTINGS, port=self.port, unix_socket_directories=self.folder)
        if os.path.exists(self._certificate):
            settings.update(ssl="on", ssl_cert_file=self._certificate, ssl_key_file=self._key)
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        log = os.path.join(self.folder, "log")
        with open(log, "ab") as output:
            self._server = subprocess.Popen([tool("postgres"), "-D", self.data, *options], stdout=output, stderr=output,
                                            start_new_session=True, **as_owner())
        end = time.monotonic() + PATIENCE_S
        tick = threading.Event()
        while self._lines()[:1] != [str(self._server.pid)] or self._lines()[7:8] != ["ready"]:
            if self._server.poll() is not None or time.monotonic() > end:
                with open(log, encoding="utf-8") as said:
                    raise RuntimeError(f"PostgreSQL does not start:\n{said.read()}")
            tick.wait(TICK_S)

    def stop(self, mode="fast"):
        server = os.pidfd_open(int(self._lines()[0]))
        try:
            signal.pidfd_send_signal(server, SIGNALS[mode])
            if not select.select([server], [], [], PATIENCE_S)[0]:
                raise RuntimeError(f"PostgreSQL does not end on {SIGNALS[mode].name}")
        finally:
            os.close(server)
        if self._server:
            self._server.wait()
            self._server = None

    def _lines(self):
        """Of what the server says of itself: its process first, the eighth is its state."""
        try:
            with open(self._state_file, encoding="utf-8") as file:
                return [line.strip() for line in file]
        except FileNotFoundError:
            return []

    @property
    def _state_file(self):
        return os.path.join(self.data, "postmaster.pid")

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def speak_tls(self, certificate, key):
        """From the next start on, with these PEM files. The server takes plain connections too."""
        for source, target in ((certificate, self._certificate), (key, self._key)):
            shutil.copy(source, target)
            os.chmod(target, 0o600)  # or PostgreSQL refuses the key
            os.chown(target, owner().pw_uid, owner().pw_gid)

    @property
    def _certificate(self):
        return os.path.join(self.folder, "server.pem")

    @property
    def _key(self):
        return os.path.join(self.folder, "server.key")

    def query(self, sql, database="postgres"):
        return run([tool("psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1",
                    "--command", sql, self.url(database)])

    def create_database(self, name):
        self.query(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return self.url(name)

    def is_running(self):
        return os.path.exists(self._state_file)

    def close(self):
        try:
            if self.is_running():
                self.stop("immediate")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def _close_with(self, process, reserved):
        """Leaves a process behind that waits for the end of `process`, and then closes this server. Until then it keeps
        the port `reserved`, so that the server finds it when it starts again."""
        watched = os.pidfd_open(process)
        if os.fork() != 0:
            os.close(watched)
            return
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        first, second = sorted((watched, reserved.fileno()))
        os.closerange(3, first)
        os.closerange(first + 1, second)
        os.closerange(second + 1, os.sysconf("SC_OPEN_MAX"))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        select.select([watched], [], [])
        try:
            if os.path.isdir(self.folder):
                self.close()
        finally:
            os._exit(0)


def main():
    parser = argparse.ArgumentParser(description="A PostgreSQL server for tests.")
    parser.add_argument("what", choices=["start", "stop", "restart", "pause", "resume"])
    parser.add_argument("--folder", required=True)
    parser.add_argument("--mode", choices=["smart", "fast", "immediate"], default="fast")
    parser.add_argument("--parent", type=int, default=os.getppid())
    options = parser.parse_args()
    state_file = os.path.join(options.folder, STATE)

    if options.what == "start":
        server = PrivatePostgres(ends_with=options.parent)
        with open(state_file, "w", encoding="utf-8") as file:
            json.dump(server.state(), file)
        print(json.dumps(server.state()))
        return
    with open(state_file, encoding="utf-8") as file:
        server = PrivatePostgres(state=json.load(file))
    if options.what == "stop":
        server.close()
        os.unlink(state_file)
    elif options.what == "restart":
        server.restart(options.mode)
    elif options.what == "pause":
        server.stop(options.mode)
    else:
        server.start()


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        sys.exit(f"private_postgres: {error}")
