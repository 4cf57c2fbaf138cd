use std::sync::Arc;

use nalgebra::{DMatrixView, DMatrixViewMut};

use super::paired::check_weights;
use crate::kernels::{as_mut_slice, as_slice};
use crate::ops::reduce::{below, softmax_into};
use crate::{Known, Op, Reads, Scalar, Shape, Sink, Var};

/// y = Σⱼ wⱼ ℓⱼ / Σⱼ wⱼ with ℓⱼ = log Σᵢ exp Xᵢⱼ − X_{cⱼ j}.  X (classes×n), y (1×1), labels c, weights w (1 each
/// unless given).  dX[:, j] += dy wⱼ / Σw · (softmax X[:, j] − e_{cⱼ}).
///
/// The log-sum-exp subtracts the largest logit first, so logits of ±1e4 are finite; the probabilities are saved.
#[derive(Clone, Debug)]
pub struct SoftmaxCrossEntropy {
    /// The right class of each column.
    pub labels: Arc<[usize]>,
    /// How much each column counts; an example of weight 0 is masked out.
    pub weights: Option<Arc<[f64]>>,
}

impl SoftmaxCrossEntropy {
    /// wⱼ / Σw for each column j.
    fn shares(&self) -> impl Iterator<Item = f64> {
        let n = self.labels.len();
        let total = self.weights.as_ref().map_or(n as f64, |weights| weights.iter().sum());
        (0..n).map(move |j| self.weights.as_ref().map_or(1.0, |weights| weights[j]) / total)
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
        match &self.weights {
            Some(weights) => check_weights(weights).map(|()| (1, 1)),
            None if n == 0 => Err("the mean over no examples".into()),
            None => Ok((1, 1)),
        }
    }

    fn saved_shape(&self, inputs: &[Shape]) -> Shape {
        inputs[0]
    }

    fn reads(&self) -> Reads {
        Reads::NOTHING
    }

