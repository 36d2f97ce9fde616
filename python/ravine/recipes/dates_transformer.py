"""ravine train dates-transformer: an encoder-decoder that rewrites dates as ISO 8601 does.

"thursday 1 april 2038" becomes "2038-04-01", letter by letter. Dates in eight forms are drawn; those of test
and validation are no date's text of training. The truth is the date itself, and an answer counts if every
letter is right. The baseline answers with the target of the training source whose letters are the likest.
Sizes and rate are the first that were tried.
"""

from __future__ import annotations

from typing import Any

import ravine
from ravine.datasets import dates
from ravine.models import Translator
from ravine.recipes._translate import Task, exact, fit, parts
from ravine.train import Result, Run, at_scale, table
from ravine.viz import attention

NAME, ASKED = "dates-transformer", 0.95
SECTION, SHOWS, SECONDS, DEMO = (
    "17.10",
    "an encoder-decoder rewrites dates, and shows where it looks",
    60,
    False,
)
LAYERS, WIDTH, HEADS, LR = 2, 64, 4, 3e-3
SCALES = {"full": (400, 64, 8000, 500), "smoke": (3, 8, 40, 8)}  # steps, batch, pairs, those held out twice


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, ``steps``, or ``epochs``, and rewrite the test's dates."""
    ravine.manual_seed(seed)
    usual, batch, count, held = at_scale(scale, SCALES)
    task = Task(dates(count), held, held)
    data, val = task.tensors(task.train), task.tensors(task.val)
    total = steps or (epochs * (len(data) // batch) if epochs else usual)
    sizes = {"source_vocabulary": len(task.source), "target_vocabulary": len(task.target)}
    model = Translator(**sizes, layers=LAYERS, width=WIDTH, heads=HEADS, context=64)
    kept = parts(model, data, batch=batch, lr=LR, steps=total, seed=seed)
    with Run(NAME, steps=total, seed=seed, parts=kept, **files) as run:
        fit(run, [model], val, every=100)
        answers = task.answers(model, task.test)
        rows = [[source, target, a] for (source, target), a in zip(task.test[:12], answers, strict=False)]
        run.show("Dates of the test", table(["given", "asked", "answered"], rows))
        weights, queries, keys = task.map(model, task.test[0])
        run.show("Where each letter looks", attention(weights, queries=queries, keys=keys))
        baseline = f"{task.nearest(task.test):.1%}"
        run.show("Baseline", table(["answer", "right"], [["of the likest training text", baseline]]))
        return run.finish("exact match", exact(answers, task.test), asked=ASKED)
