"""What is checked: each kernel, over shapes that do not divide evenly, by family."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import numpy as np

import ravine
from ravine import _ops, nn, optim
from ravine.nn import functional as F

from . import _references as truth
from ._bench import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ._bench import Array, Bench

__all__ = ["FAMILIES"]

SPECIAL = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0])


def _bound(record: dict[str, Any], sample: str, make: Callable[[str], Any]) -> dict[str, Any]:
    """The arguments of a sample by their names, with what `make` gives for each tensor."""
    names: dict[str, Any] = {}
    exec(compile(f"from __future__ import annotations\ndef f{record['signature']}: ...", "", "exec"), names)
    env = {kind: lambda *shape, kind=kind, **limits: make(kind) for kind in "fib"}
    args, kwargs = eval(f"(lambda *a, **k: (a, k))({sample})", {"ravine": ravine, **env})
    bound = inspect.signature(names["f"]).bind(*args, **kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def _elementwise_calls(bench: Bench, make: Callable[[str, dict[str, Any]], Array]) -> Iterator[Any]:
    """Record, its result on the device, and the truth, of every elementwise function of the registry."""
    for record in bench.records.values():
        if record["class"] != "elementwise" or not record["signature"] or not record.get("reference"):
            continue
        if record["op"] == "cast":  # its sample asks for float64
            continue
        if not truth.known(record["reference"]):
            continue
        arguments = _bound(record, record["samples"][0], lambda kind, record=record: make(kind, record))
        put = {
            name: bench.put(value) if isinstance(value, np.ndarray) else value
            for name, value in arguments.items()
        }
        with np.errstate(all="ignore"):
            wanted = np.asarray(eval(record["reference"], truth.NAMES | arguments))
        yield record, getattr(_ops, record["name"])(**put), wanted


def elementwise(bench: Bench) -> Iterator[Check]:
    """Every function of the registry over its domain, against the reference of its record."""
    n = 1000 if bench.quick else 10_000

    def make(kind: str, record: dict[str, Any]) -> Array:
        low, high = record["domain"]
        if kind == "f":
            return bench.draw(n, low=low, high=high)
        is_shift = "shift" in record["op"]
        return bench.rng.integers(0, 7, n) if kind == "i" and is_shift else _whole(bench, kind, n)

    for record, got, wanted in _elementwise_calls(bench, make):
        yield bench.elementwise("elementwise", record["name"], record["op"], got, wanted)


def _whole(bench: Bench, kind: str, n: int) -> Array:
    return bench.rng.integers(0, 2, n).astype(bool) if kind == "b" else bench.rng.integers(-99, 99, n)


def special_values(bench: Bench) -> Iterator[Check]:
    """NaN, infinities and 0 in every function: which results are NaN, and which are infinite."""

    def make(kind: str, record: dict[str, Any]) -> Array:
        return SPECIAL if kind == "f" else _whole(bench, kind, len(SPECIAL))

    def kinds(values: Array) -> Array:
        return np.where(np.isfinite(values), 0.0, values)

    for record, got, wanted in _elementwise_calls(bench, make):
        if wanted.dtype.kind == "f":
            got = ravine.tensor(kinds(got.to("cpu").numpy()))
            yield bench.exact("special values", record["name"], got, kinds(wanted))


def integers(bench: Bench) -> Iterator[Check]:
    """int64, over all of its range."""
    limits = np.iinfo(np.int64)
    x, y = (bench.rng.integers(limits.min, limits.max, 1000) for _ in range(2))
    small = np.where(y % 97 == 0, 1, y % 97)
    a, b, c = map(bench.put, (x, y, small))
    with np.errstate(over="ignore"):
        yield bench.exact("int64", "add", a + b, x + y)
        yield bench.exact("int64", "mul", a * b, x * y)
        yield bench.exact("int64", "floor_divide", a // c, x // small)
        yield bench.exact("int64", "compare", a < b, x < y)
        yield bench.exact("int64", "sum", a.sum(), x.sum())


def products(bench: Bench) -> Iterator[Check]:
    """Tiles with tails, batches, transposed operands, vectors, and a long sum."""
    shapes = [
        ((129, 65), (65, 33)),
        ((3, 64, 64), (3, 64, 64)),
        ((257, 129), (129,)),
        ((1, 300), (300, 70)),
        ((5, 2000 if bench.quick else 9000), (2000 if bench.quick else 9000, 7)),
    ]
    for left, right in shapes:
        x, y = bench.draw(*left), bench.draw(*right)
        name = f"{'x'.join(map(str, left))} @ {'x'.join(map(str, right))}"
        got = bench.put(x) @ bench.put(y)
        yield bench.sums("matmul", name, "matmul", got, x @ y, left[-1], np.abs(x) @ np.abs(y))
    x, y = bench.draw(70, 50), bench.draw(90, 70)
    got = bench.put(x).T @ bench.put(y).T
    yield bench.sums("matmul", "transposed", "matmul", got, x.T @ y.T, 70, np.abs(x.T) @ np.abs(y.T))
    inputs = [bench.draw(33, 20), bench.draw(20, 17)]
    yield bench.derivatives("matmul", "derivative", "matmul", lambda x, y: x @ y, np.matmul, inputs, 33)


def reductions(bench: Bench) -> Iterator[Check]:
    """Along all, the last and the first dimension."""
    x = bench.draw(130, 257, low=-3.0, high=3.0)
    t = bench.put(x)
    for dim, k in ((None, x.size), (1, 257), (0, 130)):
        name = "all" if dim is None else f"dim {dim}"
        got = t.sum() if dim is None else t.sum(dim)
        yield bench.sums("reductions", f"sum, {name}", "sum", got, x.sum(dim), k, np.abs(x).sum(dim))
        got = t.amax() if dim is None else t.amax(dim)
        yield bench.exact("reductions", f"amax, {name}", got, x.max(dim))
    yield bench.exact("reductions", "argmin", t.argmin(1), x.argmin(1))
    y = bench.draw(20, 30, low=0.5, high=1.6)
    yield bench.elementwise("reductions", "prod", "prod", bench.put(y).prod(1), y.prod(1))
    yield bench.exact("reductions", "any", (t > 2.9).any(1), np.any(x > 2.9, 1))
    got, wanted = t.cumsum(1), x.cumsum(1)
    yield bench.sums("reductions", "cumsum", "cumsum", got, wanted, 257, np.abs(x).cumsum(1))
    weighted = [bench.draw(9, 40)]
    yield bench.derivatives(
        "reductions",
        "cumsum, derivative",
        "cumsum",
        lambda x: x.cumsum(1),
        lambda x: x.cumsum(1),
        weighted,
        40,
    )


def rows(bench: Bench) -> Iterator[Check]:
    """Softmax, norms and cross-entropy, with their derivatives."""
    x = bench.draw(37, 130, low=-5.0, high=5.0)
    t = bench.put(x)
    yield bench.elementwise("softmax", "softmax", "softmax", t.softmax(-1), truth.softmax(x))
    wanted = truth.log_softmax(x)
    yield bench.sums(
        "softmax", "log_softmax", "log_softmax", t.log_softmax(-1), wanted, 130, np.abs(wanted) + 1
    )
    small = bench.draw(9, 21, low=-3.0, high=3.0)
    sm, log = (lambda x: x.softmax(-1)), (lambda x: x.log_softmax(-1))
    yield bench.derivatives("softmax", "softmax, derivative", "log_softmax", sm, truth.softmax, [small], 21)
    yield bench.derivatives(
        "softmax", "log_softmax, derivative", "log_softmax", log, truth.log_softmax, [small], 21
    )

    labels = bench.rng.integers(0, 130, 37)
    wanted = truth.cross_entropy(x, labels)
    got = F.cross_entropy(t, bench.put(labels))
    yield bench.sums("cross-entropy", "mean", "cross_entropy", got, wanted, 37, np.abs(wanted))
    own = labels[:9] % 21
    index = bench.put(own)
    yield bench.derivatives(
        "cross-entropy",
        "derivative",
        "cross_entropy",
        lambda x: F.cross_entropy(x, index),
        lambda x: truth.cross_entropy(x, own),
        [small],
        21,
    )

    planes = bench.draw(4, 6, 10)
    norms: list[tuple[str, str, Any, Any, Array, int]] = [
        (
            "layer_norm",
            "layer_norm",
            lambda x: F.layer_norm(x, (130,)),
            lambda x: truth.standardised(x, (-1,)),
            x,
            130,
        ),
        (
            "rms_norm",
            "rms_norm",
            lambda x: F.rms_norm(x, (130,), eps=1e-5),
            lambda x: x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5),
            x,
            130,
        ),
        (
            "group_norm",
            "group_norm",
            lambda x: F.group_norm(x, 3),
            lambda x: truth.standardised(x.reshape(4, 3, -1), (-1,)).reshape(x.shape),
            planes,
            20,
        ),
        (
            "batch_norm",
            "group_norm",
            lambda x: F.batch_norm(x, None, None, training=True),
            lambda x: truth.standardised(x, (0, 2)),
            planes,
            40,
        ),
    ]
    for name, op, call, formula, values, k in norms:
        wanted = formula(values)
        yield bench.sums("norms", name, op, call(bench.put(values)), wanted, k, np.abs(wanted) + 1)
        yield bench.derivatives("norms", f"{name}, derivative", op, call, formula, [values], k)


def attention(bench: Bench) -> Iterator[Check]:
    """Causal, over more keys than a tile has."""
    op, n = "scaled_dot_product_attention", 40 if bench.quick else 130

    def call(q: ravine.Tensor, k: ravine.Tensor, v: ravine.Tensor) -> ravine.Tensor:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)

    q, k, v = (bench.draw(2, 3, n, 16, low=-1.5, high=1.5) for _ in range(3))
    wanted = truth.attention(q, k, v)
    got = call(*map(bench.put, (q, k, v)))
    yield bench.sums("attention", "forward", op, got, wanted, n, np.abs(wanted) + 1)
    inputs = [bench.draw(2, 33, 8) for _ in range(3)]
    yield bench.derivatives("attention", "derivative", op, call, truth.attention, inputs, 33)


def convolutions(bench: Bench) -> Iterator[Check]:
    """With padding, strides and groups; pooling."""
    x = bench.draw(2, 6, 13, 11)
    for stride, padding, groups in ((1, 1, 1), (2, 0, 1), (1, 2, 3)):
        w = bench.draw(9, 6 // groups, 3, 3)
        name = f"stride {stride}, padding {padding}, groups {groups}"
        options = {"stride": stride, "padding": padding, "groups": groups}

        def call(x: ravine.Tensor, w: ravine.Tensor, options: Any = options) -> ravine.Tensor:
            return F.conv2d(x, w, **options)

        def formula(x: Array, w: Array, options: Any = options) -> Array:
            return truth.conv2d(x, w, **options)

        got, k = call(bench.put(x), bench.put(w)), 9 * 6 // groups
        wanted, terms = formula(x, w), formula(np.abs(x), np.abs(w))
        yield bench.sums("convolution", name, "conv2d", got, wanted, k, np.maximum(terms, EDGE))
        yield bench.derivatives("convolution", f"{name}, derivative", "conv2d", call, formula, [x, w], 9 * 13)
    y = bench.draw(2, 3, 12, 16)
    got, wanted = F.max_pool2d(bench.put(y), 2), truth.pooled(y, 2, np.max)
    yield bench.exact("pooling", "max", got, wanted)
    got, wanted = F.avg_pool2d(bench.put(y), 4), truth.pooled(y, 4, np.mean)
    yield bench.sums("pooling", "avg", "avg_pool2d", got, wanted, 16, truth.pooled(np.abs(y), 4, np.mean))
    yield bench.derivatives(
        "pooling",
        "max, derivative",
        "avg_pool2d",
        lambda y: F.max_pool2d(y, 2),
        lambda y: truth.pooled(y, 2, np.max),
        [y],
        4,
    )


#: A corner that a window barely reaches has terms that are all but 0.
EDGE = 1e-3


def recurrent(bench: Bench) -> Iterator[Check]:
    """Whole sequences, and their derivatives."""
    steps, hidden = 12, 20
    x = bench.draw(steps, 5, 7)
    kinds = [("rnn", nn.RNN, truth.rnn, 1), ("lstm", nn.LSTM, truth.lstm, 4), ("gru", nn.GRU, truth.gru, 3)]
    for name, layer, formula, gates in kinds:
        weight, recurrence = bench.draw(gates * hidden, 7), bench.draw(gates * hidden, hidden) / 4
        recurrence = recurrence.astype(np.float32).astype(np.float64)
        module = layer(7, hidden, bias=False).to(bench.device)

        def call(x: ravine.Tensor, w: ravine.Tensor, r: ravine.Tensor, module: Any = module) -> ravine.Tensor:
            own = {"weight_ih_l0": w, "weight_hh_l0": r}
            return ravine.func.functional_call(module, own, (x,))[0]

        wanted, op = formula(x, weight, recurrence), f"{name}_sequence"
        got = call(*map(bench.put, (x, weight, recurrence)))
        yield bench.sums("recurrent", name, op, got, wanted, hidden, np.abs(wanted) + 1)
        inputs = [x, weight, recurrence]
        yield bench.derivatives("recurrent", f"{name}, derivative", op, call, formula, inputs, steps * hidden)


def ordering(bench: Bench) -> Iterator[Check]:
    """Sorting with equal numbers and NaN, and what reads and writes by index."""
    x = np.round(bench.draw(7, 600 if bench.quick else 3000), 2).astype(np.float32).astype(np.float64)
    x[::3, 5] = np.nan
    values, index = bench.put(x).sort(1)
    yield bench.exact("sorting", "sort, values", values, np.sort(x, 1))
    yield bench.exact("sorting", "sort, stable indices", index, np.argsort(x, 1, kind="stable"))
    y = bench.rng.permutation(5000).astype(np.float64)
    yield bench.exact("sorting", "topk", bench.put(y).topk(20)[0], np.sort(y)[::-1][:20])

    table, at = bench.draw(50, 9), bench.rng.integers(0, 50, 400)
    index, source = bench.put(at), bench.draw(400, 9)
    yield bench.exact("indexing", "embedding", F.embedding(index, bench.put(table)), table[at])
    wide = np.broadcast_to(at[:, None] % 9, (400, 9)).copy()
    gathered = bench.put(source).gather(1, bench.put(wide))
    yield bench.exact("indexing", "gather", gathered, np.take_along_axis(source, wide, 1))
    wanted, terms = table.copy(), np.abs(table)
    np.add.at(wanted, at, source)
    np.add.at(terms, at, np.abs(source))
    got = bench.put(table).index_add(0, index, bench.put(source))
    yield bench.sums("indexing", "index_add", "scatter_add", got, wanted, 20, terms)
    mask = source > 0.3
    yield bench.exact("indexing", "nonzero", bench.put(mask).nonzero(), np.argwhere(mask))
    yield bench.exact(
        "indexing", "cat", ravine.cat([bench.put(table), bench.put(source)]), np.r_[table, source]
    )


def random(bench: Bench) -> Iterator[Check]:
    """The same draws on every device, and the moments that they should have."""
    n = 10_000 if bench.quick else 100_000
    draws: list[tuple[str, Callable[[str], ravine.Tensor], float, float]] = [
        ("rand", lambda device: ravine.rand(n, device=device), 0.5, 1 / 12),
        ("randn", lambda device: ravine.randn(n, device=device), 0.0, 1.0),
        ("randint", lambda device: ravine.randint(-50, 51, (n,), device=device), 0.0, (101**2 - 1) / 12),
    ]
    before = ravine.get_rng_state()
    for name, draw, mean, variance in draws:
        ravine.manual_seed(1)
        got = draw(bench.device)
        ravine.manual_seed(1)
        near = draw("cpu").numpy().astype(np.float64)
        values = got.to("cpu").numpy().astype(np.float64)
        if name == "randn":
            error = float(np.max(np.abs(values - near) / (2.0**-23 * np.maximum(np.abs(near), 1))))
            yield Check("random", "randn, as the CPU's", error, 16.0 if bench.factor > 1 else 0.0, "ulp")
        else:
            yield bench.exact("random", f"{name}, as the CPU's", got, near)
        sigma = abs(values.mean() - mean) / np.sqrt(variance / n)
        yield Check("random", f"{name}, mean", float(sigma), 6.0, "sigma")
        spread = (values - mean) ** 2
        sigma = abs(spread.mean() - variance) / np.sqrt(spread.var() / n)
        yield Check("random", f"{name}, variance", float(sigma), 6.0, "sigma")
    ravine.set_rng_state(before)


def optimizers(bench: Bench) -> Iterator[Check]:
    """Five steps of each, on three tensors, with gradients that change."""
    kinds: list[tuple[str, Any, Callable[[Array, list[Array]], Array]]] = [
        ("SGD, momentum", lambda p: optim.SGD(p, lr=0.1, momentum=0.9), _sgd),
        ("Adam", lambda p: optim.Adam(p, lr=0.01), _adam),
        ("AdamW", lambda p: optim.AdamW(p, lr=0.01, weight_decay=0.1), lambda p, g: _adam(p, g, 0.1)),
        ("RMSprop", lambda p: optim.RMSprop(p, lr=0.01, alpha=0.9), _rmsprop),
    ]
    for name, make, formula in kinds:
        starts = [bench.draw(*shape) for shape in ((40, 30), (7,), (1,))]
        gradients = [[bench.draw(*p.shape, low=0.1) for _ in range(5)] for p in starts]
        parameters = [nn.Parameter(bench.put(p)) for p in starts]
        optimizer = make(parameters)
        for i in range(5):
            for p, own in zip(parameters, gradients, strict=True):
                p.grad = bench.put(own[i])
            optimizer.step()
        found = [
            (p, formula(start, own)) for p, start, own in zip(parameters, starts, gradients, strict=True)
        ]
        checks = [
            bench.sums("optimizers", name, "sum", p, wanted, 5, np.abs(wanted) + 1) for p, wanted in found
        ]
        yield max(checks, key=lambda check: check.error)


def _sgd(p: Array, gradients: list[Array]) -> Array:
    speed = np.zeros_like(p)
    for g in gradients:
        speed = 0.9 * speed + g
        p = p - 0.1 * speed
    return p


def _adam(p: Array, gradients: list[Array], decay: float = 0.0) -> Array:
    first = second = np.zeros_like(p)
    for step, g in enumerate(gradients, 1):
        p = p * (1 - 0.01 * decay)
        first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g * g
        p = p - 0.01 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return p


def _rmsprop(p: Array, gradients: list[Array]) -> Array:
    square = np.zeros_like(p)
    for g in gradients:
        square = 0.9 * square + 0.1 * g * g
        p = p - 0.01 * g / (np.sqrt(square) + 1e-8)
    return p


FAMILIES: tuple[Callable[[Bench], Iterator[Check]], ...] = (
    elementwise,
    special_values,
    integers,
    products,
    reductions,
    rows,
    attention,
    convolutions,
    recurrent,
    ordering,
    random,
    optimizers,
)
