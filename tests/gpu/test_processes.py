"""A GPU that is lost, a process that forks or ends, and threads: nothing hangs, and everybody is told."""

import os
import subprocess
import sys

import pytest

from engine.programs import run


def test_a_lost_gpu_says_so_and_leaves_what_lies_on_the_host(tmp_path):
    printed = run(
        """
        import pathlib, sys
        from ravine import nn, optim
        from ravine.errors import DeviceError

        folder = pathlib.Path(sys.argv[1])
        ravine.manual_seed(0)
        model = nn.Linear(4, 3)
        kept = {name: t.detach().clone() for name, t in model.state_dict().items()}
        far = nn.Linear(4, 3).to("gpu")
        far.load_state_dict(kept)
        optimizer = optim.Adam(far.parameters(), lr=0.1)
        x = ravine.ones(2, 4).to("gpu")
        (far(x) ** 2).sum().backward()
        optimizer.step()
        ravine.save(far.state_dict(), folder / "far.safetensors")
        near = x.cpu() + 1
        ravine.eval(near)
        pending = far(x).sum()
        _core.lose_gpu(0)

        def step():
            optimizer.zero_grad()
            (far(x) ** 2).sum().backward()
            optimizer.step()

        calls = [
            pending.item, lambda: (x + 1).tolist(), x.tolist, lambda: x.cpu().tolist(), step, step,
            lambda: ravine.ones(3).to("gpu").sum().item(), lambda: ravine.zeros(3, device="gpu").tolist(),
            lambda: ravine.save({"x": x}, folder / "x.safetensors"), ravine.synchronize,
            lambda: repr(x), lambda: x[ravine.tensor([0])].tolist(), lambda: (x @ x.T).tolist(),
        ]
        told = set()
        for i, call in enumerate(calls * 2):
            try:
                call()
                print("call", i, "raised nothing")
            except DeviceError as e:
                text = str(e)
                told.add(text[max(text.find("the GPU was lost"), 0) :].split(" [")[0])
        print(len(told), told)
        assert near.tolist() == [[2.0] * 4] * 2
        assert all(ravine.equal(t, kept[name]) for name, t in model.state_dict().items())
        model.load_state_dict(ravine.load(folder / "far.safetensors"))
        print(model(ravine.ones(1, 4)).shape)
        del far, optimizer, x, pending
        print("the end")
        """,
        arguments=[tmp_path],
    )
    lines = printed.splitlines()
    assert lines[0].startswith("1 {"), printed
    assert "from a checkpoint" in lines[0]
    assert lines[1:] == ["(1, 3)", "the end"], printed


def test_a_gpu_lost_in_a_step_takes_no_tensor_of_the_cpu_with_it():
    run("""
    from ravine import nn, optim
    from ravine.errors import DeviceError

    near, far = nn.Linear(3, 2), nn.Linear(3, 2).to("gpu")
    optimizers = [optim.SGD(m.parameters(), lr=0.1) for m in (near, far)]
    x = ravine.ones(1, 3)
    (near(x).sum() + far(x.to("gpu")).sum().cpu()).backward()
    optimizers[0].step()
    before = [p.detach().clone() for p in near.parameters()]
    ravine.eval(*before)
    _core.lose_gpu(0)
    try:
        optimizers[1].step()  # or the look after it: no driver tells at once
        far.weight.tolist()
        raise AssertionError("nothing was lost")
    except DeviceError as e:
        assert "GPU was lost" in str(e)
    for p, old in zip(near.parameters(), before):
        assert ravine.equal(p, old)
    """)


def test_a_child_that_was_forked_is_told_and_ends():
    """Whatever it asks of the GPU, values that lie there among it; the parent goes on."""
    printed = run("""
    import os, sys
    from ravine.errors import StateError

    faulthandler.cancel_dump_traceback_later()  # its thread is gone in a child, which waits for it
    x = ravine.ones(4).to("gpu")
    seen = (x + 1) * 2
    seen.sum().item()
    waits = x * 3

    def child(work):
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        try:
            work()
        except StateError as e:
            assert "spawn" in str(e)
            sys.exit(7)
        sys.exit(0)

    calls = [lambda: x + 1, x.tolist, seen.numpy, waits.tolist, lambda: repr(seen), ravine.synchronize,
             lambda: ravine.zeros(2, device="gpu"), lambda: None]
    print([child(call) for call in calls])
    print(waits.tolist(), seen.tolist())
    """)
    first, second = printed.splitlines()
    assert first == str([7] * 7 + [0])
    assert second == f"{[3.0] * 4} {[4.0] * 4}"


