"""The rows of the table about decoding and preferences; see `mistakes.py`."""

from __future__ import annotations

from errors.mistakes import Mistake
from ravine import errors

MODEL = "g = ravine.generation; model = lambda tokens: ravine.zeros(*tokens.shape, 5); "
BEAM = f"{MODEL}g.beam(model, [[0]], length=2, width="

# Kind, code, exception, what must be named, remedy.
_ROWS: list[tuple[str, str, type[BaseException], list[str], str]] = [
    (
        "prompts",
        f"{MODEL}g.greedy(model, [], length=3)",
        errors.ValueError,
        ["greedy", "[0] tokens"],
        "Begin each",
    ),
    (
        "prompts",
        f"{MODEL}g.sample(model, [[1], []], length=3)",
        errors.ValueError,
        ["[1, 0]"],
        "at least one",
    ),
    (
        "prompts",
        f"{MODEL}g.sample(model, ravine.tensor([1, 2]), length=3)",
        errors.ShapeError,
        ["sample", "(2,)"],
        "Use [[...]]",
    ),
    (
        "prompts",
        f"{MODEL}g.sample(model, ravine.ones(1, 2), length=3)",
        errors.DTypeError,
        ["float32"],
        "int64",
    ),
    (
        "stream",
        f"{MODEL}g.stream(model, [[1], [1, 2]], length=3)",
        errors.ValueError,
        ["stream", "1 to 2 tokens"],
        "use sample",
    ),
    (
        "length",
        f"{MODEL}g.greedy(model, [[1]], length=0)",
        errors.ValueError,
        ["greedy: length"],
        "at least 1",
    ),
    (
        "temperature",
        f"{MODEL}g.sample(model, [[1]], length=1, temperature=-1)",
        errors.ValueError,
        ["-1"],
        "0 takes",
    ),
    (
        "support",
        f"{MODEL}g.sample(model, [[1]], length=1, top_k=-2)",
        errors.ValueError,
        ["top_k", "-2"],
        "0 keeps",
    ),
    (
        "support",
        f"{MODEL}g.sample(model, [[1]], length=1, top_p=0)",
        errors.ValueError,
        ["top_p", "0"],
        "1 keeps",
    ),
    (
        "repetition",
        f"{MODEL}g.sample(model, [[1]], length=1, repetition=0)",
        errors.ValueError,
        ["repetition"],
        "1 changes nothing",
    ),
    (
        "where a text ends",
        f"{MODEL}g.sample(model, [[1]], length=1, stop='.')",
        errors.ValueError,
        ["stop", "'.'"],
        "a token's",
    ),
    (
        "logits",
        "ravine.generation.greedy(lambda tokens: tokens, [[1]], length=1)",
        errors.ShapeError,
        ["greedy", "(1, 1)"],
        "logits (B, T, V)",
    ),
    ("beams", f"{BEAM}0)", errors.ValueError, ["beam: width"], "at least 1"),
    ("beams", f"{BEAM}2, penalty=-1)", errors.ValueError, ["penalty", "-1"], "0 compares"),
    (
        "all texts",
        f"{MODEL}g.exhaustive(model, [[0]], length=9)",
        errors.ValueError,
        ["1,953,125 texts"],
        "search with beam",
    ),
    (
        "tree",
        f"{MODEL}g.exhaustive(model, [[0]], length=2).tree()",
        errors.ValueError,
        ["no search"],
        "what beam returns",
    ),
    (
        "log-probabilities",
        "ravine.generation.log_probs(ravine.zeros(2, 4, 5), ravine.zeros(2, 3, dtype=ravine.int64))",
        errors.ShapeError,
        ["(2, 4, 5)", "(2, 3)"],
        "model(x)[:, :-1]",
    ),
    (
        "support alone",
        "ravine.generation.top_p(ravine.zeros(3), 1.5)",
        errors.ValueError,
        ["top_p", "1.5"],
        "Use 1",
    ),
    (
        "support alone",
        "ravine.generation.top_k(ravine.zeros(3), 0)",
        errors.ValueError,
        ["top_k"],
        "at least 1",
    ),
    ("cut", "ravine.generation.cut(ravine.zeros(3), 0)", errors.ShapeError, ["cut", "(3,)"], "rows (B, L)"),
    (
        "preferences",
        "from ravine.train import alignment; alignment.reward_loss(ravine.zeros(3), ravine.zeros(3, 1))",
        errors.ShapeError,
        ["reward_loss", "chosen (3,)", "rejected (3, 1)"],
        "missing squeeze",
    ),
    (
        "preferences",
        "from ravine.train import alignment; alignment.dpo_loss(*[ravine.zeros(3)] * 3, ravine.zeros(2))",
        errors.ShapeError,
        ["dpo_margin", "reference_rejected (2,)"],
        "must have one shape",
    ),
    (
        "proximal",
        "from ravine.train import alignment; alignment.ppo_loss(*[ravine.zeros(3)] * 3, clip=0)",
        errors.ValueError,
        ["ppo_loss", "clip", "0"],
        "0.2 is usual",
    ),
    (
        "proximal",
        "from ravine.train import alignment; alignment.advantages(ravine.zeros(3), ravine.zeros(3))",
        errors.ShapeError,
        ["advantages", "(3,)"],
        "unsqueeze(0)",
    ),
    (
        "reward",
        "net = ravine.models.RewardModel(layers=1, width=8, heads=2, vocabulary=5, context=6); "
        "net(ravine.zeros(2, 3, dtype=ravine.int64), ravine.tensor([3]))",
        errors.ShapeError,
        ["RewardModel", "(1,)", "2 texts"],
        "Give each its number",
    ),
]

GENERATION = [
    Mistake(kind, code, exception, tuple(what), remedy) for kind, code, exception, what, remedy in _ROWS
]
