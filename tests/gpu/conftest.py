"""The device that the GPU tests share."""

import pytest

from gpu.host import Host


@pytest.fixture(scope="session")
def host():
    return Host()
