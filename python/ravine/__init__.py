"""Ravine: deep learning with a Rust engine and PyTorch's names.

>>> import ravine
>>> x = ravine.tensor([1.0, 2.0, 3.0], requires_grad=True)
>>> (x * x).sum().backward()
>>> x.grad
tensor([2., 4., 6.])
"""

from __future__ import annotations

import os as _os

from ravine import _core
from ravine._core import (
    Tensor,
    __version__,
    bfloat16,
    bool,
    dtype,
    eval,
    float16,
    float32,
    float64,
    get_num_threads,
    int32,
    int64,
    is_grad_enabled,
    set_num_threads,
    synchronize,
    tensor,
    uint8,
)
from ravine._ops import *  # noqa: F403
from ravine import _tensor as _tensor  # isort: skip
from ravine._functions import *  # noqa: F403
from ravine.autograd import enable_grad, inference_mode, no_grad, set_grad_enabled
from ravine.errors import Error
from ravine import _ops, autograd, errors

float = float32
double = float64
half = float16
int = int32
long = int64
concat = concatenate = getattr(_ops, "cat", None)
subtract, multiply, divide, true_divide = _ops.sub, _ops.mul, _ops.div, _ops.div
negative, absolute = _ops.neg, _ops.abs

_LAZY = ("datasets", "func", "nn", "optim", "train", "utils")


def __getattr__(name: str) -> object:
    # Submodules are imported when first used: `import ravine` stays fast.
    if name in _LAZY:
        from importlib import import_module

        return import_module(f"ravine.{name}")
    raise AttributeError(f"module 'ravine' has no attribute {name!r}")


if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(before=_core.before_fork, after_in_child=_core.after_fork_in_child)

# A SIMD level that this processor lacks, or a misspelt one, is an error at once.
_core.simd_level()
