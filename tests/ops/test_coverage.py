"""Every op of the registry is tested by the files beside this one, or said to be tested elsewhere."""

from pathlib import Path

from ops import registry
from ops.composed import COMPOSED, STAND_INS, UNSAMPLED
from ravine import _core

ROOT = Path(__file__).parents[2]


def test_every_op_has_samples_or_a_reason():
    assert registry.uncovered() == []


def test_no_table_repeats_or_outlives_the_registry():
    table = {r["name"] if r["signature"] else r["op"]: r for r in _core.registry_table()}
    sampled = {n for n, r in table.items() if r.get("samples") and r.get("reference") and r["signature"]}
    extra = {*COMPOSED, *STAND_INS, *UNSAMPLED}
    assert extra & sampled == set()
    assert extra - set(table) == set()


def test_reasons_name_tests_that_exist():
    paths = [word.rstrip(":,") for why in UNSAMPLED.values() for word in why.split() if word.endswith(".py")]
    assert [p for p in paths if not (ROOT / p).exists()] == []
