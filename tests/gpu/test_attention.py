"""Attention and its cotangents, whose scores are never stored, against float64."""

import itertools
import json

import numpy as np
import pytest

import ravine
from gpu.programs import program
from ravine.nn import functional as F

F32, EPS = np.float32, float(np.finfo(np.float32).eps)

# Leading dimensions, queries, keys, width, width of values: around tiles of queries (64) and of keys (32),
# a step of columns (16), a block of the result (128) and its half; and so many keys or queries that they are
# cut into segments.
SIZES = [
    ((), 1, 1, 1, 1),
    ((2,), 3, 4, 5, 2),
    ((2, 3), 65, 33, 16, 64),
    ((1,), 64, 32, 17, 65),
    ((1, 2), 70, 100, 128, 128),
    ((), 5, 40, 130, 300),
    ((), 2, 1100, 8, 3),
    ((1,), 1100, 40, 8, 3),
    ((2,), 3, 0, 4, 5),
    ((2,), 0, 3, 4, 5),
    ((0, 2), 3, 3, 4, 5),
    ((2,), 3, 4, 0, 5),
    ((2,), 3, 4, 5, 0),
]
# Of causal, mask (none, bool, added) and dropout.
KINDS = [(True, None, False), (False, bool, False), (False, float, True), (True, None, True)]


def numbers(rng, *shape):
    return rng.uniform(-1.5, 1.5, shape).astype(F32)


class Case:
    """A call of the record, and its truth in float64."""

    def __init__(self, rng, sizes, kind=(False, None, False), staging=True, scale=0.7, kept=1.25):
        lead, queries, keys, width, value_width = sizes
        self.causal, mask, self.dropout = kind
        self.staging = staging
        self.scale, self.kept = scale, kept if self.dropout else 1.0
        self.q, self.k = numbers(rng, *lead, queries, width), numbers(rng, *lead, keys, width)
        self.v, self.g = numbers(rng, *lead, keys, value_width), numbers(rng, *lead, queries, value_width)
        self.masks = []
        weights = (*lead, queries, keys)
        if mask is bool:
            allowed = rng.random(weights) < 0.6
            allowed[..., :1, :] = False  # a query that sees nothing
            self.masks.append(allowed)
        elif mask is float:
            self.masks.append(numbers(rng, *weights) * F32(4))
        if self.dropout:
            self.masks.append(rng.random(weights) < 1 / self.kept)
        self.attrs = [self.causal, mask is not None, self.dropout]
        self.data = [self.scale, self.kept]

    def forward(self, host):
        inputs = (self.q, self.k, self.v, *self.masks)
        text = program("scaled_dot_product_attention", self.attrs, self.data, *inputs, staging=self.staging)
        return host.run(text, *inputs)[0]

    def backward(self, host, of_mask=False):
        inputs = (self.g, self.q, self.k, self.v, *self.masks)
        attrs = [*self.attrs, of_mask]
        text = program("attention_backward", attrs, self.data, *inputs, staging=self.staging)
        return host.run(text, *inputs)

    def softmax(self):
        scores = np.einsum("...le,...se->...ls", self.q, self.k, dtype=float) * self.scale
        if self.attrs[1]:
            mask = self.masks[0]
            scores = np.where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
        if self.causal:
            scores = np.where(np.tri(*scores.shape[-2:]) > 0, scores, -np.inf)
        top = np.max(scores, -1, keepdims=True, initial=-np.inf)
        e = np.exp(scores - np.where(top == -np.inf, 0, top))
        total = e.sum(-1, keepdims=True)
        return e / np.where(total == 0, 1, total)

    def dropped(self, x):
        return np.where(self.masks[-1], x * self.kept, 0) if self.dropout else x

    def truth(self):
        """The result, and the size of what is summed."""
        w = self.dropped(self.softmax())
        return w @ self.v.astype(float), w @ np.abs(self.v)

    def slopes(self):
        """The cotangents of query, key, value and scores, each with the size of what is summed."""
        q, k, v, g = (x.astype(float) for x in (self.q, self.k, self.v, self.g))
        p = self.softmax()
        w, d = self.dropped(p), self.dropped(g @ v.swapaxes(-1, -2))
        s = p * (d - np.sum(p * d, -1, keepdims=True))
        size = self.dropped(np.abs(g) @ np.abs(v).swapaxes(-1, -2))
        size = p * (size + np.sum(p * size, -1, keepdims=True))
        t, t_size = s.swapaxes(-1, -2) * self.scale, size.swapaxes(-1, -2) * self.scale
        return [
            (s @ k * self.scale, size @ np.abs(k) * self.scale),
            (t @ q, t_size @ np.abs(q)),
            (w.swapaxes(-1, -2) @ g, w.swapaxes(-1, -2) @ np.abs(g)),
            (s, size),
        ]

    def factor(self):
        """Errors of scores are those of results: they grow with the scores."""
        return 8 * (8 + 1.5 * self.scale * np.sqrt(self.q.shape[-1]))


