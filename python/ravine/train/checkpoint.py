"""Checkpoints: everything that a run needs to go on as if it had not been interrupted."""

from __future__ import annotations

import os
import warnings

import ravine as rv
from ravine import _core
from ravine.errors import DTypeError, FileError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["load_checkpoint", "save_checkpoint"]

_KIND = "checkpoint"
_PARTS = ("model", "optimizer", "scheduler", "loader", "callbacks")


def save_checkpoint(
    path: str | os.PathLike[str],
    *,
    model: Any = None,
    optimizer: Any = None,
    scheduler: Any = None,
    loader: Any = None,
    callbacks: Any = None,
    step: int = 0,
    **extra: Any,
) -> None:
    """Write the state of a run, with ravine's random state, version and SIMD level.

    The file is one of `ravine.save`: replaced as a whole, so that a kill leaves the checkpoint before or this
    one; readable for any program that knows safetensors; without pickles.

    Args:
        path: the file.
        model, optimizer, scheduler, loader, callbacks: whatever has `state_dict()`; also a list, tuple or
            dict of them (two networks, two optimizers).
        step: how many steps are done.
        **extra: what else the run needs, such as the best loss so far; anything that `ravine.save` takes.

    Raises:
        DTypeError: something in a state cannot be saved.
        OSError: the file cannot be written; the old one is as it was.

    >>> import tempfile, pathlib
    >>> from ravine import nn, optim
    >>> from ravine.train import load_checkpoint, save_checkpoint
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "last.safetensors"
    >>> model = nn.Linear(2, 1)
    >>> optimizer = optim.Adam(model.parameters())
    >>> save_checkpoint(path, model=model, optimizer=optimizer, step=10, best=0.5)
    >>> load_checkpoint(path, model=model, optimizer=optimizer)
    {'step': 10, 'best': 0.5}
    """
    parts = dict(zip(_PARTS, (model, optimizer, scheduler, loader, callbacks)))
    states = {name: _state(part) for name, part in parts.items() if part is not None}
    about = {
        "kind": _KIND,
        "version": rv.__version__,
        "simd": _core.simd_level(),
        "rng": rv.get_rng_state(),
        "extra": {"step": step, **extra},
    }
    rv.save({**states, "run": about}, path)


def load_checkpoint(
    path: str | os.PathLike[str],
    *,
    model: Any = None,
    optimizer: Any = None,
    scheduler: Any = None,
    loader: Any = None,
    callbacks: Any = None,
) -> dict[str, Any]:
    """Restore the state of a run from :func:`save_checkpoint`, and ravine's random state.

    Every part that is given is restored by its `load_state_dict`. On the same SIMD level and version the run
    goes on bit for bit. On another one it goes on as well, and a warning says that the numbers may differ in
    their last bits.

    Args:
        path: the file.
        model, optimizer, scheduler, loader, callbacks: as they were given to :func:`save_checkpoint`.

    Returns:
        `"step"` and the extras.

    Raises:
        OSError: the file cannot be read.
        FileError: it is no checkpoint, is damaged, or lacks a part that was asked for.
        RuntimeError, ValueError: a part does not fit what is restored.
    """
    where = os.fsdecode(path)
    states = rv.load(path)
    about = states.get("run") if isinstance(states, dict) else None
    if not isinstance(about, dict) or about.get("kind") != _KIND:
        raise FileError(
            f"{where}: no checkpoint. It holds {_named(states)}; if these are a model's weights, use "
            "model.load_state_dict(ravine.load(path))"
        )
    if not _is_sound(about):
        raise FileError(f"{where}: the checkpoint's own entries are damaged. Use another one")
    given = {n: p for n, p in zip(_PARTS, (model, optimizer, scheduler, loader, callbacks)) if p is not None}
    for name in given:
        if name not in states:
            there = ", ".join(part for part in _PARTS if part in states) or "none"
            raise FileError(
                f"{where}: the checkpoint has no {name} (of these parts it has: {there}). "
                f"Leave {name}= out, or give it to save_checkpoint, too"
            )
    for name, part in given.items():
        _restore(part, states[name], name, where)
    rv.set_rng_state(about["rng"])
    for what, here in (("SIMD level", _core.simd_level()), ("version", rv.__version__)):
        then = about["simd" if what == "SIMD level" else "version"]
        if then != here:
            warnings.warn(
                f"{where} was written with {what} {then}, this is {here}: the run goes on, but its numbers "
                "may differ in their last bits from those of a run that was not interrupted",
                stacklevel=2,
            )
    return about["extra"]


def _is_sound(about: dict[Any, Any]) -> bool:
    """Whether what `save_checkpoint` notes beside the parts is there."""
    rng = about.get("rng")
    return (
        isinstance(about.get("extra"), dict)
        and {"simd", "version"} <= about.keys()
        and isinstance(rng, (list, tuple))
        and len(rng) == 2
        and all(type(number) is int and 0 <= number < 1 << 64 for number in rng)
    )


def _state(part: Any) -> Any:
    if hasattr(part, "state_dict"):
        return part.state_dict()
    if isinstance(part, dict):
        return {name: _state(inner) for name, inner in part.items()}
    if isinstance(part, (list, tuple)):
        return [_state(inner) for inner in part]
    raise DTypeError(f"save_checkpoint: {type(part).__name__} has no state_dict(); pass data as extras")


def _restore(part: Any, state: Any, name: str, where: str) -> None:
    if hasattr(part, "load_state_dict"):
        try:
            part.load_state_dict(state)
        except (RuntimeError, ValueError) as error:
            error.add_note(f"while restoring the {name} from {where}")
            raise
        except (TypeError, AttributeError, LookupError) as error:  # a state of another kind
            raise FileError(f"{where}: the {name} there is no state of it: {error}") from error
    elif isinstance(part, dict):
        if not isinstance(state, dict) or part.keys() != state.keys():
            raise FileError(
                f"{where}: {name} has {_named(state)}, but {', '.join(map(repr, part))} were given. "
                "Give the parts as they were saved"
            )
        for key, inner in part.items():
            _restore(inner, state[key], f"{name}[{key!r}]", where)
    else:
        if not isinstance(state, list) or len(part) != len(state):
            raise FileError(
                f"{where}: {name} has {_named(state)}, but a list of {len(part)} was given. "
                "Give the parts as they were saved"
            )
        for number, inner in enumerate(part):
            _restore(inner, state[number], f"{name}[{number}]", where)


def _named(value: Any) -> str:
    """What a value is, in a few words."""
    if isinstance(value, dict):
        names = ", ".join(repr(name) for name in list(value)[:4])
        return f"{len(value)} entries ({names}{', ...' if len(value) > 4 else ''})"
    return f"{len(value)} items" if isinstance(value, (list, tuple)) else f"one {type(value).__name__}"
