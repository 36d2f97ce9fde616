"""Cosine schedules (Loshchilov and Hutter, 2017)."""

from __future__ import annotations

from math import cos, floor, log, pi

from .base import LRScheduler

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..optimizer import Optimizer

__all__ = ["CosineAnnealingLR", "CosineAnnealingWarmRestarts"]


class CosineAnnealingLR(LRScheduler):
    """Down along a cosine from the initial rate to ``eta_min`` in ``T_max`` steps, and up again.

    The rate is ``eta_min + (initial - eta_min) * (1 + cos(pi * step / T_max)) / 2``.

    Each rate is made from the one before, so that other changes to it persist.

    >>> from ravine import optim
    >>> optimizer = optim.SGD([ravine.ones(1)], lr=1.0)
    >>> scheduler = CosineAnnealingLR(optimizer, T_max=2)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_max: int,
        eta_min: float = 0.0,
        last_epoch: int = -1,
        verbose: bool = False,
    ) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch, verbose)

    def get_lr(self) -> list[float]:
        if self._is_initial:
            return self._rates()
        now = 1 + cos(pi * self.last_epoch / self.T_max)
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:
            # The rate before was eta_min: no multiple of it leads up again.
            up = (1 - cos(pi / self.T_max)) / 2
            pairs = zip(self._rates(), self.base_lrs, strict=True)
            return [rate + (base - self.eta_min) * up for rate, base in pairs]
        before = 1 + cos(pi * (self.last_epoch - 1) / self.T_max)
        return [now / before * (rate - self.eta_min) + self.eta_min for rate in self._rates()]

    def _get_closed_form_lr(self) -> list[float]:
        part = (1 + cos(pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * part for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Cosine annealing that starts anew after ``T_0`` steps, then after ``T_0 * T_mult``, and so on (SGDR).

    Args:
        optimizer: whose rates are set.
        T_0: the steps of the first period.
        T_mult: by how much each period is longer than the one before.
        eta_min: the rate at a period's end.
        last_epoch: the number of the last step done, -1 for none.
        verbose: print every rate that is set.

    Raises:
        ValueError: ``T_0`` or ``T_mult`` is no positive integer.

    >>> from ravine import optim
    >>> optimizer = optim.SGD([ravine.ones(1)], lr=1.0)
    >>> scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step(); scheduler.step()
    >>> rates
    [1.0, 0.5, 1.0, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
        verbose: bool = False,
    ) -> None:
        if not isinstance(T_0, int) or T_0 <= 0:
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if not isinstance(T_mult, int) or T_mult < 1:
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch, verbose)

    def get_lr(self) -> list[float]:
        part = (1 + cos(pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * part for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Set the rates of the next step.

        Args:
            epoch: go to this step instead; a fraction (epochs done + part of this one) is welcome.

        Raises:
            ValueError: ``epoch`` is negative.
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            self.last_epoch += 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
            self._set(self.get_lr())
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        else:
            self._go_to(epoch)

    def _go_to(self, epoch: float) -> None:
        if self.T_mult == 1:
            self.T_cur, self.T_i = epoch % self.T_0, self.T_0
        else:
            # Periods before this one: T_0 (1 + T_mult + ... ) steps together, a geometric series.
            ratio = self.T_mult - 1
            period = int(log(epoch / self.T_0 * ratio + 1, self.T_mult)) if epoch >= self.T_0 else 0
            self.T_cur = epoch - self.T_0 * (self.T_mult**period - 1) / ratio
            self.T_i = self.T_0 * self.T_mult**period
        self.last_epoch = floor(epoch)
        self._set(self.get_lr())
