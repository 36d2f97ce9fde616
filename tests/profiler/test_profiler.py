"""The profiler on the CPU: which launches it sees, what they are of, and that its sums agree."""

import gzip
import json
import threading

import pytest

import ravine
from ravine import _core, nn, optim
from ravine.errors import StateError, ValueError
from ravine.profiler import (
    ProfilerAction,
    ProfilerActivity,
    Range,
    profile,
    record_function,
    schedule,
    tensorboard_trace_handler,
)


def network():
    ravine.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Sequential(nn.Linear(16, 4), nn.LayerNorm(4)))
    optimizer = optim.Adam(model.parameters())
    x = ravine.randn(32, 8)

    def step():
        with record_function("forward"):
            loss = model(x).square().mean()
        with record_function("backward"):
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    return step


def profiled(**options):
    step = network()
    step()
    with profile(**options) as prof:
        step()
    return prof


def launches(prof):
    return [event for event in prof.events() if not isinstance(event, Range)]


def test_a_launch_has_the_names_bytes_and_flops_of_what_is_fused_into_it():
    a, b, c = ravine.ones(6, 5), ravine.ones(5, 7), ravine.ones(7)
    with profile() as prof:
        ravine.eval((a @ b + c).relu())
    (launch,) = launches(prof)
    assert launch.name == "matmul, add, relu"
    assert launch.kernel == 0
    assert launch.inputs == [((6, 5), "float32"), ((5, 7), "float32")]
    assert launch.outputs == [((6, 7), "float32")]
    assert launch.flops == 2 * 6 * 5 * 7
    assert launch.read == 4 * (6 * 5 + 5 * 7 + 7)
    assert launch.written == 4 * 6 * 7
    assert launch.dispatches == 1
    assert launch.device == "cpu"


def test_what_repeats_is_read_once_and_views_are_no_launches():
    x = ravine.ones(1, 1000)
    with profile() as prof:
        y = x.expand(50, 1000).T[10:20]
        ravine.eval(y + 1)
    (launch,) = launches(prof)
    assert (launch.name, launch.read, launch.written) == ("add", 4 * 10, 4 * 10 * 50)
    with profile() as prof:
        ravine.eval(ravine.ones(4, 3).T.reshape(-1), ravine.ones(0) * 2)
    assert [x.name for x in launches(prof)] == ["full", "reshape", "full, mul"]
    assert [x.written for x in launches(prof)] == [48, 48, 0]


FLOPS = {
    "batched products": (
        lambda: ravine.ones(3, 4, 5) @ ravine.ones(3, 5, 6),
        2 * 3 * 4 * 5 * 6,
        "matmul",
    ),
    "a scalar product": (lambda: ravine.ones(9) @ ravine.ones(9), 18, "matmul"),
    "a convolution in groups": (
        lambda: nn.functional.conv2d(ravine.ones(2, 4, 9, 9), ravine.ones(6, 2, 3, 3), groups=2, stride=2),
        2 * (2 * 6 * 4 * 4) * (2 * 3 * 3),
        "conv2d",
    ),
    "attention": (
        lambda: nn.functional.scaled_dot_product_attention(
            ravine.ones(2, 3, 7, 4), ravine.ones(2, 3, 5, 4), ravine.ones(2, 3, 5, 6)
        ),
        2 * (2 * 3 * 7 * 5) * (4 + 6),
        "scaled_dot_product_attention",
    ),
}


@pytest.mark.parametrize("name", FLOPS)
def test_flops(name):
    call, wanted, op = FLOPS[name]
    with profile() as prof:
        ravine.eval(call())
    assert {x.main.name: x.flops for x in launches(prof) if x.flops} == {op: wanted}


def test_the_derivative_of_a_convolution_has_twice_its_flops():
    x, w = ravine.ones(2, 3, 8, 8, requires_grad=True), ravine.ones(5, 3, 3, 3, requires_grad=True)
    with profile() as prof:
        y = nn.functional.conv2d(x, w)
        y.sum().backward()
        ravine.synchronize()
    found = {launch.main.name: launch.flops for launch in launches(prof) if launch.flops}
    one = 2 * (2 * 5 * 6 * 6) * (3 * 3 * 3)
    assert found == {"conv2d": one, "conv2d_input": one, "conv2d_weight": one}


