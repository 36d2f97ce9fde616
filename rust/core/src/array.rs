//! Evaluated data: a shared block of memory, seen through a layout.

use crate::cpu::pool::{self, Block};
use crate::device::Device;
use crate::dtype::DType;
use crate::error::Result;
use crate::shape::{self, Shape, Strides, contiguous_strides, numel};
use smallvec::{SmallVec, smallvec};
use std::any::Any;
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::Arc;

/// Where bytes live. Foreign memory belongs to somebody else and is only ever read.
#[derive(Debug)]
pub enum Storage {
    Pool(Block),
    /// A few numbers, a loss say, lie in the storage itself and cost no block.
    Inline(Inline),
    Foreign {
        ptr: *const u8,
        _owner: Box<dyn Any + Send + Sync>,
    },
    /// Memory of another device, which alone knows what this is.
    Remote(Box<dyn Any + Send + Sync>),
    /// None: the device has shapes only.
    Absent,
}

/// Two cache lines, aligned for the widest element.
#[derive(Debug)]
#[repr(align(16))]
pub struct Inline(UnsafeCell<[MaybeUninit<u8>; INLINE]>);

const INLINE: usize = 128;

// SAFETY: foreign memory is read-only for as long as its owner lives; pool blocks are Send and Sync themselves, and who
// may write inline memory is decided by the same owners.
unsafe impl Send for Storage {}
// SAFETY: as above.
unsafe impl Sync for Storage {}

impl Storage {
    fn ptr(&self) -> *const u8 {
        match self {
            Storage::Pool(block) => block.ptr(),
            Storage::Inline(Inline(bytes)) => bytes.get().cast(),
            Storage::Foreign { ptr, .. } => *ptr,
            Storage::Remote(_) | Storage::Absent => std::ptr::null(),
        }
    }

    /// Uninitialised memory of the host, the engine's own.
    ///
    /// Made where it stays: a few numbers are not to be moved from one place to the next.
    #[inline]
    pub fn new(bytes: usize) -> Result<Arc<Storage>> {
        if bytes <= INLINE {
            pool::may_allocate(bytes)?;
            Ok(Arc::new(Storage::Inline(Inline(UnsafeCell::new(
                [MaybeUninit::uninit(); INLINE],
            )))))
        } else {
            Ok(Arc::new(Storage::Pool(Block::new(bytes)?)))
        }
    }
}

/// A value: element `i` lies at `offset + sum_d i_d * strides_d` (in elements) of the storage.
///
/// Ownership is the `Arc`: a kernel writes only into a storage that it alone owns.
#[derive(Debug)]
pub struct Array {
    pub storage: Arc<Storage>,
    pub offset: isize,
    pub shape: Shape,
    pub strides: Strides,
    pub dtype: DType,
    pub device: Device,
}

// Copying the layouts as slices is several times faster than the derived form, and arrays are cloned at every launch.
impl Clone for Array {
    #[inline]
    fn clone(&self) -> Array {
        Array {
            storage: self.storage.clone(),
            offset: self.offset,
            shape: Shape::from_slice(&self.shape),
            strides: Strides::from_slice(&self.strides),
            dtype: self.dtype,
            device: self.device,
        }
    }
}

impl Array {
    /// Uninitialised, row-major, in the host's memory.
    #[inline]
    pub fn empty(shape: &[usize], dtype: DType) -> Result<Array> {
        shape::check("", shape, dtype)?;
        Ok(Array::dense(
            Storage::new(numel(shape) * dtype.size())?,
            shape,
            dtype,
        ))
    }

    /// Row-major data in the host's `storage`.
    #[inline]
    pub fn dense(storage: Arc<Storage>, shape: &[usize], dtype: DType) -> Array {
        Array {
            storage,
            offset: 0,
            shape: Shape::from_slice(shape),
            strides: contiguous_strides(shape),
            dtype,
            device: Device::CPU,
        }
    }

    /// The same, on a device whose storage it is.
    pub fn on(self, device: Device) -> Array {
        Array { device, ..self }
    }

