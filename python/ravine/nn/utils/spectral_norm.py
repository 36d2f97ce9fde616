"""Spectral normalisation as hooks compute it, the older form, and the power iteration of both forms."""

from __future__ import annotations

import ravine as rv

from ..._core import Tensor
from .. import functional as F
from ..conv import _ConvTranspose
from ..module import Module
from ..parameter import Parameter
from .weight_norm import hook_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    M = TypeVar("M", bound=Module)

__all__ = ["SpectralNorm", "as_matrix", "iterate", "remove_spectral_norm", "spectral_norm"]


def output_dim(module: Module) -> int:
    """The dimension of a weight that runs over outputs."""
    return 1 if isinstance(module, _ConvTranspose) else 0


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """The weight with ``dim`` in rows and all else in columns."""
    if dim != 0:
        weight = weight.permute(dim, *(i for i in range(weight.ndim) if i != dim))
    return weight.reshape(weight.shape[0], -1)


def iterate(matrix: Tensor, u: Tensor, v: Tensor, times: int, eps: float) -> tuple[Tensor, Tensor]:
    """The singular vectors ``u`` and ``v`` after more steps of the power method (Mises, 1929)."""
    for _ in range(times):
        v = F.normalize(rv.mv(matrix.t(), u), dim=0, eps=eps)
        u = F.normalize(rv.mv(matrix, v), dim=0, eps=eps)
    return u, v


class SpectralNorm:
    """The hook that :func:`spectral_norm` registers."""

    def __init__(
        self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.name = name
        self.n_power_iterations = n_power_iterations
        self.dim = dim
        self.eps = eps

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Tensor:
        """The weight over its largest singular value, which one more power iteration may refine."""
        weight = getattr(module, f"{self.name}_orig")
        u, v = getattr(module, f"{self.name}_u"), getattr(module, f"{self.name}_v")
        matrix = as_matrix(weight, self.dim)
        if do_power_iteration:
            with rv.no_grad():
                new_u, new_v = iterate(matrix.detach(), u, v, self.n_power_iterations, self.eps)
                u.copy_(new_u)
                v.copy_(new_v)
        # Copies: a later iteration writes into the buffers.
        sigma = rv.dot(u.clone(), rv.mv(matrix, v.clone()))
        return weight / sigma

    def remove(self, module: Module) -> None:
        """Make the weight a parameter again."""
        weight = self.compute_weight(module, do_power_iteration=False).detach()
        for suffix in ("", "_u", "_v", "_orig"):
            delattr(module, self.name + suffix)
        module.register_parameter(self.name, Parameter(weight))

    def __call__(self, module: Module, args: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, module.training))


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by its largest singular value before every ``forward`` (Miyato et al., 2018).

    The value is estimated by the power method, which goes on at every call in training. The module gets the
    parameter ``<name>_orig`` in place of ``<name>``, and the buffers ``<name>_u`` and ``<name>_v``.

    Args:
        module: whose parameter is replaced.
        name: of the parameter.
        n_power_iterations: steps of the power method at every call.
        eps: keeps its divisions finite.
        dim: the weight's dimension of outputs; by default 0, 1 for transposed convolutions.

    Returns:
        The module.

    Raises:
        RuntimeError: the parameter has spectral norm already.
        ValueError: ``n_power_iterations`` is not positive, or there is no such parameter.

    >>> from ravine import nn
    >>> layer = spectral_norm(nn.Linear(20, 40))
    >>> tuple(layer.weight_u.shape), list(layer.state_dict())
    ((40,), ['bias', 'weight_orig', 'weight_u', 'weight_v'])
    """
    if hook_of(module, SpectralNorm, name) is not None:
        raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
    hook = SpectralNorm(name, n_power_iterations, output_dim(module) if dim is None else dim, eps)
    weight = module._parameters.get(name)
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    with rv.no_grad():
        rows, columns = as_matrix(weight, hook.dim).shape
        u = F.normalize(weight.new_empty(rows).normal_(0, 1), dim=0, eps=eps)
        v = F.normalize(weight.new_empty(columns).normal_(0, 1), dim=0, eps=eps)
    del module._parameters[name]
    module.register_parameter(f"{name}_orig", weight)
    # Read before the first forward it is the weight as it was.
    setattr(module, name, weight.detach())
    module.register_buffer(f"{name}_u", u)
    module.register_buffer(f"{name}_v", v)
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Undo :func:`spectral_norm`: the weight is a parameter again, with its present value.

    Raises:
        ValueError: the parameter has no spectral norm.

    >>> from ravine import nn
    >>> [key for key in remove_spectral_norm(spectral_norm(nn.Linear(2, 2))).state_dict()]
    ['bias', 'weight']
    """
    key = hook_of(module, SpectralNorm, name)
    if key is None:
        raise ValueError(f"spectral_norm of '{name}' not found in {type(module).__name__}")
    hook: Any = module._forward_pre_hooks.pop(key)[0]
    hook.remove(module)
    return module
