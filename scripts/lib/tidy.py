#!/usr/bin/env python3
"""Runs clang-tidy 19 over the translation units that a change touches, then over those that never passed.

Usage: tidy.py [--all | --budget SECONDS] [--fix]

First, each alone, the units that changed since the base (the merge base with origin/main, or the commit before this
one), and those whose header did: the unit of the same name, else one unit that includes it. What follows needs one of
  --budget     the other units that never passed as they are, newest first; of these nothing begins after so many seconds
  --all        the same until none is left

These are checked in batches. Most of a unit's 6 to 14 s goes into headers, so the texts of a few units of one folder
are put one after the other into one file, which takes about as long as one of them. Names that only one unit knows
get its number, so that units do not collide. If a batch passes, all of its units have; if anything is found in it, or
it does not compile, each of its units is checked alone, and only that counts. A batch can miss what a unit alone shows:
  - a header that a unit forgot to include, when a unit before it in the batch did (the rule `include` of structure.py
    looks for these)
  - a `using` or a namespace alias that a unit does not use, when another unit of the batch uses the same name
  - the start of a global that depends on a global of another unit, when both are in the batch
All else is seen as in a unit alone: compiler warnings, NOLINT, findings in the project's headers.

What passed is remembered by its mark, a hash of all that the result depends on: the texts of the unit and of the
project's headers, the compiler's flags, .clang-tidy, the versions of clang-tidy and of the libraries' packages. The
project's folder is not in it: what passed in one clone has passed in another.
"""

import argparse
import hashlib
import json
import os
import posixpath
import re
import shlex
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cpp_source import internal_names
from include_graph import IncludeGraph

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/lint"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "larder/tidy"
TIDY = "clang-tidy-19"
FOLDERS = ("src/", "apps/", "tests/", "bench/")
BATCH = 8
FINDING = re.compile(r"^(?=\S+:\d+:\d+: (?:error|warning): )", re.MULTILINE)


@dataclass(frozen=True)
class Unit:
    name: str  # relative to the root
    flags: tuple  # of the compiler; without the source, the output, and the compiler itself

    @property
    def folder(self):
        return posixpath.dirname(self.name)

    def include_folders(self, root):
        """Those of the project, relative to the root."""
        found = []
        for flag, following in zip(self.flags, (*self.flags[1:], "")):
            path = following if flag in ("-I", "-iquote", "-isystem") else flag[2:] if flag.startswith("-I") else ""
            relative = os.path.relpath(path, root) if path else ".."
            if not relative.startswith(".."):
                found.append(relative)
        return tuple(found)


def read_units(commands, root):
    """{name: Unit} of what compile_commands.json lists. What is compiled into several programs is one unit."""
    units = {}
    for entry in commands:
        name = os.path.relpath(entry["file"], root)
        words = shlex.split(entry["command"])
        while words and not re.search(r"(\+\+|clang|gcc)[-\d.]*$", words.pop(0)):  # what starts the compiler, and that
            pass
        if "-o" in words:
            del words[words.index("-o") : words.index("-o") + 2]
        if name.startswith(FOLDERS):
            units[name] = Unit(name, tuple(word for word in words if word not in ("-c", entry["file"])))
    return units


class Sources:
    """The project's files as the units include them."""

    def __init__(self, root):
        self.root = str(root)
        self.graph = IncludeGraph(self._read)
        self._digests = {}

    def files(self, unit):
        return self.graph.closure(unit.name, unit.include_folders(self.root))

    def mark(self, unit, toolbox):
        """Of all that the result of clang-tidy depends on; `toolbox` is the part that all units share."""
        flags = "\0".join(unit.flags).replace(self.root, ".")
        files = (f"{path} {self._digest(path)}" for path in sorted(self.files(unit)))
        return hashlib.sha256("\n".join((toolbox, flags, *files)).encode()).hexdigest()

    def _digest(self, path):
        if path not in self._digests:
            self._digests[path] = hashlib.sha256(self.graph.text(path).encode()).hexdigest()
        return self._digests[path]

    def _read(self, path):
        try:
            return Path(self.root, path).read_text(errors="replace")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None


def output_of(*words):
    try:
        result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return ""  # without git there is no history, and without dpkg nothing to say of packages
    return result.stdout.strip() if result.returncode == 0 else ""


