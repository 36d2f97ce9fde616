"""One second of evidence that the installed package is alive."""

from importlib.metadata import version

import ravine


def test_version_is_that_of_the_package():
    assert ravine.__version__ == version("ravine")


def test_sum():
    assert ravine.tensor([1.0, 2.0, 3.5]).sum().item() == 6.5
