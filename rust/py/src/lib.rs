//! The extension module `ravine._core`: handles and conversions, no arithmetic.

mod autocast;
mod autograd;
mod buffer;
mod collect;
mod convert;
mod device;
mod dlpack;
mod dtype;
mod elements;
mod function;
mod gate;
mod generator;
mod gpu;
mod indexing;
mod inspect;
mod kernel;
mod make;
mod operand;
mod operators;
mod out;
mod place;
mod profile;
mod settings;
mod size;
mod suggest;
mod tensor;
mod view;

use pyo3::prelude::*;
use ravine_core::reserve;

#[global_allocator]
static ALLOCATOR: reserve::Allocator = reserve::Allocator;

#[pymodule]
fn _core(m: &Bound<'_, PyModule>) -> PyResult<()> {
    gate::install();
    ravine_gpu::install();
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    m.add_class::<tensor::PyTensor>()?;
    m.add_class::<dtype::PyDType>()?;
    m.add_class::<function::PyFunction>()?;
    m.add_class::<buffer::Memory>()?;
    autocast::register(m)?;
    autograd::register(m)?;
    inspect::register(m)?;
    settings::register(m)?;
    size::register(m)?;
    dtype::register(m)?;
    device::register(m)?;
    function::register(m)?;
    dlpack::register(m)?;
    generator::register(m)?;
    out::register(m)?;
    gpu::register(m)?;
    kernel::register(m)?;
    profile::register(m)?;
    make::register(m)?;
    view::register(m)?;
    Ok(())
}
