"""The device that the GPU tests share."""

from pathlib import Path

import pytest

from gpu.host import Host


@pytest.fixture(scope="session")
def host():
    return Host()


def pytest_collection_modifyitems(config, items):
    """The law that every template was run comes last, where all tests that run templates come before it."""
    law = [item for item in items if item.name == "test_every_template_was_run"]
    users = {path for path in Path(__file__).parent.glob("test_*.py") if "host.run(" in path.read_text()}
    is_part = config.option.keyword or config.option.markexpr or not users <= {item.path for item in items}
    if law and is_part:
        config.hook.pytest_deselected(items=law)
    items[:] = [item for item in items if item not in law] + ([] if is_part else law)
