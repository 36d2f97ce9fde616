"""The preset for small data: with it a transformer knows better what it has not seen."""

import numpy as np

import ravine
from ravine import models, optim
from ravine.datasets import digits
from ravine.nn import functional as F
from ravine.train import accuracy
from ravine.vision import MixUp, RandAugment


def trained(seed: int, preset: bool) -> tuple[float, float]:
    """Test accuracy and loss of a transformer that has learnt a hundred digits."""
    ravine.manual_seed(seed)
    x, y = (ravine.tensor(array)[:100] for array in digits("train"))
    net = models.vit_small_data(size=8, patch=2, classes=10, regular=preset)
    optimizer = optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.05 if preset else 0.0)
    augment, mix = RandAugment(1, 4), MixUp(0.2, 10)
    for _ in range(300):
        chosen = ravine.randint(0, 100, (25,))
        seen, target = x[chosen].unsqueeze(1), y[chosen]
        if preset:
            seen, target = mix(augment(seen), target)
        optimizer.zero_grad()
        F.cross_entropy(net(seen), target).backward()
        optimizer.step()
    net.eval()
    x, y = (ravine.tensor(array) for array in digits("test"))
    with ravine.no_grad():
        logits = net(x.unsqueeze(1))
    return accuracy(logits, y).item(), F.cross_entropy(logits, y).item()


def test_row_161_the_preset_helps_where_pictures_are_few():
    without, with_it = (
        np.array([trained(seed, preset) for seed in (0, 2)]).mean(0) for preset in (False, True)
    )
    assert with_it[0] > without[0] + 0.02
    assert with_it[1] < 0.8 * without[1]


def test_the_preset_drops_more_the_deeper_the_block():
    net = models.vit_small_data(size=8, patch=2, classes=10)
    rates = [block.drop_path.p for block in net.blocks]
    assert rates == [0.0, 0.05, 0.1]
    plain = models.vit_small_data(size=8, patch=2, classes=10, regular=False)
    assert [block.drop_path.p for block in plain.blocks] == [0.0, 0.0, 0.0]
