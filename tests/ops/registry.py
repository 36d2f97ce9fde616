"""The registry as test cases: every op's samples, bound to its parameters, with data of every dtype."""

from __future__ import annotations

import inspect
import itertools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.special

import ravine
from ops import references
from ops.composed import COMPOSED, STAND_INS, UNSAMPLED
from ravine import _core, _ops, _pytree

FLOATS = ("float64", "float32", "float16", "bfloat16")
INTEGERS = ("int32", "int64", "int16", "int8", "uint8", "bool")
EPS = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}
TINY = {"float64": 2.0**-1022, "float32": 2.0**-126, "float16": 2.0**-14, "bfloat16": 2.0**-126}

#: What references may name besides the parameters.
NAMED_REFERENCES = {
    name: value
    for name, value in vars(references).items()
    if inspect.isfunction(value) and not name.startswith("_")
}
REFERENCE_NAMES = {"np": np, "scipy": scipy, **NAMED_REFERENCES}


@dataclass(frozen=True)
class Make:
    """A tensor argument to be drawn: floats of the op's domain, integers of `low..high`, or booleans."""

    kind: str
    shape: tuple[int, ...]
    low: float = -5
    high: float = 5

    def draw(
        self, rng: np.random.Generator, dtype: str | None = None, batch: tuple[int, ...] = ()
    ) -> np.ndarray:
        """Values, exactly representable in `dtype`; bfloat16 comes as float32."""
        shape = (*batch, *self.shape)
        if self.kind == "b" or dtype == "bool":
            return rng.integers(0, 2, shape).astype(bool)
        if self.kind == "i" or dtype in INTEGERS:
            low, high = int(np.ceil(self.low)), int(np.floor(self.high)) + (self.kind == "f")
            if dtype == "uint8":
                low = max(low, 0)
            return rng.integers(low, max(high, low + 1), shape).astype(dtype or "int64")
        return rounded(rng.uniform(self.low, self.high, shape), dtype or "float64")


def rounded(x: np.ndarray, dtype: str) -> np.ndarray:
    """Rounded to the dtype; bfloat16 (which NumPy lacks) in a float32."""
    if dtype != "bfloat16":
        with np.errstate(over="ignore"):
            return np.asarray(x).astype(dtype)
    bits = np.atleast_1d(np.asarray(x, np.float32)).view(np.uint32).astype(np.uint64)
    even = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    kept = np.where(np.isnan(np.atleast_1d(x)), bits, even)
    return kept.astype(np.uint32).view(np.float32).reshape(np.shape(x))


@dataclass(frozen=True)
class Case:
    """One sample: the arguments by parameter name, tensors still to be drawn."""

    text: str
    arguments: dict[str, Any]

    @property
    def makes(self) -> list[Make]:
        return _leaves(list(self.arguments.values()), Make)

    @property
    def floats(self) -> list[Make]:
        return [m for m in self.makes if m.kind == "f"]

    @property
    def size(self) -> int:
        return max((int(np.prod(m.shape)) for m in self.makes), default=0)

    def fill(self, values: list[Any]) -> dict[str, Any]:
        """The arguments with these in the places of the tensors."""
        rest = iter(values)
        return {name: _replaced(a, rest) for name, a in self.arguments.items()}

    @property
    def first(self) -> str:
        """The kind of the tensors whose dtype a test chooses."""
        return next((k for k in "fib" if any(m.kind == k for m in self.makes)), "f")

    @property
    def dtypes(self) -> tuple[str, ...]:
        """The dtypes that those tensors may have."""
        return {"f": (*FLOATS, *INTEGERS), "i": INTEGERS, "b": ("bool",)}[self.first]

    def draw(self, seed: object, dtype: str | None = None) -> list[np.ndarray]:
        """Data for every tensor; `dtype` is that of the floats (of the integers, if there are no floats)."""
        rng = np.random.default_rng(zlib.crc32(f"{self.text} {seed}".encode()))
        return [m.draw(rng, dtype if m.kind == self.first else None) for m in self.makes]


@dataclass(frozen=True)
class Op:
    """A record of the registry, or a function of several ops, and how to call it."""

    name: str
    call: Callable[..., Any]
    signature: inspect.Signature
    reference: str
    samples: tuple[str, ...]
    domain: tuple[float, float]
    accuracy: tuple[str, float]
    kind: str = "structured"
    vjp: str = "rule"
    batch: str = "rule"
    plain: bool = False
    fields: dict[str, Any] = field(default_factory=dict, repr=False)

    def cases(self, limit: int | None = None) -> Iterator[Case]:
        """The samples; `limit` bounds the elements of a tensor."""
        low, high = self.domain
        env = {
            "f": lambda *shape: Make("f", shape, low, high),
            "i": lambda *shape, low=-5, high=5: Make("i", shape, low, high),
            "b": lambda *shape: Make("b", shape),
            "ravine": ravine,
            "slice": slice,
        }
        for text in self.samples:
            given = eval(f"(lambda *a, **k: (a, k))({text})", env)
            bound = self.signature.bind(*given[0], **given[1])
            bound.apply_defaults()
            case = Case(text, dict(bound.arguments))
            if limit is None or case.size <= limit:
                yield case

    def run(self, arguments: dict[str, Any]) -> Any:
        """Calls the function."""
        args, kwargs = [], {}
        for name, p in self.signature.parameters.items():
            if p.kind is p.VAR_POSITIONAL:
                args += arguments[name]
            elif p.kind is p.KEYWORD_ONLY:
                kwargs[name] = arguments[name]
            else:
                args.append(arguments[name])
        return self.call(*args, **kwargs)

    def truth(self, arguments: dict[str, Any]) -> Any:
        """The reference on NumPy data."""
        names = {n: _numpy_argument(a) for n, a in arguments.items()}
        for name, p in self.signature.parameters.items():
            if (
                p.kind is p.VAR_POSITIONAL
                and len(names[name]) == 1
                and isinstance(names[name][0], (tuple, list))
            ):
                names[name] = names[name][0]
        with np.errstate(all="ignore"):
            return eval(self.reference, REFERENCE_NAMES | names)


