"""What folds rows on the GPU: softmax, cross-entropy, normalisation and their cotangents, against float64."""

import json

import numpy as np
import pytest
import scipy.special as sp

import ravine
from gpu.programs import program, ulps
from ravine import _core, func, nn

F32, EPS = np.float32, float(np.finfo(np.float32).eps)

# Around the widths of rows, along each dimension, empty, and so long that rows are cut into parts.
LINES = [
    ((1,), 0),
    ((1, 1), 1),
    ((7, 3), 1),
    ((300, 5), 1),
    ((2, 65), 1),
    ((4, 1025), 1),
    ((9, 4), 0),
    ((5, 70, 3), 1),
    ((2, 3, 100), 1),
    ((3, 5000, 2), 1),
    ((2, 100_001), 1),
    ((0, 3), 1),
    ((3, 0), 1),
]


def close(got, want, size, factor=16):
    """Whether results are as near as sums of terms of that size can be."""
    assert got.shape == np.shape(want)
    np.testing.assert_array_less(np.abs(got - want), factor * EPS * size + 1e-37)


def numbers(rng, *shape):
    return (rng.standard_normal(shape) + 0.5).astype(F32)


# ---- Softmax ----


def test_softmax_of_long_and_short_lines(host, rng):
    for shape, dim in LINES:
        x = rng.uniform(-5, 5, shape).astype(F32)
        (got,) = host.run(program("softmax", [dim], [], x), x)
        assert ulps(got, sp.softmax(x.astype(float), axis=dim) if x.size else x) <= 16, shape


def test_log_softmax(host, rng):
    for shape, dim in LINES:
        x = rng.uniform(-5, 5, shape).astype(F32)
        (got,) = host.run(program("log_softmax", [dim], [], x), x)
        want = sp.log_softmax(x.astype(float), axis=dim) if x.size else x
        close(got, want, 1 + np.abs(want))


@pytest.mark.parametrize("op", ["softmax", "log_softmax"])
def test_softmax_of_special_values(host, op):
    """Large numbers do not overflow; -inf is probability 0; a row with NaN or inf, or all of -inf, is NaN."""
    inf, nan = np.inf, np.nan
    x = np.array([[3e38, -3e38, 3e38], [0, -inf, 0], [nan, 1, 2], [1, inf, 0], [-inf] * 3], F32)
    (got,) = host.run(program(op, [1], [], x), x)
    half, log_half = 0.5, np.log(F32(0.5))
    want = [[half, 0, half]] * 2 if op == "softmax" else [[log_half, -inf, log_half]] * 2
    np.testing.assert_allclose(got[:2], want, rtol=1e-6)
    assert np.all(np.isnan(got[2:]))


def test_softmax_backward(host, rng):
    for shape, dim in LINES:
        g, x = numbers(rng, *shape), rng.uniform(-5, 5, shape)
        y = (sp.softmax(x, axis=dim) if x.size else x).astype(F32)
        (got,) = host.run(program("softmax_backward", [dim], [], g, y), g, y)
        g, y = g.astype(float), y.astype(float)
        want = y * (g - np.sum(y * g, axis=dim, keepdims=True))
        close(got, want, y * (np.abs(g) + np.sum(np.abs(y * g), axis=dim, keepdims=True)))


def test_log_softmax_backward(host, rng):
    for shape, dim in LINES:
        g, x = numbers(rng, *shape), rng.uniform(-5, 5, shape)
        y = (sp.log_softmax(x, axis=dim) if x.size else x).astype(F32)
        (got,) = host.run(program("log_softmax_backward", [dim], [], g, y), g, y)
        g, y = g.astype(float), y.astype(float)
        want = g - np.exp(y) * np.sum(g, axis=dim, keepdims=True)
        close(got, want, np.abs(g) + np.exp(y) * np.sum(np.abs(g), axis=dim, keepdims=True))


# ---- Cross-entropy ----


def smoothed(x, labels, dim, ignored, smoothing):
    """log softmax, the target's probabilities, and whether a position counts."""
    classes, labels = x.shape[dim], labels.astype(np.int64)
    hit = np.expand_dims(labels, dim) == np.arange(classes).reshape([-1] + [1] * (x.ndim - dim - 1))
    logp = sp.log_softmax(x.astype(float), axis=dim) if x.size else x.astype(float)
    return logp, hit * (1 - smoothing) + smoothing / max(classes, 1), labels != ignored


