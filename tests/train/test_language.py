"""Windows of a text, and their loss."""

import math
from itertools import pairwise

import pytest

import ravine
from ravine import nn
from ravine.train import Windows, window_loss


def test_windows_are_pieces_of_the_text_and_reach_both_ends():
    ravine.manual_seed(0)
    seen = set()
    batches = iter(Windows(ravine.arange(10), length=3, batch_size=40))
    for _ in range(4):
        x, y = next(batches)
        assert (tuple(x.shape), tuple(y.shape)) == ((40, 3), (40, 3))
        assert (y == x + 1).all()
        seen |= set(x[:, 0].tolist())
    assert seen == set(range(7))  # the last window's last symbol has one after it
    with pytest.raises(ValueError, match="no window of 10"):
        Windows(ravine.arange(10), length=10, batch_size=1)


class Bigram(nn.Module):
    def __init__(self, table):
        super().__init__()
        self.table = table
        self.seen = []

    def forward(self, x):
        assert not self.training
        self.seen.append(tuple(x.shape))
        return self.table[x]


@pytest.mark.parametrize("size", [2, 5, 13, 16, 17])
def test_window_loss_counts_every_symbol_once(size):
    ravine.manual_seed(size)
    table = ravine.randn(6, 6)
    data = ravine.randint(0, 6, (size,))
    model = Bigram(table)
    found = window_loss(model, data, length=4, batch_size=2)
    assert sum(rows * length for rows, length in model.seen) == size - 1
    assert all(rows <= 2 and length <= 4 for rows, length in model.seen)
    assert model.training
    rows, numbers = table.double().tolist(), data.tolist()
    expected = 0.0
    for a, b in pairwise(numbers):
        expected += math.log(sum(math.exp(v) for v in rows[a])) - rows[a][b]
    assert found == pytest.approx(expected / (size - 1), rel=1e-5)
