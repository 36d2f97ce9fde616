"""Derivatives held against central differences, as in `torch.autograd.gradcheck`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine._core import Tensor
from ravine.errors import GradientError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]


class GradcheckError(GradientError):
    """A derivative is not what differences say."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the derivatives of `func` are those of central differences `(f(x + eps) - f(x - eps)) / 2 eps`.

    Every entry of every Jacobian is compared: `|analytical - numerical| <= atol + rtol * |numerical|`.

    Args:
        func: takes tensors, returns a tensor or several. It may be called often and must not be random.
        inputs: its arguments; those that require a gradient are checked. They should be float64.
        eps: the step.
        atol: the allowed absolute difference.
        rtol: the allowed relative difference.
        raise_exception: raise instead of returning False.
        nondet_tol: by how much two backward passes may differ.
        check_grad_dtypes: whether gradients must have their inputs' dtype.
        check_batched_grad: whether to compute the Jacobian by `vmap` over cotangents as well.
        check_forward_ad: whether to check forward mode as well.
        check_backward_ad: whether to check reverse mode.
        check_undefined_grad, check_batched_forward_grad, fast_mode, masked: accepted as PyTorch's; the whole
            Jacobian is always checked.

    Returns:
        True, or False without `raise_exception`.

    Raises:
        GradcheckError: names the output, the input and the worst entry, with both values.
        ValueError: no input requires a gradient.

    >>> x = ravine.tensor([0.5, -1.0], dtype=ravine.float64, requires_grad=True)
    >>> ravine.autograd.gradcheck(lambda t: t.sin() * t, x)
    True
    """
    arguments = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    checked = [i for i, x in enumerate(arguments) if _differentiable(x)]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input that requires a gradient. Call .requires_grad_() on it"
        )
    _warn_of_precision(arguments, checked)
    try:
        outputs = _outputs(func(*arguments))
        numerical = _numerical(func, arguments, checked, outputs, eps)
        bounds = (atol, rtol)
        if check_backward_ad:
            found = _reverse(outputs, arguments, checked, check_grad_dtypes)
            _compare("reverse mode", found, numerical, arguments, checked, outputs, *bounds)
            again = _reverse(_outputs(func(*arguments)), arguments, checked, False)
            _compare("a second backward pass", again, found, arguments, checked, outputs, nondet_tol, 0.0)
        if check_batched_grad:
            found = _batched(func, arguments, checked, outputs)
            _compare("vmap over reverse mode", found, numerical, arguments, checked, outputs, *bounds)
        if check_forward_ad:
            found = _forward(func, arguments, checked, outputs)
            _compare("forward mode", found, numerical, arguments, checked, outputs, *bounds)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether second derivatives are right: `gradcheck` of what makes gradients of inputs and cotangents.

    Args:
        func: as for `gradcheck`.
        inputs: as for `gradcheck`.
        grad_outputs: cotangents, shaped like the outputs; drawn from N(0, 1) if left out.
        gen_non_contig_grad_outputs: whether the drawn ones are strided views.
        check_fwd_over_rev: whether to check forward mode over reverse mode.
        check_rev_over_rev: whether to check reverse mode over reverse mode.
        eps, atol, rtol, raise_exception, nondet_tol, check_undefined_grad, check_grad_dtypes,
            check_batched_grad, fast_mode, masked: as for `gradcheck`.

    Returns:
        True, or False without `raise_exception`.

    Raises:
        GradcheckError: names the gradient, the input and the worst entry.

    >>> x = ravine.tensor([0.5, -1.0], dtype=ravine.float64, requires_grad=True)
    >>> ravine.autograd.gradgradcheck(lambda t: t.sin() * t, x)
    True
    """
    from ravine import _core, _ops, autograd
    from ravine import func as transforms

    arguments = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    outputs = _outputs(func(*arguments))
    if grad_outputs is None:
        cotangents = []
        for y in outputs:
            draw = _ops.randn(*y.shape, 2 if gen_non_contig_grad_outputs else 1, dtype=y.dtype)
            cotangents.append(draw[..., 0].requires_grad_())
    else:
        cotangents = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)
    count = len(arguments)
    checked = [i for i, x in enumerate(arguments) if _differentiable(x)]

    def gradients(*everything: Any) -> tuple[Tensor, ...]:
        own = everything[:count]
        wanted = [own[i] for i in checked]
        weights = list(everything[count:])
        if _core.open_transform():  # forward mode over reverse mode: nothing requires a gradient here
            _, pullback = transforms.vjp(_as_function(func, list(own), checked), *wanted)
            return tuple(pullback(tuple(weights)))
        return autograd.grad(_outputs(func(*own)), wanted, weights, create_graph=True, materialize_grads=True)

    return gradcheck(
        gradients,
        [*arguments, *cotangents],
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
    )


