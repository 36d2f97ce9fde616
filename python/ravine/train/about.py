"""What a run's page says of it beside its numbers: hyperparameters, versions, machine, date."""

from __future__ import annotations

import builtins
import json
import platform
from datetime import UTC, datetime

import numpy

import ravine as rv

from .. import _core
from ..errors import ValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["checked_settings", "hyperparameters", "machine", "now", "shown"]


def checked_settings(run: str, settings: Mapping[str, Any] | None) -> dict[str, Any]:
    """The settings as a checkpoint gives them back.

    Raises:
        ValueError: a name that is no text, or a value that JSON does not have.
    """
    found = dict(settings or {})
    for name, value in found.items():
        try:
            found[name] = json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, OverflowError, builtins.ValueError) as error:
            raise ValueError(
                f"{run}: setting {name!r} is {type(value).__name__} {value!r:.60}. Give a number, text, "
                "bool, None, or a list of such"
            ) from error
    return found


def hyperparameters(parts: Mapping[str, Any]) -> dict[str, str]:
    """What the parts of a run say of themselves.

    >>> from ravine import nn, optim
    >>> layer = nn.Linear(3, 2)
    >>> hyperparameters({"model": layer, "optimizer": optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)})
    {'model': 'Linear, 8 parameters', 'optimizer': 'SGD, lr 0.1, momentum 0.9'}
    """
    found = {}
    model, optimizer, loader = (parts.get(name) for name in ("model", "optimizer", "loader"))
    if model is not None and hasattr(model, "parameters"):
        count = sum(parameter.numel() for parameter in model.parameters())
        found["model"] = f"{type(model).__name__}, {count:,} parameters"
    several = optimizer if isinstance(optimizer, dict) else {"": optimizer}
    for which, one in several.items():
        options = getattr(one, "defaults", None)
        if isinstance(options, dict):
            told = [f"{name.replace('_', ' ')} {_text(v)}" for name, v in options.items() if _tells(v)]
            found[f"optimizer {which}".strip()] = ", ".join([type(one).__name__, *told])
    if parts.get("scheduler") is not None:
        found["schedule"] = type(parts["scheduler"]).__name__
        groups = getattr(optimizer, "param_groups", None) or [{}]
        if "max_lr" in groups[0]:
            found["schedule"] += f", lr up to {_text(groups[0]['max_lr'])}"
    if isinstance(size := getattr(loader, "batch_size", None), int):
        found["batch size"] = str(size)
    return found


def _tells(value: Any) -> bool:
    """Whether an option of an optimizer is a number that is not 0, or several."""
    return isinstance(value, (int, float, tuple)) and not isinstance(value, bool) and bool(value)


def _text(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(_text, value))})"
    return f"{value:g}" if isinstance(value, float) else str(value)


def machine() -> dict[str, str]:
    """Versions, and on what is computed."""
    device = rv.get_default_device()
    where = f"{_core.simd_level()}, {rv.get_num_threads()} threads"
    for adapter in rv.gpu.devices() if device.type != "cpu" else ():
        if adapter.device == str(device):
            where = adapter.name
    return {
        "versions": f"Ravine {rv.__version__}, Python {platform.python_version()}, NumPy {numpy.__version__}",
        "machine": f"{platform.system()} {platform.machine()}",
        "device": f"{device} ({where})",
    }


def shown(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings as a page shows them."""
    return {name: _text(value) for name, value in settings.items()}


def now() -> str:
    """The date and the time of the day, to the minute."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
