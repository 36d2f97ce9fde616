"""Steps that compute new tensors: arithmetic, reductions, structured ops."""

from __future__ import annotations

import numpy as np

from invariant.writer import Shape, Var, Writer, step

# Arithmetic ------------------------------------------------------------------------------------------------
EXACT_UNARY = [
    ("m.neg({})", 1, 0),
    ("m.abs({})", 1, 0),
    ("m.relu({})", 1, 0),
    ("({} * 1.25)", 1.25, 0),
    ("(2 - {})", 1, 2),
    ("({} / 3)", 0.4, 0),
    ("m.where({0} > 0.25, {0}, 0.5)", 1, 1),
    ("m.clamp({}, -0.5, 1.5)", 0, 2),
]
# PyTorch's square root of float64 is not always the nearest number, so it counts among these.
SMOOTH_UNARY = [
    "m.tanh({})",
    "m.sigmoid({})",
    "m.sin({})",
    "m.cos({})",
    "m.exp(m.tanh({}))",
    "m.erf({})",
    "m.sqrt({0} * {0} + 1)",
    "m.nn.functional.silu({})",
    "m.nn.functional.mish({})",
    "m.nn.functional.softplus({})",
    "m.nn.functional.softsign({})",
]


@step(12)
def unary(w: Writer) -> None:
    x = w.some_float()
    if w.chance(0.5):
        text, scale, offset = w.rng.choice(EXACT_UNARY)
        jumps = any(name in text for name in ("where", "relu", "clamp", "abs"))
        if not x.root.exact and w.torch and jumps:
            return
        w.result(text.format(x.s), x.shape, [x], exact=True, bound=x.root.bound * scale + offset)
    else:
        text = w.rng.choice(SMOOTH_UNARY).format(x.s)
        w.result(text, x.shape, [x], exact=False, bound=max(3, x.root.bound + 1))


def partner(w: Writer, x: Var) -> Var:
    """A tensor that broadcasts with `x`."""

    def fits(v: Var) -> bool:
        if v.root.dtype != x.root.dtype:
            return False
        try:
            return len(np.broadcast_shapes(v.shape, x.shape)) >= 0
        except ValueError:
            return False

    found = [v for v in w.vars if fits(v) and np.prod(np.broadcast_shapes(v.shape, x.shape), initial=1) < 2e5]
    if found and w.chance(0.8):
        return w.rng.choice(found)
    shape = tuple(n if w.chance(0.7) else 1 for n in x.shape)[w.rng.randint(0, len(x.shape)) :]
    return w.leaf(shape, x.root.dtype)


@step(14)
def binary(w: Writer) -> None:
    x = w.some_float()
    y = partner(w, x)
    a, b = x.root.bound, y.root.bound
    text, bound = w.rng.choice(
        [
            ("({} + {})", a + b),
            ("({} - {})", a + b),
            ("({} * {})", a * b),
            ("m.maximum({}, {})", max(a, b)),
            ("({0} / ({1} * {1} + 1))", a),
        ]
    )
    if "max" in text and w.torch and not (x.root.exact and y.root.exact):
        return
    w.result(text.format(x.s, y.s), np.broadcast_shapes(x.shape, y.shape), [x, y], exact=True, bound=bound)


@step(3)
def with_mask(w: Writer) -> None:
    x = w.some_float()
    y = partner(w, x)
    mask = w.leaf(x.shape, "bool")
    shape = np.broadcast_shapes(x.shape, y.shape)
    w.result(
        f"m.where({mask.s}, {x.s}, {y.s})", shape, [x, y], exact=True, bound=max(x.root.bound, y.root.bound)
    )


@step(3)
def compare(w: Writer) -> None:
    x = w.comparable()
    if x is not None:
        text = w.rng.choice(["({} > 0.3)", "({} != 0)", "m.logical_not({})"])
        w.result(text.format(x.s), x.shape, [x], exact=True, bound=1, dtype="bool")


