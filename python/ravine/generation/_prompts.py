"""Prompts of one length or several, and where a text ends."""

from __future__ import annotations

import ravine as rv

from ..errors import DTypeError, ShapeError, ValueError
from ..nn import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    Stop = int | Iterable[int] | None

__all__ = ["LOOK", "Prompts", "count", "cut", "is_stop", "stops"]

LOOK = 8  # steps between two looks at whether all rows have ended: each waits for the device


class Prompts:
    """Rows of tokens, filled up on the right to the longest, and how long each is.

    Lists become a tensor where the model's parameters are.
    """

    def __init__(self, name: str, model: object, given: rv.Tensor | Sequence[Sequence[int]]) -> None:
        if not isinstance(given, rv.Tensor):
            given = given or [[]]
            lengths = [len(row) for row in given]
            longest = max(lengths, default=0)
            rows = [[*row, *[0] * (longest - len(row))] for row in given]
            given = rv.tensor(rows, dtype=rv.int64, device=_device(model))
        else:
            lengths = [given.shape[-1]] * len(given) if given.ndim == 2 else []
        if given.ndim != 2 or given.dtype != rv.int64:
            kind = ShapeError if given.ndim != 2 else DTypeError
            raise kind(
                f"{name}: prompts are numbers of tokens, int64 (B, T), or lists of such; got {given.dtype} "
                f"{tuple(given.shape)}. Use [[...]] for one prompt"
            )
        if not lengths or min(lengths) < 1:
            raise ValueError(
                f"{name}: got prompts of {lengths or 'no'} tokens. Begin each with at least one, for "
                "instance one that means the start"
            )
        self.tokens, self.shortest, self.longest = given, min(lengths), max(lengths)
        self.lengths = rv.tensor(lengths, device=given.device)

    def forced(self, place: int) -> rv.Tensor | None:
        """Which rows (B,) still have a token of their prompt at this place; None when none has."""
        return self.lengths > place if place < self.longest else None

    def behind(self, columns: rv.Tensor, length: int) -> rv.Tensor:
        """Of what stands from ``shortest`` on (B, ..., C), the ``length`` behind each row's prompt."""
        if self.shortest == self.longest:
            return columns
        places = (self.lengths - self.shortest).unsqueeze(1) + rv.arange(length, device=columns.device)
        middle = columns.shape[1:-1]
        places = places.reshape(len(places), *[1] * len(middle), length).expand(-1, *middle, -1)
        return columns.gather(-1, places)


def _device(model: object) -> rv.device | None:
    parameter = next(model.parameters(), None) if isinstance(model, Module) else None
    return None if parameter is None else parameter.device


def count(name: str, argument: str, value: object, least: int = 1) -> int:
    """A number of something."""
    if not isinstance(value, int) or value < least:
        raise ValueError(f"{name}: {argument} must be a number of at least {least}, got {value!r}")
    return value


def stops(name: str, stop: Stop) -> list[int]:
    """The tokens that end a text."""
    found = [stop] if isinstance(stop, int) else list(stop or ())
    if not all(isinstance(number, int) for number in found):
        raise ValueError(f"{name}: stop must be a token's number, or several, got {stop!r}")
    return found


def is_stop(tokens: rv.Tensor, numbers: list[int]) -> rv.Tensor:
    """Where one of the numbers stands; bool, of the tokens' shape."""
    return (tokens.unsqueeze(-1) == rv.tensor(numbers, device=tokens.device)).any(-1)


def cut(tokens: rv.Tensor, stop: Stop) -> list[list[int]]:
    """Each row (B, L) up to its first stop token, which is left out.

    >>> cut(ravine.tensor([[3, 4, 0, 0], [5, 6, 7, 8]]), stop=0)
    [[3, 4], [5, 6, 7, 8]]
    """
    ends = frozenset(stops("cut", stop))
    if tokens.ndim != 2:
        raise ShapeError(f"cut: tokens are rows (B, L), got {tuple(tokens.shape)}. Use flatten(0, -2)")
    rows = []
    for row in tokens.tolist():
        end = next((place for place, number in enumerate(row) if number in ends), len(row))
        rows.append(row[:end])
    return rows
