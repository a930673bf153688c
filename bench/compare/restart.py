"""restart: kill -9 with 100,000 stored slices; how soon is the first one served again, and are all of them found?"""

import time

from .figures import Metric, Table
from .setting import turns

_SIZE = "8KiB"
_SAMPLE = 1000


def run(setting):
    count = setting.pick(100_000, 10_000)
    table = Table(f"restart: {count} objects of {_SIZE}, kill -9, start", [
        Metric("first_hit_ms", "exec to first hit ms", 1, own_aim=1000),
        Metric("asked_again", f"origin requests for {2 * _SAMPLE} of them", 0, own_aim=0),
        Metric("resident_mib", "resident MiB", 0),
        Metric("fill_requests_per_s", "fills/s before", 0, lower_is_better=False),
    ])
    # aio threads change nothing about a restart: one nginx is enough.
    with setting.world("restart", [f"stored:{count}:{_SIZE}"], with_threads=False) as (origin, caches):
        fill_rates = {}
        for cache in caches:
            seen = setting.load(cache.address, cache.target("/stored/{}"), _SIZE, connections=64, objects=count,
                                in_order=True, requests=count)
            fill_rates[cache.name] = count * 1e3 / seen["elapsed_ms"]
        setting.settle()
        for round_number in range(setting.pick(3, 2)):
            for cache in turns(caches, round_number):
                sample = _measure(setting, origin, cache, count)
                table.add(cache.name, sample | {"fill_requests_per_s": fill_rates[cache.name]})
    return [table]


def _measure(setting, origin, cache, count):
    before = origin.counters()["requests"]
    cache.kill()
    started = time.monotonic()
    cache.restart()
    cache.wait_for(f"/stored/{count // 2}")
    first_hit = time.monotonic() - started
    # Some from everywhere, and those that were stored last before the first kill.
    target = cache.target("/stored/{}")
    setting.load(cache.address, target, _SIZE, connections=8, objects=count, requests=_SAMPLE)
    setting.load(cache.address, target, _SIZE, connections=8, first=count - _SAMPLE, objects=_SAMPLE, in_order=True,
                 requests=_SAMPLE)
    return {
        "first_hit_ms": first_hit * 1e3,
        "asked_again": origin.counters()["requests"] - before,
        "resident_mib": cache.resident_bytes() / 2**20,
    }
