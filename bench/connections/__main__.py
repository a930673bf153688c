"""python3 -m bench.connections: see scripts/bench connections, which builds first, and bench/README.md."""

import argparse
import http.client
import json
import os
import resource
import select
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from ..report import print_machine, write_figures

SOURCES = 8  # addresses of loopback, so that none runs out of ports
NODE_CONFIG = """
[listen]
http = ["127.0.0.1:0"]
status = "127.0.0.1:0"
[limits]
idle = "10m"
"""
PORTAL_CONFIG = "[limits]\nidle = \"10m\"\nconnections = 100000\n"


def split(address):
    host, port = address.rsplit(":", 1)
    return host, int(port)


def memory_kib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    sys.exit(f"the process {pid} is gone")


class Crowd:
    """Many connections of this one thread."""

    def __init__(self, address):
        self._address = split(address)
        self.sockets = []

    def open(self, request, count):
        for i in range(count):
            connection = socket.create_connection(self._address, 60, (f"127.0.0.{i % SOURCES + 1}", 0))
            connection.sendall(request)
            self.sockets.append(connection)

    def read_answers(self, status):
        for connection in self.sockets:
            response = http.client.HTTPResponse(connection)
            response.begin()
            response.read()
            if response.status != status:
                sys.exit(f"an answer of the crowd is {response.status}, not {status}")

    def still_there(self):
        poll = select.poll()
        for connection in self.sockets:
            poll.register(connection, select.POLLRDHUP)
        return len(self.sockets) - len(poll.poll(0))

    def close(self):
        for connection in self.sockets:
            connection.close()


class Asker:
    """Ordinary requests of one kept connection, timed."""

    def __init__(self, address, path, token=None):
        self._connection = http.client.HTTPConnection(*split(address), timeout=60)
        self._path = path
        self._fields = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self):
        start = time.perf_counter()
        self._connection.request("GET", self._path, None, self._fields)
        response = self._connection.getresponse()
        response.read()
        if response.status not in (200, 404):
            sys.exit(f"{self._path}: {response.status}")
        return (time.perf_counter() - start) * 1000

    def figures(self, count):
        samples = sorted(self.ask() for _ in range(count))
        return {"p50_ms": samples[count // 2], "p99_ms": samples[count * 99 // 100]}


def show(what, figures):
    print("  " + f"{what:<44}" + "   ".join(f"{name} {value:,.2f}" for name, value in figures.items()), flush=True)
    return {"what": what, **figures}


def measure_idle(name, pid, address, asker, request, status, options):
    """Ordinary requests alone, then beside idle connections."""
    results = [show(f"{name}: alone", asker.figures(options.requests))]
    before = memory_kib(pid)
    crowd = Crowd(address)
    crowd.open(request, options.idle)
    crowd.read_answers(status)
    each = (memory_kib(pid) - before) * 1024 / options.idle
    results.append(show(f"{name}: {options.idle} idle connections",
                        {**asker.figures(options.requests), "bytes each": each}))
    if crowd.still_there() != options.idle:
        sys.exit("connections were closed that should be kept")
    return crowd, results


def measure_node(options):
    with tempfile.TemporaryDirectory(prefix="larder-bench-") as folder:
        config, ports = Path(folder, "node.toml"), Path(folder, "ports")
        config.write_text(NODE_CONFIG)
        node = subprocess.Popen([options.programs / "larder-node", "--config", config, "--ports-file", ports],
                                stderr=subprocess.DEVNULL)
        try:
            while not ports.exists():
                if node.poll() is not None:
                    sys.exit("larder-node ended at once")
                time.sleep(0.01)
            address = json.loads(ports.read_text())["http"][0]
            crowd, results = measure_idle("node", node.pid, address, Asker(address, "/none"),
                                          b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n", 404, options)
            crowd.close()
            return results
        finally:
            node.terminate()
            node.wait()


def measure_portal(options):
    from tests.portal.portal import Place
    from tests.portal.world import World
    place = Place(on_postgres=False)
    try:
        portal = place.start_portal(PORTAL_CONFIG)
        world = World(portal)
        node = world.node(world.resource(world.organisation()))
        asker = Asker(portal.address, "/api/v1/nodes", world.admin.token)
        idle, results = measure_idle("portal", portal.pid, portal.address, asker,
                                     b"GET /api/v1/sign-in-methods HTTP/1.1\r\nHost: a\r\n\r\n", 200, options)
        path = f"/nodes/{node['id']}"
        before = memory_kib(portal.pid)
        waiting = Crowd(portal.address)
        request = (f"GET /api/v1{path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {world.admin.token}\r\n"
                   f"If-None-Match: {world.admin.get(path).etag}\r\nPrefer: wait=60\r\n\r\n").encode()
        waiting.open(request, options.waiting)
        asker.figures(10)  # behind them in the queue
        each = (memory_kib(portal.pid) - before) * 1024 / options.waiting
        results.append(show(f"portal: and {options.waiting} that wait for a change",
                            {**asker.figures(options.requests), "bytes each": each}))
        results.append(measure_change(portal, world, path, waiting, asker))
        idle.close()
        waiting.close()
        return results
    finally:
        place.close()


def measure_change(portal, world, path, waiting, asker):
    """How long all who wait take to hear of a change, and ordinary requests meanwhile."""
    heard = []
    start = time.perf_counter()
    world.admin.patch(path, {"notes": "changed"})
    reader = threading.Thread(target=lambda: (waiting.read_answers(200), heard.append(time.perf_counter() - start)))
    reader.start()
    samples = []
    while not heard and reader.is_alive():
        samples.append(asker.ask())
    reader.join()
    samples.sort()
    return show("portal: while they hear of a change", {
        "p50_ms": samples[len(samples) // 2], "p99_ms": samples[len(samples) * 99 // 100],
        "all told after s": heard[0]})


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench connections",
                                     description="Idle and waiting connections, at the node and at the portal.")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--programs", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--results", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ["LARDER_BIN"] = str(options.programs)
    share = 10 if options.quick else 1
    options.idle, options.waiting, options.requests = 10_000 // share, 2_000 // share, 1_000 // share
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < options.idle + options.waiting + 200:
        sys.exit(f"this process may open {hard} files only; raise the limit (ulimit -Hn)")
    print_machine()
    write_figures("connections", options, node=measure_node(options), portal=measure_portal(options))


if __name__ == "__main__":
    main()
