"""What a classifier got wrong, for a run's page."""

from __future__ import annotations

from html import escape

import ravine as rv

from ..errors import ShapeError, ValueError
from .page import Html, pictures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["mistakes"]


def mistakes(
    images: rv.Tensor,
    labels: rv.Tensor,
    logits: rv.Tensor,
    classes: Sequence[object] | None = None,
    *,
    limit: int = 24,
    small: bool = False,
) -> str:
    """The pictures that were named wrongly, the surest mistakes first, each with both probabilities.

    Below a picture stand the answer and the true label with their ``softmax(logits)``.

    Args:
        images: (n, H, W), (n, 1, H, W) or (n, 3, H, W); floats from 0 to 1, or uint8. What lies outside is
            clipped.
        labels: (n,), the true classes.
        logits: (n, classes), the model's scores.
        classes: a name for each class; by default its number.
        limit: at most so many pictures.
        small: half as large.

    Returns:
        HTML for :meth:`Run.show`.

    Raises:
        ShapeError: shapes do not fit together.
        ValueError: the number of names does not fit.

    >>> import ravine
    >>> images, labels = ravine.zeros(2, 8, 8), ravine.tensor([0, 1])
    >>> html = mistakes(images, labels, ravine.tensor([[1.0, 3.0], [0.0, 1.0]]), ["cat", "dog"])
    >>> "dog, 88 %" in html, "is cat, 12 %" in html
    (True, True)
    """
    count = len(labels)
    fits = labels.ndim == 1 and logits.ndim == 2 and len(logits) == len(images) == count
    if not fits or images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[1] not in (1, 3)):
        raise ShapeError(
            f"mistakes: images {tuple(images.shape)}, labels {tuple(labels.shape)} and logits "
            f"{tuple(logits.shape)} do not fit. Give (n, H, W) or (n, channels, H, W), (n,) and (n, classes)"
        )
    names = [str(name) for name in (range(logits.shape[1]) if classes is None else classes)]
    if len(names) != logits.shape[1]:
        raise ValueError(f"mistakes: {len(names)} names for {logits.shape[1]} classes. Give one for each")
    shares = logits.detach().to(rv.float32).softmax(1)
    answers = shares.argmax(1)
    wrong = (answers != labels).nonzero().flatten()
    if not len(wrong):
        return f'<p class="soft">None among {count:,}.</p>'
    sure = shares[wrong, answers[wrong]].argsort(descending=True)
    chosen = wrong[sure[:limit]]
    shown = images[chosen].detach()
    if shown.ndim == 4:
        shown = shown.movedim(1, 3) if shown.shape[1] == 3 else shown.squeeze(1)
    shown = shown * 255 if shown.is_floating_point() else shown
    captions = [
        Html(f"<b>{escape(names[a])}, {share:.0%}</b>is {escape(names[y])}, {true:.0%}".replace("%", " %"))
        for a, share, y, true in zip(
            answers[chosen].tolist(),
            shares[chosen, answers[chosen]].tolist(),
            labels[chosen].tolist(),
            shares[chosen, labels[chosen]].tolist(),
            strict=True,
        )
    ]
    more = f", the surest {len(chosen)} of them" if len(chosen) < len(wrong) else ""
    told = f'<p class="soft">{len(wrong):,} of {count:,} named wrongly{more}.</p>'
    return told + pictures(shown, captions, small=small)
