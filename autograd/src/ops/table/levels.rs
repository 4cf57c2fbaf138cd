//! Every SIMD level of this machine gives every op the same bits, and each is certified.

use nalgebra::DMatrix;

use super::{Row, rows};
use crate::Program;
use crate::kernels::Level;
use crate::{Gradients, Scalar, Tape};

/// The bits of the value and of the gradients of its sum, in `T`.
fn bits<T: Scalar>(program: &(impl Program<T> + ?Sized), inputs: &[DMatrix<f64>]) -> Vec<u64> {
    let tape = Tape::new();
    let leaves: Vec<_> = inputs.iter().map(|x| tape.leaf(&x.map(T::from_f64))).collect();
    let y = program.run(&leaves);
    let mut gradients = Gradients::new();
    tape.vjp(&[(y, &y.value().map(|_| T::one()))], &mut gradients);
    let all = leaves.iter().flat_map(|&x| gradients.of(x).iter().map(|x| x.re().to_bits()).collect::<Vec<_>>());
    y.value().iter().map(|y| y.re().to_bits()).chain(all).collect()
}

#[test]
fn every_simd_level_gives_every_op_the_same_bits_and_is_certified() {
    let levels = Level::available();
    println!("{levels:?}");
    for row in rows() {
        for inputs in [row.draw(1, 2, 31), row.draw(3, 2, 3), row.draw(67, 2, 1)] {
            let of = |level| {
                Level::forced(level, || {
                    row.examine(&inputs);
                    (bits::<f32>(&*row.program, &inputs), bits::<f64>(&*row.program, &inputs))
                })
            };
            let Row { name, place, .. } = row;
            let baseline = of(Level::Baseline);
            assert!(levels.iter().all(|&level| of(level) == baseline), "{place}: {name}: {levels:?} differ");
        }
    }
}
