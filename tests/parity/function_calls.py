"""Calls of functions that are made of several ops, in the form of `tensor_calls.py`."""

from __future__ import annotations

from parity.tensor_calls import CALLS, Call, Shape, calls


def methods(name: str, *variants: tuple[str, tuple[Shape, ...]], **options: object) -> None:
    """Adds calls of a method of x."""
    made = CALLS.setdefault(name, [])
    for arguments, shapes in variants:
        made.append(Call(f"x.{name}({arguments})", shapes, **options))  # type: ignore[arg-type]


# Differences and integrals ------------------------------------------------------------------------------
calls(
    "diff",
    ("x", ((5,),)),
    ("x, 2, 0", ((4, 3),)),
    ("x, 3", ((2, 2),)),
    ("x, 0", ((2, 2),)),
    ("x", ((0,),)),
    ("x, n=1, dim=1", ((2, 1),)),
    ("x, dim=0, prepend=y, append=z", ((3, 2), (1, 2), (2, 2))),
    ("x, append=y", ((4,), (0,))),
)
for name in ("trapezoid", "trapz", "cumulative_trapezoid"):
    calls(
        name,
        ("x", ((5,),)),
        ("x, y", ((5,), (5,))),
        ("x, y, dim=0", ((4, 3), (4,))),
        ("x, y", ((2, 3), (2, 3))),
        ("x, y", ((4, 2, 3), (2, 3))),
        ("x, dx=0.5", ((2, 3),)),
        ("x, dx=2, dim=0", ((4, 3),)),
        ("x", ((2, 1),)),
        refused=("bool",),
    )
calls("trapezoid", ("x", ((2, 0),)), ("x, y", ((1,), (1,))), floats_only=True, derivative=False)
calls(
    "gradient",
    ("x", ((5,),)),
    ("x", ((3, 4),)),
    ("x, spacing=0.5, edge_order=2", ((4, 3),)),
    ("x, spacing=None, dim=0", ((4, 3),)),
    ("x, spacing=2, dim=1", ((2, 3),)),
    ("x, spacing=(0.5, 2.0), dim=(-1, 0)", ((3, 4),)),
    ("x, spacing=m.tensor(0.5, dtype=m.float64)", ((4,),)),
    ("x, spacing=[m.cumsum(y * y + 1, 0), m.cumsum(z * z + 1, 0)]", ((4, 3), (4,), (3,))),
    ("x, spacing=(m.cumsum(y * y + 1, 0),), dim=0, edge_order=2", ((5, 2), (5,))),
    ("x", ((2,),)),
    ("x, dim=1", ((2, 3, 1),)),
    floats_only=True,
)
calls("gradient", ("x, spacing=2", ((4,),)), refused=("uint8", "bool"))

