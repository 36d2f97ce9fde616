//! One step of one sequence, forward and backward. `x` and `product` hold the gates of each unit, gate by gate.

use crate::cpu::simd::multiversion;
use crate::cpu::vmath::Real;

multiversion! {
    pub fn tanh_step<T: Real>(x: &[T], product: &[T], h: &mut [T]) {
        for ((h, &x), &p) in h.iter_mut().zip(x).zip(product) {
            *h = Real::tanh(x + p);
        }
    }
}

multiversion! {
    pub fn relu_step<T: Real>(x: &[T], product: &[T], h: &mut [T]) {
        for ((h, &x), &p) in h.iter_mut().zip(x).zip(product) {
            let sum = x + p;
            // NaN stays.
            *h = if sum <= T::ZERO { T::ZERO } else { sum };
        }
    }
}

multiversion! {
    /// Slopes of the gates from the slope of the hidden state.
    pub fn tanh_back<T: Real>(y: &[T], of_h: &[T], slopes: &mut [T]) {
        for ((slope, &y), &g) in slopes.iter_mut().zip(y).zip(of_h) {
            *slope = g * (T::ONE - y * y);
        }
    }
}

multiversion! {
    pub fn relu_back<T: Real>(y: &[T], of_h: &[T], slopes: &mut [T]) {
        for ((slope, &y), &g) in slopes.iter_mut().zip(y).zip(of_h) {
            *slope = if y > T::ZERO { g } else { T::ZERO };
        }
    }
}

multiversion! {
    /// Gates in the order input, forget, candidate, output.
    pub fn lstm_step<T: Real>(x: &[T], product: &[T], cell: &mut [T], h: &mut [T]) {
        let n = h.len();
        let (x, product) = (&x[..4 * n], &product[..4 * n]);
        let cell = &mut cell[..n];
        for i in 0..n {
            let gate = |k: usize| x[k * n + i] + product[k * n + i];
            let kept = gate(1).sigmoid() * cell[i];
            cell[i] = kept + gate(0).sigmoid() * Real::tanh(gate(2));
            h[i] = gate(3).sigmoid() * Real::tanh(cell[i]);
        }
    }
}

multiversion! {
    /// `gates` holds the products and becomes the gates; `now` becomes the cells.
    pub fn lstm_gates<T: Real>(x: &[T], gates: &mut [T], before: &[T], now: &mut [T]) {
        let n = now.len();
        let (x, gates, before) = (&x[..4 * n], &mut gates[..4 * n], &before[..n]);
        for i in 0..n {
            let gate = |k: usize| x[k * n + i] + gates[k * n + i];
            let (input, forget) = (gate(0).sigmoid(), gate(1).sigmoid());
            let (candidate, output) = (Real::tanh(gate(2)), gate(3).sigmoid());
            now[i] = forget * before[i] + input * candidate;
            gates[i] = input;
            gates[n + i] = forget;
            gates[2 * n + i] = candidate;
            gates[3 * n + i] = output;
        }
    }
}

multiversion! {
    /// `h` from the gates and the cells.
    pub fn lstm_hidden<T: Real>(gates: &[T], now: &[T], h: &mut [T]) {
        let output = &gates[3 * h.len()..];
        for ((h, &output), &cell) in h.iter_mut().zip(output).zip(now) {
            *h = output * Real::tanh(cell);
        }
    }
}

multiversion! {
    /// The gates' slopes; `of_cell` becomes the slope of the cells before.
    pub fn lstm_back<T: Real>(gates: &[T], now: &[T], before: &[T], of_h: &[T], slopes: &mut [T], of_cell: &mut [T]) {
        let n = of_h.len();
        let (gates, slopes) = (&gates[..4 * n], &mut slopes[..4 * n]);
        let (now, before, of_cell) = (&now[..n], &before[..n], &mut of_cell[..n]);
        for i in 0..n {
            let (input, forget) = (gates[i], gates[n + i]);
            let (candidate, output) = (gates[2 * n + i], gates[3 * n + i]);
            let bent = Real::tanh(now[i]);
            let g = of_cell[i] + of_h[i] * output * (T::ONE - bent * bent);
            slopes[i] = g * candidate * (input * (T::ONE - input));
            slopes[n + i] = g * before[i] * (forget * (T::ONE - forget));
            slopes[2 * n + i] = g * input * (T::ONE - candidate * candidate);
            slopes[3 * n + i] = of_h[i] * bent * (output * (T::ONE - output));
            of_cell[i] = g * forget;
        }
    }
}

multiversion! {
    /// Gates in the order reset, update, candidate; `bias` belongs to the candidate's product.
    pub fn gru_step<T: Real>(x: &[T], product: &[T], bias: &[T], before: &[T], h: &mut [T]) {
        let n = h.len();
        let (x, product, bias, before) = (&x[..3 * n], &product[..3 * n], &bias[..n], &before[..n]);
        for i in 0..n {
            let reset = (x[i] + product[i]).sigmoid();
            let update = (x[n + i] + product[n + i]).sigmoid();
            let candidate = Real::tanh(x[2 * n + i] + reset * (product[2 * n + i] + bias[i]));
            h[i] = (T::ONE - update) * candidate + update * before[i];
        }
    }
}

multiversion! {
    /// `gates` holds the products and becomes the gates; `inner` the candidate's product with its bias.
    pub fn gru_gates<T: Real>(x: &[T], bias: &[T], gates: &mut [T], inner: &mut [T]) {
        let n = inner.len();
        let (x, gates, bias) = (&x[..3 * n], &mut gates[..3 * n], &bias[..n]);
        for i in 0..n {
            let reset = (x[i] + gates[i]).sigmoid();
            inner[i] = gates[2 * n + i] + bias[i];
            gates[i] = reset;
            gates[n + i] = (x[n + i] + gates[n + i]).sigmoid();
            gates[2 * n + i] = Real::tanh(x[2 * n + i] + reset * inner[i]);
        }
    }
}

multiversion! {
    /// `h` from the gates and the state before.
    pub fn gru_hidden<T: Real>(gates: &[T], before: &[T], h: &mut [T]) {
        let n = h.len();
        let (update, candidate, before) = (&gates[n..2 * n], &gates[2 * n..3 * n], &before[..n]);
        for i in 0..n {
            h[i] = (T::ONE - update[i]) * candidate[i] + update[i] * before[i];
        }
    }
}

multiversion! {
    /// The gates' slopes, those of the products, and in `of_h` what reaches the state before without a product.
    pub fn gru_back<T: Real>(
        gates: &[T], inner: &[T], before: &[T], slopes: &mut [T], of_product: &mut [T], of_h: &mut [T]
    ) {
        let n = of_h.len();
        let (gates, inner, before) = (&gates[..3 * n], &inner[..n], &before[..n]);
        let (slopes, of_product) = (&mut slopes[..3 * n], &mut of_product[..3 * n]);
        for i in 0..n {
            let (reset, update, candidate) = (gates[i], gates[n + i], gates[2 * n + i]);
            let g = of_h[i];
            let of_candidate = g * (T::ONE - update) * (T::ONE - candidate * candidate);
            let of_update = g * (before[i] - candidate) * (update * (T::ONE - update));
            let of_reset = of_candidate * inner[i] * (reset * (T::ONE - reset));
            (slopes[i], slopes[n + i], slopes[2 * n + i]) = (of_reset, of_update, of_candidate);
            (of_product[i], of_product[n + i], of_product[2 * n + i]) = (of_reset, of_update, of_candidate * reset);
            of_h[i] = g * update;
        }
    }
}
