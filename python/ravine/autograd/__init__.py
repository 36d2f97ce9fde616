"""Reverse-mode differentiation of recorded tensors, as in `torch.autograd`."""

from __future__ import annotations

from threading import local
from typing import TYPE_CHECKING

from ravine import _core
from ravine._core import Tensor
from ravine._gradcheck import gradcheck, gradgradcheck
from ravine.autograd import _hooks
from ravine.autograd._older import Variable, set_multithreading_enabled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Self

    from ravine.autograd import functional

__all__ = [
    "Function",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "is_anomaly_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
]


def __dir__() -> list[str]:
    return sorted(__all__)


def _listed(value: Any) -> list[Any]:
    several = not isinstance(value, (Tensor, str)) and hasattr(value, "__iter__")
    return list(value) if several else [value]


def _tensors(function: str, argument: str, value: Any, or_none: bool = False) -> list[Any]:
    """One tensor or several, as a list."""
    listed = _listed(value)
    for item in listed:
        if not isinstance(item, Tensor) and not (or_none and item is None):
            from ravine.errors import DTypeError

            kind = type(item).__name__
            raise DTypeError(
                f"{function}: argument '{argument}' must be a tensor or a list of tensors, not {kind}"
            )
    return listed


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Adds the derivatives of `tensors` by every leaf to the leaves' `.grad`.

    Args:
        tensors: outputs; those without `grad_tensors` need exactly one element.
        grad_tensors: weights, shaped like the outputs.
        retain_graph: keep the graph for another call (default: `create_graph`).
        create_graph: record the derivatives, so that they can be differentiated.
        inputs: only these leaves get a gradient.

    >>> x = ravine.tensor([1.0, 2.0], requires_grad=True)
    >>> ravine.autograd.backward((x * x).sum())
    >>> x.grad
    tensor([2., 4.])
    """
    outputs = _tensors("backward", "tensors", tensors)
    weights: list[Any] = [None] * len(outputs)
    if grad_tensors is not None:
        weights = _tensors("backward", "gradient", grad_tensors, or_none=True)
    retain = create_graph if retain_graph is None else retain_graph
    only = None if inputs is None else _tensors("backward", "inputs", inputs)
    _core.run_backward(outputs, weights, only, retain, create_graph)
    _calls[0] += 1
    reached, _hooks.reached[:] = _hooks.reached[:], []
    for tensor, hook in reached:
        hook(tensor)


_calls = [0]


def backward_calls() -> int:
    """How often `backward` has run in this process: optimizers tell a forgotten one by it."""
    return _calls[0]


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]:
    """The derivatives of `outputs` (summed, weighted by `grad_outputs`) by `inputs`; `.grad` stays as it is.

    Args:
        outputs: tensors that were computed from the inputs.
        inputs: what to differentiate by.
        grad_outputs: weights, shaped like the outputs; without them each output has one element.
        retain_graph: keep the graph for another call (default: `create_graph`).
        create_graph: record the derivatives, so that they can be differentiated.
        only_inputs: PyTorch's argument of old, which is True.
        allow_unused: None instead of an error for an input that does not lead to the outputs (default:
            `materialize_grads`).
        is_grads_batched: `grad_outputs` have one dimension more in front, and so have the results.
        materialize_grads: zeros instead of None.

    Raises:
        GradientError: an input does not lead to the outputs, without `allow_unused` or `materialize_grads`.

    >>> x = ravine.tensor(2.0, requires_grad=True)
    >>> (slope,) = ravine.autograd.grad(x**3, x, create_graph=True)
    >>> slope, ravine.autograd.grad(slope, x)
    (tensor(12., grad_fn=<mul>), (tensor(12.),))
    """
    from ravine.errors import GradientError

    ys, xs = _tensors("grad", "outputs", outputs), _tensors("grad", "inputs", inputs)
    weights: list[Any] = [None] * len(ys)
    if grad_outputs is not None:
        weights = _tensors("grad", "grad_outputs", grad_outputs, or_none=True)
    if only_inputs is not True:
        from ravine.errors import ValueError

        raise ValueError("grad: only_inputs must be True. Leave it out, and call backward() for every leaf")
    if is_grads_batched:
        return _batched_grad(ys, xs, weights, create_graph, allow_unused, materialize_grads)
    retain = create_graph if retain_graph is None else retain_graph
    for i, x in enumerate(xs):
        if not x.requires_grad:
            text = f"grad: input {i} does not require a gradient. Call .requires_grad_() before it is used"
            raise GradientError(text)
    if not any(y.requires_grad for y in ys):
        text = "grad: no output requires a gradient: they were computed from constants or under no_grad"
        raise GradientError(text)
    # With `allow_unused` there may be None among them; the type says what the others expect, as in torch.
    found: list[Any] = _core.run_grad(ys, weights, xs, retain, create_graph, False)
    _hooks.reached.clear()
    for i, g in enumerate(found):
        if g is None:
            if materialize_grads:
                found[i] = _zeros_like(xs[i])
            elif not allow_unused:
                text = f"grad: input {i} was not used to compute the outputs."
                raise GradientError(f"{text} Pass allow_unused=True for None in its place")
    return tuple(found)


def _batched_grad(
    ys: list[Tensor],
    xs: list[Tensor],
    weights: list[Any],
    create_graph: bool,
    allow_unused: bool | None,
    materialize_grads: bool,
) -> tuple[Tensor, ...]:
    """The derivatives for every row of the weights."""
    from ravine import _ops

    if any(w is None for w in weights):
        from ravine.errors import ValueError

        raise ValueError("grad: is_grads_batched needs grad_outputs for every output")
    rows = [
        grad(ys, xs, list(row), True, create_graph, True, allow_unused, False, materialize_grads)
        for row in zip(*weights, strict=True)
    ]
    # With `allow_unused` an input that leads nowhere has None in every row.
    return tuple(None if of[0] is None else _ops.stack(of) for of in zip(*rows))  # type: ignore[misc]


def _zeros_like(t: Tensor) -> Tensor:
    from ravine import _ops

    return _ops.full(tuple(t.shape), 0, dtype=t.dtype, device=t.device)


class set_grad_enabled:
    """Turns recording for `backward` on or off: at once, and until the end of a `with` block."""

    def __init__(self, mode: bool) -> None:
        self._before = _core.set_grad_enabled(mode)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        _core.set_grad_enabled(self._before)


class _GradMode:
    """A mode that is a context manager and a decorator."""

    _on = True

    def __init__(self, function: Callable[..., Any] | None = None) -> None:
        self._stack: list[Any] = []

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        # `@no_grad` without parentheses.
        if callable(function):
            return cls()(function)
        return super().__new__(cls)

    def __enter__(self) -> Self:
        self._stack.append(_core.set_grad_enabled(self._on))
        return self

    def __exit__(self, *_: object) -> None:
        _core.set_grad_enabled(self._stack.pop())

    def _again(self) -> _GradMode:
        """A context of its own for each call of a decorated function."""
        return type(self)()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        wrapped.__name__ = getattr(function, "__name__", "wrapped")
        wrapped.__qualname__ = getattr(function, "__qualname__", wrapped.__name__)
        wrapped.__doc__ = function.__doc__
        wrapped.__wrapped__ = function  # type: ignore[attr-defined]
        return wrapped


class no_grad(_GradMode):
    """Inside, nothing is recorded for `backward`.

    >>> x = ravine.tensor(1.0, requires_grad=True)
    >>> with ravine.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    _on = False