@step(3)
def convert(w: Writer) -> None:
    x = w.pick(floating=None)
    if x is None or (w.torch and not x.root.exact):
        return
    to = w.rng.choice(
        ("float64", "int64") if w.torch else ("float32", "float64", "bfloat16", "int32", "int64")
    )
    if to != x.root.dtype:
        w.result(f"{x.s}.to(m.{to})", x.shape, [x], exact=True, bound=x.root.bound, dtype=to)


@step(3)
def integers(w: Writer) -> None:
    x = w.pick(floating=False)
    if x is None or x.root.dtype == "bool" or x.root.bound > 1e3:
        return
    text = w.rng.choice(["({} * 3)", "({} + 1)", "({} // 2)", "({} % 3)"])
    w.result(text.format(x.s), x.shape, [x], exact=True, bound=x.root.bound * 3 + 1)


# Reductions and structured ops ----------------------------------------------------------------------------
def reduced(w: Writer, x: Var) -> tuple[str, Shape, int]:
    """Arguments `dim, keepdim`, the shape of the result and how many elements each takes in."""
    dims = w.rng.sample(range(len(x.shape)), w.rng.randint(0, len(x.shape)))
    keep = w.chance(0.4)
    if not dims:
        return "", (), x.array.size
    shape = tuple(1 if d in dims else n for d, n in enumerate(x.shape) if keep or d not in dims)
    taken = int(np.prod([x.shape[d] for d in dims]))
    shown = [d - len(x.shape) if w.chance(0.3) else d for d in dims]
    return f", {tuple(shown)}, keepdim={keep}", shape, taken


@step(8)
def reduce(w: Writer) -> None:
    x = w.some_float()
    arguments, shape, taken = reduced(w, x)
    choice = w.rng.choice(["sum", "mean", "amax", "logsumexp"])
    if choice == "sum":
        w.result(f"m.sum({x.s}{arguments})", shape, [x], exact=False, bound=x.root.bound * max(taken, 1))
    elif taken == 0:
        return
    elif choice == "mean":
        w.result(f"m.mean({x.s}{arguments})", shape, [x], exact=False, bound=x.root.bound)
    elif choice == "amax" and (x.root.exact or not w.torch) and arguments:
        w.result(f"m.amax({x.s}{arguments})", shape, [x], exact=True, bound=x.root.bound)
    elif choice == "logsumexp" and arguments:
        w.result(
            f"m.logsumexp({x.s}{arguments})", shape, [x], exact=False, bound=x.root.bound + np.log(taken) + 1
        )


@step(3)
def variance(w: Writer) -> None:
    x = w.some_float(rank=1)
    d = w.rng.randrange(len(x.shape))
    if x.shape[d] > 1 and x.array.size:
        shape = x.shape[:d] + x.shape[d + 1 :]
        w.result(f"m.var({x.s}, {d})", shape, [x], exact=False, bound=x.root.bound**2)


@step(5)
def along_dim(w: Writer) -> None:
    x = w.some_float(rank=1)
    d = w.rng.randrange(-len(x.shape), len(x.shape))
    name, bound = w.rng.choice([("softmax", 1), ("log_softmax", x.root.bound * 2 + 9), ("cumsum", None)])
    bound = x.root.bound * max(x.shape[d], 1) if bound is None else bound
    w.result(f"m.{name}({x.s}, {d})", x.shape, [x], exact=False, bound=bound)


@step(2)
def layer_norm(w: Writer) -> None:
    x = w.some_float(rank=1)
    if x.shape[-1] > 1 and x.array.size:
        name = w.rng.choice(["layer_norm", "rms_norm"])
        text = f"m.{name}({x.s}, ({x.shape[-1]},), eps=0.1)"
        w.result(text, x.shape, [x], exact=False, bound=3 * x.root.bound)


