"""Pruning: parameters times masks of zeros and ones.

A pruned parameter ``name`` becomes ``name_orig``, which is trained, and the buffer ``name_mask``; their
product is computed before every ``forward``.

>>> import ravine
>>> from ravine import nn
>>> from ravine.nn.utils import prune
>>> layer = nn.Linear(4, 1)
>>> layer.weight.data = ravine.tensor([[1.0, -0.5, 3.0, 2.0]])
>>> prune.l1_unstructured(layer, "weight", amount=2).weight.detach()
tensor([[ 0., -0.,  3.,  2.]])
>>> list(layer.state_dict())
['bias', 'weight_orig', 'weight_mask']
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import ravine as rv

from ..._core import Tensor
from ...errors import AssertionError
from ..module import Module
from .convert_parameters import parameters_to_vector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, TypeVar

    M = TypeVar("M", bound=Module)

__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "PruningContainer",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]


def __dir__() -> list[str]:
    return sorted(__all__)


class BasePruningMethod(ABC):
    """A way to prune, and the hook that multiplies by the mask: subclasses define ``compute_mask``.

    ``PRUNING_TYPE`` says what a further pruning of the same parameter is given: ``"unstructured"`` the
    elements that are left, ``"structured"`` the slices along ``self.dim`` of which something is left,
    ``"global"`` everything.
    """

    PRUNING_TYPE: str
    _tensor_name: str

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask for a tensor of these scores, given the mask so far."""

    def apply_mask(self, module: Module) -> Tensor:
        """The parameter times its mask."""
        original = getattr(module, f"{self._tensor_name}_orig")
        return getattr(module, f"{self._tensor_name}_mask").to(original.dtype) * original

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune a parameter, which may be pruned already, and register the hook.

        Args:
            module: whose parameter is pruned.
            name: of the parameter.
            *args: of the method's constructor.
            importance_scores: what ranks the elements in the parameter's place; of its shape.
            **kwargs: of the method's constructor.

        Returns:
            The hook: the method, or a :class:`PruningContainer` of all that were applied.
        """
        method: BasePruningMethod = cls(*args, **kwargs)
        method._tensor_name = name
        key = _hook_of(module, name)
        current = getattr(module, name)
        scores = current if importance_scores is None else importance_scores
        if tuple(scores.shape) != tuple(current.shape):
            raise AssertionError(
                f"importance_scores should have the same shape as parameter {name} of "
                f"{type(module).__name__}, got {tuple(scores.shape)} vs {tuple(current.shape)}"
            )
        if key is None:
            with rv.no_grad():
                mask = method.compute_mask(scores.detach(), rv.ones_like(current.detach()))
            del module._parameters[name]
            module.register_parameter(f"{name}_orig", current)
        else:
            before: Any = module._forward_pre_hooks[key][0]
            container = before if isinstance(before, PruningContainer) else PruningContainer(before)
            container.add_pruning_method(method)
            method = container
            with rv.no_grad():
                mask = method.compute_mask(scores.detach(), getattr(module, f"{name}_mask").detach())
            del module._forward_pre_hooks[key]
        module.register_buffer(f"{name}_mask", mask)
        setattr(module, name, method.apply_mask(module))
        module.register_forward_pre_hook(method)
        return method

    def prune(
        self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None
    ) -> Tensor:
        """The tensor with its mask applied; nothing is registered."""
        scores = t if importance_scores is None else importance_scores
        if tuple(scores.shape) != tuple(t.shape):
            raise AssertionError("importance_scores should have the same shape as tensor t")
        mask = rv.ones_like(t.detach()) if default_mask is None else default_mask
        return t * self.compute_mask(scores.detach(), mask)

    def remove(self, module: Module) -> None:
        """Make the pruned value the parameter; the mask is gone, and the zeros are trained as the rest."""
        name = self._tensor_name
        original = getattr(module, f"{name}_orig")
        original.data = self.apply_mask(module).detach()
        for stale in (name, f"{name}_mask", f"{name}_orig"):
            delattr(module, stale)
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Several methods that were applied to one parameter, in order; the last one computes the next mask."""

    def __init__(self, *args: BasePruningMethod) -> None:
        self._pruning_methods: tuple[BasePruningMethod, ...] = ()
        if args:
            self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: BasePruningMethod) -> None:
        """Add a method that was made for the same parameter.

        Raises:
            TypeError: it is no pruning method.
            ValueError: it is another parameter's.
        """
        if not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if self._pruning_methods and self._tensor_name != method._tensor_name:
            raise ValueError(
                "Can only add pruning methods acting on the parameter named "
                f"'{self._tensor_name}' to a container of its methods. Found '{method._tensor_name}'"
            )
        self._tensor_name = method._tensor_name
        self._pruning_methods = (*self._pruning_methods, method)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._pruning_methods)

    def __getitem__(self, index: Any) -> Any:
        return self._pruning_methods[index]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far, less what the last method takes of the part that it says."""
        method = self._pruning_methods[-1]
        mask = default_mask.to(t.dtype)
        if method.PRUNING_TYPE == "global":
            return method.compute_mask(t, mask)
        if method.PRUNING_TYPE == "unstructured":
            part: Any = mask == 1
        elif method.PRUNING_TYPE == "structured":
            dim = _dim_of(method, t)
            left = mask.sum(dim=[d for d in range(t.ndim) if d != dim]) != 0
            part = (slice(None),) * dim + (left,)
        else:
            raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
        made = mask.clone()
        made[part] = method.compute_mask(t[part], mask[part]).to(mask.dtype)
        return made


def _dim_of(method: Any, t: Tensor) -> int:
    if not hasattr(method, "dim"):
        raise AttributeError(
            'Pruning methods of PRUNING_TYPE "structured" need to have the attribute `dim` defined.'
        )
    if not -t.ndim <= method.dim < t.ndim:
        raise IndexError(f"dim={method.dim} is out of range for a tensor of {t.ndim} dimensions")
    return method.dim % t.ndim


class Identity(BasePruningMethod):
    """Prunes nothing: the parameter gets a mask of ones."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far."""
        return default_mask


