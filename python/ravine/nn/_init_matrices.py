"""Starting values that are about whole matrices: part of :mod:`ravine.nn.init`."""

from __future__ import annotations

from math import ceil

import ravine as rv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["dirac_", "eye_", "orthogonal_", "sparse_"]


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with ones on the diagonal, zeros elsewhere; returns the tensor.

    Raises:
        ValueError: the tensor has not two dimensions.

    >>> import ravine
    >>> eye_(ravine.empty(2, 3)).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    with rv.no_grad():
        return tensor.copy_(rv.eye(*tensor.shape, dtype=tensor.dtype))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill a convolution's weight (out, in, *kernel) so that it hands channels on; returns the tensor.

    Within each of ``groups``, output channel i is input channel i, as many as there are of both.

    Raises:
        ValueError: the tensor has not three to five dimensions, or ``groups`` does not divide the outputs.

    >>> import ravine
    >>> dirac_(ravine.empty(2, 2, 3)).tolist()
    [[[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    outputs, inputs = tensor.shape[:2]
    if groups < 1 or outputs % groups:
        raise ValueError("dim 0 must be divisible by groups")
    each = outputs // groups
    centre = tuple(size // 2 for size in tensor.shape[2:])
    with rv.no_grad():
        tensor.zero_()
        for group in range(groups):
            for i in range(min(each, inputs)):
                tensor[(group * each + i, i, *centre)] = 1.0
    return tensor


def orthogonal_(tensor: Tensor, gain: float = 1.0) -> Tensor:
    """Fill with ``gain`` times a random matrix of orthonormal rows or columns, whichever are fewer.

    Dimensions after the first are taken together. The matrix is Q of the QR decomposition of normal draws,
    signed by R's diagonal, which makes it uniform (Saxe, McClelland and Ganguli, 2014; Mezzadri, 2007).
    Returns the tensor.

    Raises:
        ValueError: the tensor has fewer than two dimensions.

    >>> import ravine
    >>> q = orthogonal_(ravine.empty(2, 5))
    >>> ((q @ q.T - ravine.eye(2)).abs().max() < 1e-5).item()
    True
    """
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    import numpy as np

    rows = tensor.shape[0]
    columns = tensor.numel() // rows
    drawn = rv.randn(rows, columns, dtype=rv.float64).numpy()
    q, r = np.linalg.qr(drawn.T if rows < columns else drawn)
    q = q * np.sign(np.diag(r))
    q = q.T if rows < columns else q
    with rv.no_grad():
        return tensor.copy_(
            rv.tensor(gain * q, dtype=rv.float64).reshape(tuple(tensor.shape)).to(tensor.dtype)
        )


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01) -> Tensor:
    """Fill with draws from N(0, std^2), with the part ``sparsity`` of each column zero (Martens, 2010).

    Returns the tensor.

    Raises:
        ValueError: the tensor has not two dimensions, or ``sparsity`` is not in [0, 1].

    >>> import ravine
    >>> (sparse_(ravine.empty(10, 4), sparsity=0.3) == 0).sum(0).tolist()
    [3, 3, 3, 3]
    """
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    if not 0 <= sparsity <= 1:
        raise ValueError(f"sparsity is a part, between 0 and 1, got {sparsity}")
    rows, columns = tensor.shape
    zeros = ceil(sparsity * rows)
    with rv.no_grad():
        tensor.normal_(0.0, std)
        # The ranks of independent draws are a random order of each column.
        ranks = rv.rand(rows, columns).argsort(0).argsort(0)
        return tensor.mul_((ranks >= zeros).to(tensor.dtype))
