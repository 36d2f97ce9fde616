"""Why cells of the transform matrix are empty and what has no row, where no record says it."""

STATISTICS = "it writes running statistics, which a batch shares: with track_running_stats=False it holds"
CASTS = "to an integer: GPUs have one floating dtype. Between floats its derivative is the cast back"

#: By row and transform.
HOLES: dict[tuple[str, str], str] = {
    **{(f"BatchNorm{n}d", column): STATISTICS for n in (1, 2, 3) for column in ("vmap", "sample")},
    **{("SyncBatchNorm", column): STATISTICS for column in ("vmap", "sample")},
    **{("cast", column): CASTS for column in ("reverse", "forward", "second", "sample")},
}

#: Records that functions and derivatives record, with a row in whose graph they are.
REACHED: dict[str, str] = {
    "alias": "softmax",
    "detach": "scaled_dot_product_attention",
    "random_mask": "Dropout",
    "overlap_add": "Unfold",
    "linear_recurrence": "prod",
    "index_put_accumulate": "index",
    "softmax_backward": "softmax",
    "log_softmax_backward": "log_softmax",
    "layer_norm_backward": "layer_norm",
    "rms_norm_backward": "rms_norm",
    "group_norm_backward": "group_norm",
    "batch_norm_train": "BatchNorm1d",
    "batch_norm_backward": "BatchNorm1d",
    "conv2d_input": "conv2d",
    "conv2d_weight": "conv2d",
    "max_pool_scatter": "max_pool2d",
    "avg_pool2d_backward": "avg_pool2d",
    "rnn_sequence_backward": "rnn_sequence",
    "lstm_sequence_backward": "lstm_sequence",
    "gru_sequence_backward": "gru_sequence",
    "attention_backward": "scaled_dot_product_attention",
    "embedding_backward": "embedding",
    "cross_entropy_backward": "CrossEntropyLoss",
    "class_labels": "NLLLoss",
    "bce": "BCELoss",
    "bce_logits": "BCEWithLogitsLoss",
}

#: Classes of `ravine.nn` that compute nothing themselves.
HOLDERS: dict[str, str] = {
    "ALiBi": "it takes numbers of queries and keys, no tensor",
    "Container": "it holds layers",
    "Module": "what every layer is",
    "ModuleDict": "it holds layers",
    "ModuleList": "it holds layers",
    "ParameterDict": "it holds parameters",
    "ParameterList": "it holds parameters",
    "RNNBase": "what RNN, LSTM and GRU share",
    "RNNCellBase": "what RNNCell, LSTMCell and GRUCell share",
}
