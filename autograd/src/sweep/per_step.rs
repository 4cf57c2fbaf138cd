//! ‖∂L/∂W‖_F of each time step's own contribution, without forming the contributions.
//!
//! A recurrent weight is used at every step, and its gradient is the sum of one product a step:
//! ```text
//! ∂L/∂W = Σ_t dY_t X_tᵀ,   ‖dY Xᵀ‖_F² = tr(X dYᵀ dY Xᵀ) = tr((dYᵀ dY)(Xᵀ X)) = Σᵢⱼ ⟨dyᵢ, dyⱼ⟩ ⟨xᵢ, xⱼ⟩
//! ```
//! with columns i, j over the batch: B² inner products instead of a matrix in the shape of W.

use nalgebra::DMatrixView;

use crate::kernels::as_slice;
use crate::tape::{Node, Slot};
use crate::{Gradients, NodeId, Scalar, Var};

/// What a sweep notes of one watched weight.
#[derive(Debug)]
struct StepNorms {
    id: u32,
    slot: Slot,
    batch: usize,
    /// In the order of the sweep: the latest step first.
    norms: Vec<f64>,
    /// Whether some of the gradient came by another way than a product dY Xᵀ.
    otherwise: bool,
    /// The columns of a product that were no whole number of steps, if there was one.
    misfit: Option<usize>,
}

impl StepNorms {
    /// How many steps there are in `columns` columns of a product.
    fn steps(&mut self, columns: usize) -> usize {
        if !columns.is_multiple_of(self.batch) {
            self.misfit = Some(columns);
        }
        columns / self.batch
    }
}

/// What a sweep notes of all watched weights.
#[derive(Debug, Default)]
pub(super) struct Steps(Vec<StepNorms>);

impl Steps {
    /// Notes the product dy · xᵀ on its way to `slot`.
    pub(super) fn note_product<T: Scalar>(&mut self, slot: Slot, dy: DMatrixView<'_, T>, x: DMatrixView<'_, T>) {
        for watched in &mut self.0 {
            if watched.slot == slot {
                for step in (0..watched.steps(dy.ncols())).rev() {
                    let block = (step * watched.batch, watched.batch);
                    let norm = product_norm(dy.columns(block.0, block.1), x.columns(block.0, block.1));
                    watched.norms.push(norm);
                }
            } else {
                watched.otherwise |= watched.slot.buffer == slot.buffer;
            }
        }
    }

    /// Notes that something is added to `slot` which is no product.
    pub(super) fn note_other(&mut self, slot: Slot) {
        for watched in &mut self.0 {
            watched.otherwise |= watched.slot.buffer == slot.buffer;
        }
    }

    /// Notes that no gradient arrived at `node`, so that its products with a watched weight are zero.
    pub(super) fn note_nothing<T: Scalar>(&mut self, nodes: &[Node<T>], node: &Node<T>) {
        for watched in &mut self.0 {
            let times = node.inputs().iter().filter(|&&input| input == watched.id).count();
            if times > 0 {
                // The columns of the product are those of its right factor, whatever else the op makes of it.
                let others = node.inputs().iter().filter(|&&input| input != watched.id);
                let columns = others.map(|&input| nodes[input as usize].slot.shape.1).max();
                let steps = times * watched.steps(columns.unwrap_or(node.slot.shape.1));
                watched.norms.extend(std::iter::repeat_n(0.0, steps));
            }
        }
    }

    /// Ends a sweep.
    ///
    /// # Panics
    /// If the columns of a product with a watched weight were no whole number of steps.
    #[track_caller]
    pub(super) fn expect_whole_steps(&self) {
        for StepNorms { misfit, batch, .. } in &self.0 {
            if let Some(columns) = misfit {
                panic!("watch_steps: a product of {columns} columns is no whole number of steps of {batch}");
            }
        }
    }

    /// Starts a sweep: what is watched and kept has room.
    pub(super) fn begin(&mut self, watched: &[(u32, usize)], kept: &[(u32, Slot)]) {
        self.0.clear();
        for &(id, batch) in watched {
            if let Ok(at) = kept.binary_search_by_key(&id, |(id, _)| *id) {
                let slot = kept[at].1;
                self.0.push(StepNorms { id, slot, batch, norms: Vec::new(), otherwise: false, misfit: None });
            }
        }
    }
}

