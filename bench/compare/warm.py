"""warm: what is stored already, at 64 connections: 1 MiB ranges of one large object, and 64 KiB objects."""

from .figures import Metric, Table
from .setting import turns

_CONNECTIONS = 64
_SMALL_OBJECTS = 1000


def _metrics(cpu_aim, requests_aim):
    return [
        Metric("cpu_s_per_gb", "CPU s/GB", 3, ratio_aim=cpu_aim),
        Metric("cpu_us_per_request", "CPU us/request", 1),
        Metric("gb_per_s", "GB/s", 2, lower_is_better=False),
        Metric("requests_per_s", "requests/s", 0, lower_is_better=False, ratio_aim=requests_aim),
        Metric("p50_ms", "p50 ms", 2),
        Metric("p99_ms", "p99 ms", 2),
    ]


def run(setting):
    large = setting.pick("1GiB", "256MiB")
    ranges = Table(f"warm: 1 MiB ranges of {large}, {_CONNECTIONS} connections", _metrics(1.0, None))
    objects = Table(f"warm: {_SMALL_OBJECTS} objects of 64 KiB, {_CONNECTIONS} connections", _metrics(None, 1.3))
    work = [(ranges, "/large/0", large, {"range_size": "1MiB"}),
            (objects, "/small/{}", "64KiB", {"objects": _SMALL_OBJECTS})]

    with setting.world("warm", [f"large:1:{large}", f"small:{_SMALL_OBJECTS}:64KiB"]) as (origin, caches):
        for cache in caches:
            setting.load(cache.address, cache.target("/large/0"), large, requests=1)
            setting.load(cache.address, cache.target("/small/{}"), "64KiB", objects=_SMALL_OBJECTS, in_order=True,
                         requests=_SMALL_OBJECTS, connections=8)
        setting.settle()
        filled = origin.counters()["requests"]
        for round_number in range(setting.pick(5, 2)):
            for table, path, size, options in work:
                for cache in turns(caches, round_number):
                    sample = _measure(setting, cache, path, size, seed=round_number + 1, **options)
                    table.add(cache.name, sample)
        asked_again = origin.counters()["requests"] - filled

    for table, *_ in work:
        if asked_again:
            table.notes.append(f"not all of it was warm: the origin was asked {asked_again} times more")
        _note_busy_load(table)
    return [ranges, objects]


def _measure(setting, cache, path, size, **options):
    cpu_before = cache.cpu_seconds()
    seen = setting.load(cache.address, cache.target(path), size, connections=_CONNECTIONS,
                        seconds=setting.pick(2, 1), **options)
    cpu = cache.cpu_seconds() - cpu_before
    seconds = seen["elapsed_ms"] / 1e3
    return {
        "cpu_s_per_gb": cpu / (seen["bytes"] / 1e9),
        "cpu_us_per_request": cpu * 1e6 / seen["requests"],
        "gb_per_s": seen["bytes"] / 1e9 / seconds,
        "requests_per_s": seen["requests"] / seconds,
        "p50_ms": seen["latency_p50_ms"],
        "p99_ms": seen["latency_p99_ms"],
        "server_busy": cpu / seconds,
        "load_busy": seen["client_cpu_ms"] / seen["elapsed_ms"],
    }


def _note_busy_load(table):
    for name, samples in table.samples.items():
        busiest = max(sample["load_busy"] for sample in samples)
        if busiest > 0.9:
            table.notes.append(f"the load generator was {busiest:.0%} busy against {name}: "
                               "rates are its limit, CPU figures stand")