# Statistics ---------------------------------------------------------------------------------------------
calls("mode", ("x", ((7,),)), ("x, 0", ((4, 3),)), ("x, -1, True", ((3, 8),)), ("x", ((),)), ("x", ((0, 2),)))
calls("mode", ("m.floor(x), 1", ((3, 9),)), derivative=False)
NANS = "x / (x > -1) * (x > -1)"
calls("nanmedian", ("x", ((5,),)), ("x, 0", ((4, 3),)), ("x", ((),)), ("x, 0", ((),)))
calls("nanmedian", ("x", ((0,),)), derivative=False, floats_only=True)
calls(
    "nanmedian",
    *[(f"{NANS}{rest}", ((5, 6),)) for rest in ("", ", 0", ", -1, True")],
    ("x / 0 * 0", ((3,),)),
    ("x / 0 * 0, 0", ((3, 2),)),
    derivative=False,
    floats_only=True,
)
calls(
    "nanquantile",
    *[
        (f"{NANS}, {rest}", ((5, 6),))
        for rest in (
            "0.3",
            "0.5, 0",
            "m.tensor([0.1, 0.9, 1.0], dtype=x.dtype), 1",
            "m.tensor([0.1, 0.9], dtype=x.dtype), 0, keepdim=True",
            "0.25, keepdim=True",
            *[f"0.3, -1, interpolation='{how}'" for how in ("lower", "higher", "nearest", "midpoint")],
        )
    ],
    ("x / 0 * 0, 0.4", ((3,),)),
    derivative=False,
    floats_only=True,
)
calls(
    "nanquantile",
    ("x, 0.4", ((),)),
    ("x, 0.4, 0", ((5, 2),)),
    ("x, m.tensor([0.2, 0.7], dtype=x.dtype)", ((7,),)),
)
calls(
    "dist",
    ("x, y", ((2, 3), (2, 3))),
    ("x, y, 1", ((2, 1), (3,))),
    ("x, y, inf", ((5,), (5,))),
    ("x, y, 3.5", ((5,), (5,))),
    ("x, y, -inf", ((5,), (5,))),
    ("x, y", ((), ())),
    refused=("int64", "int32", "int16", "int8", "uint8", "bool"),
)
calls("dist", ("x, y, 0", ((5,), (5,))), ("x, x", ((5,),)), derivative=False, floats_only=True)
calls(
    "renorm",
    ("x, 2, 0, 1.0", ((3, 4),)),
    ("x, 1, 1, 2.0", ((3, 4),)),
    ("x, 3, -1, 2.0", ((2, 3, 2),)),
    ("x, inf, 0, 2", ((3, 4),)),
    ("x, 2, 0, 100.0", ((3, 4),)),
)
calls(
    "histogram",
    ("x, 5", ((30,),)),
    ("x, 4, range=(-1.0, 2.0)", ((5, 6),)),
    (
        "x, 7, weight=y, density=True",
        ((4, 5), (4, 5)),
    ),
    ("x, m.tensor([-2.0, -1.0, 1.5, 2.0], dtype=x.dtype)", ((30,),)),
    ("x, m.tensor([-2.0, -1.0, 1.5], dtype=x.dtype), density=True", ((30,),)),
    ("x * 0 + 1, 3", ((5,),)),
    ("x, 3", ((0,),)),
    ("m.tensor([0.0, 1.0, 2.0, 3.0], dtype=x.dtype) + x * 0, 3", ((4,),)),
    ("x, 3, range=(1.0, 1.0)", ((4,),)),
    derivative=False,
)
calls(
    "histogramdd",
    ("x, [3, 4]", ((20, 2),)),
    ("x, 3, density=True", ((20, 2),)),
    ("x, [2, 2, 3], range=[-1.0, 1.0, 0.0, 2.0, -3.0, 3.0]", ((4, 9, 3),)),
    ("x, [m.tensor([-2.0, 0.0, 2.0], dtype=x.dtype)] * 2, weight=y", ((20, 2), (20,))),
    derivative=False,
)
calls(
    "pdist",
    ("x", ((5, 3),)),
    ("x, 1.0", ((4, 2),)),
    ("x, inf", ((4, 2),)),
    ("x", ((1, 2),)),
    ("x", ((0, 2),)),
    derivative=False,
    floats_only=True,
)

# Products -----------------------------------------------------------------------------------------------
calls(
    "addr",
    ("x, y, z", ((2, 3), (2,), (3,))),
    ("x, y, z", ((), (2,), (3,))),
    ("x, y, z, beta=2, alpha=3", ((3,), (2,), (3,))),
    ("x, y, z, alpha=0", ((2, 3), (2,), (3,))),
)
calls(
    "addr",
    ("x, y, z, beta=0.5, alpha=0.25", ((2, 1), (2,), (3,))),
    refused=("int64", "int32", "int16", "int8", "uint8", "bool"),
)
calls(
    "addbmm",
    ("x, y, z", ((2, 5), (4, 2, 3), (4, 3, 5))),
    ("x, y, z, beta=2, alpha=3", ((5,), (1, 2, 3), (1, 3, 5))),
    ("x, y, z, beta=0", ((2, 5), (0, 2, 3), (0, 3, 5))),
    refused=("bool",),
)
calls(
    "chain_matmul",
    ("x, y, z", ((2, 7), (7, 3), (3, 5))),
    ("x", ((2, 3),)),
    ("x, y", ((2, 3), (3, 1))),
    floats_only=True,
)
calls(
    "vander",
    ("x", ((4,),)),
    ("x, 2", ((4,),)),
    ("x, 5, True", ((3,),)),
    ("x, 0", ((3,),)),
    ("x", ((0,),)),
    ("x, 1", ((3,),)),
    derivative=False,
)
calls(
    "frobenius_norm",
    ("x, 1", ((2, 3),)),
    ("x, [0, 1], True", ((2, 3),)),
    ("x, ()", ((2, 3),)),
    floats_only=True,
)
calls(
    "norm_except_dim",
    ("x", ((2, 3, 4),)),
    ("x, 2, 2", ((2, 3, 4),)),
    ("x, 3, 1", ((2, 3, 4),)),
    ("x, 2, -1", ((2, 3),)),
    ("x", ((3,),)),
    floats_only=True,
)
calls("rsub", ("x, y", ((2, 3), (3,))), ("x, 2", ((3,),)), ("x, y, alpha=3", ((3,), (3,))), floats_only=True)

