"""The embedded part of Fashion-MNIST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ravine.datasets._files import embedded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FASHION_CLASSES", "fashion"]

FASHION_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
"""The name of each label of :func:`fashion`."""


def fashion(part: Literal["train", "test"]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Pictures of clothes, 28x28 pixels each: 2,000 to train on and 500 to test with, 10 classes.

    They are the first 200 (50) of each class in Fashion-MNIST's training (test) file, dealt out class by
    class: labels go 0, 1, ..., 9, 0, 1, ..., so that every prefix is balanced. Shuffle before training. The
    whole set, 60,000 and 10,000 pictures, is read by :func:`mnist` from its files.

    Args:
        part: `"train"` or `"test"`.

    Returns:
        `(images, labels)`. `images` is float32 of shape `(n, 28, 28)`, from 0 (background) to 1. `labels` is
        int64 of shape `(n,)`; `FASHION_CLASSES` has their names. The arrays are new in each call.

    Raises:
        ValueError: another part.

    Source: H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
    Learning Algorithms", arXiv:1708.07747, 2017. Licence: MIT (Zalando SE); the text lies beside the data.

    >>> from ravine.datasets import FASHION_CLASSES, fashion
    >>> images, labels = fashion("train")
    >>> images.shape, images.dtype.name, labels[:12].tolist()
    ((2000, 28, 28), 'float32', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    >>> FASHION_CLASSES[labels[9]]
    'Ankle boot'
    """
    if part not in ("train", "test"):
        raise ValueError(f'fashion: part must be "train" or "test", not {part!r}')
    from ravine.datasets._idx import labelled

    stem = "fashion-train" if part == "train" else "fashion-t10k"
    return labelled(embedded(f"{stem}-images-idx3-ubyte.gz"), embedded(f"{stem}-labels-idx1-ubyte.gz"))
