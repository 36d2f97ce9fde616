"""The transform matrix has no hole without a reason, and no reason that is no longer true."""

import os

import pytest

import ravine
from ravine import nn
from transforms.holes import HOLDERS, HOLES, REACHED
from transforms.matrix import COLUMNS, computed, faults, others, recorded, table
from transforms.subjects import subjects

# A software driver is what these tests are to run on where there is no other.
os.environ.setdefault("RAVINE_ALLOW_SOFTWARE_GPU", "1")

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def test_every_transform_of_every_op_and_layer_on_both_devices():
    found = subjects()
    rows = [computed(subject) for subject in found]
    print(table(rows, others(found)))
    assert [fault for row in rows for fault in faults(row)] == []


def test_what_has_no_row_is_in_the_graph_of_another_or_has_a_reason():
    found = {subject.name: subject for subject in subjects()}
    assert [name for name, why in others(list(found.values())).items() if not why] == []
    assert [name for name, row in REACHED.items() if name not in recorded(found[row])] == []


def test_no_reason_is_left_over():
    rows = {subject.name for subject in subjects()}
    assert [name for name, column in HOLES if name not in rows or column not in COLUMNS] == []
    assert not set(HOLDERS) & rows
    for name in set(HOLDERS) - {"ALiBi", "RNNBase", "RNNCellBase"}:
        with pytest.raises(NotImplementedError):
            getattr(nn, name)()(ravine.ones(1))
