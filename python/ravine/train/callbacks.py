"""What :func:`ravine.train.fit` does beside the update: clip, average, stop; each an object with a state."""

from __future__ import annotations

from math import inf, isfinite

import ravine as rv

from ..errors import ValueError
from ..nn.utils import clip_grad_norm_, clip_grad_value_, get_total_norm
from ..optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .fit import Fit

__all__ = [
    "Callback",
    "ClipGradients",
    "EarlyStopping",
    "MovingAverage",
    "StopAtGradientNorm",
    "StopAtPlateau",
]


class Callback:
    """The base: a subclass overrides the moments it cares for.

    Its attributes in ``kept`` are part of a run's checkpoint: numbers, text, bool, None, lists of such.
    """

    kept: tuple[str, ...] = ()

    def begin(self, fit: Fit) -> None:
        """Before the first step."""

    def after_backward(self, fit: Fit) -> None:
        """The gradients of a step are there, the update is not made."""

    def after_step(self, fit: Fit) -> None:
        """The update is made, and ``fit.loss`` is its loss, a tensor."""

    def before_evaluation(self, fit: Fit) -> None:
        """Before the validation data are read."""

    def after_evaluation(self, fit: Fit) -> None:
        """``fit.measured`` has what an evaluation came to, by name."""

    def end(self, fit: Fit) -> None:
        """After the last step; ``fit.reason`` says why it was the last."""

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {name: getattr(self, name) for name in self.kept}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        for name in self.kept:
            setattr(self, name, state[name])


class ClipGradients(Callback):
    """Scales the gradients down to a norm, or cuts each element off (Pascanu et al., 2013).

    Args:
        norm: ``g <- g min(1, norm / ||g||)`` with the norm of all gradients together.
        value: ``g_i <- min(max(g_i, -value), value)``.

    Raises:
        ValueError: neither or both, or one that is not positive.

    >>> from ravine.train import ClipGradients
    >>> ClipGradients(norm=1.0).norm
    1.0
    """

    def __init__(self, *, norm: float | None = None, value: float | None = None) -> None:
        given = [limit for limit in (norm, value) if limit is not None]
        if len(given) != 1 or not given[0] > 0:
            raise ValueError(f"ClipGradients: give norm or value, a positive number, got {norm=}, {value=}")
        self.norm, self.value = norm, value

    def after_backward(self, fit: Fit) -> None:
        parameters = list(fit.model.parameters())
        if self.norm is not None:
            clip_grad_norm_(parameters, self.norm)
        elif self.value is not None:
            clip_grad_value_(parameters, self.value)


class MovingAverage(Callback):
    """An exponential moving average of the weights: the model is evaluated with it, and has it in the end.

    ``a <- decay a + (1 - decay) theta`` after each step, from the first weights on (Polyak, Juditsky, 1992).

    Args:
        decay: in [0, 1).

    Raises:
        ValueError: it is not.

    >>> from ravine.train import MovingAverage
    >>> MovingAverage(0.99).decay
    0.99
    """

    def __init__(self, decay: float = 0.999) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"MovingAverage: decay must lie in [0, 1), got {decay}")
        self.decay = decay
        self._average: AveragedModel | None = None
        self._own: list[rv.Tensor] = []

    def begin(self, fit: Fit) -> None:
        self._average = AveragedModel(fit.model, multi_avg_fn=get_ema_multi_avg_fn(self.decay))
        self._average.update_parameters(fit.model)  # the first one copies

    def after_step(self, fit: Fit) -> None:
        assert self._average is not None
        self._average.update_parameters(fit.model)

    def before_evaluation(self, fit: Fit) -> None:
        self._own = [p.detach().clone() for p in fit.model.parameters()]
        self._take(fit)

    def after_evaluation(self, fit: Fit) -> None:
        with rv.no_grad():
            for parameter, own in zip(fit.model.parameters(), self._own, strict=True):
                parameter.copy_(own)
        self._own = []

    def end(self, fit: Fit) -> None:
        if not fit.restored:  # the best weights are averages already
            self._take(fit)

    def _take(self, fit: Fit) -> None:
        assert self._average is not None
        with rv.no_grad():
            for parameter, mean in zip(fit.model.parameters(), self._average.parameters(), strict=True):
                parameter.copy_(mean)

    def state_dict(self) -> dict[str, Any]:
        return {} if self._average is None else self._average.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        assert self._average is not None
        self._average.load_state_dict(state)


