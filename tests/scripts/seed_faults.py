#!/usr/bin/env python3
"""Puts one fault of each class into a copy of the project and looks which step of scripts/test catches it.

Usage: seed_faults.py [--only NAME]...      Prints a line a fault. Ends with 1 if a fault is not caught.

A test run is only worth what it finds: whoever makes it faster runs this. It takes the last commit and what git knows
to have changed since, and builds there only what a fault needs (minutes with a warm compiler cache).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NO_RANDOM_ADDRESSES = ["setarch", os.uname().machine, "-R"]


@dataclass
class Fault:
    """`edits` are (file, what stands there, what stands there then); `says` is what the step prints that catches it."""

    name: str
    caught_by: str
    edits: list
    commands: list
    says: str
    remove: list = field(default_factory=list)
    commits_after: int = 0


def build_and_run(preset, program, *arguments):
    run = [f"build/{preset}/bin/{program}", *arguments]
    return [["cmake", "--preset", preset], ["cmake", "--build", "--preset", preset, "--target", program],
            (NO_RANDOM_ADDRESSES if preset in ("asan", "tsan") else []) + run]


AGGREGATE_IN_AWAIT = """
struct Named { std::string name; };
Task<std::size_t> length_of(Named named) { co_return named.name.size(); }
Task<std::size_t> measure() { co_return co_await length_of(Named{std::string(100, 'x')}); }

TEST_F(WakeupTest, AnAggregateInAnAwait) { EXPECT_EQ(run(measure()), 100); }

