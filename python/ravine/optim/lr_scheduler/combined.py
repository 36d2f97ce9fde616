"""Schedules made of schedules: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right

from .base import LRScheduler, check_optimizer
from .plateau import ReduceLROnPlateau

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ..optimizer import Optimizer

__all__ = ["ChainedScheduler", "SequentialLR"]


class _Combined(LRScheduler):
    """What both share: schedules of one optimizer, saved with it."""

    _schedulers: list[LRScheduler]

    def _take(self, optimizer: Optimizer | None, schedulers: Sequence[LRScheduler]) -> None:
        name = type(self).__name__
        if len(schedulers) < 1:
            raise ValueError(f"{name} expects at least one scheduler, but got no scheduler.")
        for number, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{name} at index {number} should have `optimizer` as its attribute.")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{name} does not support `ReduceLROnPlateau`, whose `step` needs a measurement, but "
                    f"got one at index {number}. Step it by itself"
                )
            if optimizer is None:
                optimizer = scheduler.optimizer
            elif scheduler.optimizer is not optimizer:
                raise ValueError(
                    f"{name} expects all schedulers to belong to the same optimizer, but scheduler "
                    f"{type(scheduler).__name__} at index {number} belongs to another."
                )
        check_optimizer(optimizer)
        assert optimizer is not None
        self.optimizer = optimizer
        self._schedulers = list(schedulers)

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "_schedulers": [s.state_dict() for s in self._schedulers]}

    def _load(self, state_dict: dict[str, Any]) -> None:
        saved = state_dict["_schedulers"]
        if len(saved) != len(self._schedulers):
            raise ValueError(
                f"loaded state dict is of {len(saved)} schedulers, this one has {len(self._schedulers)}"
            )
        super()._load({key: value for key, value in state_dict.items() if key != "_schedulers"})
        for scheduler, state in zip(self._schedulers, saved, strict=True):
            scheduler._load(state)


class SequentialLR(_Combined):
    """One schedule after the other: each from its milestone (a number of steps) on, counting from 0 there.

    Args:
        optimizer: whose rates are set.
        schedulers: schedules of this optimizer.
        milestones: where the second, the third, ... starts.
        last_epoch: the number of the last step done, -1 for none.
        verbose: print the rates that are set by these schedules.

    Raises:
        ValueError: no schedules, schedules of several optimizers, a ReduceLROnPlateau, or as many milestones
            as schedules.

    >>> from ravine import optim
    >>> optimizer = optim.SGD([ravine.ones(1)], lr=1.0)
    >>> warmup = optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> decay = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = SequentialLR(optimizer, [warmup, decay], milestones=[2])
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step(); scheduler.step()
    >>> rates
    [0.5, 0.75, 1.0, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: list[LRScheduler],
        milestones: list[int],
        last_epoch: int = -1,
        verbose: bool = False,
    ) -> None:
        self._take(optimizer, schedulers)
        for scheduler in self._schedulers if verbose else ():
            scheduler.verbose = True
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number "
                f"of milestone points, but got number of schedulers {len(schedulers)} and the number of "
                f"milestones to be equal to {len(milestones)}"
            )
        self._milestones = list(milestones)
        self.last_epoch = last_epoch + 1
        # When they were made, each of the schedules set the rates; only the first should have.
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        self._schedulers[bisect_right(self._milestones, 0)]._restart()
        self._last_lr = self._rates()

    def step(self, epoch: int | None = None) -> None:
        """Set the rates of the next step."""
        if epoch is not None:
            raise ValueError("SequentialLR.step takes no epoch: its schedules step one by one")
        self.last_epoch += 1
        number = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[number]
        if number > 0 and self._milestones[number - 1] == self.last_epoch:
            scheduler._go_to(0)
        else:
            scheduler.step()
        self._last_lr = self._rates()

    def _restart(self) -> None:
        self.last_epoch = 0
        self._schedulers[bisect_right(self._milestones, 0)]._restart()
        self._last_lr = self._rates()

    def _go_to(self, epoch: int) -> None:
        if epoch != 0:
            raise ValueError("a SequentialLR can be started again, not sent elsewhere")
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        self.last_epoch = 0
        self._schedulers[bisect_right(self._milestones, 0)]._go_to(0)
        self._last_lr = self._rates()


class ChainedScheduler(_Combined):
    """Several schedules that step together, each changing the rate that the one before has set.

    Args:
        schedulers: schedules of one optimizer.
        optimizer: that optimizer, for a check.

    Raises:
        ValueError: no schedules, schedules of several optimizers, or a ReduceLROnPlateau.

    >>> from ravine import optim
    >>> optimizer = optim.SGD([ravine.ones(1)], lr=1.0)
    >>> scheduler = ChainedScheduler([
    ...     optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1),
    ...     optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5),
    ... ])
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self._take(optimizer, schedulers)
        self._last_lr = self._rates()

    def step(self, epoch: int | None = None) -> None:
        """Set the rates of the next step."""
        for scheduler in self._schedulers:
            scheduler.step(epoch)
        self._last_lr = self._rates()

    def _restart(self) -> None:
        for scheduler in self._schedulers:
            scheduler._restart()
        self._last_lr = self._rates()

    def _go_to(self, epoch: int) -> None:
        # Closed forms start from the initial rates and would undo each other: begin anew.
        if epoch != 0:
            raise ValueError("a ChainedScheduler can be started again, not sent elsewhere")
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        for scheduler in self._schedulers:
            scheduler.last_epoch = 0
        self._restart()
