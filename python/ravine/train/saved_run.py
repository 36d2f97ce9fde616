"""What a stopped run left in its folder, and whether this run may go on from it."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import ravine as rv

from ..errors import Error
from ..io._lock import FileLock
from ..nn import Module
from .checkpoint import load_checkpoint, save_checkpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = [
    "CheckpointError",
    "FolderInUseError",
    "NoRunError",
    "OtherRunError",
    "claim",
    "keep_models",
    "load_weights",
    "restore_run",
    "save_run",
]


class CheckpointError(Error, RuntimeError):
    """A checkpoint cannot be used: it is damaged, or something else."""


class OtherRunError(CheckpointError):
    """A checkpoint is sound but belongs to another run: another recipe, seed or length."""


class NoRunError(CheckpointError):
    """There is no run to resume."""


class FolderInUseError(Error, RuntimeError):
    """Another run, in this process or another, writes into the same folder."""


def claim(folder: Path) -> FileLock:
    """Lock a folder, made if need be, against other runs; it is free again when the process ends, too.

    Raises:
        FolderInUseError: another run has it.
        OSError: it cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    if not lock.acquire():
        raise FolderInUseError(
            f"{folder} is in use: {lock.holder()} writes a run there. Wait for its end, or choose another "
            "folder"
        )
    if not lock.supported:
        warnings.warn(
            f"{folder}: its file system has no locks, so that two runs in it would not notice each other",
            stacklevel=3,
        )
    return lock


def save_run(
    path: Path, parts: Mapping[str, Any], settings: dict[str, Any], progress: dict[str, Any]
) -> None:
    """Write a checkpoint; a kill at any moment leaves the old file or the new one.

    Args:
        path: where.
        parts: model, optimizer, scheduler, loader, or dicts and lists of them; those that have a
            ``state_dict()`` are written.
        settings: what makes the run the one that it is; :func:`restore_run` compares it.
        progress: how far it is.

    Raises:
        OSError: it cannot be written.
    """
    save_checkpoint(path, **_with_state(parts), step=progress["step"], settings=settings, progress=progress)


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
    then, progress = extra["settings"], extra["progress"]
    if not isinstance(then, dict) or not _is_progress(progress):
        raise CheckpointError(
            f"{path}: what it says of the run is damaged. Start the run anew, without resuming it"
        )
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
            load_checkpoint(path, **_with_state(parts))
    except (LookupError, TypeError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"{path} does not fit this recipe: {error}. Start the run anew, without resuming it"
        ) from error
    return progress, "; ".join(str(note.message) for note in notes)


def _with_state(parts: Mapping[str, Any]) -> dict[str, Any]:
    """The parts that a checkpoint keeps."""

    def has_state(part: Any) -> bool:
        if isinstance(part, (dict, list, tuple)):
            return len(part) > 0 and all(map(has_state, part.values() if isinstance(part, dict) else part))
        return hasattr(part, "state_dict")

    return {name: part for name, part in parts.items() if has_state(part)}


def _is_progress(progress: Any) -> bool:
    """Whether it is what :func:`save_run` was given."""
    counts, numbers = ("step", "metrics_bytes", "best_step"), ("seconds", "best_loss")
    return (
        isinstance(progress, dict)
        and all(type(progress.get(name)) is int and 0 <= progress[name] < 1 << 63 for name in counts)
        and all(isinstance(progress.get(name), (int, float)) for name in numbers)
    )


def keep_models(folder: Path, model: Any) -> None:
    """Write the models of `ravine.models` in a run's module, so that ``from_pretrained`` makes them again.

    One alone goes to ``folder``, those inside of lists and dicts to folders of their names in it.
    """
    if "ravine.models" not in sys.modules or not isinstance(model, Module):
        return
    from ..models import Model

    if isinstance(model, Model):
        model.save_pretrained(folder)
        return
    for name, child in model.named_children():
        keep_models(folder / name, child)


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