def cases(rng):
    for k, (shape, dim) in enumerate(LINES):
        x = rng.uniform(-5, 5, shape).astype(F32)
        ignored = (-100, 2, -(2**40))[k % 3]
        labels = rng.integers(0, max(shape[dim], 1), np.delete(shape, dim))
        labels[rng.random(labels.shape) < 0.3] = ignored
        if shape[dim] == 0:
            labels[...] = ignored
        dtype = np.int64 if ignored < -100 or k % 2 else np.int32
        for smoothing in (0.0, 0.25):
            yield x, labels.astype(dtype), dim, ignored, smoothing


def test_cross_entropy(host, rng):
    for x, labels, dim, ignored, smoothing in cases(rng):
        text = program("cross_entropy", [dim], [ignored, smoothing], x, labels)
        (got,) = host.run(text, x, labels)
        logp, wanted, valid = smoothed(x, labels, dim, ignored, smoothing)
        want = np.where(valid, -np.sum(logp * wanted, axis=dim), 0)
        close(got, want, 1 + np.abs(want))
        assert host.fault == 0
        assert np.all(got[~valid] == 0)


def test_cross_entropy_backward(host, rng):
    for x, labels, dim, ignored, smoothing in cases(rng):
        g = numbers(rng, *labels.shape)
        text = program("cross_entropy_backward", [dim], [ignored, smoothing], g, x, labels)
        (got,) = host.run(text, g, x, labels)
        logp, wanted, valid = smoothed(x, labels, dim, ignored, smoothing)
        g = np.expand_dims(np.where(valid, g, 0), dim).astype(float)
        close(got, g * (np.exp(logp) - wanted), np.abs(g) * (np.exp(logp) + wanted))
        assert host.fault == 0


def test_cross_entropy_of_special_values(host):
    """What is ignored counts for nothing, whatever is there; a class that cannot be costs infinity."""
    inf, nan = np.inf, np.nan
    x = np.array([[nan, inf], [0, -inf], [0, -inf], [nan, 0]], F32)
    labels, g = np.array([9, 0, 1, 0]), np.array([inf, 1, 1, 1], F32)
    (losses,) = host.run(program("cross_entropy", [1], [9, 0.0], x, labels), x, labels)
    np.testing.assert_array_equal(losses, [0, 0, inf, nan])
    text = program("cross_entropy_backward", [1], [9, 0.0], g, x, labels)
    (slopes,) = host.run(text, g, x, labels)
    np.testing.assert_array_equal(slopes, [[0, 0], [0, 0], [1, -1], [nan, nan]])
    assert host.fault == 0


@pytest.mark.parametrize("label", [3, -1, 2**32, 2**32 + 1, -(2**32)])
def test_a_label_that_is_no_class_is_noted(host, label):
    x, labels, g = np.zeros((2, 3), F32), np.array([1, label]), np.ones(2, F32)
    host.run(program("cross_entropy", [1], [-100, 0.0], x, labels), x, labels)
    assert host.fault == 1
    host.run(program("cross_entropy_backward", [1], [-100, 0.0], g, x, labels), g, x, labels)
    assert host.fault == 1


# ---- Normalisation ----


class Normal:
    """The truth about rows that are normalised: statistics over `axis`, parameters that broadcast."""

    def __init__(self, x, axis, eps, centre=True):
        self.x, self.axis = x.astype(float), axis
        self.mean = self.over(self.x) if centre else 0 * self.over(self.x)
        self.variance = self.over((self.x - self.mean) ** 2)
        self.rstd = 1 / np.sqrt(self.variance + eps)
        self.normal = (self.x - self.mean) * self.rstd
        self.centre = centre
        # What the rounding of x, and that of its mean, amount to in units of the result.
        self.size = (np.abs(self.x) + centre * self.over(np.abs(self.x))) * self.rstd

    def over(self, values):
        return np.mean(values, axis=self.axis, keepdims=True)

    def slope(self, g, weight):
        """The cotangent of x, and the size of its terms."""
        inner = g.astype(float) * weight
        level = self.over(inner) if self.centre else 0
        slope = (inner - level - self.normal * self.over(inner * self.normal)) * self.rstd
        terms = np.abs(inner) + self.over(np.abs(inner)) * (1 + self.size)
        return slope, (terms + self.size * self.over(np.abs(inner) * self.size)) * self.rstd

    def totals(self, g, over):
        """The cotangents of weight and bias, and the sizes of their terms."""
        g = g.astype(float)
        sums = [(g * self.normal, np.abs(g) * (1 + self.size)), (g, np.abs(g))]
        return [[np.sum(t, axis=over) for t in pair] for pair in sums]


