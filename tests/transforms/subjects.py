"""What is transformed: every record with samples and every layer, as functions of tensors at a point."""

from __future__ import annotations

import copy
import inspect
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

import ravine
from ops.registry import OPS, Case, Make, Op, listed
from ravine import _core, _ops, _pytree, nn
from ravine.nn.lazy import LazyModuleMixin
from transforms.layers import LAYERS, Layer

#: Elements of a batch.
BATCH = 2
#: What no shader computes with.
ELSEWHERE = ("float64", "float16", "bfloat16")


@dataclass(frozen=True)
class Subject:
    """A function of tensors. Floats are numbers of float32, whatever the dtype that they are computed in."""

    name: str
    kind: str
    #: Calls it with tensors that lie on the device.
    run: Callable[[str, str, list[ravine.Tensor]], Any]
    #: One tensor each, with a batch in front of those that are batched.
    data: list[np.ndarray]
    batched: list[bool]
    #: What the registry says of its rules: "rule", "constant" or "never: why".
    rules: dict[str, str] = field(default_factory=dict)

    @property
    def floats(self) -> list[int]:
        return [i for i, x in enumerate(self.data) if x.dtype.kind == "f"]

    def at(self, element: int) -> list[np.ndarray]:
        """The point of one element of the batch."""
        return [x[element] if b else x for x, b in zip(self.data, self.batched)]

    def call(self, device: str, dtype: str, tensors: list[ravine.Tensor]) -> list[ravine.Tensor]:
        """The results; what is drawn inside is the same at every call."""
        ravine.manual_seed(0)
        with ravine.device(device):
            found = self.run(device, dtype, tensors)
        return [y for y in _pytree.flatten(found)[0] if isinstance(y, ravine.Tensor)]


def drawn(makes: list[Make], batched: list[bool], name: str) -> list[np.ndarray]:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    data = [m.draw(rng, None, (BATCH,) if b else ()) for m, b in zip(makes, batched)]
    return [x.astype(np.float32) if x.dtype.kind == "f" else x for x in data]


def cases(op: Op, limit: int | None = None) -> list[Case]:
    """The samples that a shader can compute."""
    return [c for c in op.cases(limit) if not any(name in c.text for name in ELSEWHERE)]


def chosen(op: Op) -> Case:
    """The sample with most floats, and of those the smallest one that has a few elements."""
    return min(
        cases(op), key=lambda c: (-len(c.floats), any(0 in m.shape for m in c.makes), c.size < 5, c.size)
    )


def of_op(op: Op, case: Case) -> Subject:
    batched = [True] * len(case.makes)

    def run(device: str, dtype: str, tensors: list[ravine.Tensor]) -> Any:
        return listed(op.run(case.fill(tensors)))

    data = drawn(case.makes, batched, f"{op.name} {case.text}")
    return Subject(op.name, "op", run, data, batched, {"derivative": op.vjp, "batch": op.batch})


def of_call(name: str, shape: tuple[int, ...], call: Callable[..., Any]) -> Subject:
    """A function of tensors of one shape. One that writes into its first tensor has that for a result."""
    record = RECORDS[name]
    makes = [Make("f", shape, 0.5, 2.0)] * len(inspect.signature(call).parameters)
    batched = [True] * len(makes)

    def run(device: str, dtype: str, tensors: list[ravine.Tensor]) -> Any:
        copies = [t.clone() for t in tensors]
        found = call(*copies)
        return copies[0] if found is None else found

    rules = {"derivative": record["vjp"], "batch": record["batch"]}
    return Subject(name, "op", run, drawn(makes, batched, name), batched, rules)


