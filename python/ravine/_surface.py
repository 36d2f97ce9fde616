"""What scripts name and `import ravine` does not load: in which module each name is."""

from __future__ import annotations

_IN = {
    "_layer_calls": "embedding_bag embedding_renorm_",
    "nn.functional": "native_channel_shuffle",
    "_layers": "alpha_dropout alpha_dropout_ batch_norm bilinear channel_shuffle conv3d conv_tbc "
    "conv_transpose3d ctc_loss feature_alpha_dropout feature_alpha_dropout_ feature_dropout "
    "feature_dropout_ gru gru_cell instance_norm lstm lstm_cell max_pool3d pdist rnn_relu "
    "rnn_relu_cell rnn_tanh rnn_tanh_cell rrelu rrelu_",
    "_names": "Size channels_last channels_last_3d contiguous_format e inf layout legacy_contiguous_format "
    "memory_format nan newaxis pi preserve_format strided",
}

#: The module of each name of `ravine`.
NAMES = {name: module for module, listed in _IN.items() for name in listed.split()}

#: Modules of `ravine` that are imported when they are first used.
MODULES = ("distributions",)