    /// Copies a row-major slice.
    pub fn from_slice<T: Element>(data: &[T], shape: &[usize]) -> Result<Array> {
        debug_assert_eq!(data.len(), numel(shape));
        let array = Array::empty(shape, T::DTYPE)?;
        // SAFETY: the block is fresh, owned by this function alone, and has room for `data`.
        unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), array.ptr_mut().cast(), data.len()) };
        Ok(array)
    }

    pub fn numel(&self) -> usize {
        numel(&self.shape)
    }
    pub fn nbytes(&self) -> usize {
        self.numel() * self.dtype.size()
    }

    /// Address of the first element; of the host's memory only.
    pub fn ptr(&self) -> *const u8 {
        self.storage
            .ptr()
            .wrapping_offset(self.offset * self.dtype.size() as isize)
    }
    /// As `ptr`; only for a storage whose owner is the caller alone.
    pub fn ptr_mut(&self) -> *mut u8 {
        self.ptr().cast_mut()
    }

    #[inline]
    pub fn is_contiguous(&self) -> bool {
        let mut step = 1isize;
        for d in (0..self.shape.len()).rev() {
            match self.shape[d] {
                0 => return true,
                1 => continue,
                n => {
                    if self.strides[d] != step {
                        return false;
                    }
                    step *= n as isize;
                }
            }
        }
        true
    }

    /// Whether several elements may be one in memory: where a stride is less than what the smaller ones reach over.
    pub fn repeats(&self) -> bool {
        let mut dims: SmallVec<[(usize, usize); 4]> = (self.shape.iter().zip(&self.strides))
            .filter(|d| *d.0 > 1)
            .map(|(&n, s)| (s.unsigned_abs(), n))
            .collect();
        dims.sort_unstable();
        let mut reach = 0;
        dims.iter().any(|&(stride, n)| {
            let overlaps = stride <= reach;
            reach += (n - 1) * stride;
            overlaps
        })
    }

    /// Whether nobody else can see this memory, so that it may be written.
    pub fn is_sole_owner(&self) -> bool {
        self.is_writable() && Arc::strong_count(&self.storage) == 1
    }

    /// Whether the memory is the engine's own; foreign memory is only ever read.
    pub fn is_writable(&self) -> bool {
        !matches!(*self.storage, Storage::Foreign { .. })
    }

    /// The same memory under another layout.
    pub fn with_layout(&self, shape: Shape, strides: Strides, offset: isize) -> Array {
        Array {
            storage: self.storage.clone(),
            offset,
            shape,
            strides,
            dtype: self.dtype,
            device: self.device,
        }
    }

    /// The same elements in row-major order under another shape, if it has strides over the same memory.
    pub fn reshaped(&self, shape: &[usize]) -> Option<Array> {
        if self.is_contiguous() {
            return Some(self.with_layout(shape.into(), contiguous_strides(shape), self.offset));
        }
        // Each run of old dimensions that is dense in itself may be split into new ones.
        let old: SmallVec<[(usize, isize); 4]> = self
            .shape
            .iter()
            .copied()
            .zip(self.strides.iter().copied())
            .filter(|&(n, _)| n != 1)
            .collect();
        let mut strides: Strides = smallvec![0; shape.len()];
        let (mut o, mut n) = (0, 0);
        while o < old.len() {
            let mut have = old[o].0;
            let start = o;
            o += 1;
            let first = n;
            let mut want = 1;
            while n < shape.len() && (want < have || shape[n] == 1) {
                want *= shape[n];
                n += 1;
                while want > have {
                    if o == old.len() || old[o - 1].1 != old[o].1 * old[o].0 as isize {
                        return None;
                    }
                    have *= old[o].0;
                    o += 1;
                }
            }
            if want != have {
                return None;
            }
            debug_assert!(start < o);
            let mut step = old[o - 1].1;
            for d in (first..n).rev() {
                strides[d] = step;
                step *= shape[d] as isize;
            }
        }
        Some(self.with_layout(shape.into(), strides, self.offset))
    }

    /// The elements of a row-major array.
    pub fn as_slice<T: Element>(&self) -> &[T] {
        assert!(
            self.is_contiguous()
                && T::DTYPE.compute_dtype() == self.dtype.compute_dtype()
                && T::DTYPE.size() == self.dtype.size()
        );
        // SAFETY: contiguous, `numel` elements of this size were written by whoever made the array, and the storage
        // outlives the borrow.
        unsafe { std::slice::from_raw_parts(self.ptr().cast(), self.numel()) }
    }

    /// The elements of a row-major array that nobody else reads or writes: a launch's output.
    pub fn as_mut_slice<T: Moved>(&mut self) -> &mut [T] {
        assert!(self.is_contiguous() && size_of::<T>() == self.dtype.size());
        // SAFETY: as `as_slice`; the plan made the launch the only user of its outputs' memory.
        unsafe { std::slice::from_raw_parts_mut(self.ptr_mut().cast(), self.numel()) }
    }
}

/// Rust types as which elements of their size are moved, whatever they mean.
pub trait Moved: Copy + Send + Sync + 'static {}
impl<T: Element> Moved for T {}
/// For elements of 16 bytes, which no dtype has yet.
impl Moved for [i64; 2] {}

/// Rust types that are array elements as they stand.
pub trait Element: Copy + Send + Sync + 'static {
    const DTYPE: DType;
}
impl Element for bool {
    const DTYPE: DType = DType::Bool;
}
impl Element for u8 {
    const DTYPE: DType = DType::U8;
}
impl Element for i8 {
    const DTYPE: DType = DType::I8;
}
impl Element for i16 {
    const DTYPE: DType = DType::I16;
}
impl Element for i32 {
    const DTYPE: DType = DType::I32;
}
impl Element for i64 {
    const DTYPE: DType = DType::I64;
}
impl Element for f32 {
    const DTYPE: DType = DType::F32;
}
impl Element for f64 {
    const DTYPE: DType = DType::F64;
}
impl Element for half::f16 {
    const DTYPE: DType = DType::F16;
}
impl Element for half::bf16 {
    const DTYPE: DType = DType::BF16;
}
