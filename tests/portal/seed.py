"""SEED: where tests get their random numbers from, the same in every run of one tree (scripts/test)."""

import os

VARIABLE = "LARDER_TEST_SEED"
SEED = int(os.environ.get(VARIABLE, "1"))


def say_seed():
    """What to set to get the same random numbers again."""
    print(f"{VARIABLE}={SEED}", flush=True)
