//! y = Σⱼ wⱼ ℓⱼ / Σⱼ wⱼ with ℓⱼ = log Σᵢ exp Xᵢⱼ − X_{cⱼ j}.  X (classes×n), y (1×1), labels c, weights w (1 each
//! unless given).  dX[:, j] += dy wⱼ / Σw · (softmax X[:, j] − e_{cⱼ}).
//!
//! The log-sum-exp subtracts the largest logit first, so logits of ±1e4 are finite; the probabilities are saved.

use std::sync::Arc;

use nalgebra::{DMatrixView, DMatrixViewMut};

use crate::{Op, Scalar, Shape, Sink, Var};

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct SoftmaxCrossEntropy {
    /// The right class of each column.
    pub labels: Arc<[usize]>,
    /// How much each column counts; an example of weight 0 is masked out.
    pub weights: Option<Arc<[f64]>>,
}

impl SoftmaxCrossEntropy {
    /// wⱼ / Σw.
    fn share(&self, j: usize) -> f64 {
        match &self.weights {
            Some(weights) => weights[j] / weights.iter().sum::<f64>(),
            None => 1.0 / self.labels.len() as f64,
        }
    }
}

impl<T: Scalar> Op<T> for SoftmaxCrossEntropy {
    fn name(&self) -> &'static str {
        "softmax_cross_entropy"
    }

    fn output_shape(&self, inputs: &[Shape]) -> Result<Shape, String> {
        let (classes, n) = inputs[0];
        if self.labels.len() != n || self.weights.as_ref().is_some_and(|weights| weights.len() != n) {
            return Err(format!("{n} columns need {n} labels and, if any, {n} weights"));
        }
        if let Some(label) = self.labels.iter().find(|&&label| label >= classes) {
            return Err(format!("label {label} with {classes} classes"));
        }
        let total = self.weights.as_ref().map_or(n as f64, |weights| weights.iter().sum());
        if total > 0.0 { Ok((1, 1)) } else { Err("the mean over no examples".into()) }
    }

    fn saved_shape(&self, inputs: &[Shape]) -> Shape {
        inputs[0]
    }

    fn forward(
        &self,
        inputs: &[DMatrixView<'_, T>],
        mut out: DMatrixViewMut<'_, T>,
        mut probabilities: DMatrixViewMut<'_, T>,
    ) {
        let mut loss = T::zero();
        for (j, (x, mut p)) in inputs[0].column_iter().zip(probabilities.column_iter_mut()).enumerate() {
            let largest = x.iter().copied().reduce(|m, x| if x.re() > m.re() { x } else { m }).expect("a class");
            for (p, &x) in p.iter_mut().zip(x.iter()) {
                *p = (x - largest).exp();
            }
            let sum: T = p.iter().copied().sum();
            for p in p.iter_mut() {
                *p /= sum;
            }
            let log_sum_exp = sum.ln() + largest;
            let share = self.share(j);
            // A masked example adds nothing, whatever its logits are.
            if share > 0.0 {
                loss += T::from_f64(share) * (log_sum_exp - x[self.labels[j]]);
            }
        }
        out[(0, 0)] = loss;
    }

    fn backward(
        &self,
        _: &[DMatrixView<'_, T>],
        _: DMatrixView<'_, T>,
        dy: DMatrixView<'_, T>,
        probabilities: DMatrixView<'_, T>,
        sink: &mut Sink<'_, T>,
    ) {
        let Some(mut dx) = sink.grad(0) else { return };
        for (j, (mut dx, p)) in dx.column_iter_mut().zip(probabilities.column_iter()).enumerate() {
            let share = self.share(j);
            if share > 0.0 {
                let factor = dy[(0, 0)] * T::from_f64(share);
                for (dx, &p) in dx.iter_mut().zip(p.iter()) {
                    *dx += factor * p; // dX[:, j] += dy wⱼ/Σw softmax
                }
                dx[self.labels[j]] -= factor; // … − e_c
            }
        }
    }
}

impl<T: Scalar> Var<'_, T> {
    /// The mean cross-entropy of softmax(column) against the column's label, in nats, 1×1.
    ///
    /// # Panics
    /// If there are not as many labels as columns, a label is no row, or there is no column.
    #[track_caller]
    pub fn softmax_cross_entropy(self, labels: &[usize]) -> Self {
        let op = SoftmaxCrossEntropy { labels: labels.into(), weights: None };
        self.tape().record(op, &[self])
    }

    /// [`softmax_cross_entropy`](Self::softmax_cross_entropy) as the mean weighted by `weights`.
    ///
    /// # Panics
    /// Likewise, and if the weights do not sum to more than 0.
    #[track_caller]
    pub fn softmax_cross_entropy_weighted(self, labels: &[usize], weights: &[f64]) -> Self {
        let op = SoftmaxCrossEntropy { labels: labels.into(), weights: Some(weights.into()) };
        self.tape().record(op, &[self])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tape;
    use crate::testing::{self, matrix};
    use nalgebra::dmatrix;
    use proptest::prelude::*;

    #[test]
    fn certificate() {
        let plain = SoftmaxCrossEntropy { labels: [2, 0, 1].into(), weights: None };
        let weighted = SoftmaxCrossEntropy { weights: Some([0.5, 0.0, 2.0].into()), ..plain.clone() };
        for op in [plain, weighted] {
            let inputs = (3usize..6).prop_flat_map(|classes| [matrix(classes, 3)]);
            testing::certify(&op, inputs.prop_map(Vec::from));
        }
    }

    #[test]
    fn the_loss_is_the_logarithm_of_the_softmax() {
        let tape = Tape::<f64>::new();
        let loss = tape.leaf(&dmatrix![1.0; 2.0; 0.5]).softmax_cross_entropy(&[1]).item();
        let sum = 1f64.exp() + 2f64.exp() + 0.5f64.exp();
        assert!((loss + (2f64.exp() / sum).ln()).abs() < 1e-15);
    }

    #[test]
    fn huge_logits_stay_finite_and_masked_columns_do_not_matter() {
        let tape = Tape::<f32>::new();
        let x = tape.leaf(&dmatrix![1e4, f32::NAN; -1e4, 0.0]);
        let loss = x.softmax_cross_entropy_weighted(&[1, 0], &[1.0, 0.0]);
        assert!((loss.item() - 2e4).abs() < 1.0);
        assert_eq!(tape.backward(loss).of(x), dmatrix![1.0, 0.0; -1.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "label 3 with 2 classes; inputs are [(2, 1)]")]
    fn a_label_that_is_no_class_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(2, 1).softmax_cross_entropy(&[3]);
    }
}
