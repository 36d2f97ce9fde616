use super::*;
use std::fmt::Debug;
use threads::with_threads;

/// What the tests need to know of f32 and f64.
trait Number: GemmElement + PartialEq + Debug {
    fn new(value: f64) -> Self;
    fn bits(self) -> u64;
    /// `self * factor + term`, rounded once if `fused`.
    fn multiply_add(self, factor: Self, term: Self, fused: bool) -> Self;
}

macro_rules! number {
    ($type:ty) => {
        impl Number for $type {
            fn new(value: f64) -> Self {
                value as $type
            }
            fn bits(self) -> u64 {
                // Which NaN comes out is not part of the contract.
                if self.is_nan() {
                    u64::MAX
                } else {
                    u64::from(self.to_bits())
                }
            }
            fn multiply_add(self, factor: Self, term: Self, fused: bool) -> Self {
                if fused {
                    self.mul_add(factor, term)
                } else {
                    self * factor + term
                }
            }
        }
    };
}

number!(f32);
number!(f64);

/// A small generator: the tests are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound
    }

    fn number<T: Number>(&mut self) -> T {
        T::new((self.next() >> 40) as f64 / f64::from(1 << 23) - 1.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    Rows,
    Columns,
    /// Rows with a gap between them.
    Sliced,
    /// No stride is 1.
    Spread,
    Backwards,
    BackwardColumns,
    /// The same row again and again.
    RowRepeated,
    ColumnRepeated,
}

const LAYOUTS: [Layout; 8] = [
    Layout::Rows,
    Layout::Columns,
    Layout::Sliced,
    Layout::Spread,
    Layout::Backwards,
    Layout::BackwardColumns,
    Layout::RowRepeated,
    Layout::ColumnRepeated,
];

/// A matrix in a buffer of exactly its own size, so that a read past the end has a chance to be noticed.
struct Matrix<T> {
    numbers: Vec<T>,
    first: usize,
    row_stride: isize,
    col_stride: isize,
}

impl<T: Number> Matrix<T> {
    fn new(rows: usize, cols: usize, layout: Layout, random: &mut Random) -> Matrix<T> {
        let (r, c) = (rows as isize, cols as isize);
        let (row_stride, col_stride) = match layout {
            Layout::Rows => (c, 1),
            Layout::Columns => (1, r),
            Layout::Sliced => (c + 3, 1),
            Layout::Spread => (2 * c + 1, 2),
            Layout::Backwards => (-c, -1),
            Layout::BackwardColumns => (1, -r),
            Layout::RowRepeated => (0, 1),
            Layout::ColumnRepeated => (1, 0),
        };
        // The distance from the first element to the outermost ones, on either side.
        let reach = |stride: isize, count: isize| stride * (count - 1).max(0);
        let (down, across) = (reach(row_stride, r), reach(col_stride, c));
        let (before, after) = (-(down.min(0) + across.min(0)), down.max(0) + across.max(0));
        let numbers = (0..before + after + 1).map(|_| random.number()).collect();
        Matrix {
            numbers,
            first: before as usize,
            row_stride,
            col_stride,
        }
    }

    fn get(&self, row: usize, col: usize) -> T {
        let offset = row as isize * self.row_stride + col as isize * self.col_stride;
        self.numbers[(self.first as isize + offset) as usize]
    }

    fn as_ref(&self) -> MatRef<T> {
        MatRef {
            ptr: self.numbers.as_ptr().wrapping_add(self.first),
            row_stride: self.row_stride,
            col_stride: self.col_stride,
        }
    }
}

/// The contract, word for word. Between and after the rows of C nothing may change.
fn expected<T: Number>(
    size: Size,
    a: &Matrix<T>,
    b: &Matrix<T>,
    c: &[T],
    c_row_stride: usize,
    accumulate: bool,
    fused: bool,
) -> Vec<T> {
    let mut c = c.to_vec();
    for i in 0..size.m {
        for j in 0..size.n {
            let sum = &mut c[i * c_row_stride + j];
            if !accumulate {
                *sum = T::new(0.0);
            }
            for p in 0..size.k {
                *sum = a.get(i, p).multiply_add(b.get(p, j), *sum, fused);
            }
        }
    }
    c
}

/// The levels this processor has.
fn levels() -> Vec<Level> {
    [Level::Portable, Level::Avx2, Level::Avx512]
        .into_iter()
        .filter(|&l| l <= simd::level())
        .collect()
}

/// Compares a product with the reference, bit by bit. `plan` cuts it up, or the plan is the usual one.
fn check<T: Number>(
    size: Size,
    layouts: (Layout, Layout),
    gap: usize,
    accumulate: bool,
    threads: usize,
    plan: Option<&dyn Fn(&Kernels<T>) -> Plan>,
    special: bool,
) {
    let Size { m, n, k } = size;
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ (m * 31 + n * 7 + k) as u64);
    let mut a = Matrix::<T>::new(m, k, layouts.0, &mut random);
    let b = Matrix::<T>::new(k, n, layouts.1, &mut random);
    if special {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e-310, 1e-40] {
            let place = random.below(a.numbers.len());
            a.numbers[place] = T::new(value);
        }
    }
    let c_row_stride = n + gap;
    let c: Vec<T> = (0..m * c_row_stride).map(|_| random.number()).collect();
    let [twice, once] =
        [false, true].map(|fused| expected(size, &a, &b, &c, c_row_stride, accumulate, fused));
    for level in levels() {
        let kernels = T::kernels(level);
        let mut result = c.clone();
        let output = Output {
            ptr: result.as_mut_ptr(),
            row_stride: c_row_stride,
        };
        // SAFETY: the matrices have the sizes stated and the processor has the level.
        unsafe {
            match plan {
                Some(plan) => {
                    blocked(
                        kernels,
                        &plan(kernels),
                        size,
                        a.as_ref(),
                        b.as_ref(),
                        output,
                        accumulate,
                        None,
                    );
                }
                None => product(
                    kernels,
                    threads,
                    size,
                    a.as_ref(),
                    b.as_ref(),
                    output,
                    accumulate,
                    None,
                ),
            }
        }
        let expected = if level == Level::Portable { &twice } else { &once };
        for (at, (result, expected)) in result.iter().zip(expected).enumerate() {
            assert_eq!(
                result.bits(),
                expected.bits(),
                "{m}x{k}x{n}, {layouts:?}, {level:?}, {threads} threads, at {at}: {result:?}, not {expected:?}"
            );
        }
    }
}

