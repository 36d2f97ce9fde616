"""Optimizer: what all optimizers share. Groups, state, saving and loading are as in PyTorch."""

from __future__ import annotations

import ravine as rv

from .. import _core, autograd
from .._core import Tensor
from ..errors import check_keywords
from ._hooks import (
    OptimizerHooks,
    hooked,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Self

__all__ = [
    "Optimizer",
    "directed",
    "register_optimizer_step_post_hook",
    "register_optimizer_step_pre_hook",
    "required",
    "wide",
]


class _Required:
    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()
"""In an optimizer's defaults: every group has to say this option itself."""


class _State(dict["Any", "dict[str, Any]"]):
    """Per-parameter state; a parameter that has none yet gets an empty dict."""

    def __missing__(self, param: Any) -> dict[str, Any]:
        self[param] = {}
        return self[param]


class Optimizer(OptimizerHooks):
    """The base of all optimizers: groups of parameters with options, and a state for each parameter.

    Subclasses define ``_update(group, params)``, which records the update of a group, or a ``step`` of their
    own.

    At the first step that leaves out parameters for want of a gradient, ``ravine.NoGradientWarning`` names
    them.

    Args:
        params: parameters, pairs (name, parameter), or dicts with a ``"params"`` entry and options of their
            own.
        defaults: the options of groups that do not state them.

    Raises:
        TypeError: a single tensor, a set, or something that is no tensor was given.
        ValueError: there is no parameter, one is the result of an op, or one is in two groups.
    """

    def __new__(cls, *_args: Any, **kwargs: Any) -> Self:
        if kwargs:
            check_keywords(cls, kwargs)
        return super().__new__(cls)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = hooked(cls.step)

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor) or not hasattr(params, "__iter__"):
            remedy = "Pass its .parameters()" if hasattr(params, "parameters") else "Put it into a list"
            raise TypeError(
                f"params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}. {remedy}"
            )
        self.defaults = defaults
        self.state: dict[Any, dict[str, Any]] = _State()
        self.param_groups: list[dict[str, Any]] = []
        self._opt_called = False
        self._hooks = {}
        self._stepping = False
        # Parameters without any gradient so far, for a warning; None when it is given, or nothing to warn of.
        self._never_reached: list[Any] | None = []
        self._waited = False
        # How many backward passes there had been when a step was interrupted; its update is recorded.
        self._interrupted: int | None = None
        self._backward_seen = autograd.backward_calls()
        groups = list(params)
        if not groups:
            raise ValueError(
                "optimizer got an empty parameter list. Call model.parameters() anew: what it returns is "
                "used up by the first loop over it. Layers that a model keeps in a plain list or dict are no "
                "part of it: use nn.ModuleList or nn.ModuleDict, and nn.Parameter(...) for tensors"
            )
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own, for instance layers that are unfrozen later.

        Args:
            param_group: ``"params"`` and any of the optimizer's options; the rest is taken from the defaults.

        Raises:
            TypeError: no dict, a set of parameters, or something that is no tensor.
            ValueError: a required option is missing, a parameter is the result of an op or is in another
                group, or only some of the parameters have names.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        if "params" not in param_group:
            raise KeyError(
                f"a parameter group needs 'params', this one has {', '.join(map(repr, param_group))}"
            )
        given = param_group["params"]
        if isinstance(given, Tensor):
            given = [given]
        elif isinstance(given, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of "
                "tensors in sets will change between runs. Please use a list instead."
            )
        given = list(given)
        names = [item[0] for item in given if isinstance(item, tuple)]
        if names and len(names) != len(given):
            raise ValueError(
                "all optimizer params should be with/without names. Some param names are missing"
            )
        params = [item[1] if isinstance(item, tuple) else item for item in given]
        for param in params:
            if not isinstance(param, Tensor):
                remedy = ". Pass model.parameters()" if isinstance(param, str) else ""
                remedy = ". Pass its .parameters()" if hasattr(param, "parameters") else remedy
                raise TypeError(
                    "optimizer can only optimize Tensors, "
                    f"but one of the params is {type(param).__qualname__}{remedy}"
                )
            if not (param.is_leaf or param.retains_grad):
                raise ValueError(
                    f"can't optimize a non-leaf Tensor (the result of {param._op}). Optimize what it was "
                    "made of, or a copy: .detach().clone().requires_grad_()"
                )
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(
                    f"parameter group didn't specify a value of required optimization parameter {name}"
                )
        ids = {id(param) for param in params}
        if len(ids) != len(params):
            import warnings

            warnings.warn("optimizer contains a parameter group with duplicate parameters", stacklevel=3)
        for group in self.param_groups:
            if ("param_names" in group) != bool(names):
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param group "
                    f"{'with' if names else 'without'} names to the optimizer"
                )
            if not ids.isdisjoint(id(param) for param in group["params"]):
                raise ValueError("some parameters appear in more than one parameter group")
        param_group["params"] = params
        if names:
            param_group["param_names"] = names
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        self.param_groups.append(param_group)
        rv.eval(*params)  # so that the first step updates them in place
        if self._never_reached is not None:
            self._never_reached += params

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero.

        With None a parameter that the next ``backward()`` does not reach is left out of the next step; with
        zeros it is stepped with a gradient of zero, which moves it where there is momentum or weight decay.
        """
        _core.mature()
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    if set_to_none:
                        param.grad = None
                    else:
                        param.grad = (
                            param.grad.detach()
                        )  # shares the value: who holds the gradient sees the zeros
                        param.grad.zero_()

    @hooked
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient, and start the recorded work.

        A step that fails has not happened: parameters, states, gradients, running statistics and step counts
        are what they were when a result was last looked at. Where a GPU finds an index out of range, the next
        look raises the error, and the steps from that one on have not happened.

        Args:
            closure: computes the loss and its gradients anew, and returns the loss.

        Returns:
            What ``closure`` returned, or None.
        """
        loss = None
        if closure is not None:
            with rv.enable_grad():
                loss = closure()
        if self._never_reached is not None:
            self._check_gradients()
        if self._interrupted == autograd.backward_calls():
            self._run(None)  # the same step once more: it is recorded already
            return loss
        active = [(g, [p for p in g["params"] if p.grad is not None]) for g in self.param_groups]
        self._run([(group, params) for group, params in active if params])
        return loss

    def _run(self, active: list[tuple[dict[str, Any], list[Any]]] | None) -> None:
        """Record the updates of ``active`` groups and run them; a step that fails has not happened."""
        before = {param: dict(state) for param, state in self.state.items()}
        recorded = active is None

        def update() -> None:
            nonlocal recorded
            if active is not None:
                with rv.no_grad():
                    self._update_all(active)
            recorded = True

        _core.mature()
        _core.if_taken_back(lambda: self._mend(before))
        try:
            _core.step(update)
        except BaseException as error:
            if recorded and isinstance(error, KeyboardInterrupt):
                self._interrupted = autograd.backward_calls()  # the update goes on at the next look
            else:
                _core.take_back()
            raise
        self._interrupted = None

    def _mend(self, before: dict[Any, dict[str, Any]]) -> None:
        """What the states hold is what it was before a step that was taken back, the numbers among it too."""
        for param in list(self.state):
            if param in before:
                self.state[param].clear()
                self.state[param].update(before[param])
            else:
                del self.state[param]

    def _check_gradients(self) -> None:
        """Warn once of parameters that no gradient has ever reached."""
        from ._missing import say_missing

        self._never_reached = say_missing(self)

    def _update_all(self, active: list[tuple[dict[str, Any], list[Any]]]) -> None:
        """Record the updates of a step, given groups with those of their parameters that have a gradient."""
        for group, params in active:
            self._update(group, params)

    def _by_step(self, params: list[Any], names: list[str]) -> dict[int, list[Any]]:
        """The parameters by the number of the step that they take now.

        Step counts are scalars of an op, so parameters that missed a step are updated by an op of their own.
        State tensors that are not there yet, by their ``names``, are zeros.
        """
        members: dict[int, list[Any]] = {}
        for param in params:
            state = self.state[param]
            step = int(state.setdefault("step", 0)) + 1  # a loaded count may be a tensor
            for name in names:
                if state.get(name) is None:
                    state[name] = rv.zeros_like(param)
            members.setdefault(step, []).append(param)
        return members

    def _count(self, params: list[Any], step: int) -> None:
        """The op of step number ``step`` was accepted: one that raised is not counted."""
        for param in params:
            self.state[param]["step"] = step

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        """Record the update of ``params``, those of ``group`` that have a gradient."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """The state and the groups, with parameters replaced by their positions; tensors are not copied.

        Returns:
            ``{"state": {position: {...}}, "param_groups": [{"params": [positions], ...}]}``
        """
        for hook in self._hooks_of("save"):
            hook(self)
        positions: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for param in group["params"]:
                positions.setdefault(id(param), len(positions))
            packed = {key: value for key, value in group.items() if key != "params"}
            packed["params"] = [positions[id(param)] for param in group["params"]]
            groups.append(packed)
        state = {positions.get(id(key), key): value for key, value in self.state.items()}
        found: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in self._hooks_of("saved"):
            changed = hook(self, found)
            found = found if changed is None else changed
        return found

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over state and options of another optimizer of the same kind; tensors are copied.

        Parameters are matched by position. State tensors of a parameter's shape take over its dtype and
        device.

        Raises:
            ValueError: the groups differ in number or size.
        """
        if not isinstance(state_dict, dict) or "param_groups" not in state_dict:
            raise TypeError(
                "load_state_dict: the state is the dict that an optimizer's state_dict() returned"
            )
        state_dict = {**state_dict}
        for hook in self._hooks_of("load"):
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        saved = state_dict["param_groups"]
        if len(saved) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(self.param_groups, saved, strict=True)):
            raise ValueError(
                "loaded state dict contains a parameter group "
                "that doesn't match the size of optimizer's group"
            )
        by_position = {
            position: param
            for own, other in zip(self.param_groups, saved, strict=True)
            for position, param in zip(other["params"], own["params"], strict=True)
        }
        state = _State()
        for key, value in state_dict["state"].items():
            param = by_position.get(key)
            state[key if param is None else param] = _copied(value, param)
        groups = []
        for own, other in zip(self.param_groups, saved, strict=True):
            group = {key: _copied(value, None) for key, value in other.items() if key != "params"}
            group["params"] = own["params"]
            if "param_names" in own:
                group.setdefault("param_names", own["param_names"])
            groups.append(group)
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in self._hooks_of("loaded"):
            hook(self)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__dict__.setdefault("_hooks", {})
        self.__dict__.setdefault("_stepping", False)
        self.__dict__.setdefault("_interrupted", None)
        self.__dict__.setdefault("_never_reached", None)  # of a copied optimizer the first one has warned
        for group in self.param_groups:
            for name, default in self.defaults.items():
                group.setdefault(name, default)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines.extend(f"    {key}: {group[key]}" for key in sorted(group) if key != "params")
            lines.append("")
        lines[-1] = ")"
        return "\n".join(lines)


def wide(tensor: Any) -> Any:
    """The tensor in at least float32, in which updates that are made of several ops are computed."""
    return tensor.float() if tensor.dtype in (rv.float16, rv.bfloat16) else tensor


def directed(group: dict[str, Any], param: Any) -> Any:
    """The gradient, or its negative to climb, with the L2 penalty if the group has one; in wide numbers."""
    g = -wide(param.grad) if group["maximize"] else wide(param.grad)
    decay = group.get("weight_decay", 0)
    return g + decay * wide(param) if decay else g


def _copied(value: Any, param: Any) -> Any:
    """A copy of a state's value, its tensors fitted to the parameter that they belong to."""
    if isinstance(value, Tensor):
        copy = value.detach().clone()
        if param is not None and param.is_floating_point() and tuple(copy.shape) == tuple(param.shape):
            copy = copy.to(device=param.device, dtype=param.dtype)
        return copy
    if isinstance(value, dict):
        return {key: _copied(item, param) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_copied(item, param) for item in value)
    return value
