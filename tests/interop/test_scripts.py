"""The first lines of scripts run: paths of modules, questions, switches, and what is not here."""

from __future__ import annotations

import importlib
import pickle
import sys

import numpy as np
import pytest

import ravine
import ravine as torch
from engine.programs import run
from ravine import nn
from ravine.errors import StateError

PATHS = {
    "ravine.autograd.function": "Function",
    "ravine.autograd.functional": "jacobian",
    "ravine.autograd.grad_mode": "no_grad",
    "ravine.autograd.variable": "Variable",
    "ravine.amp.grad_scaler": "GradScaler",
    "ravine.backends.cuda": "matmul",
    "ravine.backends.cudnn": "benchmark",
    "ravine.backends.mps": "is_available",
    "ravine.cuda": "is_available",
    "ravine.cuda.amp": "autocast",
    "ravine.cuda.nvtx": "range_push",
    "ravine.nn.attention": "sdpa_kernel",
    "ravine.nn.modules": "Linear",
    "ravine.nn.modules.batchnorm": "BatchNorm2d",
    "ravine.nn.modules.conv": "Conv2d",
    "ravine.nn.modules.linear": "Linear",
    "ravine.nn.modules.loss": "CrossEntropyLoss",
    "ravine.nn.modules.module": "Module",
    "ravine.nn.parallel": "DistributedDataParallel",
    "ravine.nn.parallel.distributed": "DistributedDataParallel",
    "ravine.nn.parameter": "Parameter",
    "ravine.optim.adamw": "AdamW",
    "ravine.optim.lr_scheduler": "StepLR",
    "ravine.optim.optimizer": "Optimizer",
    "ravine.serialization": "load",
    "ravine.utils.data.dataloader": "DataLoader",
    "ravine.utils.data.dataset": "Dataset",
    "ravine.utils.data.distributed": "DistributedSampler",
    "ravine.utils.data.sampler": "Sampler",
}


@pytest.mark.parametrize("path", PATHS)
def test_paths_lead_to_one_module(path):
    module = importlib.import_module(path)
    found = getattr(module, PATHS[path])
    assert sys.modules[path] is module
    for other in ("ravine", "ravine.nn", "ravine.optim", "ravine.autograd", "ravine.utils.data"):
        known = getattr(importlib.import_module(other), PATHS[path], found)
        if isinstance(found, type) and path != "ravine.cuda.amp":
            assert known is found


def test_dots_find_what_was_not_imported():
    out = run("""
    print(ravine.nn.modules.conv.Conv2d is ravine.nn.Conv2d)
    print(ravine.cuda.amp.autocast.__name__, ravine.autograd.functional.jacobian.__name__)
    print(ravine.backends.cudnn.benchmark, ravine.version.cuda)
    print(ravine.nn.parallel.DataParallel.__name__)
    print(ravine.utils.data.DataLoader.__name__, ravine.random.fork_rng.__name__)
    """)
    assert out.split() == [
        "True",
        "autocast",
        "jacobian",
        "False",
        "None",
        "DataParallel",
        "DataLoader",
        "fork_rng",
    ]


def test_no_path_is_read_twice():
    before = set(sys.modules)
    first = importlib.import_module("ravine.nn.modules.pooling")
    import ravine.nn.pooling as second

    assert first is second
    for name in set(sys.modules) - before:
        assert sys.modules[name].__name__ in sys.modules
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("ravine.nn.modules.nothing")


def test_all_names_are_there():
    for name in ravine.__all__:
        getattr(ravine, name)
    assert set(ravine.__all__) <= set(dir(ravine))


def test_questions_about_devices():
    for module in (torch.cuda, torch.mps, torch.xpu):
        assert module.is_available() == (module.device_count() > 0)
    assert torch.version.cuda is None
    assert torch.cuda.get_arch_list() == []
    assert torch.cuda.memory_allocated() <= torch.cuda.max_memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    torch.cuda.empty_cache()
    assert set(torch.cuda.memory_stats()) >= {"allocated_bytes.all.current", "allocated_bytes.all.peak"}
    assert torch.cuda.memory_summary().count("\n") > 1
    free, total = torch.cuda.mem_get_info()
    assert 0 <= free <= total
    with (
        torch.cuda.stream(torch.cuda.Stream()),
        torch.cuda.device_of(torch.ones(1)),
        torch.cuda.nvtx.range("x"),
    ):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        torch.ones(10).sum().item()
        end.record()
        torch.cuda.current_stream().synchronize()
    assert start.elapsed_time(end) >= 0
    assert torch.cpu.is_available()
    assert torch.cpu.current_device() == "cpu"
    assert torch.get_device_module("cuda") is torch.cuda
    if torch.cuda.is_available():
        properties = torch.cuda.get_device_properties(0)
        assert properties.name == torch.cuda.get_device_name(0)
        assert torch.cuda.get_device_capability() == (0, 0)
        assert torch.accelerator.current_accelerator() == torch.device("cuda")