fn check_both(
    size: (usize, usize, usize),
    layouts: (Layout, Layout),
    gap: usize,
    accumulate: bool,
    threads: usize,
) {
    let (m, k, n) = size;
    let _turn = with_threads(threads);
    check::<f32>(Size { m, n, k }, layouts, gap, accumulate, threads, None, false);
    check::<f64>(Size { m, n, k }, layouts, gap, accumulate, threads, None, false);
}

const ROWS: (Layout, Layout) = (Layout::Rows, Layout::Rows);

#[test]
fn every_small_size() {
    for m in [0, 1, 2, 3, 6, 7, 8, 9, 17] {
        for n in [0, 1, 2, 4, 7, 8, 15, 16, 17, 31, 33, 48, 50, 97] {
            for k in [0, 1, 2, 3, 8, 19] {
                check_both((m, k, n), ROWS, 0, false, 1);
                check_both((m, k, n), ROWS, 2, true, 2);
            }
        }
    }
}

#[test]
fn every_pair_of_layouts() {
    for a in LAYOUTS {
        for b in LAYOUTS {
            for size in [(5, 6, 7), (1, 37, 70), (70, 37, 1), (1, 9, 1), (20, 17, 70)] {
                check_both(size, (a, b), 0, false, 1);
                check_both(size, (a, b), 5, true, 2);
            }
        }
    }
}

#[test]
fn large_tall_and_wide() {
    let sizes = [
        (300, 600, 300),
        (700, 530, 120),
        (1500, 12, 40),
        (12, 40, 4500),
        (9, 1300, 200),
        (130, 70, 5000),
        (4, 300, 600),
        (40, 4000, 10),
        (1, 700, 3000),
        (2500, 300, 1),
    ];
    let layouts = [
        ROWS,
        (Layout::Columns, Layout::Rows),
        (Layout::Rows, Layout::Columns),
    ];
    for (i, size) in sizes.into_iter().enumerate() {
        for (j, layout) in layouts.into_iter().enumerate() {
            check_both(size, layout, 0, (i + j) % 2 == 1, 1 + i % 2);
        }
    }
}

#[test]
fn no_way_of_cutting_changes_a_bit() {
    let random = std::cell::RefCell::new(Random(77));
    for round in 0..300 {
        let below = |bound: usize| random.borrow_mut().below(bound);
        let size = Size {
            m: 2 + below(60),
            n: 2 + below(200),
            k: 1 + below(80),
        };
        let layouts = (LAYOUTS[below(8)], LAYOUTS[below(8)]);
        let (gap, accumulate, threads) = (below(3), below(2) == 1, 1 + below(3));
        let plan = |kernels: &Kernels<f32>| {
            let below = |bound: usize| random.borrow_mut().below(bound);
            let direct = layouts.1 == Layout::Rows || layouts.1 == Layout::Sliced;
            let n_block = 1 + below(size.n);
            let least = n_block.div_ceil(kernels.width * kernels.vectors);
            let panels = least + below(n_block.div_ceil(kernels.width) - least + 1);
            Plan {
                pack_a: below(2) == 1,
                pack_b: [PackB::Alone, PackB::Together, PackB::Not][below(2 + usize::from(direct))],
                k_block: 1 + below(size.k),
                n_block,
                panels,
                row_parts: 1 + below(size.m.div_ceil(kernels.height())),
                col_parts: 1 + below(panels),
            }
        };
        let _turn = with_threads(threads);
        check::<f32>(
            size,
            layouts,
            gap,
            accumulate,
            threads,
            Some(&plan),
            round % 3 == 0,
        );
    }
}