def test_who_uses_no_gpu_may_fork_as_before():
    printed = run("""
    import os, sys
    faulthandler.cancel_dump_traceback_later()  # its thread is gone in a child, which waits for it
    ravine.gpu.devices()
    x = ravine.ones(3)
    x.sum().item()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        print(x.tolist(), flush=True)
        sys.exit(5)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), (x + 1).tolist())
    """)
    assert printed.splitlines() == [str([1.0] * 3), f"5 {[2.0] * 3}"]


def test_workers_of_a_loader_feed_a_gpu():
    printed = run(
        """
        from ravine.utils.data import DataLoader, TensorDataset

        data = TensorDataset(ravine.arange(20.0).reshape(10, 2))
        loader = DataLoader(data, batch_size=4, num_workers=2)
        scale = ravine.tensor(2.0).to("gpu")
        for _ in range(2):
            print(sum((batch[0].to("gpu") * scale).sum().item() for batch in loader))
        """,
        limit=90,
    )
    assert printed.split() == ["380.0", "380.0"]


def test_threads_train_a_model_each():
    run(
        """
        import threading
        import numpy as np
        from ravine import nn, optim

        def train(seed, device):
            rng = np.random.default_rng(seed)
            model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3))
            for p in model.parameters():
                with ravine.no_grad():
                    p.copy_(ravine.tensor(rng.standard_normal(p.shape).astype(np.float32) / 3))
            model.to(device)
            optimizer = optim.Adam(model.parameters(), lr=0.01)
            x = ravine.tensor(rng.standard_normal((12, 6)).astype(np.float32)).to(device)
            y = ravine.tensor(rng.integers(0, 3, 12)).to(device)
            losses = []
            for _ in range(6):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(x), y)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
            return losses

        found = {}

        def work(k):
            found[k] = train(k, "gpu")

        threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
        for t in threads: t.start()
        for t in threads: t.join()
        for k in range(3):
            np.testing.assert_allclose(found[k], train(k, "cpu"), rtol=1e-4)
            assert found[k] == train(k, "gpu")
        """,
        limit=120,
    )


def test_an_exception_in_a_thread_leaves_the_others_alone():
    printed = run("""
    import threading

    x = ravine.arange(6.0).to("gpu")
    threading.excepthook = lambda args: print(args.exc_type.__name__)

    def fails():
        y = x * 2
        raise ValueError(y)

    def ends():
        global left
        left = x * 3  # pending when its thread ends

    for work in (fails, ends):
        t = threading.Thread(target=work)
        t.start()
        t.join()
    print(left.sum().item(), (x + 1).sum().item())
    """)
    assert printed.split() == ["ValueError", "45.0", "21.0"]


@pytest.mark.parametrize("end", ["", "sys.exit(0)", "raise SystemExit"])
def test_a_process_ends_with_work_in_flight(end):
    printed = run(f"""
    import sys, threading
    x = ravine.ones(64, 64).to("gpu")
    for _ in range(40):
        x = x @ x * 0.01
    ravine.eval(x)
    pending = x + 1
    threading.Thread(target=lambda: ravine.eval(x * 2), daemon=True).start()
    print("done", flush=True)
    {end}
    """)
    assert printed == "done\n"


def test_nothing_is_said_where_no_folder_is_set():
    """And the environment is what it was, for child processes too."""
    environment = {k: v for k, v in os.environ.items() if k != "XDG_RUNTIME_DIR"}
    program = """
    import os, subprocess, sys
    import ravine
    (ravine.ones(2).to("gpu") + 1).sum().item()
    assert "XDG_RUNTIME_DIR" not in os.environ
    shown = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
    assert "XDG_RUNTIME_DIR" not in shown
    """
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(line.strip() for line in program.splitlines())],
        env={**environment, "RAVINE_ALLOW_SOFTWARE_GPU": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
