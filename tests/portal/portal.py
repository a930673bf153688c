"""Portal: a real larder-portal on free ports of loopback, with a database of its own.

The environment says what is tested: LARDER_BIN is the folder of the programs, LARDER_DATABASE is sqlite or postgres.
"""

import functools
import http.client
import itertools
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.support.private_postgres import PrivatePostgres, ReservedPort, quick_folder

from .client import Client
from .waiting import PATIENCE_S, eventually

BIN = Path(os.environ.get("LARDER_BIN", Path(__file__).resolve().parents[2] / "build" / "dev" / "bin"))
PROGRAM = BIN / "larder-portal"
ON_POSTGRES = os.environ.get("LARDER_DATABASE", "sqlite") == "postgres"
SHARE = int(os.environ.get("LARDER_TEST_SHARE", "100"))  # percent of the work: sanitizers are slow
FIRST_ADMIN = re.compile(r"(\S+@\S+).*?password:?\s+(\S+)", re.DOTALL)

# Passwords are hashed in a moment here; how well is the unit tests' business. Clients are never too slow: on a busy
# machine they all are.
CONFIG = """
[listen]
http = ["127.0.0.1:{port}"]
status = "127.0.0.1:0"
{listen}
[database]
url = "{database}"
[limits]
idle = "1h"
head = "1h"
body_time = "1h"
send_stall = "1h"
{limits}
[sign_in]
hash_memory = "8MiB"
hash_passes = {passes}
"""


class Portal:
    """`database`: the URL of an existing one; None: a fresh SQLite file. `config`: more of the configuration;
    `listen` and `limits`: more of its tables of that name. `passes`: over the memory that a password costs."""

    def __init__(self, folder, database=None, config="", name="portal", limits="", passes=1, listen=""):
        self.folder = Path(folder)
        self.name = name
        self.database = database or f"sqlite:{self.folder / 'portal.db'}"
        self.config = config
        self.limits = limits
        self.listen = listen
        self.passes = passes
        self.first_admin = None  # (e-mail, password): after the first start
        self.address = self.https_address = self.status_address = None
        self._port = ReservedPort()  # a portal that starts again is found where it was
        self._process = None

    @property
    def log_file(self):
        return self.folder / f"{self.name}.log"

    @property
    def log(self):
        return self.log_file.read_text(errors="replace")

    @property
    def is_running(self):
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self):
        return self._process.pid

    def memory(self):
        """What of its memory lies in RAM now, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1)) * 1024

    def metric(self, name):
        """The value on the line of /metrics that begins with `name`; 0: there is none."""
        host, port = self.status_address.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE_S)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return next((float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name + " ")), 0)

    def processor_time(self):
        """Of all its threads, in nanoseconds: unlike what a clock says, none of it is others'."""
        return time.clock_gettime_ns(~self.pid << 3 | 2)  # the clock that clock_getcpuclockid(3) names

    def start(self):
        self.begin()
        return self.wait()

    def begin(self):
        """Starts it, and does not wait until it listens."""
        ports, config, out = self._files()
        ports.unlink(missing_ok=True)
        config.write_text(CONFIG.format(port=self._port.number, database=self.database, limits=self.limits,
                                        passes=self.passes, listen=self.listen) + self.config)
        with open(out, "wb") as output, open(self.log_file, "ab") as log:
            self._process = subprocess.Popen([PROGRAM, "--config", config, "--ports-file", ports],
                                             stdin=subprocess.DEVNULL, stdout=output, stderr=log)

    def _files(self):
        return (self.folder / f"{self.name}.{what}" for what in ("ports", "toml", "out"))

    def wait(self):
        """Until it listens."""
        ports, _, out = self._files()
        eventually(lambda: ports.exists() or not self.is_running, "the portal says where it listens")
        assert self.is_running, f"the portal ended at once:\n{out.read_text()}{self.log[-4000:]}"
        said = json.loads(ports.read_text())
        self.address, self.status_address = said["http"][0], said["status"]
        self.https_address = next(iter(said.get("https", [])), None)
        found = FIRST_ADMIN.search(out.read_text())
        if found:
            self.first_admin = found.groups()
        return self

    def stop(self):
        """Ends it as an operator would, and checks that it ended well."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(PATIENCE_S)
        self._process = None
        assert code == 0, f"the portal ended with {code}:\n{self.log[-4000:]}"
        errors = [line for line in self.log.splitlines() if '"level":"error"' in line or "Sanitizer" in line]
        assert not errors, "\n".join(errors[:20])

    def kill(self):
        """Ends it in the middle of whatever it does."""
        self._process.kill()
        self._process.wait()
        self._process = None

    def discard(self):
        if self._process is not None:
            self.kill()
        self._port.close()

    def client(self, token=None):
        return Client(self.address, token)


@functools.cache
def shared_postgres():
    """One server for all places of this program, with which it ends."""
    return PrivatePostgres()


class Place:
    """A folder, and a database in it or beside it; portals that are started here end with it. `own_server`: for tests
    that stop it."""

    numbers = itertools.count(1)

    def __init__(self, on_postgres=ON_POSTGRES, own_server=False):
        self._folder = tempfile.TemporaryDirectory(prefix="larder-portal-", dir=quick_folder())
        self.folder = Path(self._folder.name)
        self.portals = []
        self.postgres = None
        self.database = None
        self._own_server = own_server
        if on_postgres:
            self.postgres = PrivatePostgres() if own_server else shared_postgres()
            self.database = self.postgres.create_database(f"portal_{next(self.numbers)}")

    def start_portal(self, config="", name="portal", limits="", passes=1, listen=""):
        portal = Portal(self.folder, self.database, config, name, limits, passes, listen)
        self.portals.append(portal)
        return portal.start()

    def close(self):
        try:
            for portal in self.portals:
                portal.stop()
        finally:
            for portal in self.portals:
                portal.discard()
            if self.postgres and self._own_server:
                self.postgres.close()
            self._folder.cleanup()
