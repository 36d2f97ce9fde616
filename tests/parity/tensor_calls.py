"""Calls that ravine and torch both understand, by function.

`m` is the library, `x`, `y`, `z` are tensors of the given shapes, `i(..)` is an int64 and `b(..)` a bool
tensor.
"""

from __future__ import annotations

from dataclasses import dataclass

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Call:
    """One call with the shapes of its tensors."""

    text: str
    shapes: tuple[Shape, ...]
    low: float = -3.0
    high: float = 3.0
    #: Some elements are 0.
    zeros: bool = False
    #: Torch's integer form is left out: it is undefined or another function.
    floats_only: bool = False
    derivative: bool = True
    #: Dtypes that ravine refuses.
    refused: tuple[str, ...] = ()


CALLS: dict[str, list[Call]] = {}


def calls(name: str, *variants: tuple[str, tuple[Shape, ...]], **options: object) -> None:
    """Adds calls: the arguments after `m.name`, with shapes."""
    made = CALLS.setdefault(name, [])
    for arguments, shapes in variants:
        made.append(Call(f"m.{name}({arguments})", shapes, **options))  # type: ignore[arg-type]


def elementwise(*names: str, low: float = -3.0, high: float = 3.0, **options: object) -> None:
    for name in names:
        calls(name, ("x", ((2, 3),)), ("x", ((),)), ("x", ((0, 2),)), low=low, high=high, **options)


elementwise("ceil", "trunc", "frac", "expm1", "exp2", "tan", "atan", "sinh", "cosh", "asinh", "erfc")
elementwise("sgn", "positive", "deg2rad", "rad2deg", "sinc", "isinf", "isfinite", "isposinf", "isneginf")
elementwise("square", refused=("bool",))
elementwise("reciprocal", "log1p", "log2", "log10", low=0.2)
elementwise("asin", "acos", "atanh", low=-0.9, high=0.9)
elementwise("acosh", low=1.2)
elementwise("logit", low=0.1, high=0.9)
calls("logit", ("x, 0.2", ((5,),)), low=-1, high=2)
for name in ("atan2", "hypot", "fmod", "copysign", "logaddexp", "xlogy"):
    calls(
        name,
        ("x, y", ((2, 3), (3,))),
        ("x, y", ((), (4,))),
        low=0.3,
        floats_only=name in ("fmod", "logaddexp"),
    )
calls("fmod", ("x, 1.5", ((7,),)), low=0.1, floats_only=True)
calls("copysign", ("x, -2.0", ((7,),)))
calls("xlogy", ("x, y", ((3,), (3,))), low=0.0, zeros=True, derivative=False)
calls("xlogy", ("2.3, x", ((3,),)), ("x, 2.3", ((3,),)), low=0.3)
calls("pow", ("x, 0.3", ((5,),)), ("1.3, x", ((5,),)), ("x, -1.7", ((5,),)), low=0.3, floats_only=True)
for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    calls(name, ("x, y", ((2, 3), (3,))), ("x, 3", ((4,),)), derivative=False)
calls("bitwise_not", ("x", ((2, 3),)), derivative=False)
calls("bitwise_left_shift", ("x, 2", ((4,),)), ("x, y", ((4,), (4,))), low=0, derivative=False)
calls("bitwise_right_shift", ("x, 1", ((4,),)), derivative=False)
calls("logical_xor", ("x, y", ((2, 3), (3,))), zeros=True, derivative=False)
calls("lerp", ("x, y, 0.3", ((2, 3), (3,))), ("x, y, 0.8", ((3,), (3,))), ("x, y, z", ((3,), (3,), (2, 3))))
calls("addcmul", ("x, y, z, value=0.5", ((2, 3), (3,), (2, 1))), floats_only=True)
calls("addcmul", ("x, y, z, value=2", ((2, 3), (3,), (2, 1))), ("x, y, z", ((), (3,), ())))
calls("addcdiv", ("x, y, z, value=0.5", ((2, 3), (3,), (2, 1))), low=0.5)
calls("heaviside", ("x, y", ((5,), (5,))), zeros=True, derivative=False)
calls(
    "nan_to_num", ("x * m.tensor([1, inf, -inf, nan, 1])", ((5,),)), low=1, derivative=False, floats_only=True
)
calls("nan_to_num", ("x / 0 * x, 1.0, 2.0, -2.0", ((5,),)), derivative=False, floats_only=True)
calls("clamp_min", ("x, 0.5", ((5,),)), ("x, y", ((2, 3), (3,))))
calls("clamp_max", ("x, 0.5", ((5,),)), ("x, y", ((2, 3), (3,))))
calls("clip", ("x, 1, 3", ((5,),)), ("x, max=0.5", ((2, 3),)))
calls("clip", ("x, -1, 1", ((5,),)), floats_only=True)  # in uint8 torch wraps the -1
calls("isclose", ("x, x * 1.000001", ((5,),)), ("x, x + 1, 0.0, 1.0", ((5,),)), derivative=False)
calls("isclose", ("x / x, x / x, equal_nan=True", ((5,),)), zeros=True, derivative=False)

