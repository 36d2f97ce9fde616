"""ravine train shakespeare-words: an LSTM and a GPT read Shakespeare by pieces of words, and are compared.

Pieces are pairs of bytes merged 500 times, learnt from the training part alone; the last tenth of the text is
for validation. Both read the same windows. The figure is the better one's loss there in bits per character,
which does not depend on how the text is cut; the baseline is what follows a piece in the training part, mixed
with how often pieces are there. Merges and rate are the first that were tried, the steps what time allows.
"""

from __future__ import annotations

from math import cos, log, pi
from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim
from ravine.datasets import shakespeare
from ravine.generation import sample
from ravine.models import GPT, RecurrentLM
from ravine.text import BytePairTokenizer
from ravine.train import Result, Run, Windows, at_scale, table, text, window_loss

NAME, ASKED = "shakespeare-words", 2.6
SECTION, SHOWS, SECONDS = "16.2", "an LSTM and a GPT read pieces of words", 120
SCALES = {"full": (1200, 500, 16, None, 80), "smoke": (4, 20, 4, 6000, 4)}
LENGTH, WIDTH, LR, WARM_UP, MIXED = 64, 128, 4e-3, 50, 5.0


def by_pairs(train: Tensor, val: Tensor, size: int) -> float:
    """The mean loss of P(b | a) = (count(a, b) + MIXED P(b)) / (count(a) + MIXED), in nats per token."""
    alone = (1 + train.bincount(minlength=size)) / (size + len(train))
    pairs = (train[:-1] * size + train[1:]).bincount(minlength=size * size).reshape(size, size)
    a, b = val[:-1], val[1:]
    return -((pairs[a, b] + MIXED * alone[b]) / (pairs.sum(1)[a] + MIXED)).log().mean().item()


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, ``steps``, or ``epochs`` times the text's length, and compare."""
    ravine.manual_seed(seed)
    usual, merges, batch, read, length = at_scale(scale, SCALES)
    corpus = shakespeare()[:read]
    cut = len(corpus) - len(corpus) // 10
    tokenizer = BytePairTokenizer.train(corpus[:cut], merges=merges)
    train, val = (ravine.tensor(tokenizer.encode(part)) for part in (corpus[:cut], corpus[cut:]))
    total = steps or (usual if not epochs else epochs * len(train) // (batch * LENGTH))
    size = len(tokenizer)
    gpt = GPT(layers=2, width=WIDTH, heads=4, vocabulary=size, context=LENGTH)
    models = nn.ModuleDict({"lstm": RecurrentLM(vocabulary=size, width=WIDTH, hidden=192), "gpt": gpt})
    optimizer = optim.AdamW(models.parameters(), lr=LR, betas=(0.9, 0.99), weight_decay=0.1)
    scheduler = optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / WARM_UP, 0.51 + 0.49 * cos(pi * step / total))
    )
    loader = Windows(train, LENGTH, batch)
    parts = {"model": models, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            losses = [F.cross_entropy(model(x).flatten(0, 1), y.flatten()) for model in models.values()]
            optimizer.zero_grad()
            (losses[0] + losses[1]).backward()
            for model in models.values():
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            run.step(losses[0], epoch=run.steps * batch * LENGTH // len(train), gpt=losses[1])
            scheduler.step()
        bits = (len(val) - 1) / (len(corpus) - cut) / log(2)  # per character, of one nat per token
        found = {name: bits * window_loss(model, val, LENGTH) for name, model in models.items()}
        rows = [
            (name, f"{each:.4f}", str(sum(p.numel() for p in models[name].parameters())))
            for name, each in found.items()
        ]
        rows.append(("pairs of pieces", f"{bits * by_pairs(train, val, size):.4f}", str(size**2)))
        run.show("Bits per character", table(["model", "bits", "parameters"], rows))
        for name, model in models.items():
            drawn = sample(model, val[:LENGTH].unsqueeze(0), length=length, temperature=0.7, context=LENGTH)
            run.show(f"Written by {name}", text(tokenizer.decode(drawn[0].tolist())))
        return run.finish("bits per character", min(found.values()), asked=ASKED, at_least=False)