class enable_grad(_GradMode):
    """Inside, operations are recorded for `backward` again."""

    _on = True


class inference_mode(_GradMode):
    """As `no_grad`: values computed inside may be used anywhere later. With False, as nothing at all.

    >>> with ravine.inference_mode():
    ...     ravine.is_inference_mode_enabled(), ravine.is_grad_enabled()
    (True, False)
    """

    def __new__(cls, mode: Any = True) -> Any:
        return super().__new__(cls, None if isinstance(mode, bool) else mode)

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self._mode = mode

    def __enter__(self) -> Self:
        self._stack.append((_core.is_grad_enabled(), getattr(_inference, "on", False)))
        if self._mode:
            _core.set_grad_enabled(False)
        _inference.on = self._mode
        return self

    def __exit__(self, *_: object) -> None:
        grad, _inference.on = self._stack.pop()
        _core.set_grad_enabled(grad)

    def _again(self) -> inference_mode:
        return inference_mode(self._mode)


_inference = local()


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside of `inference_mode`."""
    return getattr(_inference, "on", False)


class set_detect_anomaly:
    """Turns the search for NaN on or off: at once, and until the end of a `with` block.

    While it is on every op runs where it is recorded, forward and backward, and the first one whose result
    has a NaN in it raises `AnomalyError` there, with its name, its shapes and the module that called it.
    That is slow: meant for finding the place, not for training.

    Args:
        mode: on or off.
        check_nan: False turns the search off as well; the parameter is PyTorch's.

    >>> x = ravine.tensor([0.0, 1.0], requires_grad=True)
    >>> with ravine.autograd.set_detect_anomaly(True):
    ...     y = x.sqrt() * 0
    ...     y.sum().backward()
    Traceback (most recent call last):
        ...
    ravine.errors.AnomalyError: div: in the derivative of sqrt, the result of shape (2,) has NaN in it, ...
    """

    _window = 1  # the bound on pending ops to go back to

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        was_on, window = self._before = _core.is_anomaly_enabled(), _core.get_window()
        on = bool(mode) and check_nan
        if on and not was_on:
            _core.synchronize()  # what was recorded before is not searched
            set_detect_anomaly._window = window
            _core.set_window(1)
        elif was_on and not on:
            _core.set_window(set_detect_anomaly._window)
        _core.set_anomaly_enabled(on)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        on, window = self._before
        _core.set_anomaly_enabled(on)
        _core.set_window(window)


class detect_anomaly(set_detect_anomaly):
    """Inside, the first op whose result has a NaN in it raises; see `set_detect_anomaly`.

    >>> with ravine.autograd.detect_anomaly():
    ...     ravine.tensor([1.0, -1.0]).log()
    Traceback (most recent call last):
        ...
    ravine.errors.AnomalyError: log: the result of shape (2,) has NaN in it, and no input has. ...
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._check = check_nan

    def __enter__(self) -> None:
        set_detect_anomaly.__init__(self, True, self._check)


