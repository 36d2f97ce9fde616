"""Every fused kernel against its plain form, the same from smaller ops: values, derivatives and updates.

The truth is the plain form in float64. A kernel may be off by what rounding its inputs does, times a quarter
of k, the length of its longest sum: sums are made in at least sixteen lanes, whose roundings partly cancel.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import ravine as rv
from ops.registry import EPS, TINY, array, rounded, tensor
from ravine import _core, _ops
from ravine.nn import functional as F

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

TABLE = {r["op"]: r for r in _core.registry_table() if r["op"]}
WITH_FORM = {name for name, r in TABLE.items() if r["plain"]}


@contextmanager
def plain(on: bool = True) -> Iterator[None]:
    """Records plain forms in place of fused ops."""
    before = _core.set_plain(on)
    try:
        yield
    finally:
        _core.set_plain(before)


@dataclass(frozen=True)
class Fused:
    """A function of float tensors whose op, and that of its derivative, has a plain form."""

    ops: tuple[str, ...]
    run: Callable[..., Any]
    #: Shapes of the tensors, small and large enough for several threads, with the length of the longest sum.
    small: tuple[tuple[int, ...], ...]
    large: tuple[tuple[int, ...], ...]
    k: tuple[int, int]
    #: What may be done to the first tensor: the edges of its domain.
    edges: tuple[str, ...] = ("zeros", "constant rows", "large", "tiny", "one large element")
    #: What the last tensor is made from numbers by.
    last: Callable[[np.ndarray], np.ndarray] = np.asarray


def labels(x: rv.Tensor) -> rv.Tensor:
    """A class for each row; the third row, if there is one, is ignored."""
    n, classes = x.shape[0], x.shape[1]
    found = [(3 * i + 1) % classes if i != 2 else -100 for i in range(n)]
    return rv.tensor(found)


def hidden(x: rv.Tensor) -> rv.Tensor:
    """A mask that hides all keys from the first query and every third from all."""
    rows, columns = x.shape[-2], x.shape[-2]
    return rv.tensor([[q > 0 and key % 3 != 1 for key in range(columns)] for q in range(rows)])


def lowest(m: np.ndarray) -> np.ndarray:
    """Numbers to be added to the scores: large ones where keys are hidden, and for all of the first query."""
    return np.where(array(hidden(tensor(m))), m, -1e4 * (1 + m * m))


ROWS, MANY_ROWS = ((5, 7),), ((270, 1030),)
HEADS, MANY_HEADS = ((2, 5, 4),) * 3, ((2, 4, 130, 32),) * 3
FUSED: dict[str, Fused] = {
    "softmax": Fused(
        ("softmax", "softmax_backward"),
        lambda x: rv.softmax(x, -1),
        ROWS,
        MANY_ROWS,
        (7, 1030),
        ("zeros", "constant rows", "large", "tiny", "one large element", "masked", "masked rows"),
    ),
    "softmax over columns": Fused(
        ("softmax", "softmax_backward"), lambda x: rv.softmax(x, 0), ROWS, ((1030, 270),), (5, 1030)
    ),
    "log_softmax": Fused(
        ("log_softmax", "log_softmax_backward"),
        lambda x: rv.log_softmax(x, -1),
        ROWS,
        MANY_ROWS,
        (7, 1030),
    ),
    "layer_norm": Fused(
        ("layer_norm", "layer_norm_backward"),
        lambda x, w, b: F.layer_norm(x, w.shape, w, b, 1e-3),
        ((5, 7), (7,), (7,)),
        ((270, 1030), (1030,), (1030,)),
        (7, 1030),
    ),
    "rms_norm": Fused(
        ("rms_norm", "rms_norm_backward"),
        lambda x, w: F.rms_norm(x, w.shape, w, 1e-3),
        ((5, 7), (7,)),
        ((270, 1030), (1030,)),
        (7, 1030),
    ),
    "group_norm": Fused(
        ("group_norm", "group_norm_backward"),
        lambda x, w, b: F.group_norm(x, 2, w, b, 1e-3),
        ((3, 4, 5), (4,), (4,)),
        ((20, 16, 900), (16,), (16,)),
        (10, 7200),
    ),
    "batch_norm": Fused(
        ("batch_norm_train", "batch_norm_backward"),
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True, eps=1e-3),
        ((6, 4, 2), (4,), (4,)),
        ((60, 16, 300), (16,), (16,)),
        (12, 18000),
    ),
    "cross_entropy": Fused(
        ("cross_entropy", "cross_entropy_backward"),
        lambda x: F.cross_entropy(x, labels(x), label_smoothing=0.1, reduction="none"),
        ROWS,
        MANY_ROWS,
        (7, 1030),
    ),
    "mean cross_entropy": Fused(
        ("cross_entropy", "cross_entropy_backward"),
        lambda x: F.cross_entropy(x, labels(x)),
        ROWS,
        MANY_ROWS,
        (7, 1030),
    ),
    "attention": Fused(
        ("scaled_dot_product_attention", "attention_backward"),
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
        HEADS,
        MANY_HEADS,
        (5, 130),
    ),
    "attention with hidden keys": Fused(
        ("scaled_dot_product_attention", "attention_backward"),
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, hidden(q)),
        HEADS,
        MANY_HEADS,
        (5, 130),
    ),
    "attention with a mask of numbers": Fused(
        ("scaled_dot_product_attention", "attention_backward"),
        lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, m),
        (*HEADS, (5, 5)),
        (*MANY_HEADS, (130, 130)),
        (5, 130),
        last=lowest,
    ),
    "rnn_sequence": Fused(
        ("rnn_sequence", "rnn_sequence_backward"),
        lambda x, h, w: rv.rnn_sequence(x, h, w),
        ((3, 2, 4), (2, 4), (4, 4)),
        ((6, 40, 64), (40, 64), (64, 64)),
        (4, 240),
        ("zeros", "large"),
    ),
    "lstm_sequence": Fused(
        ("lstm_sequence", "lstm_sequence_backward"),
        lambda x, h, c, w: rv.lstm_sequence(x, h, c, w),
        ((3, 2, 16), (2, 4), (2, 4), (16, 4)),
        ((6, 40, 256), (40, 64), (40, 64), (256, 64)),
        (4, 240),
        ("zeros", "large"),
    ),
    "gru_sequence": Fused(
        ("gru_sequence", "gru_sequence_backward"),
        lambda x, h, w, b: rv.gru_sequence(x, h, w, b),
        ((3, 2, 12), (2, 4), (12, 4), (4,)),
        ((6, 40, 192), (40, 64), (192, 64), (64,)),
        (4, 240),
        ("zeros", "large"),
    ),
}


def edged(x: np.ndarray, edge: str) -> np.ndarray:
    """The first tensor at an edge of its domain."""
    x = x.copy()
    if edge == "zeros":
        x[:] = 0
    elif edge == "constant rows":
        x[:] = x[..., :1]
    elif edge == "large":
        x *= 300
    elif edge == "tiny":
        x *= 1e-4
    elif edge == "one large element":
        x[..., 1] = 2000
    elif edge == "masked":
        x[..., ::2] = -np.inf
    elif edge == "masked rows":
        x[0] = -np.inf
    return x


def drawn(fused: Fused, shapes: tuple, edge: str) -> list[np.ndarray]:
    rng = np.random.default_rng(len(fused.ops[0]) + len(shapes[0]))
    data = [rng.standard_normal(s) for s in shapes]
    # Weights keep what they multiply about as large as it was.
    data[1:] = [x / np.sqrt(x.shape[-1]) if x.ndim == 2 else x for x in data[1:]]
    data[-1] = fused.last(data[-1])
    return [edged(data[0], edge), *data[1:]]


def results(
    fused: Fused, data: list[np.ndarray], weights: list[np.ndarray], dtype: str, backward_plain: bool = False
) -> list[np.ndarray]:
    """Values, and gradients of their sum with `weights`."""
    leaves = [tensor(x, dtype, requires_grad=True) for x in data]
    found = fused.run(*leaves)
    ys = list(found) if isinstance(found, (list, tuple)) else [found]
    with plain() if backward_plain else nullcontext():
        gs = rv.autograd.grad(ys, leaves, [tensor(w, dtype) for w in weights], allow_unused=True)
    return [array(t).astype(np.float64) for t in (*ys, *gs) if t is not None]


def weights_of(fused: Fused, data: list[np.ndarray]) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    found = fused.run(*[tensor(x) for x in data])
    ys = list(found) if isinstance(found, (list, tuple)) else [found]
    return [rng.standard_normal(tuple(y.shape)) for y in ys]


def bounds(
    fused: Fused,
    data: list[np.ndarray],
    weights: list[np.ndarray],
    truth: list[np.ndarray],
    dtype: str,
    k: int,
) -> list[np.ndarray]:
    """What rounding may change: the results' own, and that of what is read, changed at random."""
    # Half precision is computed in float32 and rounded where it is stored.
    half = dtype in ("float16", "bfloat16")
    step = 4 * EPS[dtype] + k / 4 * EPS["float32" if half else dtype]
    moved = [np.zeros_like(t) for t in truth]
    rng = np.random.default_rng(5)
    for _ in range(3):
        x = [a * (1 + step * rng.uniform(-1, 1, a.shape)) for a in data]
        w = [a * (1 + step * rng.uniform(-1, 1, a.shape)) for a in weights]
        with plain():
            for m, t, other in zip(moved, truth, results(fused, x, w, "float64"), strict=True):
                np.maximum(m, np.nan_to_num(np.abs(other - t), nan=0, posinf=0), out=m)
    # The changes are a sample: of a row the largest counts.
    largest = max(np.abs(x[np.isfinite(x)]).max(initial=1) for x in data[:3])
    found = []
    for i, (m, t) in enumerate(zip(moved, truth)):
        row = m.max(axis=-1, keepdims=True, initial=0) if m.ndim else m
        size = np.nan_to_num(np.abs(t), nan=0, posinf=0)
        met = size.max(initial=0)
        if "softmax" in fused.ops[0] or "attention" in fused.ops[0]:
            # A gradient of saturated probabilities is what is left of the products of what was read.
            met += max(np.abs(w).max(initial=0) for w in weights) * largest * (i >= len(weights))
        found.append(2 * row + EPS[dtype] * (2 * size + (4 + k / 16) * met + TINY[dtype]))
    return found


