"""herd: 64 clients ask at the same moment for the same object that nobody asked for before, from a slow origin."""

from .figures import Metric, Table
from .setting import turns

_CLIENTS = 64
_RATE_BYTES = 50_000_000


def run(setting):
    size_mib = setting.pick(100, 25)
    size_bytes = size_mib << 20
    rounds = setting.pick(2, 1)
    table = Table(f"herd: {_CLIENTS} clients, the same cold {size_mib} MiB, origin limited to 50 MB/s in all "
                  f"({size_bytes / _RATE_BYTES:.2f} s at best)", [
        Metric("origin_bytes_by_size", "origin bytes/size", 3, own_aim=1.02),
        Metric("first_byte_median_ms", "first byte, median ms", 1),
        Metric("first_byte_max_ms", "first byte, last client ms", 1),
        Metric("median_s", "complete, median s", 2),
        Metric("last_s", "complete, last client s", 2),
    ])
    with setting.world("herd", [f"herd:{rounds}:{size_mib}MiB"], rate_total=f"{_RATE_BYTES // 10**6}MB/s") as world:
        origin, caches = world
        for round_number in range(rounds):
            for cache in turns(caches, round_number):
                table.add(cache.name, _measure(setting, origin, cache, f"/herd/{round_number}", size_mib))
                setting.settle()
    return [table]


def _measure(setting, origin, cache, path, size_mib):
    before = origin.counters()["body_bytes"]
    seen = setting.load(cache.address, cache.target(path), f"{size_mib}MiB", connections=_CLIENTS, requests=_CLIENTS)
    return {
        "origin_bytes_by_size": (origin.counters()["body_bytes"] - before) / (size_mib << 20),
        "first_byte_median_ms": seen["first_byte_p50_ms"],
        "first_byte_max_ms": seen["first_byte_max_ms"],
        "median_s": seen["latency_p50_ms"] / 1e3,
        "last_s": seen["elapsed_ms"] / 1e3,
    }
