"""ravine train spelling-tags: a GRU in both directions marks where a letter is missing in a word.

From each word of Shakespeare's each letter is taken once, but for the last; the letter behind the gap is
tagged, of doubled letters the first is missing. No word of the test is trained on. The figure is by how much
more gaps are found than by the pair of letters that has one most often; with one gap a word it was 0.117.
"""

from __future__ import annotations

import re
from random import Random
from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, optim
from ravine.datasets import shakespeare
from ravine.models import SequenceTagger
from ravine.text import CharTokenizer
from ravine.train import Result, Run, at_scale, table, text
from ravine.utils.data import DataLoader, TensorDataset

NAME, ASKED = "spelling-tags", 0.1
SECTION, SHOWS, SECONDS = "16.1", "both directions find where a letter is missing", 60
SCALES = {"full": (3, None), "smoke": (1, 100)}  # epochs, and words, or all
BATCH, LR, OUTSIDE = 96, 5e-3, -100  # what cross_entropy leaves out
LETTERS = CharTokenizer("abcdefghijklmnopqrstuvwxyz", specials=["<pad>"])


def words(first: int | None) -> tuple[list[str], list[str]]:
    """Words in lower case, of four letters or more: to train on, and for the test."""
    found = sorted(set(re.findall(r"\b[a-z]{4,}\b", shakespeare())))
    Random(0).shuffle(found)
    found = found[:first]
    return found[len(found) // 5 :], found[: len(found) // 5]


def gapped(words: list[str]) -> TensorDataset:
    """Every word with every gap: letters (n, T), their number (n,), and a tag for each: 1 behind the gap."""
    gaps = [(w, p) for w in words for p in range(len(w) - 1) if p == 0 or w[p - 1] != w[p]]
    x, mask = LETTERS.batch([word[:p] + word[p + 1 :] for word, p in gaps])
    tags = F.one_hot(ravine.tensor([p for _, p in gaps]), x.shape[1])
    return TensorDataset(x, mask.sum(1), tags.masked_fill(~mask, OUTSIDE))


def by_pairs(train: tuple[Tensor, ...], x: Tensor) -> Tensor:
    """For each letter, how often there is a gap between it and the one before, in the training part."""

    def pairs(x: Tensor) -> Tensor:
        return F.pad(x, (1, 0))[:, :-1] * len(LETTERS) + x

    seen, tags = pairs(train[0]).flatten(), train[2].flatten()
    size = len(LETTERS) ** 2
    gaps = seen[tags == 1].bincount(minlength=size) / (1 + seen[tags >= 0].bincount(minlength=size))
    return gaps[pairs(x)]


def at(tags: Tensor, scores: Tensor) -> Tensor:
    """Where the highest score of each word is (n,)."""
    return scores.masked_fill(tags < 0, OUTSIDE).argmax(1)


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train, and read the test part once."""
    ravine.manual_seed(seed)
    usual, first = at_scale(scale, SCALES)
    train, test = map(gapped, words(first))
    loader = DataLoader(train, batch_size=BATCH, shuffle=True, seed=seed)
    total = steps or (epochs or usual) * len(loader)
    sizes: Any = {"vocabulary": len(LETTERS), "width": 32, "hidden": 64}
    model = SequenceTagger(classes=2, bidirectional=True, dropout=0.1, **sizes)
    optimizer = optim.AdamW(model.parameters(), lr=LR)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=LR, total_steps=total)
    parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for x, lengths, tags in run.batches():
            loss = F.cross_entropy(model(x, lengths).flatten(0, 1), tags.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
            scheduler.step()
        model.eval()
        x, lengths, tags = test.tensors
        with ravine.no_grad():
            scores = model(x, lengths)
            alone = [model(x[i : i + 1, : lengths[i].item()])[0] for i in range(20)]
            apart = max((a - scores[i, : len(a)]).abs().max().item() for i, a in enumerate(alone))
        scores = scores[..., 1] - scores[..., 0]
        right = at(tags, tags)
        tried = [at(tags, each) for each in (scores, by_pairs(train.tensors, x))]
        shares = [(places == right).float().mean().item() for places in tried]
        read = [LETTERS.decode(row) for row in x[:30]]
        both = zip(read, right.tolist(), tried[0].tolist(), strict=False)
        rows = [[f"{word[:p]}_{word[p:]}" for p in places] for word, *places in both]
        run.show("Words of the test", table(["right", "found"], rows))
        told = f"GRU: {shares[0]:.4f}, pairs of letters: {shares[1]:.4f}."
        run.show("Baseline", text(f"{told} Padding changes logits by {apart:.1e}."))
        return run.finish("gaps found above pairs", shares[0] - shares[1], asked=ASKED)
