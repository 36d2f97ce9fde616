"""What all tokenisers share, and the two that look tokens up: by characters and by words."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import ravine as rv

from ..errors import FileError, IndexError, ValueError
from ..io._atomic import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence
    from typing import Any, Self

    from .._core import Tensor

__all__ = ["CharTokenizer", "Tokenizer", "WordTokenizer", "pieces"]

_PIECES = re.compile(r"'(?:[sdmt]|ll|ve|re)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")
_LOST = "\N{REPLACEMENT CHARACTER}"


def pieces(text: str) -> list[str]:
    """A text cut into words, numbers, punctuation and white space; a space stands before its word.

    Together the pieces are the text again (the rule is that of GPT-2; Radford et al., 2019).

    >>> pieces("To be, or  not.")
    ['To', ' be', ',', ' or', ' ', ' not', '.']
    """
    return _PIECES.findall(text)


class Tokenizer:
    """The base of all tokenisers: numbers of tokens from 0, those of the special tokens first.

    Special tokens are never read from a text: a text that has ``<pad>`` in it is a text like any other. Only
    their number stands for them, ``tokenizer.specials["<pad>"]``. Names with a meaning are ``<pad>``,
    which fills up :meth:`batch`, ``<begin>`` and ``<end>``, which it puts around each text, and
    ``<unknown>``, for what a tokeniser has no token for.

    Attributes:
        specials: the number of each special token.
    """

    specials: dict[str, int]

    def __init__(self, specials: Sequence[str] = ()) -> None:
        if isinstance(specials, str) or len(set(specials)) != len(specials):
            raise ValueError(
                f"{type(self).__name__}: specials are different names in a list, got {specials!r:.60}"
            )
        self.specials = {name: number for number, name in enumerate(specials)}

    def __len__(self) -> int:
        """How many tokens there are, special ones included: the `vocabulary` of a model."""
        raise NotImplementedError

    def encode(self, text: str) -> list[int]:
        """The numbers of a text's tokens.

        Raises:
            TypeError: it is no text.
            ValueError: it has something without a token, and there is no ``<unknown>``.
        """
        raise NotImplementedError

    def token(self, number: int) -> str:
        """The text of one token; a special token's name."""
        raise NotImplementedError

    def decode(self, numbers: Iterable[int] | Tensor) -> str:
        """The text of numbers, special tokens left out; an unknown token is U+FFFD.

        Raises:
            IndexError: a number that no token has.
        """
        return "".join(self._text(number) for number in self._checked(numbers))

    def tokens(self, numbers: Iterable[int] | Tensor) -> list[str]:
        """The text of each token, for instance for the axes of a picture.

        >>> from ravine.text import CharTokenizer
        >>> CharTokenizer.train("abc", specials=["<end>"]).tokens([3, 1, 0])
        ['c', 'a', '<end>']
        """
        return [self.token(number) for number in self._checked(numbers)]

    def batch(
        self, texts: Sequence[str], *, begin: bool = False, end: bool = False, length: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """Texts as one tensor, filled up with ``<pad>``.

        Args:
            texts: (N) of any lengths.
            begin: whether ``<begin>`` stands before each.
            end: whether ``<end>`` stands behind each.
            length: T; what is longer is cut. By default that of the longest.

        Returns:
            Numbers (N, T), int64, and whether each belongs to its text (N, T), bool.

        Raises:
            ValueError: a special token that is needed is not there.

        >>> from ravine.text import CharTokenizer
        >>> numbers, mask = CharTokenizer.train("abc", specials=["<pad>"]).batch(["ab", "c"])
        >>> numbers.tolist(), mask.tolist()
        ([[1, 2], [3, 0]], [[True, True], [True, False]])
        """
        if isinstance(texts, str):
            raise TypeError(
                f"{type(self).__name__}.batch: texts must be a list of texts. Use [{texts!r:.40}]"
            )
        before = [self._special("<begin>")] if begin else []
        after = [self._special("<end>")] if end else []
        rows = [[*before, *self.encode(text), *after][:length] for text in texts]
        longest = max(map(len, rows), default=0) if length is None else length
        missing = [longest - len(row) for row in rows]
        pad = self._special("<pad>") if any(missing) else 0
        numbers = [row + [pad] * gap for row, gap in zip(rows, missing, strict=True)]
        mask = [[True] * len(row) + [False] * gap for row, gap in zip(rows, missing, strict=True)]
        shape = (len(rows), longest)
        return (
            rv.tensor(numbers, dtype=rv.int64).reshape(shape),
            rv.tensor(mask, dtype=rv.bool).reshape(shape),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the tokeniser as JSON.

        Raises:
            OSError: the file cannot be written.
        """
        told = {"tokenizer": type(self).__name__, "specials": list(self.specials), **self._state()}
        replace(Path(path), [(json.dumps(told) + "\n").encode("ascii")])

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The tokeniser that :meth:`save` wrote; ``Tokenizer.load`` makes one of any kind.

        Raises:
            FileError: the file is damaged, or of another kind.
            OSError: it is missing.
        """
        try:
            told = json.loads(Path(path).read_bytes())
            kind = {each.__name__: each for each in _kinds(cls)}[told.pop("tokenizer")]
            return kind(**told)
        except (KeyError, AttributeError, UnicodeError, json.JSONDecodeError, RecursionError) as error:
            raise FileError(f"{path} is no {cls.__name__} that save wrote: {error}") from None
        except (TypeError, ValueError) as error:
            raise FileError(f"{path} is damaged: {error}. Train and save the tokeniser anew") from None

    def _state(self) -> dict[str, Any]:
        raise NotImplementedError

    def _text(self, number: int) -> str:
        if number >= len(self.specials):
            return self.token(number)
        return _LOST if number == self.specials.get("<unknown>") else ""

    def _special(self, name: str) -> int:
        if name not in self.specials:
            raise ValueError(
                f"{type(self).__name__}.batch: there is no special token {name}. Train the tokeniser with "
                f"specials=[..., {name!r}]"
            )
        return self.specials[name]

    def _checked(self, numbers: Iterable[int] | Tensor) -> list[int]:
        given = numbers.tolist() if isinstance(numbers, rv.Tensor) else list(numbers)
        size = len(self)
        for number in given:
            if not isinstance(number, int) or isinstance(number, bool):
                raise TypeError(
                    f"{type(self).__name__}.decode: numbers of tokens are int, got {number!r:.40}. Decode "
                    "one row at a time"
                )
            if not 0 <= number < size:
                raise IndexError(
                    f"{type(self).__name__}: no token has number {number}. Valid: 0 to {size - 1}"
                )
        return given

    def _is_text(self, text: Any) -> str:
        if not isinstance(text, str):
            raise TypeError(
                f"{type(self).__name__}: a text is str, got {type(text).__name__}. Decode it first"
            )
        return text


class _Table(Tokenizer):
    """Tokens that are looked up: a list of different texts, numbered behind the special ones."""

    def __init__(self, tokens: Sequence[str], *, specials: Sequence[str] = ()) -> None:
        super().__init__(specials)
        self._list = [*specials, *tokens]
        self._numbers = {token: n for n, token in enumerate(self._list) if n >= len(specials)}
        texts = all(isinstance(token, str) and token for token in self._list)
        if not texts or len(self._numbers) != len(tokens):
            raise ValueError(f"{type(self).__name__}: tokens are different texts, none empty")

    def __len__(self) -> int:
        return len(self._list)

    def token(self, number: int) -> str:
        return self._list[number]

    def _cut(self, text: str) -> Iterable[str]:
        raise NotImplementedError

    def encode(self, text: str) -> list[int]:
        unknown = self.specials.get("<unknown>")
        numbers = [self._numbers.get(token, unknown) for token in self._cut(self._is_text(text))]
        if unknown is None and None in numbers:
            lost = list(self._cut(text))[numbers.index(None)]
            raise ValueError(
                f"{type(self).__name__}: there is no token for {lost!r}. Train with a text that has it, or "
                "with specials=['<unknown>']"
            )
        return [number for number in numbers if number is not None]

    def _state(self) -> dict[str, Any]:
        return {"tokens": self._list[len(self.specials) :]}


class CharTokenizer(_Table):
    """One token for each character; ``decode(encode(s)) == s`` for texts of known characters.

    Args:
        tokens: the characters.
        specials: special tokens, numbered first.

    Raises:
        ValueError: a token that is no single character, or stands twice.

    >>> from ravine.text import CharTokenizer
    >>> tokenizer = CharTokenizer.train("to be")
    >>> len(tokenizer), tokenizer.encode("bet")
    (5, [1, 2, 4])
    """

    def __init__(self, tokens: Sequence[str], *, specials: Sequence[str] = ()) -> None:
        super().__init__(tokens, specials=specials)
        if long := [token for token in tokens if len(token) != 1]:
            raise ValueError(
                f"CharTokenizer: {long[0]!r:.40} is not one character. Use WordTokenizer for words"
            )

    @classmethod
    def train(cls, text: str, *, specials: Sequence[str] = ()) -> Self:
        """A token for each character of a text, in the order of Unicode."""
        return cls(sorted(set(text)), specials=specials)

    def _cut(self, text: str) -> Iterable[str]:
        return text


class WordTokenizer(_Table):
    """One token for each word, number, punctuation or space of :func:`pieces`, in the case it is written in.

    ``decode(encode(s)) == s`` for texts of known words.

    Args:
        tokens: the words.
        specials: special tokens, numbered first.

    Raises:
        ValueError: a token that stands twice, or is none.

    >>> from ravine.text import WordTokenizer
    >>> tokenizer = WordTokenizer.train("to be or not to be", size=3)
    >>> tokenizer.tokens(tokenizer.encode("to be or"))
    ['<unknown>', ' be', '<unknown>']
    """

    @classmethod
    def train(cls, text: str, *, size: int | None = None, specials: Sequence[str] = ("<unknown>",)) -> Self:
        """A token for each word of a text, the most frequent first; equally frequent ones by Unicode.

        Args:
            text: to learn from.
            size: at most so many tokens, special ones included; by default all words.
            specials: special tokens.

        Raises:
            ValueError: a size that is less than the number of special tokens.
        """
        if size is not None and size < len(specials):
            raise ValueError(f"WordTokenizer: size {size} has no place for {len(specials)} special tokens")
        counts = Counter(pieces(text))
        words = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(words[: None if size is None else size - len(specials)], specials=specials)

    def _cut(self, text: str) -> Iterable[str]:
        return pieces(text)


def _kinds(cls: type[Tokenizer]) -> list[type[Any]]:
    """The classes that a file of this class may hold."""
    from . import BytePairTokenizer, WordPieceTokenizer

    kinds = (CharTokenizer, WordTokenizer, BytePairTokenizer, WordPieceTokenizer)
    return [each for each in kinds if issubclass(each, cls)]
