"""Arguments, held to their annotations and, by name, to sensible numbers.

One check for every layer and schedule of this package, made when it is: a size of 2.0, or a tensor in
place of an option, is an error there, and not some bare exception at the first call. The arguments of a
function are looked at when its call has failed.
"""

from __future__ import annotations

from ._core import Tensor
from .errors import DTypeError, Error, ValueError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

__all__ = ["check_arguments", "check_tensors", "wrong_argument"]

_SIZES = (
    "kernel_size stride dilation groups num_groups num_heads nhead num_layers upscale_factor "
    "downscale_factor num_parameters hidden_size d_model embed_dim dim_feedforward kdim vdim scale_factor "
    "delta divisor_override step_size step_size_up step_size_down T_max div_factor final_div_factor"
)
_EXTENTS = (
    "in_features out_features in_channels out_channels num_features num_channels num_embeddings "
    "embedding_dim input_size padding output_padding normalized_shape output_size size eps layer_norm_eps"
)
_POSITIVE, _NOT_NEGATIVE = frozenset(_SIZES.split()), frozenset(_EXTENTS.split())
_SHARES = frozenset(("dropout", "label_smoothing"))
_OURS = ("ravine.nn.", "ravine.optim.")
_REDUCTIONS = ("mean", "sum", "none", "batchmean")


