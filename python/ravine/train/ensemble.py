"""Ensembles: several models of one kind, trained and asked as one."""

from __future__ import annotations

from copy import deepcopy

import ravine as rv

from ..errors import StateError
from ..func import functional_call, stack_module_state, vmap
from ..nn import Module, Parameter
from ..nn.parameter import Buffer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import Tensor

__all__ = ["Ensemble"]


class Ensemble(Module):
    """Members of one kind as one module, computed by `vmap` in one go: ``f(x)_m = f(x; theta_m)``.

    Their mean answers better than they do in the mean (Breiman, 1996; Lakshminarayanan et al., 2017): for a
    convex loss, ``loss(mean_m f_m) <= mean_m loss(f_m)``. A loss that is summed over the members trains each
    as if it were alone.

    Shapes: (B, ...) -> (M, B, ...); with ``apart`` each member has its own input: (M, B, ...) -> (M, B, ...).

    Args:
        members: models of one class and of the same sizes; their weights are copied.
        apart: whether each member gets an input of its own, as for bagging.

    Raises:
        ValueError: there are none, or they are not of one kind.
        StateError: at the call, while training, when members keep running statistics.

    >>> import ravine
    >>> from ravine import nn
    >>> from ravine.train import Ensemble
    >>> members = [nn.Linear(3, 2) for _ in range(4)]
    >>> x = ravine.ones(5, 3)
    >>> y = Ensemble(members)(x)
    >>> tuple(y.shape), ravine.allclose(y[2], members[2](x))
    ((4, 5, 2), True)
    """

    def __init__(self, members: Sequence[Module], *, apart: bool = False) -> None:
        super().__init__()
        parameters, buffers = stack_module_state(members)
        self.apart = apart
        self._size = len(members)
        # Not a submodule: the weights are those of the stack, under the members' names without their dots.
        self.__dict__["_member"] = deepcopy(members[0])
        self._own = {name: name.replace(".", "/") for name in (*parameters, *buffers)}
        for name, value in parameters.items():
            self.register_parameter(self._own[name], Parameter(value.detach(), value.requires_grad))
        for name, value in buffers.items():
            setattr(self, self._own[name], Buffer(value))
        self._parameter_names, self._buffer_names = list(parameters), list(buffers)
        self.train(members[0].training)

    def __len__(self) -> int:
        return self._size

    def forward(self, x: Tensor) -> Tensor:
        """The members' outputs, along a new first dimension."""
        member: Module = self.__dict__["_member"].train(self.training)
        if self.training and any(name.endswith("running_mean") for name in self._buffer_names):
            raise StateError(
                "Ensemble: the members keep running statistics, which cannot be trained side by side. Train "
                "them one by one, or use a norm without statistics (LayerNorm, GroupNorm)"
            )
        parameters = {name: getattr(self, self._own[name]) for name in self._parameter_names}
        buffers = {name: getattr(self, self._own[name]) for name in self._buffer_names}

        def call(parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor) -> Tensor:
            return functional_call(member, (parameters, buffers), (x,))

        outside = 0 if self.apart else None
        inside = (0, 0 if buffers else None, outside)
        return vmap(call, in_dims=inside, randomness="different")(parameters, buffers, x)

    def members(self) -> list[Module]:
        """The members as modules of their own, with copies of their weights."""
        found = []
        for number in range(self._size):
            member = deepcopy(self.__dict__["_member"])
            state = {name: getattr(self, own)[number].detach() for name, own in self._own.items()}
            member.load_state_dict(state, strict=False)
            found.append(member.train(self.training))
        return found

    def probabilities(self, x: Tensor) -> Tensor:
        """The mean of the members' softmax over the last dimension: (B, ..., K)."""
        return rv.softmax(self(x), -1).mean(0)
