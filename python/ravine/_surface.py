"""What scripts name and `import ravine` does not load: in which module each name is."""

from __future__ import annotations

_IN = {
    "_answers": "adjoint conj conj_physical is_complex is_conj is_inference is_neg is_nonzero is_same_size "
    "is_signed is_storage isreal real resolve_conj resolve_neg",
    "_strided": "as_strided detach_ resize_as_",
    "_calculus": "cumulative_trapezoid diff gradient trapezoid trapz",
    "_filled": "empty_permuted empty_strided range scalar_tensor",
    "_histograms": "histogram histogramdd",
    "_layer_calls": "embedding_bag embedding_renorm_",
    "nn.functional": "native_channel_shuffle",
    "_layers": "alpha_dropout alpha_dropout_ batch_norm bilinear channel_shuffle conv3d conv_tbc "
    "conv_transpose3d ctc_loss feature_alpha_dropout feature_alpha_dropout_ feature_dropout "
    "feature_dropout_ gru gru_cell instance_norm lstm lstm_cell max_pool3d pdist rnn_relu "
    "rnn_relu_cell rnn_tanh rnn_tanh_cell rrelu rrelu_",
    "_numbers": "angle conj conj_physical imag is_complex is_conj is_neg isreal real resolve_conj "
    "resolve_neg",
    "_products": "addbmm addr norm_except_dim rsub",
    "_scatters": "diagonal_scatter fill put select_scatter slice_scatter",
    "_segments": "segment_reduce",
    "_shapes": "broadcast_shapes constant_pad_nd narrow_copy nonzero_static ravel split_with_sizes "
    "unravel_index unsafe_chunk unsafe_split unsafe_split_with_sizes",
    "_special": "mvlgamma polygamma",
    "_statistics": "dist mode nanmedian nanquantile renorm",
    "_windows": "bartlett_window blackman_window hamming_window hann_window kaiser_window",
    "_names": "Size channels_last channels_last_3d contiguous_format e inf layout legacy_contiguous_format "
    "memory_format nan newaxis pi preserve_format strided",
}

_METHODS_IN = {
    "_answers": "adjoint apply_ as_subclass conj conj_physical conj_physical_ is_complex is_conj "
    "is_inference is_neg is_nonzero is_pinned is_same_size is_shared is_signed isreal map2_ map_ ndimension "
    "new record_stream register_post_accumulate_grad_hook resolve_conj resolve_neg share_memory_ "
    "type_as",
    "_strided": "as_strided as_strided_ detach_ dim_order is_set_to resize_ resize_as_ set_ squeeze_ storage "
    "storage_offset stride swapaxes_ swapdims_ t_ transpose_ unsqueeze_ untyped_storage",
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
DECLARING = tuple(sorted({*_METHODS_IN, "_filled", "_segments", "_windows"}))

#: Modules of `ravine` that are imported when they are first used.
MODULES = ("distributions",)