def close(got, truth, factor):
    want, size = truth
    assert got.shape == want.shape
    np.testing.assert_array_less(np.abs(got - want), factor * EPS * size + 1e-37)


def test_lengths_and_widths(host, rng):
    for sizes in SIZES:
        case = Case(rng, sizes)
        close(case.forward(host), case.truth(), case.factor())


@pytest.mark.parametrize("kind", KINDS)
def test_masks(host, rng, kind):
    for sizes in SIZES:
        case = Case(rng, sizes, kind)
        close(case.forward(host), case.truth(), case.factor())


def test_cotangents(host, rng):
    for sizes in SIZES:
        case = Case(rng, sizes)
        for got, want in zip(case.backward(host), case.slopes(), strict=False):
            close(got, want, case.factor())


@pytest.mark.parametrize("kind", KINDS)
def test_cotangents_of_masks(host, rng, kind):
    for sizes in SIZES:
        case = Case(rng, sizes, kind)
        of_mask = kind[1] is float
        slopes = case.backward(host, of_mask)
        assert len(slopes) == 3 + of_mask
        for got, want in zip(slopes, case.slopes(), strict=False):
            close(got, want, case.factor())


# Read by fours; a thread has four queries or keys, and 32 columns of the result.
BY_FOURS = [
    ((2,), 1, 1, 4, 4),
    ((2, 3), 65, 33, 16, 64),
    ((), 3, 70, 8, 36),
    ((1, 2), 70, 101, 132, 128),
    ((), 2, 1100, 8, 4),
    ((1,), 1100, 40, 8, 300),
    ((2,), 3, 0, 4, 8),
    ((2,), 0, 3, 4, 8),
]


@pytest.mark.parametrize("causal", [False, True])
def test_without_staging(host, rng, causal):
    cases = [Case(rng, sizes, (causal, None, False), staging=False) for sizes in BY_FOURS]
    for case in cases:
        close(case.forward(host), case.truth(), case.factor())
        for got, want in zip(case.backward(host), case.slopes(), strict=False):
            close(got, want, case.factor())
    case = cases[0]
    text = program("scaled_dot_product_attention", case.attrs, case.data, *[np.zeros((8, 8), F32)] * 3)
    assert "registers" not in text
    text = program(
        "scaled_dot_product_attention", case.attrs, case.data, *[np.zeros((8, 8), F32)] * 3, staging=False
    )
    assert "registers" in text


def test_long_lines_are_cut_into_segments(rng):
    """Few queries of many keys busy more than a workgroup per tile; many need no memory but the result's."""
    passes = json.loads(
        program("scaled_dot_product_attention", [0, 0, 0], [1, 1], *[np.zeros((9000, 4), F32)] * 3)
    )
    assert len(passes["passes"]) == 2
    many = json.loads(
        program("scaled_dot_product_attention", [0, 0, 0], [1, 1], *[np.zeros((600, 64, 4), F32)] * 3)
    )
    assert len(many["passes"]) == 1
    assert many["scratch"] == []


def test_large_scores(host):
    """Scores far apart neither overflow nor lose what is small; -1e9 for all is a mask like any other."""
    q, v = np.array([[100.0], [-100.0]], F32), np.arange(80, dtype=F32).reshape(40, 2)
    k = np.linspace(-30, 30, 40, dtype=F32).reshape(40, 1)
    (got,) = host.run(program("scaled_dot_product_attention", [0, 0, 0], [1, 1], q, k, v), q, k, v)
    np.testing.assert_allclose(got, v[[39, 0]], rtol=1e-6)
    mask = np.full((2, 40), -1e9, F32)
    inputs = (q * 0, k, v, mask)
    (got,) = host.run(program("scaled_dot_product_attention", [0, 1, 0], [1, 1], *inputs), *inputs)
    np.testing.assert_allclose(got, [v.mean(0)] * 2, rtol=1e-6)


