"""Names of torch that Ravine leaves out: families by pattern, each with its reason, and single names.

`docs/differences.md` says the same to users: it has an entry for every family.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """Patterns, of `fnmatch`, over names such as `torch.stft` and `Tensor.to_sparse`."""

    title: str
    reason: str
    patterns: tuple[str, ...]


FAMILIES = (
    Family(
        "Complex numbers and Fourier transforms",
        "tensors hold real numbers",
        (
            "torch.complex",
            "torch.polar",
            "*.imag",
            "*.view_as_complex",
            "*.view_as_real",
            "*.view_as_*_copy",
            "fft.*",
            "*.stft",
            "*.istft",
            "Tensor.cdouble",
            "Tensor.cfloat",
            "Tensor.chalf",
            "torch.lobpcg",
        ),
    ),
    Family(
        "Sparse layouts",
        "every tensor is dense; multiply by a dense adjacency, or gather and scatter",
        (
            "*sparse*",
            "*.coalesce",
            "*.is_coalesced",
            "*.crow_indices*",
            "*.ccol_indices*",
            "*.row_indices*",
            "*.col_indices*",
            "Tensor.indices",
            "Tensor.values",
            "Tensor.dense_dim",
            "torch.indices_copy",
            "torch.values_copy",
            "torch.hspmm",
            "torch.dsmm",
            "torch.hsmm",
            "torch.spmm",
            "*.smm",
            "*.saddmm",
            "*.sspaddmm",
            "Tensor.to_dense",
        ),
    ),
    Family(
        "Quantised tensors",
        "weights of 8 bits are no dtype of a tensor here",
        (
            "*quantize*",
            "torch.fake_quantize*",
            "torch.fused_moving_avg_obs_fake_quant",
            "torch.choose_qparams_optimized",
            "torch.fbgemm*",
            "*.q_*",
            "*.int_repr",
            "Tensor.qscheme",
            "nn.functional.scaled_*mm",
            "nn.functional.ScalingType",
            "nn.functional.SwizzleType",
        ),
    ),
    Family(
        "Kernels of one backend",
        "they are how torch reaches a library, not what a script calls",
        (
            "torch.miopen_*",
            "torch.batch_norm_*",
            "torch.native_*",
            "*.to_mkldnn",
            "*.is_mkldnn",
            "torch.grid_sampler*",
            "torch.affine_grid_generator",
            "nn.functional.grouped_mm",
            "torch.*_cell",
            "torch.convolution",
        ),
    ),
    Family(
        "Copies of views",
        "`torch.*_copy` are for compilers; `.clone()` of the view is the same",
        ("torch.*_copy",),
    ),
    Family(
        "Nested tensors",
        "a batch has one shape; pad it",
        ("*nested*", "*.to_padded_tensor"),
    ),
    Family(
        "Other companies' devices",
        "a GPU is `gpu`, whatever its make",
        (
            "Tensor.ipu",
            "Tensor.is_ipu",
            "Tensor.is_maia",
            "Tensor.is_mtia",
            "Tensor.mtia",
            "Tensor.is_vulkan",
            "Tensor.is_xla",
        ),
    ),
    Family(
        "Torch's own machinery",
        "hooks by which torch's subclasses, tracers and loaders work",
        (
            "*.slice_inverse",
            "*.sym_*",
            "*.module_load",
            "*.as_subclass",
            "*.const_data_ptr",
            "*.hash_tensor",
            "*.grad_dtype",
            "Tensor.volatile",
            "*.is_distributed",
            "nn.functional.assert_int_or_pair",
            "autograd.NestedIOFunction",
            "autograd.enforce_grad_layout_policy",
            "func.debug_unwrap",
            "optim.swap_in_optimizer_params_and_state",
            "func.rearrange",
        ),
    ),
    Family(
        "Data pipes",
        "torch has given them up; a dataset and a loader do their work",
        (
            "utils.data.*DataPipe",
            "utils.data.DataChunk",
            "utils.data.functional_datapipe",
            "utils.data.guaranteed_datapipes_determinism",
            "utils.data.non_deterministic",
            "utils.data.*validation*",
        ),
    ),
)

#: Single names, which no family holds.
SINGLE: dict[str, str] = {
    "Tensor.eig": "torch's own raises: use linalg.eig",
    "Tensor.lstsq": "torch's own raises: use linalg.lstsq",
    "Tensor.solve": "torch's own raises: use linalg.solve",
    "Tensor.symeig": "torch's own raises: use linalg.eigh",
    "Tensor.reinforce": "torch's own raises: use distributions",
    "Tensor.resize": "torch's own is deprecated: use resize_ or reshape",
    "Tensor.resize_as": "torch's own is deprecated: use resize_as_ or reshape",
    "Tensor.index": "what indexing with brackets calls inside torch",
    "Tensor.new_empty_strided": "tensors lie in memory as the engine has them: use new_empty",
    "Tensor.storage_type": "the class of a storage; storages here have one class",
    "Tensor.xpu": 'moves to a company\'s device: use cuda(), or to("gpu")',
}