def _differentiable(x: Any) -> bool:
    return isinstance(x, Tensor) and x.is_floating_point() and x.requires_grad


def _outputs(result: Any) -> list[Tensor]:
    """The floating tensors among the results."""
    several = result if isinstance(result, (tuple, list)) else [result]
    found = [y for y in several if isinstance(y, Tensor) and y.is_floating_point()]
    if not found:
        raise ValueError("gradcheck: the function returned no floating tensor")
    return found


def _warn_of_precision(arguments: list[Any], checked: list[int]) -> None:
    from ravine import float64

    low = [i for i in checked if arguments[i].dtype != float64]
    if low:
        import warnings

        warnings.warn(
            f"gradcheck: input {low[0]} is {arguments[low[0]].dtype}; differences need float64 to be exact. "
            "Convert it with .to(ravine.float64)",
            UserWarning,
            stacklevel=3,
        )


def _numerical(
    func: Callable[..., Any], arguments: list[Any], checked: list[int], outputs: list[Tensor], eps: float
) -> list[list[Any]]:
    """`jacobians[output][input]`, arrays (size of the output, size of the input)."""
    import numpy as np

    import ravine as rv

    jacobians = [[np.zeros((y.numel(), arguments[i].numel())) for i in checked] for y in outputs]
    for place, i in enumerate(checked):
        x = arguments[i]
        start = x.detach().numpy().astype(np.float64)
        for element in range(x.numel()):
            sides = []
            for step in (eps, -eps):
                moved = start.copy()
                moved.reshape(-1)[element] += step
                changed = list(arguments)
                changed[i] = rv.tensor(moved, dtype=x.dtype).requires_grad_()
                results = _outputs(func(*changed))
                sides.append([y.detach().numpy().astype(np.float64).reshape(-1) for y in results])
            for number in range(len(outputs)):
                jacobians[number][place][:, element] = (sides[0][number] - sides[1][number]) / (2 * eps)
    return jacobians


def _basis(y: Tensor) -> Any:
    """One after the other the tensors like `y` with a single 1."""
    import numpy as np

    import ravine as rv

    for element in range(y.numel()):
        unit = np.zeros(tuple(y.shape))
        unit.reshape(-1)[element] = 1
        yield element, rv.tensor(unit, dtype=y.dtype)


def _reverse(
    outputs: list[Tensor], arguments: list[Any], checked: list[int], check_dtypes: bool
) -> list[list[Any]]:
    import numpy as np

    from ravine import autograd

    wanted = [arguments[i] for i in checked]
    jacobians = [[np.zeros((y.numel(), x.numel())) for x in wanted] for y in outputs]
    for number, y in enumerate(outputs):
        if not y.requires_grad:
            continue
        for element, unit in _basis(y):
            found: Any = autograd.grad(y, wanted, unit, retain_graph=True, allow_unused=True)
            for place, g in enumerate(found):
                if g is None:
                    continue
                if check_dtypes and g.dtype != wanted[place].dtype:
                    raise GradcheckError(
                        f"gradcheck: the gradient of input {checked[place]} is {g.dtype}, the input "
                        f"{wanted[place].dtype}"
                    )
                jacobians[number][place][element] = g.detach().numpy().reshape(-1)
    return jacobians


