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

initdb runs once for each version of PostgreSQL; its result is copied. PostgreSQL refuses to run as root: then it is
the user postgres who runs it, in a folder of theirs, and DIR only says where that is.
"""

import argparse
import glob
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
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "warning",
}
START_TRIES = 5  # another program may take the port first


def tool(name):
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: float(path.split("/")[-2]))
    found = shutil.which(name, path=folders[-1]) if folders else shutil.which(name)
    if not found:
        raise RuntimeError(f"there is no {name}: install postgresql")
    return found


def owner():
    """Whoever runs the server: we, unless we are root."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def run(command, **more):
    """Runs a tool of PostgreSQL as its owner."""
    who = owner()
    identity = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "HOME": who.pw_dir}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, cwd="/", env=environment, check=False, **identity, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{os.path.basename(command[0])} failed:\n{done.stdout}")
    return done.stdout


def make_folder(prefix):
    folder = tempfile.mkdtemp(prefix=prefix)
    if os.geteuid() == 0:
        os.chown(folder, owner().pw_uid, owner().pw_gid)
    return folder


def template():
    """The folder that initdb has made, once."""
    version = run([tool("postgres"), "--version"]).split()[2]
    folder = os.path.join(tempfile.gettempdir(), f"larder-postgres-{version}-{owner().pw_name}")
    if os.path.isdir(folder) and os.stat(folder).st_uid == owner().pw_uid:
        return folder
    making = make_folder("larder-postgres-initdb-")
    try:
        run([tool("initdb"), "--pgdata", f"{making}/data", "--username", USER, "--auth", "trust", "--encoding", "UTF8",
             "--locale", "C", "--no-sync"])
        try:
            os.rename(making, folder)
        except OSError:  # another test was faster
            if not os.path.isdir(folder) or os.stat(folder).st_uid != owner().pw_uid:
                raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PrivatePostgres:
    """A server with a folder of its own, which close() stops and removes; so does the end of the process `ends_with`,
    by default this one. With the `state` of another object: the same server."""

    def __init__(self, state=None, ends_with=None):
        self.folder = state["folder"] if state else make_folder("larder-postgres-")
        self.port = state["port"] if state else None
        if state is None:
            self._close_with(ends_with or os.getpid())
            run(["cp", "-a", "--reflink=auto", os.path.join(template(), "data"), self.data])
            self._start_anywhere()

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
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        run([tool("pg_ctl"), "start", "--wait", "--silent", "--pgdata", self.data, "--log",
             os.path.join(self.folder, "log"), "--options", options])

    def stop(self, mode="fast"):
        run([tool("pg_ctl"), "stop", "--wait", "--silent", "--pgdata", self.data, "--mode", mode])

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
        return os.path.exists(os.path.join(self.data, "postmaster.pid"))

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

    def _close_with(self, process):
        """Leaves a process behind that waits for the end of `process`, and then closes this server."""
        watched = os.pidfd_open(process)
        if os.fork() != 0:
            os.close(watched)
            return
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nothing, descriptor)
        os.closerange(3, watched)
        os.closerange(watched + 1, os.sysconf("SC_OPEN_MAX"))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        select.select([watched], [], [])
        try:
            if os.path.isdir(self.folder):
                self.close()
        finally:
            os._exit(0)

    def _start_anywhere(self):
        for attempt in range(START_TRIES):
            self.port = free_port()
            try:
                return self.start()
            except RuntimeError:
                if attempt + 1 == START_TRIES:
                    log = os.path.join(self.folder, "log")
                    said = open(log, encoding="utf-8").read() if os.path.exists(log) else ""
                    raise RuntimeError(f"PostgreSQL does not start:\n{said}") from None
        return None


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