@step(2)
def channel_norm(w: Writer) -> None:
    x = w.some_float(rank=2)
    channels = x.shape[1]
    if not x.array.size or x.array.size == channels * x.shape[0]:
        return
    groups = w.rng.choice([n for n in (1, 2, 3, channels) if channels % n == 0])
    text = w.rng.choice(
        [
            f"m.nn.functional.group_norm({x.s}, {groups}, eps=0.1)",
            f"m.nn.functional.batch_norm({x.s}, None, None, training=True, eps=0.1)",
        ]
    )
    w.result(text, x.shape, [x], exact=False, bound=3 * x.root.bound)


@step(5)
def matmul(w: Writer) -> None:
    x = w.some_float(rank=1)
    k = x.shape[-1]
    n = 3 if w.large else w.extent()
    y = w.leaf(
        w.rng.choice([(k, n), (k,), (*x.shape[:-2], k, n) if len(x.shape) > 2 else (k, n)]), x.root.dtype
    )
    shape = np.matmul(np.empty(x.shape, bool), np.empty(y.shape, bool)).shape if x.array.size < 1e5 else None
    if shape is not None:
        bound = x.root.bound * y.root.bound * max(k, 1)
        w.result(f"m.matmul({x.s}, {y.s})", shape, [x, y], exact=False, bound=bound)


@step(3)
def sort(w: Writer) -> None:
    x = w.comparable()
    if x is not None and x.shape:
        d, down = w.rng.randrange(len(x.shape)), w.chance(0.5)
        text = f"m.sort({x.s}, dim={d}, descending={down}, stable=True)[{w.rng.choice((0, 0, 1))}]"
        dtype = "int64" if text.endswith("[1]") else x.root.dtype
        bound = x.root.bound if dtype != "int64" else x.shape[d]
        w.result(text, x.shape, [x], exact=True, bound=bound, dtype=dtype)


@step(5)
def gather(w: Writer) -> None:
    x = w.some_float(rank=1, size=1)
    d = w.rng.randrange(len(x.shape))
    if x.array.size > 5000:
        return
    kind = w.rng.choice(["gather", "index", "index_select", "scatter_add"])
    n = w.rng.randint(1, 4)
    if kind == "index":
        text = f"{x.s}[{':, ' * d}{w.index(x.shape[d], (n,))}]"
        w.result(text, (*x.shape[:d], n, *x.shape[d + 1 :]), [x], exact=True, bound=x.root.bound)
    elif kind == "index_select":
        text = f"m.index_select({x.s}, {d}, {w.index(x.shape[d], (n,))})"
        w.result(text, (*x.shape[:d], n, *x.shape[d + 1 :]), [x], exact=True, bound=x.root.bound)
    elif kind == "gather":
        shape = (*x.shape[:d], n, *x.shape[d + 1 :])
        text = f"m.gather({x.s}, {d}, {w.index(x.shape[d], shape)})"
        w.result(text, shape, [x], exact=True, bound=x.root.bound)
    else:
        source = w.leaf((*x.shape[:d], n, *x.shape[d + 1 :]), x.root.dtype)
        text = f"m.scatter_add({x.s}, {d}, {w.index(x.shape[d], source.shape)}, {source.s})"
        w.result(text, x.shape, [x, source], exact=False, bound=x.root.bound + 2 * n)