def toolbox():
    """clang-tidy, what it is told to look for, and the compiler and the libraries that the units are compiled with."""
    listed = output_of("bash", "-c", "source scripts/lib/packages.sh && packages_of build test lint").split()
    packages = sorted({name for name in listed if name.endswith("-dev") or re.match(r"g\+\+|clang", name)})
    versions = output_of("bash", "-c", 'dpkg-query -W "$@"; true', "-", *packages, "libstdc++-*-dev", "libc6-dev")
    return "\n".join((output_of(TIDY, "--version"), (ROOT / ".clang-tidy").read_text(), versions))


def changed_files():
    """C++ files that differ from the base, and those that git does not know yet; none if there is no history."""
    head = output_of("git", "rev-parse", "HEAD")
    base = output_of("git", "merge-base", "HEAD", "origin/main")
    if base in ("", head):
        base = output_of("git", "rev-parse", "HEAD~1")
    names = output_of("git", "diff", "--name-only", "--diff-filter=d", base).split("\n") if base else []
    return {n for n in names + untracked_files() if n.startswith(FOLDERS) and n.endswith((".h", ".cc"))}


def untracked_files():
    return output_of("git", "ls-files", "-o", "--exclude-standard").split("\n")


def units_touched_by(changed, units, files_of):
    """Names of units. `files_of(unit)` are the project's files that a unit consists of."""
    chosen = {name for name in changed if name in units}
    for header in sorted(name for name in changed if name.endswith(".h")):
        own = header[:-2] + ".cc"
        users = [own] if own in units else [name for name in sorted(units) if header in files_of(units[name])]
        if users and not chosen.intersection(users):
            chosen.add(users[0])
    return chosen


def last_changes():
    """{file: when a commit last touched it}, in seconds; what is not committed is newer than all."""
    log = output_of("git", "log", "--format=@%ct", "--name-only", "--", *FOLDERS)
    changed = output_of("git", "diff", "--name-only", "HEAD").split("\n") + untracked_files()
    return parse_changes(log, changed)


def parse_changes(log, uncommitted):
    times, when = {}, 0
    for line in log.split("\n"):
        if line.startswith("@"):
            when = int(line[1:])
        elif line:
            times[line] = max(when, times.get(line, 0))
    return times | {name: float("inf") for name in uncommitted if name}


def newest_first(units, times, files_of):
    """By the newest file that a unit consists of, then by the unit's own age, then by name."""

    def age(unit):
        return -max(times.get(path, 0) for path in files_of(unit)), -times.get(unit.name, 0), unit.name

    return sorted(units, key=age)


def make_batches(units):
    """Units of one folder with the same flags, a few at a time; a batch comes where its first unit would."""
    batches, filling = [], {}
    for unit in units:
        batch = filling.get((unit.folder, unit.flags))
        if batch is None or len(batch) == BATCH:
            batch = filling[unit.folder, unit.flags] = []
            batches.append(batch)
        batch.append(unit)
    return batches


def batch_text(texts):
    """One source of the texts of several units (by name), each name that only one unit knows made different."""
    parts = []
    for number, (name, text) in enumerate(texts.items()):
        own = [word for word in internal_names(text) if is_only_own(word, text)]
        if own:
            used = re.compile(rf"^[ \t]*#[ \t]*include.*|\b({'|'.join(sorted(own))})\b", re.MULTILINE)
            text = used.sub(lambda m: m[0] + f"U{number}" if m[1] else m[0], text)
        # The same include again is no duplicate: after a macro clang-tidy forgets what came before.
        parts.append(f"// {name}\n{text}\n#define LARDER_NEXT_UNIT\n#undef LARDER_NEXT_UNIT\n")
    return "\n".join(parts)


def is_only_own(name, text):
    """Whether a unit's internal name means nothing else in it: no macro, no member, nothing that GoogleTest calls."""
    return not name.isupper() and name != "PrintTo" and not re.search(rf"(?:\.|->|::){name}\b", text)


class ClangTidy:
    """Runs the program on one unit or on several at once."""

    def __init__(self, root=ROOT, build=BUILD, program=TIDY, fix=False):
        self.root = root
        self.build = build
        self.program = program
        self.fix = fix

    def alone(self, unit):
        """(passed, what it said)"""
        return self._run(self.root / unit.name, unit.flags, ["--fix"] if self.fix else [])

    def together(self, batch):
        """Whether nothing at all is found. If something is, what was checked and what was said stay in the build."""
        folder = self.build / "tidy"
        folder.mkdir(parents=True, exist_ok=True)
        source = folder / f"{batch[0].name.removesuffix('.cc').replace('/', '_')}_and_{len(batch) - 1}_more.cc"
        source.write_text(batch_text({unit.name: (self.root / unit.name).read_text() for unit in batch}))
        flags = ("-iquote", str(self.root / batch[0].folder), *batch[0].flags)
        passed, said = self._run(source, flags, [])
        log = source.with_suffix(".log")
        if passed:
            source.unlink()
            log.unlink(missing_ok=True)
        else:
            log.write_text(said)
        return passed

    def _run(self, source, flags, options):
        words = [self.program, "--quiet", f"--config-file={self.root}/.clang-tidy", "--warnings-as-errors=*",
                 f"--header-filter={re.escape(str(self.root))}/(src|apps|tests|bench)/.*", *options, str(source), "--", *flags]
        result = subprocess.run(words, cwd=self.build, capture_output=True, text=True)
        said = result.stdout.replace(f"{self.root}/", "").strip()
        return result.returncode == 0, said or result.stderr.strip()


