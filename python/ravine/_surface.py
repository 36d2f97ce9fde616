"""What scripts name and `import ravine` does not load: in which module each name is."""

from __future__ import annotations

_IN = {
    "_answers": "adjoint is_inference is_nonzero is_same_size is_signed is_storage",
    "_strided": "as_strided as_strided_ as_strided_scatter detach_ resize_as_",
    "_calculus": "cumulative_trapezoid diff gradient trapezoid trapz",
    "_filled": "empty_permuted empty_strided range scalar_tensor",
    "_histograms": "histogram histogramdd",
    "_layer_calls": "embedding_bag embedding_renorm_",
    "nn.functional": "native_channel_shuffle",
    "_layers": "alpha_dropout alpha_dropout_ batch_norm bilinear channel_shuffle conv3d conv_tbc "
    "conv_transpose3d ctc_loss feature_alpha_dropout feature_alpha_dropout_ feature_dropout "
    "feature_dropout_ gru gru_cell instance_norm lstm lstm_cell max_pool3d pdist rnn_relu "
    "rnn_relu_cell rnn_tanh rnn_tanh_cell rrelu rrelu_",
    "_numbers": "angle conj conj_physical conj_physical_ imag is_complex is_conj is_neg isreal real "
    "resolve_conj resolve_neg",
    "_products": "addbmm addr norm_except_dim rsub",
    "_scatters": "diagonal_scatter fill put select_scatter slice_scatter",
    "_segments": "segment_reduce",
    "_shapes": "broadcast_shapes constant_pad_nd narrow_copy nonzero_static ravel split_with_sizes "
    "unravel_index unsafe_chunk unsafe_split unsafe_split_with_sizes",
    "_special": "mvlgamma polygamma",
    "_statistics": "dist mode nanmedian nanquantile renorm",
    "_windows": "bartlett_window blackman_window hamming_window hann_window kaiser_window",
    "amp": "GradScaler autocast",
    "amp._state": "clear_autocast_cache get_autocast_cpu_dtype get_autocast_dtype get_autocast_gpu_dtype "
    "is_autocast_cache_enabled is_autocast_cpu_enabled is_autocast_enabled "
    "set_autocast_cache_enabled set_autocast_dtype set_autocast_enabled",
    "compiler": "compile",
    "errors": "OutOfMemoryError",
    "func": "vmap",
    "gpu": "Event Stream",
    "_names": "channels_last channels_last_3d contiguous_format e inf layout legacy_contiguous_format "
    "memory_format nan newaxis pi preserve_format strided",
    "_foreign": "frombuffer to_dlpack typename",
    "_print": "set_printoptions",
    "_settings": "are_deterministic_algorithms_enabled compiled_with_cxx11_abi get_deterministic_debug_mode "
    "get_device_module get_float32_matmul_precision get_num_interop_threads "
    "is_anomaly_check_nan_enabled is_anomaly_enabled "
    "is_deterministic_algorithms_warn_only_enabled is_inference_mode_enabled "
    "is_vulkan_available is_warn_always_enabled set_anomaly_enabled "
    "set_default_tensor_type set_deterministic_debug_mode set_float32_matmul_precision "
    "set_flush_denormal set_num_interop_threads set_warn_always use_deterministic_algorithms",
    "_types": "BFloat16Tensor BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor "
    "IntTensor LongTensor ShortTensor can_cast finfo iinfo promote_types result_type",
}

_METHODS_IN = {
    "_answers": "adjoint apply_ is_inference is_nonzero is_pinned is_same_size is_shared "
    "is_signed map2_ map_ ndimension new record_stream register_post_accumulate_grad_hook "
    "share_memory_ type_as",
    "_strided": "as_strided as_strided_ as_strided_scatter detach_ dim_order is_set_to resize_ "
    "resize_as_ set_ squeeze_ storage storage_offset stride swapaxes_ swapdims_ t_ transpose_ "
    "unsqueeze_ untyped_storage",
    "_calculus": "diff",
    "_histograms": "histogram",
    "_numbers": "angle conj conj_physical conj_physical_ float_power_ is_complex is_conj is_neg isreal "
    "polygamma polygamma_ resolve_conj resolve_neg",
    "_products": "addbmm addbmm_ addr addr_",
    "_scatters": "diagonal_scatter fill_diagonal_ put put_ select_scatter slice_scatter",
    "_shapes": "narrow_copy nelement nonzero_static ravel split_with_sizes sum_to_size unravel_index "
    "unsafe_chunk unsafe_split unsafe_split_with_sizes",
    "_special": "mvlgamma mvlgamma_",
    "_statistics": "dist mode nanmedian nanquantile renorm renorm_",
}

#: The module of each name of `ravine`, and of each method of `Tensor`.
NAMES = {name: module for module, listed in _IN.items() for name in listed.split()}
METHODS = {name: module for module, listed in _METHODS_IN.items() for name in listed.split()}
#: Modules of functions that are declared where they stand.
DECLARING = tuple(sorted({*_METHODS_IN, "_filled", "_foreign", "_segments", "_windows"}))

#: Modules of `ravine` that are imported when they are first used.
MODULES = (
    "accelerator",
    "amp",
    "compiler",
    "cpu",
    "distributed",
    "distributions",
    "generation",
    "hub",
    "jit",
    "models",
    "multiprocessing",
    "onnx",
    "random",
    "recipes",
    "serialization",
    "text",
    "types",
    "version",
    "vision",
)