# Places -------------------------------------------------------------------------------------------------
calls(
    "select_scatter",
    ("x, y, 0, -1", ((2, 3), (3,))),
    ("x, y, 1, 1", ((2, 3, 4), (2, 4))),
    ("x, y, 0, 2", ((3,), ())),
)
calls(
    "slice_scatter",
    ("x, y, start=6", ((8, 2), (2, 2))),
    ("x, y, 1, -3, 20, 2", ((2, 5), (2, 2))),
    ("x, y, 0, 3, 1", ((4,), (0,))),
    ("x, y", ((2, 3), (2, 3))),
)
calls(
    "diagonal_scatter",
    ("x, y", ((3, 3), (3,))),
    ("x, y, 1", ((3, 4), (3,))),
    ("x, y, -1, 2, 0", ((3, 2, 4), (2, 3))),
    ("x, y, 5", ((3, 4), (0,))),
)
calls(
    "put",
    ("x, i(0, -1, 2), y", ((2, 3), (3,))),
    ("x, i([0, 0], [3, -6]), y, True", ((2, 3), (2, 2))),
    ("x, i(0), y", ((), ())),
    floats_only=True,
)
methods(
    "fill_diagonal_",
    *[
        (rest, (shape,))
        for rest, shape in (
            ("2", (3, 3)),
            ("2", (7, 3)),
            ("2", (3, 7)),
            ("2, wrap=True", (9, 3)),
            ("2", (3, 3, 3)),
            ("2", (0, 2)),
        )
    ],
    derivative=False,
)
calls("fill", ("x, 3", ((2, 3),)), ("x, 1", ((),)), derivative=False)
calls("fill", ("x, y", ((2, 3), ())))
calls(
    "unravel_index",
    ("i(5, 7, 0), (2, 4)", ()),
    ("i([11, 3]), (2, 3, 2)", ()),
    ("i(5), 9", ()),
    ("i(9, -1), (2, 4)", ()),
    derivative=False,
)
calls(
    "nonzero_static",
    ("x, size=3", ((2, 3),)),
    ("x, size=9, fill_value=7", ((4,),)),
    ("x, size=2", ((),)),
    ("x, size=2", ((0, 3),)),
    ("x, size=0", ((3,),)),
    zeros=True,
    derivative=False,
)

# Shapes -------------------------------------------------------------------------------------------------
calls("ravel", ("x", ((2, 3),)), ("x.T", ((2, 3),)), ("x", ((),)))
methods("sum_to_size", *[(rest, ((2, 3, 4),)) for rest in ("3, 4", "1, 4", "(2, 1, 1)", "2, 3, 4", "1")])
methods("nelement", ("", ((2, 3),)), derivative=False)
calls("narrow_copy", ("x, 0, 1, 2", ((4, 2),)), ("x, 1, 1, 1", ((4, 2),)))
calls("narrow_copy", ("x, 1, -1, 1", ((4, 2),)), derivative=False)
calls("split_with_sizes", ("x, [1, 3]", ((4, 2),)), ("x, [1, 0, 2], 1", ((2, 3),)))
calls("unsafe_split_with_sizes", ("x, [1, 3]", ((4, 2),)))
calls("unsafe_split", ("x, 3", ((4, 2),)), ("x, 2, -1", ((2, 3),)))
calls("unsafe_chunk", ("x, 3", ((4, 2),)), ("x, 2, -1", ((2, 3),)))
calls("channel_shuffle", ("x, 2", ((2, 6, 3),)), ("x, 3", ((1, 6, 2, 2),)), ("x, 1", ((0, 4, 2),)))
calls("constant_pad_nd", ("x, [1, 2], 5", ((2, 3),)), ("x, [1, -1]", ((2, 3),)), floats_only=True)
calls(
    "broadcast_shapes",
    ("(2, 1), (3,)", ()),
    ("3, (1, 2, 1)", ()),
    ("(0, 1), (1, 4)", ()),
    ("", ()),
    derivative=False,
)

