//! `ParamGrads`: one gradient for each parameter, off the tape: what shards add up, clipping scales, optimizers read.

use autograd::kernels::{largest, largest_of, scaled_norm};
use autograd::{Gradients, Scalar};
use nalgebra::DMatrix;

use crate::params::Place;
use crate::{Bound, Params};

/// A gradient that is not finite.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the gradient of `{param}` is not finite; a smaller learning rate or clip norm may cure it")]
#[non_exhaustive]
pub struct NonFiniteGradient {
    /// The first such parameter.
    pub param: String,
}

/// ∂L/∂p for every parameter p, in order; zeros for frozen ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParamGrads<T: Scalar>(Vec<DMatrix<T>>);

impl<T: Scalar> ParamGrads<T> {
    /// All zero.
    pub fn zeros(params: &Params<T>) -> Self {
        Self(params.iter().map(|p| DMatrix::zeros(p.value.nrows(), p.value.ncols())).collect())
    }

    /// One for each parameter, in their order.
    pub fn from_matrices(gradients: Vec<DMatrix<T>>) -> Self {
        Self(gradients)
    }

    /// Overwrites them with what a sweep found.
    pub fn read(&mut self, bound: &Bound<'_, T>, gradients: &Gradients<T>) {
        let shapes = bound.vars().iter().map(|var| var.shape());
        if !self.0.iter().map(DMatrix::shape).eq(shapes.clone()) {
            self.0 = shapes.map(|(m, n)| DMatrix::zeros(m, n)).collect();
        }
        for (grad, var) in self.0.iter_mut().zip(bound.vars()) {
            match gradients.get(*var) {
                Some(found) => grad.copy_from(&found),
                None => grad.fill(T::zero()),
            }
        }
    }

    /// Adds `other`, parameter by parameter.
    ///
    /// # Panics
    /// If they are of other parameters.
    #[track_caller]
    pub fn add(&mut self, other: &Self) {
        assert!(self.0.len() == other.0.len(), "gradients: of {} parameters, not {}", other.0.len(), self.0.len());
        for (grad, other) in self.0.iter_mut().zip(&other.0) {
            *grad += other;
        }
    }

    /// Those of one owner's parameters, in their order.
    pub(crate) fn of_mut(&mut self, place: Place) -> &mut [DMatrix<T>] {
        &mut self.0[place.range()]
    }

