use nalgebra::DMatrix;

use super::hvp;
use crate::{Dual, Program, Real};

/// H = ∂²f/∂x² for f: matrices → ℝ: n × n for n entries of x, counted input after input and each column by column.
///
/// Column j is [`hvp`] along axis j, so it runs n times and holds n² numbers; for a large problem ask `hvp` for the directions that matter.
///
/// ```
/// use autograd::{differential::hessian, program};
/// use nalgebra::dmatrix;
///
/// let f = program(|x| (x[0] * x[0] * x[1]).sum()); // a² b
/// assert_eq!(hessian(&f, &[dmatrix![3.0], dmatrix![5.0]]), dmatrix![10.0, 6.0; 6.0, 0.0]);
/// ```
///
/// # Panics
/// If x has no matrix or f(x) is not 1×1.
#[track_caller]
pub fn hessian<F: Real>(f: &(impl Program<Dual<F>> + ?Sized), x: &[DMatrix<F>]) -> DMatrix<F> {
    let n = x.iter().map(DMatrix::len).sum();
    let mut h = DMatrix::zeros(n, n);
    let mut axis: Vec<_> = x.iter().map(|x| DMatrix::zeros(x.nrows(), x.ncols())).collect();
    let mut column = 0;
    for k in 0..x.len() {
        for i in 0..x[k].len() {
            axis[k][i] = F::one();
            let along = hvp(f, x, &axis).1;
            axis[k][i] = F::zero();
            for (h, &entry) in h.column_mut(column).iter_mut().zip(along.iter().flat_map(|block| block.iter())) {
                *h = entry;
            }
            column += 1;
        }
    }
    h
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scalar, Var};
    use nalgebra::dmatrix;

    /// (1 − x)² + 100 (y − x²)².
    fn rosenbrock<'t, T: Scalar>(v: &[Var<'t, T>]) -> Var<'t, T> {
        let (x, y) = (v[0].slice_rows(0..1), v[0].slice_rows(1..2));
        let (a, b) = (x.scale(-1.0).shift(1.0), y - x * x);
        a * a + (b * b).scale(100.0)
    }

    #[test]
    fn rosenbrocks_hessian_is_the_one_of_the_books() {
        for (x, y) in [(1.0, 1.0), (-1.2, 1.0), (0.0, 0.0), (3.0, -2.0)] {
            // ∂²/∂x² = 2 − 400 y + 1200 x²,  ∂²/∂x∂y = −400 x,  ∂²/∂y² = 200
            let expected = dmatrix![2.0 - 400.0 * y + 1200.0 * x * x, -400.0 * x; -400.0 * x, 200.0];
            let h = hessian(&rosenbrock, &[dmatrix![x; y]]);
            assert!((&h - &expected).amax() < 1e-15 * (1.0 + expected.amax()) * 8.0, "{h}{expected}");
        }
    }

    /// Σ tanh(W x), W (2×2), x (2×1).
    fn net<'t, T: Scalar>(v: &[Var<'t, T>]) -> Var<'t, T> {
        v[0].matmul(v[1]).tanh().sum()
    }

    #[test]
    fn several_inputs_fill_one_symmetric_matrix() {
        let (w, x) = (dmatrix![0.5, -1.0; 0.25, 2.0], dmatrix![0.1; -0.7]);
        let h = hessian(&net, &[w.clone(), x.clone()]);
        assert_eq!(h.shape(), (6, 6));
        assert!((&h - h.transpose()).amax() < 1e-15);
        // ∂²/∂x² = Σᵢ −2 tᵢ (1 − tᵢ²) wᵢ wᵢᵀ
        let t = (&w * &x).map(f64::tanh);
        let curvature = t.map(|t| -2.0 * t * (1.0 - t * t));
        let expected = w.transpose() * DMatrix::from_diagonal(&curvature.column(0).into_owned()) * &w;
        assert!((h.view((4, 4), (2, 2)) - expected).amax() < 1e-14);
    }
}