class _Amount(BasePruningMethod):
    """Prunes so many elements or slices, or that share of them."""

    def __init__(self, amount: int | float) -> None:
        _check_amount(amount)
        self.amount = amount

    def _count(self, size: int) -> int:
        """How many of ``size`` are pruned."""
        if isinstance(self.amount, float):
            return round(self.amount * size)
        if self.amount > size:
            raise ValueError(
                f"amount={self.amount} should be smaller than the number of parameters to prune={size}"
            )
        return self.amount


class RandomUnstructured(_Amount):
    """Prunes elements at random; see :func:`random_unstructured`."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far with random zeros."""
        return _without_least(default_mask, rv.rand_like(t), self._count(t.numel()))


class L1Unstructured(_Amount):
    """Prunes the smallest elements; see :func:`l1_unstructured`."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far with zeros at the smallest magnitudes."""
        return _without_least(default_mask, t.abs(), self._count(t.numel()))


class _Slices(_Amount):
    """Prunes whole slices along ``dim``, those that score least."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: int | float, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def _scores(self, t: Tensor, dim: int) -> Tensor:
        raise NotImplementedError

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far with zeros in the slices that score least."""
        if t.ndim < 2:
            raise ValueError(
                f"Structured pruning needs a tensor of two dimensions or more, not of {t.ndim}. Use an "
                "unstructured method"
            )
        dim = _dim_of(self, t)
        size = t.shape[dim]
        count = self._count(size)
        if count == 0:
            return default_mask
        kept = _without_least(rv.ones(size, device=t.device, dtype=t.dtype), self._scores(t, dim), count)
        return default_mask.to(t.dtype) * kept.reshape([-1] + [1] * (t.ndim - 1 - dim))


class RandomStructured(_Slices):
    """Prunes slices at random; see :func:`random_structured`."""

    def _scores(self, t: Tensor, dim: int) -> Tensor:
        return rv.rand(t.shape[dim], device=t.device)


