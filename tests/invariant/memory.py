"""Steps about memory and history: views, writes, detaching, looking, differentiating."""

from __future__ import annotations

from typing import Any

import numpy as np

from invariant.writer import Root, Var, Writer, step


# Views ----------------------------------------------------------------------------------------------------
def key(w: Writer, x: Var) -> tuple[str, tuple[Any, ...]]:
    """A basic index: its source and what NumPy makes of it."""
    parts: list[str] = []
    items: list[Any] = []
    for n in x.shape[: w.rng.randint(1, len(x.shape))]:
        kind = w.rng.random()
        if kind < 0.3 and n > 0:
            i = w.rng.randrange(-n, n)
            parts.append(str(i))
            items.append(i)
        elif kind < 0.4:
            parts.append("None, :")
            items += [None, slice(None)]
        else:
            start, stop = w.rng.randint(0, n), w.rng.choice([n, n, max(n - 1, 0), None])
            start = w.rng.choice([None, 0, start, -1 if n else None])
            by = w.rng.choice([None, 1, 2, 3])
            parts.append(":".join("" if p is None else str(p) for p in (start, stop, by)))
            items.append(slice(start, stop, by))
    if w.chance(0.2):
        parts.append("...")
        items.append(Ellipsis)
    return ", ".join(parts), tuple(items)


@step(14)
def take_view(w: Writer) -> None:
    x = w.pick(rank=1) if w.chance(0.9) else w.pick(floating=None)
    if x is None:
        return
    rank = len(x.shape)
    kind = w.rng.choice(
        ["slice", "slice", "transpose", "permute", "reshape", "unsqueeze", "expand", "squeeze"]
    )
    if kind == "slice" and rank:
        text, items = key(w, x)
        array = x.array[items]
        if array.size or w.chance(0.2):
            w.view(f"{x}[{text}]", x, array)
    elif kind == "transpose" and rank > 1:
        a, b = w.rng.randrange(rank), w.rng.randrange(-rank, rank)
        w.view(f"m.transpose({x}, {a}, {b})", x, np.swapaxes(x.array, a, b))
    elif kind == "permute":
        order = tuple(w.rng.sample(range(rank), rank))
        w.view(f"m.permute({x}, {order})", x, np.transpose(x.array, order))
    elif kind == "unsqueeze" and rank < 5:
        d = w.rng.randint(0, rank)
        w.view(f"m.unsqueeze({x}, {d})", x, np.expand_dims(x.array, d))
    elif kind == "squeeze" and rank:
        d = w.rng.randrange(rank)
        if x.shape[d] == 1:
            w.view(f"m.squeeze({x}, {d})", x, np.squeeze(x.array, d))
    elif kind == "expand" and x.array.size < 5000:
        shape = tuple(w.rng.choice((2, 3)) if n == 1 else n for n in x.shape)
        shape = (2, *shape) if w.chance(0.3) and rank < 4 else shape
        w.view(f"{x}.expand({shape})", x, np.broadcast_to(x.array, shape)).expanded = True
    elif kind == "reshape" and x.array.size:
        reshape(w, x)


