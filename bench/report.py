"""What the benches of our own programs have in common: the line about the machine, and the file with the figures."""

import datetime
import json
import os
import platform


def print_machine():
    print(f"{os.cpu_count()} cores, Linux {platform.release()}, load average {os.getloadavg()[0]:.1f}")


def write_figures(name, options, **figures):
    """Into options.results, and says where."""
    now = datetime.datetime.now(datetime.timezone.utc)
    result = {"at": now.isoformat(timespec="seconds"), "quick": options.quick, "cores": os.cpu_count(), **figures}
    options.results.mkdir(parents=True, exist_ok=True)
    path = options.results / f"{now:%Y%m%dT%H%M%SZ}-{name}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\n{path}")
