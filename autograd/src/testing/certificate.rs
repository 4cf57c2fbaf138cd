//! The certificate: forward and reverse derivatives of one program held against each other and against the values.

use std::fmt;

use nalgebra::DMatrix;
use proptest::prelude::*;

use super::{Program, Single, check, matrix_of};
use crate::{Dual, Gradients, Op, Scalar, Tape, Var};

/// Which check failed, and by how much.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The program's name.
    pub program: String,
    /// What does not hold.
    pub check: &'static str,
    /// The difference found.
    pub error: f64,
    /// The difference allowed.
    pub allowed: f64,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program, check, error, allowed } = self;
        write!(f, "{program}: {check}: off by {error:e}, allowed {allowed:e}")
    }
}

impl std::error::Error for Fault {}

/// Certifies an op on the inputs of a strategy; see [`examine`].
///
/// # Panics
/// With the fault, the smallest inputs found that show it, and the seed.
#[track_caller]
pub fn certify<O>(op: &O, inputs: impl Strategy<Value = Vec<DMatrix<f64>>>)
where
    O: Op<f32> + Op<f64> + Op<Dual<f64>> + Clone,
{
    certify_program(&Single(op.clone()), inputs);
}

/// [`certify`] for an op of one matrix of any shape with entries from `entry`.
///
/// # Panics
/// As [`certify`].
#[track_caller]
pub fn certify_unary<O>(op: &O, entry: impl Strategy<Value = f64> + Clone + 'static)
where
    O: Op<f32> + Op<f64> + Op<Dual<f64>> + Clone,
{
    let inputs = (1usize..5, 1usize..5).prop_flat_map(move |(m, n)| [matrix_of(entry.clone(), m, n)]);
    certify(op, inputs.prop_map(Vec::from));
}

/// [`certify`] for an op of two matrices of one shape with entries from `entry`.
///
/// # Panics
/// As [`certify`].
#[track_caller]
pub fn certify_binary<O>(op: &O, entry: impl Strategy<Value = f64> + Clone + 'static)
where
    O: Op<f32> + Op<f64> + Op<Dual<f64>> + Clone,
{
    let inputs = (1usize..5, 1usize..5)
        .prop_flat_map(move |(m, n)| [matrix_of(entry.clone(), m, n), matrix_of(entry.clone(), m, n)]);
    certify(op, inputs.prop_map(Vec::from));
}

/// [`certify`] for any program.
///
/// # Panics
/// As [`certify`].
#[track_caller]
pub fn certify_program<P>(program: &P, inputs: impl Strategy<Value = Vec<DMatrix<f64>>>)
where
    P: Program<f32> + Program<f64> + Program<Dual<f64>>,
{
    check((inputs, any::<u64>()), |(inputs, seed)| {
        examine(program, &inputs, seed).map_err(|fault| TestCaseError::fail(fault.to_string()))
    });
}

/// Checks `program` at `inputs`, with directions u and weights v drawn from `seed`. With y the value, J its Jacobian:
///
/// - `dual value`: the real part of the dual run is y, to 1e-13;
/// - `dot test`: |⟨v, J u⟩ − ⟨Jᵀ v, u⟩| ≤ 1e-12 (Σ|vᵢ (J u)ᵢ| + Σ|(Jᵀ v)ⱼ uⱼ|), J u from dual numbers and Jᵀ v from the
///   reverse sweep in f64: exact, so no tolerance hides a wrong rule;
/// - `dual gradient`: the real part of the reverse sweep over duals is Jᵀ v, to 1e-12;
/// - `second order`: the Hessian of ⟨v, y⟩, forward over reverse, is symmetric to 1e-11;
/// - `finite differences`: central differences of y along u are J u, to 1e-6: these also see a wrong dual rule;
/// - `gradient differences`: central differences of Jᵀ v along u are H u, with H the Hessian of ⟨v, y⟩, to 1e-6: these
///   also see a tangent that backward drops everywhere, for H is then 0, which is symmetric;
/// - `accumulation`: a gradient that is not zero before grows by Jᵀ v;
/// - `aliasing`: one value in the place of all inputs (where they have one shape) gets the sum of their gradients;
/// - `one wanted`: an input's gradient is the same where the other inputs are constants;
/// - `repetition`: a second run, in memory that holds NaN, gives the same bits;
/// - `f32 value`, `f32 gradient`: f32 agrees with f64, to 2e-5.
///
/// Errors of matrices are largest entries, allowed relative to 1 + the largest entry.
///
/// # Errors
/// The first check that fails.
pub fn examine<P>(program: &P, inputs: &[DMatrix<f64>], seed: u64) -> Result<(), Fault>
where
    P: Program<f32> + Program<f64> + Program<Dual<f64>>,
{
    let name = Program::<f64>::name(program);
    let verify = |check, error: f64, allowed: f64| {
        // Written so that NaN fails.
        if error <= allowed { Ok(()) } else { Err(Fault { program: name.clone(), check, error, allowed }) }
    };
    let close = |check, a: &[DMatrix<f64>], b: &[DMatrix<f64>], tolerance: f64| {
        a.iter().zip(b).try_for_each(|(a, b)| verify(check, largest(&(a - b)), tolerance * (1.0 + largest(b))))
    };

    // Numbers that f32 has too, so that both precisions see the same inputs.
    let x: Vec<_> = inputs.iter().map(|x| x.map(|x| f64::from(x as f32))).collect();
    let mut random = Random(seed);
    let mut like =
        |shapes: &[DMatrix<f64>]| -> Vec<DMatrix<f64>> { shapes.iter().map(|m| m.map(|_| random.next())).collect() };
    let (u, w, prefill) = (like(&x), like(&x), like(&x));
    let y = value(program, &x);
    let v = like(std::slice::from_ref(&y)).remove(0);
    let y = [y];

    let (gradient, _) = reverse(program, &x, &v, None);
    let dual = |direction: &[DMatrix<f64>]| -> Vec<_> {
        x.iter().zip(direction).map(|(x, u)| x.zip_map(u, Dual::new)).collect()
    };
    let along_u = value(program, &dual(&u));
    let ju = along_u.map(|y| y.eps);
    close("dual value", &[along_u.map(|y| y.re)], &y, 1e-13)?;

    let (forward, reversed) = (terms(&v, &ju), u.iter().zip(&gradient).map(|(u, g)| terms(u, g)));
    let reversed = reversed.fold((0.0, 0.0), |sum, t| (sum.0 + t.0, sum.1 + t.1));
    let tiny = 1e-290;
    verify("dot test", (forward.0 - reversed.0).abs(), 1e-12 * (forward.1 + reversed.1) + tiny)?;

    let v_dual = v.map(Dual::from_f64);
    let (gradient_u, _) = reverse(program, &dual(&u), &v_dual, None);
    let (gradient_w, _) = reverse(program, &dual(&w), &v_dual, None);
    let part = |g: &[DMatrix<Dual<f64>>], f: fn(Dual<f64>) -> f64| -> Vec<_> { g.iter().map(|g| g.map(f)).collect() };
    close("dual gradient", &part(&gradient_u, |g| g.re), &gradient, 1e-12)?;
    let (hu, hw) = (part(&gradient_u, |g| g.eps), part(&gradient_w, |g| g.eps));
    let inner = |a: &[DMatrix<f64>], b: &[DMatrix<f64>]| {
        a.iter().zip(b).map(|(a, b)| terms(a, b)).fold((0.0, 0.0), |sum, t| (sum.0 + t.0, sum.1 + t.1))
    };
    let (whu, uhw) = (inner(&w, &hu), inner(&u, &hw));
    let scale = whu.1 + uhw.1 + largest(&v) * gradient.iter().map(largest).fold(1.0, f64::max);
    verify("second order", (whu.0 - uhw.0).abs(), 1e-11 * scale)?;

    let h = 1e-5;
    let moved = |h: f64| -> Vec<_> { x.iter().zip(&u).map(|(x, u)| x + u * h).collect() };
    let difference = (value(program, &moved(h)) - value(program, &moved(-h))) / (2.0 * h);
    close("finite differences", &[difference], &[ju], 1e-6)?;
    let (ahead, behind) = (reverse(program, &moved(h), &v, None).0, reverse(program, &moved(-h), &v, None).0);
    let difference: Vec<_> = ahead.iter().zip(&behind).map(|(a, b)| (a - b) / (2.0 * h)).collect();
    close("gradient differences", &difference, &hu, 1e-6)?;

    let (grown, _) = reverse(program, &x, &v, Some(&prefill));
    let expected: Vec<_> = gradient.iter().zip(&prefill).map(|(g, p)| g + p).collect();
    close("accumulation", &grown, &expected, 1e-12)?;

    if x.len() > 1 && x.iter().all(|m| m.shape() == x[0].shape()) {
        let repeated = vec![x[0].clone(); x.len()];
        if value(program, &repeated).shape() == v.shape() {
            let (apart, _) = reverse(program, &repeated, &v, None);
            let sum = apart.iter().fold(x[0].map(|_| 0.0), |sum, g| sum + g);
            close("aliasing", &[aliased(program, &x[0], x.len(), &v)], &[sum], 1e-12)?;
        }
    }

    if x.len() > 1 {
        let alone: Vec<_> = (0..x.len()).map(|k| one_wanted(program, &x, k, &v)).collect();
        close("one wanted", &alone, &gradient, 1e-12)?;
    }

    let mut used = Tape::new();
    used.leaf(&DMatrix::from_element(4096, 1, f64::NAN));
    used.reset();
    let same = reverse_on(&used, program, &x, &v, None) == (gradient.clone(), y[0].clone());
    verify("repetition", f64::from(u8::from(!same)), 0.0)?;

    let narrow = |m: &DMatrix<f64>| m.map(|x| x as f32);
    let x32: Vec<_> = x.iter().map(narrow).collect();
    let (gradient32, y32) = reverse(program, &x32, &narrow(&v), None);
    let wide = |m: &DMatrix<f32>| m.map(f64::from);
    // The weights v are rounded as well; their error is relative, as the tolerance is.
    let scale = 1.0 + largest(&v);
    close("f32 value", &[wide(&y32)], &y, 2e-5)?;
    close("f32 gradient", &gradient32.iter().map(wide).collect::<Vec<_>>(), &gradient, 2e-5 * scale)
}

fn value<T: Scalar>(program: &impl Program<T>, x: &[DMatrix<T>]) -> DMatrix<T> {
    let tape = Tape::new();
    let inputs: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
    program.run(&inputs).value()
}

/// (Jᵀ v for each input, y); with `prefill`, the gradients start there instead of at 0.
fn reverse<T: Scalar>(
    program: &impl Program<T>,
    x: &[DMatrix<T>],
    v: &DMatrix<T>,
    prefill: Option<&[DMatrix<T>]>,
) -> (Vec<DMatrix<T>>, DMatrix<T>) {
    reverse_on(&Tape::new(), program, x, v, prefill)
}

fn reverse_on<T: Scalar>(
    tape: &Tape<T>,
    program: &impl Program<T>,
    x: &[DMatrix<T>],
    v: &DMatrix<T>,
    prefill: Option<&[DMatrix<T>]>,
) -> (Vec<DMatrix<T>>, DMatrix<T>) {
    let inputs: Vec<Var<'_, T>> = x.iter().map(|x| tape.leaf(x)).collect();
    let y = program.run(&inputs);
    let mut roots = vec![(y, v)];
    roots.extend(prefill.into_iter().flat_map(|prefill| inputs.iter().copied().zip(prefill)));
    let mut gradients = Gradients::new();
    tape.vjp(&roots, &mut gradients);
    (inputs.iter().map(|&input| gradients.of(input).clone_owned()).collect(), y.value())
}

/// Jᵀ v for input k, where the others are constants.
fn one_wanted(program: &impl Program<f64>, x: &[DMatrix<f64>], k: usize, v: &DMatrix<f64>) -> DMatrix<f64> {
    let tape = Tape::new();
    let inputs: Vec<_> =
        (x.iter().enumerate()).map(|(j, x)| if j == k { tape.leaf(x) } else { tape.constant(x) }).collect();
    let y = program.run(&inputs);
    let mut gradients = Gradients::new();
    tape.vjp(&[(y, v)], &mut gradients);
    gradients.of(inputs[k]).clone_owned()
}

fn aliased(program: &impl Program<f64>, x: &DMatrix<f64>, arity: usize, v: &DMatrix<f64>) -> DMatrix<f64> {
    let tape = Tape::new();
    let input = tape.leaf(x);
    let y = program.run(&vec![input; arity]);
    let mut gradients = Gradients::new();
    tape.vjp(&[(y, v)], &mut gradients);
    gradients.of(input).clone_owned()
}

/// (Σ aᵢ bᵢ, Σ |aᵢ bᵢ|).
fn terms(a: &DMatrix<f64>, b: &DMatrix<f64>) -> (f64, f64) {
    a.iter().zip(b).fold((0.0, 0.0), |(sum, size), (a, b)| (sum + a * b, size + (a * b).abs()))
}

/// The largest |entry|; NaN if any is (nalgebra's `amax` would swallow it).
fn largest(m: &DMatrix<f64>) -> f64 {
    m.iter().fold(0.0, |max: f64, x| if x.is_nan() || max.is_nan() { f64::NAN } else { max.max(x.abs()) })
}

/// Signed numbers in [−1, 1] that stay away from 0: SplitMix64 (Steele, Lea & Flood 2014, Fig. 17).
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let unit = ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64;
        let size = 0.25 + 0.75 * (2.0 * unit).fract();
        if unit < 0.5 { -size } else { size }
    }
}
