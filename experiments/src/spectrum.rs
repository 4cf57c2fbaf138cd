//! Spectral radius and largest singular value: what theory says of a recurrent matrix.

use nalgebra::DMatrix;

/// ρ(W) = max |λᵢ|: the rate of Wᵏ as k grows. NaN if the eigenvalues were not found.
pub(crate) fn spectral_radius(w: &DMatrix<f64>) -> f64 {
    match w.clone().try_schur(f64::EPSILON, 10_000) {
        Some(schur) => schur.complex_eigenvalues().iter().map(|z| z.re.hypot(z.im)).fold(0.0, f64::max),
        None => f64::NAN,
    }
}

/// σ_max(W) = ‖W‖₂: how much W lengthens a vector at most.
pub(crate) fn largest_singular_value(w: &DMatrix<f64>) -> f64 {
    w.clone().svd(false, false).singular_values.iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    #[test]
    fn a_rotation_and_a_shear_differ_as_they_should() {
        let rotation = dmatrix![0.0, -2.0; 2.0, 0.0];
        assert!(
            (spectral_radius(&rotation) - 2.0).abs() < 1e-14 && (largest_singular_value(&rotation) - 2.0).abs() < 1e-14
        );
        // [1 10; 0 1] has ρ = 1, but lengthens by (10 + √104)/2.
        let shear = dmatrix![1.0, 10.0; 0.0, 1.0];
        assert!((spectral_radius(&shear) - 1.0).abs() < 1e-6);
        assert!((largest_singular_value(&shear) - (10.0 + 104f64.sqrt()) / 2.0).abs() < 1e-12);
    }
}
