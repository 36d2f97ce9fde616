"""Scaled losses, so that the gradients of halves do not vanish."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine._core import Tensor
from ravine.errors import DTypeError, StateError, ValueError

from ._autocast import kind_of

if TYPE_CHECKING:
    from typing import Any

__all__ = ["GradScaler"]


class GradScaler:
    """Multiplies a loss, divides the gradients, and steps where they are finite (Micikevicius et al., 2018).

    `scaler.scale(loss).backward(); scaler.step(optimizer); scaler.update()`. The factor shrinks by
    `backoff_factor` when a gradient was infinite or NaN, and grows by `growth_factor` after
    `growth_interval` steps in which none was.

    Args:
        device: accepted; the scaler works on every device.
        init_scale: the first factor.
        growth_factor: more than 1.
        backoff_factor: less than 1.
        growth_interval: steps.
        enabled: False makes `scale` and `unscale_` do nothing, and `step` call the optimizer.

    Raises:
        ValueError: a factor is on the wrong side of 1.

    >>> w = ravine.nn.Parameter(ravine.tensor([1.0]))
    >>> optimizer, scaler = ravine.optim.SGD([w], lr=0.5), ravine.GradScaler("cpu", init_scale=8.0)
    >>> scaler.scale((w * 2).sum()).backward()
    >>> w.grad
    tensor([16.])
    >>> scaler.step(optimizer)
    >>> scaler.update()
    >>> w.detach(), scaler.get_scale()
    (tensor([0.]), 8.0)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        kind_of("GradScaler", device)
        self._device, self._enabled = device, enabled
        self._scale = float(init_scale)
        self._since_growth = 0
        self.set_growth_factor(growth_factor)
        self.set_backoff_factor(backoff_factor)
        self.set_growth_interval(growth_interval)
        # By optimizer: whether it has stepped, and a tensor that says whether its gradients are all finite.
        self._seen: dict[int, tuple[bool, Tensor]] = {}

    def scale(self, outputs: Any) -> Any:
        """The tensor times the factor; of tuples, lists and other iterables, each tensor.

        Raises:
            TypeError: there is something else in it.
        """
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            return outputs * self._scale
        if isinstance(outputs, Iterable) and not isinstance(outputs, str):
            kind: Any = type(outputs) if isinstance(outputs, (tuple, list)) else list
            return kind(map(self.scale, outputs))
        raise DTypeError(
            f"scale: outputs are tensors, or tuples and lists of them, not {type(outputs).__name__}"
        )

    def unscale_(self, optimizer: Any) -> None:
        """Divides the gradients of an optimizer's parameters by the factor, for instance to clip them then.

        Raises:
            StateError: they were divided already, or the optimizer has stepped, since the last `update`.
            ValueError: a gradient is float16, which has lost what the factor was to keep.
        """
        if not self._enabled:
            return
        if id(optimizer) in self._seen:
            stepped = self._seen[id(optimizer)][0]
            what = "step() has been called" if stepped else "unscale_() has been called already"
            raise StateError(
                f"unscale_: {what} for this optimizer since the last update(). Call update() first"
            )
        finite = []
        for group in optimizer.param_groups:
            for p in group["params"]:
                g = p.grad
                if g is None:
                    continue
                if g.dtype is _core.float16:
                    raise ValueError(
                        "unscale_: a gradient is float16. Keep parameters float32, and compute in halves "
                        "under ravine.autocast"
                    )
                before = _core.set_grad_enabled(False)
                try:
                    g.mul_(1.0 / self._scale)
                    finite.append(_ops.all(_ops.isfinite(g)).to("cpu"))
                finally:
                    _core.set_grad_enabled(before)
        all_finite = _ops.all(_ops.stack(finite)) if finite else _core.tensor(True)
        self._seen[id(optimizer)] = False, all_finite

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Divides the gradients if that is still to be done, and steps if they are finite; it looks at that.

        Returns:
            What the optimizer's step returns, or None where it was left out.

        Raises:
            StateError: the optimizer has stepped since the last `update`.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs or (args and callable(args[0])):
            raise StateError("step: a closure is not supported, gradients that it makes would not be divided")
        if id(optimizer) not in self._seen:
            self.unscale_(optimizer)
        stepped, finite = self._seen[id(optimizer)]
        if stepped:
            raise StateError("step: it has been called for this optimizer since the last update()")
        self._seen[id(optimizer)] = True, finite
        return optimizer.step(*args, **kwargs) if bool(finite) else None

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Shrinks or grows the factor by what the steps since the last `update` found, or sets it.

        Raises:
            StateError: nothing was divided since then.
        """
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not self._seen:
            raise StateError("update: no gradient was divided since the last one. Call step(optimizer) first")
        elif all(bool(finite) for _, finite in self._seen.values()):
            self._since_growth += 1
            if self._since_growth == self._growth_interval:
                grown = self._scale * self._growth_factor
                self._scale = grown if grown <= _LARGEST else self._scale
                self._since_growth = 0
        else:
            self._scale *= self._backoff_factor
            self._since_growth = 0
        self._seen.clear()

    def get_scale(self) -> float:
        """The factor; 1 if the scaler is not enabled."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """What the factor grows by."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Sets what the factor grows by, more than 1."""
        if not new_factor > 1:
            raise ValueError(f"GradScaler: growth_factor is {new_factor}, it must be more than 1")
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the factor shrinks by."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Sets what the factor shrinks by, less than 1."""
        if not new_factor < 1:
            raise ValueError(f"GradScaler: backoff_factor is {new_factor}, it must be less than 1")
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """After how many steps the factor grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Sets after how many steps the factor grows."""
        self._growth_interval = new_interval

    def is_enabled(self) -> bool:
        """Whether the scaler does anything."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """What `load_state_dict` takes; empty if the scaler is not enabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._since_growth,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from where `state_dict` was called.

        Raises:
            ValueError: it is empty, as a scaler's that is not enabled, or lacks a number.
        """
        if not self._enabled:
            return
        missing = [name for name in self.state_dict() if name not in state_dict]
        if missing:
            raise ValueError(
                f"load_state_dict: the state lacks {', '.join(missing)}. A scaler that is not enabled has an "
                "empty one"
            )
        self._scale = float(state_dict["scale"])
        self.set_growth_factor(state_dict["growth_factor"])
        self.set_backoff_factor(state_dict["backoff_factor"])
        self.set_growth_interval(state_dict["growth_interval"])
        self._since_growth = int(state_dict["_growth_tracker"])


_LARGEST = 3.4028234663852886e38  # of float32