ROWS = [(1, 1), (7, 3), (300, 5), (2, 65), (3, 1025), (2, 100_001), (70_001, 3), (0, 3), (3, 0)]
PARAMETERS = [(False, False), (True, False), (False, True), (True, True)]


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
@pytest.mark.parametrize("op", ["layer_norm", "rms_norm"])
def test_layer_norm(host, rng, op):
    for shape in ROWS:
        for has_weight, has_bias in PARAMETERS if op == "layer_norm" else PARAMETERS[:2]:
            x, weight, bias = numbers(rng, *shape), numbers(rng, shape[1]), numbers(rng, shape[1])
            given = [x, *[weight] * has_weight, *[bias] * has_bias]
            (got,) = host.run(program(op, [1, has_weight, has_bias], [1e-3], *given), *given)
            truth = Normal(x, 1, 1e-3, op == "layer_norm")
            w, b = weight if has_weight else 1, bias if has_bias else 0
            close(got, truth.normal * w + b, truth.size * np.abs(w) + np.abs(b))


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
@pytest.mark.parametrize("op", ["layer_norm", "rms_norm"])
def test_layer_norm_backward(host, rng, op):
    for shape in ROWS:
        for has_weight, parameters in PARAMETERS:
            g, x, weight = numbers(rng, *shape), numbers(rng, *shape), numbers(rng, shape[1])
            given = [g, x, *[weight] * has_weight]
            text = program(f"{op}_backward", [1, has_weight, parameters], [1e-3], *given)
            slope, *totals = host.run(text, *given)
            truth = Normal(x, 1, 1e-3, op == "layer_norm")
            close(slope, *truth.slope(g, weight if has_weight else 1))
            assert len(totals) == parameters * (2 if op == "layer_norm" else 1)
            for total, want in zip(totals, truth.totals(g, 0)):
                close(total, *want)


def test_layer_norm_over_several_dimensions(host, rng):
    g, x, weight = numbers(rng, 5, 2, 3, 4), numbers(rng, 5, 2, 3, 4), numbers(rng, 3, 4)
    (got,) = host.run(program("layer_norm", [2, True, False], [0.0], x, weight), x, weight)
    truth = Normal(x, (2, 3), 0)
    close(got, truth.normal * weight, truth.size * np.abs(weight))
    text = program("layer_norm_backward", [2, True, True], [0.0], g, x, weight)
    slope, *totals = host.run(text, g, x, weight)
    close(slope, *truth.slope(g, weight))
    for total, want in zip(totals, truth.totals(g, (0, 1))):
        close(total, *want)


