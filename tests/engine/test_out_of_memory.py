"""Out of memory in a step: caught, and half the batch goes on as if the whole had never been tried."""

import gc
import os
import random
from functools import partial

import pytest

import ravine
from engine.programs import run
from engine.training import OPTIMIZERS, ROWS, Enough, Program
from engine.windows import window
from ravine import _core, nn, optim
from ravine.errors import OutOfMemoryError

PROGRAMS = int(os.environ.get("RAVINE_MEMORY_PROGRAMS", "24"))
# At how many of a step's allocations a program fails; all of them in the long run.
PLACES = int(os.environ.get("RAVINE_MEMORY_PLACES", "14"))


@pytest.fixture(autouse=True)
def no_fault_left():
    yield
    _core.inject_fault("memory", -1)


def allocations_of_a_step(make):
    """How many allocations the whole batch takes, once its rules are known: to meet one takes some more."""
    return min(allocations_of_one(make()) for _ in range(2))


def allocations_of_one(program):
    _core.inject_fault("memory", 1 << 40)
    program.step(0, 2 * ROWS)
    return (1 << 40) - _core.inject_fault("memory", -1)


def warm(seed):
    program = Program(seed)
    program.warm_up()
    return program


def halves(program, state):
    ravine.set_rng_state(state)
    program.step(0, ROWS)
    program.step(ROWS, 2 * ROWS)


def unbroken(seed, reached):
    """The bits of a run that tried the whole batch as far as a look had shown it, and no further."""
    program = warm(seed)
    state = ravine.get_rng_state()
    if reached:
        program.until = reached
        with pytest.raises(Enough):
            program.step(0, 2 * ROWS)
        program.until = None
    halves(program, state)
    return program.bits()


def test_half_the_batch_goes_on_as_if_the_whole_had_never_been_tried():
    faults = 0
    for seed in range(PROGRAMS):
        draw = random.Random(seed)
        with window(Program(seed).window):
            count = allocations_of_a_step(partial(warm, seed))
            places = range(count) if count <= PLACES else sorted(draw.sample(range(count), PLACES))
            calm = {}
            for place in places:
                program = warm(seed)
                state = ravine.get_rng_state()
                _core.inject_fault("memory", place)
                try:
                    program.step(0, 2 * ROWS)
                except OutOfMemoryError:
                    faults += 1
                else:
                    raise AssertionError(f"seed {seed}: allocation {place} of {count} did not fail")
                reached = program.reached
                halves(program, state)
                if reached not in calm:
                    calm[reached] = unbroken(seed, reached)
                found, expected = program.bits(), calm[reached]
                assert found.keys() == expected.keys()
                differ = [name for name in expected if found[name] != expected[name]]
                assert not differ, (
                    f"seed {seed} ({program.optimizer_name}, window {program.window}), "
                    f"allocation {place} of {count}, which came to {reached!r}: {differ}"
                )
    assert faults >= 5 * PROGRAMS


@pytest.mark.parametrize("bound", [1, 64, 2048])
def test_a_failed_step_leaves_all_as_it_was_at_the_last_look(bound):
    with window(bound):
        for seed, name in enumerate(OPTIMIZERS):
            count = allocations_of_a_step(partial(silent, seed))
            before = silent(seed).bits()
            for place in (0, count // 2, count - 1):
                program = silent(seed)
                _core.inject_fault("memory", place)
                with pytest.raises(OutOfMemoryError):
                    program.step(0, 2 * ROWS)
                _core.inject_fault("memory", -1)
                found = program.bits()
                # zero_grad() is the user's own doing, and stands.
                stays = [k for k in before if program.zeros or not k.startswith("grad")]
                differ = [k for k in stays if found[k] != before[k]]
                assert not differ, f"{name}, allocation {place} of {count}: {differ}"


def silent(seed):
    """A program that was looked at, and does not look at its own losses."""
    program = warm(seed)
    program.look = "never"
    program.bits()
    return program


def test_what_does_not_depend_on_it_can_be_looked_at():
    x = ravine.arange(4.0)
    before = x + 1
    huge = (ravine.zeros(1 << 18, 1) + ravine.zeros(1 << 22)).sum()  # 4 TB
    after = x * 3
    with pytest.raises(OutOfMemoryError, match="MB"):
        huge.item()
    assert before.tolist() == [1, 2, 3, 4]
    assert after.tolist() == [0, 3, 6, 9]
    assert (after + before).tolist() == [1, 5, 9, 13]
    for _ in range(2):
        with pytest.raises(OutOfMemoryError):
            huge.item()
    with pytest.raises(OutOfMemoryError):
        (huge + after).tolist()
    assert (x - 1).tolist() == [-1, 0, 1, 2]


def test_a_result_that_was_refused_can_be_had_later():
    x = ravine.arange(1000.0)
    y = (x * 2).cumsum(0)
    _core.inject_fault("memory", 0)
    with pytest.raises(OutOfMemoryError):
        y.sum().item()
    assert y[-1].item() == 999000
    assert (y / 2)[-1].item() == 499500


@pytest.mark.parametrize("bound", [1, 8, 2048])
def test_writes_since_the_last_look_are_taken_back(bound):
    with window(bound):
        x, cache, total = ravine.arange(300.0), ravine.zeros(4, 300), ravine.zeros(())
        x.sum().item()
        view = cache[1]

        def write(y):
            x.mul_(2)
            cache[:, 3:6] = x[:3]
            cache[0, 4] = 7.0
            total.add_(cache.sum() + y.sum())
            y.sum().item()

        place = 0
        for place in range(200):
            _core.inject_fault("memory", place)
            try:
                write(x @ ravine.ones(300, 40))
            except OutOfMemoryError:
                _core.inject_fault("memory", -1)
                assert x.tolist() == list(range(300))
                assert cache.abs().sum().item() == 0
                assert view[4].item() == 0
                assert total.item() == 0
            else:
                break
        _core.inject_fault("memory", -1)
        assert 5 <= place < 199
        assert x[2].item() == 4
        assert view[3:6].tolist() == [0, 2, 4]
        assert cache[0, 4].item() == 7


def test_the_memory_of_a_step_has_no_copies_for_it():
    """A step adds what it did without any care for failures: gradients, activations, nothing else."""
    model = nn.Sequential(nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 512), nn.BatchNorm1d(512))
    optimizer = optim.Adam(model.parameters())
    x = ravine.randn(16, 512)
    ravine.eval(x)
    weights = sum(p.numel() for p in model.parameters()) * 4

    def step():
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()

    for _ in range(3):
        step()
    gc.collect()
    _core.reset_peak()
    start = ravine.stats()["bytes_live"]
    addresses = [p.data_ptr() for p in model.parameters()]
    step()
    added = ravine.stats()["bytes_peak"] - start
    # One gradient of each kind at a time, and what 16 rows need.
    assert added <= 1.01 * weights
    assert [p.data_ptr() for p in model.parameters()] == addresses


