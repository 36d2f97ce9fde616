"""`make fuzz`, or `python -m fuzz 'LINE'` to see what is wrong with one line."""

from __future__ import annotations

import os
import sys
import time

from fuzz.runner import BATCH, Runner, total


def main() -> int:
    """Fuzzes for FUZZ_SECONDS, an hour by default, or FUZZ_CALLS; the exit status is 1 if anything failed."""
    # No GPU: a driver that finds no memory under the limit of a child ends it.
    os.environ["VK_DRIVER_FILES"] = os.environ["VK_ICD_FILENAMES"] = os.devnull
    runner = Runner()
    if sys.argv[1:]:
        failures = runner.alone(sys.argv[1])
        print(*failures or ["nothing is wrong with it"], sep="\n")
        return int(bool(failures))
    calls = int(os.environ.get("FUZZ_CALLS", "0"))
    seconds = float("inf") if calls else float(os.environ.get("FUZZ_SECONDS", "3600"))
    seed = int(os.environ.get("FUZZ_SEED", str(time.time_ns() % 1_000_000)))
    print(f"seed {seed}, {len(runner.targets)} functions", flush=True)
    start, reports = time.monotonic(), []
    while time.monotonic() - start < seconds and not (calls and len(reports) * BATCH >= calls):
        reports.append(runner.batch(seed, len(reports), BATCH))
        for failure in reports[-1].failures:
            print(failure, flush=True)
    all_ = total(reports)
    print(
        f"{all_.calls} calls of {len(all_.names)} functions, {all_.batches} batches, "
        f"{time.monotonic() - start:.0f} s: {all_.returned} returned, {all_.slow} were ended by the alarm, "
        f"{len(all_.failures)} failed"
    )
    return int(bool(all_.failures))


if __name__ == "__main__":
    sys.exit(main())