GROUPS = [
    ((2, 4), 2),
    ((1, 1), 1),
    ((2, 4, 3), 2),
    ((2, 6, 5), 6),
    ((3, 2, 7), 1),
    ((300, 6, 3, 2), 3),
    ((2, 4, 33, 17), 2),
    ((2, 4, 200, 100), 2),
    ((0, 4, 3), 2),
    ((2, 4, 0), 2),
]


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
def test_group_norm(host, rng):
    for shape, groups in GROUPS:
        rows = (shape[0], groups, int(np.prod(shape[1:])) // groups)
        channels = (shape[1], *[1] * (len(shape) - 2))
        for has_weight, has in PARAMETERS:
            g, x = numbers(rng, *shape), numbers(rng, *shape)
            weight, bias = numbers(rng, shape[1]), numbers(rng, shape[1])
            w = np.broadcast_to((weight if has_weight else weight * 0 + 1).reshape(channels), shape)
            b = np.broadcast_to((bias if has else bias * 0).reshape(channels), shape)
            truth = Normal(x.reshape(rows), 2, 1e-3)
            given = [x, *[weight] * has_weight, *[bias] * has]
            (got,) = host.run(program("group_norm", [groups, has_weight, has], [1e-3], *given), *given)
            normal, size = truth.normal.reshape(shape), truth.size.reshape(shape)
            close(got, normal * w + b, size * np.abs(w) + np.abs(b))

            given = [g, x, *[weight] * has_weight]
            text = program("group_norm_backward", [groups, has_weight, has], [1e-3], *given)
            slope, *totals = host.run(text, *given)
            want, terms = truth.slope(g.reshape(rows), w.reshape(rows))
            close(slope, want.reshape(shape), terms.reshape(shape))
            assert len(totals) == 2 * has
            truth.normal, truth.size = normal, size
            for total, want in zip(totals, truth.totals(g, (0, *range(2, len(shape))))):
                close(total, *want)


CHANNELS = [
    (2, 1),
    (5, 3),
    (2, 3, 4),
    (300, 20),
    (5000, 40),
    (3, 2, 2, 2),
    (2, 3, 33, 17),
    (3, 2, 200, 101),
    (2, 0, 3),
]


@pytest.mark.parametrize(("has_weight", "has"), PARAMETERS)
def test_batch_norm(host, rng, has_weight, has):
    for shape in CHANNELS:
        over, channels = (0, *range(2, len(shape))), (shape[1], *[1] * (len(shape) - 2))
        g, x = numbers(rng, *shape), numbers(rng, *shape)
        weight, bias = numbers(rng, shape[1]), numbers(rng, shape[1])
        w = weight.reshape(channels) if has_weight else 1
        b = bias.reshape(channels) if has else 0
        truth = Normal(x, over, 1e-3)
        given = [x, *[weight] * has_weight, *[bias] * has]
        y, mean, variance = host.run(program("batch_norm_train", [has_weight, has], [1e-3], *given), *given)
        close(y, truth.normal * w + b, truth.size * np.abs(w) + np.abs(b))
        close(mean, truth.mean.ravel(), np.mean(np.abs(truth.x), axis=over))
        close(variance, truth.variance.ravel(), np.mean(truth.x**2, axis=over))

        given = [g, x, mean, variance, *[weight] * has_weight]
        text = program("batch_norm_backward", [has_weight, has], [1e-3], *given)
        slope, *totals = host.run(text, *given)
        close(slope, *truth.slope(g, w))
        assert len(totals) == 2 * has
        for total, want in zip(totals, truth.totals(g, over)):
            close(total, *want)


# ---- What all of them keep to ----


def test_short_rows_are_one_pass():
    x = np.zeros((64, 512), F32)
    for op, attrs, data, given in [
        ("softmax", [1], [], [x]),
        ("log_softmax_backward", [1], [], [x, x]),
        ("layer_norm", [1, False, False], [0.1], [x]),
        ("layer_norm_backward", [1, False, False], [0.1], [x, x]),
    ]:
        assert len(json.loads(program(op, attrs, data, *given))["passes"]) == 1


def test_no_lane_goes_round_too_often():
    """Not even in the longest line that a binding reaches, and not where rows lie side by side."""
    for rows, length, stride in [(1, 1 << 25, 1), (1, 1 << 24, 2), (1, 1 << 20, 32), (1 << 12, 1 << 13, 1)]:
        meta = [([rows, length, stride], "float32")]
        for step in json.loads(_core.gpu_program("softmax", [1], [], meta, []))["passes"]:
            lanes, parts, part = step["params"][2], step["params"][5], step["params"][6]
            assert part * parts >= length
            assert 3 * (part // lanes) + 2 * (parts // lanes) + 100 < 60_000


@pytest.mark.parametrize("dtype", ["float64", "int32"])
def test_other_dtypes_are_refused(dtype):
    x, label = np.zeros((2, 3), dtype), np.zeros(2, np.int64)
    for op, attrs, given in [("log_softmax", [1], [x]), ("cross_entropy", [1], [x, label])]:
        with pytest.raises(TypeError, match=dtype):
            program(op, attrs, [-100, 0.0] if len(given) == 2 else [], *given)


# ---- Through the engine ----

FUNCTIONS = {
    "softmax": lambda x, w, b: ravine.softmax(x, 1),
    "log_softmax": lambda x, w, b: ravine.log_softmax(x, 0),
    "probabilities": lambda x, w, b: (
        ravine.cross_entropy(x, ravine.softmax(w + b * x, 1), reduction="sum") * x
    ),
    "layer_norm": lambda x, w, b: ravine.layer_norm(x, (6,), w, b),
    "rms_norm": lambda x, w, b: ravine.rms_norm(x, (6,), w) + b,
    "group_norm": lambda x, w, b: ravine.group_norm(x, 3, w, b),
    "batch_norm": lambda x, w, b: ravine.batch_norm_moments(x, w, b)[0],
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_tensors_and_their_gradients(rng, name):
    arrays = [numbers(rng, 5, 6), numbers(rng, 6), numbers(rng, 6)]
    cotangent = numbers(rng, 5, 6)

    def everything(device):
        leaves = [ravine.tensor(a).to(device).requires_grad_() for a in arrays]
        y = FUNCTIONS[name](*leaves)
        (y * ravine.tensor(cotangent).to(device)).sum().backward()
        return [y, *(t.grad for t in leaves if t.grad is not None)]

    for near, far in zip(everything("cpu"), everything("gpu"), strict=True):
        np.testing.assert_allclose(
            far.to("cpu").detach().numpy(), near.detach().numpy(), rtol=1e-5, atol=2e-6
        )


def test_losses_of_tensors_and_their_gradients(rng):
    x, labels = numbers(rng, 5, 6, 3), rng.integers(0, 6, (5, 3))
    labels[0, 1] = 2

    def everything(device, smoothing):
        leaf = ravine.tensor(x).to(device).requires_grad_()
        target = ravine.tensor(labels).to(device)
        loss = ravine.cross_entropy(leaf, target, ignore_index=2, reduction="sum", label_smoothing=smoothing)
        loss.backward()
        assert leaf.grad is not None
        return loss.item(), leaf.grad.to("cpu").numpy()

    for smoothing in (0.0, 0.1):
        (near, slope), (far, far_slope) = everything("cpu", smoothing), everything("gpu", smoothing)
        assert far == pytest.approx(near, rel=1e-5)
        np.testing.assert_allclose(far_slope, slope, rtol=1e-5, atol=1e-7)


def test_second_derivatives_and_batches(rng):
    """The backward ops are differentiated as their plain forms, and batched by rules of their own."""
    x, w, cotangent = numbers(rng, 5, 6), numbers(rng, 6), numbers(rng, 5, 6)

    def everything(function, device):
        args = [ravine.tensor(a).to(device) for a in (x, w, cotangent)]

        def slope(x, w, c):
            return (func.grad(lambda x: (function(x, w, w) * c).sum())(x) ** 2).sum()

        many = func.vmap(lambda x: function(x, args[1], args[1]))
        results = [func.grad(slope)(*args), many(ravine.tensor(np.stack([x, cotangent])).to(device))]
        return [t.to("cpu").numpy() for t in results]

    for name in FUNCTIONS:
        near, far = (everything(FUNCTIONS[name], device) for device in ("cpu", "gpu"))
        for a, b in zip(near, far, strict=True):
            np.testing.assert_allclose(b, a, rtol=1e-3, atol=1e-4 * np.max(np.abs(a)), err_msg=name)


@pytest.mark.parametrize(("columns", "passes"), [(6, 1), (100_001, 3)])
def test_neighbours_are_spliced_in(rng, columns, passes):
    """Scaled and masked scores, and what follows a norm, are computed on the way, in parts of rows too."""
    x, mask = numbers(rng, 2, columns), np.where(rng.random(columns) < 0.3, -np.inf, 0).astype(F32)

    def dispatches(function):
        arrays = [ravine.tensor(a).to("gpu") for a in (x, mask)]
        before = ravine.stats()["gpu_dispatches"]
        far = function(*arrays).to("cpu").numpy()
        near = function(ravine.tensor(x), ravine.tensor(mask)).numpy()
        np.testing.assert_allclose(far, near, rtol=1e-5, atol=1e-6)
        return ravine.stats()["gpu_dispatches"] - before

    assert dispatches(lambda x, mask: ravine.softmax(x * 0.125 + mask, 1) * x + 1) == passes
    assert dispatches(lambda x, mask: ravine.layer_norm(x, (columns,)).sigmoid() * x) == passes


def test_a_label_that_is_no_class_raises_when_the_result_is_read():
    labels = ravine.tensor([1, 2]).to("gpu") + 1
    with pytest.raises(IndexError, match="cross_entropy"):
        ravine.cross_entropy(ravine.zeros(2, 3).to("gpu"), labels, reduction="sum").item()


def test_a_network_with_all_of_them_learns_the_same(rng):
    x, labels = numbers(rng, 8, 4, 5), rng.integers(0, 3, 8)

    def trained(device):
        ravine.manual_seed(0)
        model = nn.Sequential(
            nn.BatchNorm1d(4), nn.GroupNorm(2, 4), nn.Flatten(), nn.LayerNorm(20), nn.Linear(20, 3)
        ).to(device)
        optimizer = ravine.optim.SGD(model.parameters(), lr=0.01)
        losses = []
        for _ in range(4):
            optimizer.zero_grad()
            scores, target = model(ravine.tensor(x).to(device)), ravine.tensor(labels).to(device)
            loss = ravine.cross_entropy(scores, target, reduction="sum")
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    near = trained("cpu")
    np.testing.assert_allclose(trained("gpu"), near, rtol=1e-4)
    assert near[-1] < near[0]
