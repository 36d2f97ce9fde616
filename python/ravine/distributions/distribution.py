"""What every distribution has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ravine
from ravine import Tensor
from ravine._names import Size
from ravine.distributions import constraints
from ravine.distributions.utils import lazy_property
from ravine.errors import DeviceError, ShapeError, StateError, ValueError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Self

    from ravine.distributions.constraints import Constraint

__all__ = ["Distribution"]


class Distribution:
    """A family of random variables with parameters.

    Draws have the shape `sample_shape + batch_shape + event_shape`: `batch_shape` counts distributions with
    parameters of their own, `event_shape` is one draw's. Unless `validate_args=False`, parameters and values
    are held to their constraints, for which they are looked at; not inside `vmap`, where there is nothing to
    look at.

    Raises:
        ValueError: a parameter, or a value given to a method, is outside of its constraint.

    >>> from ravine.distributions import Normal
    >>> d = Normal(ravine.zeros(3), 1.0)
    >>> d.sample((2,)).shape, d.log_prob(ravine.zeros(3))
    ((2, 3), tensor([-0.9189, -0.9189, -0.9189]))
    """

    #: Whether `rsample` draws with a gradient to the parameters.
    has_rsample: Any = False
    #: Whether `enumerate_support` lists all values.
    has_enumerate_support: Any = False
    _validate_args: bool = __debug__

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether distributions made from now on are validated unless they are told.

        >>> ravine.distributions.Distribution.set_default_validate_args(True)
        """
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args: value is True or False, not {value!r}")
        Distribution._validate_args = bool(value)

    def __init__(
        self,
        batch_shape: Sequence[int] = (),
        event_shape: Sequence[int] = (),
        validate_args: bool | None = None,
    ) -> None:
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._validate_parameters()
        super().__init__()

    def _validate_parameters(self) -> None:
        for name, constraint in self.arg_constraints.items():
            # A lazy parameter that nobody has asked for follows from others.
            lazy = isinstance(getattr(type(self), name, None), lazy_property)
            if constraints.is_dependent(constraint) or (lazy and name not in self.__dict__):
                continue
            value = getattr(self, name)
            if not isinstance(value, Tensor):
                value = ravine.tensor(value)
            self._hold(value, constraint, f"the parameter {name}")

    def _hold(self, value: Tensor, constraint: Constraint, what: str) -> None:
        """Raises an error unless the constraint holds everywhere, as far as that can be seen."""
        try:
            valid = constraint.check(value.detach())
            if constraints.everywhere(valid):
                return
        except (DeviceError, StateError):
            # Inside vmap and on meta there are no values to look at.
            return
        wrong = (~valid).nonzero()[0].tolist()
        found = value.detach()[tuple(wrong)].tolist()
        at = f" at index {tuple(wrong)}" if wrong else ""
        raise ValueError(
            f"{type(self).__name__}: {what}, of shape {tuple(value.shape)}, is {found}{at}; it must satisfy "
            f"{constraint}. Mend it, or pass validate_args=False to go unchecked"
        )

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Self:
        """The distribution with its parameters expanded to a larger `batch_shape`.

        >>> ravine.distributions.Normal(0.0, 1.0).expand((2,)).mean
        tensor([0., 0.])
        """
        batch_shape = Size(batch_shape)
        new: Any = object.__new__(type(self)) if _instance is None else _instance
        rank = len(self._batch_shape)
        for name, value in self.__dict__.items():
            if isinstance(value, Tensor):
                value = value.expand(batch_shape + tuple(value.shape[rank:]))
            elif isinstance(value, Distribution):
                value = value.expand(batch_shape + value.batch_shape[rank:])
            new.__dict__[name] = value
        new._batch_shape = batch_shape
        return new

    @property
    def batch_shape(self) -> Size:
        """The shape of the parameters: one distribution for each index."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one draw of one distribution."""
        return self._event_shape

    if TYPE_CHECKING:
        # Of a class or of an instance.
        arg_constraints: Any
        support: Any
    else:

        @property
        def arg_constraints(self) -> dict[str, Constraint]:
            """The constraint of each parameter, by name."""
            raise NotImplementedError(self._lacks("arg_constraints"))

        @property
        def support(self) -> Constraint:
            """The constraint that values satisfy."""
            raise NotImplementedError(self._lacks("support"))

    @property
    def mean(self) -> Tensor:
        """The expectation."""
        raise NotImplementedError(self._lacks("mean"))

    @property
    def mode(self) -> Tensor:
        """A value of the largest density."""
        raise NotImplementedError(self._lacks("mode"))

    @property
    def variance(self) -> Tensor:
        """The expectation of the squared distance from the mean."""
        raise NotImplementedError(self._lacks("variance"))

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws, as constants to autograd, of shape `sample_shape + batch_shape + event_shape`."""
        with ravine.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws through which gradients reach the parameters, where `has_rsample` says so."""
        raise NotImplementedError(self._lacks("rsample", ". Use sample(), with log_prob() for gradients"))

    def sample_n(self, n: int) -> Tensor:
        """`sample((n,))`."""
        return self.sample((n,))

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density, or of the probability, at a value."""
        raise NotImplementedError(self._lacks("log_prob"))

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of values that are no larger."""
        raise NotImplementedError(self._lacks("cdf"))

    def icdf(self, value: Tensor) -> Tensor:
        """The value whose `cdf` is given."""
        raise NotImplementedError(self._lacks("icdf"))

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution, along a new first dimension; expanded over the batch or
        not.
        """
        raise NotImplementedError(self._lacks("enumerate_support"))

    def entropy(self) -> Tensor:
        """The expectation of `-log_prob`, of shape `batch_shape`."""
        raise NotImplementedError(self._lacks("entropy"))

    def perplexity(self) -> Tensor:
        """The exponential of the entropy."""
        return self.entropy().exp()

    def _lacks(self, what: str, remedy: str = "") -> str:
        return f"{type(self).__name__} has no {what} in closed form{remedy}"

    def _extended_shape(self, sample_shape: Sequence[int] = ()) -> Size:
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def _validate_sample(self, value: Tensor) -> None:
        """Raises an error if a value's shape, or the value, does not fit."""
        name = type(self).__name__
        if not isinstance(value, Tensor):
            raise ValueError(
                f"{name}: the value is a {type(value).__name__}; it must be a tensor. Wrap it in "
                "ravine.tensor(...)"
            )
        rank, event = value.ndim - len(self._event_shape), tuple(self._event_shape)
        if rank < 0 or tuple(value.shape[rank:]) != event:
            raise ValueError(
                f"{name}: the value has shape {tuple(value.shape)}; its last dimensions must be those of an "
                f"event, {event}"
            )
        expected = self._batch_shape + self._event_shape
        for i, j in zip(reversed(value.shape), reversed(expected)):
            if i != 1 and j != 1 and i != j:
                raise ShapeError(
                    f"{name}: the value has shape {tuple(value.shape)}, which does not broadcast with "
                    f"batch_shape + event_shape {tuple(expected)}. Reshape one of them"
                )
        try:
            support = self.support
        except NotImplementedError:
            return
        self._hold(value, support, "the value")

    def _check(self, value: Tensor) -> None:
        """Validates a value, unless that was declined."""
        if self._validate_args:
            self._validate_sample(value)

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """An instance to be filled by the `expand` of a class that users derive."""
        if _instance is None and type(self).__init__ != cls.__init__:
            raise NotImplementedError(
                f"{type(self).__name__} has an __init__ of its own: define its expand() as well"
            )
        return object.__new__(type(self)) if _instance is None else _instance

    def __repr__(self) -> str:
        def shown(value: Any) -> Any:
            if not isinstance(value, Tensor):
                return value
            return value.item() if value.numel() == 1 else tuple(value.shape)

        def is_known(name: str) -> bool:
            return name in self.__dict__ or isinstance(getattr(type(self), name, None), property)

        shapes = [f"{name}: {shown(getattr(self, name))}" for name in self.arg_constraints if is_known(name)]
        return f"{type(self).__name__}({', '.join(shapes)})"
