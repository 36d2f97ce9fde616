"""Connectionist temporal classification: the probability of a sequence, over all its alignments."""

from __future__ import annotations

import ravine as rv

from ..._core import Tensor
from ..._declare import FUNCTIONAL, declare
from ...errors import DTypeError, ShapeError, ValueError
from ._sizes import choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Lengths = Tensor | Sequence[int]

#: The logarithm of 0 where it is added up: its differences are numbers, those of -inf are not.
_NEVER = -1e30


@declare(FUNCTIONAL)
def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Minus the log-probability of label sequences, over all alignments; see :class:`ravine.nn.CTCLoss`.

    The forward variables ``alpha[t, s]`` of Graves et al. (2006) as ops, in logarithms: a derivative of any
    order is that of the formula. Lengths that are tensors are looked at.

    Args:
        log_probs: (T, N, C) or (T, C), log-probabilities of C classes.
        targets: (N, S), or all sequences one after the other (sum of lengths,); classes other than ``blank``.
        input_lengths: how many of the T steps count, N numbers.
        target_lengths: how many labels each sequence has, N numbers.
        blank: the class of no label.
        reduction: ``"mean"`` divides each loss by its target's length first; ``"sum"`` or ``"none"``.
        zero_infinity: whether sequences that have no alignment count 0, not infinity.

    Raises:
        ShapeError: shapes that do not fit.
        ValueError: a length, the blank or the reduction is out of range.
        DTypeError: targets or lengths that are no integers.

    >>> import ravine
    >>> ctc_loss(ravine.full((2, 1, 2), 0.5).log(), ravine.tensor([[1]]), [2], [1], reduction="none")
    tensor([0.2877])
    """
    choice("reduction", reduction, ("mean", "sum", "none"))
    if log_probs.ndim not in (2, 3) or not log_probs.dtype.is_floating_point:
        raise ShapeError(
            f"log_probs has shape {tuple(log_probs.shape)} and dtype {log_probs.dtype}; it must be (T, N, "
            f"C) or "
            "(T, C), floating point"
        )
    alone = log_probs.ndim == 2
    x = log_probs.unsqueeze(1) if alone else log_probs
    steps, count, classes = (int(n) for n in x.shape)
    if not 0 <= blank < classes:
        raise ValueError(f"blank is {blank}; it must be one of the {classes} classes")
    if targets.dtype.is_floating_point or targets.dtype == rv.bool:
        raise DTypeError(f"targets have dtype {targets.dtype}; labels are integers. Convert with .long()")
    times = _lengths("input_lengths", input_lengths, count, steps)
    numbers = _lengths("target_lengths", target_lengths, count, None)
    labels = _labels(targets.to(x.device).long(), numbers, count)
    ends = rv.tensor(numbers, device=x.device)
    losses = _losses(x, labels, times, ends, blank)
    if zero_infinity:
        losses = rv.where(losses == float("inf"), 0.0, losses)
    losses = losses.to(log_probs.dtype)
    if reduction == "none":
        return losses.squeeze(0) if alone else losses
    if reduction == "sum":
        return losses.sum()
    return (losses / ends.clamp(min=1)).mean()


def _lengths(name: str, given: Lengths, count: int, most: int | None) -> list[int]:
    if isinstance(given, Tensor):
        if given.dtype.is_floating_point or given.dtype == rv.bool:
            raise DTypeError(f"{name} have dtype {given.dtype}; lengths are integers. Convert with .long()")
        found = [int(n) for n in given.reshape(-1).tolist()]
    else:
        found = [int(n) for n in given]
    if len(found) != count:
        raise ShapeError(f"{name} has {len(found)} numbers for a batch of {count}")
    if any(n < 0 or (most is not None and n > most) for n in found):
        limit = "0 or more" if most is None else f"between 0 and the {most} steps of log_probs"
        raise ValueError(f"{name} is {found}; each must be {limit}")
    return found


def _labels(targets: Tensor, numbers: list[int], count: int) -> Tensor:
    """(N, S), padded at the end with whatever."""
    longest = max(numbers, default=0)
    if targets.ndim == 2:
        if targets.shape[0] != count or targets.shape[1] < longest:
            raise ShapeError(
                f"targets have shape {tuple(targets.shape)}; there must be {count} rows of at least "
                f"{longest} labels, "
                "as target_lengths says"
            )
        return targets[:, :longest]
    if targets.ndim != 1 or targets.shape[0] < sum(numbers):
        raise ShapeError(
            f"targets have shape {tuple(targets.shape)}; they must be (N, S), or ({sum(numbers)},) as "
            "target_lengths adds up to"
        )
    if longest == 0:
        return targets.new_zeros(count, 0)
    starts = rv.tensor([sum(numbers[:i]) for i in range(count)], device=targets.device).unsqueeze(1)
    places = starts + rv.arange(longest, device=targets.device)
    return targets[places.clamp(max=targets.shape[0] - 1)]


def _losses(x: Tensor, labels: Tensor, times: list[int], ends: Tensor, blank: int) -> Tensor:
    """(N,): infinity where no alignment exists."""
    count, longest = (int(n) for n in labels.shape)
    x = x.float() if x.dtype in (rv.float16, rv.bfloat16) else x
    states = 2 * longest + 1
    # A blank before, between and after the labels.
    blanks = rv.full((count, longest), blank, dtype=labels.dtype, device=x.device)
    between = rv.stack([blanks, labels], 2).flatten(1)
    path = rv.cat([between, rv.full((count, 1), blank, dtype=labels.dtype, device=x.device)], 1)
    # What lies beyond a sequence's own end is never asked for, and may hold any number.
    place = rv.arange(states, device=x.device)
    path = rv.where(place < 2 * ends.unsqueeze(1), path, blank)
    emitted = rv.gather(x, 2, path.unsqueeze(0).expand(x.shape[0], count, states)).clamp(min=_NEVER)
    # Two states may be skipped over where a blank lies between different labels.
    skips = rv.zeros(count, states, dtype=rv.bool, device=x.device)
    if states > 2:
        skips = rv.cat([skips[:, :2], path[:, 2:] != path[:, :-2]], 1)
    # Without a step there is the empty sequence alone; the first step is a blank or the first label.
    alpha = rv.where(place < 1, 0.0, _NEVER).to(x.dtype).expand(count, states)
    start = rv.where(place < 2, 0.0, _NEVER).to(x.dtype).expand(count, states)
    lengths = rv.tensor(times, device=x.device).unsqueeze(1)
    for t in range(max(times, default=0)):
        if t == 0:
            reached = start
        else:
            one = rv.pad(alpha, (1, 0), value=_NEVER)[:, :states]
            two = rv.where(skips, rv.pad(alpha, (2, 0), value=_NEVER)[:, :states], _NEVER)
            reached = rv.logsumexp(rv.stack([alpha, one, two]), 0)
        later = (reached + emitted[t]).clamp(min=_NEVER)
        alpha = rv.where(t < lengths, later, alpha)
    last = rv.gather(alpha, 1, (2 * ends).unsqueeze(1)).squeeze(1)
    label = rv.gather(alpha, 1, (2 * ends - 1).clamp(min=0).unsqueeze(1)).squeeze(1)
    both = rv.where(ends > 0, rv.logaddexp(last, label), last)
    return rv.where(both > _NEVER / 2, -both, float("inf"))