#[test]
fn nan_infinity_and_tiny_numbers_flow_through() {
    let _turn = with_threads(2);
    for (m, k, n) in [
        (5, 6, 7),
        (64, 100, 50),
        (1, 200, 80),
        (80, 200, 1),
        (200, 300, 200),
    ] {
        check::<f32>(Size { m, n, k }, ROWS, 0, false, 2, None, true);
        check::<f64>(
            Size { m, n, k },
            (Layout::Columns, Layout::Columns),
            0,
            true,
            2,
            None,
            true,
        );
    }
}

#[test]
fn batches() {
    for threads in [1, 2] {
        let _turn = with_threads(threads);
        for (batch, m, k, n) in [
            (0, 2, 2, 2),
            (1, 9, 9, 9),
            (7, 20, 30, 17),
            (40, 16, 64, 16),
            (3, 100, 90, 80),
        ] {
            let mut random = Random(5);
            let a: Vec<_> = (0..batch)
                .map(|_| Matrix::<f32>::new(m, k, Layout::Rows, &mut random))
                .collect();
            let b = Matrix::<f32>::new(k, n, Layout::Columns, &mut random);
            let mut c = vec![7.0; batch * m * n];
            let start = Output {
                ptr: c.as_mut_ptr(),
                row_stride: m * n,
            };
            // SAFETY: the matrices have the sizes stated; the outputs follow each other.
            unsafe {
                let (a, b, c) = (|i: usize| a[i].as_ref(), |_| b.as_ref(), |i| start.at(i, 0));
                gemm_batched(batch, m, n, k, &a, &b, &c, n, &|_| {});
            }
            let fused = simd::level() != Level::Portable;
            for (i, a) in a.iter().enumerate() {
                let part = &c[i * m * n..][..m * n];
                assert!(
                    part == expected(Size { m, n, k }, a, &b, part, n, false, fused),
                    "{batch}, {i}"
                );
            }
        }
    }
}

#[test]
fn callers_from_several_threads_at_once() {
    let _turn = with_threads(2);
    std::thread::scope(|scope| {
        for i in 0..3 {
            scope.spawn(move || {
                for _ in 0..5 {
                    let size = Size {
                        m: 90 + i,
                        n: 300,
                        k: 200,
                    };
                    check::<f32>(size, (Layout::Rows, Layout::Columns), 0, false, 2, None, false);
                }
            });
        }
    });
}

/// What follows a product is told of every number of C once, when it is final, and of whole rows where rows are enough
/// to share out: a call for a piece of each row costs more than the piece.
#[test]
fn what_follows_is_called_for_whole_rows() {
    use std::sync::Mutex;
    let sizes = [
        (1, 9, 5),
        (9, 1, 5),
        (4, 4, 0),
        (33, 65, 17),
        (768, 128, 64),
        (128, 768, 1030),
        (512, 200, 700),
        (40, 5000, 64),
    ];
    for (m, n, k) in sizes {
        for layout in [Layout::Rows, Layout::Columns] {
            for threads in [1, 2, 4] {
                let _turn = with_threads(threads);
                let mut random = Random(5);
                let a = Matrix::<f32>::new(m, k, Layout::Rows, &mut random);
                let b = Matrix::<f32>::new(k, n, layout, &mut random);
                let mut c = vec![f32::NAN; m * n];
                let to = c.as_mut_ptr() as usize;
                let calls = Mutex::new(Vec::new());
                let done = |rows: Range<usize>, columns: Range<usize>| {
                    let mut values = Vec::new();
                    for (i, j) in rows.clone().flat_map(|i| columns.clone().map(move |j| (i, j))) {
                        // SAFETY: within C, and this part is finished.
                        values.push(unsafe { *(to as *const f32).add(i * n + j) });
                    }
                    calls.lock().unwrap().push((rows, columns, values));
                };
                // SAFETY: the matrices have the sizes stated.
                unsafe { gemm_then(m, n, k, a.as_ref(), b.as_ref(), to as *mut f32, &done) };
                let calls = calls.into_inner().unwrap();
                let case = format!("{m} x {n} x {k}, {layout:?}, {threads} threads");
                let mut times = vec![0; m * n];
                for (rows, columns, values) in &calls {
                    let cells = rows.clone().flat_map(|i| columns.clone().map(move |j| i * n + j));
                    for (cell, value) in cells.zip(values) {
                        times[cell] += 1;
                        assert_eq!(
                            value.bits(),
                            c[cell].bits(),
                            "{case}: told of before it was final"
                        );
                    }
                }
                assert!(times.iter().all(|&t| t == 1), "{case}: not each number once");
                // Both cuts round up.
                let most = 2 * TASKS_PER_THREAD * threads * n.div_ceil(4096);
                assert!(calls.len() <= most, "{case}: {} calls", calls.len());
                if m >= 512 {
                    assert!(
                        calls.iter().all(|(_, columns, _)| columns.len() == n),
                        "{case}: rows were cut"
                    );
                }
            }
        }
    }
}
