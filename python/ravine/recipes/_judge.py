"""What every recipe that makes pictures of clothes is measured by: the features of one small network."""

from __future__ import annotations

import ravine as rv
from ravine import optim
from ravine.datasets import fashion
from ravine.models import SmallCNN
from ravine.nn import functional as F
from ravine.train import frechet_distance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ravine import Tensor

__all__ = ["Judgement", "judge", "pictures_of"]

_STEPS, _BATCH = 300, 50


def pictures_of(part: str, size: int = 28, first: int | None = None) -> tuple[Tensor, Tensor]:
    """Pictures (n, 1, size, size) in [0, 1], brought to a size of 28, 14 or 16, and labels (n,).

    16 is 32 with a margin, halved.
    """
    images, labels = fashion("train" if part == "train" else "test")
    x = rv.tensor(images[:first]).unsqueeze(1)
    if size == 14:
        x = F.avg_pool2d(x, 2)
    elif size == 16:
        x = F.avg_pool2d(F.pad(x, (2, 2, 2, 2)), 2)
    return x, rv.tensor(labels[:first])


class Judgement:
    """How good made pictures are.

    Attributes:
        distance: the Frechet distance of their features to those of the test pictures.
        baseline: the same of samples from a Gaussian with the training pixels' mean and covariance.
        classes: how many of the ten the network sees in at least 1 % of them.
        nearest: the mean distance from a made picture to the nearest training picture.
        nearest_test: the same from a test picture.
    """

    def __init__(
        self, distance: float, baseline: float, classes: int, nearest: float, nearest_test: float
    ) -> None:
        self.distance, self.baseline, self.classes = distance, baseline, classes
        self.nearest, self.nearest_test = nearest, nearest_test

    @property
    def share(self) -> float:
        """The distance as a share of the baseline's, plus 1 if a class is missing or data are copied."""
        bad = self.classes < 10 or self.nearest < self.nearest_test
        return self.distance / self.baseline + bad

    def __str__(self) -> str:
        return (
            f"Frechet distance {self.distance:.2f} (a Gaussian of the pixels: {self.baseline:.2f}); "
            f"{self.classes} of 10 classes; nearest training picture at {self.nearest:.3f} "
            f"(of a test picture: {self.nearest_test:.3f})"
        )


def _distances(a: Tensor, b: Tensor) -> Tensor:
    """Between all rows (n, d) and (m, d), by products: the (n, m, d) differences do not fit on a GPU."""
    squares = a.square().sum(1, keepdim=True) + b.square().sum(1) - 2 * a @ b.T
    return squares.clamp(min=0).sqrt()


def judge(samples: Tensor, *, steps: int = _STEPS) -> Judgement:
    """Measure made pictures (n, 1, size, size) against the test part. The network is always trained alike.

    Args:
        samples: in [0, 1], of size 28, 14 or 16.
        steps: of the network's training.
    """
    state = rv.get_rng_state()
    rv.manual_seed(0)
    size = samples.shape[-1]
    (x, y), (test, _) = (pictures_of(part, size) for part in ("train", "test"))
    model = SmallCNN(size=size if size % 4 == 0 else size + 2)
    optimizer = optim.AdamW(model.parameters(), lr=2e-3)

    def fitted(pictures: Tensor) -> Tensor:
        return pictures if size % 4 == 0 else F.pad(pictures, (1, 1, 1, 1))

    for _ in range(steps):
        chosen = rv.randint(0, len(x), (_BATCH,))
        optimizer.zero_grad()
        F.cross_entropy(model(fitted(x[chosen])), y[chosen]).backward()
        optimizer.step()
    model.eval()
    with rv.no_grad():
        mean = x.flatten(1).mean(0)
        centred = (x.flatten(1) - mean) / (len(x) - 1) ** 0.5
        gaussian = (mean + rv.randn(len(samples), len(x)) @ centred).clamp(0, 1).reshape(samples.shape)
        seen, made, noise = (model.features(fitted(pictures)) for pictures in (test, samples, gaussian))
        counts = model.head(made).argmax(1).bincount(minlength=10)
        nearest = [
            _distances(pictures.flatten(1), x.flatten(1)).amin(1).mean().item()
            for pictures in (samples, test)
        ]
    rv.set_rng_state(state)
    return Judgement(
        frechet_distance(made, seen),
        frechet_distance(noise, seen),
        int((counts >= len(samples) / 100).sum()),
        *nearest,
    )
