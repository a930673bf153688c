"""Waiting for conditions, never for time."""

import threading
import time

TICK_S = 0.02


def eventually(condition, what, seconds=30):
    """The first true value of `condition()`; fails after `seconds`."""
    end = time.monotonic() + seconds
    tick = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"it did not happen in {seconds} s: {what}"
        tick.wait(TICK_S)


def together(*calls):
    """Runs calls at the same moment, each on a thread of its own; their results in order. The first error is raised."""
    results, errors = [None] * len(calls), []
    barrier = threading.Barrier(len(calls))

    def run(i):
        try:
            barrier.wait()
            results[i] = calls[i]()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results
