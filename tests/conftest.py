"""Settings and fixtures that every test shares."""

import importlib
import importlib.util
import os
import zlib

import hypothesis
import numpy as np
import pytest

# The same examples in every run: a failure found once is found again.
hypothesis.settings.register_profile("ravine", derandomize=True, deadline=None)
hypothesis.settings.load_profile("ravine")

HAS_TORCH = importlib.util.find_spec("torch") is not None

# These modules import torch at their top, so without it they are not even read.
USES_TORCH = [
    "parity",
    "nn/test_hooks.py",
    "nn/test_init.py",
    "nn/test_parameters.py",
    "optim/test_lr_scheduler.py",
]
collect_ignore = [] if HAS_TORCH else USES_TORCH


def pytest_configure(config):
    if not HAS_TORCH and os.environ.get("CI", "").lower() in ("1", "true"):
        raise pytest.UsageError("torch is missing: with CI=true the parity tests must run (see the Makefile)")


def pytest_report_header(config):
    if not HAS_TORCH:
        return "torch is not installed: tests/parity and the tests that use the torch fixture are left out"
    return None


def pytest_collection_modifyitems(config, items):
    if HAS_TORCH:
        return
    without = [item for item in items if "torch" in getattr(item, "fixturenames", ())]
    if without:
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]


@pytest.fixture(scope="session")
def torch():
    """The torch module, for tests outside tests/parity that compare one result with it."""
    return importlib.import_module("torch")


@pytest.fixture
def rng(request):
    """A NumPy generator seeded by the test's own name: the same numbers in every run and any order."""
    return np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))
