"""python3 -m compare: see scripts/bench, which builds first, and bench/README.md."""

import argparse
import datetime
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import cold, herd, memory, nginx, restart, warm
from .processes import Cores
from .setting import Setting

_SCENARIOS = {"warm": warm.run, "herd": herd.run, "cold": cold.run, "restart": restart.run}
_SCRATCH_BYTES = 16 * 2**30
_PAGES_BYTES = 10 * 2**30  # what the largest world keeps in the page cache
_QUICK_PAGES_BYTES = 3 * 2**30
_INODE_REUSE_SECONDS = 300


def main():
    options = _parse_options()
    with_larder = not options.peers_only
    _require(options, with_larder)
    # Ending by a signal is an exception, so that every process is stopped and the scratch folder removed.
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(ending, _end)

    cores = Cores(options.workers)
    machine = _machine(cores)
    _say_machine(machine)
    _say_recent_run(options.results)
    started = time.monotonic()
    touched = memory.touch(_QUICK_PAGES_BYTES if options.quick else _PAGES_BYTES)
    if touched > 5:
        print(f"took {touched:.0f} s to touch memory that this machine had not used before")
    tables = {}
    with tempfile.TemporaryDirectory(prefix="larder-bench-", dir=options.dir) as scratch:
        setting = Setting(options.programs, Path(scratch), options.quick, options.workers, with_larder, cores)
        for name in _SCENARIOS if options.scenario == "all" else [options.scenario]:
            tables[name] = _SCENARIOS[name](setting)
            for table in tables[name]:
                print("\n" + table.as_text(), flush=True)

    seconds = time.monotonic() - started
    print(f"\n{_write(options, machine, tables, seconds)}  ({seconds:.0f} s)")


def _parse_options():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Larder beside nginx, on the same work.")
    parser.add_argument("scenario", nargs="?", default="all", choices=["all", *_SCENARIOS])
    parser.add_argument("--quick", action="store_true", help="under a minute: less data, fewer rounds, more noise")
    parser.add_argument("--workers", type=int, default=1, help="threads of each server, one core each (default 1)")
    parser.add_argument("--peers-only", action="store_true", help="without Larder: only what the peers do here")
    parser.add_argument("--dir", type=Path, help="where the caches lie while it runs (default: the temporary folder)")
    parser.add_argument("--programs", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--results", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def _require(options, with_larder):
    needed = ["larder-bench-load", "larder-bench-origin"] + (["larder-node"] if with_larder else [])
    missing = [name for name in needed if not (options.programs / name).exists()]
    if missing:
        sys.exit(f"{', '.join(missing)} is not in {options.programs}: build it first (scripts/bench does), "
                 "or measure the peers alone with --peers-only.")
    if not Path(nginx.PROGRAM).exists():
        sys.exit(f"{nginx.PROGRAM} is missing: apt-get install nginx-light")
    free = shutil.disk_usage(options.dir or tempfile.gettempdir()).free
    if free < _SCRATCH_BYTES:
        sys.exit(f"{options.dir or tempfile.gettempdir()} has {free >> 30} GiB free, and the caches need up to "
                 f"{_SCRATCH_BYTES >> 30} GiB there: name another folder with --dir.")


def _end(signal_number, _):
    sys.exit(128 + signal_number)


def _machine(cores):
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "unknown")
    version = subprocess.run([nginx.PROGRAM, "-v"], capture_output=True, text=True).stderr.strip()
    return {"processor": model, "cores": os.cpu_count(), "kernel": platform.release(), "nginx": version,
            "server_cores": sorted(cores.server), "load_cores": sorted(cores.load), "apart": cores.apart,
            "load_average_before": os.getloadavg()[0]}


def _say_machine(machine):
    print(f"{machine['processor']}, {machine['cores']} cores, Linux {machine['kernel']}, {machine['nginx']}")
    print(f"server on core {machine['server_cores']}, load and origin on core {machine['load_cores']}")
    if not machine["apart"]:
        print("too few cores to keep servers and load apart: rates say little, CPU seconds per GB still compare")
    if machine["load_average_before"] > 0.5:
        print(f"this machine is not idle (load average {machine['load_average_before']:.1f}): expect noise")


def _say_recent_run(results):
    latest = results / "latest.json"
    age = time.time() - latest.stat().st_mtime if latest.exists() else _INODE_REUSE_SECONDS
    if age < _INODE_REUSE_SECONDS:
        print(f"a run ended {age:.0f} s ago: on ext4, caches that make a file per slice (nginx) fill more slowly until "
              f"{_INODE_REUSE_SECONDS} s after files were deleted")


def _write(options, machine, tables, seconds):
    options.results.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.timezone.utc)
    result = {"at": now.isoformat(timespec="seconds"), "quick": options.quick, "workers": options.workers,
              "seconds": round(seconds, 1), "machine": machine,
              "scenarios": {name: [table.as_json() for table in some] for name, some in tables.items()}}
    text = json.dumps(result, indent=1) + "\n"
    path = options.results / f"{now:%Y%m%dT%H%M%SZ}-{options.scenario}.json"
    path.write_text(text)
    (options.results / "latest.json").write_text(text)
    return path


if __name__ == "__main__":
    main()
