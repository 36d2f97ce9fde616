"""Function transforms: derivatives and batching of functions of tensors, freely nested, over pytrees.

The names and conventions are those of `torch.func` (and so of JAX).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ravine import _core, _ops
from ravine import _pytree as pytree
from ravine._core import Tensor
from ravine._ensembles import functionalize, replace_all_batch_norm_modules_, stack_module_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    #: The table that holds a parameter or buffer, and its key there, by its dotted name.
    _Places = dict[str, tuple[dict[str, Any], str]]

__all__ = [
    "functional_call",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "hvp",
    "jacfwd",
    "jacrev",
    "jvp",
    "linearize",
    "replace_all_batch_norm_modules_",
    "stack_module_state",
    "value_and_grad",
    "vjp",
    "vmap",
]


def __dir__() -> list[str]:
    return sorted(__all__)


def _argnums(argnums: int | tuple[int, ...], count: int) -> tuple[int, ...]:
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for n in numbers:
        if not -count <= n < count:
            raise ValueError(f"argnums {n} is out of range for {count} positional arguments")
    return tuple(n % count for n in numbers)


class _Split:
    """Positional arguments, of which some are differentiated: their tensors, and how to put them back."""

    def __init__(self, args: tuple[Any, ...], argnums: int | tuple[int, ...], what: str) -> None:
        self.args = args
        self.single = isinstance(argnums, int)
        self.numbers = _argnums(argnums, len(args))
        self.leaves, self.build = pytree.tensors(
            tuple(args[n] for n in self.numbers), f"{what}: the arguments"
        )
        for leaf in self.leaves:
            if not leaf.dtype.is_floating_point:
                text = f"{what}: an argument has dtype {leaf.dtype!r}"
                raise TypeError(f"{text}; only floating tensors have derivatives")

    def call(self, f: Callable[..., Any], leaves: list[Tensor], kwargs: dict[str, Any]) -> Any:
        full = list(self.args)
        for n, value in zip(self.numbers, self.build(leaves), strict=True):
            full[n] = value
        return f(*full, **kwargs)

    def over_leaves(self, f: Callable[..., Any], kwargs: dict[str, Any]) -> Callable[..., Any]:
        """`f` as a function of the leaves."""
        return lambda *leaves: self.call(f, list(leaves), kwargs)

    def record(
        self, f: Callable[..., Any], kwargs: dict[str, Any], kind: Literal["reverse", "all"], has_aux: bool
    ) -> tuple[list[Tensor], Any, Any, _core.Tape]:
        """Calls `f` inside a transform; returns its inputs, its result, the auxiliary one and the tape."""
        scope = _core.OpenTransform(kind)
        try:
            inputs = [_core.alias(t) for t in self.leaves]
            result = self.call(f, inputs, kwargs)
        finally:
            tape = scope.close()
        y, aux = result if has_aux else (result, None)
        return inputs, y, aux, tape

    def shape_like_args(self, leaves: list[Any]) -> Any:
        trees = self.build(leaves)
        return trees[0] if self.single else trees


def _zeros(t: Tensor) -> Tensor:
    return _ops.full(tuple(t.shape), 0, dtype=t.dtype, device=t.device)


def _or_zeros(found: list[Tensor | None], like: list[Tensor]) -> list[Tensor]:
    """Derivatives, of which None is 0."""
    return [_zeros(x) if t is None else t for t, x in zip(found, like, strict=True)]


def _scalar(y: Any, what: str) -> Tensor:
    if not isinstance(y, Tensor):
        raise TypeError(f"{what}: the function must return a tensor, got {type(y).__name__}")
    if y.numel() != 1 or y.ndim != 0:
        raise RuntimeError(
            f"{what}: the function must return one number (shape ()), got shape {tuple(y.shape)}. "
            "Reduce it with .sum() or .mean(), or use jacrev"
        )
    return y


def value_and_grad(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns `(f(...), gradient)`; with `has_aux`, `((value, aux), gradient)`.

    >>> ravine.func.value_and_grad(lambda x: (x * x).sum())(ravine.tensor([1.0, 2.0]))
    (tensor(5.), tensor([2., 4.]))
    """

    def transformed(*args: Any, **kwargs: Any) -> Any:
        split = _Split(args, argnums, "grad")
        inputs, y, aux, tape = split.record(f, kwargs, "reverse", has_aux)
        _scalar(y, "grad")
        found = _core.run_grad([y], [None], inputs, True, _core.is_grad_enabled(), True)
        grads = _or_zeros(found, split.leaves)
        del tape
        return ((y, aux) if has_aux else y), split.shape_like_args(grads)

    return transformed


