"""fit: the loop of supervised learning, from data to a trained model and the reason why it ended."""

from __future__ import annotations

import ravine as rv

from ..errors import ShapeError, ValueError
from ..nn import Module
from ..optim import LBFGS
from ..optim.lr_scheduler import ReduceLROnPlateau
from .callbacks import Callback
from .run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Any, TextIO

    from .logs import Log

    Measure = Callable[[Any, Any], Any]

__all__ = ["Fit", "accuracy", "evaluate", "fit"]


class Fit:
    """What :func:`fit` is doing, as callbacks see it; and in the end what it did.

    Attributes:
        model: what is trained.
        optimizer: what trains it.
        run: the `Run` behind it: steps, losses and evaluations are there.
        loss: of the last step, a scalar tensor.
        measured: what the last evaluation came to: ``val_loss``, and ``val_`` with each metric's name.
        validates: whether there are validation data.
        reason: why it ended; "" while it goes on.
        restored: whether the model has the weights of the least validation loss.
    """

    run: Run  # from the first step on

    def __init__(self, model: Module, optimizer: Any, validates: bool) -> None:
        self.model, self.optimizer, self.validates = model, optimizer, validates
        self.loss = rv.tensor(float("nan"))
        self.measured: dict[str, float] = {}
        self.reason = ""
        self.restored = False

    @property
    def steps(self) -> int:
        """The steps that are made."""
        return self.run.steps

    @property
    def losses(self) -> list[float]:
        """The loss of each step."""
        return [loss for _, loss in self.run.train]

    def stop(self, reason: str) -> None:
        """End the loop when this step is through; the first reason counts."""
        self.reason = self.reason or reason

    def restore_best(self) -> None:
        """Give the model the weights of the least validation loss."""
        self.run.load_best()
        self.restored = True

    def __repr__(self) -> str:
        last = f", loss {self.losses[-1]:.4g}" if self.losses else ""
        return f"Fit({self.steps} steps{last}: {self.reason or 'goes on'})"


class _Whole:
    """All data as one batch."""

    def __init__(self, pair: tuple[Any, Any]) -> None:
        self.pair = pair

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        yield self.pair