def is_anomaly_enabled() -> bool:
    """Whether `set_detect_anomaly` or `detect_anomaly` searches for NaN now."""
    return _core.is_anomaly_enabled()


class _Context:
    """What a `Function`'s forward leaves for its backward."""

    def __init__(self) -> None:
        self._saved: tuple[Tensor | None, ...] = ()
        self.needs_input_grad: tuple[bool, ...] = ()
        self._not_differentiable: set[int] = set()
        self._dirty: set[int] = set()
        self._materialize = True
        # While a derivative is computed: by the ids of outputs that forward made, these with their history.
        self._outputs: dict[int, Tensor] = {}

    @property
    def saved_tensors(self) -> tuple[Tensor, ...]:
        """What `save_for_backward` was given."""
        return tuple(self._outputs.get(id(t), t) for t in self._saved)  # type: ignore[misc]

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keeps tensors, inputs or outputs, for `backward`, where they are `ctx.saved_tensors`."""
        self._saved = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keeps tensors for `jvp`."""
        self._saved = tensors

    def mark_dirty(self, *tensors: Tensor) -> None:
        """Inputs that forward has written in place and returns."""
        self._dirty = {id(t) for t in tensors}

    def mark_non_differentiable(self, *tensors: Tensor) -> None:
        """Outputs that are constant to autograd."""
        self._not_differentiable = {id(t) for t in tensors}

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` sees zeros (the default) or None for outputs without a gradient."""
        self._materialize = value


class Function:
    """An operation with a derivative of your own.

    Subclass it with static methods `forward(ctx, *args)` and `backward(ctx, *grads)`, and call `apply`.
    A static method `jvp(ctx, *tangents)` serves forward mode, `vmap(info, in_dims, *args)` batching.

    >>> class Cube(ravine.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x * x
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return g * 3 * x * x
    >>> x = ravine.tensor(2.0, requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)
    """

    @staticmethod
    def forward(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("define a static method forward(ctx, *args)")

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise NotImplementedError("define a static method backward(ctx, *grads)")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Calls `forward` and records the result with the class's rules."""
        ctx = _Context()
        places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        inputs = [args[i] for i in places]
        ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a.requires_grad for a in args)
        with no_grad():
            result = cls.forward(ctx, *args)
        several = isinstance(result, (tuple, list))
        outputs = list(result) if several else [result]
        for o in outputs:
            if not isinstance(o, Tensor):
                raise TypeError(f"{cls.__name__}.forward must return tensors, got {type(o).__name__}")
        like = [(tuple(o.shape), o.dtype, o.device) for o in outputs]

        # Outputs that were saved, as forward made them. Inputs that it returns stay what they are.
        saved = {id(t) for t in ctx._saved} - {id(t) for t in inputs}
        kept = {i: id(o) for i, o in enumerate(outputs) if id(o) in saved}

        def vjp(
            now: tuple[Tensor, ...], cotangents: tuple[Tensor | None, ...], needs: list[bool]
        ) -> list[Tensor | None]:
            given = [_filled(g, like[i]) if ctx._materialize else g for i, g in enumerate(cotangents)]
            ctx._outputs = {made: now[i] for i, made in kept.items()}
            try:
                found = cls.backward(ctx, *given)
            finally:
                ctx._outputs = {}
            found = list(found) if isinstance(found, (tuple, list)) else [found]
            if len(found) != len(args):
                raise RuntimeError(
                    f"{cls.__name__}.backward returned {len(found)} gradients "
                    f"for {len(args)} arguments of forward"
                )
            picked = [found[i] for i in places]
            for x, g in zip(inputs, picked, strict=True):
                if g is not None and not isinstance(g, Tensor):
                    raise TypeError(
                        f"{cls.__name__}.backward must return tensors or None, got {type(g).__name__}"
                    )
                if g is not None and tuple(g.shape) != tuple(x.shape):
                    raise RuntimeError(
                        f"{cls.__name__}.backward returned a gradient of shape {tuple(g.shape)} "
                        f"for an input of shape {tuple(x.shape)}"
                    )
            return [g if needed else None for g, needed in zip(picked, needs, strict=True)]

        own_jvp, own_vmap = getattr(cls, "jvp", None), getattr(cls, "vmap", None)

        def jvp(tangents: tuple[Tensor | None, ...]) -> list[Tensor | None]:
            assert own_jvp is not None
            full: list[Tensor | None] = [None] * len(args)
            for i, t in zip(places, tangents, strict=True):
                full[i] = t
            found = own_jvp(ctx, *full)
            return list(found) if isinstance(found, (tuple, list)) else [found]

        def vmap(batched: list[bool], size: int, tensors: tuple[Tensor, ...]) -> list[Tensor]:
            assert own_vmap is not None
            full, dims = list(args), [None] * len(args)
            for i, t, b in zip(places, tensors, batched, strict=True):
                full[i] = t
                dims[i] = 0 if b else None  # type: ignore[call-overload]
            found, out_dims = own_vmap(_VmapInfo(size), tuple(dims), *full)
            found = list(found) if isinstance(found, (tuple, list)) else [found]
            out = list(out_dims) if isinstance(out_dims, (tuple, list)) else [out_dims] * len(found)
            return [
                _ops_expand(t, size) if d is None else t.movedim(d, 0) if d else t
                for t, d in zip(found, out, strict=True)
            ]

        own_rules = jvp if own_jvp else None, vmap if own_vmap else None
        made = _core.record_custom(inputs, outputs, vjp, *own_rules, list(kept))
        made = [
            m.detach() if id(o) in ctx._not_differentiable else o.copy_(m) if id(o) in ctx._dirty else m
            for m, o in zip(made, outputs, strict=True)
        ]
        return tuple(made) if several else made[0]


class _VmapInfo:
    """What a `Function.vmap` is told."""

    def __init__(self, batch_size: int) -> None:
        self.batch_size = batch_size
        self.randomness = "error"


def _filled(g: Tensor | None, like: tuple[Any, Any, Any]) -> Tensor:
    from ravine import _ops

    shape, dtype, device = like
    return _ops.full(shape, 0, dtype=dtype, device=device) if g is None else g


def _ops_expand(t: Tensor, size: int) -> Tensor:
    from ravine import _ops

    return _ops.expand(t, (size, *t.shape))


def __getattr__(name: str) -> Any:
    # Modules that are imported when they are first used; `_paths` knows the older ones.
    if name in ("function", "functional", "grad_mode", "profiler", "variable"):
        from importlib import import_module

        return import_module(f"ravine.autograd.{name}")
    raise AttributeError(f"module 'ravine.autograd' has no attribute {name!r}")
