"""What PyTorch's top level has of embeddings: functions whose options are those of its engine."""

from __future__ import annotations

import ravine as rv
from ravine._core import Tensor
from ravine._declare import named
from ravine.errors import ValueError
from ravine.nn import functional as F
from ravine.nn.functional.bags import bag_numbers
from ravine.nn.functional.projection import renormalise

__all__ = ["embedding_bag", "embedding_renorm_"]

_MODES = ("sum", "mean", "max")


@named
def embedding_bag(
    weight: Tensor,
    indices: Tensor,
    offsets: Tensor,
    scale_grad_by_freq: bool = False,
    mode: int = 0,
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """`ravine.nn.functional.embedding_bag` with a `mode` of 0 (sum), 1 (mean) or 2 (max).

    Besides the result, the number of each index's bag, and how many indices count in each bag. PyTorch
    returns a
    fourth tensor, which its backward pass reads.

    >>> table = ravine.tensor([[1.0], [2.0], [4.0]])
    >>> [t.tolist() for t in ravine.embedding_bag(table, ravine.tensor([0, 1, 2]), ravine.tensor([0, 2]))]
    [[[3.0], [4.0]], [0, 0, 1], [2, 1]]
    """
    if mode not in range(3):
        raise ValueError(f"mode={mode!r} must be 0 (sum), 1 (mean) or 2 (max)")
    output = F.embedding_bag(
        indices,
        weight,
        offsets,
        scale_grad_by_freq=scale_grad_by_freq,
        mode=_MODES[mode],
        sparse=sparse,
        per_sample_weights=per_sample_weights,
        include_last_offset=include_last_offset,
        padding_idx=padding_idx,
    )
    bags, count = bag_numbers(indices, offsets, include_last_offset)
    counted = rv.ones_like(bags)
    if padding_idx is not None:
        counted = (indices != padding_idx % weight.shape[0]).to(counted.dtype)
    sizes = rv.index_add(rv.zeros(count, dtype=counted.dtype, device=bags.device), 0, bags, counted)
    return output, bags, sizes


@named
def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """Scales the rows that are named and whose norm is greater down to `max_norm`, in the table itself.

    >>> ravine.embedding_renorm_(ravine.tensor([[3.0, 4.0], [6.0, 8.0]]), ravine.tensor([1]), 5.0, 2.0)
    tensor([[3., 4.],
            [3., 4.]])
    """
    renormalise(input, indices, max_norm, norm_type)
    return input
