//! Spectral radius and largest singular value: what theory says of a recurrent matrix.

use models::largest;
use nalgebra::DMatrix;

/// How many rounds a decomposition of n rows may take, ten times what it needs as a rule: LAPACK's limit, for nalgebra has none.
fn rounds(n: usize) -> usize {
    30 * n.max(10)
}

/// ρ(W) = max |λᵢ|: the rate of Wᵏ as k grows. NaN if an entry of W is not finite.
///
/// The eigenvalues are those of nalgebra's real Schur form. For some matrices, such as most cyclic shifts, its iteration
/// does not converge; the radius is then that of Gelfand's formula, ρ = lim ‖Wᵏ‖^(1/k).
///
/// # Panics
/// If W is not square.
#[track_caller]
pub(crate) fn spectral_radius(w: &DMatrix<f64>) -> f64 {
    assert!(w.is_square(), "spectral_radius: a matrix of {} × {} has no eigenvalues", w.nrows(), w.ncols());
    if w.iter().any(|x| !x.is_finite()) {
        return f64::NAN;
    }
    let (w, isolated) = balanced(w.clone());
    let radius = at_scale(&w, |w| {
        let schur = w.clone().try_schur(f64::EPSILON, rounds(w.nrows()));
        let found = schur.map(|schur| largest(schur.complex_eigenvalues().iter().map(|z| z.re.hypot(z.im))));
        // Of an eigenvalue twice over nalgebra may take the root of a number just below 0: a NaN.
        found.filter(|radius| radius.is_finite()).unwrap_or_else(|| by_gelfand(w))
    });
    radius.max(isolated)
}

/// σ_max(W) = ‖W‖₂: how much W lengthens a vector at most. NaN if an entry of W is not finite.
pub(crate) fn largest_singular_value(w: &DMatrix<f64>) -> f64 {
    if w.iter().any(|x| !x.is_finite()) {
        return f64::NAN;
    }
    at_scale(w, |w| match w.clone().try_svd(false, false, 5.0 * f64::EPSILON, rounds(w.nrows().max(w.ncols()))) {
        Some(svd) => largest(svd.singular_values.iter().copied()),
        None => by_gelfand(&(w.transpose() * w)).sqrt(),
    })
}

/// What `measure`, which grows as W does, says of W: of W/2ᵉ, whose largest entry is in [1, 2), times 2ᵉ. That changes no bit
/// where nothing would leave the range of f64.
fn at_scale(w: &DMatrix<f64>, measure: impl Fn(&DMatrix<f64>) -> f64) -> f64 {
    let most = largest(w.iter().copied());
    if most == 0.0 {
        return 0.0;
    }
    let e = exponent(most);
    times_power(measure(&w.map(|x| times_power(x, -e))), e)
}

/// ⌊log₂ x⌋ of a number above 0.
fn exponent(x: f64) -> i32 {
    if x < f64::MIN_POSITIVE {
        return exponent(x * 2f64.powi(64)) - 64;
    }
    (x.to_bits() >> 52) as i32 - 1023
}

/// x 2ᵉ, also where 2ᵉ by itself is no number.
fn times_power(x: f64, e: i32) -> f64 {
    let half = e / 2;
    x * 2f64.powi(half) * 2f64.powi(e - half)
}

/// A matrix with the eigenvalues of `w` but for those that stand on its diagonal, and the largest |·| of those: an i whose
/// row or column has nothing else stands alone. Where row and column of an i differ by a factor of 2⁶ or more, both are
/// multiplied by powers of 2 until they are alike, for the roundings of a decomposition are relative to the largest entry
/// of all; where they do not, no bit is changed.
///
/// Source: Parlett & Reinsch 1969, "Balancing a matrix for calculation of eigenvalues and eigenvectors".
fn balanced(mut w: DMatrix<f64>) -> (DMatrix<f64>, f64) {
    let off_diagonal = |w: &DMatrix<f64>, i: usize| {
        let others = || (0..w.nrows()).filter(move |j| *j != i);
        (largest(others().map(|j| w[(i, j)])), largest(others().map(|j| w[(j, i)])))
    };
    let alone = |w: &DMatrix<f64>| {
        (0..w.nrows()).find(|i| {
            let (row, column) = off_diagonal(w, *i);
            row == 0.0 || column == 0.0
        })
    };
    let mut isolated = 0f64;
    while let Some(i) = alone(&w) {
        isolated = isolated.max(w[(i, i)].abs());
        w = w.remove_row(i).remove_column(i);
    }
    for _ in 0..rounds(w.nrows()) {
        let mut settled = true;
        for i in 0..w.nrows() {
            let (row, column) = off_diagonal(&w, i);
            let ahead = exponent(row) - exponent(column);
            if ahead.abs() >= 6 {
                settled = false;
                let own = w[(i, i)];
                w.column_mut(i).apply(|x| *x = times_power(*x, ahead / 2));
                w.row_mut(i).apply(|x| *x = times_power(*x, -(ahead / 2)));
                w[(i, i)] = own;
            }
        }
        if settled {
            break;
        }
    }
    (w, isolated)
}

