"""Averaged weights: running means of a model's parameters, which often generalise better than the last ones.

>>> import ravine
>>> from ravine import nn
>>> from ravine.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
>>> model = nn.Linear(2, 1)
>>> average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.99))
>>> average.update_parameters(model)  # after every optimizer.step()
>>> tuple(average(ravine.ones(3, 2)).shape)
(3, 1)
"""

from __future__ import annotations

from copy import deepcopy
from math import cos, pi

import ravine as rv

from .._core import Tensor
from ..nn.batchnorm import _BatchNorm
from ..nn.module import Module
from .lr_scheduler.base import LRScheduler, per_group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


def __dir__() -> list[str]:
    return sorted(__all__)


def _check_decay(decay: float) -> float:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")
    return float(decay)


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Tensor, Tensor, Any], Tensor]:
    """The exponential running mean ``decay * mean + (1 - decay) * new`` of one parameter.

    Raises:
        ValueError: ``decay`` is not in [0, 1].

    >>> import ravine
    >>> get_ema_avg_fn(0.75)(ravine.tensor(1.0), ravine.tensor(0.0), 3).item()
    0.75
    """
    kept = _check_decay(decay)

    def average(mean: Tensor, new: Tensor, count: Any) -> Tensor:
        with rv.no_grad():
            return kept * mean + (1 - kept) * new

    return average


def get_swa_avg_fn() -> Callable[[Tensor, Tensor, Any], Tensor]:
    """The mean of all values so far (Izmailov et al., 2018) of one parameter.

    >>> import ravine
    >>> get_swa_avg_fn()(ravine.tensor(1.0), ravine.tensor(5.0), 3).item()
    2.0
    """

    def average(mean: Tensor, new: Tensor, count: Any) -> Tensor:
        with rv.no_grad():
            return mean + (new - mean) / (int(count) + 1)

    return average


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    """As :func:`get_ema_avg_fn` for all parameters, in place, in one launch."""
    kept = _check_decay(decay)

    def average(means: Any, news: Any, count: Any) -> None:
        with rv.no_grad():
            rv.accumulate_(list(means), list(news), decay=kept, weight=1 - kept)

    return average


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    """As :func:`get_swa_avg_fn` for all parameters, in place, in one launch."""

    def average(means: Any, news: Any, count: Any) -> None:
        weight = 1 / (int(count) + 1)
        with rv.no_grad():
            rv.accumulate_(list(means), list(news), decay=1 - weight, weight=weight)

    return average


class AveragedModel(Module):
    """A copy of a model whose parameters are running means of the model's; a call calls the copy.

    Args:
        model: what to average; it is copied.
        device: where the copy is held; the model's without it.
        avg_fn: the new mean of (mean, new value, how many there were), for one parameter.
        multi_avg_fn: the same in place for lists. Without either, the mean of all values so far.
        use_buffers: whether to average floating-point buffers too; otherwise buffers are copied.

    Raises:
        ValueError: both functions were given.

    >>> import ravine
    >>> from ravine import nn
    >>> model = nn.Linear(1, 1, bias=False)
    >>> average = AveragedModel(model)
    >>> for value in (1.0, 2.0, 6.0):
    ...     _ = nn.init.constant_(model.weight, value)
    ...     average.update_parameters(model)
    >>> average.module.weight.item(), average.n_averaged.item()
    (3.0, 3)
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Callable[[Tensor, Tensor, Any], Tensor] | None = None,
        multi_avg_fn: Callable[[Any, Any, Any], None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise ValueError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device=device)
        self.register_buffer("n_averaged", rv.tensor(0, dtype=rv.int64))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the model's present parameters into the means; the first time they are the means."""
        means, news = self._pairs(self.module), self._pairs(model)
        count = int(self.n_averaged)
        with rv.no_grad():
            if count == 0:
                for mean, new in zip(means, news, strict=True):
                    mean.copy_(new)
            elif self.avg_fn is not None:
                for mean, new in zip(means, news, strict=True):
                    mean.copy_(self.avg_fn(mean.detach(), new.detach(), count))
            else:
                average = self.multi_avg_fn or get_swa_multi_avg_fn()
                average(means, [new.detach() for new in news], count)
            pairs = zip(self.module.buffers(), model.buffers(), strict=True)
            for kept, buffer in pairs:
                if not (self.use_buffers and buffer.is_floating_point()):
                    kept.copy_(buffer)
            self.n_averaged += 1

    def _pairs(self, model: Module) -> list[Tensor]:
        found: list[Tensor] = list(model.parameters())
        if self.use_buffers:
            found += [buffer for buffer in model.buffers() if buffer.is_floating_point()]
        return found


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Set the running statistics of all batch norms in ``model`` to those over the batches of ``loader``.

    For an :class:`AveragedModel`, whose weights have never seen a batch.

    Args:
        loader: gives batches, or lists and tuples whose first element is the batch.
        model: is called with each batch, in training mode; its mode is restored.
        device: where batches are moved first.

    >>> import ravine
    >>> from ravine import nn
    >>> model = nn.Sequential(nn.BatchNorm1d(1))
    >>> update_bn([ravine.tensor([[1.0], [3.0]]), ravine.tensor([[5.0], [7.0]])], model)
    >>> model[0].running_mean.tolist()
    [4.0]
    """
    momenta: dict[Any, Any] = {}
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
            momenta[module] = module.momentum
    if not momenta:
        return
    mode = model.training
    model.train()
    for module in momenta:
        module.momentum = None  # the mean over all batches
    try:
        with rv.no_grad():
            for batch in loader:
                first: Any = batch[0] if isinstance(batch, (list, tuple)) else batch
                model(first if device is None else first.to(device))
    finally:
        for module, momentum in momenta.items():
            module.momentum = momentum
        model.train(mode)


class SWALR(LRScheduler):
    """From the rates of now to ``swa_lr`` in ``anneal_epochs`` steps, and constant from then on.

    Args:
        optimizer: whose rates are set.
        swa_lr: the rate at last, or one for each group.
        anneal_epochs: the number of steps until then.
        anneal_strategy: ``"cos"``, half a wave of a cosine, or ``"linear"``.
        last_epoch: the number of the last step done, -1 for none.
        verbose: print every rate that is set.

    Raises:
        ValueError: an unknown strategy, no number of steps, or a wrong number of rates.

    >>> import ravine
    >>> from ravine import optim
    >>> optimizer = optim.SGD([ravine.ones(1)], lr=1.0)
    >>> scheduler = SWALR(optimizer, swa_lr=0.5, anneal_epochs=2, anneal_strategy="linear")
    >>> for _ in range(3):
    ...     optimizer.step(); scheduler.step()
    ...     print(scheduler.get_last_lr())
    [0.75]
    [0.5]
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
        verbose: bool = False,
    ) -> None:
        for rate, group in zip(per_group("swa_lr", optimizer, swa_lr), optimizer.param_groups, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"anneal_strategy must by one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self._anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch, verbose)

    def _share(self, step: int) -> float:
        """How much of the last rate there is at a step."""
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return t if self._anneal_strategy == "linear" else (1 - cos(pi * t)) / 2

    def get_lr(self) -> list[float]:
        # From the rate before, so that another schedule may have set it.
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for group in self.optimizer.param_groups:
            last = group["swa_lr"]
            first = last if before == 1 else (group["lr"] - before * last) / (1 - before)
            rates.append(last * now + first * (1 - now))
        return rates
