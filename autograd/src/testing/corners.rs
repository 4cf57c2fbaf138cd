//! Where nothing should flow, and where something small should.

use nalgebra::DMatrix;

use super::Everywhere;
use super::examine::{Case, reverse, value};
use super::measurement::{Measurement, Side, largest};
use crate::Scalar;

/// As small as gradients get that still have all their digits in `f32` and in `f64`.
const TINY: [f64; 2] = [f64::from_bits((1023 - 110) << 52), f64::from_bits((1023 - 1010) << 52)];

impl<P: Everywhere + ?Sized> Case<'_, P> {
    /// How much a gradient changes if one entry of the inputs becomes `corner`, and nothing comes from the outputs that it
    /// moves; `None` if it moves none.
    pub(crate) fn zero_incoming(&self, corner: f64) -> Option<Measurement> {
        let (k, at) = self.entry(self.x.iter().map(DMatrix::len))?;
        let mut moved = self.x.clone();
        moved[k][at] = corner;
        let y = value(self.program, &moved);
        let moves = |(y, before): (&f64, &f64)| y.to_bits() != before.to_bits();
        let masks: Vec<_> = y.iter().zip(&self.y).map(moves).collect();
        let mut v = self.v.clone();
        v.iter_mut().zip(&masks).filter(|(_, masked)| **masked).for_each(|(v, _)| *v = 0.0);
        let sides = masks
            .contains(&true)
            .then(|| (reverse(self.program, &moved, &v, None), reverse(self.program, &self.x, &v, None)));
        sides.map(|(found, expected)| {
            of_gradients("zero incoming", ["at the corner", "away from it"], &found, &expected, 1e-12)
        })
    }

    /// How much an infinite gradient at one output changes the finite gradients of the entries that it does not depend on; `None` if
    /// there is no output.
    #[cfg(test)]
    pub(crate) fn zero_slope(&self) -> Option<Measurement> {
        let (_, at) = self.entry([self.y.len()])?;
        let with = |number: f64, others: f64| {
            let mut v = &self.v * others;
            v[at] = number;
            reverse(self.program, &self.x, &v, None)
        };
        let (slopes, mut found, mut expected) = (with(1.0, 0.0), with(f64::INFINITY, 1.0), with(0.0, 1.0));
        for ((slope, found), expected) in slopes.iter().zip(&mut found).zip(&mut expected) {
            for ((slope, found), expected) in slope.iter().zip(found).zip(expected) {
                if *slope != 0.0 || !expected.is_finite() {
                    (*found, *expected) = (0.0, 0.0);
                }
            }
        }
        Some(of_gradients("zero slope", ["beside ∞", "beside 0"], &found, &expected, 1e-12))
    }

    /// How far the gradient for tiny weights is from as much of the gradient, in both precisions.
    pub(super) fn tiny(&self) -> [Measurement; 2] {
        [
            scaled::<f32, _>(self, "tiny f32 gradient", TINY[0], 1e-5),
            scaled::<f64, _>(self, "tiny gradient", TINY[1], 1e-12),
        ]
    }

    /// One of the entries of some matrices: which matrix, and where in it.
    fn entry(&self, lens: impl IntoIterator<Item = usize>) -> Option<(usize, usize)> {
        let all: Vec<_> = lens.into_iter().enumerate().flat_map(|(k, len)| (0..len).map(move |at| (k, at))).collect();
        all.get((self.pick % all.len().max(1) as u64) as usize).copied()
    }
}

/// The gradient for weights that are `tiny` times as large, over `tiny`, beside the gradient.
fn scaled<T: Scalar, P: crate::Program<T> + ?Sized>(
    case: &Case<'_, P>,
    check: &'static str,
    tiny: f64,
    limit: f64,
) -> Measurement {
    let x: Vec<_> = case.x.iter().map(|x| x.map(T::from_f64)).collect();
    let of = |size: f64| {
        let gradient = reverse(case.program, &x, &case.v.map(|v| T::from_f64(v) * T::from_f64(size)), None);
        gradient.iter().map(|g| g.map(|g| g.re() / size)).collect::<Vec<_>>()
    };
    let names = ["of tiny weights", "of others"];
    let measured = of_gradients(check, names, &of(tiny), &of(1.0), limit);
    Measurement { scale: measured.scale * (1.0 + largest(&case.v)), ..measured }
}

fn of_gradients(
    check: &'static str,
    names: [&'static str; 2],
    found: &[DMatrix<f64>],
    expected: &[DMatrix<f64>],
    limit: f64,
) -> Measurement {
    Measurement::of_matrices(check, Side::Inputs(names), (found, expected), 1.0, limit)
}
