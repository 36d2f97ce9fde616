"""``ravine bench``: ops and training steps timed against NumPy, on the machine at hand.

Both sides get the same values and make the same results, in float32; NumPy's are written as its users write
them. A time is the median of 15 samples, the two sides taking turns. Where the same work takes very different
times, a ratio would say more about the machine than about either side: then nothing is timed.
"""

from __future__ import annotations

import sys
import time
from statistics import median, quantiles
from typing import NamedTuple

import ravine as rv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any, TextIO

    Work = Callable[[], Any]
    Timer = Callable[[Sequence[Work]], list[list[float]]]

__all__ = ["Timing", "TooNoisyError", "bench", "cases", "compare", "spread"]

ROUNDS = 15
SAMPLE_SECONDS = 0.004  # short work is repeated until a sample takes so long
NOISIEST = 0.15


class TooNoisyError(Exception):
    """The machine does something else at the same time; ``spread`` is what was measured."""

    def __init__(self, text: str, spread: float) -> None:
        super().__init__(text)
        self.spread = spread


class Timing(NamedTuple):
    """One case: seconds of either side, and how many times faster Ravine is."""

    name: str
    ravine: float
    numpy: float

    @property
    def ratio(self) -> float:
        """NumPy's time in Ravine's."""
        return self.numpy / self.ravine


def spread(samples: Sequence[float]) -> float:
    """How far apart the middle 80 % of the samples are, as a share of their median.

    >>> spread([1.0] * 10)
    0.0
    >>> spread([1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]) > 0.4
    True
    """
    tenths = quantiles(samples, n=10)
    return (tenths[-1] - tenths[0]) / median(samples)


def take_turns(works: Sequence[Work]) -> list[list[float]]:
    """Seconds of each piece of work, ``ROUNDS`` samples of each, the pieces taking turns."""

    def sample(work: Work, times: int) -> float:
        start = time.perf_counter()
        for _ in range(times):
            work()
        return (time.perf_counter() - start) / times

    times = []
    for work in works:
        sample(work, 2)  # plans, caches, memory
        times.append(max(1, round(SAMPLE_SECONDS / sample(work, 1))))
    found: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for samples, work, count in zip(found, works, times, strict=True):
            samples.append(sample(work, count))
    return found


def check_machine(timer: Timer = take_turns) -> float:
    """The spread of a fixed piece of work that neither side has a part in.

    Raises:
        TooNoisyError: it is more than 15 %.
    """

    def work() -> int:
        total = 0
        for number in range(20_000):
            total += number * number
        return total

    (samples,) = timer([work])
    found = spread(samples)
    if found > NOISIEST:
        raise TooNoisyError(
            f"this machine is too busy to be timed: the same work took {min(samples) * 1e3:.2f} to "
            f"{max(samples) * 1e3:.2f} ms, a spread of {found:.0%} (at most {NOISIEST:.0%}). End what else "
            "is running, plug in the power supply and try again, or use --anyway",
            found,
        )
    return found


def compare(chosen: Iterable[tuple[str, Work, Work]], timer: Timer = take_turns) -> Iterable[Timing]:
    """The timings of these cases (name, Ravine's work, NumPy's), one after the other.

    A case whose samples lie far apart is taken again, twice at most.
    """
    for name, ours, theirs in chosen:
        both = timer([ours, theirs])
        for _ in range(2):
            if max(map(spread, both)) <= 2 * NOISIEST:
                break
            both = timer([ours, theirs])
        yield Timing(name, *map(median, both))


def bench(
    words: Sequence[str] = (),
    *,
    anyway: bool = False,
    stream: TextIO | None = None,
    timer: Timer = take_turns,
) -> list[Timing]:
    """Print a table of both sides' times and their ratios.

    Args:
        words: only the cases whose name has one of these words.
        anyway: do not ask whether the machine is quiet.
        stream: where to write, standard output by default.
        timer: takes the samples.

    Raises:
        KeyError: no case has any of the words.
        TooNoisyError: the machine is too busy.
    """
    from ravine import _core

    chosen = [case for case in cases() if not words or any(word in case[0] for word in words)]
    if not chosen:
        raise KeyError(
            f"no case has {' or '.join(words)} in its name. Cases: {', '.join(c[0] for c in cases())}"
        )
    stream = sys.stdout if stream is None else stream

    def line(text: str) -> None:
        print(text, file=stream, flush=True)

    quiet = "not looked at" if anyway else f"{check_machine(timer):.0%}"
    import numpy

    line(
        f"ravine {rv.__version__} ({_core.simd_level()}, {rv.get_num_threads()} threads) against "
        f"NumPy {numpy.__version__}; median of {ROUNDS}; spread of the machine {quiet}"
    )
    line(f"{'':46} {'ravine':>10} {'NumPy':>10} {'ratio':>8}")
    timings = []
    for timing in compare(chosen, timer):
        timings.append(timing)
        ours, theirs = timing.ravine * 1e3, timing.numpy * 1e3
        line(f"{timing.name:46} {ours:7.3f} ms {theirs:7.3f} ms {timing.ratio:7.2f}x")
    line(f"{'median of the ratios':46} {'':10} {'':10} {median(t.ratio for t in timings):7.2f}x")
    return timings


