"""ravine train preferences-reward: a model that learns from pairs of names which of two somebody prefers.

Who prefers has a hidden taste: the greater share of vowels. The model, a small transformer with one number
as its head, sees pairs alone, never the taste, and is held against it: by pairs of names it has never seen,
a tenth of the 5,163, in which the shares differ. The baselines are to prefer the shorter name, and the one
that ends with a. Nothing was tuned.
"""

from __future__ import annotations

from typing import Any

import ravine
from ravine import Tensor, nn, optim
from ravine.datasets import names
from ravine.models import RewardModel
from ravine.train import Result, Run, at_scale, table
from ravine.train.alignment import reward_loss
from ravine.utils.data import DataLoader, TensorDataset, random_split

NAME, ASKED = "preferences-reward", 0.9
SECTION, SHOWS, SECONDS = "17.9", "a reward model learns a hidden taste from pairs", 30
SCALES = {"full": (200, None, 2000), "smoke": (4, 200, 20)}  # steps, names or all, pairs for the test
LETTERS, LONGEST, LR, BATCH = ".abcdefghijklmnopqrstuvwxyz", 11, 2e-3, 64
SIZES: dict[str, Any] = {"layers": 2, "width": 48, "heads": 4, "vocabulary": 27, "context": 13}


def encode(words: list[str]) -> Tensor:
    """Names as numbers of letters (N, 13): 0 before, and 0 behind up to the longest and one more."""
    rows = [[0, *map(LETTERS.index, word), *[0] * (LONGEST + 1 - len(word))] for word in words]
    return ravine.tensor(rows)


def decode(tokens: Tensor) -> list[str]:
    """The names of rows with a 0 before them."""
    rows = ("".join(LETTERS[n] for n in row[1:]) for row in tokens.tolist())
    return [row.split(".")[0].capitalize() for row in rows]


def lengths(tokens: Tensor) -> Tensor:
    """Up to the 0 behind a name, that one included: (N, 13) -> (N,)."""
    return ((tokens != 0).sum(1) + 2).clamp(max=tokens.shape[1])


def taste(tokens: Tensor) -> Tensor:
    """The share of vowels among the letters of each name; 0 of none."""
    vowels = sum((tokens == LETTERS.index(vowel)).sum(1) for vowel in "aeiouy")
    return vowels / (tokens != 0).sum(1).clamp(min=1)


def pairs(tokens: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """So many random pairs of names that do not please alike: those that are preferred, and the others."""
    first, second = tokens[ravine.randint(0, len(tokens), (2, 4 * count))]
    first, second = (side[taste(first) != taste(second)][:count] for side in (first, second))
    better = (taste(first) > taste(second)).unsqueeze(1)
    return ravine.where(better, first, second), ravine.where(better, second, first)


def judging(model: nn.Module, better: Tensor, worse: Tensor) -> Tensor:
    """The loss of pairs of names."""
    return reward_loss(model(better, lengths(better)), model(worse, lengths(worse)))


def main(*, seed: int = 0, epochs: int = 0, steps: int = 0, scale: str = "full", **files: Any) -> Result:
    """Train for the scale's steps, and count the pairs of new names that are judged as the taste does."""
    ravine.manual_seed(seed)
    usual, first, count = at_scale(scale, SCALES)
    total = steps or epochs or usual
    data = TensorDataset(encode(sorted({name for name, _ in names()})[:first]))
    train, test = (part[:][0] for part in random_split(data, [0.9, 0.1], generator=0))
    chosen, rejected = pairs(train, BATCH * total)
    loader = DataLoader(TensorDataset(chosen, rejected), batch_size=BATCH, shuffle=True, seed=seed)
    model = RewardModel(**SIZES)
    optimizer = optim.AdamW(model.parameters(), lr=LR)
    parts = {"model": model, "optimizer": optimizer, "loader": loader}
    tested = pairs(test, count)
    with Run(NAME, steps=total, seed=seed, parts=parts, **files) as run:
        for better, worse in run.batches():
            loss = judging(model, better, worse)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            run.step(loss)
        with ravine.no_grad():
            ours = [model(side, lengths(side)) for side in tested]
            shorter = [-lengths(side) for side in tested]
            ends = [(side.gather(1, lengths(side).unsqueeze(1) - 2) == 1).float()[:, 0] for side in tested]
            rows = [("the model", ours), ("the shorter", shorter), ("the one that ends with a", ends)]
            shares = [
                (a > b).float().mean().item() + (a == b).float().mean().item() / 2 for _, (a, b) in rows
            ]
        told = [(who, f"{share:.3f}") for (who, _), share in zip(rows, shares, strict=True)]
        run.show("Pairs of new names that are judged right", table(["prefers", "share"], told))
        likes = zip(decode(test[:12]), model(test[:12], lengths(test[:12])).tolist(), strict=True)
        run.show("Rewards", table(["name", "reward"], [(name, f"{r:.2f}") for name, r in likes]))
        return run.finish("pairwise accuracy", shares[0], asked=ASKED)
