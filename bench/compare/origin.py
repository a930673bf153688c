"""Origin: larder-bench-origin, the server behind every cache of a scenario."""

import http.client
import json

from .processes import Process


class Origin(Process):
    """Serves /NAME/NUMBER for each `objects` entry "NAME:COUNT:SIZE" and counts what it is asked."""

    def __init__(self, folder, cores, program, objects, rate_total=None, rate_per_connection=None):
        folder.mkdir(parents=True, exist_ok=True)
        ports = folder / "origin.json"
        ports.unlink(missing_ok=True)
        command = [program, "--ports-file", ports]
        for entry in objects:
            command += ["--objects", entry]
        if rate_total:
            command += ["--rate-total", rate_total]
        if rate_per_connection:
            command += ["--rate-per-connection", rate_per_connection]
        super().__init__("origin", command, cores, folder / "origin.log")
        self.address = json.loads(self.wait_until(lambda: ports.exists() and ports.read_text()))["http"][0]

    def counters(self):
        """{"requests": ..., "body_bytes": ...} since its start."""
        connection = http.client.HTTPConnection(self.address, timeout=5)
        try:
            connection.request("GET", "/counters")
            return json.load(connection.getresponse())
        finally:
            connection.close()
