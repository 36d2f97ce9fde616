"""Tensors on `meta` have shapes and dtypes; values move to it and not back."""

import subprocess
import sys
import textwrap

import pytest

import ravine
from ravine import func
from ravine.errors import DeviceError


def test_shapes_without_values():
    x = ravine.tensor([[1.0, 2.0]], requires_grad=True)
    y = x.to("meta")
    assert (y.shape, y.dtype, str(y.device)) == ((1, 2), ravine.float32, "meta")
    total = (y @ y.T).sum()
    assert total.shape == ()
    assert str(total.device) == "meta"
    assert total.requires_grad


def test_nobody_looks_at_values_that_are_not_there():
    y = ravine.ones(2).to("meta")
    for look in (y.tolist, lambda: y.to("cpu"), lambda: y.sum().item()):
        with pytest.raises(DeviceError, match="no values to look at"):
            look()


def test_a_transfer_is_batched():
    assert func.vmap(lambda t: t.to("meta"))(ravine.ones(3, 2)).shape == (3, 2)


def test_to_the_own_device_is_the_same_tensor():
    x = ravine.ones(2)
    assert x.to("cpu") is x


def test_the_module_of_gpus_has_pytorchs_names():
    """Imported or looked up, in either order, each name is that module; asking starts no device."""
    program = """
    import sys
    import ravine
    assert "ravine.gpu" not in sys.modules
    {}
    import ravine.cuda, ravine.mps as mps
    from ravine.xpu import is_available
    assert ravine.cuda is mps is ravine.xpu is sys.modules["ravine.cuda"] is ravine.gpu
    assert is_available is ravine.gpu.is_available
    print(ravine.device("cuda" if ravine.cuda.is_available() else "cpu"))
    """
    for first in ("", "ravine.cuda"):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program).format(first)], capture_output=True, text=True
        )
        expected = "gpu" if ravine.gpu.device_count() else "cpu"
        assert (done.stdout.strip(), done.returncode) == (expected, 0), done.stderr
