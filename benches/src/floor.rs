//! The floor: the training step of an LSTM written by hand, without a tape. The built-in LSTM is measured against it.
//!
//! ```text
//! z_t = [h_{t−1}; x_t; 1],  W = [W_h W_x b]           so that one product does what three parameters do
//! [i; f; g; o]_t = [σ; σ; tanh; σ](W z_t)
//! c_t = f ∘ c_{t−1} + i ∘ g,  s_t = tanh c_t,  h_t = o ∘ s_t
//! y = w h_T + b_y,  L = Σⱼ (yⱼ − targetⱼ)² / B
//!
//! dc_t = dc_{t+1} ∘ f_{t+1} + dh_t ∘ o ∘ (1 − s²)
//! dA_t = [dc ∘ g ∘ i(1 − i);  dc ∘ c_{t−1} ∘ f(1 − f);  dc ∘ i ∘ (1 − g²);  dh ∘ s ∘ o(1 − o)]
//! dh_{t−1} = W_hᵀ dA_t,  dW = Σ_t dA_t z_tᵀ
//! ```
//! z (H+D+1), c, s, h (H) and the gates (4H) are kept for all steps, features × (T·B); dA_t overwrites the gates of step t.

use autograd::kernels::Operand;
use autograd::{GATHER, Scalar};
use models::Params;
use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut};

/// The parameters in the order in which they lie side by side: the columns of W, then the readout.
const NAMES: [&str; 5] = ["layers.0.fwd.w_h", "layers.0.fwd.w_x", "layers.0.fwd.b", "readout.w", "readout.b"];

/// An LSTM in training: what [`TrainingStep`](crate::TrainingStep) does, by hand and in one shard.
#[derive(Clone, Debug)]
pub struct LstmFloor<T: Scalar> {
    hidden: usize,
    batch: usize,
    steps: usize,
    /// D × (T·B).
    x: DMatrix<T>,
    /// 1 × B.
    target: DMatrix<T>,
    /// All parameters side by side, their gradients, and Adam's two moments.
    params: Vec<T>,
    grads: Vec<T>,
    moments: (Vec<T>, Vec<T>),
    updates: i32,
    /// W_hᵀ: products with a matrix as it lies are faster.
    w_h_transposed: DMatrix<T>,
    /// z, and after the last step one more h.
    z: DMatrix<T>,
    /// W z of one step.
    a: DMatrix<T>,
    gates: DMatrix<T>,
    /// c, from c_0 = 0 on.
    c: DMatrix<T>,
    s: DMatrix<T>,
    /// Of one step.
    dh: DMatrix<T>,
    dc: DMatrix<T>,
}

impl<T: Scalar> LstmFloor<T> {
    /// From the [`case`](crate::TrainingStep::case) of a training step of the built-in LSTM.
    ///
    /// # Panics
    /// If these are not an LSTM's parameters.
    pub fn new(params: &Params<T>, x: &DMatrix<T>, target: &DMatrix<T>) -> Self {
        let values = NAMES.map(|name| &params.get(name).expect("a parameter of an LSTM and its readout").value);
        let (hidden, input, batch) = (values[0].ncols(), x.nrows(), target.ncols());
        let (rows, columns, steps) = (hidden + input + 1, x.ncols(), x.ncols() / batch);
        let params: Vec<T> = values.iter().flat_map(|value| value.iter().copied()).collect();
        let zeros = vec![T::zero(); params.len()];
        let mut z = DMatrix::zeros(rows, columns + batch);
        z.row_mut(rows - 1).fill(T::one());
        Self {
            hidden,
            batch,
            steps,
            x: x.clone(),
            target: target.clone(),
            grads: zeros.clone(),
            moments: (zeros.clone(), zeros),
            params,
            updates: 0,
            w_h_transposed: DMatrix::zeros(hidden, 4 * hidden),
            z,
            a: DMatrix::zeros(4 * hidden, batch),
            gates: DMatrix::zeros(4 * hidden, columns),
            c: DMatrix::zeros(hidden, columns + batch),
            s: DMatrix::zeros(hidden, columns),
            dh: DMatrix::zeros(hidden, batch),
            dc: DMatrix::zeros(hidden, batch),
        }
    }

    /// One update: forward, backward, global norm clipped to 1, Adam. Returns the loss before it.
    pub fn run(&mut self) -> f64 {
        let loss = self.gradients();
        self.clip();
        self.adam();
        loss
    }

    /// Forward and backward; returns the loss.
    pub fn gradients(&mut self) -> f64 {
        self.forward();
        let loss = self.readout();
        self.backward();
        loss
    }