# Products, running and whole ----------------------------------------------------------------------------
for options in ({}, {"zeros": True}):
    calls("prod", ("x", ((2, 3),)), ("x, 0", ((4, 3),)), ("x, -1, keepdim=True", ((2, 5),)), **options)
    calls("cumprod", ("x, 0", ((4, 3),)), ("x, -1", ((2, 5),)), ("x, 0", ((7,),)), **options)
calls("prod", ("x", ((),)), ("x", ((0,),)), ("x, 0", ((0, 2),)), ("x, dtype=m.float64", ((3,),)))
calls("cumprod", ("x, 0", ((),)), ("x, 1", ((2, 0),)), ("x, 0", ((1,),)))
calls("cummax", ("x, 0", ((5,),)), ("x, 1", ((2, 6),)), ("x, 0", ((4, 3),)), ("x, 0", ((),)))
calls("cummin", ("x, 0", ((5,),)), ("x, -1", ((2, 6),)), ("x, 0", ((4, 3),)))

# Order --------------------------------------------------------------------------------------------------
calls(
    "topk",
    ("x, 2", ((5,),)),
    ("x, 3, 0", ((4, 3),)),
    ("x, 2, largest=False", ((3, 6),)),
    ("x, 0", ((3,),)),
    ("x, 1", ((),)),
    floats_only=True,
)
calls(
    "kthvalue", ("x, 2", ((5,),)), ("x, 1, 0", ((4, 3),)), ("x, 3, keepdim=True", ((2, 6),)), floats_only=True
)
calls("msort", ("x", ((4, 3),)), ("x", ((5,),)))
calls("median", ("x", ((5,),)), ("x", ((2, 4),)), derivative=False)
calls("median", ("x, 0", ((5, 2),)), ("x, -1, keepdim=True", ((2, 4),)), floats_only=True)
calls(
    "quantile",
    ("x, 0.3", ((5,),)),
    ("x, 0.5, 0", ((4, 3),)),
    ("x, m.tensor([0.1, 0.9], dtype=x.dtype), 1, keepdim=True", ((2, 6),)),
)
calls(
    "quantile",
    *[(f"x, 0.3, interpolation='{mode}'", ((8,),)) for mode in ("lower", "higher", "nearest", "midpoint")],
)
calls("quantile", ("x, 0.25, keepdim=True", ((2, 3),)))
calls(
    "unique",
    ("m.floor(x)", ((12,),)),
    ("m.floor(x), return_inverse=True, return_counts=True", ((3, 4),)),
    ("x", ((0,),)),
    derivative=False,
)
calls(
    "unique_consecutive",
    ("m.floor(x / 2), return_inverse=True, return_counts=True", ((12,),)),
    derivative=False,
)
calls(
    "searchsorted",
    ("m.msort(x), y", ((7,), (2, 3))),
    ("m.msort(x), y, right=True", ((7,), (4,))),
    ("m.sort(x).values, y", ((2, 5), (2, 3))),
    ("m.msort(x), 1", ((7,),)),
    derivative=False,
)
calls(
    "bucketize",
    ("x, m.msort(y)", ((2, 3), (5,))),
    ("x, m.msort(y), right=True", ((2, 3), (5,))),
    derivative=False,
)