def _numpy_argument(a: Any) -> Any:
    if isinstance(a, _core.dtype):
        return np.dtype("float32" if a.name == "bfloat16" else a.name)
    return a


def _leaves(tree: Any, kind: type) -> list[Any]:
    return [x for x in _pytree.flatten(tree)[0] if isinstance(x, kind)]


def _replaced(tree: Any, values: Iterator[Any]) -> Any:
    if isinstance(tree, Make):
        return next(values)
    if isinstance(tree, (list, tuple)):
        return type(tree)(_replaced(t, values) for t in tree)
    return tree


def _signature(text: str) -> inspect.Signature:
    """Of source like `(input: Tensor, *, dim: int = 0) -> Tensor`; annotations stay strings."""
    names: dict[str, Any] = {}
    exec(compile("from __future__ import annotations\ndef f" + text + ": ...", "signature", "exec"), names)
    return inspect.signature(names["f"])


def _load() -> dict[str, Op]:
    found: dict[str, Op] = {}
    for r in _core.registry_table():
        name = r["name"] if r["signature"] else r["op"]
        own = r.get("samples") and r["reference"] and r["signature"]
        extra = COMPOSED.get(name) or STAND_INS.get(name)
        if not own and extra is None:
            continue
        rules: dict[str, Any] = {
            "kind": r.get("class", "structured"),
            "vjp": r.get("vjp", "rule"),
            "batch": r.get("batch", "rule"),
            "plain": r.get("plain", False),
            "fields": r,
        }
        if own:
            call, signature = getattr(_ops, name), _signature(r["signature"])
            spec = (r["reference"], tuple(r["samples"]), tuple(r["domain"]), tuple(r["accuracy"]))
        else:
            assert extra is not None
            call = extra.call or getattr(_ops, name)
            signature = inspect.signature(extra.call) if extra.call else _signature(r["signature"])
            spec = (extra.reference, extra.samples, extra.domain, extra.accuracy)
            rules["plain"] = extra.plain
            rules["vjp"] = extra.vjp if extra.call is None else r["vjp"]
        found[name] = Op(name, call, signature, *spec, **rules)
    return found


OPS = _load()


def uncovered() -> list[str]:
    """Names that the registry has, without samples, stand-in or reason."""
    names = {r["name"] if r["signature"] else r["op"] for r in _core.registry_table()}
    return sorted(n for n in names if n not in OPS and n not in UNSAMPLED)


def parametrized(keep: Callable[[Op], bool] = lambda op: True) -> list[Op]:
    """For `pytest.mark.parametrize("op", ..., ids=str)`: one item per op."""
    return [op for op in OPS.values() if keep(op)]


def tensor(values: np.ndarray, dtype: str | None = None, requires_grad: bool = False) -> ravine.Tensor:
    """A ravine tensor of NumPy values."""
    values = np.asarray(values)
    return _core.tensor(values, getattr(ravine, dtype or values.dtype.name), requires_grad)


def array(t: ravine.Tensor) -> np.ndarray:
    """NumPy values; bfloat16 in a float32."""
    t = t.detach()
    return np.array((t.float() if t.dtype is ravine.bfloat16 else t).numpy())


def listed(result: Any) -> list[Any]:
    """The results of a call, in order."""
    return list(result) if isinstance(result, (tuple, list)) else [result]


def ulps(got: np.ndarray, want: np.ndarray, dtype: str) -> np.ndarray:
    """|got - want| in units of the last place of `want`; infinite where only one is finite."""
    want = np.asarray(want, np.float64)
    with np.errstate(all="ignore"):
        unit = EPS[dtype] * 2.0 ** np.floor(np.log2(np.maximum(np.abs(want), TINY[dtype])))
        error = np.abs(got.astype(np.float64) - want) / unit
    same = (np.isnan(got) & np.isnan(want)) | (got == want)
    return np.where(same, 0.0, np.where(np.isfinite(error), error, np.inf))


LAYOUTS = ("transposed", "sliced", "flipped", "inner")


def laid_out(values: np.ndarray, dtype: str, layout: str) -> ravine.Tensor:
    """The same values as a view of other memory."""
    n = values.ndim
    if layout == "transposed":
        return tensor(np.array(values.T, order="C"), dtype).permute(tuple(reversed(range(n))))
    if layout == "sliced":
        big = np.ones([2 * s + 1 for s in values.shape], values.dtype)
        key = (slice(1, None, 2),) * n
        big[key] = values
        return tensor(big, dtype)[key] if n else tensor(big, dtype)
    if layout == "flipped":
        dims = tuple(range(n))
        return tensor(np.array(np.flip(values, dims), order="C"), dtype).flip(dims)
    if layout == "inner":
        big = np.ones([s + 3 for s in values.shape], values.dtype)
        key = tuple(slice(2, 2 + s) for s in values.shape)
        big[key] = values
        return tensor(big, dtype)[key] if n else tensor(big, dtype)
    raise ValueError(layout)


def subsets(n: int) -> Iterator[tuple[int, ...]]:
    """Every subset of range(n) that is not empty."""
    return itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(1, n + 1))
