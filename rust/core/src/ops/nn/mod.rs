//! What the layers of networks are made of, fused.

pub mod attention;
pub mod conv;
pub mod dropout;
pub mod embedding;
pub mod norm;
pub mod pool;
pub mod rnn;
pub mod rows;
pub mod softmax;
pub mod spatial;

use super::{Functions, Records};

pub static OPS: Records = &[
    &[
        &softmax::SOFTMAX,
        &softmax::SOFTMAX_BACKWARD,
        &softmax::LOG_SOFTMAX,
        &softmax::LOG_SOFTMAX_BACKWARD,
    ],
    norm::OPS,
    &[&conv::CONV2D, &conv::CONV2D_INPUT, &conv::CONV2D_WEIGHT],
    &[
        &pool::MAX_POOL,
        &pool::MAX_POOL_SCATTER,
        &pool::MAX_POOL_GATHER,
        &pool::AVG_POOL,
        &pool::AVG_POOL_BACKWARD,
    ],
    rnn::OPS,
    &[&attention::ATTENTION, &attention::ATTENTION_BACKWARD],
    &[&embedding::EMBEDDING, &embedding::EMBEDDING_BACKWARD],
];

pub static FUNCTIONS: Functions = &[
    norm::FUNCTIONS,
    dropout::FUNCTIONS,
    conv::FUNCTIONS,
    pool::FUNCTIONS,
];