# Arrangement --------------------------------------------------------------------------------------------
calls("tile", ("x, (2,)", ((2, 3),)), ("x, (2, 1, 3)", ((2, 3),)), ("x, (2,)", ((),)))
CALLS["repeat"] = [
    Call(f"x.repeat({a})", (s,))
    for a, s in (("2, 3", (2, 3)), ("2, 1, 1", (2, 3)), ("3", ()), ("(0, 2)", (2, 3)), ("2", (0,)))
]
calls(
    "repeat_interleave",
    ("x, 2", ((2, 3),)),
    ("x, 3, 1", ((2, 3),)),
    ("x, i(0, 2, 1), dim=1", ((2, 3),)),
    ("x, i(2, 0, 1)", ((3,),)),
    ("x, i(2), dim=0", ((3, 2),)),
    ("x, i(2, 3), 0, output_size=5", ((2,),)),
)
calls(
    "roll",
    ("x, 1", ((2, 3),)),
    ("x, -2, 1", ((2, 5),)),
    ("x, (1, 7), (0, 1)", ((4, 5),)),
    ("x, 3, 0", ((0, 2),)),
    ("x, 1", ((),)),
)
calls(
    "rot90",
    ("x", ((2, 3),)),
    ("x, 2", ((2, 3),)),
    ("x, -1, (0, 2)", ((2, 3, 4),)),
    ("x, 3, [1, 0]", ((2, 3),)),
)
calls("fliplr", ("x", ((2, 3),)))
calls("flipud", ("x", ((2, 3),)), ("x", ((4,),)))
calls(
    "diagonal",
    ("x", ((3, 4),)),
    ("x, 1", ((3, 4),)),
    ("x, -2, 1, 2", ((2, 4, 3),)),
    ("x, 9", ((2, 2),)),
    ("x, 0, 2, 0", ((2, 3, 4),)),
)
calls("diag", ("x", ((3,),)), ("x, -1", ((2,),)), ("x, 1", ((3, 4),)), ("x, 2", ((0,),)))
calls("diag_embed", ("x", ((2, 3),)), ("x, 1", ((3,),)), ("x, -1, 0, 2", ((2, 3),)))
calls("diagflat", ("x", ((2, 3),)), ("x, 1", ((2,),)), ("x", ((),)))
calls("trace", ("x", ((3, 3),)), ("x", ((2, 4),)), ("x", ((0, 3),)))
calls("swapaxes", ("x, 0, 2", ((2, 3, 4),)))
calls("swapdims", ("x, 0, -1", ((2, 3),)))
calls("moveaxis", ("x, 0, 2", ((2, 3, 4),)), ("x, (0, 1), (1, 2)", ((2, 3, 4),)))
calls("movedim", ("x, (2, 0), (0, 1)", ((2, 3, 4),)), ("x, -1, 0", ((2, 3),)))
calls("unflatten", ("x, 1, (2, -1)", ((3, 6),)), ("x, 0, (2, 2)", ((4, 3),)))
calls("broadcast_to", ("x, (2, 3)", ((3,),)), ("x, (4, 2, 3)", ((2, 1),)))
calls("broadcast_tensors", ("x, y", ((2, 1), (3,))))
calls("hstack", ("[x, y]", ((2, 3), (2, 1))), ("[x, y]", ((2,), (3,))), ("[x, y]", ((), ())))
calls("vstack", ("[x, y]", ((2, 3), (1, 3))), ("[x, y]", ((3,), (3,))))
calls("dstack", ("[x, y]", ((2, 3), (2, 3))), ("[x, y]", ((3,), (3,))))
calls("column_stack", ("[x, y]", ((3,), (3, 2))))
for name in ("atleast_1d", "atleast_2d", "atleast_3d"):
    calls(name, ("x", ((),)), ("x", ((3,),)), ("x", ((2, 3),)), ("x, y", ((), (2, 3))))
