"""Sums over bags of a table's rows, bilinear forms, and distances between all rows."""

from __future__ import annotations

import ravine as rv

from ..._declare import FUNCTIONAL, declare
from ...errors import DTypeError, ShapeError, ValueError
from ._sizes import choice
from .projection import by_frequency, padding_row, renormalise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..._core import Tensor


@declare(FUNCTIONAL)
def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The sums, means or maxima over bags of a table's rows; see :class:`ravine.nn.EmbeddingBag`.

    Args:
        input: (B, L), a bag in each row, or (n,) of bags that begin at ``offsets``; int64 or int32.
        weight: (R, D).
        offsets: (B,), increasing from 0.
        max_norm: named rows of a greater norm are first scaled down to it, in ``weight`` itself.
        norm_type: the p of that norm.
        scale_grad_by_freq: whether the gradient of a row is divided by how often ``input`` names it.
        mode: ``"sum"``, ``"mean"`` or ``"max"``; a bag of nothing gives zeros.
        sparse: changes nothing: gradients are dense.
        per_sample_weights: a factor for each index, for ``"sum"`` alone.
        include_last_offset: ``offsets`` has one number more, the end of the last bag.
        padding_idx: a row that counts for nothing.

    Returns:
        (B, D).

    Raises:
        ShapeError: shapes that do not fit.
        ValueError: another mode, or weights with a mode other than ``"sum"``.
        IndexError: an index is no row.

    >>> import ravine
    >>> table = ravine.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> embedding_bag(ravine.tensor([0, 1, 1]), table, ravine.tensor([0, 2]), mode="sum").tolist()
    [[4.0, 6.0], [3.0, 4.0]]
    """
    choice("mode", mode, ("sum", "mean", "max"))
    if scale_grad_by_freq and mode == "max":
        raise ValueError("scale_grad_by_freq is for mode='sum' and 'mean', not for 'max'")
    if weight.ndim != 2:
        raise ShapeError(f"weight has shape {tuple(weight.shape)}; a table has two dimensions (rows, size)")
    if per_sample_weights is not None:
        if mode != "sum":
            raise ValueError(f"per_sample_weights are for mode='sum', not for {mode!r}")
        if per_sample_weights.shape != input.shape:
            raise ShapeError(
                f"per_sample_weights have shape {tuple(per_sample_weights.shape)}, the input "
                f"{tuple(input.shape)}; "
                "there must be one for each index"
            )
    padding = None if padding_idx is None else padding_row(padding_idx, weight.shape[0])
    bags, count = bag_numbers(input, offsets, include_last_offset)
    flat = input.reshape(-1)
    if max_norm is not None:
        renormalise(weight, flat, max_norm, norm_type)
    rows = rv.embedding(weight, flat, -1 if padding is None else padding)
    if scale_grad_by_freq:
        rows = by_frequency(rows, flat, weight.shape[0])
    wide = rows.float() if rows.dtype in (rv.float16, rv.bfloat16) else rows
    counted = rv.ones_like(flat, dtype=rv.bool) if padding is None else flat != padding
    if mode == "max":
        return _greatest(wide, bags, counted, count).to(rows.dtype)
    if per_sample_weights is not None:
        wide = wide * per_sample_weights.reshape(-1, 1).to(wide.dtype)
    # A row that counts for nothing does so when it holds an infinity, too.
    wide = rv.where(counted.unsqueeze(1), wide, 0.0)
    sums = rv.index_add(wide.new_zeros(count, wide.shape[1]), 0, bags, wide)
    if mode == "mean":
        number = rv.index_add(wide.new_zeros(count), 0, bags, counted.to(wide.dtype))
        sums = sums / number.clamp(min=1).unsqueeze(1)
    return sums.to(rows.dtype)


def bag_numbers(input: Tensor, offsets: Tensor | None, include_last: bool) -> tuple[Tensor, int]:
    """The number of every index's bag, and how many bags there are."""
    if input.dtype not in (rv.int64, rv.int32):
        raise DTypeError(f"input has dtype {input.dtype}; indices are int64 or int32. Convert with .long()")
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError("an input of two dimensions has a bag in each row and takes no offsets")
        count, length = (int(n) for n in input.shape)
        return rv.arange(count, device=input.device).unsqueeze(1).expand(count, length).reshape(-1), count
    if input.ndim != 1:
        raise ShapeError(f"input has shape {tuple(input.shape)}; it must be (B, L), or (n,) with offsets")
    if offsets is None or offsets.ndim != 1:
        shape = "missing" if offsets is None else f"of shape {tuple(offsets.shape)}"
        raise ShapeError(f"the offsets are {shape}; an input (n,) needs those of the bags, (B,)")
    count = int(offsets.shape[0])
    if include_last:
        if count == 0:
            raise ShapeError("with include_last_offset there is one offset more than bags, at least one")
        count -= 1
        offsets = offsets[:count]
    places = rv.arange(input.shape[0], dtype=offsets.dtype, device=input.device)
    # The last bag that begins at or before a place: bags of nothing begin where the next one does.
    return rv.searchsorted(offsets, places, right=True) - 1, count


