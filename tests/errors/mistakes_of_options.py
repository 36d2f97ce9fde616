"""The rows of the table that are about options, `out=`, generators and views in place; see `mistakes.py`."""

from __future__ import annotations

from errors.mistakes import Mistake
from ravine import errors

_X = "ravine.ones(2, 3)"

# Kind, code, exception, what must be named, remedy.
_ROWS: list[tuple[str, str, type[BaseException], list[str], str]] = [
    # ---- out= ----
    (
        "out dtype",
        f"ravine.add({_X}, 1.5, out=ravine.zeros(2, 3, dtype=ravine.int64))",
        RuntimeError,
        ["add", "float32", "int64"],
        "Give an out of dtype float32",
    ),
    (
        "out gradient",
        "ravine.exp(w, out=ravine.zeros(3))",
        errors.GradientError,
        ["exp", "out="],
        "no_grad()",
    ),
    (
        "out type",
        f"ravine.exp({_X}, out=[1])",
        errors.DTypeError,
        ["exp", "'out'", "int"],
        "must be a tensor",
    ),
    (
        "out number",
        f"ravine.max({_X}, 1, out=ravine.zeros(2))",
        errors.DTypeError,
        ["max", "1 tensors for 2 results"],
        "Give one for each",
    ),
    (
        "out view",
        f"ravine.exp({_X}, out=ravine.zeros(4, 4)[0])",
        errors.ShapeError,
        ["exp", "(2, 3)", "a view", "(4,)"],
        "Give an out of the result's shape",
    ),
    (
        "out device",
        f"ravine.exp({_X}, out=ravine.zeros(2, 3, device='meta'))",
        errors.DeviceError,
        ["exp", "'cpu'", "'meta'"],
        "Give an out on 'cpu'",
    ),
    (
        "out of Python",
        "ravine.tensordot(ravine.ones(2), ravine.ones(2), 1, out=3)",
        errors.DTypeError,
        ["tensordot", "'out'", "int"],
        "must be a tensor",
    ),
    # ---- Generators ----
    (
        "generator",
        "ravine.rand(3, generator=7)",
        errors.DTypeError,
        ["rand", "'generator'", "int"],
        "ravine.Generator()",
    ),
    (
        "generator",
        "ravine.zeros(3).normal_(generator='cpu')",
        errors.DTypeError,
        ["normal_", "'generator'", "str"],
        "manual_seed",
    ),
    ("generator", "ravine.Generator('tpu')", ValueError, ["'tpu' is no device"], "Devices are 'cpu', 'gpu'"),
    (
        "generator state",
        "ravine.Generator().set_state(5)",
        errors.DTypeError,
        ["set_state"],
        "use manual_seed",
    ),
    ("generator seed", "ravine.Generator().manual_seed('a')", TypeError, ["str"], "a seed is an int"),
    # ---- Options ----
    (
        "alpha",
        "ravine.add(ravine.ones(3, dtype=ravine.int64), 1, alpha=0.5)",
        errors.ValueError,
        ["add", "alpha=0.5", "int64"],
        "Pass an int, or floating tensors",
    ),
    (
        "rounding",
        f"ravine.div({_X}, 2, rounding_mode='ceil')",
        errors.ValueError,
        ["div", "rounding_mode='ceil'"],
        "must be None, 'floor' or 'trunc'",
    ),
    (
        "decimals",
        "ravine.round(ravine.arange(3), decimals=1)",
        errors.DTypeError,
        ["round", "decimals=1", "int64"],
        "Convert it with .float()",
    ),
    (
        "unbiased",
        f"ravine.var({_X}, 1, unbiased=True, correction=0)",
        errors.ValueError,
        ["var", "unbiased and correction"],
        "Give one of them",
    ),
    (
        "sides",
        "ravine.searchsorted(ravine.ones(3), 1.0, side='left', right=True)",
        errors.ValueError,
        ["searchsorted", "side='left' and right=True"],
        "Give one of them",
    ),
    (
        "sides",
        "ravine.searchsorted(ravine.ones(3), 1.0, side='middle')",
        errors.ValueError,
        ["searchsorted", "side='middle'"],
        "'left' or 'right'",
    ),
    (
        "sorter",
        "ravine.searchsorted(ravine.ones(3), 1.0, sorter=ravine.tensor([0, 1]))",
        errors.ShapeError,
        ["searchsorted", "sorter has shape (2,)", "(3,)"],
        "as argsort gives it",
    ),
    (
        "reduce",
        f"ravine.scatter_reduce({_X}, 0, ravine.tensor([[0]]), {_X}, 'max')",
        errors.ValueError,
        ["scatter_reduce", "reduce='max'"],
        "'amax' or 'amin'",
    ),
    (
        "reduce",
        f"ravine.index_reduce({_X}, 0, ravine.tensor([0]), ravine.ones(1, 3), 'sum')",
        errors.ValueError,
        ["index_reduce", "reduce='sum'"],
        "use index_add",
    ),
    (
        "reduced slices",
        f"ravine.index_reduce({_X}, 0, ravine.tensor([0]), {_X}, 'amax')",
        errors.ShapeError,
        ["index_reduce", "(2, 3)", "(1, 3)"],
        "the slices at index",
    ),
    (
        "reduce",
        f"{_X}.scatter_(0, ravine.tensor([[0]]), 2.0, reduce='mean')",
        errors.ValueError,
        ["scatter", "reduce='mean'"],
        "use scatter_reduce",
    ),
    (
        "weights",
        f"ravine.cov({_X}, aweights=ravine.ones(4))",
        errors.ShapeError,
        ["cov", "aweights", "(4,)", "3 observations"],
        "Give one weight for each",
    ),
    (
        "weights",
        f"ravine.cov({_X}, fweights=ravine.ones(3))",
        errors.DTypeError,
        ["cov", "float32"],
        "fweights of an integer dtype",
    ),
    (
        "ends",
        "ravine.linspace(ravine.ones(1), 2, 3)",
        errors.ShapeError,
        ["linspace", "start", "(1,)"],
        "0",
    ),
    (
        "distinct slices",
        "ravine.unique(ravine.ones(2, 0), dim=0)",
        errors.ShapeError,
        ["unique", "dimension 0", "(2, 0)"],
        "are empty",
    ),
    # ---- Names of arguments ----
    (
        "unknown name",
        f"ravine.narrow({_X}, 0, strat=1, length=1)",
        TypeError,
        ["narrow", "'strat'"],
        "'start'",
    ),
    ("unknown name", f"ravine.add({_X}, 1, alhpa=2)", TypeError, ["add", "'alhpa'"], "'alpha'"),
    ("unknown name", "ravine.zeros(2, dtpe=ravine.int64)", TypeError, ["zeros", "'dtpe'"], "'dtype'"),
    ("unknown name", f"nn.functional.gelu({_X}, aproximate='tanh')", TypeError, ["gelu"], "'approximate'"),
    # ---- Views ----
    ("stride", f"{_X}.stride(2)", errors.IndexError, ["stride", "dimension 2"], "rank 2"),
    (
        "strided",
        f"ravine.as_strided({_X}, (2,), (1, 2))",
        errors.ValueError,
        ["as_strided", "1 sizes and 2 strides"],
        "Give one for each",
    ),
    (
        "strided",
        f"ravine.as_strided({_X}, (3, 3), (3, 1))",
        errors.ValueError,
        ["as_strided", "element 8", "storage of 6"],
        "Make them smaller",
    ),
    ("strided", f"ravine.as_strided({_X}, (2,), (-1,))", errors.ValueError, ["stride=(-1,)"], "0 or more"),
    ("in place", "w.unsqueeze_(0)", errors.GradientError, ["unsqueeze_", "leaf"], "no_grad()"),
    ("in place", "w.resize_(5)", errors.GradientError, ["resize_"], "Resize .detach()"),
    (
        "another source",
        "ravine.ones(2).set_(ravine.arange(2))",
        errors.DTypeError,
        ["set_", "int64", "float32"],
        "Convert one",
    ),
    (
        "another source",
        "ravine.ones(2).set_(ravine.ones(3), 2, (2,))",
        errors.ValueError,
        ["set_", "2 elements from 2 on"],
        "more than the source has: 3",
    ),
    ("storage", "ravine.ones(2).storage()[2]", errors.IndexError, ["element 2"], "of 2"),
    ("truth", f"{_X}.is_nonzero()", errors.ValueError, ["6 elements"], "Use .any() or .all()"),
    ("matrix", "ravine.ones(1, 2, 3).H", errors.ShapeError, ["3 dimensions"], "Use .mH"),
    (
        "hook",
        "(w * 2).register_post_accumulate_grad_hook(print)",
        errors.GradientError,
        ["register_post_accumulate_grad_hook", "leaf"],
        "Use register_hook",
    ),
    # ---- Draws ----
    ("draw", "ravine.zeros(2).geometric_(1.5)", errors.ValueError, ["geometric_", "1.5"], "lie in (0, 1)"),
]

OPTIONS = [
    Mistake(kind, code, exception, tuple(what), remedy) for kind, code, exception, what, remedy in _ROWS
]
