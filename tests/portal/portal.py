"""Portal: a real larder-portal on free ports of loopback, with a database of its own.

The environment says what is tested: LARDER_BIN is the folder of the programs, LARDER_DATABASE is sqlite or postgres.
"""

import json
import os
import re
import signal
import subprocess
import tempfile
from pathlib import Path

from .client import Client
from .waiting import eventually

BIN = Path(os.environ.get("LARDER_BIN", Path(__file__).resolve().parents[2] / "build" / "dev" / "bin"))
PROGRAM = BIN / "larder-portal"
ON_POSTGRES = os.environ.get("LARDER_DATABASE", "sqlite") == "postgres"
SHARE = int(os.environ.get("LARDER_TEST_SHARE", "100"))  # percent of the work: sanitizers are slow
START_S = 60
STOP_S = 60
FIRST_ADMIN = re.compile(r"(\S+@\S+).*?password:?\s+(\S+)", re.DOTALL)

# Passwords are hashed in a moment here; how well is the unit tests' business.
CONFIG = """
[listen]
http = ["127.0.0.1:{port}"]
status = "127.0.0.1:0"
[database]
url = "{database}"
[sign_in]
hash_memory = "8MiB"
hash_passes = 1
"""


class Portal:
    """`database`: the URL of an existing one; None: a fresh SQLite file. `config`: more of the configuration."""

    def __init__(self, folder, database=None, config="", name="portal"):
        self.folder = Path(folder)
        self.name = name
        self.database = database or f"sqlite:{self.folder / 'portal.db'}"
        self.config = config
        self.first_admin = None  # (e-mail, password): after the first start
        self.address = self.status_address = None
        self._port = 0
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

    def start(self):
        ports, config, out = (self.folder / f"{self.name}.{what}" for what in ("ports", "toml", "out"))
        ports.unlink(missing_ok=True)
        config.write_text(CONFIG.format(port=self._port, database=self.database) + self.config)
        with open(out, "wb") as output, open(self.log_file, "ab") as log:
            self._process = subprocess.Popen([PROGRAM, "--config", config, "--ports-file", ports],
                                             stdin=subprocess.DEVNULL, stdout=output, stderr=log)
        eventually(lambda: ports.exists() or not self.is_running, "the portal says where it listens", START_S)
        assert self.is_running, f"the portal ended at once:\n{out.read_text()}{self.log[-4000:]}"
        said = json.loads(ports.read_text())
        self.address, self.status_address = said["http"][0], said["status"]
        self._port = int(self.address.rsplit(":", 1)[1])  # a portal that starts again is found where it was
        found = FIRST_ADMIN.search(out.read_text())
        if found:
            self.first_admin = found.groups()
        return self

    def stop(self):
        """Ends it as an operator would, and checks that it ended well."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(STOP_S)
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

    def client(self, token=None):
        return Client(self.address, token)


class Place:
    """A folder, and a database in it or beside it; portals that are started here end with it."""

    def __init__(self, on_postgres=ON_POSTGRES):
        self._folder = tempfile.TemporaryDirectory(prefix="larder-portal-")
        self.folder = Path(self._folder.name)
        self.portals = []
        self.postgres = None
        self.database = None
        if on_postgres:
            from tests.support.private_postgres import PrivatePostgres
            self.postgres = PrivatePostgres()
            self.database = self.postgres.create_database("portal")

    def start_portal(self, config="", name="portal"):
        portal = Portal(self.folder, self.database, config, name)
        self.portals.append(portal)
        return portal.start()

    def close(self):
        try:
            for portal in self.portals:
                portal.stop()
        finally:
            for portal in self.portals:
                portal.discard()
            if self.postgres:
                self.postgres.close()
            self._folder.cleanup()
