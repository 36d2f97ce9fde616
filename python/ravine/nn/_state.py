"""A module's state as a flat dict of tensors, and back."""

from __future__ import annotations

from _collections_abc import Mapping

import ravine as rv

from .._core import Tensor
from .parameter import Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .module import Module

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
            errors.append("Pass strict=False to load what fits.")
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
        value = state[key]
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
            try:
                with rv.no_grad():
                    member.copy_(value)
            except Exception as error:  # every failure is reported, together with the others
                errors.append(
                    f'While copying the parameter named "{key}", whose dimensions in the model are '
                    f"{list(member.shape)} and whose dimensions in the checkpoint are {list(value.shape)}, "
                    f"an exception occurred : {error.args}."
                )
    if strict:
        for key in state:
            if key.startswith(prefix):
                name, dot, _ = key[len(prefix) :].partition(".")
                if name not in (module._modules if dot else members):
                    unexpected.append(key)


def _quoted(keys: list[str]) -> str:
    return ", ".join(f'"{key}"' for key in keys)