def assert_close(got: list[np.ndarray], truth: list[np.ndarray], bound: list[np.ndarray], what: str) -> None:
    for i, (a, b, limit) in enumerate(zip(got, truth, bound, strict=True)):
        assert np.array_equal(np.isnan(a), np.isnan(b)), f"{what}: result {i} has other NaN"
        with np.errstate(all="ignore"):
            wrong = ~((np.abs(a - b) <= limit) | (a == b) | np.isnan(a))
        assert not wrong.any(), (
            f"{what}: result {i} at {np.argwhere(wrong)[0]}: {a[wrong][:4]} expected {b[wrong][:4]}, "
            f"within {np.broadcast_to(limit, a.shape)[wrong][:4]}"
        )


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize("name", FUSED)
def test_kernel_is_its_plain_form(name, dtype):
    fused = FUSED[name]
    for size, shapes in enumerate((fused.small, fused.large)):
        for edge in ("", *fused.edges) if size == 0 else ("", fused.edges[-1]):
            data = [rounded(x, dtype).astype(np.float64) for x in drawn(fused, shapes, edge)]
            weights = [rounded(w, dtype).astype(np.float64) for w in weights_of(fused, data)]
            with plain():
                truth = results(fused, data, weights, "float64")
            bound = bounds(fused, data, weights, truth, dtype, fused.k[size])
            what = f"{name} {shapes[0]} {edge}"
            assert_close(results(fused, data, weights, dtype), truth, bound, what)
            if dtype == "float64":
                # The plain form of the fused derivative, which may read what the fused forward kept.
                got = results(fused, data, weights, dtype, backward_plain=True)
                assert_close(got, truth, bound, f"{what}, derivative in plain ops")


