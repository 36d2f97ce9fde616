"""Maps of tensors with their inverses and the logarithms of their Jacobian determinants.

>>> from ravine.distributions.transforms import AffineTransform, ExpTransform
>>> t = ExpTransform()
>>> x = ravine.tensor([0.0, 1.0])
>>> t(x), t.log_abs_det_jacobian(x, t(x))
(tensor([1.0000, 2.7183]), tensor([0., 1.]))
"""

from __future__ import annotations

from ravine.distributions.transforms.base import Transform
from ravine.distributions.transforms.compositions import (
    ComposeTransform,
    IndependentTransform,
    ReshapeTransform,
    identity_transform,
)
from ravine.distributions.transforms.elementwise import (
    AbsTransform,
    AffineTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    PowerTransform,
    SigmoidTransform,
    SoftplusTransform,
    TanhTransform,
)
from ravine.distributions.transforms.joined import CatTransform, StackTransform
from ravine.distributions.transforms.structured import (
    CorrCholeskyTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    SoftmaxTransform,
    StickBreakingTransform,
)

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "CatTransform",
    "ComposeTransform",
    "CorrCholeskyTransform",
    "CumulativeDistributionTransform",
    "ExpTransform",
    "IndependentTransform",
    "LowerCholeskyTransform",
    "PositiveDefiniteTransform",
    "PowerTransform",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StackTransform",
    "StickBreakingTransform",
    "TanhTransform",
    "Transform",
    "identity_transform",
]
