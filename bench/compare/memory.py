"""memory: pages that a virtual machine has used before.

The first use of a page of memory is paid by the hypervisor and can cost more than everything that a cache does with
it: whoever fills the page cache first would look several times slower.
"""

import mmap
import time


def touch(wanted_bytes):
    """Uses that much memory once, or half of what is available, and gives it back; how many seconds it took."""
    started = time.monotonic()
    size = min(wanted_bytes, _available_bytes() // 2)
    with mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as pages:
        for start in range(0, size, 1 << 30):
            end = min(start + (1 << 30), size)
            pages[start:end:mmap.PAGESIZE] = bytes(len(range(start, end, mmap.PAGESIZE)))
    return time.monotonic() - started


def _available_bytes():
    with open("/proc/meminfo") as info:
        return next(int(line.split()[1]) * 1024 for line in info if line.startswith("MemAvailable"))