def test_the_first_step_updates_in_place():
    model = nn.Linear(512, 512)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    addresses = [p.data_ptr() for p in model.parameters()]
    model(ravine.randn(2, 512)).sum().backward()
    optimizer.step()
    assert [p.data_ptr() for p in model.parameters()] == addresses


def gradient(p):
    assert p.grad is not None
    return p.grad


def test_a_model_that_was_just_made_stays_as_it_was_made():
    for place in range(3, 40, 6):
        ravine.manual_seed(3)
        expected = nn.Linear(4, 4).weight.detach().tolist()
        ravine.manual_seed(3)
        layer = nn.Linear(4, 4)  # nobody has looked yet
        x = ravine.ones(2, 4)
        _core.inject_fault("memory", place)
        try:
            layer(x).sum().backward()
            with ravine.no_grad():
                layer.weight.sub_(gradient(layer.weight))
            layer.weight.sum().item()
        except OutOfMemoryError:
            assert layer.weight.detach().tolist() == expected
        _core.inject_fault("memory", -1)


def test_an_interrupted_step_that_is_taken_again_happens_once():
    for seed, name in enumerate(OPTIMIZERS):
        expected = None
        place = 0
        for place in range(0, 200, 3):
            program = warm(seed)
            state = ravine.get_rng_state()
            if expected is None:
                calm = warm(seed)
                ravine.set_rng_state(state)
                calm.step(0, ROWS)
                expected = calm.bits()
            step = program.optimizer.step
            interrupted = []

            def once(step=step, place=place, interrupted=interrupted):
                _core.inject_fault("interrupt", place)
                try:
                    step()
                except KeyboardInterrupt:
                    interrupted.append(place)
                    step()
                finally:
                    _core.inject_fault("interrupt", -1)

            program.optimizer.step = once
            ravine.set_rng_state(state)
            program.step(0, ROWS)
            assert program.bits() == expected, f"{name}, launch {place}"
            if not interrupted:
                break
        assert place > 0


def test_a_bad_index_takes_the_whole_step_back():
    ravine.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    other = nn.Linear(2, 2)
    optimizer = optim.Adam([{"params": other.parameters()}, {"params": model.parameters()}])
    x, labels = ravine.randn(6, 4), ravine.tensor([0, 1, 2, 0, 1, 2])

    def step(labels):
        optimizer.zero_grad()
        other(ravine.ones(1, 2)).sum().backward()
        nn.functional.cross_entropy(model(x), labels).backward()
        optimizer.step()

    def bits():
        tensors = [*model.state_dict().values(), *other.state_dict().values()]
        states = [v for p in other.parameters() for v in optimizer.state[p].values()]
        return [t.tolist() if isinstance(t, ravine.Tensor) else t for t in [*tensors, *states]]

    step(labels)
    before = bits()
    with pytest.raises(IndexError):
        step(labels + 1)
    assert bits() == before
    step(labels)
    assert bits() != before


def test_memory_limits_of_the_system():
    """Whatever the limit, a step either happens or raises, and smaller batches go on."""
    program = """
    import resource, sys
    import ravine
    from ravine import nn, optim
    from ravine.errors import OutOfMemoryError

    ravine.manual_seed(0)
    model = nn.Sequential(nn.Linear(256, 512), nn.ReLU(), nn.BatchNorm1d(512), nn.Linear(512, 256))
    optimizer = optim.Adam(model.parameters())
    x = ravine.randn(4096, 256)

    def step(rows):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[:rows]), x[:rows])
        loss.backward()
        optimizer.step()
        return loss.item()

    step(64); step(64)
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[1]) * 1024, resource.RLIM_INFINITY))
    failed = 0
    rows = 4096
    while rows >= 64:
        try:
            step(rows)
        except MemoryError:
            failed += 1
            rows //= 2
        else:
            break
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    step(64)
    counts = {int(s["step"]) for s in optimizer.state.values()}
    assert len(counts) == 1, counts
    assert all(p.isfinite().all().item() for p in model.parameters())
    print(failed)
    """
    failures = [int(run(program, arguments=[extra])) for extra in (0, 2048, 9000, 30000)]
    assert failures[0] > 0
