"""Steps that call functions made of several ops, and integer ones."""

from __future__ import annotations

import numpy as np

from invariant.compute import partner
from invariant.writer import Writer, step

# The shape of a result, from NumPy on an empty array; the same elements, moved or repeated. A clone is taken
# where the result in torch may be a view, which it forbids to write once grad mode has changed.
MOVES = [
    ("m.roll({}, 2)", lambda a: a),
    ("m.roll({}, -1, {d})", lambda a: a),
    ("{}.repeat({r})", lambda a: np.tile(a, (2,) + (1,) * a.ndim)),
    ("m.tile({}, (2,))", lambda a: np.tile(a, 2)),
    ("m.repeat_interleave({}, 2).clone()", lambda a: np.repeat(a, 2)),
    ("m.repeat_interleave({}, 2, {d}).clone()", None),
    ("m.flip({}, ({d},))", lambda a: a),
    ("m.diag_embed({})", lambda a: np.empty((*a.shape, a.shape[-1]), np.int8)),
    ("m.atleast_3d({}).clone()", np.atleast_3d),
    ("m.movedim({}, {d}, 0).clone()", None),
]
SMOOTH = [
    "m.expm1(m.tanh({}))",
    "m.log1p(m.abs({}))",
    "m.atan({})",
    "m.asinh({})",
    "m.sinc({})",
    "m.hypot({0}, {0} + 1)",
]
EXACT = ["m.ceil({})", "m.trunc({})", "m.square({})", "m.frac({})"]


@step(4)
def moved(w: Writer) -> None:
    x = w.some_float(rank=1)
    if x.array.size > 1e4:
        return
    d = w.rng.randrange(len(x.shape))
    text, shape_of = w.rng.choice(MOVES)
    if shape_of is not None:
        shape = shape_of(np.empty(x.shape, np.int8)).shape
    elif "movedim" in text:
        shape = (x.shape[d], *x.shape[:d], *x.shape[d + 1 :])
    else:
        shape = (*x.shape[:d], 2 * x.shape[d], *x.shape[d + 1 :])
    counts = ", ".join(["2"] + ["1"] * len(x.shape))
    w.result(text.format(x.s, d=d, r=counts), shape, [x], exact=True, bound=x.root.bound)


@step(3)
def elementwise(w: Writer) -> None:
    x = w.some_float()
    if w.chance(0.5):
        w.result(w.rng.choice(SMOOTH).format(x.s), x.shape, [x], exact=False, bound=x.root.bound + 3)
    elif x.root.exact or not w.torch:
        # Steps of a value that differs in its last bit would differ by 1.
        w.result(w.rng.choice(EXACT).format(x.s), x.shape, [x], exact=True, bound=x.root.bound**2 + 1)


@step(3)
def blended(w: Writer) -> None:
    x = w.some_float()
    y = partner(w, x)
    shape = np.broadcast_shapes(x.shape, y.shape)
    a, b = x.root.bound, y.root.bound
    text, bound = w.rng.choice(
        [
            ("m.lerp({0}, {1}, 0.25)", a + b),
            ("m.addcmul({0}, {1}, {0}, value=0.5)", a + a * b),
            ("m.addcdiv({0}, {1}, {0} * {0} + 1)", a + b),
            ("m.logaddexp({0}, {1})", a + b + 1),
            ("m.atan2({0}, {1} * {1} + 1)", 2),
        ]
    )
    w.result(text.format(x.s, y.s), shape, [x, y], exact=False, bound=bound)


@step(3)
def products(w: Writer) -> None:
    x = w.some_float(rank=1)
    d = w.rng.randrange(len(x.shape))
    if x.array.size > 5000:
        return
    inner = f"m.tanh({x.s})"
    if w.chance(0.5):
        w.result(f"m.cumprod({inner}, {d})", x.shape, [x], exact=False, bound=1)
    else:
        shape = x.shape[:d] + x.shape[d + 1 :]
        w.result(f"m.prod({inner}, {d})", shape, [x], exact=False, bound=1)


@step(3)
def contracted(w: Writer) -> None:
    x = w.some_float(rank=2)
    if x.array.size > 3000:
        return
    n, k = x.shape[-2:]
    y = w.leaf((k, 3), x.root.dtype)
    lead = x.shape[:-2]
    text, shape, terms = w.rng.choice(
        [
            ("m.einsum('...ij,jk->...ik', {}, {}).clone()", (*lead, n, 3), k),
            ("m.einsum('...ij,jk->k...', {}, {}).clone()", (3, *lead), n * k),
            ("m.einsum('...ij,jk->...ijk', {}, {}).clone()", (*lead, n, k, 3), 1),
        ]
    )
    w.result(text.format(x.s, y.s), shape, [x, y], exact=False, bound=x.root.bound * 2 * max(terms, 1))


@step(2)
def norms(w: Writer) -> None:
    x = w.some_float(rank=1, size=1)
    d = w.rng.randrange(len(x.shape))
    text = w.rng.choice(
        ["m.norm({0} + 20, 2, {1})", "m.norm({0} + 20, 1, {1})", "m.norm({0} + 20, 3, {1}, True)"]
    )
    shape = tuple(1 if i == d else n for i, n in enumerate(x.shape) if "True" in text or i != d)
    w.result(text.format(x.s, d), shape, [x], exact=False, bound=(x.root.bound + 20) * max(x.shape[d], 1))


@step(3)
def best(w: Writer) -> None:
    x = w.comparable()
    if x is None or not x.shape or x.root.dtype == "bool":
        return
    d = w.rng.randrange(len(x.shape))
    if x.shape[d] == 0 or x.array.size > 1e5:
        return
    if w.torch:
        # Among equal elements torch may choose others: values alone are compared, and no gradient flows.
        k = w.rng.randint(1, x.shape[d])
        shape = (*x.shape[:d], k, *x.shape[d + 1 :])
        w.result(
            f"m.topk({x.s}.detach(), {k}, {d})[0].clone()",
            shape,
            [],
            exact=x.root.exact,
            bound=x.root.bound,
            dtype=x.root.dtype,
        )
    else:
        text = w.rng.choice(["m.cummax({}, {})[0]", "m.cummin({}, {}).values", "m.topk({}, 1, {})[0]"])
        shape = x.shape if "cum" in text else (*x.shape[:d], 1, *x.shape[d + 1 :])
        w.result(text.format(x.s, d), shape, [x], exact=True, bound=x.root.bound)


@step(2)
def placed(w: Writer) -> None:
    x = w.some_float(rank=1, size=1)
    d = w.rng.randrange(len(x.shape))
    if x.array.size > 5000:
        return
    n = w.rng.randint(1, min(4, x.shape[d]))
    source = w.leaf((*x.shape[:d], n, *x.shape[d + 1 :]), x.root.dtype)
    name = w.rng.choice(["index_add", "index_copy"])
    places = w.index(x.shape[d], (n,), unique=True)
    text = f"m.{name}({x.s}, {d}, {places}, {source.s})"
    w.result(text, x.shape, [x, source], exact=True, bound=x.root.bound + 2)


@step(2)
def bits(w: Writer) -> None:
    x = w.pick(floating=False)
    if x is None or x.root.bound > 1e3:
        return
    if x.root.dtype == "bool":
        text = w.rng.choice(["({0} & {0})", "({0} ^ {0})", "(~{0})"])
    else:
        text = w.rng.choice(["({0} & 6)", "({0} | 3)", "(~{0})", "({0} >> 1)", "({0} << 1)"])
    w.result(text.format(x.s), x.shape, [x], exact=True, bound=x.root.bound * 2 + 4)
