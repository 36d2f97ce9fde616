"""A module's state as a flat dict of tensors, and back."""

from __future__ import annotations

import warnings
from _collections_abc import Mapping

import ravine as rv

from ..._core import Tensor
from ..parameter import Parameter, is_lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from . import Module

__all__ = ["IncompatibleKeys", "load_module", "load_tree"]


class IncompatibleKeys(tuple[list[str], list[str]]):
    """What ``load_state_dict`` returns: the pair (missing_keys, unexpected_keys)."""

    __slots__ = ()

    @property
    def missing_keys(self) -> list[str]:
        """Names that the module has and the state lacks."""
        return self[0]

    @property
    def unexpected_keys(self) -> list[str]:
        """Names that the state has and the module lacks."""
        return self[1]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def load_tree(module: Module, state_dict: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """Load ``state_dict`` into ``module`` and everything below it; see ``Module.load_state_dict``."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(
            f"Expected state_dict to be dict-like, got {type(state_dict)}. Pass what state_dict() returned"
            + _of_no_mapping(state_dict)
        )
    missing: list[str] = []
    unexpected: list[str] = []
    errors: list[str] = []
    metadata = {"assign_to_params_buffers": True} if assign else {}

    def load(module: Module, state: dict[str, Any], prefix: str) -> None:
        arguments = (state, prefix, metadata, True, missing, unexpected, errors)
        module._run_state_hooks("load", *arguments)
        module._load_from_state_dict(state, prefix, metadata, True, missing, unexpected, errors)
        for name, child in module._modules.items():
            if child is not None:
                inner = f"{prefix}{name}."
                load(child, {key: value for key, value in state.items() if key.startswith(inner)}, inner)
        module._run_state_hooks("loaded", IncompatibleKeys((missing, unexpected)))

    load(module, dict(state_dict), "")
    if strict and unexpected:
        errors.insert(0, f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
    if strict and missing:
        errors.insert(0, f"Missing key(s) in state_dict: {_quoted(missing)}. ")
    if errors:
        if len(errors) == bool(missing) + bool(unexpected):
            errors.append(_remedy(module, state_dict) or "Pass strict=False to load what fits.")
        raise RuntimeError(
            f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(errors)
        )
    return IncompatibleKeys((missing, unexpected))


def load_module(
    module: Module,
    state: Mapping[str, Any],
    prefix: str,
    assign: bool,
    strict: bool,
    missing: list[str],
    unexpected: list[str],
    errors: list[str],
) -> None:
    """Load what belongs to ``module`` itself; children are the caller's business."""
    members: dict[str, Tensor] = {name: p for name, p in module._parameters.items() if p is not None}
    members.update((n, b) for n, b in module._buffers.items() if b is not None and n not in module._transient)
    for name, member in members.items():
        key = prefix + name
        if key not in state:
            if strict:
                missing.append(key)
            continue
        value: Any = state[key]
        own: Any = member
        if is_lazy(value):
            if not is_lazy(own):
                errors.append(f"{key} has no shape in the checkpoint: its lazy module was never called.")
            continue
        if is_lazy(own) and isinstance(value, Tensor):
            own.materialize(value.shape)
        if not isinstance(value, Tensor):
            errors.append(
                f'While copying the parameter named "{key}", expected ravine.Tensor from checkpoint '
                f"but received {type(value)}"
            )
        elif tuple(value.shape) != tuple(member.shape):
            errors.append(
                f"size mismatch for {key}: copying a param with shape {list(value.shape)} from checkpoint, "
                f"the shape in current model is {list(member.shape)}."
            )
        elif assign:
            if isinstance(member, Parameter):
                if isinstance(value, Parameter):
                    value.requires_grad_(member.requires_grad)
                else:
                    value = Parameter(value, member.requires_grad)
            setattr(module, name, value)
        else:
            if member.is_meta and not value.is_meta:
                warnings.warn(
                    f"{key} is on 'meta' and has no memory, so nothing is copied. Pass assign=True, or call "
                    "to_empty(device=) first",
                    stacklevel=6,
                )
            try:
                with rv.no_grad():
                    member.copy_(value)
            except Exception as error:  # every failure is reported, together with the others
                errors.append(
                    f'While copying the parameter named "{key}", whose dimensions in the model are '
                    f"{list(member.shape)} and whose dimensions in the checkpoint are {list(value.shape)}, "
                    f"an exception occurred : {error.args}."
                )
    extra = f"{prefix}_extra_state"
    takes_extra = type(module).set_extra_state is not rv.nn.Module.set_extra_state
    if takes_extra and extra in state:
        module.set_extra_state(state[extra])
    elif takes_extra and strict:
        missing.append(extra)
    if strict:
        for key in state:
            if key.startswith(prefix) and not (takes_extra and key == extra):
                name, dot, _ = key[len(prefix) :].partition(".")
                if name not in (module._modules if dot else members):
                    unexpected.append(key)


def _of_no_mapping(given: Any) -> str:
    if isinstance(given, str):
        return f": model.load_state_dict(ravine.load({given!r}))"
    return ": the other model's .state_dict()" if hasattr(given, "state_dict") else ""


def _remedy(module: Module, state: Mapping[str, Any]) -> str:
    """What to do where the keys show why they do not fit: another level, or a prefix."""
    own = set(module.state_dict())
    for key, value in state.items():
        if isinstance(value, Mapping) and own & set(value):
            return (
                f"This is a checkpoint that holds the model's state under {key!r}: pass checkpoint[{key!r}]. "
                "A run of ravine.train is restored by ravine.train.load_checkpoint."
            )
    keys = [key for key in state if isinstance(key, str)]
    prefix = keys[0].partition(".")[0] + "." if keys and "." in keys[0] else ""
    if prefix and all(key.startswith(prefix) for key in keys) and own & {key[len(prefix) :] for key in keys}:
        return (
            f"All keys begin with {prefix!r}, as those of a model inside another do. Take it off: "
            f"{{key.removeprefix({prefix!r}): value for key, value in state.items()}}."
        )
    inner = next((key.partition(".")[0] + "." for key in own if "." in key), "")
    if inner and keys and {inner + key for key in keys} <= own:
        return (
            f"The keys lack the prefix {inner!r}: load them into the module of that name, model.{inner[:-1]}."
        )
    return ""


def _quoted(keys: list[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)
