"""Files of tensors: `save` and `load` for any state, `safetensors` for the format as it is.

Nothing is pickled: a file holds numbers and names and cannot run code. Files of torch.save are read without
running them.

>>> import tempfile, pathlib
>>> import ravine
>>> path = pathlib.Path(tempfile.mkdtemp()) / "state.safetensors"
>>> ravine.save({"weight": ravine.ones(2), "step": 3}, path)
>>> ravine.load(path)
{'weight': tensor([1., 1.]), 'step': 3}
"""

from __future__ import annotations

from . import safetensors
from ._load import load
from ._save import save

__all__ = ["load", "safetensors", "save"]


def __dir__() -> list[str]:
    return sorted(__all__)