def test_switches_change_nothing():
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.deterministic = False
    torch.backends.cuda.matmul.allow_tf32 = True
    for module in (torch.backends.cudnn, torch.backends.mkl, torch.backends.mkldnn, torch.backends.openmp):
        assert not module.is_available()
    with torch.backends.cuda.sdp_kernel(enable_flash=False), torch.backends.cudnn.flags(enabled=False):
        pass
    torch.set_float32_matmul_precision("high")
    assert torch.get_float32_matmul_precision() == "high"
    torch.set_float32_matmul_precision("highest")
    torch.use_deterministic_algorithms(True, warn_only=True)
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_deterministic_debug_mode() == 1
    torch.set_deterministic_debug_mode("default")
    assert not torch.are_deterministic_algorithms_enabled()
    torch.set_num_interop_threads(2)
    torch.set_warn_always(True)
    assert torch.is_warn_always_enabled()
    torch.set_warn_always(False)
    torch.set_anomaly_enabled(True)
    assert torch.is_anomaly_enabled()
    torch.set_anomaly_enabled(False)


def test_wrappers_hold_one_module():
    net = nn.Linear(2, 3)
    for wrapper in (nn.DataParallel(net), nn.parallel.DistributedDataParallel(net, device_ids=[0])):
        assert wrapper.module is net
        assert list(wrapper.state_dict()) == ["module.weight", "module.bias"]
        assert wrapper(torch.ones(1, 2)).shape == (1, 3)
    with wrapper.no_sync():
        pass
    assert nn.parallel.data_parallel(net, torch.ones(1, 2)).shape == (1, 3)


def test_what_compiles_returns_its_argument():
    net = nn.Linear(2, 2)
    assert torch.compile(net) is net
    assert torch.compile(net, mode="max-autotune", fullgraph=True) is net

    @torch.compile
    @torch.jit.ignore
    @torch.jit.export
    @torch.compiler.disable
    def double(x):
        return x * 2

    assert double(torch.ones(1)).tolist() == [2]
    assert not torch.compiler.is_compiling()
    assert not isinstance(net, torch.jit.ScriptModule)
    for call in (torch.jit.trace, torch.onnx.export, torch.distributed.init_process_group, torch.hub.load):
        with pytest.raises(StateError):
            call(net)
    assert not torch.distributed.is_available()
    assert (torch.distributed.get_rank(), torch.distributed.get_world_size()) == (0, 1)


def test_random_numbers():
    torch.manual_seed(3)
    with torch.random.fork_rng():
        inside = torch.rand(2).tolist()
        torch.manual_seed(9)
    assert torch.rand(2).tolist() == inside
    assert torch.seed() == torch.initial_seed()
    torch.cuda.manual_seed_all(3)
    torch.cuda.set_rng_state_all(torch.cuda.get_rng_state_all())
    assert torch.rand(2).tolist() == inside


def test_one_rank_of_several():
    from ravine.utils.data import DataLoader, DistributedSampler

    parts = [DistributedSampler(range(10), num_replicas=3, rank=r, seed=1) for r in range(3)]
    seen = [list(part) for part in parts]
    assert {len(part) for part in seen} == {4} == {len(part) for part in parts}
    assert set().union(*seen) == set(range(10))
    parts[0].set_epoch(1)
    assert list(parts[0]) != seen[0]
    assert [len(list(DistributedSampler(range(10), 3, r, drop_last=True))) for r in range(3)] == [3, 3, 3]
    loader = DataLoader(torch.arange(4), batch_size=2, sampler=DistributedSampler(range(4), shuffle=False))
    assert [batch.tolist() for batch in loader] == [[0, 1], [2, 3]]


def test_weights_by_their_address(tmp_path):
    folder = tmp_path / "hub"
    net = nn.Linear(2, 2)
    path = tmp_path / "net.pth"
    torch.save(net.state_dict(), path)
    torch.hub.set_dir(folder)
    assert torch.hub.get_dir() == str(folder)
    for _ in range(2):
        state = torch.hub.load_state_dict_from_url(path.as_uri(), progress=False)
        np.testing.assert_array_equal(state["weight"].numpy(), net.weight.detach().numpy())
        path.unlink(missing_ok=True)  # the second time it is there


def test_names_keep_their_objects():
    for obj in (torch.strided, torch.channels_last, torch.preserve_format):
        assert pickle.loads(pickle.dumps(obj)) is obj
    x = torch.ones(1, 2, 3, 3)
    assert x.to(memory_format=torch.channels_last).shape == (1, 2, 3, 3)
