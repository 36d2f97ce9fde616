"""The embedded digits are the file that was meant, split once for ever."""

import hashlib
import subprocess
import sys

import numpy as np
import pytest

from ravine.datasets import digits


def checksum(images, labels):
    return hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()


@pytest.mark.parametrize(
    ("part", "count", "sha256"),
    [
        (None, 1797, "8b3b6ae90863430bdef06a3f7d1ec2f6a905a53d3375655b18cf63780ad98772"),
        ("test", 360, "91d6f9fec853c9d0f20e80515365175adc522618847198f44b0a39cb86cf57ee"),
        ("train", 1437, None),
    ],
)
def test_shapes_types_and_content(part, count, sha256):
    images, labels = digits(part)
    assert (images.shape, images.dtype) == ((count, 8, 8), np.float32)
    assert (labels.shape, labels.dtype) == ((count,), np.int64)
    assert images.min() == 0
    assert images.max() == 1
    assert set(labels) == set(range(10))
    if sha256 is not None:
        assert checksum(images, labels) == sha256


def test_classes_are_balanced():
    everything = np.bincount(digits()[1], minlength=10)
    train = np.bincount(digits("train")[1], minlength=10)
    test = np.bincount(digits("test")[1], minlength=10)
    assert np.abs(train - 0.8 * everything).max() <= 1
    assert np.abs(test - 0.2 * everything).max() <= 1


def test_the_parts_are_disjoint_and_complete():
    def samples(part):
        images, labels = digits(part)
        return [image.tobytes() + label.tobytes() for image, label in zip(images, labels, strict=True)]

    assert sorted(samples("train") + samples("test")) == sorted(samples(None))
    assert not set(samples("train")) & set(samples("test"))


def test_calls_share_no_memory():
    first, _ = digits("test")
    first[:] = -1
    assert digits("test")[0].min() == 0


def test_an_unknown_part_is_named():
    with pytest.raises(ValueError, match='"train", "test" or None, not \'valid\''):
        digits("valid")  # pyright: ignore[reportArgumentType]


def test_importing_the_loaders_does_not_import_numpy():
    code = "import sys, ravine.datasets; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
