"""Threads: each records its own stream; values cross between them; nothing waits for ever."""

from pathlib import Path

from engine.programs import run

TESTS = Path(__file__).parents[1]


def test_four_threads_share_parameters():
    run("""
    import threading
    from ravine import nn, optim

    ravine.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 1))
    parameters = list(model.parameters())
    optimizer = optim.SGD(parameters, lr=0.01)
    batches = [ravine.randn(8, 16) for _ in range(4)]
    turn = threading.Barrier(4)
    grads = [None] * 4
    failures = []

    def work(k):
        try:
            for _ in range(60):
                loss = (model(batches[k]) ** 2).mean()
                grads[k] = ravine.autograd.grad(loss, parameters)
                turn.wait()
                if k == 0:  # the update stays pending in this thread's stream until another one reads it
                    for several in zip(parameters, *grads):
                        several[0].grad = sum(several[2:], start=several[1])
                    optimizer.step()
                turn.wait()
        except BaseException as error:
            failures.append(error)
            turn.abort()
            raise

    before = [p.detach().clone() for p in parameters]
    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
    assert not failures, failures
    together = [p.detach().numpy().tobytes() for p in parameters]

    with ravine.no_grad():
        for p, value in zip(parameters, before):
            p.copy_(value)
    for _ in range(60):
        parts = [ravine.autograd.grad((model(b) ** 2).mean(), parameters) for b in batches]
        for several in zip(parameters, *parts):
            several[0].grad = sum(several[2:], start=several[1])
        optimizer.step()
    assert together == [p.detach().numpy().tobytes() for p in parameters]
    """)


def test_producer_hands_over_pending_tensors():
    run("""
    import queue
    import threading

    ready = queue.Queue(maxsize=3)

    def produce():
        for i in range(300):
            ready.put(ravine.arange(64.0) * i + 1)  # nobody looks here
        ready.put(None)

    threading.Thread(target=produce).start()
    total = ravine.zeros(64)
    pending = 0
    while (item := ready.get()) is not None:
        pending += item._is_pending
        total = total + item
    assert pending > 0, "every tensor was computed before it was handed over"
    expected = [k * 299 * 300 / 2 + 300 for k in range(64)]
    assert total.tolist() == expected, total
    """)


def test_values_outlive_the_thread_that_recorded_them():
    run("""
    import threading

    kept = []

    def work():
        x = ravine.arange(5.0)
        kept.append((x * 2, (x + 1).sum()))

    for _ in range(20):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    for double, total in kept:
        assert double.tolist() == [0, 2, 4, 6, 8]
        assert (total + 1).item() == 16
    """)


def test_in_place_writes_by_turns():
    run("""
    import threading

    counter, lock = ravine.zeros(3), threading.Lock()
    view = counter[1:]

    def work():
        for _ in range(250):
            with lock:
                counter.add_(1)
                view.mul_(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
    assert counter.tolist() == [1000.0] * 3
    assert view.tolist() == [1000.0] * 2
    """)


def test_looking_at_each_others_values_at_once():
    run("""
    import threading

    def work(k):
        for i in range(150):
            mine[k] = ravine.ones(50, 50) * (k + i) @ ravine.eye(50)
            # Whatever the others are at: pending in their stream, running, or done.
            for other in list(mine.values()):
                value = other.amax().item()
                assert value == other.amin().item()

    mine = {}
    failures = []

    def guarded(k):
        try:
            work(k)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(k,)) for k in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
    assert not failures, failures
    """)


def test_training_beside_a_busy_python_thread():
    run(
        """
    import sys
    import threading
    sys.path.insert(0, sys.argv[1])
    from engine.steps import Task

    def trained():
        task = Task("adam")
        for _ in range(60):
            task.step()
        return task.bits()

    alone = trained()
    stop = threading.Event()
    turns = 0

    def busy():
        global turns
        while not stop.is_set():
            turns += 1

    thread = threading.Thread(target=busy)
    thread.start()
    beside = trained()
    ravine.synchronize()
    stop.set()
    thread.join()
    assert alone == beside
    assert turns > 0
    """,
        arguments=[TESTS],
    )


def test_long_kernels_let_other_threads_run():
    run("""
    import threading

    a = ravine.ones(600, 600) / 600
    ravine.eval(a)
    turns = [0]
    stop = threading.Event()

    def busy():
        while not stop.is_set():
            turns[0] += 1

    thread = threading.Thread(target=busy)
    y = a
    for _ in range(60):
        y = y @ a
    thread.start()
    before = turns[0]
    ravine.eval(y)  # one call: with the lock held, the counter would stand still
    during = turns[0] - before
    stop.set()
    thread.join()
    assert during > 100, during
    """)


def test_synchronize_runs_what_every_thread_recorded():
    run("""
    import threading

    recorded, checked = threading.Event(), threading.Event()
    kept = []

    def work():
        kept.append(ravine.arange(3.0) + 1)
        recorded.set()
        checked.wait()

    thread = threading.Thread(target=work)
    thread.start()
    recorded.wait()
    assert kept[0]._is_pending
    ravine.synchronize()
    assert not kept[0]._is_pending
    checked.set()
    thread.join()
    """)


def test_fork_is_refused_in_the_child_and_harmless_in_the_parent():
    out = run("""
    import os
    import warnings

    warnings.simplefilter("ignore")  # newer Pythons warn of fork in a process with threads
    x = ravine.ones(300, 300) @ ravine.ones(300, 300)
    x.sum().item()
    y = x + 1
    child = os.fork()
    if child == 0:
        try:
            x + 1
        except RuntimeError as error:
            print(type(error).__name__, error, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
    assert y.amax().item() == 301
    assert (ravine.ones(300, 300) @ ravine.ones(300, 300)).amin().item() == 300
    """)
    assert out.startswith("StateError add: this process was forked")
    assert "'spawn'" in out
