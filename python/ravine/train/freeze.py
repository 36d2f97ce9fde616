"""freeze: parts of a model that training leaves as they are."""

from __future__ import annotations

from ..errors import StateError
from ..nn import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    M = TypeVar("M", bound=Module)

__all__ = ["freeze", "unfreeze"]


def freeze(module: M) -> M:
    """Keep a module as it is: no gradients for its parameters, and evaluation mode whenever it is called.

    In evaluation mode dropout passes everything and batch norms neither use a batch's statistics nor take
    them over, so that the module computes the same function before and after training, bit for bit. Gradients
    still flow through it. A call for a part, ``freeze(model.encoder)``, leaves the rest to be trained.

    Returns:
        The module.

    >>> from ravine import nn
    >>> from ravine.train import freeze
    >>> model = nn.Sequential(freeze(nn.Linear(3, 4)), nn.Linear(4, 2))
    >>> [name for name, p in model.named_parameters() if p.requires_grad]
    ['1.weight', '1.bias']
    """
    module.requires_grad_(False)
    if "_stays" not in module.__dict__:
        module.__dict__["_stays"] = module.register_forward_pre_hook(_in_evaluation)
    return module


def unfreeze(module: M) -> M:
    """Train a module again that :func:`freeze` kept as it is.

    Returns:
        The module.

    Raises:
        StateError: it was not frozen (a part of what was frozen is thawed with the whole).

    >>> from ravine import nn
    >>> from ravine.train import freeze, unfreeze
    >>> all(p.requires_grad for p in unfreeze(freeze(nn.Linear(3, 4))).parameters())
    True
    """
    handle = module.__dict__.pop("_stays", None)
    if handle is None:
        raise StateError("unfreeze: the module was not frozen. Give the one that freeze() got")
    handle.remove()
    module.requires_grad_(True)
    return module.train()


def _in_evaluation(module: Module, _: Any) -> None:
    if module.training:
        module.eval()