/// ρ = ‖Wᵏ‖^(1/k) for k = 2⁶⁰, by squaring: ln ρ is the sum of ln ‖·‖ / 2ʲ over the squares, each divided by its norm.
///
/// It has no iteration that could fail to converge, and the roundings of later squares count less and less.
fn by_gelfand(w: &DMatrix<f64>) -> f64 {
    let (mut power, mut log, mut share) = (w.clone(), 0.0, 1.0);
    for _ in 0..60 {
        let norm = power.norm();
        if norm == 0.0 {
            return 0.0;
        }
        log += share * norm.ln();
        share /= 2.0;
        power /= norm;
        power = &power * &power;
    }
    log.exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::testing::proptest::prelude::*;
    use autograd::testing::{check, matrix_of};
    use models::Draws;
    use nalgebra::dmatrix;

    fn close(found: f64, expected: f64) -> bool {
        (found - expected).abs() <= 1e-12 * expected
    }

    /// Ones below the diagonal, and one in the corner.
    fn shift(n: usize) -> DMatrix<f64> {
        DMatrix::from_fn(n, n, |i, j| f64::from(u8::from(i == (j + 1) % n)))
    }

    #[test]
    fn a_rotation_and_a_shear_differ_as_they_should() {
        let rotation = dmatrix![0.0, -2.0; 2.0, 0.0];
        assert!(close(spectral_radius(&rotation), 2.0) && close(largest_singular_value(&rotation), 2.0));
        // [1 10; 0 1] has ρ = 1, but lengthens by (10 + √104)/2.
        let shear = dmatrix![1.0, 10.0; 0.0, 1.0];
        assert!(close(spectral_radius(&shear), 1.0));
        assert!(close(largest_singular_value(&shear), (10.0 + 104f64.sqrt()) / 2.0));
    }

    #[test]
    fn a_permutation_has_1_however_many_cycles_it_has() {
        for (n, cycles) in (1..=64).map(|n| (n, 1)).chain((1..=12).map(|n| (n, 3))) {
            let one = shift(n);
            let entry = |i: usize, j: usize| if i / n == j / n { one[(i % n, j % n)] } else { 0.0 };
            let w = DMatrix::from_fn(cycles * n, cycles * n, entry);
            assert!(close(spectral_radius(&w), 1.0) && close(largest_singular_value(&w), 1.0), "{cycles} of {n}");
        }
    }

    #[test]
    fn of_an_ordinary_matrix_no_bit_is_changed() {
        let mut draws = Draws::at(1, "ordinary", &[]);
        for n in (1..=40).chain([64, 100]) {
            let w = DMatrix::from_fn(n, n, |_, _| draws.normal() / (n as f64).sqrt());
            let plain = w.complex_eigenvalues().iter().map(|z| z.re.hypot(z.im)).fold(0.0, f64::max);
            assert_eq!(spectral_radius(&w).to_bits(), plain.to_bits(), "{n}");
            let plain = w.clone().svd(false, false).singular_values.max();
            assert_eq!(largest_singular_value(&w).to_bits(), plain.to_bits(), "{n}");
        }
    }

    #[test]
    fn what_is_not_finite_gives_nan_and_what_is_empty_or_zero_gives_0() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for (n, at) in (1..=5).flat_map(|n| (0..n * n).map(move |at| (n, at))) {
                let mut w = DMatrix::identity(n, n);
                w[at] = bad;
                assert!(spectral_radius(&w).is_nan() && largest_singular_value(&w).is_nan(), "{bad} in {n} × {n}");
            }
        }
        for n in 0..5 {
            let zeros = DMatrix::zeros(n, n);
            assert_eq!((spectral_radius(&zeros), largest_singular_value(&zeros)), (0.0, 0.0));
        }
        assert!(largest_singular_value(&DMatrix::zeros(0, 3)) == 0.0);
    }

    #[test]
    fn entries_far_apart_count_by_what_they_give_together() {
        let cycle = dmatrix![0.0, 1e200; 1e-200, 0.0];
        assert!(close(spectral_radius(&cycle), 1.0) && close(largest_singular_value(&cycle), 1e200));
        let cycle = dmatrix![0.0, 1e200, 0.0; 0.0, 0.0, 1e-60; 1e-140, 0.0, 0.0];
        assert!(close(spectral_radius(&cycle), 1.0) && close(largest_singular_value(&cycle), 1e200));
        assert!(close(spectral_radius(&dmatrix![3.0, 1e18; 0.0, 2.0]), 3.0));
        assert!(close(spectral_radius(&dmatrix![1e300, 1e200; 1e-250, 0.0]), 1e300));
        let smallest = f64::from_bits(1);
        assert!(close(spectral_radius(&dmatrix![0.0, 1e300; smallest, 0.0]), 1e300f64.sqrt() * smallest.sqrt()));
    }

    #[test]
    fn of_a_jordan_block_the_radius_is_its_eigenvalue() {
        let (mut any, mut turned) = (Draws::at(1, "jordan", &[]), 0.0f64);
        for n in 2..=8 {
            let below = |value: f64, i: usize, j: usize| if i == j { value } else { f64::from(u8::from(i == j + 1)) };
            let jordan = DMatrix::from_fn(n, n, |i, j| below(0.5, i, j));
            assert!(close(spectral_radius(&jordan), 0.5), "{n}");
            assert!(spectral_radius(&DMatrix::from_fn(n, n, |i, j| below(0.0, i, j))) == 0.0, "{n}");
            // Turned, it is no longer triangular: an eigenvalue n times over is found to about the n-th root of ε.
            let q = DMatrix::from_fn(n, n, |_, _| any.normal()).qr().q();
            let off = (spectral_radius(&(&q * jordan * q.transpose())) - 0.5).abs();
            turned = turned.max(off / f64::EPSILON.powf(1.0 / n as f64));
        }
        assert!(turned < 8.0, "{turned}");
    }

    /// With the eigenvalues 0.1, 0.2 and 0.2, of which nalgebra's are 0.1 and twice NaN.
    #[test]
    fn an_eigenvalue_twice_over_is_not_lost() {
        let w: DMatrix<f64> = dmatrix![
            0.20052785492174946, -0.027857127047721045, 0.038101779223089126;
            -0.026173618917738103, 0.10741363203057383, -0.013785383453877188;
            -0.0023900405206923325, -0.0032028328490209985, 0.19205851304767674
        ];
        assert!(w.complex_eigenvalues().iter().any(|z| z.im.is_nan()), "nalgebra finds it now");
        assert!((spectral_radius(&w) - 0.2).abs() < 1e-7, "{}", spectral_radius(&w));
    }

    /// Where the one way is not taken, the other must agree with it.
    #[test]
    fn powers_agree_with_eigenvalues() {
        let sizes = 1..7usize;
        check(sizes.prop_flat_map(|n| matrix_of(-1.0..1.0, n, n)), |w| {
            let (found, powers) = (spectral_radius(&w), by_gelfand(&w));
            // To a multiple of ε, if no eigenvalue is nearly a double one.
            prop_assert!((found - powers).abs() <= 1e-6 * (1.0 + found), "{found} and {powers}");
            let (found, powers) = (largest_singular_value(&w), by_gelfand(&(w.transpose() * &w)).sqrt());
            prop_assert!(close(powers, found), "{found} and {powers}");
            Ok(())
        });
    }

    /// Q B Qᵀ, where B has blocks r [cos φ, −sin φ; sin φ, cos φ], at every scale.
    #[test]
    fn a_spectrum_that_is_known_is_found_at_every_scale() {
        let blocks = prop::collection::vec((0.0..1.0f64, 0.0..7.0f64), 1..8);
        let scales = prop::sample::select(vec![1e-290, 1e-200, 1e-3, 1.0, 1e200, 1e290]);
        check((blocks, scales, matrix_of(-1.0..1.0, 16, 16)), |(blocks, scale, free)| {
            let n = 2 * blocks.len();
            let mut b = DMatrix::zeros(n, n);
            for (k, (r, angle)) in blocks.iter().enumerate() {
                let block = dmatrix![angle.cos(), -angle.sin(); angle.sin(), angle.cos()];
                b.view_mut((2 * k, 2 * k), (2, 2)).copy_from(&(block * *r));
            }
            let q = free.view((0, 0), (n, n)).into_owned().qr().q();
            let w = (&q * b * q.transpose()) * scale;
            let radius = largest(blocks.iter().map(|(r, _)| *r)) * scale;
            for (what, found) in [("ρ", spectral_radius(&w)), ("σ", largest_singular_value(&w))] {
                prop_assert!((found - radius).abs() <= 1e-13 * n as f64 * scale, "{what} {found:e}, not {radius:e}");
            }
            Ok(())
        });
    }
}