@pytest.mark.parametrize("name", FUSED)
def test_second_derivative_is_that_of_the_plain_form(name):
    fused = FUSED[name]
    for edge in ("", "constant rows", "zeros"):
        data = drawn(fused, fused.small, edge)
        weights = weights_of(fused, data)

        def twice(data=data, weights=weights):
            leaves = [tensor(x, requires_grad=True) for x in data]
            found = fused.run(*leaves)
            ys = list(found) if isinstance(found, (list, tuple)) else [found]
            gs = rv.autograd.grad(ys, leaves, [tensor(w) for w in weights], create_graph=True)
            turns = [(g * rv.cos(rv.arange(g.numel()).reshape(g.shape).double())).sum() for g in gs]
            found = rv.autograd.grad(sum(turns[1:], turns[0]), leaves, allow_unused=True)
            return [np.zeros_like(x) if t is None else array(t) for x, t in zip(data, found)]

        with plain():
            truth = twice()
        for a, b in zip(twice(), truth, strict=True):
            # Sums of some hundred products, of numbers as large as the largest result and as 1.
            assert np.allclose(a, b, rtol=0, atol=1e-11 * max(1.0, np.abs(b).max(initial=0))), edge


def test_every_form_is_held_to():
    """The ops with a plain form are those above and the updates below; each is recorded by its program."""
    for name, fused in FUSED.items():
        leaves = [tensor(x, requires_grad=True) for x in drawn(fused, fused.small, "")]
        found = fused.run(*leaves)
        ys = list(found) if isinstance(found, (list, tuple)) else [found]
        gs = rv.autograd.grad(ys, leaves, [rv.ones_like(y) for y in ys], create_graph=True)
        recorded = {entry["op"] for entry in _core.graph_table([*ys, *gs])}
        assert recorded.issuperset(fused.ops), name
        with plain():
            ys = fused.run(*leaves)
            table = _core.graph_table(list(ys) if isinstance(ys, (list, tuple)) else [ys])
        assert not {entry["op"] for entry in table} & WITH_FORM, name
    structured = {name for name in WITH_FORM if TABLE[name]["class"] == "structured"}
    assert structured == {op for fused in FUSED.values() for op in fused.ops} | {"total_norm"}
    # `sgd_momentum_` and the like are recorded by `sgd_` when it is given momentum.
    updates = WITH_FORM - structured
    assert updates == {name for name, r in TABLE.items() if r["class"] == "lists"}
    assert {name for name in updates if not TABLE[name]["signature"]} == {
        op for ops in WITHOUT_FUNCTION.values() for op in ops
    }