def grad(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """The gradient of a function that returns one number.

    >>> ravine.func.grad(ravine.func.grad(lambda x: x**3))(ravine.tensor(2.0))
    tensor(12.)
    """
    both = value_and_grad(f, argnums, has_aux)

    def transformed(*args: Any, **kwargs: Any) -> Any:
        value, g = both(*args, **kwargs)
        return (g, value[1]) if has_aux else g

    return transformed


def grad_and_value(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """As `value_and_grad`, in torch's order `(gradient, value)`."""
    both = value_and_grad(f, argnums, has_aux)

    def transformed(*args: Any, **kwargs: Any) -> Any:
        value, g = both(*args, **kwargs)
        return g, value

    return transformed


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """`(f(*primals), pull)`, where `pull(cotangents)` is the vector-Jacobian product by each primal.

    >>> y, pull = ravine.func.vjp(lambda x: x * x, ravine.tensor([1.0, 2.0]))
    >>> pull(ravine.tensor([1.0, 10.0]))
    (tensor([ 2., 40.]),)
    """
    split = _Split(primals, tuple(range(len(primals))), "vjp")
    inputs, y, aux, tape = split.record(f, {}, "reverse", has_aux)
    outputs, build = pytree.tensors(y, "vjp: the results")

    def pull(cotangents: Any, _tape: Any = tape) -> Any:
        given, _ = pytree.tensors(cotangents, "vjp: the cotangents")
        if len(given) != len(outputs):
            raise ValueError(f"vjp: {len(outputs)} cotangents are needed, got {len(given)}")
        found = _core.run_grad(outputs, given, inputs, True, _core.is_grad_enabled(), True)
        return split.build(_or_zeros(found, split.leaves))

    shown = build(outputs)
    return (shown, pull, aux) if has_aux else (shown, pull)


def jvp(
    f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], *, has_aux: bool = False
) -> tuple[Any, ...]:
    """`(f(*primals), Jacobian times tangents)`, by forward mode.

    >>> ravine.func.jvp(ravine.sin, (ravine.tensor(0.0),), (ravine.tensor(2.0),))
    (tensor(0.), tensor(2.))
    """
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple) or len(primals) != len(tangents):
        raise TypeError("jvp: primals and tangents must be tuples of the same length")
    split = _Split(primals, tuple(range(len(primals))), "jvp")
    directions, _ = pytree.tensors(tangents, "jvp: the tangents")
    for x, t in zip(split.leaves, directions, strict=True):
        if tuple(x.shape) != tuple(t.shape):
            shapes = f"a tangent of shape {tuple(t.shape)} for a primal of shape {tuple(x.shape)}"
            raise ValueError(f"jvp: {shapes}")
    inputs, y, aux, tape = split.record(f, {}, "all", has_aux)
    outputs, build = pytree.tensors(y, "jvp: the results")
    found = _core.run_jvp(inputs, directions, outputs)
    pushed = build(_or_zeros(found, outputs))
    del tape
    return (y, pushed, aux) if has_aux else (y, pushed)


