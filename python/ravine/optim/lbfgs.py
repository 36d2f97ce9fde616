"""The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno."""

from __future__ import annotations

import ravine as rv

from ._options import check_common
from ._wolfe import Point, strong_wolfe
from .optimizer import Optimizer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .._core import Tensor

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """L-BFGS (Nocedal, 1980): Newton's direction from the last gradients, for losses without noise.

    A step takes up to ``max_iter`` iterations, and evaluates ``closure`` for each; it looks at losses and
    slopes to go on, unlike the other optimizers. There is one parameter group.

    Args:
        params: parameters.
        lr: the length of a step, or with a line search the first one that is tried.
        max_iter: iterations of a step.
        max_eval: evaluations of a step; by default a quarter more than ``max_iter``.
        tolerance_grad: stop when no element of the gradient is larger.
        tolerance_change: stop when loss and parameters change by less.
        history_size: how many differences of gradients are kept.
        line_search_fn: ``"strong_wolfe"``, or None for steps of the length ``lr``.

    Raises:
        ValueError: an option out of its range, several groups, or no parameters.

    >>> import ravine
    >>> p = ravine.tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = LBFGS([p], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((p - ravine.tensor([1.0, 5.0])) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item()
    53.0
    >>> [round(x, 3) for x in p.tolist()]
    [1.0, 5.0]
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_common(lr, 0)
        if line_search_fn not in (None, "strong_wolfe"):
            raise ValueError(
                f"Invalid line_search_fn: {line_search_fn!r}. Only 'strong_wolfe' is supported, or None"
            )
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError(
                "LBFGS doesn't support per-parameter options (parameter groups). Pass one list of parameters"
            )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step of up to ``max_iter`` iterations.

        Args:
            closure: computes the loss and its gradients anew, and returns the loss.

        Returns:
            The loss before the step.

        Raises:
            TypeError: there is no closure.
        """
        if closure is None:
            raise TypeError(
                "LBFGS.step: missing the argument 'closure', which computes the loss anew: "
                "optimizer.step(closure)"
            )
        if self._never_reached is not None:
            self._never_reached = None  # gradients come only with the closure
        with rv.no_grad():
            return self._step(closure)

    def _step(self, closure: Callable[[], Any]) -> Any:
        (group,) = self.param_groups
        params = group["params"]
        lr, tolerance = float(group["lr"]), group["tolerance_change"]
        # The state is of all parameters together and kept as the first one's, as in PyTorch.
        state = self.state[params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        def evaluate() -> tuple[Any, Tensor]:
            with rv.enable_grad():
                loss = closure()
            return loss, _flat_gradient(params)

        first, gradient = evaluate()
        loss, evaluations = float(first), 1
        state["func_evals"] += 1
        if _largest(gradient) <= group["tolerance_grad"]:
            return first
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                state.update(d=-gradient, old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
                t = lr / max(1.0, gradient.abs().sum().item())
            else:
                _remember(state, gradient, group["history_size"])
                state["d"] = _direction(state, gradient)
                t = lr
            direction = state["d"]
            state["prev_flat_grad"], state["prev_loss"], state["t"] = gradient, loss, t
            slope = gradient.dot(direction).item()
            if slope > -tolerance:
                break
            new = 0
            last = iteration == group["max_iter"]
            if group["line_search_fn"] is not None:
                start = Point(0.0, loss, gradient, slope)
                origin = [param.clone() for param in params]

                def at(t: float, origin: Any = origin, direction: Tensor = direction) -> Point:
                    _move(params, origin, direction, t)
                    loss, gradient = evaluate()
                    return Point(t, float(loss), gradient, gradient.dot(direction).item())

                limit = group["max_eval"] - evaluations
                point, new = strong_wolfe(at, start, t, _largest(direction), tolerance, limit)
                loss, gradient, t = point.loss, point.gradient, point.t
                _move(params, origin, direction, t)
                state["t"] = t
            else:
                _move(params, params, direction, t)
                if not last:
                    value, gradient = evaluate()
                    loss, new = float(value), 1
            evaluations += new
            state["func_evals"] += new
            if (
                last
                or evaluations >= group["max_eval"]
                or _largest(gradient) <= group["tolerance_grad"]
                or _largest(direction * t) <= tolerance
                or abs(loss - state["prev_loss"]) < tolerance
            ):
                break
        return first


def _flat_gradient(params: list[Any]) -> Tensor:
    """All gradients in one vector; zeros for those that are not there."""
    parts = [rv.zeros_like(param) if param.grad is None else param.grad for param in params]
    return rv.cat([part.detach().reshape(-1) for part in parts])


def _largest(vector: Tensor) -> float:
    return vector.abs().max().item()


def _move(params: list[Any], origin: list[Any], direction: Tensor, t: float) -> None:
    """Set the parameters to ``origin + t * direction``."""
    start = 0
    for param, old in zip(params, origin, strict=True):
        end = start + param.numel()
        param.copy_(old + t * direction[start:end].reshape(param.shape))
        start = end


def _remember(state: dict[str, Any], gradient: Tensor, size: int) -> None:
    """Take the last step and what it changed in the gradient into the history, if they are usable."""
    change, step = gradient - state["prev_flat_grad"], state["d"] * state["t"]
    product = change.dot(step)
    if product.item() > 1e-10:
        if len(state["old_dirs"]) == size:
            for name in ("old_dirs", "old_stps", "ro"):
                state[name].pop(0)
        state["old_dirs"].append(change)
        state["old_stps"].append(step)
        state["ro"].append(1.0 / product)
        state["H_diag"] = product / change.dot(change)


def _direction(state: dict[str, Any], gradient: Tensor) -> Tensor:
    """The approximate inverse Hessian times the negative gradient, by two loops over the history."""
    history = list(zip(state["old_dirs"], state["old_stps"], state["ro"], strict=True))
    way, shares = -gradient, []
    for change, step, ro in reversed(history):
        share = step.dot(way) * ro
        way = way - share * change
        shares.append(share)
    way = way * state["H_diag"]
    for (change, step, ro), share in zip(history, reversed(shares), strict=True):
        way = way + (share - change.dot(way) * ro) * step
    return way
