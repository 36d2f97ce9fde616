"""Passages of Shakespeare's texts, and a classifier that only counts their letters."""

from __future__ import annotations

from itertools import chain, pairwise

import ravine
import ravine.nn.functional as F
from ravine import Tensor
from ravine.datasets import shakespeare
from ravine.text import CharTokenizer, pieces
from ravine.train import accuracy

LENGTH = 160  # pieces of a passage
Passages = tuple[list[list[str]], Tensor]

STARTS = {
    "Coriolanus": "THE TRAGEDY OF CORIOLANUS\n",
    "Hamlet": "HAMLET, PRINCE OF DENMARK\n",
    "Richard III": "THE LIFE AND DEATH OF KING RICHARD III\n",
    "Romeo": "ROMEO AND JULIET\n",
    "Macbeth": "\nMACBETH\n",
    "Tempest": "THE TEMPEST\n",
    "Sonnets": "THE SONNETS\n",
}


def tenths(begin: int, end: int) -> list[list[str]]:
    """The pieces of each text from this tenth of it to that."""
    text = shakespeare()
    borders = [*map(text.index, STARTS.values()), len(text)]
    texts = [pieces(text[a:b]) for a, b in pairwise(borders)]
    return [text[len(text) * begin // 10 : len(text) * end // 10] for text in texts]


def passages(texts: list[list[str]], every: int) -> Passages:
    """Passages of LENGTH pieces, one ``every`` so many, and the number of the text that each is from."""
    found = [
        (text[start : start + LENGTH], label)
        for label, text in enumerate(texts)
        for start in range(0, len(text) - LENGTH + 1, every)
    ]
    return [passage for passage, _ in found], ravine.tensor([label for _, label in found])


def by_letters(train: Passages, test: Passages) -> float:
    """The accuracy of naive Bayes on counts of letters."""
    letters = CharTokenizer.train("".join(chain(*train[0], *test[0])))

    def counts(passages: list[list[str]]) -> Tensor:
        rows = [ravine.tensor(letters.encode("".join(passage))) for passage in passages]
        return ravine.stack([ravine.bincount(row, minlength=len(letters)) for row in rows]).float()

    by_text = F.one_hot(train[1], len(STARTS)).float().T @ counts(train[0]) + 1
    scores = counts(test[0]) @ (by_text / by_text.sum(1, keepdim=True)).log().T
    return accuracy(scores, test[1]).item()