def linearize(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """`(f(*primals), push)`, where `push(*tangents)` is the Jacobian there times the tangents.

    The function is called once, however often its linear part is.

    >>> y, push = ravine.func.linearize(lambda x: x * x, ravine.tensor([1.0, 2.0]))
    >>> push(ravine.tensor([1.0, 10.0]))
    tensor([ 2., 40.])
    """
    split = _Split(primals, tuple(range(len(primals))), "linearize")
    inputs, y, _, tape = split.record(f, {}, "all", False)
    outputs, build = pytree.tensors(y, "linearize: the results")

    def push(*tangents: Any, _tape: Any = tape) -> Any:
        directions, _ = pytree.tensors(tangents, "linearize: the tangents")
        given, wanted = ([tuple(t.shape) for t in listed] for listed in (directions, split.leaves))
        if given != wanted:
            raise ValueError(f"linearize: tangents of shapes {given} for primals of shapes {wanted}")
        return build(_or_zeros(_core.run_jvp(inputs, directions, outputs), outputs))

    return build(outputs), push


def _dims(tree: Any, like: Any, what: str) -> list[int | None]:
    """One dimension (or None) for each leaf of `like`; `tree` may stop at any level above the leaves."""
    if tree is None or isinstance(tree, int):
        return [tree] * len(pytree.flatten(like)[0])
    if isinstance(tree, (tuple, list)) and isinstance(like, (tuple, list)) and len(tree) == len(like):
        return [d for t, part in zip(tree, like, strict=True) for d in _dims(t, part, what)]
    if isinstance(tree, dict) and isinstance(like, dict) and tree.keys() == like.keys():
        keys = sorted(like) if all(isinstance(k, str) for k in like) else list(like)
        return [d for k in keys for d in _dims(tree[k], like[k], what)]
    raise ValueError(f"vmap: {what} does not have the structure of the arguments")


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function over batches from a function over single elements.

    Args:
        func: takes and returns tensors (or pytrees of them); inside, values cannot be looked at.
        in_dims: each argument's batch dimension, or None for one that is shared; nested like the arguments.
        out_dims: where the batch dimension goes in each result.
        randomness: what random ops do: "error", "different" numbers for each element, or the "same".
        chunk_size: at most this many elements at a time.

    >>> dot = ravine.func.vmap(lambda a, b: (a * b).sum())
    >>> dot(ravine.ones(3, 4), ravine.ones(3, 4))
    tensor([4., 4., 4.])
    """

    def batched(*args: Any, **kwargs: Any) -> Any:
        leaves, build = pytree.flatten(args)
        dims = _dims(in_dims, args, "in_dims")
        sizes = set()
        for leaf, d in zip(leaves, dims, strict=True):
            if d is None:
                continue
            if not isinstance(leaf, Tensor):
                raise ValueError(f"vmap: an argument of type {type(leaf).__name__} needs in_dims None")
            if not -leaf.ndim <= d < leaf.ndim:
                text = f"vmap: in_dims {d} is out of range for an argument of shape {tuple(leaf.shape)}"
                raise ValueError(text)
            sizes.add(leaf.shape[d])
        if len(sizes) != 1:
            found = f"of sizes {sorted(sizes)}" if sizes else "in no argument"
            raise ValueError(
                f"vmap: batch dimensions {found}; there must be one, of the same size wherever it is. "
                "Say in_dims=None for arguments that all elements share"
            )
        (size,) = sizes
        front = [
            leaf if d is None else (leaf if d == 0 else _ops.movedim(leaf, d, 0))
            for leaf, d in zip(leaves, dims, strict=True)
        ]
        if chunk_size is None or size <= chunk_size:
            return _vmap_once(func, front, dims, build, kwargs, size, out_dims, randomness)
        parts = [
            _vmap_once(
                func,
                [x if d is None else x[i : i + chunk_size] for x, d in zip(front, dims, strict=True)],
                dims,
                build,
                kwargs,
                min(chunk_size, size - i),
                0,
                randomness,
            )
            for i in range(0, size, chunk_size)
        ]
        flat = [pytree.flatten(p) for p in parts]
        joined = [_ops.cat(list(column), 0) for column in zip(*(leaves for leaves, _ in flat), strict=True)]
        return _place(joined, flat[0][1], out_dims)

    return batched


def _vmap_once(
    f: Callable[..., Any],
    leaves: list[Any],
    dims: list[int | None],
    build: Callable[[list[Any]], Any],
    kwargs: dict[str, Any],
    size: int,
    out_dims: Any,
    randomness: str,
) -> Any:
    start = _core.sequence()
    scope = _core.OpenTransform("all", randomness)
    try:
        inside = [x if d is None else _core.make_placeholder(x) for x, d in zip(leaves, dims, strict=True)]
        result = f(*build(inside), **kwargs)
    finally:
        tape = scope.close()
    outputs, rebuild = pytree.tensors(result, "vmap: the results")
    placeholders = [p for p, d in zip(inside, dims, strict=True) if d is not None]
    values = [x for x, d in zip(leaves, dims, strict=True) if d is not None]
    found = _core.run_vmap(placeholders, values, outputs, start, size, randomness)
    del tape
    full = [t if has_batch else _ops.expand(t, (size, *t.shape)) for t, has_batch in found]
    return _place(full, rebuild, out_dims)


def _place(leaves: list[Tensor], build: Callable[[list[Any]], Any], out_dims: Any) -> Any:
    tree = build(leaves)
    places = _dims(out_dims, tree, "out_dims")
    return build([_ops.movedim(t, 0, d) if d else t for t, d in zip(leaves, places, strict=True)])


def _basis(t: Tensor) -> Tensor:
    """The unit vectors of a tensor's space, one per row."""
    n = t.numel()
    places = _ops.arange(n, device=t.device)
    eye = _ops.cast(_ops.eq(_ops.unsqueeze(places, 1), places), t.dtype)
    return _ops.reshape(eye, (n, *t.shape))


def jacrev(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    has_aux: bool = False,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """The Jacobian by reverse mode: shape (dimensions of the result, dimensions of the argument).

    >>> ravine.func.jacrev(lambda x: x * x)(ravine.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    def transformed(*args: Any, **kwargs: Any) -> Any:
        split = _Split(args, argnums, "jacrev")
        of_leaves = split.over_leaves(f, kwargs)
        y, pull, *rest = vjp(of_leaves, *split.leaves, has_aux=has_aux)
        outputs, build = pytree.tensors(y, "jacrev: the results")
        rows = []
        for i, out in enumerate(outputs):

            def along(e: Tensor, i: int = i) -> Any:
                return pull(build([e if j == i else _zeros(o) for j, o in enumerate(outputs)]))

            pulled = vmap(along, chunk_size=chunk_size)(_basis(out))
            shaped = [
                _ops.reshape(p, (*out.shape, *x.shape)) for p, x in zip(pulled, split.leaves, strict=True)
            ]
            rows.append(split.shape_like_args(shaped))
        jacobian = build(rows)
        return (jacobian, rest[0]) if has_aux else jacobian

    return transformed


def jacfwd(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    has_aux: bool = False,
    *,
    randomness: str = "error",
) -> Callable[..., Any]:
    """The Jacobian by forward mode; cheaper than `jacrev` when the argument is smaller than the result.

    >>> ravine.func.jacfwd(lambda x: x * x)(ravine.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    def transformed(*args: Any, **kwargs: Any) -> Any:
        split = _Split(args, argnums, "jacfwd")
        of_leaves = split.over_leaves(f, kwargs)
        columns: list[list[Tensor]] = []
        build: Any = None
        aux = None
        for i, x in enumerate(split.leaves):

            def along(e: Tensor, i: int = i) -> Any:
                directions = tuple(e if j == i else _zeros(o) for j, o in enumerate(split.leaves))
                found = jvp(of_leaves, tuple(split.leaves), directions, has_aux=has_aux)
                return found[1:] if has_aux else found[1]

            pushed = vmap(along, randomness=randomness)(_basis(x))
            if has_aux:
                pushed, batched_aux = pushed
                aux = pytree.map_leaves(lambda t: t[0], batched_aux)
            outputs, build = pytree.tensors(pushed, "jacfwd: the results")
            columns.append([_ops.reshape(_ops.movedim(p, 0, -1), (*p.shape[1:], *x.shape)) for p in outputs])
        rows = [split.shape_like_args(list(row)) for row in zip(*columns, strict=True)]
        jacobian = build(rows)
        return (jacobian, aux) if has_aux else jacobian

    return transformed


def hessian(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """The second derivatives, forward over reverse.

    >>> ravine.func.hessian(lambda x: (x**3).sum())(ravine.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(f, argnums), argnums)


def hvp(f: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """`(gradient, Hessian times tangents)` of a function that returns one number, without forming the Hessian
    (Pearlmutter, 1994: forward over reverse).

    >>> ravine.func.hvp(lambda x: (x**3).sum(), (ravine.tensor([1.0, 2.0]),), (ravine.tensor([1.0, 0.0]),))
    (tensor([ 3., 12.]), tensor([6., 0.]))
    """
    numbers = 0 if len(primals) == 1 else tuple(range(len(primals)))
    g, product = jvp(grad(f, numbers), primals, tangents)
    return g, product


def functional_call(
    module: Any,
    parameters: Any,
    args: Any = (),
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Calls a module with other parameters and buffers than its own, which stay as they are.

    Args:
        module: an `nn.Module`.
        parameters: a dict (or several) from names, as of `named_parameters` and `named_buffers`, to tensors.
        args: positional arguments; one that is no tuple counts as a single argument.
        tie_weights: a tensor that the module has under several names is replaced under all of them,
            whichever is given.
        strict: every parameter and buffer must be given, each by one of its names.

    Raises KeyError for a name that the module does not have, ValueError when a name is given twice or the
    names of one tensor get different values, RuntimeError when one is missing with `strict`.

    >>> layer = ravine.nn.Linear(2, 1)
    >>> zero = {name: ravine.zeros_like(p) for name, p in layer.named_parameters()}
    >>> ravine.func.functional_call(layer, zero, ravine.ones(1, 2)).detach()
    tensor([[0.]])
    """
    merged = _merged(parameters)
    places = _places(module)
    kind = type(module).__name__
    for name in merged:
        if name not in places:
            raise KeyError(f"functional_call: {kind} has no parameter or buffer named {name!r}")
    names = _tied_names(places) if tie_weights else {name: [name] for name in places}
    values: dict[str, Any] = {}
    for name, value in merged.items():
        for tied in names[name]:
            if values.setdefault(tied, value) is not value:
                text = (
                    f"{', '.join(map(repr, names[name]))} are one tensor of {kind}, and got different values"
                )
                raise ValueError(f"functional_call: {text}. Give one of them, or say tie_weights=False")
    missing = [
        name for name, (table, leaf) in places.items() if table[leaf] is not None and name not in values
    ]
    if strict and missing:
        raise RuntimeError(f"functional_call: {kind} needs {', '.join(map(repr, missing))} too, with strict")
    given = args if isinstance(args, tuple) else (args,)
    originals = {name: table[leaf] for name, (table, leaf) in places.items() if name in values}
    try:
        _put(places, values)
        return module(*given, **(kwargs or {}))
    finally:
        _put(places, originals)


def _merged(parameters: Any) -> dict[str, Any]:
    """One dict of the dicts given."""
    merged: dict[str, Any] = {}
    for part in parameters if isinstance(parameters, (tuple, list)) else (parameters,):
        for name in part:
            if name in merged:
                raise ValueError(f"functional_call: {name!r} is in several of the dicts of parameters")
        merged.update(part)
    return merged


def _places(module: Any) -> _Places:
    """Every name of every parameter and buffer, with the table that holds it and its key there."""
    return {
        f"{path}.{leaf}" if path else leaf: (table, leaf)
        for path, owner in module.named_modules(remove_duplicate=False)
        for table in (owner._parameters, owner._buffers)
        for leaf in table
    }


def _tied_names(places: _Places) -> dict[str, list[str]]:
    """For each name all names of the same tensor."""
    names: dict[object, list[str]] = {}
    for name, (table, leaf) in places.items():
        tensor = table[leaf]
        names.setdefault(name if tensor is None else id(tensor), []).append(name)
    return {name: same for same in names.values() for name in same}


def _put(places: _Places, values: dict[str, Any]) -> None:
    for name, value in values.items():
        table, leaf = places[name]
        table[leaf] = value
