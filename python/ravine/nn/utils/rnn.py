"""Sequences of different lengths in one batch: padded, and packed as PyTorch packs them."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import ravine as rv

from ..._arguments import check_tensors
from ..._core import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


def __dir__() -> list[str]:
    return sorted(__all__)


class PackedSequence(NamedTuple):
    """The steps of several sequences without padding: all first steps, then all second ones, and so on.

    Made by :func:`pack_padded_sequence`, the longest sequence first.

    >>> import ravine
    >>> packed = pack_sequence([ravine.tensor([1.0, 2.0]), ravine.tensor([3.0])])
    >>> packed.data.tolist(), packed.batch_sizes.tolist()
    ([1.0, 3.0, 2.0], [2, 1])
    """

    #: (total of all lengths, ...)
    data: Tensor
    #: (T,) int64: how many sequences have each step.
    batch_sizes: Tensor
    #: (B,) int64: the sequences in order of their length, None if they came in that order.
    sorted_indices: Tensor | None = None
    #: (B,) int64: the places of the sequences in that order.
    unsorted_indices: Tensor | None = None

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with ``data.to(...)``."""
        return self._replace(data=self.data.to(*args, **kwargs))

    def cpu(self) -> PackedSequence:
        """The same with ``data`` on the CPU."""
        return self.to("cpu")

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with ``data`` on a GPU, of whatever make."""
        return self.to(*args, **kwargs) if args or kwargs else self.to("gpu")

    def double(self) -> PackedSequence:
        """The same with ``data`` in float64."""
        return self.to(rv.float64)

    def float(self) -> PackedSequence:
        """The same with ``data`` in float32."""
        return self.to(rv.float32)

    def half(self) -> PackedSequence:
        """The same with ``data`` in float16."""
        return self.to(rv.float16)

    def long(self) -> PackedSequence:
        """The same with ``data`` in int64."""
        return self.to(rv.int64)

    def int(self) -> PackedSequence:
        """The same with ``data`` in int32."""
        return self.to(rv.int32)

    def short(self) -> PackedSequence:
        """The same with ``data`` in int16."""
        return self.to(rv.int16)

    def char(self) -> PackedSequence:
        """The same with ``data`` in int8."""
        return self.to(rv.int8)

    def byte(self) -> PackedSequence:
        """The same with ``data`` in uint8."""
        return self.to(rv.uint8)

    def pin_memory(self) -> PackedSequence:
        """The same: there is no memory that would have to be pinned."""
        return self

    def is_pinned(self) -> bool:
        """Whether memory is pinned: no."""
        return False

    @property
    def is_cuda(self) -> bool:
        """Whether ``data`` is on a GPU, of whatever make."""
        return self.data.device.type == "gpu"


def pad_sequence(
    sequences: Sequence[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences (L_i, ...) side by side, filled up to the longest: (T, B, ...), or (B, T, ...).

    Args:
        sequences: tensors whose shapes differ in the first dimension alone.
        batch_first: whether B comes first.
        padding_value: what stands beyond the ends.
        padding_side: ``"right"``, or ``"left"`` to fill up before the starts.

    Raises:
        ValueError: no sequence, or another side.
        Error: when shapes do not fit.

    >>> import ravine
    >>> pad_sequence([ravine.tensor([1, 2]), ravine.tensor([3])], batch_first=True).tolist()
    [[1, 2], [3, 0]]
    """
    if padding_side not in ("right", "left"):
        raise ValueError(f"padding_side is {padding_side!r}; use 'right' or 'left'")
    if isinstance(sequences, Tensor):
        raise TypeError("pad_sequence: a list of tensors is needed, not one tensor")
    for i, sequence in enumerate(sequences):
        check_tensors("pad_sequence", **{f"sequences[{i}]": sequence})
    if not sequences:
        raise ValueError("pad_sequence: there is no sequence")
    longest = max(s.shape[0] for s in sequences)
    padded = []
    for s in sequences:
        missing = longest - s.shape[0]
        ends = (0, missing) if padding_side == "right" else (missing, 0)
        padded.append(rv.pad(s, (0, 0) * (s.ndim - 1) + ends, value=padding_value) if missing else s)
    return rv.stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences that :func:`pad_sequence` put together.

    >>> import ravine
    >>> [s.tolist() for s in unpad_sequence(ravine.tensor([[1, 2], [3, 0]]), ravine.tensor([2, 1]), True)]
    [[1, 2], [3]]
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [rows[i, :length] for i, length in enumerate(_ints(lengths))]


