"""What a stopped run left in its folder, and whether this run may go on from it."""

from __future__ import annotations

import warnings
from pathlib import Path

import ravine as rv

from ..errors import Error
from .checkpoint import load_checkpoint, save_checkpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["CheckpointError", "OtherRunError", "load_weights", "restore_run", "save_run"]


class CheckpointError(Error, RuntimeError):
    """A checkpoint cannot be used: it is damaged, or something else."""


class OtherRunError(CheckpointError):
    """A checkpoint is sound but belongs to another run: another recipe, seed or length."""


def save_run(
    path: Path, parts: Mapping[str, Any], settings: dict[str, Any], progress: dict[str, Any]
) -> None:
    """Write a checkpoint; a kill at any moment leaves the old file or the new one.

    Args:
        path: where.
        parts: model, optimizer, scheduler, loader; those that have a ``state_dict()`` are written.
        settings: what makes the run the one that it is; :func:`restore_run` compares it.
        progress: how far it is.

    Raises:
        OSError: it cannot be written.
    """
    saved = {name: part for name, part in parts.items() if hasattr(part, "state_dict")}
    save_checkpoint(path, **saved, step=progress["step"], settings=settings, progress=progress)


def restore_run(path: Path, parts: Mapping[str, Any], settings: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Give the parts and ravine's random stream the state in a checkpoint of the run with these settings.

    Returns:
        How far it is, and what the user should know about where it comes from ("" if nothing).

    Raises:
        CheckpointError: the file is damaged, no checkpoint of a run, or does not fit the parts.
        OtherRunError: its settings are others; nothing was changed.
        OSError: it cannot be read.
    """
    states = load_weights(path)
    about = states.get("run") if isinstance(states, dict) else None
    extra = about.get("extra") if isinstance(about, dict) else None
    if not isinstance(extra, dict) or not {"settings", "progress"} <= extra.keys():
        raise CheckpointError(
            f"{path} is no checkpoint of a training run (it may hold weights alone): nothing to resume. "
            "Choose a run's folder, or start the run anew, without resuming it"
        )
    then = extra["settings"]
    others = [
        f"{name} {then.get(name)}, not {value}" for name, value in settings.items() if then.get(name) != value
    ]
    if others:
        raise OtherRunError(
            f"{path} is of a run with {', and '.join(others)}. Resume it with its own settings, "
            "or choose another folder"
        )
    try:
        with warnings.catch_warnings(record=True) as notes:
            warnings.simplefilter("always")
            load_checkpoint(path, **{name: p for name, p in parts.items() if hasattr(p, "load_state_dict")})
    except (LookupError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"{path} does not fit this recipe: {error}. Start the run anew, without resuming it"
        ) from error
    return extra["progress"], "; ".join(str(note.message) for note in notes)


def load_weights(path: Path) -> Any:
    """What ``ravine.save`` wrote.

    Raises:
        CheckpointError: the file is damaged.
        OSError: it cannot be read.
    """
    try:
        return rv.load(path)
    except Error as error:
        raise CheckpointError(f"{error}. Start the run anew, without resuming it") from error