/// ‖dY Xᵀ‖_F; NaN if an entry is not finite. Entries of 1e±200 neither overflow nor vanish.
fn product_norm<T: Scalar>(dy: DMatrixView<'_, T>, x: DMatrixView<'_, T>) -> f64 {
    let (m, n) = (dy.nrows(), x.nrows());
    let (dy, dy_size) = scaled(as_slice(&dy));
    let (x, x_size) = scaled(as_slice(&x));
    if dy.is_empty() || x.is_empty() {
        return 0.0;
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (mut diagonal, mut off) = (0.0, 0.0);
    for (i, (dy_i, x_i)) in dy.chunks_exact(m).zip(x.chunks_exact(n)).enumerate() {
        diagonal += dot(dy_i, dy_i) * dot(x_i, x_i);
        for (dy_j, x_j) in dy.chunks_exact(m).zip(x.chunks_exact(n)).take(i) {
            off += dot(dy_i, dy_j) * dot(x_i, x_j);
        }
    }
    let square = diagonal + 2.0 * off;
    // Rounding may leave a little less than nothing; NaN stays.
    let square = if square < 0.0 { 0.0 } else { square };
    square.sqrt() * dy_size * x_size
}

/// The entries over the largest of them, and the largest.
fn scaled<T: Scalar>(entries: &[T]) -> (Vec<f64>, f64) {
    let size = entries.iter().fold(0.0, |max: f64, x| {
        let x = x.re().abs();
        if x.is_nan() || max.is_nan() { f64::NAN } else { max.max(x) }
    });
    let by = if size > 0.0 { size } else { 1.0 };
    (entries.iter().map(|x| if size.is_nan() { f64::NAN } else { x.re() / by }).collect(), size)
}

impl<T: Scalar> Var<'_, T> {
    /// Asks sweeps for the norm of each time step's own share in this value's gradient, `batch` columns a step; read
    /// them with [`Gradients::per_step`].
    ///
    /// # Panics
    /// If `batch` is 0.
    #[track_caller]
    pub fn watch_steps(self, batch: usize) -> Self {
        assert!(batch > 0, "watch_steps: a step has at least one column");
        self.watch();
        let mut inner = self.tape().inner.borrow_mut();
        inner.stepwise.retain(|(id, _)| *id != self.index());
        inner.stepwise.push((self.index(), batch));
        self
    }
}

impl<T: Scalar> Gradients<T> {
    /// ‖∂L/∂W‖_F of the contribution of each time step alone, the earliest first, for a W with
    /// [`watch_steps`](Var::watch_steps).
    ///
    /// A contribution is one product with W, in the order of the recording; a product over the columns of several steps
    /// (the input's share of all steps, computed at once) counts as that many, in time order. So the list is by time
    /// step if W is used once a step; used twice, it has two numbers a step, and tied in two layers, first all steps of
    /// one layer. A step that no gradient reaches has 0. The contributions point in different directions: their norms do
    /// not add up to the norm of the gradient.
    ///
    /// It costs B² inner products of dY's and X's columns a step. Contributions whose examples cancel below 1e-8 of
    /// ‖dY‖·‖X‖ are lost in rounding.
    ///
    /// ```
    /// use autograd::Tape;
    /// use nalgebra::dmatrix;
    ///
    /// let tape = Tape::<f64>::new();
    /// let w = tape.leaf(&dmatrix![0.5]).watch_steps(1);
    /// let mut h = tape.constant(&dmatrix![1.0]);
    /// for _ in 0..3 {
    ///     h = w.matmul(h); // h_t = w h_{t−1}, h_3 = w³
    /// }
    /// let gradients = tape.backward(h);
    /// assert_eq!(gradients.of(w), dmatrix![0.75]);
    /// assert_eq!(gradients.per_step(w), [0.25, 0.25, 0.25]);
    /// ```
    ///
    /// # Panics
    /// If the sweep was not asked for it, or a part of W's gradient came from other uses than products (`w.sum()`, a
    /// view of w), which belong to no step.
    #[track_caller]
    pub fn per_step(&self, w: impl Into<NodeId>) -> Vec<f64> {
        let id = w.into();
        let found = self.get(id).and_then(|_| self.store.steps.0.iter().find(|watched| watched.id == id.index));
        let Some(watched) = found else {
            panic!("per_step: not noted for this value; `watch_steps` it before the sweep, and want its gradient")
        };
        assert!(
            !watched.otherwise,
            "per_step: a part of this gradient came by other ways than products with the whole value"
        );
        watched.norms.iter().rev().copied().collect()
    }
}

#[cfg(test)]
mod tests;
