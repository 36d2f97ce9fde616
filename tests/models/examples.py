"""A small one of each model, and inputs for it: what every test of all models runs over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ravine
from ravine import models

#: Name of the class: makes the model, makes the arguments of a call.
EXAMPLES: dict[str, tuple[Callable[[], models.Model], Callable[[], tuple[Any, ...]]]] = {
    "MultiTask": (
        lambda: models.MultiTask(sizes=(6, 8, 4), heads={"a": 3, "b": 1}, dropout=0.1),
        lambda: (ravine.randn(5, 6),),
    ),
    "MLP": (lambda: models.MLP(sizes=(6, 8, 3), dropout=0.1), lambda: (ravine.randn(4, 6),)),
}