class Checker:
    """Checks jobs, which are lists of units, and keeps count. Those in `must` are checked however long it takes, the others
    until the time is over."""

    def __init__(self, tidy, cache, marks, seconds=None, must=()):
        self.tidy = tidy
        self.cache = cache
        self.marks = marks  # {unit: mark}
        self.must = must
        self.ends = None if seconds is None else time.monotonic() + seconds
        self.lock = threading.Lock()
        self.shown = set()
        self.forgets = False
        self.passed = self.failed = self.batches = self.fallen_back = 0

    def has_passed(self, unit):
        return (self.cache / self.marks[unit]).exists()

    def check(self, job):
        if self._is_left(job[0]):
            return
        if len(job) > 1:
            together = self.tidy.together(job)
            with self.lock:
                self.batches += 1
                self.fallen_back += not together
            if together:
                self._pass(job)
                return
        for unit in job:
            if self._is_left(unit):
                return
            passed, said = self.tidy.alone(unit)
            if passed:
                self._pass([unit])
            else:
                self._fail(unit, said)

    def _is_left(self, unit):
        return self.ends is not None and unit not in self.must and time.monotonic() >= self.ends

    def _pass(self, units):
        try:
            self.cache.mkdir(parents=True, exist_ok=True)
            for unit in units:
                (self.cache / self.marks[unit]).touch()
        except OSError as error:
            if not self.forgets:
                print(f"What passed is not remembered: {error}", flush=True)
            self.forgets = True
        with self.lock:
            self.passed += len(units)

    def _fail(self, unit, said):
        """Says what was found; what is in a header is said for the first unit that includes it."""
        with self.lock:
            self.failed += 1
            found = [part for part in FINDING.split(said) if part.strip() and part not in self.shown]
            self.shown.update(found)
            print("".join(found).rstrip() or f"{unit.name}: as above", flush=True)


def summary(checker, before, left, how):
    """The last line: what passed, what did not, and how to go on."""
    said = f"clang-tidy: {checker.passed} unit{'s' * (checker.passed != 1)} passed now, {before} had passed before"
    if checker.failed:
        said += f", {checker.failed} failed"
    if left:
        said += f", {left} left{how}"
    return said


def main():
    parser = argparse.ArgumentParser(description="clang-tidy over what changed, then over what never passed")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("--budget", type=float)
    options = parser.parse_args()

    units = read_units(json.loads((BUILD / "compile_commands.json").read_text()), ROOT)
    sources = Sources(ROOT)
    shared = toolbox()
    marks = {unit: sources.mark(unit, shared) for unit in units.values()}
    seconds = None if options.all else options.budget
    touched = {units[name] for name in units_touched_by(changed_files(), units, sources.files)}
    checker = Checker(ClangTidy(fix=options.fix), CACHE, marks, seconds, must=touched)

    due = {unit for unit in units.values() if not checker.has_passed(unit)}
    order = newest_first(due, last_changes(), sources.files)
    jobs = [[unit] for unit in order if unit in touched]
    if options.all or options.budget is not None:
        jobs += make_batches([unit for unit in order if unit not in touched])
    with ThreadPoolExecutor(1 if options.fix else os.cpu_count() or 1) as pool:
        list(pool.map(checker.check, jobs))

    if checker.fallen_back:
        print(f"{checker.fallen_back} of {checker.batches} batches did not pass (build/lint/tidy/*.log), "
              "and their units were checked alone")
    left = len(due) - checker.passed - checker.failed
    how = " for time, newest first next time" if seconds is not None else ""
    print(summary(checker, len(units) - len(due), left, f"{how} (scripts/lint --all tidy does them all)"))
    return 1 if checker.failed else 0


if __name__ == "__main__":
    sys.exit(main())
