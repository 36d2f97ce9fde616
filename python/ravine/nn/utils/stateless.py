"""``functional_call`` under its older name; it lives in :mod:`ravine.func`."""

from __future__ import annotations

from ...func import functional_call

__all__ = ["functional_call"]