class LnStructured(_Slices):
    """Prunes the slices of the smallest norms; see :func:`ln_structured`."""

    def __init__(self, amount: int | float, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def _scores(self, t: Tensor, dim: int) -> Tensor:
        return rv.norm(t, p=self.n, dim=[d for d in range(t.ndim) if d != dim])


class CustomFromMask(BasePruningMethod):
    """Prunes by a given mask."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far times the given one."""
        return default_mask * self.mask.to(default_mask.dtype)


def _without_least(mask: Tensor, scores: Tensor, count: int) -> Tensor:
    """The mask with zeros at the ``count`` least scores."""
    if count == 0:
        return mask
    least = rv.topk(scores.reshape(-1), count, largest=False)[1]
    return mask.reshape(-1).index_fill(0, least, 0).reshape(mask.shape)


def _check_amount(amount: Any) -> None:
    if isinstance(amount, bool) or not isinstance(amount, (int, float)):
        raise TypeError(
            f"Invalid type for amount: {amount}. Must be of type int, a number of elements, or float, a share"
        )
    if amount < 0 or (isinstance(amount, float) and amount > 1.0):
        raise ValueError(
            f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer"
        )


def _hook_of(module: Module, name: str) -> int | None:
    for key, (hook, _) in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            return key
    return None


def identity(module: M, name: str) -> M:
    """Give a parameter a mask of ones: pruning that prunes nothing.

    >>> from ravine import nn
    >>> identity(nn.Linear(2, 1), "bias").bias_mask.tolist()
    [1.0]
    """
    Identity.apply(module, name)
    return module


def random_unstructured(module: M, name: str, amount: int | float) -> M:
    """Prune elements of a parameter at random.

    Args:
        module: whose parameter is pruned.
        name: of the parameter.
        amount: how many elements as an int, which share of those that are left as a float.

    Raises:
        TypeError: ``amount`` is no number.
        ValueError: it is negative, above 1 as a share, or more than there are.

    >>> from ravine import nn
    >>> random_unstructured(nn.Linear(2, 3), "weight", amount=1).weight_mask.sum().item()
    5.0
    """
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: M, name: str, amount: int | float, importance_scores: Tensor | None = None) -> M:
    """Prune the elements of a parameter that have the smallest magnitudes.

    Args and errors as for :func:`random_unstructured`; ``importance_scores``, of the parameter's shape, rank
    the elements in its place.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.Linear(2, 1)
    >>> scores = ravine.tensor([[5.0, 1.0]])
    >>> l1_unstructured(layer, "weight", 0.5, importance_scores=scores).weight_mask.tolist()
    [[1.0, 0.0]]
    """
    L1Unstructured.apply(module, name, amount=amount, importance_scores=importance_scores)
    return module


