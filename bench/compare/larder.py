"""Larder: the node under test."""

import json

from .processes import Process, answers

_CONFIG = """
[listen]
http = ["{listen}"]
https = []
status = "127.0.0.1:0"
threads = {workers}

[[drive]]
path = "{folder}/drive"
size = "16GiB"

[origin]
rules = []
resolve = {{ "bench.example" = "{origin}" }}

[[origin.rule]]
name = "bench"
hosts = ["bench.example"]
query_in_key = false
fresh = "240h"

[access_log]
target = "{folder}/access.log"
"""


class Larder(Process):
    """One larder-node with its own drive."""

    def __init__(self, name, folder, origin, cores, workers, program):
        self.folder = folder
        self._cores = cores
        self._program = program
        self._origin = origin
        self._workers = workers
        (folder / "drive").mkdir(parents=True, exist_ok=True)
        self._start(name, "127.0.0.1:0")

    def restart(self):
        """Starts it again on the same drive and port. REQUIRES: it was stopped or killed."""
        self._start(self.name, self.address)

    def target(self, path):
        return f"{path}?cacheHostOrigin=bench.example"

    def wait_for(self, path):
        self.wait_until(lambda: answers(self.address, self.target(path)))

    def _start(self, name, listen):
        ports = self.folder / "ports.json"
        ports.unlink(missing_ok=True)
        config = self.folder / "larder.toml"
        config.write_text(_CONFIG.format(listen=listen, folder=self.folder, origin=self._origin,
                                         workers=self._workers))
        super().__init__(name, [self._program, "--config", config, "--ports-file", ports], self._cores,
                         self.folder / "output.log")
        self.address = listen
        if listen.endswith(":0"):
            self.address = self.wait_until(lambda: read_ports(ports))["http"][0]


def read_ports(path):
    """The object in a ports file, or None while it is not there or not whole."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
