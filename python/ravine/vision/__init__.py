"""Augmentations of pictures: modules on batches (N, C, H, W), of whole tensors, on any device.

Each picture of a batch gets its own draw, from ravine's random stream or from ``generator=``, so that a seed
gives the same pictures again, on the CPU and on the GPU. They change pictures whenever they are called, in
evaluation mode too: call them in the training loop alone. Colours are in [0, 1].

All but `MixUp` and `CutMix`, which mix labels with the pictures, leave the label what it is, as long as it
does not depend on what they change (a mirrored b is a d).

>>> import ravine
>>> from ravine import vision
>>> change = vision.Compose([vision.RandomCrop(28, padding=2), vision.RandomHorizontalFlip()])
>>> tuple(change(ravine.rand(5, 1, 28, 28)).shape)
(5, 1, 28, 28)
"""

from __future__ import annotations

from ._base import Augmentation, Compose, Normalize
from .colour import (
    ColorJitter,
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    adjust_sharpness,
    autocontrast,
    posterize,
    solarize,
)
from .geometry import (
    RandomAffine,
    RandomCrop,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomRotation,
    RandomVerticalFlip,
    affine,
    crop,
)
from .mixing import CutMix, MixUp, RandomErasing
from .policy import RandAugment

__all__ = [
    "Augmentation",
    "ColorJitter",
    "Compose",
    "CutMix",
    "MixUp",
    "Normalize",
    "RandAugment",
    "RandomAffine",
    "RandomCrop",
    "RandomErasing",
    "RandomHorizontalFlip",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomVerticalFlip",
    "adjust_brightness",
    "adjust_contrast",
    "adjust_hue",
    "adjust_saturation",
    "adjust_sharpness",
    "affine",
    "autocontrast",
    "crop",
    "posterize",
    "solarize",
]


def __dir__() -> list[str]:
    return sorted(__all__)
