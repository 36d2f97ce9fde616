"""What the recipes that translate share: pairs of texts as batches, the training, and the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import ravine
import ravine.nn.functional as F
from ravine import Tensor, nn, optim
from ravine.models import Translator, translate
from ravine.text import CharTokenizer, Tokenizer
from ravine.train import Run
from ravine.utils.data import DataLoader, TensorDataset

SPECIALS = ["<pad>", "<begin>", "<end>"]
PAD, BEGIN, END = range(3)
Pairs = Sequence[tuple[str, str]]
Says = Callable[[Tensor, Tensor, Tensor], Tensor]  # of source, target and mask, the scores of what follows


class Task:
    """Pairs of texts, cut into training, validation and test, and the tokenisers of both sides."""

    def __init__(
        self, pairs: Pairs, val: int, test: int, tokenizer: Callable[[str], Tokenizer] | None = None
    ) -> None:
        pairs = list(dict.fromkeys(pairs))  # what is tested was never trained on
        self.train, self.val = pairs[: -val - test], pairs[-val - test : -test]
        self.test = pairs[-test:]
        if tokenizer is None:
            sides = ("\n".join(side) for side in zip(*pairs, strict=True))
            self.source, self.target = (CharTokenizer.train(side, specials=SPECIALS) for side in sides)
        else:
            self.source, self.target = (tokenizer("\n".join(side)) for side in zip(*self.train, strict=True))

    def tensors(self, pairs: Pairs) -> TensorDataset:
        """Sources, where they are no padding, targets behind ``<begin>``, and what follows each."""
        numbers, mask = self.source.batch([source for source, _ in pairs], end=True)
        target, _ = self.target.batch([target for _, target in pairs], begin=True, end=True)
        return TensorDataset(numbers, mask, target[:, :-1], target[:, 1:])

    def answers(self, model: Translator, pairs: Pairs) -> list[str]:
        """What the model writes, 250 texts at a time."""
        found: list[str] = []
        longest = max(len(self.target.encode(target)) for _, target in pairs) + 1
        for start in range(0, len(pairs), 250):
            numbers, mask = self.source.batch([source for source, _ in pairs[start : start + 250]], end=True)
            written = translate(model, numbers, mask, begin=BEGIN, end=END, length=longest).tolist()
            found += [self.target.decode(row[: row.index(END)] if END in row else row) for row in written]
        return found

    def nearest(self, pairs: Pairs) -> float:
        """The share that is right if each gets the target of the training source with the likest letters."""

        def letters(pairs: Pairs) -> Tensor:
            numbers, _ = self.source.batch([source for source, _ in pairs])
            return F.one_hot(numbers, len(self.source))[..., 1:].sum(1).float()

        found = ravine.cdist(letters(pairs), letters(self.train)).argmin(1).tolist()
        return sum(self.train[n][1] == pair[1] for n, pair in zip(found, pairs, strict=True)) / len(pairs)

    def map(self, model: Translator, pair: tuple[str, str]) -> tuple[Tensor, list[str], list[str]]:
        """Where the last layer looks in the source, mean of its heads, with the letters of both axes."""
        numbers, mask, target, _ = self.tensors([pair])[:]
        path = f"decoder.{len(model.decoder) - 1}.cross.weights"
        model.eval()
        with ravine.no_grad(), ravine.capture(model, [path]) as maps:
            model(numbers, target, mask)
        return maps[path][0].mean(0)[:-1], self.target.tokens(target[0, 1:]), self.source.tokens(numbers[0])


def exact(answers: Sequence[str], pairs: Pairs) -> float:
    """The share of texts that are right from the first letter to the last."""
    return sum(a == target for a, (_, target) in zip(answers, pairs, strict=True)) / len(pairs)


def nll(says: Says, batch: Sequence[Tensor], reduction: str = "mean") -> Tensor:
    """The cross-entropy of what follows each token of the targets, padding left out."""
    numbers, mask, target, follows = batch
    scores = says(numbers, target, mask).flatten(0, 1)
    return F.cross_entropy(scores, follows.flatten(), ignore_index=PAD, reduction=reduction)


def total_nll(model: nn.Module, says: Says, data: TensorDataset) -> float:
    """The same summed over a whole data set, in nats, the model in evaluation mode."""
    training = model.training
    model.eval()
    with ravine.no_grad():
        total = sum(nll(says, batch, "sum").item() for batch in DataLoader(data, batch_size=250))
    model.train(training)
    return total


def parts(model: nn.Module, data: TensorDataset, *, batch: int, lr: float, steps: int, seed: int) -> Any:
    """Model, optimizer, schedule and loader of a run."""
    optimizer = optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.98), weight_decay=0.01)
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, max_lr=lr, total_steps=steps, pct_start=0.2)
    loader = DataLoader(data, batch_size=batch, shuffle=True, seed=seed, drop_last=True)
    return {"model": model, "optimizer": optimizer, "scheduler": scheduler, "loader": loader}


def fit(run: Run, says: Sequence[Says], val: TensorDataset, every: int) -> None:
    """Make the run's steps on the sum of the losses, with a look at the validation data now and then."""
    model, optimizer, scheduler = (run.parts[name] for name in ("model", "optimizer", "scheduler"))
    tokens = (val.tensors[3] != PAD).sum().item()
    for batch in run.batches():
        model.train()
        loss = ravine.stack([nll(each, batch) for each in says]).sum()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        run.step(loss)
        scheduler.step()
        if run.due(every=every):
            run.evaluate(val_loss=sum(total_nll(model, each, val) for each in says) / tokens)
