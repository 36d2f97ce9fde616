"""The rows of the table that are about tokenisers; see `mistakes.py`."""

from __future__ import annotations

from errors.mistakes import Mistake
from ravine import errors

_TOKENIZERS = "from ravine.text import *; "

# Kind, code, exception, what must be named, remedy.
_ROWS: list[tuple[str, str, type[BaseException], list[str], str]] = [
    ("encode", "CharTokenizer.train('ab').encode('abz')", ValueError, ["CharTokenizer", "'z'"], "<unknown>"),
    ("encode", "CharTokenizer.train('ab').encode(b'ab')", TypeError, ["str", "bytes"], "Decode it first"),
    ("decode", "CharTokenizer.train('ab').decode([2])", errors.IndexError, ["number 2"], "Valid: 0 to 1"),
    ("decode", "CharTokenizer.train('ab').decode([[0]])", TypeError, ["int", "[0]"], "one row at a time"),
    (
        "batch",
        "CharTokenizer.train('ab').batch(['a', 'ab'])",
        ValueError,
        ["CharTokenizer.batch", "<pad>"],
        "Train the tokeniser with specials=[..., '<pad>']",
    ),
    ("batch", "CharTokenizer.train('ab').batch('ab')", TypeError, ["list of texts"], "Use ['ab']"),
    ("tokenizer", "CharTokenizer(['ab'])", ValueError, ["'ab'"], "Use WordTokenizer for words"),
    ("tokenizer", "CharTokenizer('aa')", ValueError, ["CharTokenizer"], "tokens are different texts"),
    ("tokenizer", "CharTokenizer('a', specials='<pad>')", ValueError, ["'<pad>'"], "names in a list"),
    ("training", "WordTokenizer.train('a', size=0)", ValueError, ["size 0"], "no place for 1 special"),
    ("training", "BytePairTokenizer.train('a', merges=-1)", ValueError, ["-1"], "must be 0 or more"),
    ("training", "BytePairTokenizer([(0, 300)])", ValueError, ["merge 0", "300"], "made before it"),
]

TEXTS = [
    Mistake(f"text: {kind}", _TOKENIZERS + code, exception, tuple(what), remedy)
    for kind, code, exception, what, remedy in _ROWS
]
