"""python3 -m bench.portal: see scripts/bench portal, which builds first, and bench/README.md."""

import argparse
import http.client
import json
import os
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from ..report import print_machine, write_figures
from .data import BLOCKS, NODES, Data, fill_postgres, fill_sqlite, id_of

LIST_AIM_MS, CHECK_AIM_MS = 50, 100
LISTS = {
    "by name": {},
    "fast ring, newest change first": {"ring": "fast", "sort": "-updated_at"},
    "in review, by creation": {"ip_space": "in_review", "sort": "created_at"},
    "name contains \"lima-7\"": {"q": "lima-7"},
    "label site:osa": {"label": "site:osa", "sort": "-name"},
    "label rack:7, newest change first": {"label": "rack:7", "sort": "-updated_at"},
    "any label rack": {"label": "rack"},
    "of one organisation": {"organisation": id_of("0", 7), "sort": "-updated_at"},
    "500 a page, by name": {"limit": "500"},
}
NO_AIM = {"500 a page, by name"}  # the aim is for a page of the usual size


@dataclass
class Measurement:
    name: str
    aim_ms: float | None
    milliseconds: list

    @property
    def median(self):
        return statistics.median(self.milliseconds)

    @property
    def p99(self):
        return sorted(self.milliseconds)[min(len(self.milliseconds) - 1, len(self.milliseconds) * 99 // 100)]

    def as_text(self):
        return f"  {self.name:<60} {self.median:>9.2f} {self.p99:>9.2f}   {self.verdict}"

    @property
    def verdict(self):
        if self.aim_ms is None:
            return "-"
        return f"< {self.aim_ms:g}: {'reached' if self.median < self.aim_ms else 'MISSED'}"

    def as_json(self):
        return {"name": self.name, "aim_ms": self.aim_ms, "median_ms": self.median, "p99_ms": self.p99,
                "samples_ms": self.milliseconds}


class Asker:
    """One kept connection of an admin; times requests from the first byte sent to the last one received."""

    def __init__(self, address, token):
        host, port = address.rsplit(":", 1)
        self._connection = http.client.HTTPConnection(host, int(port), timeout=60)
        self._fields = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def time(self, method, path, body=None):
        """(milliseconds, answer)."""
        payload = None if body is None else json.dumps(body)
        start = time.perf_counter()
        self._connection.request(method, f"/api/v1{path}", payload, self._fields)
        answer = self._connection.getresponse()
        text = answer.read()
        elapsed = (time.perf_counter() - start) * 1000
        if answer.status != 200:
            sys.exit(f"{method} {path}: {answer.status} {text[:500]}")
        return elapsed, json.loads(text)


def measure_lists(asker, rounds):
    for name, query in LISTS.items():
        path = f"/nodes?{urlencode(query)}"
        asker.time("GET", path)
        samples = []
        for _ in range(rounds):
            elapsed, page = asker.time("GET", path)
            if not page["items"]:
                sys.exit(f"{path}: an empty list is no measurement")
            samples.append(elapsed)
        yield Measurement(f"first page of {NODES} nodes: {name}", None if name in NO_AIM else LIST_AIM_MS, samples)


def measure_checks(asker, data, rounds):
    path = f"/organisations/{id_of('0', 3)}/ip-space/check"
    for overlapping in (0, 20, 500):
        asker.time("POST", path, {"cidr_blocks": data.new_list(1000, overlapping), "share_blocks": True})
        samples = []
        for _ in range(rounds):
            blocks = data.new_list(1000, overlapping)
            elapsed, check = asker.time("POST", path, {"cidr_blocks": blocks, "share_blocks": True})
            found = sum(any(reason["code"].startswith("overlaps") for reason in block["reasons"])
                        for block in check["blocks"])
            if found != overlapping:
                sys.exit(f"{found} of the blocks are said to overlap; {overlapping} do")
            samples.append(elapsed)
        yield Measurement(f"check of 1000 blocks, {overlapping} of which overlap", CHECK_AIM_MS, samples)


def measure(database, options):
    from tests.portal.portal import Place
    from tests.portal.world import World
    place = Place(on_postgres=database == "postgres")
    try:
        portal = place.start_portal("[ip_space]\nreview_above = 10000000\n")
        token = World(portal).admin.token
        data = Data()
        started = time.monotonic()
        if database == "postgres":
            place.folder.chmod(0o755)
            fill_postgres(data, place.postgres, "portal", place.folder)
            place.postgres.query("VACUUM ANALYZE", "portal")
        else:
            portal.stop()
            fill_sqlite(data, place.folder / "portal.db")
            portal.start()
        print(f"\n{database}: {NODES} nodes and {BLOCKS} blocks written in {time.monotonic() - started:.0f} s")
        print(f"  {'milliseconds':<60} {'median':>9} {'p99':>9}   aim")
        asker = Asker(portal.address, token)
        rounds = 20 if options.quick else 200
        all_of_them = []
        for measurement in (*measure_lists(asker, rounds), *measure_checks(asker, data, max(10, rounds // 4))):
            print(measurement.as_text(), flush=True)
            all_of_them.append(measurement.as_json())
        return all_of_them
    finally:
        place.close()


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench portal", description="Larder's portal with a million blocks.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, more noise")
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--programs", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--results", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ["LARDER_BIN"] = str(options.programs)
    databases = ["sqlite", "postgres"] if options.database == "both" else [options.database]
    print_machine()
    write_figures("portal", options, databases={database: measure(database, options) for database in databases})


if __name__ == "__main__":
    main()