class _State:
    """The callbacks and the reason, as one part of a checkpoint."""

    def __init__(self, fit: Fit, callbacks: Sequence[Callback]) -> None:
        self.fit, self.callbacks = fit, callbacks

    def state_dict(self) -> dict[str, Any]:
        return {"reason": self.fit.reason, "callbacks": [c.state_dict() for c in self.callbacks]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        if len(state["callbacks"]) != len(self.callbacks):
            raise ValueError(
                f"fit: the checkpoint has {len(state['callbacks'])} callbacks, here are "
                f"{len(self.callbacks)}. Resume with those that the run began with"
            )
        self.fit.reason = state["reason"]
        for callback, own in zip(self.callbacks, state["callbacks"], strict=True):
            callback.load_state_dict(own)


def fit(
    model: Module,
    data: Any,
    loss: Measure,
    optimizer: Any,
    callbacks: Iterable[Callback] = (),
    *,
    epochs: int | None = None,
    steps: int | None = None,
    validation: Any = None,
    metrics: Mapping[str, Measure] | None = None,
    every: int | None = None,
    scheduler: Any = None,
    name: str = "fit",
    seed: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    settings: Mapping[str, Any] | None = None,
    logs: Iterable[Log] = (),
    stream: TextIO | None = None,
) -> Fit:
    """Train a model on pairs (input, target): ``theta <- theta - update(grad loss(model(x), y))``.

    Args:
        model: called with a batch's input; with all of them if the input is a tuple.
        data: batches (input, target): a DataLoader, or any iterable that can be gone through again; or one
            pair of tensors, for the gradient descent on all data.
        loss: a function, or loss layer, of (output, target); a scalar comes out.
        optimizer: of the model's parameters. `LBFGS` is given the closure that it asks for.
        callbacks: in their order: `ClipGradients`, `MovingAverage`, `EarlyStopping`, `StopAtGradientNorm`,
            `StopAtPlateau`, and yours.
        epochs: how often to go through the data; or
        steps: how many updates to make.
        validation: batches, or a pair, that are evaluated; the least loss on them marks the best weights.
        metrics: what else to measure there, functions of (output, target), for instance `accuracy`.
        every: steps between evaluations; an epoch by default, else a twentieth of the steps.
        scheduler: of the learning rate; it steps after each update, `ReduceLROnPlateau` after evaluations.
        name: in the progress line, and on the page.
        seed: what ``ravine.manual_seed`` got, for the files.
        out: a folder for metrics, curve, page and checkpoints, as of a `Run`; None writes none.
        resume: go on from the checkpoint in ``out``.
        settings: hyperparameters for the page, as of a `Run`.
        logs: where else to write what is measured, such as a `TensorBoardLog`.
        stream: where the progress is shown, standard error by default.

    Returns:
        The losses, the last measurements, and the reason why it ended.

    Raises:
        ValueError: neither ``epochs`` nor ``steps`` or both, no length to count epochs by, a batch that is no
            pair.
        ShapeError: the loss is no scalar.

    >>> import io, ravine
    >>> from ravine import nn, optim
    >>> from ravine.train import fit
    >>> x = ravine.linspace(-1, 1, 9).unsqueeze(1)
    >>> line = nn.Linear(1, 1)
    >>> optimizer = optim.SGD(line.parameters(), lr=0.5)
    >>> done = fit(line, (x, 3 * x - 1), nn.functional.mse_loss, optimizer, steps=60, stream=io.StringIO())
    >>> done.reason, round(line.weight.item(), 3), round(line.bias.item(), 3)
    ('all 60 steps are made', 3.0, -1.0)
    """
    data, validation = batches(data), None if validation is None else batches(validation)
    length: int | None = data.__len__() if hasattr(data, "__len__") else None
    total = _total(epochs, steps, length)
    every = every or length or max(1, total // 20)
    metrics, callbacks = dict(metrics or {}), list(callbacks)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": data}
    parts = {kind: part for kind, part in parts.items() if part is not None}
    fitted = Fit(model, optimizer, validation is not None)
    parts["callbacks"] = _State(fitted, callbacks)
    for callback in callbacks:
        callback.begin(fitted)
    files = {"out": out, "resume": resume, "logs": logs, "stream": stream}
    with Run(name, steps=total, seed=seed, parts=parts, settings=settings, **files) as run:
        fitted.run = run
        waits = isinstance(scheduler, ReduceLROnPlateau)
        for x, y in pairs(run.batches() if not fitted.reason else ()):
            model.train()
            fitted.loss = _update(fitted, callbacks, loss, x, y)
            run.step(fitted.loss)
            if scheduler is not None and not waits:
                scheduler.step()
            for callback in callbacks:
                callback.after_step(fitted)
            if validation is not None and (run.due(every) or fitted.reason):
                _measure(fitted, callbacks, validation, loss, metrics)
                if waits:
                    scheduler.step(fitted.measured["val_loss"])
            if fitted.reason:
                run.save()
                break
        if not fitted.reason:
            fitted.reason = f"all {total} steps are made"
        for callback in callbacks:
            callback.end(fitted)
    return fitted


def _update(fitted: Fit, callbacks: Sequence[Callback], loss: Measure, x: Any, y: Any) -> rv.Tensor:
    """One step of the optimizer; the loss before it."""

    def closure() -> rv.Tensor:
        fitted.optimizer.zero_grad()
        value = loss(call(fitted.model, x), y)
        if value.ndim > 0:
            raise ShapeError(
                f"fit: the loss has shape {tuple(value.shape)}, not (): take its mean, or its sum"
            )
        value.backward()
        for callback in callbacks:
            callback.after_backward(fitted)
        return value

    if isinstance(fitted.optimizer, LBFGS):
        return fitted.optimizer.step(closure).detach()
    value = closure()
    fitted.optimizer.step()
    return value.detach()


def _measure(
    fitted: Fit, callbacks: Sequence[Callback], data: Any, loss: Measure, metrics: Mapping[str, Measure]
) -> None:
    for callback in callbacks:
        callback.before_evaluation(fitted)
    found = evaluate(fitted.model, data, {"loss": loss, **metrics})
    fitted.measured = {f"val_{name}": value for name, value in found.items()}
    fitted.run.evaluate(**fitted.measured)
    for callback in callbacks:
        callback.after_evaluation(fitted)


def evaluate(model: Module, data: Any, metrics: Mapping[str, Measure]) -> dict[str, float]:
    """The mean of each metric over all samples, the model in evaluation mode and without gradients.

    Args:
        model: called with a batch's input.
        data: batches (input, target), or one pair.
        metrics: functions of (output, target) that give a batch's mean, by name.

    Raises:
        ValueError: there are no samples.

    >>> import ravine
    >>> from ravine import nn
    >>> from ravine.train import accuracy, evaluate
    >>> x = ravine.eye(4)
    >>> evaluate(nn.Identity(), (x, ravine.tensor([0, 1, 2, 2])), {"accuracy": accuracy})
    {'accuracy': 0.75}
    """
    totals: dict[str, Any] = dict.fromkeys(metrics, 0.0)
    seen = 0
    training = model.training
    model.eval()
    try:
        with rv.no_grad():
            for x, y in pairs(batches(data)):
                output, size = call(model, x), _size(y)
                seen += size
                for name, metric in metrics.items():
                    totals[name] = totals[name] + metric(output, y) * size
    finally:
        model.train(training)
    if seen == 0:
        raise ValueError("evaluate: the data have no samples")
    return {name: float(total) / seen for name, total in totals.items()}


def accuracy(logits: rv.Tensor, labels: rv.Tensor) -> rv.Tensor:
    """The share of samples whose greatest score, along the last dimension, is that of their label.

    >>> from ravine.train import accuracy
    >>> accuracy(ravine.tensor([[0.2, 0.8], [0.9, 0.1]]), ravine.tensor([1, 1])).item()
    0.5
    """
    return (logits.argmax(-1) == labels).to(rv.get_default_dtype()).mean()


def _total(epochs: int | None, steps: int | None, length: int | None) -> int:
    if (epochs is None) == (steps is None):
        raise ValueError("fit: say how long: epochs=, or steps=")
    if steps is not None:
        return steps
    if length is None:
        raise ValueError("fit: the data have no length to count epochs by. Give steps= in place of epochs=")
    assert epochs is not None
    return epochs * length


def batches(data: Any) -> Any:
    """Batches as they are; a pair of tensors, or of tuples of them, is one batch."""
    if isinstance(data, tuple) and len(data) == 2 and isinstance(data[1], rv.Tensor):
        return _Whole(data)
    return data


def pairs(batches: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    for batch in batches:
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            size = f" of {len(batch)}" if isinstance(batch, (tuple, list)) else ""
            raise ValueError(
                f"fit: a batch is a pair (input, target), got a {type(batch).__name__}{size}. Give the input "
                "as a tuple where a model takes several, or write the loop with ravine.train.Run"
            )
        yield batch[0], batch[1]


def call(model: Module, x: Any) -> Any:
    return model(*x) if isinstance(x, (tuple, list)) else model(x)


def _size(target: Any) -> int:
    """Samples in a batch."""
    first = target[0] if isinstance(target, (tuple, list)) else target
    return first.shape[0] if first.ndim > 0 else 1
