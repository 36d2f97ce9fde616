"""Byte-pair encoding: the most frequent pairs of neighbouring tokens become tokens, starting from bytes."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from itertools import pairwise

from ..errors import ValueError
from ._tokenizer import Tokenizer, pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Self

    from .._core import Tensor

__all__ = ["BytePairTokenizer"]

_BYTES = 256
_Pair = tuple[int, int]


class BytePairTokenizer(Tokenizer):
    """Tokens are sequences of bytes: the 256 bytes, and what merges make (Sennrich et al., 2016).

    A text is cut into :func:`pieces`, these into the bytes of UTF-8; of the pairs of neighbours in a piece
    the one that was learnt first is merged, everywhere from left to right, until none is left. So
    ``decode(encode(s)) == s`` for any text. Special tokens are numbered first, then bytes, then merges in
    the order they were learnt.

    Args:
        merges: pairs of tokens (0 to 255 the bytes, 256 the first merge, and so on).
        specials: special tokens.

    Raises:
        ValueError: a merge of what there is not yet, or one that stands twice.

    >>> from ravine.text import BytePairTokenizer
    >>> tokenizer = BytePairTokenizer.train("aaabdaaabac", merges=2, specials=["<end>"])
    >>> len(tokenizer), tokenizer.tokens(tokenizer.encode("aaab"))
    (259, ['aa', 'ab'])
    """

    def __init__(self, merges: Sequence[Sequence[int]], *, specials: Sequence[str] = ()) -> None:
        super().__init__(specials)
        self._merged: dict[_Pair, int] = {}
        self._bytes = [bytes([n]) for n in range(_BYTES)]
        for left, right in merges:
            made = len(self._bytes)
            if not (0 <= left < made and 0 <= right < made) or (left, right) in self._merged:
                raise ValueError(
                    f"BytePairTokenizer: merge {made - _BYTES} is of {left} and {right}, which are no two "
                    "tokens made before it, or stand there already"
                )
            self._merged[left, right] = made
            self._bytes.append(self._bytes[left] + self._bytes[right])
        self._known: dict[str, list[int]] = {}

    @classmethod
    def train(cls, text: str | Iterable[str], *, merges: int, specials: Sequence[str] = ()) -> Self:
        """Learn merges from a text, or several.

        Each merge is of the pair that is most often there; of equally frequent ones, that whose left token,
        then whose right token, has the smallest bytes. Fewer are learnt when no pair is there twice.

        Args:
            text: to learn from.
            merges: how many.
            specials: special tokens.

        Raises:
            ValueError: a negative number of merges.
        """
        if merges < 0:
            raise ValueError(f"BytePairTokenizer.train: merges must be 0 or more, got {merges}")
        counts: Counter[str] = Counter()
        for each in [text] if isinstance(text, str) else text:
            counts.update(pieces(each))
        return cls(_learn(counts, merges), specials=specials)

    def __len__(self) -> int:
        return len(self.specials) + len(self._bytes)

    def encode(self, text: str) -> list[int]:
        numbers: list[int] = []
        for piece in pieces(self._is_text(text)):
            known = self._known.get(piece)
            if known is None:
                if len(self._known) >= 1 << 16:
                    self._known.clear()
                known = self._known[piece] = self._encoded(piece)
            numbers.extend(known)
        return numbers

    def _encoded(self, piece: str) -> list[int]:
        word, merged, none = list(_utf8(piece)), self._merged, len(self._bytes)
        while len(word) > 1:
            first = min(merged.get(pair, none) for pair in pairwise(word))
            if first == none:
                break
            pair = next(pair for pair in pairwise(word) if merged.get(pair) == first)
            word = _with(word, pair, first)
        before = len(self.specials)
        return [number + before for number in word]

    def token(self, number: int) -> str:
        if number < len(self.specials):
            return list(self.specials)[number]
        return self._bytes[number - len(self.specials)].decode("utf-8", "backslashreplace")

    def decode(self, numbers: Iterable[int] | Tensor) -> str:
        """The text of numbers, special tokens left out; bytes that are no UTF-8 become U+FFFD.

        Raises:
            IndexError: a number that no token has.
        """
        before = len(self.specials)
        data = b"".join(self._bytes[n - before] for n in self._checked(numbers) if n >= before)
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return data.decode("utf-8", "replace")

    def _state(self) -> dict[str, Any]:
        return {"merges": [list(pair) for pair in self._merged]}


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _with(word: list[int], pair: _Pair, made: int) -> list[int]:
    """A word in which each such pair, from left to right, is one token."""
    left, right = pair
    result, i, last = [], 0, len(word) - 1
    while i <= last:
        if word[i] == left and i < last and word[i + 1] == right:
            result.append(made)
            i += 2
        else:
            result.append(word[i])
            i += 1
    return result


def _learn(counts: Counter[str], merges: int) -> list[_Pair]:
    """The merges in their order.

    How often each pair is there is kept up to date: a merge changes only the words that have the pair. The
    heap may hold old counts, each with its pair's count of that time; those are passed over.
    """
    words = [list(_utf8(piece)) for piece in counts]
    often = list(counts.values())
    total: Counter[_Pair] = Counter()
    where: defaultdict[_Pair, set[int]] = defaultdict(set)
    for number, word in enumerate(words):
        for pair in pairwise(word):
            total[pair] += often[number]
            where[pair].add(number)
    spelt = [bytes([n]) for n in range(_BYTES)]

    def entry(pair: _Pair) -> tuple[int, bytes, bytes, _Pair]:
        return -total[pair], spelt[pair[0]], spelt[pair[1]], pair

    heap = [entry(pair) for pair in total]
    heapq.heapify(heap)
    learnt: list[_Pair] = []
    while heap and len(learnt) < merges:
        count, _, _, best = heapq.heappop(heap)
        if -count != total[best] or -count < 2:
            continue
        made = len(spelt)
        spelt.append(spelt[best[0]] + spelt[best[1]])
        learnt.append(best)
        changed: set[_Pair] = set()
        for number in where.pop(best):
            word = words[number]
            after = words[number] = _with(word, best, made)
            if len(after) == len(word):
                continue  # it had the pair once
            for pair in pairwise(word):
                total[pair] -= often[number]
                changed.add(pair)
            for pair in pairwise(after):
                total[pair] += often[number]
                where[pair].add(number)
                changed.add(pair)
        for pair in changed:
            if total[pair] > 1:
                heapq.heappush(heap, entry(pair))
    return learnt
