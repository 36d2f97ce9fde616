"""ravine train numbers-transformer: an encoder-decoder that reads numbers in words and writes their digits.

"seven thousand eight hundred ninety" becomes "7890", letter by letter; numbers have up to six digits, and
those of test and validation were not seen in training. The truth is the number itself, and an answer counts
if every digit is right. The baseline answers with the target of the training source whose letters are the
likest. Sizes and rate are those of dates-transformer.
"""

from __future__ import annotations

from typing import Any

import ravine
from ravine.datasets import number_words
from ravine.models import Translator
from ravine.recipes._translate import Task, exact, fit, parts
from ravine.train import Result, Run, at_scale, table
from ravine.viz import attention

NAME, ASKED = "numbers-transformer", 0.95
SECTION, SHOWS, SECONDS, DEMO = (
    "17.10",
    "an encoder-decoder reads numbers in words and writes digits",
    120,
    False,
)
LAYERS, WIDTH, HEADS, LR = 2, 64, 4, 3e-3
SCALES = {"full": (500, 64, 9000, 400), "smoke": (3, 8, 40, 8)}  # steps, batch, pairs, those held out twice


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, ``steps``, or ``epochs``, and read the test's numbers."""
    ravine.manual_seed(seed)
    usual, batch, count, held = at_scale(scale, SCALES)
    task = Task([(words, digits) for digits, words in number_words(count)], held, held)
    data, val = task.tensors(task.train), task.tensors(task.val)
    total = steps or (epochs * (len(data) // batch) if epochs else usual)
    sizes = {"source_vocabulary": len(task.source), "target_vocabulary": len(task.target)}
    model = Translator(**sizes, layers=LAYERS, width=WIDTH, heads=HEADS, context=96)
    kept = parts(model, data, batch=batch, lr=LR, steps=total, seed=seed)
    with Run(NAME, steps=total, seed=seed, parts=kept, **files) as run:
        fit(run, [model], val, every=250)
        answers = task.answers(model, task.test)
        rows = [[source, target, a] for (source, target), a in zip(task.test[:12], answers, strict=False)]
        run.show("Numbers of the test", table(["given", "asked", "answered"], rows))
        weights, queries, keys = task.map(model, task.test[0])
        run.show("Where each digit looks", attention(weights, queries=queries, keys=keys))
        baseline = f"{task.nearest(task.test):.1%}"
        run.show("Baseline", table(["answer", "right"], [["of the likest training text", baseline]]))
        return run.finish("exact match", exact(answers, task.test), asked=ASKED)
