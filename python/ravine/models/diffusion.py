"""Diffusion: data become noise by known steps, and a network learns to take the steps back."""

from __future__ import annotations

from itertools import pairwise
from math import cos, pi

import ravine as rv

from ..errors import ShapeError, ValueError
from ..nn import functional as F

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .._core import Tensor

    Denoiser = Callable[[Tensor, Tensor], Tensor]

__all__ = ["Diffusion"]


class Diffusion:
    """The process ``q(x_t | x_(t-1)) = N(sqrt(1 - b_t) x_(t-1), b_t)`` for t = 1, ..., T, and its reverse.

    With ``a_t = prod_(s <= t) (1 - b_s)`` the step from the data on is one: ``x_t = sqrt(a_t) x + sqrt(1 -
    a_t) e`` with e from N(0, 1) (Ho et al., 2020). The schedule is linear, b from 1e-4 to 0.02 for T = 1000
    and of the same sum for others, or the cosine of Nichol and Dhariwal, 2021. A network of (x_t, t) predicts
    the noise e, the data x, or ``v = sqrt(a_t) e - sqrt(1 - a_t) x`` (Salimans and Ho, 2022); each says what
    the others are.

    Attributes:
        alphas: a_t, float32 (T + 1,), with a_0 = 1.

    Args:
        steps: T.
        schedule: ``"linear"`` or ``"cosine"``.
        predicts: ``"noise"``, ``"data"`` or ``"v"``.

    Raises:
        ValueError: no steps, another schedule or prediction.

    >>> from ravine.models import Diffusion
    >>> process = Diffusion(steps=1000)
    >>> round(process.alphas[500].item(), 4), round(process.alphas[1000].item() * 1e5, 2)
    (0.0786, 4.04)
    """

    def __init__(self, *, steps: int = 1000, schedule: str = "linear", predicts: str = "noise") -> None:
        if steps < 1:
            raise ValueError(f"Diffusion: steps must be positive, got {steps}")
        if schedule not in ("linear", "cosine"):
            raise ValueError(f"Diffusion: schedule is {schedule!r}. Use 'linear' or 'cosine'")
        if predicts not in ("noise", "data", "v"):
            raise ValueError(f"Diffusion: predicts is {predicts!r}. Use 'noise', 'data' or 'v'")
        self.steps, self.predicts = steps, predicts
        product, kept = 1.0, [1.0]  # in float64, which GPUs have not
        for beta in _linear(steps) if schedule == "linear" else _cosine(steps):
            product *= 1 - beta
            kept.append(product)
        self.alphas = rv.tensor(kept)

    def _at(self, t: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
        """``sqrt(a_t)`` and ``sqrt(1 - a_t)``, shaped to be multiplied by samples."""
        alpha = self.alphas.to(like.device)[t].to(like.dtype)
        alpha = alpha.reshape(-1, *[1] * (like.ndim - 1))
        return alpha.sqrt(), (1 - alpha).sqrt()

    def noised(self, x: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """x_t of samples (N, ...) for steps t (N,), int64, with noise of their shape."""
        if noise.shape != x.shape or t.shape != x.shape[:1]:
            raise ShapeError(
                f"Diffusion: samples {tuple(x.shape)}, steps {tuple(t.shape)} and noise {tuple(noise.shape)} "
                "do not fit. Expected (N, ...), (N,) and (N, ...)"
            )
        signal, spread = self._at(t, x)
        return signal * x + spread * noise

    def target(self, x: Tensor, t: Tensor, noise: Tensor) -> Tensor:
        """What the network should say: noise, data or v."""
        if self.predicts == "noise":
            return noise
        if self.predicts == "data":
            return x
        signal, spread = self._at(t, x)
        return signal * noise - spread * x

    def both(self, x_t: Tensor, t: Tensor, said: Tensor) -> tuple[Tensor, Tensor]:
        """The data and the noise that a prediction means; the three kinds determine each other."""
        signal, spread = self._at(t, x_t)
        if self.predicts == "noise":
            return (x_t - spread * said) / signal, said
        if self.predicts == "data":
            return said, (x_t - signal * said) / spread
        return signal * x_t - spread * said, spread * x_t + signal * said

    def loss(self, model: Denoiser, x: Tensor) -> Tensor:
        """The mean squared error of the prediction at steps drawn from 1 to T, one for each sample.

        Of a network that says 0 it is 1 for noise, and for v if the data have variance 1.
        """
        t = rv.randint(1, self.steps + 1, (x.shape[0],), device=x.device)
        noise = rv.randn_like(x)
        return F.mse_loss(model(self.noised(x, t, noise), t), self.target(x, t, noise))

    def score(self, model: Denoiser, x_t: Tensor, t: Tensor) -> Tensor:
        """``grad log q(x_t) = -e / sqrt(1 - a_t)`` with the predicted noise (Song and Ermon, 2019)."""
        return -self.both(x_t, t, model(x_t, t))[1] / self._at(t, x_t)[1]

    def sample(
        self,
        model: Denoiser,
        shape: Sequence[int],
        *,
        steps: int | None = None,
        eta: float = 1.0,
        clip: float | None = None,
    ) -> Tensor:
        """Draws: noise, from which the network takes the steps back.

        Args:
            model: of (x_t, t).
            shape: (N, ...).
            steps: how many are taken, evenly over all T; by default each.
            eta: 1 draws each step anew, the ancestral sampling of DDPM; 0 draws nothing but the first noise,
                and follows the flow of probability in few steps (DDIM, Song et al., 2021).
            clip: the data lie in [-clip, clip], and so does what is predicted.

        Raises:
            ValueError: steps that are not from 1 to T, or eta outside of [0, 1].
        """
        *_, last = self.trajectory(model, shape, steps=steps, eta=eta, clip=clip)
        return last

    def trajectory(
        self,
        model: Denoiser,
        shape: Sequence[int],
        *,
        steps: int | None = None,
        eta: float = 1.0,
        clip: float | None = None,
    ) -> Iterator[Tensor]:
        """What :meth:`sample` goes through, from the noise to the draws."""
        count = self.steps if steps is None else steps
        if not 1 <= count <= self.steps or not 0 <= eta <= 1:
            raise ValueError(
                f"Diffusion: steps in [1, {self.steps}] and eta in [0, 1] are asked, got {count}, {eta}"
            )
        places = [round(self.steps * i / count) for i in range(count, -1, -1)]
        kept = self.alphas.tolist()
        with rv.no_grad():
            x = rv.randn(*shape)
            yield x
            for t, s in pairwise(places):
                at = rv.full((shape[0],), t)
                data, noise = self.both(x, at, model(x, at))
                if clip is not None:
                    data = data.clamp(-clip, clip)
                    noise = (x - kept[t] ** 0.5 * data) / (1 - kept[t]) ** 0.5
                # The variance of q(x_s | x_t, x), of which eta^2 is drawn and the rest kept in the direction.
                variance = eta**2 * (1 - kept[s]) / (1 - kept[t]) * (1 - kept[t] / kept[s])
                x = kept[s] ** 0.5 * data + max(0.0, 1 - kept[s] - variance) ** 0.5 * noise
                if variance > 0 and s > 0:
                    x = x + variance**0.5 * rv.randn_like(x)
                yield x

    def langevin(self, model: Denoiser, x: Tensor, t: int, *, rate: float, steps: int) -> Tensor:
        """``x <- x + rate / 2 score(x, t) + sqrt(rate) z``, over and over: draws of q(x_t).

        Welling and Teh, 2011.

        Args:
            model: of (x_t, t).
            x: where to begin (N, ...).
            t: the step whose distribution is drawn from.
            rate: length of a step.
            steps: how many.

        Raises:
            ValueError: a t that is not from 1 to T.
        """
        if not 1 <= t <= self.steps:
            raise ValueError(f"Diffusion: t is {t}, data without noise have no score. Use 1 to {self.steps}")
        at = rv.full((x.shape[0],), t)
        with rv.no_grad():
            for _ in range(steps):
                x = x + rate / 2 * self.score(model, x, at) + rate**0.5 * rv.randn_like(x)
        return x


def _linear(steps: int) -> list[float]:
    """From 1e-4 to 0.02 if there are 1000; the fewer there are, the larger."""
    scale = 1000 / steps
    first, last = 1e-4 * scale, min(0.02 * scale, 0.999)
    return [first + (last - first) * i / max(steps - 1, 1) for i in range(steps)]


def _cosine(steps: int) -> list[float]:
    """``a_t = f(t) / f(0)`` with ``f(t) = cos^2((t / T + 0.008) / 1.008 pi / 2)``; no b above 0.999."""

    def signal(t: int) -> float:
        return cos((t / steps + 0.008) / 1.008 * pi / 2) ** 2

    return [min(1 - signal(t + 1) / signal(t), 0.999) for t in range(steps)]
