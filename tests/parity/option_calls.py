"""Calls with the options of functions, in the form of `tensor_calls.py`."""

from __future__ import annotations

from parity.function_calls import methods
from parity.special_calls import CALLS as CALLS
from parity.tensor_calls import calls

# Arithmetic ---------------------------------------------------------------------------------------------
for name in ("add", "sub", "subtract", "rsub"):
    calls(
        name,
        ("x, y, alpha=2", ((2, 3), (3,))),
        ("x, y, alpha=-0.5", ((2, 3), (2, 3))),
        ("x, 3, alpha=2", ((2, 3),)),
        ("x, 1.5, alpha=3", ((),)),
        ("x, y, alpha=2", ((0, 2), (2,))),
        refused=("bool",) if name != "add" else (),
    )
for name in ("div", "divide"):
    calls(
        name,
        *[(f"x, y, rounding_mode={mode!r}", ((2, 3), (3,))) for mode in ("floor", "trunc", None)],
        ("x, 2.5, rounding_mode='trunc'", ((2, 3),)),
        low=1,
        high=9,
    )
    calls(name, *[(f"x, 2, rounding_mode={m!r}", ((2, 3),)) for m in ("floor", "trunc")], low=-9, high=9)
    calls(name, ("x, -2, rounding_mode='trunc'", ((7,),)), low=-9, high=9, floats_only=True)
calls("round", *[(f"x, decimals={n}", ((2, 3),)) for n in (-2, -1, 0, 1, 3)], low=-300, high=300)
methods("add", ("y, alpha=2", ((2, 3), (3,))), derivative=False)
methods("div_", ("y, rounding_mode='floor'", ((2, 3), (3,))), low=1, high=9, derivative=False)
methods("round_", ("decimals=1", ((2, 3),)), derivative=False)
methods("sub_", ("y, alpha=2", ((2, 3), (3,))), derivative=False, refused=("bool",))

# Reductions ---------------------------------------------------------------------------------------------
for name in ("var", "std", "var_mean", "std_mean"):
    calls(
        name,
        ("x, False", ((2, 5),)),
        ("x, unbiased=False", ((2, 5),)),
        ("x, 1, False", ((2, 5),)),
        ("x, 1, True, True", ((2, 5),)),
        ("x, dim=(0, 1), unbiased=False, keepdim=True", ((2, 5),)),
        ("x, 1, correction=0", ((2, 5),)),
        ("x, correction=2, keepdim=True", ((2, 5),)),
        ("x, dim=1, correction=None", ((2, 5),)),
        floats_only=True,
    )
calls(
    "cov",
    ("x", ((3, 5),)),
    ("x, fweights=i(1, 2, 3, 1, 1)", ((3, 5),)),
    ("x, aweights=m.abs(y)", ((3, 5), (5,))),
    ("x, fweights=i(1, 2, 3, 1, 1), aweights=m.abs(y)", ((3, 5), (5,))),
    ("x, correction=0, aweights=m.abs(y)", ((5,), (5,))),
    floats_only=True,
)

# Places -------------------------------------------------------------------------------------------------
calls(
    "nonzero",
    ("x, as_tuple=True", ((3, 4),)),
    ("x, as_tuple=True", ((),)),
    ("x, as_tuple=True", ((0, 2),)),
    ("x, as_tuple=False", ((3, 4),)),
    zeros=True,
    derivative=False,
)
calls(
    "searchsorted",
    *[
        (f"m.sort(x)[0], y, {option}", ((3, 5), (3, 4)))
        for option in ("right=True", "side='right'", "side='left'", "out_int32=True")
    ],
    ("x, y, sorter=m.argsort(x)", ((5,), (2, 3))),
    ("x, y, sorter=m.argsort(x), side='right', out_int32=True", ((2, 5), (2, 3))),
    ("m.sort(x)[0], 0, out_int32=True", ((5,),)),
    derivative=False,
)
calls(
    "bucketize",
    ("x, m.sort(y)[0], out_int32=True", ((2, 3), (4,))),
    ("x, m.sort(y)[0], out_int32=True, right=True", ((2, 3), (4,))),
    derivative=False,
)
_ROWS = "i([[1, 2], [0, 5], [1, 2], [1, 1], [0, 5]])"
calls(
    "unique",
    *[
        (f"{_ROWS}, dim={dim}, return_inverse={inverse}, return_counts={counts}", ((),))
        for dim in (0, 1, -1)
        for inverse in (True, False)
        for counts in (True, False)
    ],
    ("m.round(x), dim=0", ((9, 1),)),
    ("m.round(x), dim=1, return_inverse=True", ((2, 6, 2),)),
    ("x, dim=0, return_counts=True", ((0, 3),)),
    derivative=False,
)
calls(
    "unique_consecutive",
    *[
        (f"{_ROWS}, return_inverse={inverse}, return_counts={counts}, dim={dim}", ((),))
        for dim in (0, 1)
        for inverse in (True, False)
        for counts in (True, False)
    ],
    derivative=False,
)
calls(
    "take_along_dim",
    ("x, i([[-1, 0], [1, -2]]), 1", ((2, 3),)),
    ("x, i([[-1]]), dim=0", ((2, 3),)),
)
calls("take_along_dim", ("x, i([-1, -6, 2])", ((2, 3),)), derivative=False)
calls("gather", ("x, 1, i([[0, 0], [1, 2]]), sparse_grad=False", ((2, 3),)))

