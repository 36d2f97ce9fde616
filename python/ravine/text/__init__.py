"""Tokenisers: texts as numbers, and numbers as texts. By characters, by words, or by pairs of bytes.

>>> from ravine.text import BytePairTokenizer
>>> tokenizer = BytePairTokenizer.train("low lower lowest", merges=3)
>>> tokenizer.tokens(tokenizer.encode("slow lower"))
['s', 'low', ' low', 'e', 'r']
>>> tokenizer.decode(tokenizer.encode("any text: ¿qué?"))
'any text: ¿qué?'
"""

from __future__ import annotations

from ._pairs import BytePairTokenizer
from ._tokenizer import CharTokenizer, Tokenizer, WordTokenizer, pieces
from ._wordpiece import WordPieceTokenizer

__all__ = ["BytePairTokenizer", "CharTokenizer", "Tokenizer", "WordPieceTokenizer", "WordTokenizer", "pieces"]


def __dir__() -> list[str]:
    return sorted(__all__)
