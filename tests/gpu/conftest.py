"""The device that the GPU tests share."""

import os

import pytest

from gpu.host import Host

# A software driver is what these tests are to run on where there is no other.
os.environ.setdefault("RAVINE_ALLOW_SOFTWARE_GPU", "1")


@pytest.fixture(scope="session")
def host():
    return Host()


def pytest_collection_modifyitems(items):
    # It asks what all the others ran.
    items.sort(key=lambda item: item.name == "test_every_template_was_run")
