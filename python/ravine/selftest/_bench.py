"""Where checks are made: a device, numbers to draw, and how results are held to their truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

import ravine
from ravine import _core

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Array = np.ndarray[Any, Any]
    Formula = Callable[..., Array]

__all__ = ["Bench", "Check"]

EPS = 2.0**-23
TINY = 2.0**-126


class Check(NamedTuple):
    """The largest error of one kernel, and what is stated."""

    family: str
    name: str
    error: float
    allowed: float
    #: `ulp`; `eps`, the rounding errors of a sum, of as many and as large terms; `wrong` values; `sigma` of a
    #: statistic.
    unit: str

    @property
    def passed(self) -> bool:
        """NaN is no pass."""
        return self.error <= self.allowed


class Bench:
    """A device, and a generator of numbers that is always the same."""

    def __init__(self, device: str, quick: bool) -> None:
        self.device = device
        self.quick = quick
        self.rng = np.random.default_rng(0)
        self.records = {record["op"]: record for record in _core.registry_table() if record["op"]}
        #: Sums are made in another order on a GPU, and its functions are less exact: docs/devices.md.
        self.factor = 1.0 if device == "cpu" else 4.0

    def draw(self, *shape: int, low: float = -1.0, high: float = 1.0) -> Array:
        """Numbers that float32 has, in float64."""
        return self.rng.uniform(low, high, shape).astype(np.float32).astype(np.float64)

    def put(self, values: Array, requires_grad: bool = False) -> ravine.Tensor:
        """On the device; floats in float32."""
        if values.dtype == np.float64:
            values = values.astype(np.float32)
        return ravine.tensor(values).to(self.device).requires_grad_(requires_grad)

    def stated(self, op: str) -> tuple[str, float]:
        """The accuracy that the record of an op states, for this device."""
        kind, bound = self.records[op]["accuracy"]
        if kind == "exact":
            return ("exact", 0.0) if self.factor == 1 else ("ulp", 2.0)
        return kind, bound * self.factor

    def elementwise(self, family: str, name: str, op: str, got: ravine.Tensor, truth: Array) -> Check:
        """By units in the last place; integers and booleans exactly."""
        values = _host(got)
        if values.dtype.kind != "f":
            return self.exact(family, name, got, truth)
        kind, bound = self.stated(op)
        if kind == "sum":
            return self.sums(family, name, op, got, truth, 1, np.abs(truth) + 1)
        if values.shape != truth.shape:
            return Check(family, name, np.inf, bound, "ulp")
        with np.errstate(all="ignore"):
            if kind == "exact":
                truth = truth.astype(np.float32).astype(np.float64)
            unit = EPS * 2.0 ** np.floor(np.log2(np.maximum(np.abs(truth), TINY)))
            error = np.abs(values - truth) / unit
        error = np.where((values == truth) | (np.isnan(values) & np.isnan(truth)), 0.0, error)
        return Check(family, name, _largest(error), bound, "ulp")

    def sums(
        self, family: str, name: str, op: str, got: ravine.Tensor, truth: Array, k: int, terms: Array
    ) -> Check:
        """By the sum of k terms whose absolute values add up to `terms`, as records state it."""
        values = _host(got)
        _, bound = self.stated(op)
        if values.shape != truth.shape:
            return Check(family, name, np.inf, bound, "eps")
        with np.errstate(all="ignore"):
            error = (np.abs(values - truth) - EPS * np.abs(truth)) / (EPS * k * terms)
        return Check(family, name, max(_largest(error), 0.0), bound, "eps")

    def exact(self, family: str, name: str, got: ravine.Tensor, truth: Array) -> Check:
        """How many values are others, NaN being NaN."""
        values = _host(got)
        if values.shape != np.shape(truth):
            return Check(family, name, np.inf, 0.0, "wrong")
        same = values == truth
        if values.dtype.kind == "f":
            same = same | (np.isnan(values) & np.isnan(truth))
        return Check(family, name, float(np.sum(~same)), 0.0, "wrong")

    def derivatives(
        self,
        family: str,
        name: str,
        op: str,
        call: Callable[..., ravine.Tensor],
        formula: Formula,
        inputs: Sequence[Array],
        k: int,
    ) -> Check:
        """Of a weighted sum of the results, in two directions for each input, against differences."""
        leaves = [self.put(x, requires_grad=True) for x in inputs]
        result = call(*leaves)
        if tuple(result.shape) != formula(*inputs).shape:
            return Check(family, name, np.inf, self.stated(op)[1], "eps")
        weights = self.draw(*result.shape)
        result.backward(self.put(weights))
        worst = 0.0
        for i, (leaf, x) in enumerate(zip(leaves, inputs, strict=True)):
            assert leaf.grad is not None
            gradient = _host(leaf.grad)
            if gradient.shape != x.shape:
                return Check(family, name, np.inf, self.stated(op)[1], "eps")
            # One in which every element counts, and one in which signs that are wrong show.
            for direction in (np.sign(gradient), self.draw(*x.shape)):
                step = 1e-5 * direction
                there, back = (
                    float(np.sum(weights * formula(*inputs[:i], moved, *inputs[i + 1 :])))
                    for moved in (x + step, x - step)
                )
                slopes = gradient * direction
                error = abs(np.sum(slopes) - (there - back) / 2e-5) / (EPS * k * (np.sum(np.abs(slopes)) + 1))
                worst = max(worst, float(error)) if np.isfinite(error) else np.inf
        return Check(family, name, worst, self.stated(op)[1], "eps")


def _host(t: ravine.Tensor) -> Array:
    values = np.array(t.detach().to("cpu").numpy())
    return values.astype(np.float64) if values.dtype.kind == "f" else values


def _largest(error: Array) -> float:
    """Infinite where only one of result and truth is finite."""
    return float(np.max(np.where(np.isnan(error), np.inf, error), initial=0.0))
