"""A coupling flow: a density that is exact, because every step can be undone and its volume is known."""

from __future__ import annotations

from math import log, pi

import ravine as rv

from .. import nn
from ..errors import ShapeError, ValueError
from ._base import Model
from .mlp import MLP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core import Tensor

__all__ = ["CouplingFlow"]


class CouplingFlow(Model):
    """``log p(x) = log N(f(x); 0, 1) + log |det df/dx|`` with steps that are undone in closed form.

    Dinh et al., 2017. A step scales and shifts each number (actnorm, Kingma and Dhariwal, 2018), puts the
    numbers into another, fixed order, and then ``y_b = y_b exp(s(y_a)) + t(y_a)``: one half is scaled and
    shifted by what a perceptron says of the other, with ``s = tanh(.)``. Shapes: (N, size) -> z (N, size) and
    the logarithm of the volume's change (N,). Parameters: for each step 2 size and those of the MLP (a,
    hidden, hidden, 2 b), a and b the halves of size.

    Args:
        size: numbers of a sample.
        steps: coupling steps.
        hidden: units of both hidden layers of each perceptron.

    Raises:
        ValueError: a size below 2, or steps or hidden that are not positive.
        ShapeError: at a call, samples that are not (N, size).

    >>> import ravine
    >>> from ravine import models
    >>> flow = models.CouplingFlow(size=4, steps=3, hidden=8)
    >>> z, volume = flow(x := ravine.randn(5, 4))
    >>> ravine.allclose(flow.inverse(z), x, atol=1e-5), tuple(flow.log_prob(x).shape)
    (True, (5,))
    """

    order: Tensor

    def __init__(self, *, size: int, steps: int = 6, hidden: int = 128) -> None:
        super().__init__()
        if size < 2 or min(steps, hidden) < 1:
            raise ValueError(
                f"CouplingFlow: size >= 2, steps and hidden >= 1 are asked, got {size}, {steps}, {hidden}"
            )
        self.size, self.kept = size, size // 2
        self.log_scale = nn.Parameter(rv.zeros(steps, size))
        self.shift = nn.Parameter(rv.zeros(steps, size))
        self.nets = nn.ModuleList(
            MLP(sizes=(self.kept, hidden, hidden, 2 * (size - self.kept))) for _ in range(steps)
        )
        for net in self.nets:  # at first each step changes nothing
            nn.init.zeros_(net.layers[-1].weight)
            nn.init.zeros_(net.layers[-1].bias)
        self.register_buffer("order", rv.stack([rv.randperm(size) for _ in range(steps)]))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        self._check(x)
        volume = rv.zeros_like(x[:, 0])
        for step, net in enumerate(self.nets):
            x = (x + self.shift[step]) * self.log_scale[step].exp()
            x = x[:, self.order[step]]
            same, other = x[:, : self.kept], x[:, self.kept :]
            scale, shift = net(same).chunk(2, 1)
            scale = scale.tanh()
            x = rv.cat([same, other * scale.exp() + shift], 1)
            volume = volume + self.log_scale[step].sum() + scale.sum(1)
        return x, volume

    def inverse(self, z: Tensor) -> Tensor:
        """Undo all steps: x from z."""
        self._check(z)
        for step in reversed(range(len(self.nets))):
            same, other = z[:, : self.kept], z[:, self.kept :]
            scale, shift = self.nets[step](same).chunk(2, 1)
            z = rv.cat([same, (other - shift) * (-scale.tanh()).exp()], 1)
            z = z[:, self.order[step].argsort()]
            z = z * (-self.log_scale[step]).exp() - self.shift[step]
        return z

    def log_prob(self, x: Tensor) -> Tensor:
        """``log p(x)`` in nats: (N,)."""
        z, volume = self(x)
        return volume - 0.5 * (z.square() + log(2 * pi)).sum(1)

    def sample(self, count: int) -> Tensor:
        """Draws from the density: (count, size)."""
        with rv.no_grad():
            return self.inverse(rv.randn_like(self.shift[:1].expand(count, -1)))

    def _check(self, x: Tensor) -> None:
        if x.ndim != 2 or x.shape[1] != self.size:
            raise ShapeError(
                f"CouplingFlow: got {tuple(x.shape)}, expected (N, {self.size}). Flatten samples"
            )

    def fit_scales(self, x: Tensor) -> None:
        """Set the first step's scale and shift so that behind it x has mean 0 and variance 1."""
        with rv.no_grad():
            self.shift[0] = -x.mean(0)
            self.log_scale[0] = -(x.std(0) + 1e-6).log()
