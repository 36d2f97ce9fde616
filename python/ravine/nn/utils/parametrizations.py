"""Parametrizations that are ready to use: weight norm, spectral norm and orthogonal matrices.

>>> import ravine
>>> from ravine import nn
>>> from ravine.nn.utils.parametrizations import weight_norm
>>> [name for name, _ in weight_norm(nn.Linear(2, 3)).named_parameters()]
['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
"""

from __future__ import annotations

import ravine as rv

from ..._core import Tensor
from ...errors import ShapeError
from .. import functional as F
from ..module import Module
from . import parametrize
from .spectral_norm import as_matrix, iterate, output_dim
from .weight_norm import norm_except, scaled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


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


class _Orthogonal(Module):
    base: Tensor | None

    def __init__(self, weight: Tensor, orthogonal_map: str, use_trivialization: bool = True) -> None:
        super().__init__()
        self.shape = tuple(weight.shape)
        self.orthogonal_map = orthogonal_map
        self.use_trivialization = use_trivialization
        self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        # A wide matrix is the transpose of a tall one.
        wide = X.shape[-2] < X.shape[-1]
        X = X.mT if wide else X
        n, k = X.shape[-2:]
        if self.orthogonal_map == "householder":
            reflections = X.tril(-1)
            tau = 2.0 / (1.0 + (reflections * reflections).sum(-2))
            Q = rv.linalg.householder_product(reflections, tau)
            # The diagonal of X says which columns are turned around; it is not trained.
            Q = Q * X.detach().diagonal(dim1=-2, dim2=-1).to(rv.int32).to(Q.dtype).unsqueeze(-2)
        else:
            A = X.tril()
            if n != k:
                A = rv.cat([A, A.new_zeros((*A.shape[:-1], n - k))], -1)
            A = A - A.mT
            if self.orthogonal_map == "matrix_exp":
                Q = rv.linalg.matrix_exp(A)
            else:
                one = rv.eye(n, dtype=A.dtype, device=A.device)
                Q = rv.linalg.solve(one - 0.5 * A, one + 0.5 * A)
            Q = Q[..., :k]
        if self.base is not None:
            Q = self.base @ Q
        return Q.mT if wide else Q

    def right_inverse(self, Q: Tensor) -> Tensor:
        if tuple(Q.shape) != self.shape:
            raise ShapeError(
                f"orthogonal: expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of "
                f"shape {tuple(Q.shape)}"
            )
        given = Q
        wide = Q.shape[-2] < Q.shape[-1]
        Q = Q.mT if wide else Q
        n, k = Q.shape[-2:]
        with rv.no_grad():
            if not self.use_trivialization:
                if self.orthogonal_map != "householder":
                    raise NotImplementedError(
                        "It is not possible to assign to the matrix exponential or the Cayley "
                        "parametrizations when use_trivialization=False."
                    )
                A, tau = rv.geqrf(Q)
                # Signs of the columns; LAPACK's reflection that does nothing has tau 0.
                signs = A.diagonal(dim1=-2, dim2=-1).sign()
                signs = rv.where(tau == 0, -signs, signs)
                A = A.tril(-1) + A.triu(1) + _on_diagonal(signs, A)
                return A.mT if wide else A
            if n != k:  # completed to a square one
                Q = rv.cat([Q, rv.randn(*Q.shape[:-1], n - k, dtype=Q.dtype, device=Q.device)], -1)
            if n != k or not _is_orthogonal(Q):
                Q = _made_orthogonal(Q)
            self.base = Q.clone()
            # -1 on the diagonal is the identity to reflections, and 0 to the other maps.
            return _on_diagonal(-rv.ones(*given.shape[:-2], k, dtype=Q.dtype, device=Q.device), given)


def _on_diagonal(values: Tensor, like: Tensor) -> Tensor:
    """A tensor of the shape of ``like`` with ``values`` on the diagonals of its matrices, 0 elsewhere."""
    rows, columns = like.shape[-2:]
    one = rv.eye(rows, columns, dtype=like.dtype, device=like.device)
    return one * (values.unsqueeze(-2) if rows >= columns else values.unsqueeze(-1))


def _is_orthogonal(Q: Tensor) -> bool:
    n = Q.shape[-1]
    off = Q.mT @ Q - rv.eye(n, dtype=Q.dtype, device=Q.device)
    precision = {rv.float64: 2.0**-52, rv.float32: 2.0**-23}[Q.dtype]
    return bool((off.abs() <= 10 * n * precision).all())


def _made_orthogonal(A: Tensor) -> Tensor:
    """Q of the QR decomposition whose R has a positive diagonal."""
    X, tau = rv.geqrf(A)
    Q = rv.linalg.householder_product(X, tau)
    return Q * X.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)


def orthogonal(
    module: Module,
    name: str = "weight",
    orthogonal_map: str | None = None,
    *,
    use_trivialization: bool = True,
) -> Module:
    """Keep the matrices of a weight orthogonal: ``Q^T Q = 1``, or ``Q Q^T = 1`` if they are wide.

    ``"matrix_exp"`` is exp(A) and ``"cayley"`` (1 - A/2)^-1 (1 + A/2) for the skew-symmetric A of the lower
    triangle, ``"householder"`` a product of reflections.

    Args:
        module: whose parameter is parametrized.
        name: of the parameter, of two dimensions or more, float32 or float64.
        orthogonal_map: one of the three; by default the first for square matrices, else the last.
        use_trivialization: multiply by a fixed matrix ``base``, from which training starts (Lezcano-Casado,
            2019), so that the weight can be assigned.

    Returns:
        The module.

    Raises:
        ValueError: there is no such tensor, it is no matrix, or an unknown map.

    >>> import ravine
    >>> from ravine import nn
    >>> Q = orthogonal(nn.Linear(20, 40)).weight
    >>> bool(ravine.allclose(Q.T @ Q, ravine.eye(20), atol=1e-5))
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{type(module).__name__}' has no parameter or buffer with name '{name}'")
    if weight.ndim < 2:
        raise ValueError(
            "Expected a matrix or batch of matrices. Got a tensor of "
            f"{weight.ndim} dimensions, '{name}' of {type(module).__name__}"
        )
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.shape[-2] == weight.shape[-1] else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError(
            f"orthogonal_map has to be one of 'matrix_exp', 'cayley', 'householder'. Got: {orthogonal_map!r}"
        )
    made = _Orthogonal(weight, orthogonal_map, use_trivialization)
    return parametrize.register_parametrization(module, name, made, unsafe=True)
