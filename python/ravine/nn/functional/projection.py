"""Vectors from vectors, by a linear map, and from numbers, by a table."""

from __future__ import annotations

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ...errors import ValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..._core import Tensor


@declare(FUNCTIONAL)
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``input @ weight.T + bias``.

    Args:
        input: (..., in_features), floating point.
        weight: (out_features, in_features), or (in_features,) for one output without a dimension.
        bias: (out_features,).

    Returns:
        (..., out_features).

    Raises:
        Error: when the shapes or dtypes do not fit.

    >>> import ravine
    >>> linear(ravine.tensor([1.0, 2.0]), ravine.tensor([[3.0, 4.0]])).tolist()
    [11.0]
    """
    output = rv.matmul(input, weight.transpose(0, 1) if weight.ndim == 2 else weight)
    return output if bias is None else output + bias


@declare(FUNCTIONAL)
def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of ``weight`` that ``input`` names; see :class:`ravine.nn.Embedding`.

    Args:
        input: int64 or int32 of any shape, from 0 to R - 1.
        weight: (R, D).
        padding_idx: a row that gets no gradient; a negative one counts from the end.
        max_norm: named rows of a greater norm are first scaled down to it, in ``weight`` itself, unseen by
            autograd.
        norm_type: the p of that norm.
        scale_grad_by_freq: whether the gradient of a row is divided by how often ``input`` names it.
        sparse: changes nothing: gradients are dense.

    Returns:
        (*input.shape, D).

    Raises:
        IndexError: an index is no row; an input that is not yet computed raises it when the result is read.
        ValueError: ``padding_idx`` is no row.

    >>> import ravine
    >>> embedding(ravine.tensor([1, 0]), ravine.tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """
    padding = -1 if padding_idx is None else padding_row(padding_idx, weight.shape[0])
    if max_norm is not None:
        renormalise(weight, input, max_norm, norm_type)
    rows = rv.embedding(weight, input, padding)
    return by_frequency(rows, input, weight.shape[0]) if scale_grad_by_freq and rows.requires_grad else rows


def by_frequency(rows: Tensor, input: Tensor, count: int) -> Tensor:
    """The rows that ``input`` names of a table, with their gradients divided by how often it names them."""
    places = input.reshape(-1).long()
    named = rv.index_add(
        rv.zeros(count, dtype=rows.dtype, device=rows.device), 0, places, rows.new_ones(len(places))
    )
    share = (1 / named[input.long()]).unsqueeze(-1)
    # A number and what is 0 of it: the value stays, the derivative is scaled.
    value = rows.detach()
    return value + rv.where(rv.isfinite(value), rows - value, 0.0) * share


def padding_row(index: int, rows: int) -> int:
    """The row that ``padding_idx`` names; a negative one counts from the end.

    Raises:
        ValueError: there is no such row.
    """
    if not -rows <= index < rows:
        raise ValueError(f"padding_idx must be within the {rows} rows of the weight, but is {index}")
    return index % rows


def renormalise(weight: Tensor, input: Tensor, max_norm: float, norm_type: float) -> None:
    """Scale rows of ``weight`` that ``input`` names and whose norm is greater down to ``max_norm``."""
    with rv.no_grad():
        places = input.reshape(-1)
        rows = rv.embedding(weight, places)
        norms = rv.norm(rows, norm_type, 1, keepdim=True)
        # Rows named twice are written twice, with the same numbers.
        weight.index_put_([places], rv.where(norms > max_norm, rows * (max_norm / (norms + 1e-7)), rows))