calls(
    "tensor_split",
    ("x, 3", ((7,),)),
    ("x, 3, 1", ((2, 4),)),
    ("x, (1, 3)", ((5,),)),
    ("x, (2, 9, -1)", ((5,),)),
)
calls("hsplit", ("x, 2", ((2, 4),)), ("x, [1]", ((3,),)))
calls("vsplit", ("x, 2", ((4, 2),)))
calls("dsplit", ("x, [1]", ((2, 3, 4),)))
calls(
    "meshgrid",
    ("x, y, indexing='ij'", ((2,), (3,))),
    ("x, y, z, indexing='xy'", ((2,), (3,), (1,))),
    ("[x, y], indexing='xy'", ((2,), ())),
)
calls("cartesian_prod", ("x, y", ((2,), (3,))), ("x", ((3,),)))
calls("block_diag", ("x, y, z", ((2, 3), (2,), ())), ("x", ((2, 2),)))
calls("argwhere", ("x", ((2, 3),)), ("x", ((),)), zeros=True, derivative=False)
calls("combinations", ("x", ((4,),)), ("x, 3", ((5,),)), ("x, 2, True", ((3,),)), ("x, 4", ((3,),)))
calls("tril_indices", ("3, 4", ()), ("4, 3, -1", ()), ("2, 2, 5", ()), derivative=False)
calls("triu_indices", ("3, 4", ()), ("4, 3, -1", ()), ("2, 2, 5", ()), derivative=False)
calls(
    "linspace",
    ("0, 1, 7", ()),
    ("3.0, -2.5, 4, dtype=m.float64", ()),
    ("5, 6, 1", ()),
    ("0, 1, 0", ()),
    derivative=False,
)
calls("logspace", ("0, 2, 5", ()), ("-1, 1, 4, 2.0, dtype=m.float64", ()), derivative=False)

# Places -------------------------------------------------------------------------------------------------
calls("take", ("x, i(0, 5, -1)", ((2, 3),)), ("x, i([[0, 1], [1, 1]])", ((4,),)))
calls(
    "take_along_dim",
    ("x, i([[0, 2], [1, 1]]), 1", ((2, 3),)),
    ("x, i([[0, 2]]), 1", ((2, 3),)),
    ("x, i(4, 0)", ((2, 3),)),
)
calls(
    "masked_select",
    ("x, b([True, False, True])", ((2, 3),)),
    ("x, b([[True], [False]])", ((3,),)),
    ("x, b(True)", ((2,),)),
)
calls(
    "masked_scatter",
    ("x, b([[True, False, True], [False, True, True]]), y", ((2, 3), (5,))),
    ("x, b([True, False, True]), y", ((2, 3), (2, 2))),
)
calls(
    "scatter",
    ("x, 1, i([[0, 2], [1, 0]]), y", ((2, 3), (2, 2))),
    ("x, 0, i([[1, 0, 1]]), y", ((2, 3), (1, 3))),
)
calls("scatter", ("x, 0, i([[1, 0, 1]]), y", ((2, 3), (3, 3))), derivative=False)
calls("scatter", ("x, 0, i(2, 0), 1.5", ((3,),)), floats_only=True)
calls(
    "scatter",
    ("x, 1, i([[0, 2], [1, 0]]), 1", ((2, 3),)),
    ("x, 0, i(1, 1), y, reduce='add'", ((3,), (2,))),
    derivative=False,
    refused=("bool",),
)
for mode in ("sum", "mean"):
    calls(
        "scatter_reduce",
        *[(f"x, 0, i(1, 1, 0), y, '{mode}'{extra}", ((4,), (3,))) for extra in ("", ", include_self=False")],
        floats_only=mode == "mean",
        refused=("bool",),
    )
calls(
    "index_add",
    ("x, 0, i(0, 2, 0), y", ((3, 2), (3, 2))),
    ("x, 1, i(1), y, alpha=2", ((2, 3), (2, 1))),
    refused=("bool",),
)
calls("index_copy", ("x, 0, i(2, 0), y", ((3, 2), (2, 2))), ("x, -1, i(1), y", ((2, 3), (2, 1))))
calls("index_fill", ("x, 0, i(2, 0), 1", ((3, 2),)), ("x, 1, i(1, 1), 1.5", ((2, 3),)), floats_only=True)

# Products -----------------------------------------------------------------------------------------------
calls("mm", ("x, y", ((2, 3), (3, 4))), ("x, y", ((0, 3), (3, 4))), ("x, y", ((2, 0), (0, 4))))
calls("bmm", ("x, y", ((2, 3, 4), (2, 4, 5))), ("x, y", ((0, 3, 4), (0, 4, 5))))
calls("mv", ("x, y", ((2, 3), (3,))))
for name in ("dot", "vdot"):
    calls(name, ("x, y", ((5,), (5,))), ("x, y", ((0,), (0,))))
