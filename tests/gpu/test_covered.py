"""What runs on a GPU: the number of records that do not yet may only fall."""

import pytest

import ravine
from ravine import _core

# Lower it with every program that is written.
NOT_YET = 1


def sides():
    """How each record says that it runs on a GPU."""
    return {r["op"]: r["gpu"] for r in _core.registry_table() if r["op"]}


def test_the_number_of_records_that_are_not_on_the_gpu_yet():
    missing = sorted(op for op, side in sides().items() if side == "todo")
    assert len(missing) == NOT_YET, missing


def test_what_is_never_on_the_gpu_says_why():
    for op, side in sides().items():
        kind, _, why = side.partition(": ")
        assert kind in ("expression", "program", "view", "plain", "todo", "never"), op
        assert (kind == "never") == (len(why) > 20), op


def test_a_plain_form_is_there_where_it_is_claimed():
    forms = {r["op"]: r["plain"] for r in _core.registry_table() if r["op"]}
    claimed = [op for op, side in sides().items() if side == "plain"]
    assert all(forms[op] for op in claimed)


def test_what_is_missing_says_so():
    with pytest.raises(ravine.errors.StateError, match="not on the GPU yet"):
        _core.gpu_program("random_permutation", [0, 5, 3], [0, 0], [])