TEST_F(WakeupTest, WithoutANotifyTheDeadlineEndsTheWait) {"""

FAULTS = [
    Fault("a leak", "tests, asan build",
          [("src/core/blocking_pool.cc", "void BlockingPool::stop() {", "void BlockingPool::stop() {\n  new std::string(name_);")],
          build_and_run("asan", "unit_net", "--gtest_filter=RunBlocking*"), "LeakSanitizer"),
    Fault("a race", "tests, tsan build",
          [("src/core/blocking_pool.cc", "  changed_.notify_one();\n  return true;", "  changed_.notify_one();\n  return jobs_.size() < queue_limit_ + 1;")],
          build_and_run("tsan", "unit_net", "--gtest_filter=RunBlocking*"), "ThreadSanitizer: data race"),
    Fault("a double destruction in a co_await statement", "tests, asan build",
          [("tests/unit/net/wakeup_test.cc", "\nTEST_F(WakeupTest, WithoutANotifyTheDeadlineEndsTheWait) {", AGGREGATE_IN_AWAIT)],
          build_and_run("asan", "unit_net", "--gtest_filter=Wakeup*"), "AddressSanitizer"),
    Fault("the same, as the structure check sees it", "structure",
          [("tests/unit/net/wakeup_test.cc", "\nTEST_F(WakeupTest, WithoutANotifyTheDeadlineEndsTheWait) {", AGGREGATE_IN_AWAIT)],
          [["scripts/lint", "structure"]], "[await]"),
    Fault("a dropped Result of an awaited call", "clang-tidy",
          [("src/cache/fill.cc", "    CO_TRY_VOID(co_await skip(response, wanted_from - position));",
            "    co_await skip(response, wanted_from - position);")],
          [["scripts/lint", "tidy"]], "unused"),
    Fault("an own include that is missing", "build, full",
          [("src/api/call.cc", '#include "http/percent.h"\n', "")],
          [["cmake", "--preset", "full"], ["cmake", "--build", "--preset", "full", "--target", "larder_api"]], "call.cc"),
    Fault("an undeclared include", "structure",
          [("src/core/bytes.cc", "#include <charconv>\n", "")],
          [["scripts/lint", "structure"]], "[include]"),
    Fault("a bad JSON number in a fuzz target", "fuzz",
          [("src/core/json.cc", '  if (!found.finite) return fail(Errc::kInvalid, "a number is too large");\n',
            "")],
          [["cmake", "--preset", "fuzz"], ["cmake", "--build", "--preset", "fuzz", "--target", "terminal_printable_fuzz"],
           ["ctest", "--test-dir", "build/fuzz", "-R", "terminal_printable_fuzz", "--output-on-failure"]], "9e9999"),
    Fault("a layer violation", "structure",
          [("src/storage/drive.cc", '#include "storage/drive.h"\n', '#include "storage/drive.h"\n\n#include "http/date.h"\n')],
          [["scripts/lint", "structure"]], "[layers]"),
    Fault("a clang-tidy finding in the third-last commit", "clang-tidy",
          [("src/core/log.cc", "namespace larder {\n", "namespace larder {\n\nint* nothing_at_all() { return 0; }\n")],
          [["scripts/lint", "--budget", "150", "tidy"]], "modernize-use-nullptr", commits_after=2),
]


class Copy:
    """A clone of the last commit, with what the working tree has changed since, that is put back after each fault."""

    def __init__(self, folder):
        self.root = Path(folder) / "larder"
        self.git(ROOT, "clone", "--quiet", "--local", "--no-hardlinks", str(ROOT), str(self.root))
        self.git(self.root, "remote", "remove", "origin")  # as CI sees it: what changed is the last commit
        changed = subprocess.run(["git", "diff", "HEAD", "--binary"], cwd=ROOT, capture_output=True, check=True).stdout
        if changed:
            subprocess.run(["git", "apply", "--index"], cwd=self.root, input=changed, check=True)
        self.commit("what is not committed yet")
        self.start = self.git(self.root, "rev-parse", "HEAD")

    @staticmethod
    def git(folder, *arguments):
        return subprocess.run(["git", "-c", "user.name=Test", "-c", "user.email=test@localhost", *arguments], cwd=folder,
                              check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, subject):
        self.git(self.root, "add", "--all")
        self.git(self.root, "commit", "--quiet", "--allow-empty", "-m", subject)

    def seed(self, fault):
        for name, before, after in fault.edits:
            path = self.root / name
            text = path.read_text()
            if before not in text:
                raise SystemExit(f"{name} has changed: '{before.strip()}' is not in it. Mend tests/scripts/seed_faults.py.")
            path.write_text(text.replace(before, after, 1))
        if fault.commits_after:
            self.commit("a fault")
        for number in range(fault.commits_after):
            (self.root / f"note{number}.txt").write_text("later work\n")
            self.commit("later work")

    def put_back(self):
        self.git(self.root, "reset", "--quiet", "--hard", self.start)
        self.git(self.root, "clean", "--quiet", "-fd")


def catch(copy, fault):
    """'' if the step says what it should, else what went otherwise."""
    copy.seed(fault)
    try:
        for number, command in enumerate(fault.commands, 1):
            result = subprocess.run(command, cwd=copy.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True, errors="replace")
            last = number == len(fault.commands)
            if result.returncode and (not last or fault.says not in result.stdout):
                return f"`{' '.join(command)}` fails otherwise:\n{result.stdout[-2000:]}"
            if last and not result.returncode:
                return f"`{' '.join(command)}` passes"
        return ""
    finally:
        copy.put_back()


def main():
    parser = argparse.ArgumentParser(description="one fault of each class, and what catches it")
    parser.add_argument("--only", action="append", metavar="NAME", help="faults whose name has NAME in it")
    options = parser.parse_args()
    faults = [f for f in FAULTS if not options.only or any(word in f.name for word in options.only)]
    if not faults:
        parser.error("no fault has such a name; there are: " + ", ".join(fault.name for fault in FAULTS))
    os.environ["CMAKE_BUILD_PARALLEL_LEVEL"] = str(os.cpu_count() or 1)

    folder = tempfile.mkdtemp(prefix="larder-faults-")
    missed = 0
    try:
        copy = Copy(folder)
        for fault in faults:
            started = time.monotonic()
            wrong = catch(copy, fault)
            missed += bool(wrong)
            print(f"{'NOT CAUGHT' if wrong else 'caught'}  {fault.name}  ({fault.caught_by}, "
                  f"{time.monotonic() - started:.0f} s)", flush=True)
            if wrong:
                print(wrong, flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(faults) - missed} passed, {missed} failed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
