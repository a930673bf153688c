"""cold: one client gets a whole object that nobody asked for before, straight from the origin and through a cache."""

from dataclasses import dataclass, field

from .figures import Metric, Table
from .setting import turns


@dataclass(frozen=True)
class Variant:
    name: str
    title: str
    size: str
    quick_size: str
    limits: dict = field(default_factory=dict)
    aim: float | None = None  # for Larder's time by the direct one


_VARIANTS = [
    Variant("total", "origin limited to 100 MB/s in all", "256MiB", "64MiB", {"rate_total": "100MB/s"}, aim=1.1),
    Variant("connection", "origin limited to 20 MB/s per connection", "64MiB", "32MiB",
            {"rate_per_connection": "20MB/s"}, aim=0.8),
    Variant("unlimited", "origin not limited", "1GiB", "256MiB"),
]


def run(setting):
    return [_run_variant(setting, variant) for variant in _VARIANTS]


def _run_variant(setting, variant):
    size = setting.pick(variant.size, variant.quick_size)
    rounds = setting.pick(3, 1)
    table = Table(f"cold: whole object of {size}, one client, {variant.title}", [
        Metric("seconds", "seconds", 2),
        Metric("times_direct", "times direct", 2, own_aim=variant.aim),
        Metric("mb_per_s", "MB/s", 0, lower_is_better=False),
        Metric("first_byte_ms", "first byte ms", 1),
        Metric("cpu_s_per_gb", "cache CPU s/GB", 2),
    ])
    with setting.world(f"cold-{variant.name}", [f"cold:{rounds}:{size}"], **variant.limits) as (origin, caches):
        for round_number in range(rounds):
            path = f"/cold/{round_number}"
            direct = _measure(setting, None, origin.address, path, size, None)
            table.add("direct", direct)
            for cache in turns(caches, round_number):
                table.add(cache.name, _measure(setting, cache, cache.address, cache.target(path), size, direct))
                setting.settle()
    return table


def _measure(setting, cache, address, target, size, direct):
    cpu_before = cache.cpu_seconds() if cache else 0.0
    seen = setting.load(address, target, size, requests=1)
    cpu = (cache.cpu_seconds() if cache else 0.0) - cpu_before
    seconds = seen["elapsed_ms"] / 1e3
    return {
        "seconds": seconds,
        "times_direct": seconds / direct["seconds"] if direct else 1.0,
        "mb_per_s": seen["bytes"] / 1e6 / seconds,
        "first_byte_ms": seen["first_byte_p50_ms"],
        "cpu_s_per_gb": cpu / (seen["bytes"] / 1e9),
    }
