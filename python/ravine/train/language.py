"""What language models need beside the network: windows of a long text, and their loss."""

from __future__ import annotations

import ravine as rv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..nn import Module

__all__ = ["Windows", "window_loss"]


class Windows:
    """Endless batches of windows at random places of a long text, drawn from ravine's global random stream.

    Args:
        data: the numbers of the text's symbols, int64 (n,).
        length: of a window.
        batch_size: windows per batch.

    Raises:
        ValueError: the text is not longer than a window.

    >>> x, y = next(iter(Windows(ravine.arange(100), length=8, batch_size=2)))
    >>> tuple(x.shape), (y - x).tolist()[0]
    ((2, 8), [1, 1, 1, 1, 1, 1, 1, 1])
    """

    def __init__(self, data: rv.Tensor, length: int, batch_size: int) -> None:
        if len(data) <= length:
            raise ValueError(f"a text of {len(data)} symbols has no window of {length} and one more after it")
        self.data, self.length, self.batch_size = data, length, batch_size

    def __iter__(self) -> Iterator[tuple[rv.Tensor, rv.Tensor]]:
        """Pairs (batch_size, length): the symbols, and the symbol that follows each."""
        inside = rv.arange(self.length + 1)
        while True:
            starts = rv.randint(0, len(self.data) - self.length, (self.batch_size, 1))
            window = self.data[starts + inside]
            yield window[:, :-1], window[:, 1:]


def window_loss(model: Module, data: rv.Tensor, length: int, batch_size: int = 64) -> float:
    """The mean cross-entropy over every symbol of a text but the first, in nats.

    The text is cut into windows that follow each other; each symbol is predicted from those of its window
    that come before it.

    Args:
        model: gives scores (batch, length, symbols) for numbers (batch, length).
        data: the numbers, int64 (n,).
        length: of a window; the last may be shorter.
        batch_size: windows at a time.
    """
    from ravine.nn import functional as F

    size = len(data) - 1
    whole = size // length * length
    pieces = [(i, min(i + batch_size * length, whole)) for i in range(0, whole, batch_size * length)]
    if whole < size:
        pieces.append((whole, size))
    total = 0.0
    training = model.training
    model.eval()
    with rv.no_grad():
        for start, end in pieces:
            x, y = data[start:end], data[start + 1 : end + 1]
            scores = model(x.reshape(-1, min(length, end - start)))
            total += F.cross_entropy(scores.flatten(0, 1), y, reduction="sum").item()
    model.train(training)
    return total / size
