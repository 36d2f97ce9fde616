"""The rows of the table that are about transformers, their positions, caches and weights."""

from __future__ import annotations

from errors.mistakes import Mistake
from ravine import errors

_GPT = "ravine.models.GPT(layers=1, width=8, heads=2, vocabulary=5, context=4"
_SIZES = "layers=1, width=8, heads=2, context=4"
_TOKENS = "ravine.zeros(2, 3, dtype=ravine.int64)"

# Code, exception, what must be named, remedy.
_ROWS: list[tuple[str, type[BaseException], list[str], str]] = [
    (f"{_GPT}, positions='rope')", errors.ValueError, ["GPT", "'rope'"], "Use one of: learned, sinusoidal"),
    (f"{_GPT}, norm='both')", errors.ValueError, ["TransformerBlock", "'both'"], "Use 'pre' or 'post'"),
    (f"{_GPT}, activation='tanh')", errors.ValueError, ["TransformerBlock", "'tanh'"], "Use one of: gelu"),
    (
        "ravine.models.GPT(layers=0, width=8, heads=2, vocabulary=5, context=4)",
        errors.ValueError,
        ["GPT", "layers"],
        "must be positive",
    ),
    ("ravine.models.Attention(8, 3)", errors.ValueError, ["Attention", "8 and 3"], "multiple of heads"),
    (
        "ravine.models.Attention(8, 2)(ravine.ones(2, 3, 4))",
        errors.ShapeError,
        ["Attention", "(2, 3, 4)"],
        "expected (B, L, 8)",
    ),
    (
        f"{_GPT})(ravine.zeros(3, dtype=ravine.int64))",
        errors.ShapeError,
        ["GPT", "(3,)"],
        "expected (B, T)",
    ),
    (
        f"{_GPT})(ravine.zeros(1, 5, dtype=ravine.int64))",
        errors.ValueError,
        ["LearnedPositionalEncoding", "(1, 5, 8)"],
        "at most 4 positions",
    ),
    (
        f"net = {_GPT}); net({_TOKENS}, cache=net.new_cache(3))",
        errors.ShapeError,
        ["KeyValueCache", "2 sequences", "cache of 3"],
        "Make one with new_cache(2)",
    ),
    (
        f"ravine.models.Encoder({_SIZES}, vocabulary=5)({_TOKENS}, segments={_TOKENS})",
        errors.ShapeError,
        ["Encoder", "segments=0"],
        "segments were given",
    ),
    (
        f"ravine.models.EncoderClassifier({_SIZES}, vocabulary=5, classes=0)",
        errors.ValueError,
        ["EncoderClassifier", "got 0"],
        "classes must be positive",
    ),
    (
        f"net = ravine.models.Translator({_SIZES}, source_vocabulary=5, target_vocabulary=5); "
        f"net({_TOKENS}, ravine.zeros(1, 3, dtype=ravine.int64))",
        errors.ShapeError,
        ["Translator", "(1, 3)"],
        "expected (2, T)",
    ),
    ("nn.RotaryEncoding(5)", errors.ValueError, ["RotaryEncoding", "got 5"], "must be even"),
    (
        "nn.RotaryEncoding(4)(ravine.ones(3, 6))",
        errors.ShapeError,
        ["RotaryEncoding", "(3, 6)"],
        "expected (..., T, 4)",
    ),
    ("nn.ALiBi(0)", errors.ValueError, ["ALiBi", "got 0"], "must be positive"),
    ("ravine.models.gpt2({}, heads=2)", KeyError, ["gpt2"], "there is no weight wte.weight"),
    (
        "ravine.text.WordPieceTokenizer(['a', 'b'])",
        errors.ValueError,
        ["WordPieceTokenizer"],
        "one of them is [UNK]",
    ),
]

_KINDS = ["size of a transformer"] * 4 + ["heads of attention"] * 2 + ["tokens"] * 3 + ["text pair"] * 3
_KINDS += ["position"] * 3 + ["weights of others"] * 2

MISTAKES = [
    Mistake(kind, code, error, tuple(what), remedy)
    for kind, (code, error, what, remedy) in zip(_KINDS, _ROWS, strict=True)
]
