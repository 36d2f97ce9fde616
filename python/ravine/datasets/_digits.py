"""The embedded handwritten digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def digits(
    part: Literal["train", "test"] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Handwritten digits, 8x8 pixels each: a classification set that trains in seconds.

    Args:
        part: `"train"` for 1,437 samples, `"test"` for the other 360, `None` for all 1,797. The split never
            changes: with the samples put in order of class, and within a class in order of the file, the
            first and from there every fifth is for testing. So both parts hold the classes in equal shares.

    Returns:
        `(images, labels)`. `images` is float32 of shape `(n, 8, 8)`, row by row: the inked share of each
        pixel, from 0 (paper) to 1 (ink). `labels` is int64 of shape `(n,)`, the digit from 0 to 9. Samples
        keep the order of the file. The arrays are new in each call and may be written to.

    Source: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits" (its test part), UCI
    Machine Learning Repository, 1998, doi:10.24432/C50P49, as packaged by scikit-learn. Licence: CC BY 4.0
    (UCI) and BSD-3-Clause (scikit-learn); the text lies beside the data, in `datasets/files/`.

    >>> from ravine.datasets import digits
    >>> images, labels = digits("train")
    >>> images.shape, images.dtype.name, labels.shape, labels.dtype.name
    ((1437, 8, 8), 'float32', (1437,), 'int64')
    >>> for row in images[labels == 0][0]:
    ...     print("".join("-.:*#"[int(4 * ink)] for ink in row))
    ---:*:--
    --:#:*.-
    --#:-::-
    --#.-::-
    -.#.-::-
    --#.-:--
    --**::--
    ---:*---
    """
    if part not in ("train", "test", None):
        raise ValueError(f'digits: part must be "train", "test" or None, not {part!r}')

    import gzip
    from importlib.resources import files

    import numpy as np

    packed = files("ravine.datasets").joinpath("files", "digits.csv.gz").read_bytes()
    table = np.loadtxt(gzip.decompress(packed).decode("ascii").splitlines(), delimiter=",", dtype=np.int64)
    images = (table[:, :64] / 16).astype(np.float32).reshape(-1, 8, 8)
    labels = table[:, 64].copy()
    if part is None:
        return images, labels

    is_test = np.zeros(len(labels), dtype=bool)
    is_test[np.argsort(labels, kind="stable")[::5]] = True
    chosen = is_test if part == "test" else ~is_test
    return images[chosen], labels[chosen]
