"""Model: a module that knows what it was made with, so that a folder can hold it."""

from __future__ import annotations

import json
from contextlib import suppress
from inspect import signature
from pathlib import Path

import ravine as rv

from ..errors import FileError, ValueError
from ..io._atomic import replace
from ..nn import Module

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Any, Self

__all__ = ["Model"]

_CONFIG, _WEIGHTS = "config.json", "model.safetensors"


class Model(Module):
    """The base of `ravine.models`: a Module whose arguments are recorded when it is made.

    Attributes:
        arguments: what ``__init__`` got, by name, defaults included.

    >>> from ravine import models
    >>> models.MLP(sizes=(2, 8, 1)).arguments
    {'sizes': (2, 8, 1), 'activation': 'relu', 'dropout': 0.0, 'norm': 'none'}
    """

    arguments: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls, *args, **kwargs)
        with suppress(TypeError):  # what does not fit is __init__'s to refuse; a copy is made without any
            given = signature(cls.__init__).bind(self, *args, **kwargs)
            given.apply_defaults()
            self.__dict__["arguments"] = dict(list(given.arguments.items())[1:])
        return self

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Write ``config.json`` (the class and its arguments) and ``model.safetensors`` into a folder.

        Raises:
            ValueError: an argument is no number, text, bool, None, list or dict of such: JSON cannot hold it.
            OSError: the folder cannot be made or written.
        """
        for name, value in self.arguments.items():
            if not _is_plain(value):
                raise ValueError(
                    f"save_pretrained: {type(self).__name__} was made with {name}={value!r:.60}, which a "
                    "config cannot hold. Save the weights alone: ravine.save(model.state_dict(), path)"
                )
        config = {"model": type(self).__name__, "arguments": self.arguments, "ravine": rv.__version__}
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        rv.save(self.state_dict(), path / _WEIGHTS)
        replace(path / _CONFIG, [(json.dumps(config, indent=1) + "\n").encode()])

    @classmethod
    def from_pretrained(cls, folder: str | os.PathLike[str]) -> Self:
        """The model that :meth:`save_pretrained` wrote, in evaluation mode.

        ``models.Model.from_pretrained`` makes any model of this package; a class makes its own.

        Raises:
            FileError: the config is damaged, or of another class.
            OSError: the folder or a file is missing.

        >>> import tempfile
        >>> from ravine import models
        >>> folder = tempfile.mkdtemp()
        >>> models.MLP(sizes=(2, 8, 1)).save_pretrained(folder)
        >>> models.Model.from_pretrained(folder).arguments["sizes"]
        [2, 8, 1]
        """
        path = Path(folder) / _CONFIG
        try:
            config = json.loads(path.read_bytes())
            name, arguments = config["model"], dict(config["arguments"])
        except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise FileError(f"{path} is no config that save_pretrained wrote: {error}") from None
        model = _kind(cls, name, path)(**arguments)
        model.load_state_dict(rv.load(Path(folder) / _WEIGHTS))
        return model.eval()


def _kind(cls: type[Any], name: Any, path: Path) -> type[Any]:
    """The class of this name, if it is one that ``cls`` may make; nothing else is ever imported."""
    from ravine import models

    found = cls if name == cls.__name__ else None
    if found is None and isinstance(name, str) and name in dir(models):
        found = getattr(models, name)
    if not (isinstance(found, type) and issubclass(found, cls)):
        raise FileError(f"{path} is of {name!r:.60}, which {cls.__name__}.from_pretrained does not make")
    return found


def _is_plain(value: Any) -> bool:
    """Whether JSON gives the value back, tuples as lists."""
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(name, str) and _is_plain(inner) for name, inner in value.items())
    return value is None or isinstance(value, (bool, int, float, str))