# Made from numbers --------------------------------------------------------------------------------------
calls(
    "range",
    ("1, 4", ()),
    ("1, 4, 0.5", ()),
    ("4, 1, -1.5", ()),
    ("1, 4, dtype=m.int64", ()),
    ("0, 1, 0.3, dtype=m.float64", ()),
    ("2, 2", ()),
    derivative=False,
)
calls(
    "scalar_tensor",
    ("3", ()),
    ("True", ()),
    ("2.5, dtype=m.float64", ()),
    ("2, dtype=m.int32", ()),
    derivative=False,
)

# Under torch.masked -------------------------------------------------------------------------------------
MASK = "mask=b([[True, False, True], [False, True, True], [True, True, False]])"
NOTHING = "mask=b([[True], [False], [False]])"
for name in ("sum", "prod", "amax", "amin", "mean", "var", "std", "logsumexp"):
    refused = ("int64", "int32", "int16", "int8", "uint8", "bool") if name == "logsumexp" else ()
    calls(
        f"masked.{name}",
        (f"x, 1, {MASK}", ((3, 3),)),
        (f"x, -2, keepdim=True, {MASK}", ((2, 3, 3),)),
        (f"x, (0, 1), {MASK}", ((3, 3),)),
        (f"x, {MASK}", ((3, 3),)),
        ("x, 0", ((3, 2),)),
        refused=refused,
    )
    calls(f"masked.{name}", (f"x, 1, {NOTHING}", ((3, 3),)), derivative=False, floats_only=True)
for name in ("argmax", "argmin"):
    calls(
        f"masked.{name}",
        *[
            (f"x, {rest}", ((3, 3),))
            for rest in (f"1, {MASK}", f"0, keepdim=True, {MASK}", MASK, f"1, {NOTHING}")
        ],
        ("x, 1", ((2, 3),)),
        derivative=False,
        floats_only=True,
    )
for rest in ("unbiased=False", "correction=0", "correction=2"):
    for name in ("var", "std"):
        calls(
            f"masked.{name}",
            (f"x, 1, {rest}, mask=b([True, True, False, True])", ((3, 4),)),
            floats_only=True,
        )
for rest in ("2.0", "1", "3", "inf"):
    calls(
        "masked.norm",
        (f"x, {rest}, 1, {MASK}", ((3, 3),)),
        (f"x, {rest}, {MASK}", ((3, 3),)),
        floats_only=True,
    )
    calls("masked.normalize", (f"x, {rest}, 1, {MASK}", ((3, 3),)), floats_only=True)
calls("masked.norm", (f"x, -inf, 1, {NOTHING}", ((3, 3),)), derivative=False, floats_only=True)
calls(
    "masked.median",
    (f"x, 1, {MASK}", ((3, 3),)),
    ("x, 0", ((5, 2),)),
    (f"x, 0, keepdim=True, {MASK}", ((3, 3),)),
)
calls("masked.median", (f"x, 1, {NOTHING}", ((3, 3),)), derivative=False, floats_only=True)
for name in ("softmax", "log_softmax", "softmin"):
    calls(
        f"masked.{name}",
        (f"x, 1, {MASK}", ((3, 3),)),
        (f"x, 0, {MASK}", ((3, 3),)),
        ("x, -1", ((2, 3),)),
        floats_only=True,
    )
    calls(f"masked.{name}", (f"x, 1, {NOTHING}", ((3, 3),)), derivative=False, floats_only=True)
for name in ("cumsum", "cumprod"):
    calls(f"masked.{name}", (f"x, 1, {MASK}", ((3, 3),)), (f"x, 0, {NOTHING}", ((3, 3),)), refused=("bool",))
calls(
    "masked.logaddexp",
    ("x, y, input_mask=b([True, False, True]), other_mask=b([True, True, False])", ((2, 3), (2, 3))),
    ("x, y", ((3,), (3,))),
    floats_only=True,
    derivative=False,
)

# Windows ------------------------------------------------------------------------------------------------
for name in ("bartlett", "blackman", "hamming", "hann", "kaiser"):
    options = ("", ", False", ", dtype=m.float64")
    calls(
        f"{name}_window",
        *[(f"{n}{rest}", ()) for n in (0, 1, 2, 7, 16) for rest in options],
        derivative=False,
    )
