"""What a model consists of: shapes, parameters and memory, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any

import ravine as rv
from ravine import _core, _pytree
from ravine._core import Tensor
from ravine.errors import DeviceError
from ravine.nn.module import Module, _path

__all__ = ["Row", "Summary", "run_untouched", "summary"]


@dataclass
class Row:
    """One call of one module."""

    path: str
    kind: str
    depth: int
    shape: str = ""
    parameters: int = 0  # its own, not those of modules below it; 0 if an earlier row has them
    trainable: int = 0
    parameter_bytes: int = 0
    activation_bytes: int = 0  # kept for backward by ops of this module itself
    calls: int = 1


@dataclass
class Summary:
    """A table that prints itself; see :func:`summary`. Sizes are in bytes.

    Attributes:
        rows: one for each module, in the order of the first calls; modules that did not run come last.
        parameters: how many numbers the model holds in its parameters.
        trainable: those of them that require a gradient.
        parameter_bytes: of all parameters.
        gradient_bytes: of the gradients of those that require one.
        buffer_bytes: of all buffers.
        input_bytes: of the tensors given.
        activation_bytes: values that a backward pass through this forward pass would read.
    """

    model: str
    rows: list[Row] = field(default_factory=list)
    parameters: int = 0
    trainable: int = 0
    parameter_bytes: int = 0
    gradient_bytes: int = 0
    buffer_bytes: int = 0
    input_bytes: int = 0
    activation_bytes: int = 0

    @property
    def training_bytes(self) -> int:
        """About how much memory a training step takes at its peak, without an optimizer's state.

        The backward pass makes the gradients of one module after the other, the last first, and lets go
        of what the forward pass kept for each.
        """
        kept = self.parameter_bytes + self.buffer_bytes + self.input_bytes
        activations, gradients = self.activation_bytes, 0
        most = activations
        for row in reversed(self.rows):
            gradients += row.parameter_bytes * row.trainable // max(row.parameters, 1)
            most = max(most, activations + gradients)
            activations -= row.activation_bytes
        return kept + max(most, self.gradient_bytes)

    @property
    def adam_bytes(self) -> int:
        """The same with the two moments that Adam keeps of each trained number."""
        return self.training_bytes + 2 * self.gradient_bytes

    def _cells(self) -> list[tuple[str, str, str, str, str, str]]:
        return [
            (
                row.path,
                row.kind + (f" ({row.calls} calls)" if row.calls > 1 else ""),
                row.shape,
                f"{row.parameters:,}" if row.parameters else "-",
                _size(row.parameter_bytes) if row.parameter_bytes else "-",
                _size(row.activation_bytes) if row.activation_bytes else "-",
            )
            for row in self.rows
        ]

    def _totals(self) -> list[tuple[str, str]]:
        frozen = self.parameters - self.trainable
        return [
            ("parameters", f"{self.parameters:,} ({self.trainable:,} trained, {frozen:,} frozen)"),
            ("memory of parameters", _size(self.parameter_bytes)),
            ("of buffers", _size(self.buffer_bytes)),
            ("of inputs", _size(self.input_bytes)),
            ("of activations kept for backward", _size(self.activation_bytes)),
            ("peak in training, about", f"{_size(self.training_bytes)}; with Adam {_size(self.adam_bytes)}"),
        ]

    def __str__(self) -> str:
        cells = [_HEAD, *self._cells()]
        indents = [0, *(row.depth for row in self.rows)]
        cells = [("  " * n + c[0], *c[1:]) for n, c in zip(indents, cells, strict=True)]
        widths = [max(len(c[i]) for c in cells) for i in range(len(_HEAD))]
        lines = []
        for c in cells:
            left = [c[i].ljust(widths[i]) for i in range(3)]
            right = [c[i].rjust(widths[i]) for i in range(3, len(_HEAD))]
            lines.append("  ".join([*left, *right]).rstrip())
        rule = "-" * max(map(len, lines))
        totals = [f"{name}: {value}" for name, value in self._totals()]
        return "\n".join([lines[0], rule, *lines[1:], rule, *totals])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th style='text-align:{a}'>{escape(h)}</th>" for h, a in zip(_HEAD, _ALIGN, strict=True)
        )
        body = []
        for row, cells in zip(self.rows, self._cells(), strict=True):
            first = f"<td style='text-align:left;padding-left:{8 + 14 * row.depth}px'>{escape(cells[0])}</td>"
            rest = "".join(
                f"<td style='text-align:{a}'>{escape(c)}</td>"
                for c, a in zip(cells[1:], _ALIGN[1:], strict=True)
            )
            body.append(f"<tr>{first}{rest}</tr>")
        totals = "".join(f"<li>{escape(name)}: {escape(value)}</li>" for name, value in self._totals())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table><ul>{totals}</ul>"


_HEAD = ("module", "type", "output", "parameters", "memory", "activations")
_ALIGN = ("left", "left", "left", "right", "right", "right")


def summary(model: Module, *inputs: Any, **kwargs: Any) -> Summary:
    """What a model consists of: output shapes, parameters, and memory, layer by layer.

    The model is called once, on "meta": with shapes in place of values, so that nothing is computed and no
    memory is needed, however large it is. Only a model that looks at values itself is called with the inputs
    as they are. Parameters, buffers, gradients, the training mode and the random numbers are left as they
    were.

    Args:
        model: the module.
        inputs: what it is called with, for instance one batch. Without any, parameters alone are listed.
        kwargs: keyword arguments of the call.

    Raises:
        TypeError: ``model`` is no module.

    >>> from ravine import nn
    >>> model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    >>> print(ravine.summary(model, ravine.ones(8, 64)))
    module      type           output   parameters  memory  activations
    -------------------------------------------------------------------
    Sequential  Sequential     (8, 10)           -       -            -
      0         Linear 64->32  (8, 32)       2,080  8.3 kB            -
      1         ReLU           (8, 32)           -       -       1.0 kB
      2         Linear 32->10  (8, 10)         330  1.3 kB            -
    -------------------------------------------------------------------
    parameters: 2,410 (2,410 trained, 0 frozen)
    memory of parameters: 9.6 kB
    of buffers: 0 B
    of inputs: 2.0 kB
    of activations kept for backward: 1.0 kB
    peak in training, about: 21.3 kB; with Adam 40.6 kB
    """
    if not isinstance(model, Module):
        raise TypeError(f"summary: expected a Module, got {type(model).__name__}")
    table = Summary(type(model).__name__)
    rows: dict[int, Row] = {}
    ids: dict[int, int] = {}
    results: list[Tensor] = []
    names = {id(module): name for name, module in model.named_modules()}
    counted: set[int] = set()

    def row_of(module: Module, name: str | None) -> Row:
        # A module that nobody registered is below the one that called it.
        path = type(model).__name__ if name == "" else name or f"<{type(module).__name__}>"
        depth = 0 if not name else name.count(".") + 1
        row = Row(path, module.path_summary(), depth)
        for parameter in module.parameters(recurse=False):
            if id(parameter) not in counted:
                counted.add(id(parameter))
                row.parameters += parameter.numel()
                row.parameter_bytes += parameter.nbytes
                row.trainable += parameter.numel() if parameter.requires_grad else 0
        return row

    def enter(module: Module, args: tuple[Any, ...]) -> None:
        if id(module) not in rows:
            rows[id(module)] = row_of(module, names.get(id(module)))
        else:
            rows[id(module)].calls += 1

    def leave(module: Module, args: tuple[Any, ...], output: Any) -> None:
        tensors = _tensors(output)
        rows[id(module)].shape = ", ".join(str(tuple(t.shape)) for t in tensors)
        ids[_path.running.frame.id] = id(module)
        if module is model:
            results.extend(tensors)

    given = _tensors([inputs, kwargs])
    if inputs or kwargs:
        try:
            with _on_meta(model):
                shapes, named = _pytree.map_leaves(_shape_of, (inputs, kwargs))
                run_untouched(model, shapes, named, enter, leave)
                _count_activations(table, results, _tensors([shapes, named]), model, rows, ids)
        except DeviceError:
            for found in (rows, ids, results, counted):
                found.clear()
            run_untouched(model, inputs, kwargs, enter, leave)
            _count_activations(table, results, given, model, rows, ids)
    for module in model.modules():
        if id(module) not in rows:
            rows[id(module)] = row_of(module, names[id(module)])
            rows[id(module)].calls = 0 if inputs or kwargs else 1
    results.clear()
    table.rows = list(rows.values())
    table.parameters = sum(row.parameters for row in table.rows)
    table.trainable = sum(row.trainable for row in table.rows)
    table.parameter_bytes = sum(row.parameter_bytes for row in table.rows)
    table.gradient_bytes = sum(p.nbytes for p in model.parameters() if p.requires_grad)
    table.buffer_bytes = sum(b.nbytes for b in model.buffers())
    table.input_bytes = sum(t.nbytes for t in given)
    return table


@contextmanager
def _on_meta(model: Module) -> Iterator[None]:
    """Shapes in the place of all parameters and buffers, for a while."""
    held = [(t, _core.alias(t)) for t in _state(model)]
    grads = [(p, p.grad) for p in model.parameters()]
    with rv.no_grad():
        for parameter, _ in grads:
            parameter.grad = None
        for t, _ in held:
            t.data = _shape_of(t)
    try:
        yield
    finally:
        with rv.no_grad():
            for t, value in held:
                t.data = value
        for parameter, grad in grads:
            parameter.grad = grad


def _state(model: Module) -> list[Tensor]:
    return [*model.parameters(), *model.buffers()]


def _tensors(tree: Any) -> list[Tensor]:
    return [t for t in _pytree.flatten(tree)[0] if isinstance(t, Tensor)]


def _shape_of(value: Any) -> Any:
    return rv.empty_like(value, device="meta") if isinstance(value, Tensor) else value


def run_untouched(
    model: Module, inputs: tuple[Any, ...], kwargs: dict[str, Any], enter: Any, leave: Any
) -> None:
    """Call the model with hooks, and put back what the call changed."""
    random = rv.get_rng_state()
    buffers = [(m, name, b, _mark(b)) for m in model.modules() for name, b in m._buffers.items()]
    modules = list(model.modules())
    handles = [m.register_forward_pre_hook(enter, prepend=True) for m in modules]
    handles += [m.register_forward_hook(leave) for m in modules]
    try:
        with rv.enable_grad():
            model(*inputs, **kwargs)
    finally:
        for handle in handles:
            handle.remove()
        for module, name, buffer, mark in buffers:
            module._buffers[name] = buffer
            if buffer is not None and mark is not None and _mark(buffer)[0] != mark[0]:
                buffer.data = mark[1]
        rv.set_rng_state(random)


def _mark(buffer: Tensor | None) -> Any:
    """The node of a buffer's value, and that value in a tensor that later writes do not reach."""
    if buffer is None:
        return None
    return _core.graph_table([buffer])[-1]["id"], _core.alias(buffer)


def _count_activations(
    table: Summary,
    results: list[Tensor],
    inputs: list[Tensor],
    model: Module,
    rows: dict[int, Row],
    ids: dict[int, int],
) -> None:
    """Bytes of values that histories own, by the module that recorded them."""
    if not results:
        return
    known = {_core.graph_table([t])[-1]["id"] for t in [*model.parameters(), *model.buffers(), *inputs]}
    for entry in _core.graph_table(results):
        if entry["view"] or entry["leaf"] or entry["id"] in known:
            continue
        saved = sum(output[2] for output in entry["outputs"])
        table.activation_bytes += saved
        module = ids.get(entry["path"])
        if module is not None:
            rows[module].activation_bytes += saved


def _size(count: float) -> str:
    """Bytes in powers of 1000."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 999.5 or unit == "TB":
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("the loop returns")
