"""Weights by their address. Code is not fetched: `load` raises.

>>> import ravine
>>> ravine.hub.load("pytorch/vision", "resnet18")
Traceback (most recent call last):
    ...
ravine.errors.StateError: hub.load: Code of others is not fetched and run. ...
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ravine._refused import refused

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "download_url_to_file",
    "get_dir",
    "help",
    "list",
    "load",
    "load_state_dict_from_url",
    "load_url",
    "set_dir",
]

_WHY = (
    "Code of others is not fetched and run. Copy the model's source, import ravine as torch in it, and read "
    "its weights with hub.load_state_dict_from_url"
)
load = refused("hub.load", _WHY)
list = refused("hub.list", _WHY)
help = refused("hub.help", _WHY)

_folder: str | None = None


def get_dir() -> str:
    """The folder of what is fetched: as `set_dir` said, else `$TORCH_HOME/hub` or `~/.cache/torch/hub`.

    So a file that PyTorch fetched is found.
    """
    if _folder is not None:
        return _folder
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))
    return os.path.join(os.path.expanduser(home), "hub")


def set_dir(d: str | os.PathLike[str]) -> None:
    """Sets the folder of what is fetched."""
    global _folder
    _folder = os.fspath(os.path.expanduser(d))


def download_url_to_file(url: str, dst: str, hash_prefix: str | None = None, progress: bool = True) -> None:
    """Fetches a file.

    Args:
        url: its address.
        dst: where to put it.
        hash_prefix: what its SHA-256 checksum begins with.
        progress: whether to say how far it is.

    Raises:
        DownloadError: it cannot be had, or has another checksum.
    """
    from ravine.datasets._download import download
    from ravine.errors import DownloadError

    download(url, dst, progress=progress)
    if hash_prefix:
        import hashlib

        with open(dst, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if not found.startswith(hash_prefix):
            os.unlink(dst)
            raise DownloadError(
                f"download_url_to_file: {url} has the checksum {found}, not {hash_prefix}...; ask whose it is"
            )


def load_state_dict_from_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = True,
) -> Any:
    """What `ravine.load` reads of a file that is fetched, once, into `get_dir()/checkpoints`.

    Args:
        url: its address.
        model_dir: another folder.
        map_location: as in `ravine.load`.
        progress: whether to say how far it is.
        check_hash: the name ends with the beginning of its SHA-256 checksum, `name-0123abcd.pth`.
        file_name: another name for it.
        weights_only: accepted: a file cannot run code.

    Raises:
        DownloadError: it cannot be had, or has another checksum.
        FileError: it is damaged, or holds what no allowlist has.
    """
    import re
    from urllib.parse import urlsplit

    from ravine.io import load

    folder = os.path.join(get_dir(), "checkpoints") if model_dir is None else model_dir
    os.makedirs(folder, exist_ok=True)
    name = file_name or os.path.basename(urlsplit(url).path)
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        stamp = re.search(r"-([a-f0-9]*)\.", name) if check_hash else None
        download_url_to_file(url, path, stamp[1] if stamp else None, progress)
    return load(path, map_location)


load_url = load_state_dict_from_url