def reshape(w: Writer, x: Var) -> None:
    n = x.array.size
    options = [(n,), (-1,), (1, n), (n, 1)]
    options += [(d, n // d) for d in (2, 3, 5) if n % d == 0]
    options += [(n // d // 2, 2, d) for d in (2, 3) if n % (2 * d) == 0]
    shape = w.rng.choice(options)
    array = x.array.reshape(shape)
    # Where torch has to copy, Ravine still gives a view (docs/differences.md): only the copy is compared.
    if array.size and np.shares_memory(array, x.array):
        w.view(f"m.reshape({x}, {shape})", x, array)
    else:
        w.result(f"m.clone(m.reshape({x.s}, {shape}))", array.shape, [x], exact=True, bound=x.root.bound)


@step(2)
def flip(w: Writer) -> None:
    x = w.some_float(rank=1)
    d = w.rng.randrange(len(x.shape))
    w.result(f"m.flip({x.s}, ({d},))", x.shape, [x], exact=True, bound=x.root.bound)


@step(4)
def detach(w: Writer) -> None:
    x = w.pick()
    if x is not None:
        w.view(f"{x}.{w.rng.choice(['detach()', 'data'])}", x, x.array, cut=True)


# Writes ---------------------------------------------------------------------------------------------------
def value_for(w: Writer, v: Var) -> Var | None:
    """A tensor that can be written into `v`: it broadcasts to its shape."""

    def fits(o: Var) -> bool:
        try:
            return o.root.dtype == v.root.dtype and np.broadcast_shapes(o.shape, v.shape) == v.shape
        except ValueError:
            return False

    found = [o for o in w.vars if fits(o)]
    if found and w.chance(0.8):
        return w.rng.choice(found)
    shape = tuple(n if w.chance(0.7) else 1 for n in v.shape)[w.rng.randint(0, len(v.shape)) :]
    return w.leaf(shape, v.root.dtype)


@step(12)
def write(w: Writer) -> None:
    v = w.pick("is_view") if w.chance(0.6) else w.pick()
    if v is None or not w.may_write(v):
        return
    kind = w.rng.choice(["scalar", "unary", "binary", "binary", "copy", "fill"])
    if kind in ("copy", "fill") and not w.may_overwrite(v, v.array):
        return
    if kind == "scalar":
        name, number = w.rng.choice([("add_", 0.5), ("sub_", 0.25), ("mul_", 1.25), ("div_", 2)])
        w.line(f"inplace({v}, {name!r}, {number})")
        w.written(v, [v], exact=True, bound=v.root.bound * 1.25 + 0.5)
    elif kind == "unary":
        if v.root.exact or not w.torch:
            name, exact = w.rng.choice(
                [("relu_", True), ("neg_", True), ("tanh_", False), ("sigmoid_", False)]
            )
            w.line(f"inplace({v}, {name!r})")
            w.written(v, [v], exact=exact, bound=v.root.bound)
    elif kind == "binary" and (o := value_for(w, v)) is not None:
        name, bound = w.rng.choice(
            [("add_", v.root.bound + o.root.bound), ("sub_", v.root.bound + o.root.bound)]
            + [("mul_", v.root.bound * o.root.bound)] * 2
        )
        if bound < 1e4:
            w.line(f"inplace({v}, {name!r}, {w.operand(o, v)})")
            w.written(v, [v, o], exact=True, bound=bound)
    elif kind == "copy" and (o := value_for(w, v)) is not None:
        w.line(f"inplace({v}, 'copy_', {w.operand(o, v)})")
        w.written(v, [o], exact=True, bound=o.root.bound)
    elif kind == "fill":
        w.line(w.rng.choice([f"{v}.zero_()", f"{v}.fill_(0.75)"]))
        w.written(v, [], exact=True, bound=1)


@step(8)
def assign(w: Writer) -> None:
    v = w.pick(rank=1)
    if v is None or not w.may_write(v):
        return
    text, items = key(w, v)
    part = Var("", v.array[items], v.root, v.cut)
    if not w.may_overwrite(v, part.array):
        return
    if w.chance(0.3):
        w.line(f"{v}[{text}] = {w.rng.choice((0, 0.5, -1))}")
        w.written(v, [], exact=True, bound=1)
    elif (o := value_for(w, part)) is not None:
        w.line(f"{v}[{text}] = {w.operand(o, part)}")
        w.written(v, [o], exact=True, bound=o.root.bound)


@step(6)
def assign_by_tensor(w: Writer) -> None:
    v = w.pick(rank=1, size=1)
    if v is None or not w.may_write(v) or v.array.size > 5000:
        return
    kind = w.rng.choice(["mask", "mask", "masked_fill", "index", "index", "accumulate", "scatter_add"])
    if kind in ("mask", "masked_fill"):
        mask = w.leaf(v.shape if kind == "masked_fill" else v.shape[: w.rng.randint(1, len(v.shape))], "bool")
        if kind == "mask":
            w.line(f"{v}[{mask.s}] = 0.5")
        else:
            w.line(f"inplace({v}, 'masked_fill_', {mask.s}, -0.5)")
        w.written(v, [], exact=True, bound=1)
        return
    count = w.rng.randint(1, min(3, v.shape[0]))
    if kind == "index" and not w.may_overwrite(v, v.array[:count]):
        return
    if kind == "scatter_add":
        source = w.leaf((count, *v.shape[1:]), v.root.dtype)
        positions = w.index(v.shape[0], source.shape)
        w.line(f"inplace({v}, 'scatter_add_', 0, {positions}, {w.operand(source, v)})")
        w.written(v, [v, source], exact=False, bound=v.root.bound + 2 * count)
        return
    source = w.leaf((count, *v.shape[1:]), v.root.dtype)
    # Which of two writes to one place comes last is nobody's promise.
    positions = w.index(v.shape[0], (count,), unique=kind == "index")
    if kind == "index":
        w.line(f"{v}[{positions}] = {w.operand(source, v)}")
        w.written(v, [source], exact=True, bound=2)
    else:
        w.line(f"inplace({v}, 'index_put_', ({positions},), {w.operand(source, v)}, accumulate=True)")
        w.written(v, [v, source], exact=False, bound=v.root.bound + 2 * count)


# Looks and lifetimes --------------------------------------------------------------------------------------
@step(4)
def look(w: Writer) -> None:
    x = w.pick(floating=None)
    if x is None:
        return
    if x.is_float and w.chance(0.6):
        w.line(f"look(m.sum({x.s}).item())")
    elif x.array.size < 200:
        w.line(f"look({x}.tolist())")


@step(2)
def look_and_use(w: Writer) -> None:
    x = w.some_float()
    y = w.pick(size=1)
    if y is not None:
        text = f"({x.s} * look(m.mean({y.s}).item()))"
        w.result(text, x.shape, [x], exact=False, bound=x.root.bound * 2)


@step(2)
def select_by_mask(w: Writer) -> None:
    x = w.comparable()
    if x is not None and x.shape:
        w.result(
            f"m.sum({x.s}[{x.s} > 0.1])", (), [x], exact=False, bound=x.root.bound * max(x.array.size, 1)
        )


@step(6)
def drop(w: Writer) -> None:
    if len(w.vars) > 4:
        w.forget(w.rng.choice(w.vars))


@step(4)
def no_grad(w: Writer) -> None:
    if w.grad_on:
        w.line("m.set_grad_enabled(False)")
        w.grad_on = False
    else:
        for v in w.temporary:
            if v in w.vars:
                w.forget(v)
        w.temporary.clear()
        w.line("m.set_grad_enabled(True)")
        w.grad_on = True


# Differentiating ------------------------------------------------------------------------------------------
def loss(w: Writer, y: Var) -> str:
    return w.rng.choice([f"m.sum({y.s})", f"m.sum({y.s} * 0.5)", f"m.sum(m.sin({y.s}))"])


def end_histories(w: Writer) -> None:
    for v in w.vars:
        v.root.ended = v.root.ended or (v.root.grad and not v.root.leaf)


@step(6)
def backward(w: Writer) -> None:
    y = w.pick("grad", "!ended")
    if y is None or not w.grad_on:
        return
    retain = w.chance(0.5)
    w.line(f"backward({loss(w, y)}, retain_graph={retain})")
    if not retain:
        end_histories(w)


@step(3)
def use_grad(w: Writer) -> None:
    leaves = [v for v in w.vars if v.root.leaf and not v.is_view]
    if not leaves:
        return
    x = w.rng.choice(leaves)
    kind = w.rng.choice(["read", "update", "update", "zero", "none"])
    if kind == "read":
        w.result(f"m.tanh(grad({x}))", x.shape, [Var("", x.array, Root(x.root.dtype))], exact=False, bound=1)
    elif kind == "update":
        w.line(f"update({x}, 0.1)")
        w.written(Var("", x.array, x.root, True), [], exact=False, bound=x.root.bound + 1)
    elif kind == "zero":
        w.line(f"zero_grad({x})")
    else:
        w.line(f"{x}.grad = None")


@step(2)
def retain_grad(w: Writer) -> None:
    y = w.pick("grad", "!is_view", "!leaf", "!ended")
    # `autograd.grad` leaves `.grad` alone, in torch not that of such tensors (docs/differences.md).
    if y is not None and w.grad_on and not (w.torch and w.penalties):
        w.line(f"{y}.retain_grad()")
        w.retains = True


@step(2)
def penalty(w: Writer) -> None:
    y = w.pick("grad", "!ended")
    leaves = [
        v for v in w.vars if v.root.leaf and not v.is_view and y is not None and v.root.dtype == y.root.dtype
    ]
    if y is None or not leaves or not w.grad_on or w.penalties > 1 or (w.torch and w.retains):
        return
    w.penalties += 1
    x = w.rng.choice(leaves)
    w.result(f"penalty({loss(w, y)}, {x})", (), [x, y], exact=False, bound=3)
