"""ravine train verses-translation: what the English of a verse tells of its Spanish, in bits per character.

An encoder-decoder reads a verse in English and writes it in Spanish; beside it, on the same batches, a
language model of the decoder's size learns the Spanish alone. Both read pairs of bytes, those of the training
verses. The figure is the translator's bits per character on the test's verses as a share of those of the
language model, which is the baseline; the truth is the verses' own Spanish. The last tenth of the verses is
for the test, the tenth before it for validation. Sizes and rate are the first tried.
"""

from __future__ import annotations

from math import log
from typing import Any

import ravine
from ravine import Tensor, nn
from ravine.datasets import verses
from ravine.models import GPT, Translator
from ravine.recipes._translate import SPECIALS, Task, fit, parts, total_nll
from ravine.text import BytePairTokenizer
from ravine.train import Result, Run, at_scale, table
from ravine.viz import attention

NAME, ASKED = "verses-translation", 1.0
SECTION, SHOWS, SECONDS, DEMO = "17.10", "a translator needs less bits than a language model", 120, False
SIZES = {"layers": 2, "width": 64, "heads": 4, "context": 96, "dropout": 0.1}
LR = 4e-3
SCALES = {"full": (600, 32, 5509, 600), "smoke": (3, 8, 60, 150)}  # steps, batch, pairs, merges


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, ``steps``, or ``epochs``, and translate verses of the test."""
    ravine.manual_seed(seed)
    usual, batch, count, merges = at_scale(scale, SCALES)
    tenth = count // 10
    task = Task(
        verses()[:count],
        tenth,
        tenth,
        lambda text: BytePairTokenizer.train(text, merges=merges, specials=SPECIALS),
    )
    train, val, test = (task.tensors(pairs) for pairs in (task.train, task.val, task.test))
    total = steps or (epochs * (len(train) // batch) if epochs else usual)
    translator = Translator(source_vocabulary=len(task.source), target_vocabulary=len(task.target), **SIZES)
    alone = GPT(vocabulary=len(task.target), positions="sinusoidal", **SIZES)
    model = nn.ModuleDict({"translator": translator, "alone": alone})

    def blind(source: Tensor, target: Tensor, mask: Tensor) -> Tensor:
        return alone(target)

    kept = parts(model, train, batch=batch, lr=LR, steps=total, seed=seed)
    with Run(NAME, steps=total, seed=seed, parts=kept, **files) as run:
        fit(run, [translator, blind], val, every=100)
        letters = sum(len(spanish) for _, spanish in task.test)
        both, without = (total_nll(model, says, test) / letters / log(2) for says in (translator, blind))
        rows = [["with the English", f"{both:.3f}"], ["without it: the baseline", f"{without:.3f}"]]
        run.show("Bits per character", table(["", "test"], rows))
        some = task.test[:: max(1, tenth // 6)]
        written = zip(some, task.answers(translator, some), strict=True)
        rows = [[english, spanish, answer] for (english, spanish), answer in written]
        run.show("Verses of the test", table(["English", "Spanish", "translated"], rows))
        weights, queries, keys = task.map(translator, some[0])
        run.show("Where each token looks", attention(weights, queries=queries, keys=keys))
        return run.finish("share of the bits", both / without, asked=ASKED, at_least=False)