    /// ∂L/∂p of the parameter of this name, column after column.
    ///
    /// # Panics
    /// If there is none.
    pub fn gradient(&self, name: &str) -> &[T] {
        let (h, d) = (self.hidden, self.x.nrows());
        let lens = [4 * h * h, 4 * h * d, 4 * h, h, 1];
        let k = NAMES.iter().position(|known| *known == name).expect("a parameter of an LSTM and its readout");
        let start: usize = lens[..k].iter().sum();
        &self.grads[start..start + lens[k]]
    }

    /// Entries of W.
    fn cell_len(&self) -> usize {
        4 * self.hidden * self.z.nrows()
    }

    fn forward(&mut self) {
        let (h, n, rows) = (self.hidden, self.batch, self.z.nrows());
        let input = rows - h - 1;
        let w = DMatrixView::from_slice(&self.params[..4 * h * rows], 4 * h, rows);
        for (z, x) in self.z.as_mut_slice().chunks_exact_mut(rows).zip(self.x.as_slice().chunks_exact(input)) {
            z[h..h + input].copy_from_slice(x);
        }
        let step = h * n;
        for t in 0..self.steps {
            let z = self.z.columns(t * n, n);
            T::gemm(T::one(), Operand::plain(w), Operand::plain(z), T::zero(), &mut self.a.as_view_mut());

            let gates = &mut self.gates.as_mut_slice()[4 * t * step..][..4 * step];
            let (before, after) = self.c.as_mut_slice()[t * step..].split_at_mut(step);
            let columns = before.chunks_exact(h).zip(after.chunks_exact_mut(h));
            let a = self.a.as_slice().chunks_exact(4 * h);
            for ((a, gates), (before, c)) in a.zip(gates.chunks_exact_mut(4 * h)).zip(columns) {
                T::sigmoid_into(&a[..2 * h], &mut gates[..2 * h]);
                T::tanh_into(&a[2 * h..3 * h], &mut gates[2 * h..3 * h]);
                T::sigmoid_into(&a[3 * h..], &mut gates[3 * h..]);
                let [i, f, g, _] = quarters(gates, h);
                for ((((c, &before), i), f), g) in c.iter_mut().zip(before).zip(i).zip(f).zip(g) {
                    *c = *f * before + *i * *g;
                }
            }

            let s = &mut self.s.as_mut_slice()[t * step..][..step];
            T::tanh_into(&after[..step], s);
            let next = self.z.as_mut_slice()[(t + 1) * n * rows..].chunks_exact_mut(rows);
            for ((z, s), gates) in next.zip(s.chunks_exact(h)).zip(gates.chunks_exact(4 * h)) {
                for ((h, &s), &o) in z.iter_mut().zip(s).zip(&gates[3 * h..]) {
                    *h = o * s;
                }
            }
        }
    }

    /// The loss, and dh_T; dc_T is 0.
    fn readout(&mut self) -> f64 {
        let (h, n, rows, cell) = (self.hidden, self.batch, self.z.nrows(), self.cell_len());
        let (w, b) = self.params[cell..].split_at(h);
        let (dw, db) = self.grads[cell..].split_at_mut(h);
        dw.fill(T::zero());
        db[0] = T::zero();
        self.dc.fill(T::zero());
        let mut loss = T::zero();
        let last = self.z.as_slice()[self.steps * n * rows..].chunks_exact(rows);
        let columns = last.zip(self.dh.as_mut_slice().chunks_exact_mut(h)).zip(self.target.as_slice());
        for ((z, dh), &target) in columns {
            let error = w.iter().zip(z).map(|(&w, &h)| w * h).sum::<T>() + b[0] - target;
            let dy = T::from_f64(2.0 / n as f64) * error;
            loss += error * error;
            db[0] += dy;
            for (((dw, dh), &w), &h) in dw.iter_mut().zip(dh).zip(w).zip(z) {
                *dw += dy * h;
                *dh = dy * w;
            }
        }
        loss.re() / n as f64
    }

