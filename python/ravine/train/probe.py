"""How much a linear classifier finds in features: what representations are measured by."""

from __future__ import annotations

import ravine as rv

from ..errors import ShapeError, ValueError
from ..nn import functional as F
from ..optim import LBFGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["linear_probe"]


def linear_probe(
    features: Tensor, labels: Tensor, others: Tensor, *, decay: float = 1e-3, steps: int = 100
) -> Tensor:
    """Logits (m, classes) for ``others`` of the logistic regression that is fitted to features and labels.

    Features are brought to mean 0 and variance 1, those of the first set. The fit minimises
    ``CE(W x + b, labels) + decay |W|^2 / 2`` from zeros by L-BFGS, in float64 on the CPU: nothing is drawn.
    No gradient flows to the features.

    Args:
        features: (n, d).
        labels: classes (n,).
        others: (m, d).
        decay: of the weights.
        steps: at most so many iterations.

    Raises:
        ShapeError: other shapes.
        ValueError: no features, or decay that is negative.

    >>> import ravine
    >>> from ravine.train import linear_probe
    >>> x = ravine.tensor([[-2.0], [-1.0], [1.0], [2.0]])
    >>> linear_probe(x, ravine.tensor([0, 0, 1, 1]), ravine.tensor([[-3.0], [0.5]])).argmax(1).tolist()
    [0, 1]
    """
    if features.ndim != 2 or others.ndim != 2 or labels.shape != features.shape[:1]:
        raise ShapeError(
            f"linear_probe: got features {tuple(features.shape)}, labels {tuple(labels.shape)} and others "
            f"{tuple(others.shape)}; they must be (n, d), (n,) and (m, d)"
        )
    if 0 in features.shape or decay < 0 or features.shape[1] != others.shape[1]:
        raise ValueError(
            f"linear_probe: features are of one width and at least one, and decay is not negative; got "
            f"{tuple(features.shape)}, {tuple(others.shape)} and {decay}"
        )
    wanted = others
    x, others, labels = features.detach().cpu().double(), others.detach().cpu().double(), labels.cpu()
    mean, spread = x.mean(0), x.var(0, correction=0).sqrt()
    spread = rv.where(spread > 1e-6, spread, 1.0)
    x, others = (x - mean) / spread, (others - mean) / spread
    classes = int(labels.max().item()) + 1
    weight = rv.zeros(classes, x.shape[1], dtype=x.dtype, device="cpu", requires_grad=True)
    bias = rv.zeros(classes, dtype=x.dtype, device="cpu", requires_grad=True)
    optimizer = LBFGS([weight, bias], max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(F.linear(x, weight, bias), labels) + decay / 2 * weight.square().sum()
        loss.backward()
        return loss

    with rv.enable_grad():
        optimizer.step(closure)
    return F.linear(others, weight, bias).detach().to(wanted)
