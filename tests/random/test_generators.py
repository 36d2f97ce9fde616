"""`ravine.Generator`: states of their own, which every function that draws takes."""

import copy
import pickle
import threading
from typing import Any

import pytest

import ravine as rv

# Any, as stubs give a parameter one of its names only.
INTEGERS: Any = rv.zeros(9, dtype=rv.int64)

#: Draws with a generator, as functions that take one.
DRAWS = {
    "rand": lambda g: rv.rand(3, 2, generator=g),
    "randn": lambda g: rv.randn(5, generator=g),
    "randint": lambda g: rv.randint(0, 100, (7,), generator=g),
    "randperm": lambda g: rv.randperm(11, generator=g),
    "rand_like": lambda g: rv.rand_like(rv.ones(3), generator=g),
    "randn_like": lambda g: rv.randn_like(rv.ones(3), generator=g),
    "randint_like": lambda g: rv.randint_like(rv.ones(3), 50, generator=g),
    "normal": lambda g: rv.normal(0.0, 1.0, (4,), generator=g),
    "normal of tensors": lambda g: rv.normal(rv.zeros(4), rv.ones(4), generator=g),
    "bernoulli": lambda g: rv.bernoulli(rv.full((40,), 0.5), generator=g),
    "multinomial": lambda g: rv.multinomial(rv.ones(20), 9, generator=g),
    "poisson": lambda g: rv.poisson(rv.full((20,), 4.0), generator=g),
    "binomial": lambda g: rv.binomial(rv.full((20,), 9.0), rv.full((20,), 0.5), generator=g),
    "uniform_": lambda g: rv.zeros(4).uniform_(-1, 1, generator=g),
    "normal_": lambda g: rv.zeros(4).normal_(generator=g),
    "random_": lambda g: rv.zeros(4).random_(0, 100, generator=g),
    "random_ of to": lambda g: INTEGERS.clone().random_(to=100, generator=g),
    "exponential_": lambda g: rv.zeros(4).exponential_(generator=g),
    "bernoulli_": lambda g: rv.zeros(40).bernoulli_(0.5, generator=g),
    "cauchy_": lambda g: rv.zeros(4).cauchy_(generator=g),
    "geometric_": lambda g: rv.zeros(40).geometric_(0.3, generator=g),
    "log_normal_": lambda g: rv.zeros(4).log_normal_(generator=g),
}


@pytest.mark.parametrize("name", DRAWS)
def test_every_draw_takes_a_generator(name):
    """The numbers are those of the global generator with that seed, and that one is left alone."""
    draw = DRAWS[name]
    rv.manual_seed(7)
    expected = draw(None)
    rv.manual_seed(8)
    before = rv.get_rng_state()
    generator = rv.Generator().manual_seed(7)
    assert rv.equal(draw(generator), expected)
    assert rv.get_rng_state() == before
    assert not rv.equal(draw(generator), expected)
    assert rv.equal(draw(rv.Generator(device="cpu").manual_seed(7)), expected)


def test_states():
    generator = rv.Generator()
    assert generator.initial_seed() == rv.Generator().initial_seed()
    assert generator.device == rv.device("cpu")
    assert generator.manual_seed(-1) is generator
    assert generator.initial_seed() == 2**64 - 1
    generator.manual_seed(5)
    rv.rand(3, generator=generator)
    state, other = generator.get_state(), generator.clone_state()
    first = rv.rand(3, generator=generator)
    assert rv.equal(rv.rand(3, generator=other), first)
    assert rv.equal(rv.rand(3, generator=rv.Generator().set_state(state)), first)
    for again in (pickle.loads(pickle.dumps(generator)), copy.deepcopy(generator)):
        assert again.get_state() == generator.get_state()
        assert again is not generator
    assert generator.seed() == generator.initial_seed()
    assert generator.get_state()[1] == 0
    assert "seed" in repr(generator)


def test_the_default_generator_is_the_global_one():
    rv.default_generator.manual_seed(4)
    first = rv.rand(2)
    rv.manual_seed(4)
    assert rv.equal(rv.rand(2, generator=rv.default_generator), first)
    assert rv.default_generator.get_state() == rv.get_rng_state()
    assert rv.seed() == rv.initial_seed() == rv.default_generator.initial_seed()


def test_threads_share_a_generator():
    generator = rv.Generator().manual_seed(2)
    drawn = []
    threads = [
        threading.Thread(target=lambda: [drawn.append(rv.rand(1, generator=generator)) for _ in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = sorted(t.item() for t in drawn)
    generator.manual_seed(2)
    assert numbers == sorted(rv.rand(1, generator=generator).item() for _ in range(200))


def test_a_generator_gives_the_same_numbers_on_a_gpu():
    one, two = (rv.Generator(device=d).manual_seed(3) for d in ("cpu", "gpu"))
    for _ in range(2):
        assert rv.equal(rv.rand(5, generator=one), rv.rand(5, generator=two, device="gpu").cpu())
    assert two.device.type == "gpu"


def test_initial_values_and_data_take_one():
    def drawn(generator):
        w = rv.nn.init.kaiming_uniform_(rv.empty(4, 3), generator=generator)
        parts = rv.utils.data.random_split(range(9), [4, 5], generator=generator)
        order = list(rv.utils.data.RandomSampler(range(9), generator=generator))
        return [w.tolist(), [[p[i] for i in range(len(p))] for p in parts], order]

    rv.manual_seed(0)
    first = drawn(rv.Generator().manual_seed(3))
    rv.manual_seed(1)
    assert drawn(rv.Generator().manual_seed(3)) == first
    assert drawn(rv.Generator().manual_seed(4)) != first