def test_modules_have_their_forward_and_their_derivative():
    prof = profiled()
    averages = {module.path: module for module in prof.module_averages()}
    outer, linear, inner = "Sequential", "Sequential[0]", "Sequential[2]"
    assert list(averages) == ["", outer, linear, inner, f"{inner}[0]", f"{inner}[1]"]
    assert [m.depth for m in averages.values()] == [0, 0, 1, 1, 2, 2]
    for path in (linear, f"{inner}[0]", f"{inner}[1]"):
        assert averages[path].forward_time > 0
        assert averages[path].backward_time > 0
    # x w^T, and for the weight; the inner one's derivative by its input too.
    assert averages[linear].flops == 2 * (2 * 32 * 8 * 16)
    assert averages[f"{inner}[0]"].flops == 3 * (2 * 32 * 16 * 4)
    within = averages[f"{inner}[0]"].compute_time_total + averages[f"{inner}[1]"].compute_time_total
    own = averages[inner].self_compute_time_total
    assert averages[inner].compute_time_total == pytest.approx(within + own)
    whole = prof.key_averages().compute_time_total
    assert averages[""].compute_time_total + averages[outer].compute_time_total == pytest.approx(whole)
    assert sum(m.count for m in averages.values()) == len(launches(prof))
    assert "Sequential[2][1]" in prof.module_averages().table()


def test_a_group_over_several_modules_belongs_to_the_one_around_them():
    model = nn.Sequential(nn.Sequential(nn.Tanh(), nn.ReLU()), nn.Sigmoid())
    x = ravine.ones(5)
    with profile() as prof:
        ravine.eval(model[0](x), model(x))
    paths = {module.path: module.count for module in prof.module_averages()}
    assert sum(paths.values()) == len(launches(prof))
    assert all(launch.name.split(", ")[0] == "tanh" for launch in launches(prof))


def test_ranges_have_what_was_recorded_in_them_although_it_ran_later():
    prof = profiled()
    averages = {average.key: average for average in prof.key_averages()}
    forward, backward = averages["forward"], averages["backward"]
    all_of_them = launches(prof)
    assert forward.is_range
    assert forward.dispatches == sum(not x.main.is_backward and x.main.module > 0 for x in all_of_them) + 2
    assert backward.flops == sum(x.flops for x in all_of_them if x.is_backward)
    assert forward.cpu_time_total >= forward.self_cpu_time_total
    assert forward.self_compute_time_total == 0
    # Nothing ran before somebody looked.
    assert forward.self_cpu_time_total == pytest.approx(forward.cpu_time_total)


def test_times_on_a_thread_are_those_of_what_is_within_and_its_own():
    with profile() as prof, record_function("outer"):
        with record_function("inner"):
            ravine.eval(ravine.ones(1000) * 2)
        ravine.eval(ravine.ones(10).exp())
    averages = {average.key: average for average in prof.key_averages()}
    outer, inner = averages.pop("outer"), averages.pop("inner")
    of_launches = sum(x.cpu_time_total for x in averages.values())
    assert outer.cpu_time_total == pytest.approx(
        outer.self_cpu_time_total + inner.self_cpu_time_total + of_launches
    )
    assert inner.compute_time_total < outer.compute_time_total == pytest.approx(of_launches)
    assert min(outer.self_cpu_time_total, inner.self_cpu_time_total) > 0


def test_a_range_is_a_decorator_and_nothing_without_a_profiler():
    @record_function("square", "of x")
    def square(x):
        return square(x - 1) + x if x else 0

    assert square(3) == 6
    with profile() as prof:
        square(3)
    (average,) = prof.key_averages()
    assert (average.key, average.count) == ("square | of x", 4)


