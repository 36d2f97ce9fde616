"""Modules for function transforms: several of one kind as one, and without what a call would write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _ops
from ravine.errors import DTypeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from ravine._core import Tensor
    from ravine.nn import Module

__all__ = ["functionalize", "replace_all_batch_norm_modules_", "stack_module_state"]


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and buffers of modules of one kind, each name's stacked along a new first dimension.

    `vmap` over them computes the ensemble. The stacked parameters are leaves of their own.

    Raises:
        ValueError: there are no modules, or they differ in class, mode, or in which parameters are trained.

    >>> from ravine import func, nn
    >>> models = [nn.Linear(3, 2) for _ in range(4)]
    >>> params, buffers = func.stack_module_state(models)
    >>> call = lambda p, b, x: func.functional_call(models[0], (p, b), (x,))
    >>> func.vmap(call, in_dims=(0, 0, None))(params, buffers, ravine.ones(5, 3)).shape
    (4, 5, 2)
    """
    models = list(models)
    if not models:
        raise ValueError("stack_module_state: there are no models to stack")
    if len({type(model) for model in models}) > 1 or len({model.training for model in models}) > 1:
        raise ValueError("stack_module_state: the models differ in class or in training mode; they must not")
    params = _stacked([dict(model.named_parameters()) for model in models])
    return params, _stacked([dict(model.named_buffers()) for model in models])


def _stacked(tables: list[dict[str, Tensor]]) -> dict[str, Any]:
    stacked = {}
    for name in tables[0]:
        same = [table[name] for table in tables]
        trained = {t.requires_grad for t in same}
        if len(trained) > 1:
            raise ValueError(f"stack_module_state: {name!r} requires a gradient in some of the models only")
        stacked[name] = _ops.stack([t.detach() for t in same]).requires_grad_(trained.pop())
    return stacked


def replace_all_batch_norm_modules_(root: Module) -> Module:
    """Takes the running statistics from every batch norm inside, so that calls write nothing; returns `root`.

    >>> from ravine import func, nn
    >>> func.replace_all_batch_norm_modules_(nn.BatchNorm1d(2)).running_mean is None
    True
    """
    from ravine.nn import Module
    from ravine.nn.batchnorm import _BatchNorm

    if not isinstance(root, Module):
        kind = type(root).__name__
        raise DTypeError(f"replace_all_batch_norm_modules_: expected a module, not {kind}")
    for module in root.modules():
        if isinstance(module, _BatchNorm):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """The function itself: what is recorded of in-place writes is a graph of values already.

    Raises:
        ValueError: `remove` is neither "mutations" nor "mutations_and_views".

    >>> ravine.func.functionalize(abs) is abs
    True
    """
    if remove not in ("mutations", "mutations_and_views"):
        raise ValueError(f"functionalize: remove is {remove!r}. Use 'mutations' or 'mutations_and_views'")
    return func