calls("hamming_window", ("9, True, 0.6, 0.4", ()), ("9, False, 0.6", ()), derivative=False)
calls("kaiser_window", ("9, True, 5.0", ()), ("9, False, 0.0", ()), ("30, True, 60.0", ()), derivative=False)
for name in (
    "bartlett",
    "blackman",
    "cosine",
    "exponential",
    "gaussian",
    "hamming",
    "hann",
    "kaiser",
    "nuttall",
    "general_hamming",
):
    options = ("", ", sym=False", ", dtype=m.float64")
    calls(
        f"signal.windows.{name}",
        *[(f"{n}{rest}", ()) for n in (0, 1, 2, 7, 16) for rest in options],
        derivative=False,
    )
calls(
    "signal.windows.exponential",
    ("9, tau=2.5", ()),
    ("9, center=1.5, tau=2.0, sym=False", ()),
    derivative=False,
)
calls("signal.windows.gaussian", ("9, std=2.5", ()), derivative=False)
calls("signal.windows.general_hamming", ("9, alpha=0.7, sym=False", ()), derivative=False)
calls(
    "signal.windows.general_cosine",
    ("9, a=[0.4, 0.3, 0.2, 0.1]", ()),
    ("5, a=(0.5,)", ()),
    ("1, a=[0.2, 0.8]", ()),
    derivative=False,
)
calls("signal.windows.kaiser", ("9, beta=5.0", ()), ("9, beta=0.0, sym=False", ()), derivative=False)

# Contractions, and parts ---------------------------------------------------------------------------------
calls(
    "einsum",
    ("x, [0, 1], y, [1, 2], [0, 2]", ((2, 3), (3, 4))),
    ("x, [0, 1], y, [1, 2]", ((2, 3), (3, 4))),
    ("x, [..., 1], y, [1, ...], [...]", ((2, 3), (3, 2))),
    ("x, [3, 30]", ((2, 3),)),
    ("x, [51, 0], y, [0, 51]", ((2, 3), (3, 2))),
    ("x, [0, 0]", ((3, 3),)),
    ("'ij,jk', [x, y]", ((2, 3), (3, 2))),
    ("' i j , j -> i ', x, y", ((2, 3), (3,))),
    floats_only=True,
)
calls(
    "tensordot",
    ("x, y, ([0, 1], [2, 0])", ((1, 1, 4), (2, 3, 2))),
    ("x, y, ([-1], [0])", ((2, 3), (3, 2))),
    ("x, y, m.tensor(1)", ((2, 3), (3, 2))),
    ("x, y, i([1], [0])", ((2, 3), (3, 2))),
    ("x, y, 0", ((2,), (3,))),
    floats_only=True,
)
calls(
    "tensor_split",
    ("x, i(1, 3)", ((5, 2),)),
    ("x, i(2), 1", ((3, 5),)),
    ("x, sections=3", ((5, 2),)),
    ("x, indices=(1, 3), dim=1", ((2, 5),)),
)

# Stretches -----------------------------------------------------------------------------------------------
for how in ("sum", "mean", "prod", "max", "min"):
    calls(
        "segment_reduce",
        (f"x, '{how}', lengths=i(2, 1, 3)", ((6,),)),
        (f"x, '{how}', lengths=i(2, 0, 3)", ((5,),)),
        (f"x, '{how}', offsets=i(0, 2, 5)", ((5, 2),)),
        (f"x, '{how}', lengths=i([1, 2], [2, 1]), axis=1", ((2, 3, 2),)),
        (f"x, '{how}', lengths=i(2, 1, 3), initial=0.5", ((6,),)),
        (f"x, '{how}', lengths=i(2, 1), unsafe=True", ((6,),)),
        derivative=False,
        floats_only=True,
    )


# Further forms -------------------------------------------------------------------------------------------
calls(
    "where",
    ("x > 0", ((2, 3),)),
    ("x", ((2, 3),)),
    ("x", ((),)),
    ("x > 9", ((3,),)),
    zeros=True,
    derivative=False,
)
calls("repeat_interleave", ("i(2, 0, 1)", ()), ("i(2, 0, 1), output_size=3", ()), derivative=False)
