#!/usr/bin/env python3
"""Runs clang-tidy 19 over the translation units that a change touches, two or more at a time.

Usage: tidy.py [--all] [--fix] [--budget SECONDS]

A unit is checked when it changed since the base (the merge base with origin/main, or the commit before this one),
or when a header of the same name did; for any other header one unit that includes it stands for all. What passed is
remembered by the hash of its preprocessed text, so that nothing is looked at twice. A unit takes about 20 s.

--budget     starts no new unit after this many seconds, and says how many were left out
"""

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/lint"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "larder/tidy"
TIDY = "clang-tidy-19"
FOLDERS = ("src/", "apps/", "tests/", "bench/")


def git(*arguments):
    result = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return result.stdout.strip() if result.returncode == 0 else ""


def base_commit():
    head = git("rev-parse", "HEAD")
    merge_base = git("merge-base", "HEAD", "origin/main")
    return merge_base if merge_base and merge_base != head else git("rev-parse", "HEAD~1")


def changed_files():
    """C++ files that differ from the base, and those that git does not know yet; None if there is no history."""
    base = base_commit()
    if not base:
        return None
    names = git("diff", "--name-only", "--diff-filter=d", base) + "\n" + git("ls-files", "-o", "--exclude-standard")
    return {n for n in names.split("\n") if n.startswith(FOLDERS) and n.endswith((".h", ".cc"))}


def units_touched_by(changed, units):
    chosen = {n for n in changed if n in units}
    texts = None
    for header in sorted(n for n in changed if n.endswith(".h")):
        own = header[:-2] + ".cc"
        if own in units:
            chosen.add(own)
            continue
        texts = texts or {unit: (ROOT / unit).read_text() for unit in sorted(units)}
        wanted = f'"{re.sub("^(src|tests)/", "", header)}"'
        users = [unit for unit, text in texts.items() if wanted in text]
        if users and not chosen.intersection(users):
            chosen.add(users[0])
    return chosen


def fingerprint(command, version):
    """Of all that the result depends on; None where the unit does not preprocess (clang-tidy will say why)."""
    words = shlex.split(command)
    if "ccache" in words[0]:
        words = words[1:]
    if "-o" in words:
        del words[words.index("-o") : words.index("-o") + 2]
    words = [w for w in words if w != "-c"] + ["-E", "-P", "-o", "-"]
    result = subprocess.run(words, cwd=BUILD, capture_output=True)
    if result.returncode:
        return None
    config = (ROOT / ".clang-tidy").read_bytes()
    # Without the folder's name: what passed in one clone has passed in another.
    text = (command.encode() + result.stdout).replace(str(ROOT).encode(), b".")
    return hashlib.sha256(version + config + text).hexdigest()


class Checker:
    def __init__(self, units, options):
        self.units = units
        self.options = options
        self.started = time.monotonic()
        self.version = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout

    def check(self, unit):
        """(unit, 'passed' | 'failed' | 'left out', what clang-tidy said)"""
        if self.options.budget and time.monotonic() - self.started > self.options.budget:
            return unit, "left out", ""
        mark = fingerprint(self.units[unit], self.version)
        if mark and (CACHE / mark).exists() and not self.options.fix:
            return unit, "passed", ""
        words = [TIDY, "-p", str(BUILD), "--quiet", f"--header-filter={ROOT}/(src|apps|tests|bench)/.*",
                 "--warnings-as-errors=*", *(["--fix"] if self.options.fix else []), str(ROOT / unit)]
        result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
        if result.returncode:
            return unit, "failed", self.readable(result.stdout) or result.stderr
        if mark:
            CACHE.mkdir(parents=True, exist_ok=True)
            (CACHE / mark).touch()
        return unit, "passed", ""

    @staticmethod
    def readable(text):
        return text.replace(f"{ROOT}/", "").strip()


def main():
    parser = argparse.ArgumentParser(description="clang-tidy over what changed")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("--budget", type=float, default=0)
    options = parser.parse_args()

    commands = json.loads((BUILD / "compile_commands.json").read_text())
    units = {os.path.relpath(c["file"], ROOT): c["command"] for c in commands}
    units = {name: command for name, command in units.items() if name.startswith(FOLDERS)}
    changed = None if options.all else changed_files()
    chosen = sorted(units if changed is None else units_touched_by(changed, units))
    if not chosen:
        print("clang-tidy: no unit changed")
        return 0

    checker = Checker(units, options)
    workers = 1 if options.fix else os.cpu_count() or 1
    counts = {"passed": 0, "failed": 0, "left out": 0}
    with ThreadPoolExecutor(workers) as pool:
        for _, outcome, text in pool.map(checker.check, chosen):
            counts[outcome] += 1
            if text:
                print(text, flush=True)
    left_out = f", {counts['left out']} left out for time (scripts/lint does them all)" if counts["left out"] else ""
    print(f"clang-tidy: {counts['passed']} of {len(chosen)} units passed{left_out}")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