def test_special_values(host):
    """A query with NaN has NaN, no other has; one whose keys are all at -inf has zeros, as its cotangents."""
    q, k, v = (np.ones((66, 3), F32) for _ in range(3))
    q[1, 2] = np.nan
    mask = np.zeros((66, 66), F32)
    mask[65] = -np.inf
    mask[64, 1:] = -np.inf
    inputs = (q, k, v, mask)
    (got,) = host.run(program("scaled_dot_product_attention", [0, 1, 0], [1, 1], *inputs), *inputs)
    want = np.ones((66, 3), F32)
    want[1], want[65] = np.nan, 0
    np.testing.assert_allclose(got, want, rtol=1e-6)
    q[1, 2] = 1
    inputs = (v, *inputs)
    slopes = host.run(program("attention_backward", [0, 1, 0, 1], [1, 1], *inputs), *inputs)
    assert all(np.all(np.isfinite(x)) for x in slopes)
    assert np.all(slopes[0][65] == 0)
    assert np.all(slopes[3][65] == 0)


@pytest.mark.parametrize(("width", "staging"), [(19, True), (20, False)])
def test_what_comes_later_changes_nothing(host, rng, width, staging):
    """Bit for bit, in both directions."""
    case = Case(rng, ((2,), 100, 100, width, 20), (True, None, False), staging)
    whole = [case.forward(host), case.backward(host)[0]]
    arrays = case.q, case.k, case.v, case.g
    for t in (1, 32, 33, 64, 99):
        case.q, case.k, case.v, case.g = (x.copy() for x in arrays)
        for x in (case.q, case.k, case.v, case.g):
            x[:, t:] = 7
        changed = [case.forward(host), case.backward(host)[0]]
        for a, b in zip(whole, changed, strict=True):
            np.testing.assert_array_equal(a[:, :t], b[:, :t])


# ---- On the device ----


def both(rng, f, *arrays):
    """Results and gradients of a function of tensors on the CPU and on the GPU."""
    cotangent = None
    for device in ("cpu", "gpu"):
        tensors = [ravine.tensor(x).to(device).requires_grad_() for x in arrays]
        y = f(device, *tensors)
        if cotangent is None:
            cotangent = rng.standard_normal(y.shape).astype(F32)
        y.backward(ravine.tensor(cotangent).to(device))
        gradients = [t.grad for t in tensors if t.grad is not None]
        assert len(gradients) == len(tensors)
        yield [x.to("cpu").numpy() for x in (y.detach(), *gradients)]


def agree(rng, f, *arrays):
    near, far = both(rng, f, *arrays)
    for a, b in zip(near, far, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=1e-5)


def test_operands_are_read_where_they_lie(rng):
    """Heads behind positions, a mask for all heads, groups of heads, parts of one projection."""
    attend = F.scaled_dot_product_attention
    x, mask = numbers(rng, 2, 37, 3, 4, 8), numbers(rng, 37, 37)

    def heads(_, x, mask):
        q, k, v = (x[:, :, i].transpose(1, 2) for i in range(3))
        return attend(q, k, v, mask).transpose(1, 2).reshape(2, 37, -1)

    agree(rng, heads, x, mask)
    agree(
        rng, lambda _, x: attend(x[:, :, 0].flip(1), x[:, 1:, 1], x[:, 1:, 1], is_causal=True), x[:, :, :, 0]
    )

    def grouped(device, q, k):
        seen = ravine.tensor(rng_mask).to(device)
        return attend(q, k, k * 2, seen, enable_gqa=True)

    rng_mask = rng.random((2, 1, 1, 9)) < 0.7
    agree(rng, grouped, numbers(rng, 2, 6, 5, 8), numbers(rng, 2, 2, 9, 8))


def test_vmap_and_second_order(rng):
    q, k, v = (numbers(rng, 3, 7, 4) for _ in range(3))

    def slope(device, q, k, v):
        batched = ravine.func.vmap(F.scaled_dot_product_attention)
        return ravine.func.grad(lambda q, k, v: (batched(q, k, v) ** 2).sum())(q, k, v)

    agree(rng, slope, q, k, v)


def test_bits_are_the_same_every_time(host, rng):
    case = Case(rng, ((2,), 70, 1100, 9, 10))
    runs = [[case.forward(host), *case.backward(host)] for _ in range(2)]
    for a, b in itertools.zip_longest(*runs):
        assert a.tobytes() == b.tobytes()