class EarlyStopping(Callback):
    """Stops when the validation loss has not fallen for some evaluations, and takes the best weights back.

    Prechelt, 1998. The model gets the weights of the least validation loss also if the run ends otherwise.

    Args:
        patience: evaluations without a new least loss that are let pass; the next one ends the run.
        least: by how much a loss must be below the least so far to count.

    Raises:
        ValueError: ``patience`` or ``least`` is negative.

    >>> from ravine.train import EarlyStopping
    >>> EarlyStopping(patience=3).patience
    3
    """

    kept = ("best", "waited")

    def __init__(self, patience: int = 5, *, least: float = 0.0) -> None:
        if patience < 0 or least < 0:
            raise ValueError(f"EarlyStopping: patience and least are not negative, got {patience}, {least}")
        self.patience, self.least = patience, least
        self.best, self.waited = inf, 0

    def begin(self, fit: Fit) -> None:
        if not fit.validates:
            raise ValueError("EarlyStopping: fit has no validation data. Give fit(..., validation=...)")

    def after_evaluation(self, fit: Fit) -> None:
        loss = fit.measured["val_loss"]
        if loss < self.best - self.least:
            self.best, self.waited = loss, 0
            return
        self.waited += 1
        if self.waited > self.patience:
            fit.stop(
                f"the validation loss has not fallen for {self.waited} evaluations "
                f"(least {fit.run.best_loss:.6g} after step {fit.run.best_step})"
            )

    def end(self, fit: Fit) -> None:
        fit.restore_best()


class StopAtGradientNorm(Callback):
    """Stops when the norm of all gradients together falls below a tolerance: a stationary point.

    It looks at a number after each step. On mini-batches the norm is that of the batch.

    Args:
        tolerance: the norm.

    Raises:
        ValueError: it is not positive.

    >>> from ravine.train import StopAtGradientNorm
    >>> StopAtGradientNorm(1e-6).tolerance
    1e-06
    """

    def __init__(self, tolerance: float) -> None:
        if not tolerance > 0:
            raise ValueError(f"StopAtGradientNorm: tolerance must be positive, got {tolerance}")
        self.tolerance = tolerance

    def after_backward(self, fit: Fit) -> None:
        norm = get_total_norm([p.grad for p in fit.model.parameters() if p.grad is not None]).item()
        if norm < self.tolerance:
            fit.stop(f"the gradient's norm, {norm:.3g}, is below {self.tolerance:g}")


class StopAtPlateau(Callback):
    """Stops when the mean training loss over a window has not fallen against the window before.

    Args:
        window: steps.
        tolerance: the part of the earlier mean by which it has to fall.

    Raises:
        ValueError: ``window`` is not positive, or ``tolerance`` negative.

    >>> from ravine.train import StopAtPlateau
    >>> StopAtPlateau(window=50).window
    50
    """

    kept = ("count", "total", "before")

    def __init__(self, window: int = 100, tolerance: float = 1e-4) -> None:
        if window < 1 or tolerance < 0:
            raise ValueError(
                f"StopAtPlateau: window is positive and tolerance not negative, got {window}, {tolerance}"
            )
        self.window, self.tolerance = window, tolerance
        self.count, self.total, self.before = 0, 0.0, None

    def after_step(self, fit: Fit) -> None:
        self.count, self.total = self.count + 1, self.total + fit.loss.item()
        if self.count < self.window:
            return
        mean, before = self.total / self.count, self.before
        self.count, self.total, self.before = 0, 0.0, mean
        if before is not None and isfinite(before) and mean > before - self.tolerance * abs(before):
            fit.stop(f"the loss stays at {mean:.6g}: over the {self.window} steps before it was {before:.6g}")