def _ints(lengths: Tensor | Sequence[int]) -> list[int]:
    values = lengths.tolist() if isinstance(lengths, Tensor) else lengths
    return [int(length) for length in values]


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """The steps of padded sequences without the padding.

    Args:
        input: (T, B, ...), or (B, T, ...) with ``batch_first``.
        lengths: B lengths, from 1 to T.
        batch_first: whether B comes first in ``input``.
        enforce_sorted: whether lengths must not grow; without, the sequences are sorted here, and what
            comes out of a recurrent layer is put back in order.

    Raises:
        ValueError: lengths that are out of range, not as many as sequences, or not sorted.

    >>> import ravine
    >>> pack_padded_sequence(ravine.tensor([[1, 2], [3, 0]]), [2, 1], batch_first=True).data.tolist()
    [1, 3, 2]
    """
    x = input.transpose(0, 1) if batch_first else input
    sizes = _ints(lengths)
    steps, count = x.shape[:2]
    if len(sizes) != count:
        raise ValueError(f"pack_padded_sequence: {len(sizes)} lengths for {count} sequences")
    if any(not 1 <= size <= steps for size in sizes):
        raise ValueError(
            f"pack_padded_sequence: lengths must be from 1 to the {steps} steps there are, got {sizes}"
        )
    order = sorted(range(count), key=lambda i: -sizes[i])
    in_order = all(a >= b for a, b in pairwise(sizes))
    if enforce_sorted and not in_order:
        raise ValueError(
            "pack_padded_sequence: lengths must not grow; sort the sequences or pass enforce_sorted=False"
        )
    sorted_indices = unsorted_indices = None
    if not enforce_sorted:
        places = sorted(range(count), key=order.__getitem__)
        sorted_indices, unsorted_indices = (rv.tensor(o, device=x.device) for o in (order, places))
        x = rv.index_select(x, 1, sorted_indices)
        sizes = [sizes[i] for i in order]
    alive = [sum(size > t for size in sizes) for t in range(sizes[0] if sizes else 0)]
    data = rv.index_select(x.flatten(0, 1), 0, _places(alive, count).to(x.device))
    return PackedSequence(data, rv.tensor(alive), sorted_indices, unsorted_indices)


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Packs a list of sequences (L_i, ...); see :func:`pack_padded_sequence`.

    >>> import ravine
    >>> pack_sequence([ravine.tensor([3]), ravine.tensor([1, 2])], enforce_sorted=False).data.tolist()
    [1, 3, 2]
    """
    lengths = [s.shape[0] for s in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def _places(alive: list[int], count: int) -> Tensor:
    """Where the packed steps lie among (T * count) padded ones."""
    return rv.tensor([t * count + i for t, number in enumerate(alive) for i in range(number)], dtype=rv.int64)


def _pad(packed: PackedSequence, value: float = 0.0) -> tuple[Tensor, Tensor]:
    """Padded steps (T, B, ...) of the sequences in order of their length, and their lengths."""
    alive = _ints(packed.batch_sizes)
    count = alive[0]
    rest = packed.data.shape[1:]
    blank = packed.data.new_full((len(alive) * count, *rest), value)
    padded = blank.index_put([_places(alive, count)], packed.data).reshape(len(alive), count, *rest)
    return padded, rv.tensor([sum(number > i for number in alive) for i in range(count)])


def _repack(padded: Tensor, like: PackedSequence) -> PackedSequence:
    """The steps of (T, B, ...) that ``like`` has."""
    alive = _ints(like.batch_sizes)
    return like._replace(data=rv.index_select(padded.flatten(0, 1), 0, _places(alive, alive[0])))


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The padded sequences (T, B, ...), or (B, T, ...), of a packed one, and their lengths.

    Both are in the order in which the sequences were packed.

    Args:
        sequence: as :func:`pack_padded_sequence` or a recurrent layer made it.
        batch_first: whether B comes first in the result.
        padding_value: what stands beyond the ends.
        total_length: T, if it is to be more than the longest length.

    Raises:
        ValueError: ``total_length`` below the longest length.

    >>> import ravine
    >>> packed = pack_padded_sequence(ravine.tensor([[1, 2], [3, 9]]), [2, 1], batch_first=True)
    >>> [t.tolist() for t in pad_packed_sequence(packed, batch_first=True)]
    [[[1, 2], [3, 0]], [2, 1]]
    """
    padded, lengths = _pad(sequence, padding_value)
    steps = padded.shape[0]
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                f"pad_packed_sequence: total_length is {total_length}, the longest sequence {steps}"
            )
        more = (0, 0) * (padded.ndim - 1) + (0, total_length - steps)
        padded = rv.pad(padded, more, value=padding_value)
    if sequence.unsorted_indices is not None:
        padded = rv.index_select(padded, 1, sequence.unsorted_indices)
        lengths = rv.index_select(lengths, 0, sequence.unsorted_indices)
    return (padded.transpose(0, 1) if batch_first else padded), lengths


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences that :func:`pack_sequence` packed, in their order.

    >>> import ravine
    >>> [s.tolist() for s in unpack_sequence(pack_sequence([ravine.tensor([1, 2]), ravine.tensor([3])]))]
    [[1, 2], [3]]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes this one, a vector of indices; None for None.

    >>> import ravine
    >>> invert_permutation(ravine.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    return None if permutation is None else permutation.argsort()
