"""Setting: everything a scenario needs to know about this run, and how it starts what it measures."""

import contextlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .larder import Larder
from .figures import TUNED
from .nginx import Nginx
from .origin import Origin
from .processes import Cores, pinned

_PROBE = "/probe/0"  # asked until it comes: the cache is up


@dataclass
class Setting:
    programs: Path  # the folder of larder-node and larder-bench-*
    scratch: Path   # the folder of this run, removed at its end
    quick: bool
    workers: int
    with_larder: bool
    cores: Cores

    def pick(self, full, quick):
        return quick if self.quick else full

    @contextlib.contextmanager
    def world(self, name, objects, with_threads=True, **origin_limits):
        """An origin and, in front of it, every cache with an empty store: (origin, [cache, ...])."""
        folder = self.scratch / name
        with contextlib.ExitStack() as stack:
            stack.callback(_empty_files, folder)
            origin = stack.enter_context(Origin(folder, self.cores.load, self.programs / "larder-bench-origin",
                                                [*objects, "probe:1:1KiB"], **origin_limits))
            common = (origin.address, self.cores.server, self.workers)
            caches = []
            if self.with_larder:
                program = self.programs / "larder-node"
                caches.append(stack.enter_context(Larder("larder", folder / "larder", *common, program)))
            caches.append(stack.enter_context(Nginx("nginx", folder / "nginx", *common)))
            if with_threads:
                caches.append(stack.enter_context(Nginx("nginx-aio", folder / "nginx-aio", *common, threads=True)))
                caches.append(stack.enter_context(Nginx(TUNED, folder / "nginx-open", *common, open_files=True)))
            for cache in caches:
                cache.wait_for(_PROBE)
            yield origin, caches

    def load(self, address, target, size, **options):
        """Runs larder-bench-load to its end and returns what it saw; fails on any wrong answer."""
        command = [self.programs / "larder-bench-load", "--server", address, "--target", target, "--size", size]
        for name, value in options.items():
            option = "--" + name.replace("_", "-")
            command += [option] if value is True else [option, value]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              preexec_fn=pinned(self.cores.load))
        seen = json.loads(done.stdout) if done.stdout else {"first_error": done.stderr.strip()}
        if done.returncode != 0:
            raise RuntimeError(f"load on {target} failed: {seen['first_error']}")
        return seen

    @staticmethod
    def settle():
        """Writes all dirty pages to disk, so that no later measurement pays for an earlier one."""
        os.sync()


def _empty_files(folder):
    """Gives back the room of a world's files and keeps their names until the run ends: ext4 avoids inodes that were
    deleted in the last minutes, and the search for others would slow down the next cache that makes many files."""
    for parent, _, names in os.walk(folder):
        for name in names:
            os.truncate(os.path.join(parent, name), 0)


def turns(items, round_number):
    """`items` forwards and backwards in turn, so that nobody always goes first."""
    return list(items) if round_number % 2 == 0 else list(reversed(items))
