"""Where a run writes beside its folder, and how: the base of what is given as ``Run(logs=[...])``."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..viz import Picture

__all__ = ["Log"]


class Log:
    """The base: a subclass overrides the moments it cares for.

    >>> import io
    >>> from ravine.train import Log, Run
    >>> class Printed(Log):
    ...     def note(self, step, values, seconds):
    ...         print(step, values)
    >>> with Run("demo", steps=1, logs=[Printed()], stream=io.StringIO()) as run:
    ...     run.step(0.5, epoch=0, lr=0.1, norm=2.0)
    1 {'loss': 0.5, 'lr': 0.1, 'norm': 2.0}
    """

    def begin(self, step: int, about: Mapping[str, str]) -> None:
        """The run begins, or goes on after ``step`` steps; what was noted of later ones is void.

        ``about`` are its hyperparameters, versions and machine.
        """

    def note(self, step: int, values: Mapping[str, float], seconds: float) -> None:
        """What a step or an evaluation measured, so many seconds after the run began."""

    def show(self, step: int, title: str, shown: str | Picture) -> None:
        """A section of the page: HTML, or a picture."""

    def sync(self) -> None:
        """A checkpoint is about to be written: what was noted has to be kept from now on."""

    def close(self) -> None:
        """The run ended."""
