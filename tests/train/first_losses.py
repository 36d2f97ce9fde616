"""The first losses of every recipe at its small scale, as they were recorded: a change that moves them shows.

`make record-losses` writes them anew, `python -m train.first_losses NAME` those of one; the commit says why
they changed.
"""

import sys
import tempfile
import tomllib
from pathlib import Path

from ravine import recipes
from ravine.train import read_metrics

FILE = Path(__file__).with_name("first_losses.toml")
COUNT = 5
HEAD = "# The first losses of each recipe: --seed 0 --scale smoke. Written by `make record-losses`.\n"


def recorded() -> dict[str, list[float]]:
    with FILE.open("rb") as file:
        return tomllib.load(file)


def losses(folder: Path) -> list[float]:
    """Of the run in a folder; a step without a finite one would be null there."""
    return [entry["loss"] for entry in read_metrics(folder / "metrics.jsonl") if "lr" in entry][:COUNT]


def main(chosen: list[str]) -> None:
    known = recorded() if chosen else {}
    for name in chosen or recipes.names():
        with tempfile.TemporaryDirectory() as folder:
            recipes.load(name)(scale="smoke", out=folder)
            known[name] = losses(Path(folder))
    lines = [f"{name} = [{', '.join(f'{loss:.7g}' for loss in known[name])}]\n" for name in sorted(known)]
    FILE.write_text("".join([HEAD, *lines]), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
