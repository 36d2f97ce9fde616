"""Tensors on `meta` have shapes and dtypes; values move to it and not back."""

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
