"""One second of evidence that the installed package is alive."""

import subprocess
import sys
from importlib.metadata import version

import ravine


def test_version_is_that_of_the_package():
    assert ravine.__version__ == version("ravine")


def test_sum():
    assert ravine.tensor([1.0, 2.0, 3.5]).sum().item() == 6.5


def test_every_public_name_is_there_after_a_plain_import():
    program = "import ravine; assert not [name for name in ravine.__all__ if not hasattr(ravine, name)]"
    subprocess.run([sys.executable, "-c", program], check=True)