    /// In the order of the parameters.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &DMatrix<T>> {
        self.0.iter()
    }

    /// √Σ g² over all entries of all parameters. Entries of 1e±200 neither overflow nor vanish; NaN
    /// if any entry is, else ∞ if any entry is.
    pub fn norm(&self) -> f64 {
        scaled_norm(self.largest(), self.entries().map(|x| x.re()))
    }

    fn entries(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flat_map(|grad| grad.as_slice())
    }

    /// The largest |entry| of all parameters; NaN if any entry is.
    fn largest(&self) -> f64 {
        largest(self.0.iter().map(|grad| largest_of(grad.as_slice())))
    }

    /// Scales all gradients so that their common norm is at most `max` (Pascanu, Mikolov & Bengio 2013, §3.2, alg. 1),
    /// and returns the norm they had.
    ///
    /// # Errors
    /// If an entry is not finite: scaling would hide it. The gradients are then unchanged.
    ///
    /// # Panics
    /// If `max` is not above 0.
    #[track_caller]
    pub fn clip(&mut self, max: f64, params: &Params<T>) -> Result<f64, NonFiniteGradient> {
        assert!(max > 0.0, "clip: the largest norm allowed is {max}, but it must be above 0");
        let norm = self.norm();
        if !norm.is_finite() {
            self.check_finite(params)?;
        }
        let factor = max / norm;
        let scale = T::from_f64(factor);
        if norm <= max {
            return Ok(norm);
        }
        if norm.is_normal() && factor.is_normal() && (scale.re() - factor).abs() <= factor * 2f64.powi(-24) {
            self.0.iter_mut().for_each(|grad| *grad *= scale);
        } else {
            // The norm is beyond the largest number, or the factor among the subnormal ones, with few digits.
            let largest = self.largest();
            let ratio = scaled_norm(1.0, self.entries().map(|x| x.re() / largest));
            let (largest, rest) = (T::Wide::from_f64(largest), T::Wide::from_f64(max / ratio));
            let shortened = |g: &mut T| *g = T::narrow(g.wide() / largest * rest);
            self.0.iter_mut().flat_map(|grad| grad.iter_mut()).for_each(shortened);
        }
        Ok(norm)
    }

    /// Clamps every entry into [−max, max] (Mikolov 2012, thesis; PyTorch's `clip_grad_value_`), and returns the largest
    /// |entry| there was. Unlike [`clip`](Self::clip) it changes the gradient's direction.
    ///
    /// # Errors
    /// If an entry is not finite: clamping would hide it. The gradients are then unchanged.
    ///
    /// # Panics
    /// If `max` is not above 0.
    #[track_caller]
    pub fn clip_by_value(&mut self, max: f64, params: &Params<T>) -> Result<f64, NonFiniteGradient> {
        assert!(max > 0.0, "clip_by_value: the largest entry allowed is {max}, but it must be above 0");
        self.check_finite(params)?;
        let largest = self.largest();
        for g in self.0.iter_mut().flat_map(|grad| grad.iter_mut()).filter(|g| g.re().abs() > max) {
            *g = T::from_f64(max.copysign(g.re()));
        }
        Ok(largest)
    }

    fn check_finite(&self, params: &Params<T>) -> Result<(), NonFiniteGradient> {
        let finite = |grad: &DMatrix<T>| grad.iter().all(|x| x.is_finite());
        match self.0.iter().zip(params.iter()).find(|(grad, _)| !finite(grad)) {
            Some((_, param)) => Err(NonFiniteGradient { param: param.name.clone() }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Specs, init};
    use nalgebra::dmatrix;

    fn params() -> Params<f64> {
        let mut specs = Specs::default();
        specs.add("a", (1, 2), init::zeros());
        specs.add("b", (1, 1), init::zeros());
        let mut params = Params::new();
        params.place("net", specs.clone(), 0);
        params
    }

    #[test]
    fn a_long_gradient_is_shortened_and_a_short_one_is_left() {
        let mut grads = ParamGrads(vec![dmatrix![3.0, 0.0], dmatrix![4.0]]);
        assert_eq!(grads.clip(10.0, &params()), Ok(5.0));
        assert_eq!(grads.0[1], dmatrix![4.0]);
        assert_eq!(grads.clip(1.0, &params()), Ok(5.0));
        assert!((grads.norm() - 1.0).abs() < 1e-15 && (grads.0[0][0] - 0.6).abs() < 1e-15);
    }

    #[test]
    fn a_gradient_at_the_edge_of_the_range_is_shortened_to_the_last_digit() {
        let mut grads = ParamGrads(vec![dmatrix![1.5e308, 0.0], dmatrix![-1.5e308]]);
        assert_eq!(grads.clip(1.0, &params()), Ok(f64::INFINITY)); // 2.1e308
        assert!((grads.0[0][0] - 0.5f64.sqrt()).abs() < 1e-15 && (grads.0[1][0] + 0.5f64.sqrt()).abs() < 1e-15);
        for (size, max) in [(1e37f32, 1e-3), (1.0, 1e-40), (1e30, 1e-25)] {
            let mut specs = Specs::default();
            specs.add("w", (1, 2), init::zeros());
            let mut params = Params::new();
            params.place("net", specs, 0);
            let mut grads = ParamGrads(vec![dmatrix![3.0 * size, -4.0 * size]]);
            grads.clip(max, &params).expect("finite");
            let expected = [0.6, -0.8].map(|x| (x * max) as f32);
            for (g, expected) in grads.0[0].iter().zip(expected) {
                assert!(
                    (g - expected).abs() <= expected.abs() * 3e-7 + f32::from_bits(1),
                    "{size} {max}: {g} {expected}"
                );
            }
        }
    }

    #[test]
    fn the_norm_neither_overflows_nor_vanishes() {
        for size in [1e200, 1e-200] {
            let grads = ParamGrads(vec![dmatrix![3.0 * size, 0.0], dmatrix![4.0 * size]]);
            assert!((grads.norm() / size - 5.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_gradient_that_is_not_finite_is_named_and_not_scaled() {
        for bad in [f64::NAN, f64::INFINITY] {
            let mut grads = ParamGrads(vec![dmatrix![3.0, 0.0], dmatrix![bad]]);
            assert_eq!(grads.clip(1.0, &params()), Err(NonFiniteGradient { param: "net.b".into() }));
            assert_eq!(grads.clip_by_value(1.0, &params()), Err(NonFiniteGradient { param: "net.b".into() }));
            assert_eq!(grads.0[0], dmatrix![3.0, 0.0]);
        }
    }

    #[test]
    fn entries_beyond_a_value_are_clamped_and_others_are_left() {
        let mut grads = ParamGrads(vec![dmatrix![3.0, -0.5], dmatrix![-4.0]]);
        assert_eq!(grads.clip_by_value(1.0, &params()), Ok(4.0));
        assert_eq!(grads.0, [dmatrix![1.0, -0.5], dmatrix![-1.0]]);
        assert_eq!(grads.clip_by_value(1.0, &params()), Ok(1.0));
    }

    #[test]
    #[should_panic(expected = "clip_by_value: the largest entry allowed is 0, but it must be above 0")]
    fn a_value_that_is_no_bound_is_refused() {
        let _ = ParamGrads(vec![dmatrix![3.0, 0.0], dmatrix![4.0]]).clip_by_value(0.0, &params());
    }

    #[test]
    fn the_norm_of_what_is_not_finite_is_not_finite() {
        let norm = |a: f64, b: f64| ParamGrads(vec![dmatrix![a, 0.0], dmatrix![b]]).norm();
        assert!(norm(f64::NAN, 0.0).is_nan() && norm(0.0, f64::NAN).is_nan());
        assert!(norm(f64::NAN, 1.0).is_nan() && norm(f64::INFINITY, f64::NAN).is_nan());
        assert!(norm(1.0, f64::NEG_INFINITY).is_infinite());
    }

    #[test]
    #[should_panic(expected = "clip: the largest norm allowed is NaN, but it must be above 0")]
    fn a_norm_that_is_no_bound_is_refused() {
        let _ = ParamGrads(vec![dmatrix![3.0, 0.0], dmatrix![4.0]]).clip(f64::NAN, &params());
    }
}
