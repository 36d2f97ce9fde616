"""Ops that users write in WGSL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core
from ravine._core import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from ravine._core import dtype

__all__ = ["Kernel", "kernel"]


def kernel(
    source: str,
    *,
    inputs: Mapping[str, dtype] | None = None,
    outputs: Mapping[str, dtype] | None = None,
    numbers: Mapping[str, type] | None = None,
    shapes: Callable[..., Any] | None = None,
    grid: Callable[..., Sequence[int]] | None = None,
    vjp: Callable[..., Any] | None = None,
    jvp: Callable[..., Any] | None = None,
    reference: Callable[..., Any] | None = None,
) -> Kernel:
    """An op of your own in WGSL, the language of WebGPU: differentiable, batched, and in order with others.

    The last function of the text, or its entry, is the kernel. There are three forms:

    * `fn f(x: f32, y: f32) -> f32` is called for each element. Inputs broadcast, in any layout; each may be a
      number instead of a tensor. Types are `f32`, `i32` (int32, int16, int8), `u32` (uint8), `bool` and
      `vec2<u32>` (int64).
    * `fn f(i: u32)` is called for each element of the first output, whose number is `i`. It finds `inputs`
      and `outputs` as arrays by their names, in row-major order.
    * `@compute @workgroup_size(..) fn f(..)` is an entry, which runs over a `grid` and sees the same arrays.

    In the last two forms `x_shape(d)` is extent `d` of array `x`, and a number is a function of no arguments.
    In an array an int8, int16 or int32 is an `i32`, a bool or uint8 a `u32`, an int64 a `vec2<u32>`. An
    output holds anything before it is written, so every element has to be. The functions of
    `shaders/prelude.wgsl`, such as `tanh_f32`, are there in all forms. What is out of bounds is neither read
    nor written, as WebGPU has it.

    On "meta" tensors a call gives shapes. `vmap` batches a function of elements at no cost, and calls others
    once for each element of the batch. A kernel lives as long as the process: make it once.

    Args:
        source: the text.
        inputs: names and dtypes of the arrays that are read.
        outputs: names and dtypes of the arrays that are written.
        numbers: names and types (int, float or bool) of numbers, which follow the inputs in a call.
        shapes: from the arguments of a call the shape of the output, or a tuple of shapes where there are
            several; by default each has the shape of the first input. It must not look at values.
        grid: from the arguments of a call the invocations along x, y and z of an entry, one to three numbers.
            Whole workgroups run: there may be more.
        vjp: `vjp(arguments, output, gradient)` gives one gradient per argument, or None. Where there are
            several outputs, the second and third are tuples. It is made of ops and kernels, so that it can be
            differentiated again. It runs once on tensors without values, which tells what it reads. Gradients
            of functions of elements may have the shape of the output: they are summed.
        jvp: `jvp(arguments, output, tangents)` gives the tangent of the output, or a tuple of them; the
            tangents of arguments that do not change are None.
        reference: the same in ops: it runs where the arguments are on the CPU, and its derivatives stand for
            those that are not given.

    Raises:
        ValueError: the text does not compile (the message has the line), or what it asks for is not on every
            GPU: more than eight inputs and outputs, say.
        DeviceError: at a call on the CPU, without a reference.
        GradientError: at a call that needs a derivative that is not there.

    >>> def softclip_vjp(arguments, y, gradient):
    ...     x, limit = arguments
    ...     return gradient * (1 - (y / limit) ** 2), None
    >>> softclip = ravine.gpu.kernel(
    ...     "fn softclip(x: f32, limit: f32) -> f32 { return limit * tanh_f32(x / limit); }",
    ...     vjp=softclip_vjp,
    ...     reference=lambda x, limit: limit * ravine.tanh(x / limit),
    ... )
    >>> x = ravine.tensor([-5.0, 0.0, 0.5], requires_grad=True)  # with device="gpu" the text runs
    >>> y = softclip(x, 2.0)
    >>> y
    tensor([-1.9732,  0.0000,  0.4898], grad_fn=<mul>)
    """
    return Kernel(source, inputs or {}, outputs or {}, numbers or {}, shapes, grid, vjp, jvp, reference)


class Kernel:
    """What `kernel` makes: called like a function, on tensors and numbers in the order of its arguments."""

    def __init__(
        self,
        source: str,
        inputs: Mapping[str, dtype],
        outputs: Mapping[str, dtype],
        numbers: Mapping[str, type],
        shapes: Callable[..., Any] | None,
        grid: Callable[..., Sequence[int]] | None,
        vjp: Callable[..., Any] | None,
        jvp: Callable[..., Any] | None,
        reference: Callable[..., Any] | None,
    ) -> None:
        for name in (*inputs, *outputs, *numbers):
            if not name.isidentifier():
                raise ValueError(f"kernel: '{name}' is no name of WGSL")
        self.reference = reference
        self._shapes, self._grid, self._vjp, self._jvp = shapes, grid, vjp, jvp
        self._core = _core.GpuKernel(
            source,
            list(inputs.items()),
            list(outputs.items()),
            [(name, _number(name, kind)) for name, kind in numbers.items()],
            self._pull if vjp or reference else None,
            self._push if jvp or reference else None,
        )
        self.__name__: str = self._core.name
        form = self._core.form
        if (form == "entry") != (grid is not None):
            what = "an entry needs grid=" if form == "entry" else "only an entry has a grid"
            raise ValueError(f"{self.__name__}: {what}")
        if form == "elements" and shapes is not None:
            raise ValueError(
                f"{self.__name__}: the result of a function of elements has their shape: leave out shapes="
            )

    def __repr__(self) -> str:
        return f"<ravine kernel {self.__name__}({', '.join(self._core.arguments)})>"

    def __deepcopy__(self, memo: dict[int, Any]) -> Kernel:
        # Modules that hold one are copied.
        return self

    def __call__(self, *arguments: Any) -> Any:
        """The output, or a tuple of several.

        Raises:
            DTypeError: an argument is not what the text says.
            ShapeError: shapes that do not broadcast.
            DeviceError: tensors on different devices, or on the CPU without a reference.
        """
        names = self._core.arguments
        if len(arguments) != len(names):
            raise TypeError(
                f"{self.__name__}: takes {len(names)} arguments ({', '.join(names)}), got {len(arguments)}"
            )
        tensors = [a for a in arguments if isinstance(a, Tensor)]
        if not tensors:
            raise TypeError(f"{self.__name__}: one of the arguments must be a tensor")
        if self.reference is not None and all(t.device.type == "cpu" for t in tensors):
            return self.reference(*arguments)
        made = self._core.record(arguments, self._output_shapes(arguments), self._invocations(arguments))
        return _one_or_all(made)

    def _output_shapes(self, arguments: tuple[Any, ...]) -> list[tuple[int, ...]]:
        count = self._core.outputs
        if self._core.form == "elements":
            return []
        if self._shapes is None:
            first = arguments[0]
            return [tuple(first.shape) if isinstance(first, Tensor) else ()] * count
        given = self._shapes(*arguments)
        try:
            shapes = [tuple(shape) for shape in ((given,) if count == 1 else given)]
        except TypeError:
            shapes = []
        extents = [extent for shape in shapes for extent in shape]
        if len(shapes) != count or not all(isinstance(n, int) and n >= 0 for n in extents):
            what = "a shape" if count == 1 else f"a tuple of {count} shapes"
            raise ValueError(f"{self.__name__}: shapes= must give {what}, not {given!r}")
        return shapes

    def _invocations(self, arguments: tuple[Any, ...]) -> tuple[int, int, int]:
        if self._grid is None:
            return 0, 0, 0
        given = self._grid(*arguments)
        sizes = tuple(given) if isinstance(given, (tuple, list)) else ()
        if not 1 <= len(sizes) <= 3 or not all(isinstance(n, int) and n >= 0 for n in sizes):
            raise ValueError(f"{self.__name__}: grid= must give one to three sizes, not {given!r}")
        x, y, z = (*sizes, 1, 1)[:3]
        return x, y, z

    def _pull(
        self,
        arguments: tuple[Any, ...],
        outputs: tuple[Tensor, ...],
        cotangents: tuple[Tensor | None, ...],
        needs: list[bool],
    ) -> list[Tensor | None]:
        """A gradient for each argument that needs one."""
        filled = [_filled(g, y) for g, y in zip(cotangents, outputs, strict=True)]
        if self._vjp is not None:
            found = _listed(self._vjp(arguments, _one_or_all(outputs), _one_or_all(filled)))
        else:
            from ravine import func

            function, chosen = self._reference_of(arguments, needs)
            _, pull = func.vjp(function, *chosen)
            pulled = iter(pull(_one_or_all(filled)))
            found = [next(pulled) if needed else None for needed in needs]
        if len(found) != len(arguments):
            text = f"vjp= must give {len(arguments)} gradients, one for each argument, not {len(found)}"
            raise RuntimeError(f"{self.__name__}: {text}")
        self._check_tensors("vjp", found)
        return [g if needed else None for g, needed in zip(found, needs, strict=True)]

    def _push(
        self, arguments: tuple[Any, ...], outputs: tuple[Tensor, ...], tangents: tuple[Tensor | None, ...]
    ) -> list[Tensor | None]:
        """The tangent of each output."""
        if self._jvp is not None:
            found = _listed(self._jvp(arguments, _one_or_all(outputs), tangents))
        else:
            from ravine import func

            function, chosen = self._reference_of(arguments, [t is not None for t in tangents])
            _, found = func.jvp(function, chosen, tuple(t for t in tangents if t is not None))
            found = _listed(found)
        if len(found) != len(outputs):
            raise RuntimeError(f"{self.__name__}: jvp= must give {len(outputs)} tangents, not {len(found)}")
        self._check_tensors("jvp", found)
        return found

    def _check_tensors(self, rule: str, found: list[Any]) -> None:
        for t in found:
            if t is not None and not isinstance(t, Tensor):
                raise TypeError(f"{self.__name__}: {rule}= must give tensors or None, not {type(t).__name__}")

    def _reference_of(
        self, arguments: tuple[Any, ...], varies: Sequence[bool]
    ) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """The reference as a function of some of the arguments, and these."""
        assert self.reference is not None
        reference = self.reference
        places = [k for k, chosen in enumerate(varies) if chosen]

        def function(*chosen: Any) -> Any:
            full = list(arguments)
            for k, value in zip(places, chosen, strict=True):
                full[k] = value
            return reference(*full)

        return function, tuple(arguments[k] for k in places)

    def check(self, *arguments: Any, rtol: float = 1e-4, atol: float = 1e-5) -> bool:
        """Holds the kernel on the GPU to its reference on the CPU: values, and gradients of random weights.

        Args:
            arguments: of a call, on any device. Tensors that require a gradient are differentiated by.
            rtol: the allowed relative difference.
            atol: the allowed absolute difference.

        Returns:
            True.

        Raises:
            AssertionError: they differ; the message tells where and by how much.
            ValueError: there is no reference.
            DeviceError: there is no GPU.
        """
        import numpy as np

        from ravine import _ops, autograd

        if self.reference is None:
            raise ValueError(f"{self.__name__}: check needs a reference=")
        kept: dict[str, list[Any]] = {}
        weights: list[Any] = []
        for device in ("gpu", "cpu"):
            own = [_moved(a, device) for a in arguments]
            outputs = [y for y in _listed(self(*own)) if isinstance(y, Tensor)]
            kept[device] = [y.detach().cpu().numpy() for y in outputs]
            inputs = [a for a in own if isinstance(a, Tensor) and a.requires_grad]
            ends = [y for y in outputs if y.requires_grad]
            if inputs and ends:
                weights = weights or [_ops.randn_like(y.detach().cpu()) for y in ends]
                grads = autograd.grad(ends, inputs, [w.to(device) for w in weights], materialize_grads=True)
                kept[device] += [g.cpu().numpy() for g in grads]
        assert len(kept["gpu"]) == len(kept["cpu"]), f"{self.__name__}: the reference has other outputs"
        for i, (got, want) in enumerate(zip(kept["gpu"], kept["cpu"], strict=True)):
            what = f"output {i}" if i < self._core.outputs else f"gradient {i - self._core.outputs}"
            text = f"{self.__name__}: {what} is not the reference's"
            np.testing.assert_allclose(got, want, rtol=rtol, atol=atol, err_msg=text)
        return True


def _moved(argument: Any, device: str) -> Any:
    if not isinstance(argument, Tensor):
        return argument
    return argument.detach().to(device).requires_grad_(argument.requires_grad)


def _number(name: str, kind: type) -> dtype:
    known = {int: _core.int32, float: _core.float32, bool: _core.bool}
    if kind not in known:
        raise ValueError(f"kernel: number '{name}' must be int, float or bool, not {kind!r}")
    return known[kind]


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (tuple, list)) else [value]


def _one_or_all(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else tuple(values)


def _filled(cotangent: Tensor | None, output: Tensor) -> Tensor | None:
    """Zeros for an output that leads nowhere; none for what has no derivative."""
    from ravine import _ops

    if cotangent is None and output.dtype.is_floating_point:
        return _ops.full(tuple(output.shape), 0, dtype=output.dtype, device=output.device)
    return cotangent
