"""A schedule that waits for a measurement to stop improving."""

from __future__ import annotations

from math import inf

from .base import LRScheduler, check_optimizer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..optimizer import Optimizer

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(LRScheduler):
    """Multiply the rate by ``factor`` when a measurement has not improved for more than ``patience`` steps.

    Args:
        optimizer: whose rates are set.
        mode: whether ``"min"`` or ``"max"`` is better.
        factor: the factor on the rate, below 1.
        patience: steps without improvement that are let pass.
        threshold: by how much the best must be beaten: this part of it (``threshold_mode="rel"``), or this
            much (``"abs"``).
        threshold_mode: see there.
        cooldown: steps after a reduction that are not counted.
        min_lr: the lowest rate, or one for each group.
        eps: a smaller change of the rate is not made.
        verbose: print every reduction.

    Raises:
        ValueError: ``factor`` is 1 or more, an unknown mode, or a wrong number of lowest rates.

    >>> from ravine import optim
    >>> optimizer = optim.SGD([ravine.ones(1)], lr=1.0)
    >>> scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in [3.0, 3.0, 3.0]:
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: list[float] | float = 0,
        eps: float = 1e-8,
        verbose: bool = False,
    ) -> None:
        check_optimizer(optimizer)
        if verbose:
            self.verbose = True
        if not factor < 1.0:
            raise ValueError("Factor should be < 1.0.")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown! Pass 'min' or 'max'")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown! Pass 'rel' or 'abs'")
        groups = len(optimizer.param_groups)
        several = isinstance(min_lr, (list, tuple))
        if several and len(min_lr) != groups:
            raise ValueError(f"expected {groups} min_lrs, got {len(min_lr)}")
        self.optimizer = optimizer
        self.default_min_lr = None if several else min_lr
        self.min_lrs = list(min_lr) if several else [min_lr] * groups
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.eps = eps
        self.best = inf if mode == "min" else -inf
        self.cooldown_counter = 0
        self.num_bad_epochs = 0
        self.last_epoch = 0
        self._last_lr = self._rates()

    @property
    def in_cooldown(self) -> bool:
        """Whether steps are not counted now."""
        return self.cooldown_counter > 0

    # The one schedule that is told something.
    def step(self, metrics: Any, epoch: int | None = None) -> None:  # pyright: ignore
        """Take a measurement (a number or a tensor of one element), and reduce the rates if it is time.

        Args:
            metrics: the measurement, for instance the loss on the validation set.
            epoch: the number of this step, the next one without it.
        """
        current = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(current):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = self._rates()

    def _is_better(self, value: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            bound = self.best * (1.0 + sign * self.threshold)
        else:
            bound = self.best + sign * self.threshold
        return value < bound if self.mode == "min" else value > bound

    def _reduce(self) -> None:
        groups = self.optimizer.param_groups
        if len(groups) != len(self.min_lrs):  # one was added since
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"the optimizer has {len(groups)} parameter groups and there are {len(self.min_lrs)} "
                    "lowest rates: a group was added since. Set min_lrs to one for each group"
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for number, (group, least) in enumerate(zip(groups, self.min_lrs, strict=True)):
            rate = max(group["lr"] * self.factor, least)
            if group["lr"] - rate > self.eps:
                group["lr"] = rate
                if self.verbose:
                    print(f"Epoch {self.last_epoch}: reducing learning rate of group {number} to {rate:.4e}.")