def random_structured(module: M, name: str, amount: int | float, dim: int) -> M:
    """Prune slices of a parameter along ``dim`` at random; ``amount`` as for :func:`random_unstructured`.

    Raises:
        ValueError: the parameter has fewer than two dimensions; ``amount`` is out of range.
        IndexError: ``dim`` is out of range.

    >>> from ravine import nn
    >>> sorted(random_structured(nn.Linear(2, 3), "weight", 1, dim=0).weight_mask.sum(1).tolist())
    [0.0, 2.0, 2.0]
    """
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: M,
    name: str,
    amount: int | float,
    n: float | str,
    dim: int,
    importance_scores: Tensor | None = None,
) -> M:
    """Prune the slices of a parameter along ``dim`` whose n-norms are smallest.

    Args:
        module: whose parameter is pruned.
        name: of the parameter.
        amount: how many slices as an int, which share as a float.
        n: the norm's order, as :func:`ravine.norm` takes it.
        dim: of the slices.
        importance_scores: what ranks the slices in the parameter's place.

    Raises:
        ValueError: the parameter has fewer than two dimensions; ``amount`` is out of range.
        IndexError: ``dim`` is out of range.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.Linear(2, 2)
    >>> layer.weight.data = ravine.tensor([[1.0, 1.0], [3.0, 0.0]])
    >>> ln_structured(layer, "weight", 1, n=2, dim=0).weight_mask.tolist()
    [[0.0, 0.0], [1.0, 1.0]]
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: dict[tuple[Module, str], Tensor] | None = None,
    **kwargs: Any,
) -> None:
    """Prune several parameters as if they were one.

    Args:
        parameters: pairs (module, name).
        pruning_method: an unstructured one, such as :class:`L1Unstructured`.
        importance_scores: by pair, what ranks the elements of a parameter in its place.
        **kwargs: of the method's constructor, such as ``amount``.

    Raises:
        TypeError: the parameters cannot be iterated over, the scores are no dict, or the method is not
            unstructured.

    >>> import ravine
    >>> from ravine import nn
    >>> layer = nn.Linear(2, 1)
    >>> layer.weight.data, layer.bias.data = ravine.tensor([[1.0, 2.0]]), ravine.tensor([3.0])
    >>> global_unstructured([(layer, "weight"), (layer, "bias")], L1Unstructured, amount=2)
    >>> layer.weight_mask.tolist(), layer.bias_mask.tolist()
    ([[0.0, 0.0]], [1.0])
    """
    if not hasattr(parameters, "__iter__"):
        raise TypeError("global_unstructured(): parameters is not an Iterable. Pass pairs (module, name)")
    pairs = list(parameters)
    scores = {} if importance_scores is None else importance_scores
    if not isinstance(scores, dict):
        raise TypeError("global_unstructured(): importance_scores must be of type dict")
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE != "unstructured":
        raise TypeError(
            'Only "unstructured" PRUNING_TYPE supported for the `pruning_method`. Found method '
            f"{pruning_method.__name__} of type {method.PRUNING_TYPE}"
        )
    method._tensor_name = "all"
    tensors = [getattr(module, name).detach() for module, name in pairs]
    ranked: list[Any] = [scores.get(pair, tensor) for pair, tensor in zip(pairs, tensors, strict=True)]
    masks = [
        getattr(module, f"{name}_mask", rv.ones_like(tensor))
        for (module, name), tensor in zip(pairs, tensors, strict=True)
    ]
    with rv.no_grad():
        mask = PruningContainer(method).compute_mask(
            parameters_to_vector(ranked), parameters_to_vector(masks)
        )
    start = 0
    for (module, name), tensor in zip(pairs, tensors, strict=True):
        end = start + tensor.numel()
        custom_from_mask(module, name, mask[start:end].reshape(tensor.shape))
        start = end


def custom_from_mask(module: M, name: str, mask: Tensor) -> M:
    """Prune a parameter where ``mask``, of its shape, is 0.

    >>> import ravine
    >>> from ravine import nn
    >>> custom_from_mask(nn.Linear(2, 1), "weight", ravine.tensor([[0, 1]])).weight[0, 0].item() == 0
    True
    """
    CustomFromMask.apply(module, name, mask)
    return module


def remove(module: M, name: str) -> M:
    """Make the pruned value of a parameter permanent: no mask, and names as they were.

    Raises:
        ValueError: the parameter is not pruned.

    >>> from ravine import nn
    >>> list(remove(identity(nn.Linear(2, 1), "weight"), "weight").state_dict())
    ['bias', 'weight']
    """
    key = _hook_of(module, name)
    if key is None:
        raise ValueError(
            f"Parameter '{name}' of module {type(module).__name__} has to be pruned before pruning can be "
            "removed"
        )
    hook: Any = module._forward_pre_hooks.pop(key)[0]
    hook.remove(module)
    return module


def is_pruned(module: Module) -> bool:
    """Whether a parameter of the module, or of one below it, is pruned.

    >>> from ravine import nn
    >>> is_pruned(nn.Linear(2, 1)), is_pruned(nn.Sequential(identity(nn.Linear(2, 1), "bias")))
    (False, True)
    """
    return any(
        isinstance(hook, BasePruningMethod)
        for part in module.modules()
        for hook, _ in part._forward_pre_hooks.values()
    )
