"""The engine's invariant: a random program gives the same bits however it is cut, looked at or threaded, and
the results of torch wherever torch computes. `RAVINE_PROGRAMS` sets how many programs run (2,000)."""

import os

import pytest

from invariant import laws
from invariant.programs import minimise

# torch warns of gradients without elements whose strides are not those of the leaf.
pytestmark = pytest.mark.filterwarnings("ignore:grad and param do not obey:UserWarning")

COUNT = int(os.environ.get("RAVINE_PROGRAMS", "2000"))
ITEMS = 20


@pytest.mark.parametrize("item", range(ITEMS))
def test_programs(item, torch):
    torch.set_num_threads(1)
    seeds = range(item, COUNT, ITEMS)
    forms = [check(seed, torch) for seed in seeds]
    # A generator that torch refuses would prove nothing.
    assert forms.count("plain") + forms.count("out of place") > len(forms) // 2
    assert forms.count("plain") > len(forms) // 5


def check(seed, torch):
    try:
        return laws.check(seed, torch)
    except Exception as error:
        short = minimise(laws.generate(seed), torch)
        raise AssertionError(
            f"seed {seed}: {error}\nThe shortest program that breaks a law:\n{short}"
        ) from error
