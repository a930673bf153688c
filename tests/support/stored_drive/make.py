#!/usr/bin/env python3
"""Makes drive-1.tar.gz: a drive as a larder-node of now leaves it, for tests of later ones.

    python3 make.py path/to/larder-node drive-1.tar.gz

An origin on loopback serves the objects below; a node fetches them over two runs, the first ended by SIGTERM (its segment
is sealed), the second by SIGKILL (its segment is open). README.md says what is on the drive then.
"""
import http.server
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.request

HOST = "content.example"


def body(name: str, size: int) -> bytes:
    line = f"{name}: so much for this line.\n".encode()
    return (line * (size // len(line) + 1))[:size]


class Origin(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    version_of_changing = 1

    def do_GET(self):
        found = {
            "/three-slices.bin": ('"three"', None, 2_400_000),
            "/small.bin": ('"small"', None, 700),
            "/page.bin": ('"page"', None, 40_000),
            "/empty.bin": ('"empty"', None, 0),
            "/dated.bin": (None, "Mon, 05 Jan 2026 10:00:00 GMT", 20_000),
            "/stale.bin": ('"stale"', None, 5_000),
            "/after-the-crash.bin": ('"after"', None, 1_048_576),
            "/changing.bin": (f'"{self.version_of_changing}"', None, 9_000 + self.version_of_changing),
        }.get(self.path)
        if not found:
            return self.send_error(404)
        etag, modified, size = found
        name = self.path + (f" v{self.version_of_changing}" if self.path == "/changing.bin" else "")
        data = body(name, size)
        asked = self.headers.get("Range")
        first, last = 0, size - 1
        if asked and size:
            begin, _, end = asked.removeprefix("bytes=").partition("-")
            first, last = int(begin), min(int(end) if end else size - 1, size - 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        else:
            self.send_response(200)
        if etag:
            self.send_header("ETag", etag)
        if modified:
            self.send_header("Last-Modified", modified)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Cache-Control", "no-cache" if self.path in ("/stale.bin", "/changing.bin") else "max-age=9")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.wfile.write(data[first : last + 1])

    def log_message(self, *_):
        pass


class Node:
    def __init__(self, program: str, folder: str, origin: str):
        self.program, self.folder = program, folder
        with open(f"{folder}/larder.toml", "w", encoding="utf-8") as config:
            config.write(
                f'[listen]\nhttp = ["127.0.0.1:0"]\nstatus = "127.0.0.1:0"\n'
                f'[[drive]]\npath = "{folder}/drive"\nsize = "64MiB"\n'
                f'[origin]\nrules = []\nresolve = {{ "{HOST}" = "{origin}", "now.{HOST}" = "{origin}" }}\n'
                # A hundred years: the drive must not grow old.
                f'[[origin.rule]]\nname = "lasting"\nhosts = ["{HOST}"]\nfresh = "36500d"\n'
                f'[[origin.rule]]\nname = "now"\nhosts = ["now.{HOST}"]\n'
            )

    def start(self):
        ports = f"{self.folder}/ports.json"
        if os.path.exists(ports):
            os.remove(ports)
        self.process = subprocess.Popen(
            [self.program, "--config", f"{self.folder}/larder.toml", "--ports-file", ports]
        )
        while not (os.path.exists(ports) and os.path.getsize(ports)):
            time.sleep(0.05)
        with open(ports, encoding="utf-8") as file:
            read = json.load(file)
        self.http, self.status = read["http"][0], read["status"]

    def fetch(self, path: str, host: str = HOST) -> bytes:
        with urllib.request.urlopen(f"http://{self.http}{path}?cacheHostOrigin={host}") as response:
            return response.read()

    def wait_for_slices(self, count: int):
        while True:
            with urllib.request.urlopen(f"http://{self.status}/api/v1/status") as response:
                if json.load(response)["drives"][0]["slices"] >= count:
                    return
            time.sleep(0.05)

    def end(self, number: int):
        self.process.send_signal(number)
        self.process.wait()


def main():
    program, target = sys.argv[1:]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        node = Node(program, folder, f"127.0.0.1:{server.server_port}")
        node.start()
        for path in ("/three-slices.bin", "/small.bin", "/page.bin", "/empty.bin", "/dated.bin"):
            node.fetch(path)
        node.fetch("/stale.bin", f"now.{HOST}")
        node.fetch("/changing.bin", f"now.{HOST}")
        node.end(signal.SIGTERM)
        node.start()
        Origin.version_of_changing = 2
        node.fetch("/changing.bin", f"now.{HOST}")
        node.fetch("/after-the-crash.bin")
        # Slices: 3 + 1 + 1 + 0 + 1 + 1 + 2 (both versions) + 1; descriptions: 8.
        node.wait_for_slices(18)
        node.end(signal.SIGKILL)
        with tarfile.open(target, "w:gz", compresslevel=9) as archive:
            archive.add(f"{folder}/drive", "drive")


main()