def test_steps_follow_the_schedule():
    step = network()
    names = []
    seen = []

    def ready(prof):
        seen.append((prof.step_num, [average.key for average in prof.key_averages() if average.is_range]))
        names.append([x.name for x in prof.events() if isinstance(x, Range) and x.key == "ProfilerStep*"])

    plan = schedule(skip_first=1, wait=1, warmup=1, active=2, repeat=2)
    with profile(schedule=plan, on_trace_ready=ready) as prof:
        for _ in range(12):
            step()
            prof.step()
    assert seen == [
        (5, ["ProfilerStep*", "forward", "backward"]),
        (9, ["ProfilerStep*", "forward", "backward"]),
    ]
    assert names == [["ProfilerStep#3", "ProfilerStep#4"], ["ProfilerStep#7", "ProfilerStep#8"]]
    # Both steps run the same launches.
    kinds = [average for average in prof.key_averages() if not average.is_range]
    assert all(average.count % 2 == 0 for average in kinds)


def test_a_schedule_in_numbers():
    plan = schedule(wait=2, warmup=1, active=3, repeat=1, skip_first=4)
    record, save = ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE
    nothing, warm = ProfilerAction.NONE, ProfilerAction.WARMUP
    assert [plan(i) for i in range(12)] == [nothing] * 6 + [warm, record, record, save, nothing, nothing]
    for wrong in ({"active": 0}, {"wait": -1}, {"repeat": -2}):
        with pytest.raises(ValueError, match="schedule: "):
            schedule(**{"wait": 0, "warmup": 0, "active": 1, **wrong})


