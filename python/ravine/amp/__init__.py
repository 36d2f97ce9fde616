"""Mixed precision: products in halves, sums and logarithms in float32.

>>> import ravine
>>> x, layer = ravine.ones(2, 3), ravine.nn.Linear(3, 1)
>>> with ravine.autocast("cpu", dtype=ravine.bfloat16):
...     y = layer(x)
...     loss = ravine.nn.functional.mse_loss(y, ravine.zeros(2, 1))
>>> y.dtype, loss.dtype
(ravine.bfloat16, ravine.float32)
"""

from __future__ import annotations

from ._autocast import autocast, custom_bwd, custom_fwd, is_autocast_available
from ._scaler import GradScaler

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]


def __dir__() -> list[str]:
    return sorted(__all__)
