"""Derivatives of functions of tensors, as in `torch.autograd.functional`; see `ravine.func` too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _ops, autograd
from ravine._core import Tensor
from ravine.errors import DTypeError, GradientError, ShapeError, ValueError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Given = Tensor | tuple[Tensor, ...]

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _listed(value: Any, function: str, what: str) -> list[Tensor]:
    """One tensor or several, as a list."""
    listed = list(value) if isinstance(value, (tuple, list)) else [value]
    for item in listed:
        if not isinstance(item, Tensor):
            raise DTypeError(
                f"{function}: {what} must be a tensor or a tuple of tensors, not {type(item).__name__}"
            )
    return listed


class _Call:
    """A call of the function, on inputs that are followed for this derivative alone."""

    def __init__(
        self, function: str, func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool
    ) -> None:
        self.function, self.create_graph, self.strict = function, create_graph, strict
        self.single = not isinstance(inputs, (tuple, list))
        self.inputs = [self._followed(x) for x in _listed(inputs, function, "the inputs")]
        with autograd.enable_grad():
            result = func(*self.inputs)
        self.single_output = not isinstance(result, (tuple, list))
        self.outputs = _listed(result, function, "the function's results")
        if strict:
            for i, y in enumerate(self.outputs):
                if not y.requires_grad:
                    raise GradientError(
                        f"{function}: result {i} of the function does not depend on the inputs, which strict "
                        "does not allow"
                    )

    def _followed(self, x: Tensor) -> Tensor:
        if self.create_graph and x.requires_grad:
            return x.view_as(x)
        return x.detach().requires_grad_()

    def number(self) -> Tensor:
        """The one result, of one element."""
        if not self.single_output or self.outputs[0].numel() != 1:
            shapes = [tuple(y.shape) for y in self.outputs]
            raise ShapeError(
                f"{self.function}: the function must return one tensor of one element, not shapes {shapes}. "
                "Reduce it with .sum() or .mean()"
            )
        return self.outputs[0]

    def grads(self, outputs: list[Tensor], by: list[Tensor], weights: Any, keep: bool) -> list[Tensor]:
        """Derivatives by `by`, 0 where there is no path."""
        followed = [i for i, y in enumerate(outputs) if y.requires_grad]
        if not followed and self.strict:
            raise GradientError(
                f"{self.function}: the result is independent of all inputs, which strict=True does not allow"
            )
        if not followed:
            return [_zeros(x) for x in by]
        with autograd.enable_grad():
            found = autograd.grad(
                [outputs[i] for i in followed],
                by,
                None if weights is None else [weights[i] for i in followed],
                retain_graph=True,
                create_graph=keep,
                allow_unused=True,
            )
        if self.strict and any(g is None for g in found):
            i = next(i for i, g in enumerate(found) if g is None)
            raise GradientError(
                f"{self.function}: the result is independent of input {i}, which strict=True does not allow"
            )
        return [_zeros(x) if g is None else g for x, g in zip(by, found, strict=True)]

    def vectors(self, v: Any, like: list[Tensor], of: str) -> list[Tensor]:
        """The vectors that were given, held to the shapes of what they belong to."""
        if v is None:
            if len(like) != 1 or like[0].numel() != 1:
                raise ValueError(f"{self.function}: v may be left out only where {of} has one element in all")
            return [_ones(like[0])]
        given = _listed(v, self.function, "v")
        shapes = [tuple(x.shape) for x in given], [tuple(x.shape) for x in like]
        if shapes[0] != shapes[1]:
            raise ShapeError(
                f"{self.function}: v has the shapes {shapes[0]}, {of} {shapes[1]}; they must be equal"
            )
        return given

    def given(self, tensors: list[Tensor], single: bool) -> Any:
        """As the caller gets them: without a history unless one was asked for."""
        kept = tensors if self.create_graph else [t.detach() for t in tensors]
        return kept[0] if single else tuple(kept)


def _zeros(x: Tensor) -> Tensor:
    return _ops.full(tuple(x.shape), 0, dtype=x.dtype, device=x.device)


def _ones(x: Tensor) -> Tensor:
    return _ops.full(tuple(x.shape), 1, dtype=x.dtype, device=x.device)


def vjp(
    func: Callable[..., Any], inputs: Given, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The function's result, and the vector `v` times its Jacobian by each input.

    Args:
        func: takes tensors, and returns one or a tuple.
        inputs: one tensor or a tuple.
        v: shaped like the result; may be left out where that has one element.
        create_graph: whether the results can be differentiated.
        strict: whether a result that no input leads to is an error; else its derivative is 0.

    Raises:
        ShapeError: `v` has another shape.
        GradientError: with `strict`, see there.

    >>> vjp(lambda x: x * x, ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    call = _Call("vjp", func, inputs, create_graph, strict)
    weights = call.vectors(v, call.outputs, "the function's result")
    found = call.grads(call.outputs, call.inputs, weights, create_graph)
    return call.given(call.outputs, call.single_output), call.given(found, call.single)


def _pushed(call: _Call, outputs: list[Tensor], v: list[Tensor]) -> list[Tensor]:
    """Tangents of the outputs: what is linear in cotangents is differentiated by them."""
    dummies = [_zeros(y).requires_grad_() for y in outputs]
    pulled = call.grads(outputs, call.inputs, dummies, True)
    return call.grads(pulled, dummies, v, call.create_graph)


def jvp(
    func: Callable[..., Any], inputs: Given, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The function's result, and its Jacobian times the vector `v`, shaped like the inputs; else as `vjp`.

    >>> jvp(lambda x: x * x, ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 10.0]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    call = _Call("jvp", func, inputs, create_graph, strict)
    pushed = _pushed(call, call.outputs, call.vectors(v, call.inputs, "the input"))
    return call.given(call.outputs, call.single_output), call.given(pushed, call.single_output)


def vhp(
    func: Callable[..., Any], inputs: Given, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The one number that the function returns, and the vector `v` times its Hessian; else as `vjp`.

    Raises:
        ShapeError: the function returns more than one number, or `v` is not shaped like the inputs.
        GradientError: with `strict`, the gradient does not depend on an input.

    >>> vhp(lambda x: (x**3).sum(), ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 1.0]))
    (tensor(9.), tensor([ 6., 12.]))
    """
    call = _Call("vhp", func, inputs, create_graph, strict)
    weights = call.vectors(v, call.inputs, "the input")
    gradient = call.grads([call.number()], call.inputs, None, True)
    found = call.grads(gradient, call.inputs, weights, create_graph)
    return call.given(call.outputs, True), call.given(found, call.single)


