"""Batch normalisation in evaluation mode as part of the layer before it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, TypeVar

import ravine as rv

from ..._core import Tensor
from ...errors import AssertionError
from ..module import Module
from ..parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]

M = TypeVar("M", bound=Module)


def _fused(layer: M, bn: Any, dim: int) -> M:
    if layer.training or bn.training:
        raise AssertionError("fusion: only for eval! Call .eval() on both modules first")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("fusion: needs the running statistics of the batch norm, which has none")
    fused: Any = deepcopy(layer)
    fused.weight, fused.bias = _folded(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, dim
    )
    return fused


def _folded(
    weight: Tensor,
    bias: Tensor | None,
    mean: Tensor,
    var: Tensor,
    eps: float,
    scale: Tensor | None,
    shift: Tensor | None,
    dim: int,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of the layer that also normalises; outputs lie along ``dim`` of the weight."""
    with rv.no_grad():
        factor = rv.rsqrt(var + eps)
        if scale is not None:
            factor = factor * scale
        moved = -mean if bias is None else bias - mean
        new_bias = moved * factor if shift is None else moved * factor + shift
        along = [1] * weight.ndim
        along[dim] = -1
        new_weight = (weight * factor.reshape(along)).to(weight.dtype)
        kept = mean.dtype if bias is None else bias.dtype
    return (
        Parameter(new_weight, weight.requires_grad),
        Parameter(new_bias.to(kept), weight.requires_grad if bias is None else bias.requires_grad),
    )


def fuse_conv_bn_eval(conv: M, bn: Module, transpose: bool = False) -> M:
    """A convolution that computes ``bn(conv(x))``, both being in evaluation mode.

    Args:
        conv: the convolution; it stays as it is.
        bn: the batch norm behind it, with running statistics.
        transpose: whether the convolution is a transposed one.

    Raises:
        AssertionError: a module is in training mode, or there are no running statistics.

    >>> import ravine
    >>> from ravine import nn
    >>> conv, bn, x = nn.Conv1d(2, 3, 2).eval(), nn.BatchNorm1d(3).eval(), ravine.ones(1, 2, 4)
    >>> bool(ravine.allclose(fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)), atol=1e-6))
    True
    """
    return _fused(conv, bn, 1 if transpose else 0)


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of :func:`fuse_conv_bn_eval`, from those of the convolution and the batch norm.

    >>> import ravine
    >>> one = ravine.ones(1)
    >>> w, b = fuse_conv_bn_weights(ravine.ones(1, 1, 1), None, one, 3 * one, 1.0, one, None)
    >>> w.tolist(), b.tolist()
    ([[[0.5]]], [-0.5])
    """
    return _folded(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, 1 if transpose else 0)


def fuse_linear_bn_eval(linear: M, bn: Module) -> M:
    """A linear layer that computes ``bn(linear(x))``, both being in evaluation mode.

    Args:
        linear: the linear layer; it stays as it is.
        bn: the batch norm behind it, with running statistics, of as many features or of one.

    Raises:
        AssertionError: a module is in training mode, or the numbers of features do not fit.

    >>> import ravine
    >>> from ravine import nn
    >>> linear, bn, x = nn.Linear(2, 3).eval(), nn.BatchNorm1d(3).eval(), ravine.ones(1, 2)
    >>> bool(ravine.allclose(fuse_linear_bn_eval(linear, bn)(x), bn(linear(x)), atol=1e-6))
    True
    """
    outputs, features = getattr(linear, "out_features", None), getattr(bn, "num_features", None)
    if outputs != features and features != 1:
        raise AssertionError(
            f"fuse_linear_bn_eval: the layer has out_features={outputs}, the norm num_features={features}. "
            "They must be equal, or the latter 1"
        )
    return _fused(linear, bn, 0)


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of :func:`fuse_linear_bn_eval`, from those of the layer and the batch norm.

    >>> import ravine
    >>> one = ravine.ones(1)
    >>> w, b = fuse_linear_bn_weights(ravine.ones(1, 2), one, one, 3 * one, 1.0, one, one)
    >>> w.tolist(), b.tolist()
    ([[0.5, 0.5]], [1.0])
    """
    return _folded(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, 0)