def _as_function(func: Callable[..., Any], arguments: list[Any], checked: list[int]) -> Callable[..., Any]:
    """`func` as a function of the checked inputs that returns a tuple of floating tensors."""

    def of_checked(*values: Tensor) -> tuple[Tensor, ...]:
        everything = list(arguments)
        for i, value in zip(checked, values, strict=True):
            everything[i] = value
        return tuple(_outputs(func(*everything)))

    return of_checked


def _batched(
    func: Callable[..., Any], arguments: list[Any], checked: list[int], outputs: list[Tensor]
) -> list[list[Any]]:
    import ravine as rv
    from ravine import func as transforms

    plain = [arguments[i].detach() for i in checked]
    _, pullback = transforms.vjp(_as_function(func, arguments, checked), *plain)
    jacobians = []
    for number, y in enumerate(outputs):
        units = [rv.zeros(y.numel(), *other.shape, dtype=other.dtype) for other in outputs]
        units[number] = rv.eye(y.numel(), dtype=y.dtype).reshape(y.numel(), *y.shape)
        found = transforms.vmap(lambda *g: pullback(tuple(g)))(*units)
        jacobians.append([g.numpy().reshape(y.numel(), x.numel()) for g, x in zip(found, plain, strict=True)])
    return jacobians


def _forward(
    func: Callable[..., Any], arguments: list[Any], checked: list[int], outputs: list[Tensor]
) -> list[list[Any]]:
    import numpy as np

    import ravine as rv
    from ravine import func as transforms

    plain = tuple(arguments[i].detach() for i in checked)
    jacobians = [[np.zeros((y.numel(), x.numel())) for x in plain] for y in outputs]
    for place, x in enumerate(plain):
        for element, unit in _basis(x):
            tangents = tuple(unit if other is x else rv.zeros_like(other) for other in plain)
            _, found = transforms.jvp(_as_function(func, arguments, checked), plain, tangents)
            for number, t in enumerate(found):
                jacobians[number][place][:, element] = t.numpy().reshape(-1)
    return jacobians


def _compare(
    what: str,
    found: list[list[Any]],
    wanted: list[list[Any]],
    arguments: list[Any],
    checked: list[int],
    outputs: list[Tensor],
    atol: float,
    rtol: float,
) -> None:
    """Raise with the entry that is furthest out of bounds."""
    import numpy as np

    for number, y in enumerate(outputs):
        for place, i in enumerate(checked):
            a, b = found[number][place], wanted[number][place]
            with np.errstate(invalid="ignore"):
                excess = np.abs(a - b) - (atol + rtol * np.abs(b))
            excess = np.where((a == b) | (np.isnan(a) & np.isnan(b)), -1.0, np.nan_to_num(excess, nan=np.inf))
            if excess.size == 0 or not (excess > 0).any():
                continue
            row, column = np.unravel_index(int(excess.argmax()), excess.shape)
            out_index = tuple(int(k) for k in np.unravel_index(row, tuple(y.shape))) if y.ndim else ()
            x = arguments[i]
            in_index = tuple(int(k) for k in np.unravel_index(column, tuple(x.shape))) if x.ndim else ()
            raise GradcheckError(
                f"gradcheck: {what} differs for output {number} by input {i} in {int((excess > 0).sum())} of "
                f"{excess.size} entries. The worst: d output[{number}]{list(out_index)} / d input[{i}]"
                f"{list(in_index)} is {a[row, column]:.10g}, it should be {b[row, column]:.10g} (allowed "
                f"difference {atol:g} + {rtol:g} * |that|)"
            )