# Scatters -----------------------------------------------------------------------------------------------
for reduce in ("sum", "prod", "mean", "amax", "amin"):
    SUMS = ("bool",) if reduce in ("sum", "mean") else ()
    for own in (True, False):
        options = f"{reduce!r}, include_self={own}"
        calls(
            "scatter_reduce",
            (f"x, 1, i([[0, 0, 2, 0], [1, 1, 1, 0]]), y, {options}", ((2, 3), (2, 4))),
            (f"x, 0, i([[0, 1, 0], [0, 0, 0]]), y, {options}", ((2, 3), (2, 3))),
            refused=SUMS,
        )
        calls(
            "scatter_reduce",
            (f"x, 0, i([0, 0, 0]), y, {options}", ((2,), (5,))),
            (f"x, -1, i([[], []]), y, {options}", ((2, 3), (2, 4))),
            refused=SUMS,
            derivative=False,
        )
        if reduce != "sum":
            calls(
                "index_reduce",
                (f"x, 0, i(0, 2, 0, 0), y, {options}", ((3, 2), (4, 2))),
                (f"x, 1, i(1, 1), y, {options}", ((2, 3), (2, 2))),
                (f"x, 0, i(0, 1), y, {options}", ((3,), (2,))),
                refused=SUMS,
            )
calls(
    "scatter_reduce",
    *[(f"x, 0, i(0, 0, 1, 0), y, {r!r}", ((3,), (4,))) for r in ("amax", "prod")],
    zeros=True,
    # Torch has no second derivative where several factors are 0.
    derivative=False,
)
calls(
    "scatter",
    ("x, 1, i([[0, 2], [1, 1]]), value=3", ((2, 3),)),
    ("x, 0, i([[0, 1]]), value=2", ((2, 3),)),
    refused=("bool",),
)
methods("scatter", ("1, i([[0, 2], [1, 2]]), value=1", ((2, 3),)), refused=("bool",))
methods("scatter_", ("1, i([[0, 2], [1, 2]]), y, reduce='multiply'", ((2, 3), (2, 2))), derivative=False)
methods(
    "scatter_",
    ("1, i([[0, 0], [1, 2]]), y, reduce='add'", ((2, 3), (2, 2))),
    ("1, i([[0, 2], [1, 2]]), 2, reduce='multiply'", ((2, 3),)),
    derivative=False,
    refused=("bool",),
)
methods(
    "scatter_reduce_",
    ("1, i([[0, 2], [1, 2]]), y, 'amax'", ((2, 3), (2, 2))),
    derivative=False,
)
methods("index_reduce_", ("0, i(0, 0), y, 'prod'", ((2, 3), (2, 3))), derivative=False)

# Parts and rows -----------------------------------------------------------------------------------------
methods("split", ("split_size=2", ((5, 2),)), ("split_size=[1, 4], dim=0", ((5, 2),)))
calls("split", ("x, split_size_or_sections=2, dim=1", ((2, 5),)))
calls("tensor_split", ("x, sections=3", ((7,),)), ("x, indices=(1, 4)", ((7,),)))
for name in ("linspace", "logspace"):
    calls(
        name,
        ("x, y, 5", ((), ())),
        ("x, 2, 4, dtype=m.float64", ((),)),
        ("0, y, 1", ((), ())),
        ("x, y, 0", ((), ())),
        floats_only=True,
        low=-1,
        high=2,
        derivative=False,
    )
calls("linspace", ("x, 9, 5, dtype=m.int64", ((),)), ("1, x, 3, dtype=m.int32", ((),)), derivative=False)
for name, shapes in {"concat": ((2, 3), (1, 3)), "row_stack": ((3,), (2, 3))}.items():
    calls(name, ("[x, y]", shapes))
calls(
    "cdist",
    ("x, y, 2.0, 'donot_use_mm_for_euclid_dist'", ((3, 2), (4, 2))),
    floats_only=True,
    derivative=False,
)

calls(
    "as_strided", ("x, (2, 3), (1, 2)", ((6,),)), ("x, (3, 2), (1, 1), 1", ((2, 3),)), ("x, (), ()", ((4,),))
)
calls(
    "as_strided", ("x, (2, 0), (3, 1)", ((6,),)), ("x[1], (2,), (1,)", ((3, 4),)), ("x, (3,), (0,)", ((2,),))
)