def hvp(
    func: Callable[..., Any], inputs: Given, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The one number that the function returns, and its Hessian times the vector `v`; else as `vhp`.

    >>> hvp(lambda x: (x**3).sum(), ravine.tensor([1.0, 2.0]), ravine.tensor([1.0, 1.0]))
    (tensor(9.), tensor([ 6., 12.]))
    """
    call = _Call("hvp", func, inputs, create_graph, strict)
    vector = call.vectors(v, call.inputs, "the input")
    gradient = call.grads([call.number()], call.inputs, None, True)
    # Hessians are symmetric.
    found = call.grads(gradient, call.inputs, vector, create_graph)
    return call.given(call.outputs, True), call.given(found, call.single)


def jacobian(
    func: Callable[..., Any],
    inputs: Given,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The derivative of each element of the result by each element of the input.

    Of one result by one input, a tensor of shape (dimensions of the result, dimensions of the input); a tuple
    over the inputs where they are one, within a tuple over the results where these are one.

    Args:
        func: takes tensors, and returns one or a tuple.
        inputs: one tensor or a tuple.
        create_graph: whether the results can be differentiated.
        strict: whether a result that no input leads to is an error; else its derivative is 0.
        vectorize: accepted: all elements are differentiated together, by `vmap`.
        strategy: "reverse-mode", or "forward-mode", which suits functions with more results than inputs.

    Raises:
        ValueError: there is no such strategy, or it does not go with `strict`.
        GradientError: with `strict`, see there.

    >>> jacobian(lambda x: x * x, ravine.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy not in ("reverse-mode", "forward-mode"):
        raise ValueError(f"jacobian: there is no strategy {strategy!r}. Use 'reverse-mode' or 'forward-mode'")
    if strict and (vectorize or strategy == "forward-mode"):
        raise ValueError(
            "jacobian: strict=True looks at one result after the other; leave vectorize and strategy"
        )
    call = _Call("jacobian", func, inputs, create_graph, strict)
    rows = _columns(call) if strategy == "forward-mode" else [_rows(call, y) for y in call.outputs]
    given = [call.given(row, call.single) for row in rows]
    return given[0] if call.single_output else tuple(given)


def _basis(t: Tensor) -> Tensor:
    """The unit vectors of a tensor's space, along a first dimension."""
    from ravine.func import _basis as basis

    return basis(t)


def _rows(call: _Call, y: Tensor) -> list[Tensor]:
    """The Jacobian of one result by each input."""
    from ravine.func import vmap

    shapes = [(*y.shape, *x.shape) for x in call.inputs]
    if call.strict:
        call.grads([y], call.inputs, [_ones(y)], False)
    if y.numel() == 0 or not y.requires_grad:
        return [
            _ops.full(shape, 0, dtype=x.dtype, device=x.device)
            for shape, x in zip(shapes, call.inputs, strict=True)
        ]
    found = vmap(lambda v: tuple(call.grads([y], call.inputs, [v], call.create_graph)))(_basis(y))
    return [_ops.reshape(g, shape) for g, shape in zip(found, shapes, strict=True)]


def _columns(call: _Call) -> list[list[Tensor]]:
    """The same of all results by forward mode: one input after the other."""
    from ravine.func import vmap

    by_input = []
    for i, x in enumerate(call.inputs):

        def along(v: Tensor, i: int = i) -> tuple[Tensor, ...]:
            tangents = [v if j == i else _zeros(other) for j, other in enumerate(call.inputs)]
            return tuple(_pushed(call, call.outputs, tangents))

        found = vmap(along)(_basis(x))
        moved = [_ops.movedim(t, 0, -1) for t in found]
        by_input.append([_ops.reshape(t, (*t.shape[:-1], *x.shape)) for t in moved])
    return [[column[k] for column in by_input] for k in range(len(call.outputs))]


def hessian(
    func: Callable[..., Any],
    inputs: Given,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function that returns one number; a tuple of tuples for a tuple of inputs.

    Arguments are those of `jacobian`, of which this is one: that of the gradient.

    Raises:
        ShapeError: the function returns more than one number.
        GradientError: with `strict`, the number or its gradient does not depend on an input.

    >>> hessian(lambda x: (x**3).sum(), ravine.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    single = not isinstance(inputs, (tuple, list))

    def gradient(*given: Tensor) -> Any:
        call = _Call("hessian", func, given, True, strict)
        found = call.grads([call.number()], call.inputs, None, True)
        return found[0] if single else tuple(found)

    return jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)
