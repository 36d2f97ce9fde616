"""LRScheduler: what all schedules share."""

from __future__ import annotations

from ..._arguments import check_arguments
from ...errors import check_keywords
from ..optimizer import Optimizer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

__all__ = ["LRScheduler", "load_function", "per_group", "saved_function"]


class LRScheduler:
    """The base of schedules: counts steps and writes the learning rates that ``get_lr`` computes.

    Subclasses define ``get_lr``, which reads ``self.last_epoch`` (0 at first), ``self.base_lrs`` and, to
    build on the rate before, ``self.optimizer.param_groups``.

    Args:
        optimizer: whose learning rates are set. Its rates at this moment are remembered in its groups as
            ``initial_lr``, and so saved with it.
        last_epoch: the number of the last step done, -1 for none.
        verbose: print every rate that is set.

    Raises:
        TypeError: ``optimizer`` is none.
        KeyError: ``last_epoch`` is not -1, and the optimizer's groups do not know their initial rates.
    """

    verbose = False
    _is_initial = False  # while the first rates are set

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        check_keywords(cls, kwargs)
        check_arguments(cls, args, kwargs)
        return super().__new__(cls)

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1, verbose: bool = False) -> None:
        check_optimizer(optimizer)
        if verbose:
            self.verbose = True
        self.optimizer = optimizer
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{number}], so the schedule cannot "
                    f"go on after step {last_epoch}. Load the optimizer's state first, or pass -1"
                )
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._last_lr: list[float] = []
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> list[float]:
        """The rates at step ``self.last_epoch``, one a group; ``step`` calls it. Read ``get_last_lr``."""
        raise NotImplementedError

    def get_last_lr(self) -> list[float]:
        """The rates that were set last, one a group."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Set the rates of the next step, an epoch or a batch as you count; after ``optimizer.step()``.

        Args:
            epoch: go to this step instead.
        """
        if self._step_count == 1 and not getattr(self.optimizer, "_opt_called", True):
            import warnings

            warnings.warn(
                "lr_scheduler.step() was called before optimizer.step(), so the first learning rate of the "
                "schedule is never used. Call optimizer.step() first",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        if epoch is None:
            self.last_epoch += 1
            self._set(self.get_lr())
        else:
            self._go_to(epoch)

    def _go_to(self, epoch: int) -> None:
        """Set the rates of step ``epoch``, by the closed form where there is one."""
        self.last_epoch = epoch
        closed: Callable[[], list[float]] = getattr(self, "_get_closed_form_lr", self.get_lr)
        self._set(closed())

    def _set(self, rates: list[float]) -> None:
        for number, (group, rate) in enumerate(zip(self.optimizer.param_groups, rates, strict=True)):
            group["lr"] = rate
            if self.verbose:
                print(f"Adjusting learning rate of group {number} to {rate:.4e}.")
        self._last_lr = self._rates()

    def _rates(self) -> list[float]:
        return [group["lr"] for group in self.optimizer.param_groups]

    def _restart(self) -> None:
        """As if just made, the optimizer's rates being the initial ones."""
        self.last_epoch -= 1
        self._initial_step()

    def state_dict(self) -> dict[str, Any]:
        """All that changes, and the settings: everything but the optimizer. Functions are left out."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over another schedule's state, and set the optimizer's rates to those that it had set last."""
        self._load(state_dict)
        if len(self._last_lr) == len(self.optimizer.param_groups):
            self._set(self._last_lr)

    def _load(self, state_dict: dict[str, Any]) -> None:
        self.__dict__.update(state_dict)


def check_optimizer(optimizer: Any) -> None:
    """Raise TypeError unless ``optimizer`` is one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")


def per_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """``value`` for each of the optimizer's groups; a list has one for each already."""
    count = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        return [value] * count
    if len(value) != count:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. "
            f"{name} has {len(value)} values, param_groups has {count}."
        )
    return list(value)


def saved_function(function: Any) -> dict[str, Any] | None:
    """What a state dict keeps of a callable: an object's attributes, nothing of a function."""
    return (
        None if type(function).__name__ in ("function", "builtin_function_or_method") else {**vars(function)}
    )


def load_function(function: Any, saved: dict[str, Any] | None) -> None:
    """Give a callable object its saved attributes back."""
    if saved is not None:
        vars(function).update(saved)