def _greatest(rows: Tensor, bags: Tensor, counted: Tensor, count: int) -> Tensor:
    """The maxima of each bag's rows, in every column for itself; zeros for a bag of nothing."""
    length, width = rows.shape
    if 0 in (count, length, width):
        return rows.sum(0).expand(count, width)
    # By bag, then by size: the first of a bag is its greatest.
    low = rv.where(counted.unsqueeze(1), rows, float("-inf"))
    order = rv.argsort(low, 0, descending=True, stable=True)
    order = rv.gather(order, 0, rv.argsort(bags[order], 0, stable=True))
    number = rv.index_add(rv.zeros(count, dtype=rv.int64, device=rows.device), 0, bags, rv.ones_like(bags))
    first = (rv.cumsum(number, 0) - number).clamp(max=length - 1)
    best = rv.gather(low, 0, order[first])
    some = rv.index_add(rv.zeros_like(number), 0, bags, counted.to(number.dtype)) > 0
    return rv.where(some.unsqueeze(1), best, 0.0)


@declare(FUNCTIONAL)
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``y[o] = sum over i, j of x1[i] weight[o, i, j] x2[j] + bias[o]``, of the last dimensions.

    Args:
        input1: (..., I), floating point.
        input2: (..., J), of the same dimensions before the last.
        weight: (O, I, J).
        bias: (O,).

    Returns:
        (..., O).

    Raises:
        ShapeError: shapes that do not fit.

    >>> import ravine
    >>> x = ravine.tensor([1.0, 2.0])
    >>> bilinear(x, x, ravine.ones(1, 2, 2)).tolist()
    [9.0]
    """
    if weight.ndim != 3 or input1.ndim == 0 or input1.shape[:-1] != input2.shape[:-1]:
        raise ShapeError(
            f"inputs have shapes {tuple(input1.shape)} and {tuple(input2.shape)}, the weight "
            f"{tuple(weight.shape)}; they must be (..., I), (..., J) and (O, I, J)"
        )
    outputs, first, second = weight.shape
    if (input1.shape[-1], input2.shape[-1]) != (first, second):
        raise ShapeError(
            f"the weight of shape {tuple(weight.shape)} takes inputs of sizes {first} and {second}, not "
            f"{input1.shape[-1]} and {input2.shape[-1]}"
        )
    half = input1.dtype in (rv.float16, rv.bfloat16)
    x, y, form = (t.float() if half else t for t in (input1, input2, weight))
    inner = rv.matmul(x, form.permute(1, 0, 2).reshape(first, outputs * second))
    output = rv.matmul(inner.reshape(*x.shape[:-1], outputs, second), y.unsqueeze(-1)).squeeze(-1)
    output = output if bias is None else output + bias.to(output.dtype)
    return output.to(input1.dtype)


@declare(FUNCTIONAL)
def pdist(input: Tensor, p: float = 2) -> Tensor:
    """The p-norms of the differences of all pairs of rows, (N, M) -> (N (N - 1) / 2,): (0, 1), (0, 2), ...

    Args:
        input: (N, M), floating point.
        p: the exponent, 0 or more; infinity for the greatest difference, 0 for the number of those that are
            not 0.

    Raises:
        ShapeError: the input has not two dimensions.
        ValueError: ``p`` is negative.

    >>> import ravine
    >>> pdist(ravine.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])).tolist()[:2]
    [5.0, 1.0]
    """
    if input.ndim != 2:
        raise ShapeError(f"input has shape {tuple(input.shape)}; it must be (N, M), vectors in rows")
    if not p >= 0:
        raise ValueError(f"p is {p}; a norm's exponent is 0 or more")
    if not input.dtype.is_floating_point:
        raise DTypeError(f"input has dtype {input.dtype}; it must be floating point. Convert with .float()")
    rows = int(input.shape[0])
    first, second = rv.triu_indices(rows, rows, 1, device=input.device)
    return rv.norm(rv.index_select(input, 0, first) - rv.index_select(input, 0, second), p, 1)
