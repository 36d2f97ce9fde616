"""ONNX's names, which raise: modules are not written as ONNX graphs."""

from __future__ import annotations

from ravine._refused import refused

__all__ = ["dynamo_export", "export", "is_in_onnx_export"]

_WHY = "models are not written as ONNX graphs. Save the weights with ravine.save(module.state_dict(), PATH)"
export = refused("onnx.export", _WHY)
dynamo_export = refused("onnx.dynamo_export", _WHY)


def is_in_onnx_export() -> bool:
    """False.

    >>> import ravine
    >>> ravine.onnx.is_in_onnx_export()
    False
    """
    return False
