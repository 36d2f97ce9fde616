"""Data that are made from a seed: shapes to find, moons to tell apart, dates to rewrite, numbers to spell."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["SHAPES_CLASSES", "dates", "moons", "number_words", "shapes"]

SHAPES_CLASSES = ("background", "disc", "square", "triangle")


def shapes(count: int, *, size: int = 32, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Pictures of discs, squares and triangles under noise, and which pixel belongs to what.

    One to three shapes of random kind, place, size and brightness lie over each other on a darker ground that
    grows lighter in one direction; Gaussian noise of standard deviation 0.1 is added.

    Args:
        count: pictures.
        size: their height and width.
        seed: of everything that is drawn.

    Returns:
        `(images, masks)`: float32 `(count, size, size)` in [0, 1], and int64 of the same shape, the index of
        each pixel's class in `SHAPES_CLASSES`.

    Raises:
        ValueError: a size below 8, or a negative count.

    >>> from ravine.datasets import shapes
    >>> images, masks = shapes(3, size=16)
    >>> images.shape, int(masks.max()) <= 3
    ((3, 16, 16), True)
    """
    import numpy as np

    if size < 8 or count < 0:
        raise ValueError(f"shapes: size must be 8 or more and count not negative, got {size} and {count}")
    random = np.random.default_rng(seed)
    row, column = np.mgrid[:size, :size] + 0.5
    images = np.zeros((count, size, size))
    masks = np.zeros((count, size, size), dtype=np.int64)
    for image, mask in zip(images, masks, strict=True):
        turn = random.uniform(0, 2 * np.pi)
        slope = (np.cos(turn) * row + np.sin(turn) * column) / size
        image += 0.15 + 0.1 * slope
        for _ in range(random.integers(1, 4)):
            kind = random.integers(1, 4)
            radius = random.uniform(0.12, 0.25) * size
            i, j = random.uniform(radius, size - radius, 2)
            y, x = row - i, column - j
            inside = (
                y**2 + x**2 <= radius**2,
                np.maximum(abs(y), abs(x)) <= 0.85 * radius,
                (y <= 0.7 * radius) & (y >= 1.8 * abs(x) - 1.1 * radius),
            )[kind - 1]
            image[inside] = random.uniform(0.5, 0.95)
            mask[inside] = kind
        image += random.normal(0, 0.1, image.shape)
    return images.clip(0, 1).astype(np.float32), masks


def moons(count: int, *, noise: float = 0.05, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Two half circles that reach into each other, in the plane.

    Args:
        count: points, as many of either moon as can be.
        noise: standard deviation of what is added to both coordinates.
        seed: of everything that is drawn.

    Returns:
        `(points, labels)`: float32 `(count, 2)`, and int64 `(count,)`, 0 for the upper and 1 for the lower.

    >>> from ravine.datasets import moons
    >>> points, labels = moons(6)
    >>> points.shape, labels.tolist()
    ((6, 2), [0, 1, 0, 1, 0, 1])
    """
    import numpy as np

    random = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    angle = random.uniform(0, np.pi, count)
    sign = 1 - 2 * labels
    points = np.stack([labels + sign * np.cos(angle), 0.5 * labels + sign * np.sin(angle)], 1)
    points += random.normal(0, noise, points.shape)
    return points.astype(np.float32), labels.astype(np.int64)


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_FORMATS = (
    "{day} {month} {year}",
    "{month} {day}, {year}",
    "{weekday}, {month} {day}, {year}",
    "{day}. {short} {year}",
    "{short} {day} {year}",
    "{day}/{number}/{year}",
    "{weekday} {day} {month} {year}",
    "the {day} of {month} {year}",
)


def dates(count: int, *, seed: int = 0) -> list[tuple[str, str]]:
    """Dates as people write them, and as ISO 8601 does: pairs to translate.

    The days are drawn evenly from 1900-01-01 to 2099-12-31, the form from eight usual ones; a text is in
    lower case half of the time.

    Args:
        count: pairs.
        seed: of everything that is drawn.

    >>> from ravine.datasets import dates
    >>> dates(2)
    [('thursday 1 april 2038', '2038-04-01'), ('the 23 of june 2083', '2083-06-23')]
    """
    from random import Random

    random = Random(seed)
    first = date(1900, 1, 1)
    days = (date(2099, 12, 31) - first).days
    pairs = []
    for _ in range(count):
        day = first + timedelta(random.randrange(days + 1))
        month = _MONTHS[day.month - 1]
        words = {"month": month, "short": month[:3], "weekday": _DAYS[day.weekday()]}
        numbers = {"day": day.day, "number": day.month, "year": day.year}
        written = random.choice(_FORMATS).format(**words, **numbers)
        pairs.append((written.lower() if random.random() < 0.5 else written, day.isoformat()))
    return pairs


_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def _spelled(number: int) -> str:
    """A whole number below a million in English words."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        rest = number % 10
        return _TENS[number // 10 - 2] + (f"-{_ONES[rest]}" if rest else "")
    unit, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    rest = number % unit
    return f"{_spelled(number // unit)} {name}" + (f" {_spelled(rest)}" if rest else "")


def number_words(count: int, *, digits: int = 6, seed: int = 0) -> list[tuple[str, str]]:
    """Whole numbers in digits and in English words: pairs to translate.

    The number of digits is drawn evenly, then the number among those that have so many.

    Args:
        count: pairs.
        digits: at most so many, up to six.
        seed: of everything that is drawn.

    Raises:
        ValueError: `digits` is not from 1 to 6.

    >>> from ravine.datasets import number_words
    >>> number_words(2)
    [('7890', 'seven thousand eight hundred ninety'), ('4', 'four')]
    """
    from random import Random

    if not 1 <= digits <= 6:
        raise ValueError(f"number_words: digits must be from 1 to 6, got {digits}")
    random = Random(seed)
    pairs = []
    for _ in range(count):
        length = random.randint(1, digits)
        number = random.randrange(0 if length == 1 else 10 ** (length - 1), 10**length)
        pairs.append((str(number), _spelled(number)))
    return pairs
