"""The environment variables that Ravine reads, checked when it is imported.

>>> import os
>>> check({"RAVINE_NUM_THREADS": "4"})
>>> check({"RAVINE_NUM_THREADS": "four"})
Traceback (most recent call last):
    ...
ravine.errors.ValueError: RAVINE_NUM_THREADS is 'four'. It must be a whole number from 1 to 4096
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["check"]

_SWITCH = ("0", "1")
# Numbers: the least and the most. Words: all that there are.
_NUMBERS = {
    "RAVINE_NUM_THREADS": (1, 4096),
    "RAVINE_WINDOW": (1, 2**63 - 1),
    "RAVINE_GPU_BUDGET": (1, 2**63 - 1),
}
# Any text: a part of a name.
_TEXTS = ("RAVINE_GPU_ADAPTER",)
_WORDS = {
    "RAVINE_ALLOW_SOFTWARE_GPU": _SWITCH,
    "RAVINE_CHECK_PLANS": _SWITCH,
    "RAVINE_EAGER": _SWITCH,
    "RAVINE_GPU_CAPS": ("minimal", "full", "staging", "registers"),
    "RAVINE_SIMD": ("amx", "avx512", "avx2", "portable"),
}


def check(environment: Mapping[str, str]) -> None:
    """Raise for a variable whose value means nothing; warn of a name that is nearly one. Empty is unset.

    Raises:
        ValueError: names the variable, its value and the valid ones.
    """
    for name, value in environment.items():
        if not name.startswith("RAVINE_") or not value.strip():
            continue
        if name in _NUMBERS:
            least, most = _NUMBERS[name]
            word = value.strip()
            if not (word.isascii() and word.isdecimal() and least <= int(word[:30]) <= most):
                bound = f"from {least} to {most}" if most < 10**9 else f"of {least} or more"
                _refuse(name, value, f"a whole number {bound}")
        elif name in _WORDS:
            if value.strip().lower() not in _WORDS[name]:
                _refuse(name, value, f"one of {', '.join(_WORDS[name])}")
        elif name not in _TEXTS:
            import difflib
            import warnings

            close = difflib.get_close_matches(name, (*_NUMBERS, *_WORDS, *_TEXTS), 1, 0.85)
            if close:
                text = f"ravine reads no environment variable {name}. Did you mean {close[0]}?"
                warnings.warn(text, stacklevel=3)


def _refuse(name: str, value: str, what: str) -> None:
    from ravine.errors import ValueError

    raise ValueError(f"{name} is {value!r}. It must be {what}")