calls(
    "inner",
    ("x, y", ((2, 3), (4, 3))),
    ("x, y", ((3,), (3,))),
    ("x, y", ((), (3,))),
    ("x, y", ((2, 4, 3), (3,))),
)
calls("outer", ("x, y", ((2,), (3,))), ("x, y", ((0,), (3,))))
calls("kron", ("x, y", ((2, 3), (2, 2))), ("x, y", ((2,), (3, 2))))
calls(
    "cross",
    ("x, y, dim=1", ((2, 3), (2, 3))),
    ("x, y, dim=-1", ((3,), (3,))),
    ("x, y, dim=0", ((3, 4), (3, 4))),
)
calls("addmm", ("x, y, z", ((2, 4), (2, 3), (3, 4))), ("x, y, z, beta=0", ((4,), (2, 3), (3, 4))))
calls("addmm", ("x, y, z, beta=0.5, alpha=2", ((4,), (2, 3), (3, 4))), floats_only=True)
calls("addmv", ("x, y, z, alpha=2", ((2,), (2, 3), (3,))))
calls("baddbmm", ("x, y, z, beta=2", ((2, 4), (5, 2, 3), (5, 3, 4))))
calls(
    "tensordot",
    ("x, y, 1", ((2, 3), (3, 4))),
    ("x, y", ((2, 3, 4), (3, 4, 2))),
    ("x, y, ([0, 2], [1, 0])", ((2, 3, 4), (4, 2))),
    ("x, y, 0", ((2,), (3,))),
)
calls(
    "einsum",
    ("'ij,jk->ik', x, y", ((2, 3), (3, 4))),
    ("'ij,jk', x, y", ((2, 3), (3, 4))),
    ("'ba', x", ((2, 3),)),
    ("'ii', x", ((3, 3),)),
    ("'ii->i', x", ((3, 3),)),
    ("'iji->ji', x", ((3, 2, 3),)),
    ("'bij,bjk->bik', x, y", ((2, 3, 4), (2, 4, 5))),
    ("'i,j->ij', x, y", ((2,), (3,))),
    ("'i,i->', x, y", ((4,), (4,))),
    ("'i,i->i', x, y", ((4,), (4,))),
    ("'...ij,...jk->...ik', x, y", ((2, 5, 3, 4), (5, 4, 2))),
    ("'...ij,...jk->...ik', x, y", ((2, 1, 3, 4), (5, 4, 2))),
    ("'...i->...', x", ((2, 3, 4),)),
    ("'i...->...i', x", ((2, 3, 4),)),
    ("'...,...', x, y", ((2, 3), (3,))),
    ("'bhqd,bhkd->bhqk', x, y", ((2, 2, 3, 4), (2, 2, 5, 4))),
    ("'ij->', x", ((2, 3),)),
    ("'ij,jk,kl->il', x, y, z", ((2, 3), (3, 4), (4, 2))),
    ("'i,ij,j->', x, y, z", ((2,), (2, 3), (3,))),
    ("'ab,ac,ad->bcd', x, y, z", ((4, 2), (4, 3), (4, 2))),
    ("' i j , j k -> k i ', x, y", ((2, 3), (3, 4))),
    ("',i->i', x, y", ((), (3,))),
    ("'ij,jk->ik', x, y", ((0, 3), (3, 4))),
    ("'ij,jk->ik', x, y", ((2, 0), (0, 4))),
)

calls(
    "einsum",
    ("'ij,kl->', x, y", ((2, 3), (4, 2))),
    ("'ij,ij->j', x, y", ((1, 3), (4, 3))),
    ("'ij,k->k', x, y", ((2, 3), (4,))),
    floats_only=True,
)