@step(3)
def windows(w: Writer) -> None:
    """Windows of two along the last dimension: pooled, or laid side by side."""
    kind = w.rng.choice(["max_pool1d", "avg_pool1d", "unfold"])
    x = w.comparable() if kind == "max_pool1d" else w.some_float(rank=1)
    if x is None or not x.shape or x.shape[-1] < 2 or not 0 < x.array.size < 1e5:
        return
    step = w.rng.randint(1, 3)
    shape = (*x.shape[:-1], (x.shape[-1] - 2) // step + 1)
    if kind == "unfold":
        # Cloned, because torch's is a view, and Ravine's is written as a copy.
        text = f"m.clone({x.s}.unfold(-1, 2, {step}))"
        w.result(text, (*shape, 2), [x], exact=True, bound=x.root.bound)
    elif len(shape) in (2, 3) and x.root.dtype in ("float32", "float64"):
        text = f"m.nn.functional.{kind}({x.s}, 2, {step})"
        w.result(text, shape, [x], exact=kind == "max_pool1d", bound=x.root.bound)


@step(3)
def sequence(w: Writer) -> None:
    """Rows by number, attention, and recurrent networks over time."""
    x = w.some_float(rank=2, size=1)
    if x.array.size > 5000 or (w.torch and len(x.shape) != 2):
        return
    bound = x.root.bound
    if len(x.shape) == 2 and (w.torch or w.chance(0.5)):
        shape = (w.rng.randint(1, 4), 2)
        text = f"m.embedding({x.s}, {w.index(x.shape[0], shape)})"
        w.result(text, (*shape, x.shape[1]), [x], exact=True, bound=bound)
    elif len(x.shape) == 3 and w.chance(0.6):
        steps, batch, hidden = x.shape
        h, weight = w.leaf((batch, hidden), x.root.dtype), w.leaf((hidden, hidden), x.root.dtype)
        if w.chance(0.5):
            text, used = f"m.rnn_sequence({x.s}, {h.s}, {weight.s})", [x, h, weight]
        else:
            cells = [f"m.cat([{v.s}] * 4, {d})" for v, d in ((x, 2), (weight, 0))]
            text = f"m.lstm_sequence({cells[0]}, {h.s}, {h.s}, {cells[1]})[{w.rng.choice((0, 0, -1))}]"
            used = [x, h, weight]
        shape = (batch, hidden) if text.endswith("[-1]") else x.shape
        w.result(text, shape, used, exact=False, bound=steps + 3)
    else:
        text = f"m.scaled_dot_product_attention({x.s}, {x.s}, {x.s}, is_causal={w.chance(0.5)})"
        w.result(text, x.shape, [x], exact=False, bound=bound)


@step(3)
def join(w: Writer) -> None:
    x = w.some_float(rank=1)
    y = w.pick()
    y = y if y is not None and y.shape == x.shape and y.root.dtype == x.root.dtype else x
    if x.array.size > 1e5:
        return
    d = w.rng.randrange(len(x.shape))
    bound = max(x.root.bound, y.root.bound)
    if w.chance(0.2):
        w.result(f"m.cat([{x.s}], {d})", x.shape, [x], exact=True, bound=bound)
    elif w.chance(0.5):
        shape = (*x.shape[:d], 2, *x.shape[d:])
        w.result(f"m.stack([{x.s}, {y.s}], {d})", shape, [x, y], exact=True, bound=bound)
    else:
        shape = (*x.shape[:d], 2 * x.shape[d], *x.shape[d + 1 :])
        w.result(f"m.cat([{x.s}, {y.s}], {d})", shape, [x, y], exact=True, bound=bound)


@step(3)
def unchanged(w: Writer) -> None:
    """Results equal to their operand, which own memory all the same."""
    x = w.some_float(rank=1)
    if x.array.size > 1e5:
        return
    text = w.rng.choice(
        ["m.where({0} == {0}, {0}, 0.5)", "m.tril({}, 99)", "({} / 1)", "({} ** 1)", "m.clone({})"]
    )
    if "tril" in text and len(x.shape) < 2:
        return
    w.result(text.format(x.s), x.shape, [x], exact=True, bound=x.root.bound)


@step(2)
def random_numbers(w: Writer) -> None:
    if w.torch:
        return
    x = w.some_float()
    text = w.rng.choice(["({} + m.rand_like({}))", "({} * m.randn_like({}))", "m.dropout({}, 0.5)"])
    w.result(text.format(x.s, x.s), x.shape, [x], exact=False, bound=x.root.bound * 5 + 1)
