"""Weight normalisation as hooks compute it, the older form; see :mod:`ravine.nn.utils.parametrizations`."""

from __future__ import annotations

import ravine as rv

from ..._core import Tensor
from ..module import Module
from ..parameter import Parameter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    M = TypeVar("M", bound=Module)

__all__ = ["WeightNorm", "norm_except", "remove_weight_norm", "scaled", "weight_norm"]


def norm_except(v: Tensor, dim: int | None) -> Tensor:
    """The 2-norms of ``v`` over all dimensions but ``dim``, which stay as ones; over all if it is None."""
    wide = v.float() if v.dtype in (rv.float16, rv.bfloat16) else v
    if dim is None or dim == -1:
        norm = rv.linalg.vector_norm(wide)
    else:
        kept = dim % v.ndim
        others = [i for i in range(v.ndim) if i != kept]
        norm = rv.linalg.vector_norm(wide, 2, others, True) if others else wide.abs()
    return norm.to(v.dtype)


def scaled(g: Tensor, v: Tensor, dim: int | None) -> Tensor:
    """``g v / ||v||``: the directions of ``v`` with the lengths ``g``."""
    wide = v.float() if v.dtype in (rv.float16, rv.bfloat16) else v
    return (wide * (g.to(wide.dtype) / norm_except(wide, dim))).to(v.dtype)


class WeightNorm:
    """The hook that :func:`weight_norm` registers."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = dim

    def compute_weight(self, module: Module) -> Tensor:
        """The weight of the module's present parameters."""
        g, v = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        return scaled(g, v, self.dim)

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        weight = self.compute_weight(module).detach()
        delattr(module, self.name)
        for suffix in ("_g", "_v"):
            del module._parameters[self.name + suffix]
        setattr(module, self.name, Parameter(weight))

    def __call__(self, module: Module, args: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def hook_of(module: Module, kind: type, name: str) -> int | None:
    """The key of the forward pre-hook of this kind that computes the tensor of this name."""
    for key, (hook, _) in module._forward_pre_hooks.items():
        if isinstance(hook, kind) and getattr(hook, "name", None) == name:
            return key
    return None


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Train lengths and directions of a weight apart: ``w = g v / ||v||`` (Salimans and Kingma, 2016).

    The module gets the parameters ``<name>_g`` and ``<name>_v`` in place of ``<name>``, which is computed
    before every ``forward``.

    Args:
        module: whose parameter is replaced.
        name: of the parameter.
        dim: along which every index has a length of its own; None for one length of all.

    Returns:
        The module.

    Raises:
        RuntimeError: the parameter has weight norm already.

    >>> from ravine import nn
    >>> layer = weight_norm(nn.Linear(20, 40))
    >>> tuple(layer.weight_g.shape), tuple(layer.weight_v.shape)
    ((40, 1), (40, 20))
    """
    if hook_of(module, WeightNorm, name) is not None:
        raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    hook = WeightNorm(name, -1 if dim is None else dim)
    weight = getattr(module, name)
    trained = weight.requires_grad
    weight = weight.detach()
    del module._parameters[name]
    module.register_parameter(f"{name}_g", Parameter(norm_except(weight, hook.dim), trained))
    module.register_parameter(f"{name}_v", Parameter(weight, trained))
    hook(module, ())
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Undo :func:`weight_norm`: the weight is a parameter again, with its present value.

    Raises:
        ValueError: the parameter has no weight norm.

    >>> from ravine import nn
    >>> [key for key in remove_weight_norm(weight_norm(nn.Linear(2, 2))).state_dict()]
    ['bias', 'weight']
    """
    key = hook_of(module, WeightNorm, name)
    if key is None:
        raise ValueError(f"weight_norm of '{name}' not found in {type(module).__name__}")
    hook: Any = module._forward_pre_hooks.pop(key)[0]
    hook.remove(module)
    return module
