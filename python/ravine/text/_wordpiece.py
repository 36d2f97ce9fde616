"""The tokeniser of BERT, for weights that were trained with one."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from ..errors import ValueError
from ._tokenizer import Tokenizer

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, Self

    from .._core import Tensor

__all__ = ["WordPieceTokenizer"]

_NAMES = {"<pad>": "[PAD]", "<unknown>": "[UNK]", "<begin>": "[CLS]", "<end>": "[SEP]", "<mask>": "[MASK]"}
_LONGEST = 100  # letters of a word; longer ones are unknown, as they are to BERT
_CHINESE = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FA1F))


class WordPieceTokenizer(Tokenizer):
    """Words in lower case without accents, cut into the longest pieces that there are (Wu et al., 2016).

    The first piece of a word is a token, each further one a token that begins with ``##``; a word that cannot
    be cut so is ``[UNK]``. Marks and Chinese characters are words of their own. Special tokens are called
    as everywhere here: ``<pad>`` is ``[PAD]``, ``<begin>`` ``[CLS]``, ``<end>`` ``[SEP]``. Text is lost:
    ``decode`` gives words with single spaces between.

    Args:
        tokens: all tokens in the order of their numbers, special ones included, as BERT's ``vocab.txt``
            has them.

    Raises:
        ValueError: there is no ``[UNK]``, or a token stands twice.

    >>> from ravine.text import WordPieceTokenizer
    >>> tokenizer = WordPieceTokenizer(["[UNK]", "token", "##izer", "##s", "."])
    >>> tokenizer.encode("Tokenizers.")
    [1, 2, 3, 4]
    >>> tokenizer.decode([1, 2, 3, 4])
    'tokenizers .'
    """

    def __init__(self, tokens: Sequence[str], *, specials: Sequence[str] = ()) -> None:
        super().__init__(specials)
        self._list = list(tokens)
        self._numbers = {token: number for number, token in enumerate(self._list)}
        if "[UNK]" not in self._numbers or len(self._numbers) != len(self._list):
            raise ValueError("WordPieceTokenizer: tokens are different texts, and one of them is [UNK]")
        self.specials = {ours: self._numbers[name] for ours, name in _NAMES.items() if name in self._numbers}
        self._reserved = set(self.specials.values())

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """The tokeniser of a ``vocab.txt``, which has a token in each line.

        Raises:
            OSError: the file is missing.
            ValueError: it is no vocabulary.
        """
        return cls(Path(path).read_text(encoding="utf-8").splitlines())

    def __len__(self) -> int:
        return len(self._list)

    def token(self, number: int) -> str:
        return self._list[number]

    def encode(self, text: str) -> list[int]:
        return [number for word in _words(self._is_text(text)) for number in self._pieces(word)]

    def decode(self, numbers: Iterable[int] | Tensor) -> str:
        """Words with a space between, special tokens left out.

        Raises:
            IndexError: a number that no token has.
        """
        kept = (self._list[n] for n in self._checked(numbers) if n not in self._reserved)
        return " ".join(kept).replace(" ##", "")

    def _pieces(self, word: str) -> list[int]:
        found, start = [], 0
        while start < len(word) <= _LONGEST:
            before = "##" if start else ""
            for end in range(len(word), start, -1):
                if (number := self._numbers.get(before + word[start:end])) is not None:
                    break
            else:
                return [self.specials["<unknown>"]]
            found.append(number)
            start = end
        return found or [self.specials["<unknown>"]]

    def _state(self) -> dict[str, Any]:
        return {"tokens": self._list, "specials": []}


def _words(text: str) -> Iterator[str]:
    """Runs of letters and digits, in lower case and without accents, and marks one by one."""
    plain = unicodedata.normalize("NFD", text.lower())
    spaced = []
    for letter in plain:
        kind = unicodedata.category(letter)
        if kind == "Mn" or (kind.startswith("C") and not letter.isspace()) or letter == "\ufffd":
            continue
        spaced.append(f" {letter} " if _stands_alone(letter, kind) else letter)
    yield from "".join(spaced).split()


def _stands_alone(letter: str, kind: str) -> bool:
    """Whether it is a mark, as BERT has it: all of ASCII's but letters and digits, or Chinese."""
    number = ord(letter)
    mark = kind.startswith("P") or (33 <= number < 127 and not letter.isalnum())
    return mark or any(first <= number <= last for first, last in _CHINESE)