    fn backward(&mut self) {
        let (h, n, rows, cell) = (self.hidden, self.batch, self.z.nrows(), self.cell_len());
        let w_h = DMatrixView::from_slice(&self.params[..4 * h * h], 4 * h, h);
        w_h.transpose_to(&mut self.w_h_transposed);
        let mut dw = DMatrixViewMut::from_slice(&mut self.grads[..cell], 4 * h, rows);
        let (mut end, mut beta) = (self.steps, T::zero());
        for t in (0..self.steps).rev() {
            let at = t * h * n;
            let da = &mut self.gates.as_mut_slice()[4 * at..][..4 * h * n];
            let stored = self.s.as_slice()[at..].chunks_exact(h).zip(self.c.as_slice()[at..].chunks_exact(h));
            let passed = self.dh.as_slice().chunks_exact(h).zip(self.dc.as_mut_slice().chunks_exact_mut(h));
            for ((gates, (s, before)), (dh, dc)) in da.chunks_exact_mut(4 * h).zip(stored).zip(passed) {
                let [i, f, g, o] = quarters(gates, h);
                output_gate(o, dc, dh, s);
                input_gate(i, g, dc);
                forget_gate(f, dc, before);
            }
            // Subnormal numbers are slow; and when all is 0, the steps before have nothing to add.
            let alive = T::flush(da, T::negligible()) | T::flush(self.dc.as_mut_slice(), T::negligible());
            if t > 0 && alive {
                let da = Operand::plain(self.gates.columns(t * n, n));
                T::gemm(T::one(), (&self.w_h_transposed).into(), da, T::zero(), &mut self.dh.as_view_mut());
            }
            if end - t == GATHER || t == 0 || !alive {
                let block = (t * n, (end - t) * n);
                let da = Operand::plain(self.gates.columns(block.0, block.1));
                let z = Operand::transposed(self.z.columns(block.0, block.1));
                T::gemm(T::one(), da, z, beta, &mut dw);
                (end, beta) = (t, T::one());
            }
            if !alive {
                break;
            }
        }
    }

    fn clip(&mut self) {
        // Eight sums side by side: one would wait for itself.
        let mut sums = [0.0; 8];
        for chunk in self.grads.chunks(8) {
            for (sum, g) in sums.iter_mut().zip(chunk) {
                *sum += g.re() * g.re();
            }
        }
        let norm = sums.iter().sum::<f64>().sqrt();
        assert!(norm.is_finite(), "the gradient is not finite");
        if norm > 1.0 {
            let scale = T::from_f64(1.0 / norm);
            self.grads.iter_mut().for_each(|g| *g *= scale);
        }
    }

    fn adam(&mut self) {
        self.updates += 1;
        let (beta1, beta2) = (0.9, 0.999);
        let corrected = |beta: f64| 1.0 - f64::powi(beta, self.updates);
        let (eta, scale) = (T::from_f64(1e-3 / corrected(beta1)), T::from_f64(1.0 / corrected(beta2)));
        let [b1, b2, r1, r2, epsilon] = [beta1, beta2, 1.0 - beta1, 1.0 - beta2, 1e-8].map(T::from_f64);
        let (m, v) = &mut self.moments;
        for (((p, &g), m), v) in self.params.iter_mut().zip(&self.grads).zip(m).zip(v) {
            *m = b1 * *m + r1 * g;
            *v = b2 * *v + r2 * g * g;
            *p -= eta * *m / ((*v * scale).sqrt() + epsilon);
        }
    }
}

/// The gates i, f, g, o of one example.
fn quarters<T>(gates: &mut [T], h: usize) -> [&mut [T]; 4] {
    let (left, right) = gates.split_at_mut(2 * h);
    let ((i, f), (g, o)) = (left.split_at_mut(h), right.split_at_mut(h));
    [i, f, g, o]
}

// One short loop for each: a single one over all slices does not vectorise.

/// dc += dh ∘ o ∘ (1 − s²),  o ← dh ∘ s ∘ o(1 − o).
fn output_gate<T: Scalar>(o: &mut [T], dc: &mut [T], dh: &[T], s: &[T]) {
    for (((o, dc), &dh), &s) in o.iter_mut().zip(dc).zip(dh).zip(s) {
        *dc += dh * *o * (T::one() - s * s);
        *o = dh * s * *o * (T::one() - *o);
    }
}

/// i ← dc ∘ g ∘ i(1 − i),  g ← dc ∘ i ∘ (1 − g²).
fn input_gate<T: Scalar>(i: &mut [T], g: &mut [T], dc: &[T]) {
    for ((i, g), &dc) in i.iter_mut().zip(g).zip(dc) {
        (*i, *g) = (dc * *g * *i * (T::one() - *i), dc * *i * (T::one() - *g * *g));
    }
}

/// f ← dc ∘ c ∘ f(1 − f),  dc ← dc ∘ f.
fn forget_gate<T: Scalar>(f: &mut [T], dc: &mut [T], c: &[T]) {
    for ((f, dc), &c) in f.iter_mut().zip(dc).zip(c) {
        (*f, *dc) = (*dc * c * *f * (T::one() - *f), *dc * *f);
    }
}
