"""Seeds of the data pipeline: one per epoch, and from it one per sample.

Everything random about a sample is a function of (the loader's seed, the epoch, the sample's position in the
epoch), and of nothing else: not of the number of workers, nor of which of them reads it, nor of when.
"""

from __future__ import annotations

from _thread import _local

import ravine as rv

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["current", "derive", "draw", "sample_seed", "seed_of"]

_MASK = (1 << 64) - 1


def derive(seed: int, number: int) -> int:
    """The ``number``-th seed below ``seed``: the outputs of SplitMix64 (Steele, Lea and Flood, 2014).

    >>> derive(0, 0) == 0xE220A8397B1DCDAF
    True
    """
    z = (seed + (number + 1) * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def draw() -> int:
    """A seed taken from ravine's global random stream, the one that ``ravine.manual_seed`` sets."""
    high, low = (rv.rand(2, dtype=rv.float64, device="cpu") * 2.0**32).tolist()
    return (int(high) << 32) | int(low)


def seed_of(generator: Any) -> int | None:
    """A ``seed`` or ``generator`` argument as an int: an int, None, or an object with ``initial_seed()``.

    Raises:
        TypeError: something else.
    """
    if generator is None:
        return None
    if hasattr(generator, "initial_seed"):
        generator = generator.initial_seed()
    if not isinstance(generator, int) or isinstance(generator, bool):
        raise TypeError(f"a seed should be an int, but got {type(generator).__name__}")
    return generator & _MASK


class _Current(_local):
    seed: int | None = None


current = _Current()
"""The seed of the sample that the calling thread is reading."""


def sample_seed() -> int:
    """The seed of the sample that is being read, for use in a dataset's ``__getitem__``: 64 bits.

    It is the same for any number of workers. Give it to whatever generator the sample's augmentation needs,
    for instance ``random.Random(sample_seed())`` or ``numpy.random.default_rng(sample_seed())``. The global
    streams of ``random`` and NumPy are shared by all threads, so with workers their numbers depend on timing.

    Raises:
        RuntimeError: no DataLoader is reading a sample in this thread.

    >>> from ravine.utils.data import DataLoader
    >>> class Noise:
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, index):
    ...         return sample_seed() % 1000
    >>> one = [b.tolist() for b in DataLoader(Noise(), seed=7)]
    >>> two = [b.tolist() for b in DataLoader(Noise(), seed=7, num_workers=2)]
    >>> one == two
    True
    """
    if current.seed is None:
        raise RuntimeError("sample_seed() was called outside of a DataLoader's reading of a sample")
    return current.seed
