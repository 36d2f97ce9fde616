//! The one list of ops and functions. Python names, stubs, reference pages and generated tests follow from it.

use crate::function::Function;
use crate::op::Op;
use crate::ops::*;
use std::sync::LazyLock;

/// Every record.
pub static OPS: LazyLock<Vec<&'static Op>> = LazyLock::new(|| {
    let mut ops: Vec<&'static Op> = Vec::new();
    ops.extend(unary::OPS);
    ops.extend(binary::OPS);
    ops.extend(activation::OPS);
    ops.extend(rounding::OPS);
    ops.extend(bitwise::OPS);
    ops.extend(exponential::OPS);
    ops.extend(trigonometric::OPS);
    #[cfg(feature = "test-op")]
    ops.extend(test_op::OPS);
    ops.extend([&cast::OP, &select::WHERE, &create::FULL, &create::ARANGE]);
    ops.extend([
        &view::RESHAPE,
        &view::PERMUTE,
        &view::EXPAND,
        &view::SLICE,
        &put::SLICE_PUT,
    ]);
    ops.extend([
        &detach::ALIAS,
        &detach::DETACH,
        &detach::REBIND,
        &detach::LEAF,
        &custom::CUSTOM,
    ]);
    ops.extend([
        &reduce::SUM,
        &product::PROD,
        &reduce::AMAX,
        &reduce::AMIN,
        &reduce::ANY,
        &reduce::ALL,
        &matmul::MATMUL,
    ]);
    ops.extend([
        &softmax::SOFTMAX,
        &softmax::SOFTMAX_BACKWARD,
        &softmax::LOG_SOFTMAX,
        &softmax::LOG_SOFTMAX_BACKWARD,
        &norm::LAYER_NORM,
        &norm::LAYER_NORM_BACKWARD,
        &rms_norm::RMS_NORM,
        &rms_norm::RMS_NORM_BACKWARD,
        &group_norm::GROUP_NORM,
        &group_norm::GROUP_NORM_BACKWARD,
        &batch_norm::BATCH_NORM,
        &batch_norm::BATCH_NORM_BACKWARD,
    ]);
    ops.extend([&conv::CONV2D, &conv::CONV2D_INPUT, &conv::CONV2D_WEIGHT]);
    ops.extend([
        &pool::MAX_POOL,
        &pool::MAX_POOL_SCATTER,
        &pool::MAX_POOL_GATHER,
        &pool::AVG_POOL,
        &pool::AVG_POOL_BACKWARD,
    ]);
    ops.extend([&slide::SLIDE, &slide::OVERLAP_ADD]);
    ops.extend([
        &cross_entropy::CROSS_ENTROPY,
        &cross_entropy::CROSS_ENTROPY_BACKWARD,
        &cross_entropy::CLASS_LABELS,
    ]);
    ops.extend([&bce::BCE, &bce::BCE_LOGITS, &within::WITHIN]);
    ops.extend([
        &random::UNIFORM,
        &random::NORMAL,
        &random::INTEGERS,
        &random::MASK,
        &random::PERMUTATION,
    ]);
    ops.extend([&elman::RNN, &elman::RNN_BACKWARD]);
    ops.extend([&lstm::LSTM, &lstm::LSTM_BACKWARD]);
    ops.extend([&gru::GRU, &gru::GRU_BACKWARD]);
    ops.extend([&attention::ATTENTION, &attention::ATTENTION_BACKWARD]);
    ops.extend([&embedding::EMBEDDING, &embedding::EMBEDDING_BACKWARD]);
    ops.extend([
        &sgd::SGD,
        &sgd::SGD_MOMENTUM,
        &adam::ADAM,
        &clip::SCALE,
        &clip::TOTAL_NORM,
    ]);
    ops.extend(adaptive::OPS);
    ops.extend(moments::OPS);
    ops.extend([&ngd::NORMALIZED_STEP, &ngd::NORMALIZED_STEP_MOMENTUM]);
    ops.extend([
        &concat::CAT,
        &scan::CUMSUM,
        &recurrence::LINEAR_RECURRENCE,
        &running::RUNNING_EXTREMUM,
        &searchsorted::SEARCHSORTED,
        &sort::SORT,
        &argmax::ARGMAX,
        &argmax::ARGMIN,
    ]);
    ops.extend([
        &gather::GATHER,
        &gather::SCATTER_ADD,
        &one_hot::ONE_HOT,
        &nonzero::NONZERO,
    ]);
    ops.extend([&take::INDEX, &take::INDEX_PUT, &take::INDEX_PUT_ACCUMULATE]);
    ops
});

/// Everything that users call: the functions of records, then those that are made of several.
pub static FUNCTIONS: LazyLock<Vec<&'static Function>> = LazyLock::new(|| {
    let mut all: Vec<&'static Function> = OPS.iter().filter_map(|op| op.function.as_ref()).collect();
    all.push(&select::CLAMP);
    all.extend(view::FUNCTIONS);
    all.extend(reduce::FUNCTIONS);
    all.extend(batch_norm::FUNCTIONS);
    all.extend(loss::FUNCTIONS);
    all.extend(bce::FUNCTIONS);
    all.extend(pointwise_loss::FUNCTIONS);
    all.extend(margin_loss::FUNCTIONS);
    all.extend(fill::FUNCTIONS);
    all.push(&dropout::DROPOUT);
    all.extend(concat::FUNCTIONS);
    all.extend(argmax::FUNCTIONS);
    all.extend(triangle::FUNCTIONS);
    all.extend(conv::FUNCTIONS);
    all.extend(pool::FUNCTIONS);
    all.extend(slide::FUNCTIONS);
    all.extend(arrange::FUNCTIONS);
    all.extend([&recurrence::CUMPROD, &searchsorted::BUCKETIZE, &einsum::EINSUM]);
    all.extend(blends::FUNCTIONS);
    all.extend(statistics::FUNCTIONS);
    all.extend(running::FUNCTIONS);
    all.extend(stacking::FUNCTIONS);
    all.extend(grids::FUNCTIONS);
    all.extend(ranges::FUNCTIONS);
    all.extend(draws::FUNCTIONS);
    all.extend(diagonals::FUNCTIONS);
    all.extend(products::FUNCTIONS);
    all.extend(scatter::FUNCTIONS);
    all.extend(slices::FUNCTIONS);
    all.extend(ordered::FUNCTIONS);
    all.extend([&pad::PAD, &sort::ARGSORT, &take::INDEX_SELECT]);
    all
});

pub fn op(name: &str) -> Option<&'static Op> {
    OPS.iter().find(|op| op.name == name).copied()
}
