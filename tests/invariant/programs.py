"""Runs random programs from the command line: `RAVINE_PROGRAMS=100000 python tests/invariant/programs.py`.

`python tests/invariant/programs.py 1234` runs one seed and, when a law does not hold, shows the shortest
program that still breaks it.
"""

from __future__ import annotations

import collections
import os
import re
import sys
import time
from pathlib import Path

NEW = re.compile(r"^(v\d+) = ")


def fails(program, torch):
    """The error of a program, or None."""
    from invariant import laws

    try:
        got = laws.check_bits(program)
        if program.torch:
            laws.check_torch(program, got, torch)
    except Exception as error:
        return error
    return None


def minimise(program, torch):
    """Removes lines, and keeps what still fails in the same way."""
    from invariant.writer import Program

    first = fails(program, torch)
    assert first is not None
    lines = list(program.lines)

    def still(candidate):
        short = Program(program.seed, candidate, program.torch, program.silent)
        made = {name for line in candidate for name in NEW.findall(line)}
        gone = {line[4:] for line in candidate if line.startswith("del ")}
        short.live = [name for name in names if name in made - gone]
        error = fails(short, torch)
        return short if type(error) is type(first) and not isinstance(error, NameError) else None

    names = [name for line in lines for name in NEW.findall(line)]
    best = program
    again = True
    while again:
        again = False
        for i in reversed(range(len(lines))):
            if (short := still(lines[:i] + lines[i + 1 :])) is not None:
                lines, best, again = short.lines, short, True
    return best


def main():
    """One seed, or as many as `RAVINE_PROGRAMS` says."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    import torch

    from invariant import laws

    torch.set_num_threads(1)
    if len(sys.argv) > 1:
        program = laws.generate(int(sys.argv[1]))
        print(program)
        if (error := fails(program, torch)) is None:
            print("# both laws hold")
            return 0
        print(f"# {type(error).__name__}: {error}\n\n# shortest:")
        short = minimise(program, torch)
        error = fails(short, torch)
        print(short, f"# {type(error).__name__}: {error}", sep="\n")
        return 1
    count = int(os.environ.get("RAVINE_PROGRAMS", "2000"))
    first = int(os.environ.get("RAVINE_FIRST_PROGRAM", "0"))
    start = time.perf_counter()
    forms: collections.Counter[str] = collections.Counter()
    broken = []
    for seed in range(first, first + count):
        try:
            forms[laws.check(seed, torch)] += 1
        except Exception as error:
            broken.append(seed)
            print(f"{seed}: {type(error).__name__}: {str(error)[:300]}", flush=True)
            if len(broken) > 40:
                break
    seconds = time.perf_counter() - start
    print(
        f"{sum(forms.values())} programs hold, {len(broken)} do not, in {seconds:.0f} s; torch: {dict(forms)}"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