def test_grouping_by_shapes_and_lines_and_sorting():
    with profile(with_stack=True, activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as prof:
        ravine.eval(ravine.ones(3, 4) @ ravine.ones(4, 5))
        ravine.eval(ravine.ones(30, 40) @ ravine.ones(40, 50))
    plain = {average.key: average.count for average in prof.key_averages()}
    assert plain == {"full": 4, "matmul": 2}
    by_shape = [a for a in prof.key_averages(group_by_input_shape=True) if a.key == "matmul"]
    assert [a.input_shapes for a in by_shape] == [((3, 4), (4, 5)), ((30, 40), (40, 50))]
    by_line = [a for a in prof.key_averages(group_by_stack_n=5) if a.key == "matmul"]
    assert len({a.line for a in by_line}) == 2
    assert all("test_profiler.py:" in (a.line or "") for a in by_line)
    table = prof.key_averages(group_by_input_shape=True).table(sort_by="flops", row_limit=1, header="here")
    assert table.startswith("here\n")
    assert "(30, 40) (40, 50)" in table
    assert "(3, 4)" not in table
    with pytest.raises(ValueError, match=r"sort_by='speed'.*self_cpu_time_total"):
        prof.key_averages().table(sort_by="speed")


def test_an_optimizer_and_eager_code_are_seen(monkeypatch):
    prof = profiled()
    assert "adam_" in [x.name for x in launches(prof)]
    window = _core.get_window()
    _core.set_window(1)
    try:
        x = ravine.ones(7)
        with profile(with_stack=True) as prof:
            y = x * 2 + 1
    finally:
        _core.set_window(window)
    assert [(e.name, e.read, e.written) for e in launches(prof)] == [("mul", 28, 28), ("add", 28, 28)]
    assert all("test_profiler.py" in (e.main.line or "") for e in launches(prof))
    assert y.tolist() == [3.0] * 7


def test_one_profiler_at_a_time_and_results_afterwards():
    with profile() as prof:
        with pytest.raises(StateError, match="another profiler"), profile():
            pass
        with pytest.raises(StateError, match="nothing is recorded yet"):
            prof.key_averages()
        ravine.eval(ravine.ones(3))
    assert [x.name for x in launches(prof)] == ["full"]
    with pytest.raises(ValueError, match="ProfilerActivity"):
        profile(activities=["cpu"])  # pyright: ignore[reportArgumentType]


def test_an_error_in_the_block_ends_the_recording():
    prof = profile()

    def fails():
        with prof:
            ravine.eval(ravine.ones(3))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert [x.name for x in launches(prof)] == ["full"]
    with profile() as prof:
        pass
    assert prof.events() == []


def test_threads_have_rows_of_their_own():
    def work():
        with record_function("other"):
            ravine.eval(ravine.ones(5).exp())

    with profile() as prof:
        with record_function("this"):
            ravine.eval(ravine.ones(5) + 1)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    averages = {average.key: average for average in prof.key_averages() if average.is_range}
    assert averages["this"].dispatches == averages["other"].dispatches == 1
    assert len({x.thread for x in launches(prof)}) == 2


def test_the_trace_is_what_chrome_reads(tmp_path):
    prof = profiled(record_shapes=True, profile_memory=True, with_stack=True)
    path = tmp_path / "trace.json"
    prof.export_chrome_trace(path)
    document = json.loads(path.read_text())
    events = document["traceEvents"]
    assert {event["ph"] for event in events} == {"M", "X", "C"}
    spans = [event for event in events if event["ph"] == "X"]
    assert all(span["dur"] >= 0 and span["ts"] >= 0 for span in spans)
    rows = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
    assert {rows[span["pid"], span["tid"]].split(",")[0] for span in spans} == {"Python", "launches"}
    # Spans of a row are nested or apart.
    for row in rows:
        ends = []
        for span in sorted(
            (s for s in spans if (s["pid"], s["tid"]) == row), key=lambda s: (s["ts"], -s["dur"])
        ):
            while ends and ends[-1] <= span["ts"]:
                ends.pop()
            assert not ends or span["ts"] + span["dur"] <= ends[-1] + 1e-3
            ends.append(span["ts"] + span["dur"])
    launched = [span for span in spans if span["cat"] == "launch"]
    total = sum(span["dur"] for span in launched)
    assert total == pytest.approx(prof.key_averages().compute_time_total)
    product = next(span for span in launched if span["name"].startswith("matmul"))
    assert product["args"]["inputs"] == ["float32 (32, 8)", "float32 (8, 16)"]
    assert product["args"]["module"] == "Sequential[0] (Linear 8->16)"
    assert product["args"]["ops"][:2] == ["matmul", "add"]
    assert "test_profiler.py" in product["args"]["line"]


def test_the_timeline_draws_every_launch_once(tmp_path):
    from xml.etree import ElementTree

    prof = profiled()
    root = ElementTree.fromstring(prof.timeline("a < b").svg)
    tag = "{http://www.w3.org/2000/svg}"
    boxes = [box for box in root.iter(f"{tag}rect") if box.get("class") != "page"]
    kinds = [box.get("class") for box in boxes]
    assert kinds.count("range") == 2
    assert 0 < kinds.count("backward") <= sum(x.is_backward for x in launches(prof))
    assert all(0 < float(box.get("width", 0)) < 1200 for box in boxes)
    left, right = 150, 1200 - 24
    assert min(float(box.get("x", 0)) for box in boxes) == pytest.approx(left)
    ends = [float(box.get("x", 0)) + float(box.get("width", 0)) for box in boxes]
    assert max(ends) == pytest.approx(right, abs=1)
    assert any("Sequential[0] (Linear 8->16)" in (title.text or "") for title in root.iter(f"{tag}title"))
    assert "a < b" in [text.text for text in root.iter(f"{tag}text")]
    assert prof.timeline().save(tmp_path / "timeline.html").stat().st_size > 1000
    with profile() as nothing:
        pass
    assert "<svg" in nothing.timeline().svg


def test_traces_for_tensorboard(tmp_path):
    profiled(on_trace_ready=tensorboard_trace_handler(str(tmp_path / "log"), "me", use_gzip=True))
    (path,) = (tmp_path / "log").iterdir()
    assert path.name.startswith("me.")
    assert path.name.endswith(".pt.trace.json.gz")
    assert json.loads(gzip.decompress(path.read_bytes()))["traceEvents"]


def test_results_are_the_same_bits_with_it():
    def losses(measured):
        step = network()
        if not measured:
            return [step() for _ in range(3)]
        with profile():
            return [step() for _ in range(3)]

    assert losses(True) == losses(False)