def of_layer(name: str, layer: Layer) -> Subject:
    """A layer as a function of its parameters and its inputs, of which the inputs are batched."""
    low, high = layer.domain
    env = {
        "f": lambda *shape: Make("f", shape, low, high),
        "i": lambda *shape, low=0, high=5: Make("i", shape, low, high),
        "ravine": ravine,
    }
    arguments = eval(f"({layer.inputs},)", env)
    makes = [m for m in arguments if isinstance(m, Make)]
    ravine.manual_seed(0)
    made = eval(f"nn.{name.split()[0]}({layer.arguments})", {"nn": nn, "ravine": ravine})
    if isinstance(made, LazyModuleMixin):  # from its first call on it is an ordinary layer
        made(*map(ravine.tensor, drawn(makes, [False] * len(makes), name)))
    names = [key for key, _ in made.named_parameters()]

    @cache
    def module(device: str, dtype: str) -> nn.Module:
        return copy.deepcopy(made).to(device, getattr(ravine, dtype))

    def run(device: str, dtype: str, tensors: list[ravine.Tensor]) -> Any:
        rest = iter(tensors[len(names) :])
        args = tuple(next(rest) if isinstance(a, Make) else a.to(device) for a in arguments)
        state = dict(zip(names, tensors))
        return ravine.func.functional_call(module(device, dtype), state, args)

    batched = [False] * len(names) + [True] * len(makes)
    data = [p.detach().numpy() for p in made.parameters()] + drawn(makes, [True] * len(makes), name)
    return Subject(name, "layer", run, data, batched)


RECORDS: dict[str, dict[str, Any]] = {r["op"]: r for r in _core.registry_table() if r["op"]}

RATES: dict[str, Any] = {"lr": 0.1, "eps": 1e-8}
BETAS: dict[str, Any] = {**RATES, "beta1": 0.9, "beta2": 0.99, "step": 2}
RMS: dict[str, Any] = {**RATES, "alpha": 0.9}

#: Records that are called with lists.
CALLS: dict[str, Callable[..., Any]] = {
    "sgd_": lambda w, g: _ops.sgd_([w], [g], [], lr=0.1),
    "sgd_momentum_": lambda w, g, m: _ops.sgd_([w], [g], [m], lr=0.1, momentum=0.9),
    "adam_": lambda w, g, m, v: _ops.adam_([w], [g], [m], [v], **BETAS),
    "amsgrad_": lambda w, g, m, v, top: _ops.amsgrad_([w], [g], [m], [v], [top], **BETAS),
    "adamax_": lambda w, g, m, v: _ops.adamax_([w], [g], [m], [v], **BETAS),
    "nadam_": lambda w, g, m, v: _ops.nadam_(
        [w], [g], [m], [v], momentum_decay=0.004, mu_product=0.9, **BETAS
    ),
    "radam_": lambda w, g, m, v: _ops.radam_([w], [g], [m], [v], **BETAS),
    "rmsprop_": lambda w, g, v: _ops.rmsprop_([w], [g], [v], [], [], **RMS),
    "rmsprop_of_two_": lambda w, g, v, m: _ops.rmsprop_([w], [g], [v], [], [m], momentum=0.9, **RMS),
    # The mean of squares is at least the square of the mean.
    "rmsprop_of_three_": lambda w, g, v, a, m: _ops.rmsprop_(
        [w], [g], [v + 4], [a], [m], momentum=0.9, **RMS
    ),
    "adagrad_": lambda w, g, v: _ops.adagrad_([w], [g], [v], step=2, **RATES),
    "adadelta_": lambda w, g, v, d: _ops.adadelta_([w], [g], [v], [d], **RATES),
    "lion_": lambda w, g, m: _ops.lion_([w], [g], [m], lr=0.1),
    "accumulate_": lambda m, x: _ops.accumulate_([m], [x], decay=0.9, weight=0.1),
    "normalized_step_": lambda w, d, norm: _ops.normalized_step_([w], [d], [], norm.sum(), lr=0.1),
    "normalized_step_momentum_": lambda w, d, m, norm: _ops.normalized_step_(
        [w], [d], [m], norm.sum(), lr=0.1
    ),
    "scale_": lambda t, factor: _ops.scale_([t], factor.sum()),
    "total_norm": lambda a, b: _ops.total_norm([a, b]),
}


def subjects() -> list[Subject]:
    """Every row that computes something: functions of several ops are made of these."""
    ops = [of_op(op, chosen(op)) for op in OPS.values() if op.fields["op"]]
    calls = [of_call(name, (3,), call) for name, call in CALLS.items()]
    return [*ops, *calls, *(of_layer(name, layer) for name, layer in LAYERS.items())]
