"""Ravine: deep learning with a Rust engine and PyTorch's names.

>>> import ravine
>>> x = ravine.tensor([1.0, 2.0, 3.0], requires_grad=True)
>>> (x * x).sum().backward()
>>> x.grad
tensor([2., 4., 6.])
"""

from __future__ import annotations

import os as _os
from typing import TYPE_CHECKING as _TYPE_CHECKING

from ravine import _contractions as _contractions
from ravine import _core, _environment, _paths, _surface, autograd, errors
from ravine import _creation as _creation
from ravine import _forms as _forms
from ravine import _functions as _functions
from ravine import _matrices as _matrices
from ravine import _ops as _ops
from ravine import _tensor as _tensor
from ravine._core import (
    Generator,
    Tensor,
    __version__,
    bfloat16,
    bool,
    default_generator,
    device,
    dtype,
    eval,
    float16,
    float32,
    float64,
    get_default_device,
    get_default_dtype,
    get_num_threads,
    get_rng_state,
    initial_seed,
    int8,
    int16,
    int32,
    int64,
    is_grad_enabled,
    manual_seed,
    set_default_device,
    set_default_dtype,
    set_num_threads,
    set_rng_state,
    synchronize,
    tensor,
    uint8,
)
from ravine._declare import TOP as _TOP
from ravine._declare import later as _later
from ravine._declare import names as _declared
from ravine._names import Size
from ravine.autograd import enable_grad, inference_mode, no_grad, set_grad_enabled
from ravine.errors import Error, NoGradientWarning

if _TYPE_CHECKING:
    from ravine import (
        backends,
        datasets,
        func,
        gpu,
        interop,
        io,
        linalg,
        masked,
        nn,
        optim,
        profiler,
        selftest,
        signal,
        special,
        train,
        utils,
        viz,
    )
    from ravine import gpu as cuda
    from ravine import gpu as mps
    from ravine import gpu as xpu
    from ravine._capture import capture
    from ravine._summary import summary
    from ravine._surface import *  # noqa: F403
    from ravine._top import *  # noqa: F403
    from ravine.io import load, save

# Dtypes under PyTorch's other names.
float, double, half = float32, float64, float16
short, int, long = int16, int32, int64

_LAZY = (
    "backends",
    "cuda",
    "datasets",
    "func",
    "gpu",
    "interop",
    "io",
    "linalg",
    "masked",
    "mps",
    "nn",
    "optim",
    "profiler",
    "selftest",
    "signal",
    "special",
    "train",
    "utils",
    "viz",
    "xpu",
)
# Names whose modules are imported when they are first used.
_LAZY_NAMES = {
    "capture": "_capture",
    "load": "io",
    "save": "io",
    "summary": "_summary",
    **_surface.NAMES,
}

__all__ = [
    "Error",
    "Generator",
    "NoGradientWarning",
    "Size",
    "Tensor",
    "__version__",
    "autograd",
    "backends",
    "bfloat16",
    "bool",
    "capture",
    "cuda",
    "datasets",
    "default_generator",
    "device",
    "double",
    "dtype",
    "enable_grad",
    "errors",
    "eval",
    "float",
    "float16",
    "float32",
    "float64",
    "func",
    "get_default_device",
    "get_default_dtype",
    "gpu",
    "get_num_threads",
    "get_rng_state",
    "half",
    "inference_mode",
    "initial_seed",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "interop",
    "io",
    "is_grad_enabled",
    "load",
    "linalg",
    "long",
    "manual_seed",
    "masked",
    "mps",
    "nn",
    "no_grad",
    "optim",
    "profiler",
    "save",
    "selftest",
    "set_default_device",
    "set_default_dtype",
    "set_grad_enabled",
    "set_num_threads",
    "short",
    "signal",
    "set_rng_state",
    "special",
    "summary",
    "synchronize",
    "tensor",
    "train",
    "uint8",
    "utils",
    "viz",
    "xpu",
]
__all__ += (*_surface.NAMES, *_surface.MODULES)  # pyright: ignore[reportUnsupportedDunderAll]
# A few samplers have PyTorch's private names.
__all__ += [name for name in _declared(_TOP) if name[0] != "_"]
globals().update(_declared(_TOP))
_later(_surface.METHODS)

# What other libraries' users look for, under another name here.
_ELSEWHERE = {"array": "Use ravine.tensor(data)"}


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})


def __getattr__(name: str) -> object:
    # Submodules are imported when first used: `import ravine` stays fast.
    if name in _LAZY or name in _surface.MODULES:
        from importlib import import_module

        return import_module(f"ravine.{name}")
    if name in _LAZY_NAMES:
        from importlib import import_module

        found = getattr(import_module(f"ravine.{_LAZY_NAMES[name]}"), name)
        globals()[name] = found
        return found
    if name.startswith("__"):
        raise AttributeError(f"module 'ravine' has no attribute {name!r}")
    import difflib

    if name in _ELSEWHERE:
        raise AttributeError(f"module 'ravine' has no attribute {name!r}. {_ELSEWHERE[name]}")
    close = difflib.get_close_matches(name, __all__, 1, 0.75)
    hint = f". Did you mean {close[0]!r}?" if close else ""
    raise AttributeError(f"module 'ravine' has no attribute {name!r}{hint}")


if hasattr(_os, "register_at_fork"):
    _os.register_at_fork(before=_core.before_fork, after_in_child=_core.after_fork_in_child)

_paths.install()

# Settings that mean nothing, and a SIMD level that this processor lacks, are an error at once.
_environment.check(_os.environ)
_core.simd_level()