# ---- the cases


def cases() -> list[tuple[str, Work, Work]]:
    """Name, Ravine's work, NumPy's work."""
    import numpy as np

    from ravine.nn import functional as F

    random = np.random.default_rng(0)

    def pair(*shape: int) -> tuple[Any, Any]:
        array = random.standard_normal(shape, dtype=np.float32)
        return rv.tensor(array), array

    x, a = pair(1000, 1000)
    y, b = pair(1000, 1000)
    narrow, c = pair(64, 64, 64)

    def softmax(a: Any) -> Any:
        e = np.exp(a - a.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    def layer_norm(a: Any) -> Any:
        return (a - a.mean(-1, keepdims=True)) / np.sqrt(a.var(-1, keepdims=True) + 1e-5)

    def gelu_like(a: Any) -> Any:
        return 0.5 * a * (1 + np.tanh(0.79788456 * (a + 0.044715 * a * a * a)))

    listed: list[tuple[str, Work, Work]] = [
        ("add, 1,000,000 elements", lambda: rv.eval(x + y), lambda: a + b),
        ("exp, 1,000,000 elements", lambda: rv.eval(x.exp()), lambda: np.exp(a)),
        (
            "gelu with tanh, 1,000,000 elements",
            lambda: rv.eval(F.gelu(x, approximate="tanh")),
            lambda: gelu_like(a),
        ),
        ("sum, 1,000,000 elements", lambda: rv.eval(x.sum()), lambda: a.sum()),
        ("sum of columns, 1000 x 1000", lambda: rv.eval(x.sum(0)), lambda: a.sum(0)),
        ("softmax of rows, 1000 x 1000", lambda: rv.eval(x.softmax(-1)), lambda: softmax(a)),
        ("layer norm of rows, 1000 x 1000", lambda: rv.eval(F.layer_norm(x, (1000,))), lambda: layer_norm(a)),
        ("matrix product, 1000 x 1000", lambda: rv.eval(x @ y), lambda: a @ b),
        ("64 matrix products, 64 x 64", lambda: rv.eval(narrow @ narrow), lambda: c @ c),
        (
            "normal numbers, 1,000,000",
            lambda: rv.eval(rv.randn(1000, 1000)),
            lambda: random.standard_normal((1000, 1000), dtype=np.float32),
        ),
    ]
    return [*listed, _convolution(pair), _training_step(random)]


def _convolution(pair: Callable[..., tuple[Any, Any]]) -> tuple[str, Work, Work]:
    """A 3x3 convolution of 16 channels; NumPy's as a product with all windows."""
    import numpy as np

    from ravine.nn import functional as F

    x, a = pair(32, 16, 28, 28)
    w, v = pair(16, 16, 3, 3)

    def windows() -> Any:
        padded = np.pad(a, ((0, 0), (0, 0), (1, 1), (1, 1)))
        view = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
        return np.tensordot(view, v, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)

    return "convolution 3 x 3, 32 x 16 x 28 x 28", lambda: rv.eval(F.conv2d(x, w, padding=1)), windows


def _training_step(random: Any) -> tuple[str, Work, Work]:
    """A step of a classifier with one hidden layer and momentum; NumPy's gradients are written by hand."""
    import numpy as np

    from ravine import nn, optim

    batch, pixels, hidden, classes, lr, momentum = 128, 784, 256, 10, 0.01, 0.9
    images = random.standard_normal((batch, pixels), dtype=np.float32)
    labels = random.integers(0, classes, batch)
    model = nn.Sequential(nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, classes))
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=momentum)
    x, y = rv.tensor(images), rv.tensor(labels)

    def ours() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
        rv.synchronize()

    weights = [p.detach().numpy().copy() for p in model.parameters()]
    speeds = [np.zeros_like(w) for w in weights]

    def theirs() -> None:
        w1, b1, w2, b2 = weights
        h = images @ w1.T + b1
        r = np.maximum(h, 0)
        scores = r @ w2.T + b2
        e = np.exp(scores - scores.max(1, keepdims=True))
        delta = e / e.sum(1, keepdims=True)
        delta[np.arange(batch), labels] -= 1
        delta /= batch
        back = (delta @ w2) * (h > 0)
        gradients = (back.T @ images, back.sum(0), delta.T @ r, delta.sum(0))
        for weight, speed, gradient in zip(weights, speeds, gradients, strict=True):
            speed *= momentum
            speed += gradient
            weight -= lr * speed

    return "training step, 784-256-10, batch 128", ours, theirs
