"""metrics.jsonl: what happened in a run, one JSON object a line."""

from __future__ import annotations

import json
import os
from math import isfinite
from pathlib import Path

from ..errors import FileError, StateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Metrics", "read_metrics"]


class Metrics:
    """Writes one object a training step and one an evaluation; every line is complete when the call returns.

    Numbers that JSON does not have (nan, infinities) are written as null.

    Args:
        path: the file, begun anew.
        keep: so many bytes at its beginning stay, and writing goes on behind them; the rest is cut off.

    Raises:
        OSError: the file cannot be written.
        StateError: it is shorter than ``keep``.

    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "metrics.jsonl"
    >>> with Metrics(path) as metrics:
    ...     metrics.step(step=1, epoch=0, loss=2.5, lr=0.001, seconds=0.25)
    ...     metrics.evaluation(step=1, val_loss=2.25)
    >>> print(path.read_text(), end="")
    {"step": 1, "epoch": 0, "loss": 2.5, "lr": 0.001, "seconds": 0.25}
    {"step": 1, "val_loss": 2.25}
    """

    def __init__(self, path: str | Path, *, keep: int = 0) -> None:
        self.path = Path(path)
        if keep and (size := self.path.stat().st_size if self.path.exists() else 0) < keep:
            raise StateError(
                f"{self.path} has {size} bytes, but {keep} when the checkpoint beside it was written. "
                "Start the run anew, without resuming it"
            )
        # Line buffered: a killed run leaves whole lines.
        self._file = self.path.open("a" if keep else "w", encoding="utf-8", buffering=1, newline="\n")
        self._size, self._waits = keep, False  # what is on the disk, and whether more was written
        if keep:
            self._file.truncate(keep)

    def step(self, *, step: int, epoch: int, loss: float, lr: float, seconds: float, **more: float) -> None:
        """Write the object of a training step.

        Args:
            step: the number of steps done, this one included.
            epoch: the epoch it belongs to, from 0.
            loss: of this step's batch.
            lr: the learning rate that it was made with.
            seconds: since the run began.
            more: what else was measured in the step.
        """
        entry = {"step": step, "epoch": epoch, "loss": loss, "lr": lr, "seconds": round(seconds, 4)}
        self._write({**entry, **more})

    def evaluation(self, *, step: int, **values: float) -> None:
        """Write the object of an evaluation after ``step`` steps, for instance with ``val_loss``."""
        self._write({"step": step, **values})

    def _write(self, entry: dict[str, Any]) -> None:
        clean = {k: None if isinstance(v, float) and not isfinite(v) else v for k, v in entry.items()}
        self._waits = True
        self._file.write(json.dumps(clean) + "\n")

    def sync(self) -> int:
        """Bring everything to the disk.

        Returns:
            The file's size in bytes, for ``keep``.
        """
        if self._waits:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._size, self._waits = os.fstat(self._file.fileno()).st_size, False
        return self._size

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Metrics:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def read_metrics(path: str | Path) -> list[dict[str, Any]]:
    """The objects of a metrics.jsonl; a last line that a killed run left unfinished is dropped.

    Raises:
        OSError: the file cannot be read.
        FileError: a line other than the last is no JSON object.
    """
    entries = []
    for number, line in enumerate(Path(path).read_bytes().split(b"\n")[:-1], 1):
        try:
            entry = json.loads(line) if line else {}
        except (ValueError, RecursionError) as error:
            raise FileError(f"{path}, line {number}: {error}. Remove it") from None
        if not isinstance(entry, dict):
            raise FileError(f"{path}, line {number}: no JSON object. Remove it")
        if entry:
            entries.append(entry)
    return entries