#: Updates that a function of another name records.
WITHOUT_FUNCTION = {
    "sgd_": ("sgd_momentum_",),
    "rmsprop_": ("rmsprop_of_two_", "rmsprop_of_three_"),
    "normalized_step_": ("normalized_step_momentum_",),
}
UPDATES = [name for name, r in TABLE.items() if r["class"] == "lists" and r["signature"]]
NUMBERS = {"step": 3, "momentum": 0.9, "mu_product": 0.7, "momentum_decay": 0.004, "lr_decay": 0.1}
#: Lists that may be empty.
OPTIONAL = ("momentum_buffers", "grad_avgs")


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize("name", UPDATES)
def test_update_has_the_bits_of_its_plain_form(name, dtype):
    compared = 0
    names: dict[str, Any] = {}
    exec(f"from __future__ import annotations\ndef f{TABLE[name]['signature']}: ...", names)
    own = inspect.signature(names["f"]).parameters
    flags = [p for p in own if own[p].annotation == "bool"]
    lists = [p for p in own if own[p].annotation == "Sequence[Tensor]"]
    empty = [p for p in lists if p in OPTIONAL]
    for switches in itertools.product((False, True), repeat=len(flags) + len(empty)):
        given = dict(zip(flags + empty, switches))

        def outcome(on: bool, given: dict[str, bool] = given) -> list[bytes]:
            rng = np.random.default_rng(7)
            arguments: dict[str, Any] = {}
            for p in own:
                kind = own[p].annotation
                if kind == "Sequence[Tensor]":
                    shapes = () if given.get(p) else ((3, 5), (), (0, 2), (40_000,))
                    signed = p in ("params", "grads", "tensors", "values")
                    draw = rng.standard_normal if signed else rng.random
                    arguments[p] = [tensor(rounded(np.asarray(draw(s)), dtype), dtype) for s in shapes]
                elif kind == "Tensor":
                    arguments[p] = tensor(np.asarray(0.75), dtype if dtype == "float64" else "float32")
                elif kind == "bool":
                    arguments[p] = given[p]
                elif kind != "str":
                    arguments[p] = NUMBERS.get(p, 0.05 if kind == "float" else 3)
            if given.get("momentum_buffers"):
                arguments.update({p: 0.0 for p in ("momentum",) if p in own})
            with plain(on):
                getattr(_ops, name)(**arguments)
                rv.synchronize()
            return [array(t).tobytes() for p in lists for t in arguments[p]]

        try:
            want = outcome(True)
        except (ValueError, rv.Error):
            # Nesterov's form without momentum, say: both refuse it.
            with pytest.raises((ValueError, rv.Error)):
                outcome(False)
            continue
        assert outcome(False) == want, given
        compared += 1
    assert compared >= 2 ** (len(flags) + len(empty)) / 2


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_total_norm(dtype):
    rng = np.random.default_rng(7)
    lists = [[(5,), (), (0, 2)], [(300, 500), (7,)]]
    for shapes, p in itertools.product(lists, [1.0, 2.0, 3.0, float("inf")]):
        tensors = [tensor(rounded(rng.standard_normal(s), dtype), dtype) for s in shapes]
        got = array(rv.total_norm(tensors, p)).item()
        with plain():
            want = array(rv.total_norm([t.double() for t in tensors], p)).item()
        # Each tensor's norm is rounded to its dtype, and the norm of those.
        k = max(int(np.prod(s)) for s in shapes)
        limit = 4 * EPS[dtype] + k / 16 * EPS["float64" if dtype == "float64" else "float32"]
        assert abs(got - want) <= limit * want, f"{shapes} {p}"