def check_arguments(kind: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Raise for arguments that a constructor cannot mean; the user's own classes are left alone.

    Raises:
        DTypeError: an argument is of another type than the constructor says; a tensor was meant for the call.
        ValueError: a size is negative, or another number where it has no meaning.
    """
    make: Any = kind.__init__
    if not getattr(make, "__module__", "").startswith(_OURS):
        return
    code = make.__code__
    names = code.co_varnames[1 : code.co_argcount]
    if len(args) > len(names) and not code.co_flags & 0x04:  # inspect.CO_VARARGS
        if any(isinstance(value, Tensor) for value in args):
            raise DTypeError(f"{kind.__name__}: tensors are given to the constructor. {_call(kind)}")
        listed = f"The arguments are {', '.join(names)}" if names else "It takes none"
        raise TypeError(f"{kind.__name__}: {len(args)} arguments are too many. {listed}")
    for name, value in (*zip(names, args, strict=False), *kwargs.items()):
        annotation = make.__annotations__.get(name)
        if annotation is not None:
            _check(kind, name, value, annotation)


def wrong_argument(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Error | None:
    """What `check_arguments` has against a call of a function, or None."""
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    try:
        for name, value in (*zip(names, args, strict=False), *kwargs.items()):
            annotation = function.__annotations__.get(name)
            if annotation is not None:
                _check(function, name, value, annotation)
    except Error as error:
        return error
    return None


def check_tensors(function: str, **tensors: Any) -> None:
    """Raise for an argument of a function that is no tensor.

    >>> check_tensors("mul", x=[1.0])
    Traceback (most recent call last):
        ...
    ravine.errors.DTypeError: mul: argument 'x' must be a tensor, not list. Wrap it in ravine.tensor(...)
    """
    for name, value in tensors.items():
        if not isinstance(value, Tensor):
            kind = type(value).__name__
            remedy = "Pass its .weight" if hasattr(value, "weight") else "Wrap it in ravine.tensor(...)"
            raise DTypeError(f"{function}: argument '{name}' must be a tensor, not {kind}. {remedy}")


def _call(kind: Any) -> str:
    if not hasattr(kind, "forward"):
        return "Pass a number"
    names = [name for name in kind.forward.__annotations__ if name not in ("return", "args", "kwargs")]
    code = kind.forward.__code__
    needed = code.co_argcount - 1 - len(kind.forward.__defaults__ or ())
    call = ", ".join(names[: max(needed, 1)])
    return f"{kind.__name__}(...) makes the module, its call computes: {kind.__name__}()({call})"


def _check(kind: Any, name: str, value: Any, annotation: str) -> None:
    types = (
        annotation.replace("int | None]", "int]")
        .replace("list[", "Sequence[")
        .replace("Size", "int | Sequence[int]")
        .split(" | ")
    )
    tests = [_IS.get(part) for part in types]
    if None in tests:  # a function, a module, anything
        return
    at = f"{kind.__name__}: argument '{name}'"
    if not any(test(value) for test in tests if test):
        if isinstance(value, Tensor) and "Tensor" not in types:
            raise DTypeError(f"{at} is a tensor. {_call(kind)}")
        wanted = " or ".join(_SAID[part] for part in types)
        if "Tensor" in types:
            remedy = ". Wrap it in ravine.tensor(...)"
        elif isinstance(value, float) and value.is_integer() and name in _POSITIVE | _NOT_NEGATIVE:
            remedy = ". A division of sizes is written //"
        else:
            remedy = ""
        raise DTypeError(f"{at} must be {wanted}, not {_shown(value)}{remedy}")
    spatial = (
        type(value) in (tuple, list)
        and kind.__name__[-2:] in ("1d", "2d", "3d")
        and name != "normalized_shape"
    )
    if spatial and len(value) not in (1, int(kind.__name__[-2])):
        raise ValueError(
            f"{at} has {len(value)} numbers, {tuple(value)}; it must be one, or {kind.__name__[-2]}"
        )
    for number in _numbers(value):
        if name in _POSITIVE and not number > 0:
            raise ValueError(f"{at} must be positive, not {value!r}")
        if name in _NOT_NEGATIVE and not number >= 0:
            raise ValueError(f"{at} must be 0 or more, not {value!r}")
        if name in _SHARES and not 0 <= number <= 1:
            raise ValueError(f"{at} must lie between 0 and 1, but is {value!r}")
    if name == "reduction" and value not in _REDUCTIONS:
        raise ValueError(f'{at} is {value!r}. Use "none", "sum" or "mean"')


def _shown(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text}" if len(text) <= 40 else type(value).__name__


def _numbers(value: Any) -> Iterator[Any]:
    if isinstance(value, (tuple, list)):
        for item in value:
            yield from _numbers(item)
    elif not isinstance(value, (bool, str, Tensor)) and value is not None:
        yield value


def _is_int(value: Any) -> bool:
    return (
        hasattr(value, "__index__")
        and not isinstance(value, (bool, Tensor))
        and not hasattr(value, "__len__")
    )


def _is_float(value: Any) -> bool:
    number = hasattr(value, "__float__") or hasattr(value, "__index__")
    return number and not isinstance(value, (bool, Tensor)) and not hasattr(value, "__len__")


def _is_flag(value: Any) -> bool:
    # 0, 1 and None are used as flags, and a NumPy bool is one.
    return value is None or isinstance(value, int) or type(value).__name__ in ("bool", "bool_")


def _is_each(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def of_all(value: Any) -> bool:
        return isinstance(value, (tuple, list)) and all(item is None or test(item) for item in value)

    return of_all


_IS: dict[str, Callable[[Any], bool]] = {
    "Iterable[int]": lambda value: hasattr(value, "__iter__") and not isinstance(value, (str, Tensor)),
    "None": lambda value: value is None,
    "Sequence[float]": _is_each(_is_float),
    "Sequence[int]": _is_each(_is_int),
    "Tensor": lambda value: isinstance(value, Tensor),
    "bool": _is_flag,
    "float": _is_float,
    "int": _is_int,
    "str": lambda value: isinstance(value, str),
}
_SAID = {
    "Iterable[int]": "a sequence of ints",
    "None": "None",
    "Sequence[float]": "a sequence of numbers",
    "Sequence[int]": "a sequence of ints",
    "Tensor": "a tensor",
    "bool": "a bool",
    "float": "a number",
    "int": "an int",
    "str": "a str",
}
