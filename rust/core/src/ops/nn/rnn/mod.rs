//! Recurrent networks over whole sequences.

pub mod elman;
pub mod gru;
pub mod lstm;
mod passes;
pub mod sequence;

use crate::op::Op;

pub static OPS: &[&Op] = &[
    &elman::RNN,
    &elman::RNN_BACKWARD,
    &lstm::LSTM,
    &lstm::LSTM_BACKWARD,
    &gru::GRU,
    &gru::GRU_BACKWARD,
];