    fn forward(
        &self,
        inputs: &[DMatrixView<'_, T>],
        mut out: DMatrixViewMut<'_, T>,
        mut probabilities: DMatrixViewMut<'_, T>,
    ) {
        let mut loss = T::zero().wide();
        let classes = inputs[0].nrows();
        let p = as_mut_slice(&mut probabilities).chunks_exact_mut(classes);
        let columns = as_slice(&inputs[0]).chunks_exact(classes).zip(p);
        for ((x, p), (share, &label)) in columns.zip(self.shares().zip(&*self.labels)) {
            let (largest, sum) = softmax_into(x, p);
            // A masked example adds nothing, whatever its logits are.
            if share > 0.0 {
                // In this order: next to a logit of 1e4, `ln Σ` would lose its digits.
                loss += T::Wide::from_f64(share) * (sum.ln() - below(x[label], largest)).wide();
            }
        }
        out[(0, 0)] = T::narrow(loss);
    }

    fn backward(&self, known: &Known<'_, T>, sink: &mut Sink<'_, T>) {
        let &Known { dy, saved: probabilities, .. } = known;
        let Some(mut dx) = sink.grad(0) else { return };
        let columns = dx.column_iter_mut().zip(probabilities.column_iter());
        for ((mut dx, p), (share, &label)) in columns.zip(self.shares().zip(&*self.labels)) {
            if share > 0.0 {
                let factor = dy[(0, 0)] * T::from_f64(share);
                for (dx, &p) in dx.iter_mut().zip(p.iter()) {
                    *dx += factor.through(p); // dX[:, j] += dy wⱼ/Σw softmax
                }
                dx[label] -= factor; // … − e_c
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
    /// Likewise, and if a weight is below 0, or their sum is 0 or not finite.
    #[track_caller]
    pub fn softmax_cross_entropy_weighted(self, labels: &[usize], weights: &[f64]) -> Self {
        let op = SoftmaxCrossEntropy { labels: labels.into(), weights: Some(weights.into()) };
        self.tape().record(op, &[self])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::Tape;
    use crate::ops::table::{Row, certify};
    use crate::testing::matrix;
    use nalgebra::dmatrix;

    pub(in crate::ops) fn rows() -> Vec<Row> {
        let weights = [0.5, 0.0, 2.0];
        let op = |labels: &[usize], weights| SoftmaxCrossEntropy { labels: labels.into(), weights };
        vec![
            Row::new(
                op(&[2, 0, 1], None),
                |m, _, _| vec![matrix(2 + m, 3)],
                |x| x[0].softmax_cross_entropy(&[2, 0, 1]),
            )
            .refuses(|t| t.zeros(2, 1).softmax_cross_entropy(&[2]))
            .refuses(|t| t.zeros(2, 1).softmax_cross_entropy(&[0, 1]))
            .refuses(|t| t.zeros(0, 1).softmax_cross_entropy(&[0]))
            .refuses_nothing(|t| t.zeros(2, 0).softmax_cross_entropy(&[])),
            Row::new(op(&[0], None), |m, _, _| vec![matrix(m, 1)], |x| x[0].softmax_cross_entropy(&[0])),
            Row::new(
                op(&[2, 0, 1], Some(weights.into())),
                |m, _, _| vec![matrix(2 + m, 3)],
                move |x| x[0].softmax_cross_entropy_weighted(&[2, 0, 1], &weights),
            )
            .refuses(|t| t.zeros(2, 1).softmax_cross_entropy_weighted(&[2], &[1.0]))
            .refuses(|t| t.zeros(2, 2).softmax_cross_entropy_weighted(&[0, 1], &[1.0]))
            .refuses(|t| t.zeros(2, 2).softmax_cross_entropy_weighted(&[0, 1], &[0.0, 0.0]))
            .refuses(|t| t.zeros(2, 2).softmax_cross_entropy_weighted(&[0, 1], &[1.0, f64::NAN]))
            .refuses_nothing(|t| t.zeros(2, 0).softmax_cross_entropy_weighted(&[], &[])),
        ]
    }

    #[test]
    fn certificate() {
        certify(rows());
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
    fn a_small_loss_beside_huge_logits_keeps_its_digits_in_f32() {
        let tape = Tape::<f32>::new();
        let loss = tape.leaf(&dmatrix![1e4; 1e4 - 2.0]).softmax_cross_entropy(&[0]);
        let exact = (-2f64).exp().ln_1p();
        assert!((f64::from(loss.item()) - exact).abs() < 1e-7, "{loss:?}: {} is not {exact}", loss.item());
    }

    #[test]
    fn a_certain_logit_costs_nothing_if_it_is_right_and_infinity_if_not() {
        let inf = f64::INFINITY;
        let cases = [
            ([inf, 0.0], 0, 0.0, [0.0, 0.0]),
            ([inf, 0.0], 1, inf, [1.0, -1.0]),
            ([0.0, -inf], 0, 0.0, [0.0, 0.0]),
            ([0.0, -inf], 1, inf, [1.0, -1.0]),
            ([-inf, -inf], 1, inf, [0.0, -1.0]),
        ];
        for (x, label, expected, gradient) in cases {
            let tape = Tape::<f64>::new();
            let x = tape.leaf(&dmatrix![x[0]; x[1]]);
            let loss = x.softmax_cross_entropy(&[label]);
            let found = (loss.value(), tape.backward(loss).of(x).into_owned());
            assert_eq!(found, (dmatrix![expected], dmatrix![gradient[0]; gradient[1]]), "{x:?} {label}");
        }
    }

    #[test]
    fn the_op_is_stored_in_the_node() {
        assert!(size_of::<SoftmaxCrossEntropy>() <= 32);
    }

    #[test]
    #[should_panic(expected = "weight -1, but a weight is at least 0")]
    fn a_negative_weight_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(2, 2).softmax_cross_entropy_weighted(&[0, 1], &[3.0, -1.0]);
    }

    #[test]
    #[should_panic(expected = "the weights sum to inf")]
    fn an_infinite_weight_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(2, 2).softmax_cross_entropy_weighted(&[0, 1], &[3.0, f64::INFINITY]);
    }

    #[test]
    #[should_panic(expected = "label 3 with 2 classes; inputs are [(2, 1)]")]
    fn a_label_that_is_no_class_is_refused() {
        let tape = Tape::<f64>::new();
        tape.zeros(2, 1).softmax_cross_entropy(&[3]);
    }

    #[test]
    fn the_loss_of_several_columns_is_their_weighted_mean() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![1.0, 0.0, 3.0; 2.0, -1.0, 0.5]);
        // log Σ exp − right logit, with two classes: ln (1 + e^{other − right})
        let each = [(1.0f64).exp().ln_1p(), (-1.0f64).exp().ln_1p(), (2.5f64).exp().ln_1p()];
        let mean = x.softmax_cross_entropy(&[0, 0, 1]).item();
        assert!((mean - each.iter().sum::<f64>() / 3.0).abs() < 1e-15, "{mean}");
        let weighted = x.softmax_cross_entropy_weighted(&[0, 0, 1], &[2.0, 1.0, 5.0]).item();
        assert!((weighted - (2.0 * each[0] + each[1] + 5.0 * each[2]) / 8.0).abs() < 1e-15, "{weighted}");
    }

    #[test]
    #[should_panic(expected = "2 columns need 2 labels and, if any, 2 weights")]
    fn a_label_too_few_is_refused() {
        Tape::<f64>::new().zeros(2, 2).softmax_cross_entropy(&[0]);
    }

    #[test]
    #[should_panic(expected = "2 columns need 2 labels and, if any, 2 weights")]
    fn a_weight_too_few_is_refused() {
        Tape::<f64>::new().zeros(2, 2).softmax_cross_entropy_weighted(&[0, 1], &[1.0]);
    }

    #[test]
    fn a_huge_logit_may_stand_anywhere() {
        let tape = Tape::<f64>::new();
        let x = tape.leaf(&dmatrix![-1e4; 1e4; 0.0]);
        assert_eq!(x.softmax_cross_entropy(&[0]).item().to_bits(), 2e4f64.to_bits());
    }
}
