"""Waiting for conditions, never for time; and how long a test waits for what must come."""

import threading
import time

PATIENCE_S = 120  # only a broken program, or a disk that stalls, makes a test wait this long
TICK_S = 0.005


def eventually(condition, what):
    """The first true value of `condition()`; fails after PATIENCE_S."""
    end = time.monotonic() + PATIENCE_S
    tick = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"it did not happen in {PATIENCE_S} s: {what}"
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
