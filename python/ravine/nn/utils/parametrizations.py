"""Parametrizations that are ready to use: weight norm and spectral norm.

>>> import ravine
>>> from ravine import nn
>>> from ravine.nn.utils.parametrizations import weight_norm
>>> [name for name, _ in weight_norm(nn.Linear(2, 3)).named_parameters()]
['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
"""

from __future__ import annotations

import ravine as rv

from ..._core import Tensor
from .. import functional as F
from ..module import Module
from . import parametrize
from .spectral_norm import as_matrix, iterate, output_dim
from .weight_norm import norm_except, scaled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["spectral_norm", "weight_norm"]


def __dir__() -> list[str]:
    return sorted(__all__)


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return scaled(weight_g, weight_v, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return norm_except(weight, self.dim), weight


class _OlderNames:
    """A hook by which states of ``nn.utils.weight_norm`` load as well."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, module: Module, state: dict[str, Any], prefix: str, *arguments: Any) -> None:
        for number, suffix in enumerate("gv"):
            older = f"{prefix}{self.name}_{suffix}"
            if older in state:
                state[f"{prefix}parametrizations.{self.name}.original{number}"] = state.pop(older)


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Train lengths and directions of a weight apart: ``w = g v / ||v||`` (Salimans and Kingma, 2016).

    ``parametrizations.<name>.original0`` is g, ``original1`` is v. States of the older
    :func:`ravine.nn.utils.weight_norm` load as well.

    Args:
        module: whose parameter is parametrized.
        name: of the parameter.
        dim: along which every index has a length of its own; None for one length of all.

    Returns:
        The module.

    >>> from ravine import nn
    >>> layer = weight_norm(nn.Linear(20, 40))
    >>> tuple(layer.parametrizations.weight.original0.shape)
    (40, 1)
    """
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)
    module.register_load_state_dict_pre_hook(_OlderNames(name))
    return module


class _SpectralNorm(Module):
    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        if not -weight.ndim <= dim < weight.ndim:
            raise IndexError(
                f"spectral_norm: dim={dim} is out of range for a weight of {weight.ndim} dimensions, "
                f"{-weight.ndim} to {weight.ndim - 1}"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                f"spectral_norm: n_power_iterations must be positive, but is {n_power_iterations}"
            )
        self.dim = dim % weight.ndim
        self.eps = eps
        self.n_power_iterations = n_power_iterations
        if weight.ndim > 1:
            matrix = as_matrix(weight.detach(), self.dim)
            rows, columns = matrix.shape
            u = F.normalize(matrix.new_empty(rows).normal_(0, 1), dim=0, eps=eps)
            v = F.normalize(matrix.new_empty(columns).normal_(0, 1), dim=0, eps=eps)
            v, u = iterate(matrix.t(), v, u, 15, eps)  # u first, unlike the older form
            self.register_buffer("_u", u)
            self.register_buffer("_v", v)

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            with rv.no_grad():
                v, u = iterate(matrix.detach().t(), self._v, self._u, self.n_power_iterations, self.eps)
                self._u.copy_(u)
                self._v.copy_(v)
        # Copies: a later iteration writes into the buffers.
        sigma = rv.dot(self._u.clone(), rv.mv(matrix, self._v.clone()))
        return weight / sigma

    def right_inverse(self, value: Tensor) -> Tensor:
        # What is assigned may have any norm: it is what will be normalised.
        return value


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divide a weight by its largest singular value (Miyato et al., 2018).

    The value is estimated by the power method: 15 steps at first, and in training more at every read.

    Args:
        module: whose parameter is parametrized.
        name: of the parameter.
        n_power_iterations: steps of the power method at every read.
        eps: keeps its divisions finite.
        dim: the weight's dimension of outputs; by default 0, 1 for transposed convolutions.

    Returns:
        The module.

    Raises:
        ValueError: there is no such tensor, or ``n_power_iterations`` is not positive.
        IndexError: ``dim`` is out of range.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = spectral_norm(nn.Linear(20, 40))
    >>> abs(ravine.linalg.vector_norm(layer.weight @ layer.parametrizations.weight[0]._v).item() - 1) < 0.1
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{type(module).__name__}' has no parameter or buffer with name '{name}'")
    along = output_dim(module) if dim is None else dim
    made = _SpectralNorm(weight, n_power_iterations, along, eps)
    return parametrize.register_parametrization(module, name, made)