# Numbers of numbers -------------------------------------------------------------------------------------
calls(
    "norm",
    ("x", ((2, 3),)),
    ("x, 1", ((5,),)),
    ("x, 3, 0", ((4, 3),)),
    ("x, inf, -1, True", ((2, 5),)),
    ("x, -inf", ((5,),)),
    ("x, 0.5, (0, 1)", ((2, 3),)),
    ("x, 'fro', 1", ((2, 3),)),
)
calls(
    "norm",
    ("x", ((3,),)),
    ("x, 2, 1", ((3, 4),)),
    ("x, 0, 0", ((4, 3),)),
    ("x, 1", ((4,),)),
    zeros=True,
    derivative=False,
)
calls(
    "var_mean", ("x", ((5,),)), ("x, 1", ((2, 4),)), ("x, (0, 2), correction=0, keepdim=True", ((2, 3, 4),))
)
calls("std_mean", ("x", ((5,),)), ("x, 0, correction=0", ((3, 4),)))
calls("nansum", ("x", ((2, 3),)), ("x, 1, keepdim=True", ((2, 3),)), ("m.sqrt(x)", ((7,),)), derivative=False)
calls("nanmean", ("x", ((2, 3),)), ("x, 0", ((2, 3),)), ("m.sqrt(x), 0", ((7, 2),)), derivative=False)
calls(
    "count_nonzero",
    ("x", ((2, 3),)),
    ("x, 1", ((2, 3),)),
    ("x, (0, 1)", ((2, 3),)),
    zeros=True,
    derivative=False,
)
calls("aminmax", ("x", ((2, 3),)), ("x, dim=1", ((2, 3),)), ("x, dim=0, keepdim=True", ((4, 2),)))
calls("cov", ("x", ((3, 5),)), ("x, correction=0", ((2, 4),)), ("x", ((5,),)))
calls("corrcoef", ("x", ((3, 5),)))
calls(
    "bincount",
    ("x", ((9,),)),
    ("x, minlength=9", ((4,),)),
    ("x, m.tensor([0.5, 1, 2, 3])", ((4,),)),
    low=0,
    derivative=False,
)
calls("histc", ("x, 5, -2, 2", ((30,),)), ("x, 4", ((11,),)), ("x, 3, 0, 1", ((0,),)), derivative=False)
calls(
    "cdist",
    ("x, y", ((3, 4), (5, 4))),
    ("x, y, 1.0", ((2, 3, 4), (2, 2, 4))),
    ("x, y, inf", ((3, 4), (5, 4))),
    floats_only=True,
    derivative=False,
)
calls("allclose", ("x, x * 1.000001", ((5,),)), ("x, x + 1", ((5,),)), derivative=False)
calls("equal", ("x, x.clone()", ((5,),)), ("x, x + 1", ((5,),)), ("x, y", ((5,), (4,))), derivative=False)
calls("isin", ("x, y", ((2, 3), (4,))), ("x, y, invert=True", ((2, 3), (4,))), derivative=False)
calls("max", ("x, 1", ((2, 3),)), ("x, 0, True", ((2, 3),)))
calls("sort", ("x, 0", ((4, 3),)), ("x, descending=True", ((5,),)), floats_only=True)

# Under torch.linalg -------------------------------------------------------------------------------------
CALLS["linalg.norm"] = [
    Call(f"m.linalg.norm({arguments})", (shape,))
    for arguments, shape in [
        ("x", (2, 3)),
        ("x, 2", (5,)),
        ("x, 'fro'", (2, 3)),
        ("x, 1", (2, 3)),
        ("x, -inf, (0, 2), True", (2, 3, 4)),
        ("x, 3, 1", (2, 3)),
        ("x, inf, 0, True", (4, 3)),
    ]
]
CALLS["linalg.vector_norm"] = [
    Call("m.linalg.vector_norm(x, 3, (0, 1))", ((2, 3),)),
    Call("m.linalg.vector_norm(x)", ((2, 3),)),
]
CALLS["linalg.matrix_norm"] = [
    Call(f"m.linalg.matrix_norm({a})", ((2, 3, 4),))
    for a in ("x", "x, -1", "x, inf, keepdim=True", "x, 1, (0, 1)")
]
CALLS["linalg.multi_dot"] = [
    Call("m.linalg.multi_dot([x, y, z])", shapes)
    for shapes in [((2, 7), (7, 3), (3, 5)), ((7,), (7, 3), (3,)), ((9, 2), (2, 8), (8, 1))]
]
CALLS["linalg.vecdot"] = [
    Call("m.linalg.vecdot(x, y)", ((2, 3), (3,))),
    Call("m.linalg.vecdot(x, y, dim=0)", ((2, 3), (2, 3))),
]
CALLS["operators"] = [
    Call(text, shapes, derivative=False)
    for text, shapes in [
        ("x & y", ((2, 3), (3,))),
        ("x | 3", ((4,),)),
        ("5 ^ x", ((4,),)),
        ("~x", ((4,),)),
        ("x << 1", ((4,),)),
        ("2 >> m.abs(x)", ((4,),)),
        ("x < 2", ((4,),)),
        ("x in [y]", ((), ())),
    ]
]
