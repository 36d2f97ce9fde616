"""Every op of the registry is tested by the files beside this one, or said to be tested elsewhere."""

import ast
import builtins
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


def names_in(expression: str) -> set[str]:
    """What an expression reads that it does not bind itself."""
    nodes = list(ast.walk(ast.parse(expression, mode="eval")))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    parameters = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return {node.id for node in names} - bound - parameters


def test_references_name_what_exists():
    for op in registry.parametrized():
        known = {*registry.REFERENCE_NAMES, *op.signature.parameters, *vars(builtins)}
        assert names_in(op.reference) - known == set(), op.name


def test_every_named_reference_is_used():
    records = [r["reference"] for r in _core.registry_table() if r.get("reference")]
    used = {name for reference in records for name in names_in(reference)}
    assert set(registry.NAMED_REFERENCES) - used == set()


def test_long_references_have_names():
    for record in _core.registry_table():
        reference = record.get("reference") or "None"
        tree = ast.parse(reference, mode="eval").body
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
            continue
        words = [n for n in ast.walk(tree) if isinstance(n, ast.Lambda | ast.comprehension)]
        assert words == [], record["op"]
        assert len(reference) <= 66, record["op"]
