use nalgebra::DMatrix;

use super::Everywhere;
use super::fault::{Disagreement, Fault};
use super::measurement::{Measurement, Side, largest};
use crate::tape::arena::SMALLEST;
use crate::{Dual, Gradients, Program, Scalar, Tape, Var};

/// Holds forward and reverse derivatives of `program` at `inputs` against each other and against the values, with directions
/// u and weights v drawn from `seed`. With y the value, J its Jacobian:
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
/// - `diamond`: y ∘ y + y, with the program run twice on the same inputs, has the gradient Jᵀ (v ∘ (2y + 1));
/// - `one wanted`: an input's gradient is the same where the other inputs are constants;
/// - `repetition`: a second run, in memory full of NaN and with every value dropped that no op says it
///   [reads](crate::Op::reads), gives the same bits;
/// - `zero incoming`: where an entry of the inputs becomes 0, at which many slopes are infinite, and the weights of all that it
///   moves become 0, too, every gradient stays as it was, to 1e-12: an example's gradient does not depend on another's;
/// - `tiny f32 gradient`, `tiny gradient`: weights of 2⁻¹¹⁰ and 2⁻¹⁰¹⁰ of the size have as much of the gradient, to 1e-5 and
///   1e-12: nothing is cut off on the way;
/// - `f32 value`, `f32 gradient`: f32 agrees with f64, to 2e-5.
///
/// Errors of matrices are largest entries, allowed relative to 1 + the largest entry.
///
/// # Errors
/// The first check that fails.
pub fn examine(program: &(impl Everywhere + ?Sized), inputs: &[DMatrix<f64>], seed: u64) -> Result<(), Fault> {
    let case = Case::new(program, inputs, seed);
    let Some(failed) = case.measure().into_iter().find(|measurement| !measurement.holds()) else { return Ok(()) };
    let Measurement { check, error, scale, limit, ref worst } = failed;
    let worst = worst.clone().or_else(|| case.locate(check)).map(Box::new);
    Err(Fault { program: Program::<f64>::name(program), check, worst, error, allowed: limit * scale, seed })
}

/// How far each check of [`examine`] is off, in its order; `aliasing`, `one wanted` and `zero incoming` are left out
/// where they do not apply.
pub fn measure(program: &(impl Everywhere + ?Sized), inputs: &[DMatrix<f64>], seed: u64) -> Vec<Measurement> {
    Case::new(program, inputs, seed).measure()
}

/// A program at one point, with what was drawn for it.
pub(crate) struct Case<'a, P: ?Sized> {
    pub(super) program: &'a P,
    pub(super) x: Vec<DMatrix<f64>>,
    /// Directions.
    u: Vec<DMatrix<f64>>,
    w: Vec<DMatrix<f64>>,
    /// What the gradients hold before.
    prefill: Vec<DMatrix<f64>>,
    /// The value at x.
    pub(super) y: DMatrix<f64>,
    /// Its weights.
    pub(super) v: DMatrix<f64>,
    /// Which entry is looked at by itself.
    pub(super) pick: u64,
}

impl<'a, P: Everywhere + ?Sized> Case<'a, P> {
    pub(crate) fn new(program: &'a P, inputs: &[DMatrix<f64>], seed: u64) -> Self {
        // Numbers that f32 has too, so that both precisions see the same inputs.
        let x: Vec<_> = inputs.iter().map(|x| x.map(|x| f64::from(x as f32))).collect();
        let mut random = Random(seed);
        let mut like =
            |shapes: &[DMatrix<f64>]| -> Vec<_> { shapes.iter().map(|m| m.map(|_| random.next())).collect() };
        let (u, w, prefill) = (like(&x), like(&x), like(&x));
        let y = value(program, &x);
        let v = like(std::slice::from_ref(&y)).remove(0);
        Self { program, x, u, w, prefill, y, v, pick: random.0 >> 1 }
    }

    fn measure(&self) -> Vec<Measurement> {
        let Self { program, x, u, w, prefill, y, v, .. } = self;
        let value_of = |check, names, a: DMatrix<f64>, b: &DMatrix<f64>, factor, limit| {
            Measurement::of_matrices(check, Side::Value(names), (&[a], std::slice::from_ref(b)), factor, limit)
        };
        let gradient_of = |check, names, a: &[DMatrix<f64>], b: &[DMatrix<f64>], factor, limit| {
            Measurement::of_matrices(check, Side::Inputs(names), (a, b), factor, limit)
        };
        let gradient = reverse(*program, x, v, None);
        let mut all = Vec::with_capacity(16);

        let along_u = value(*program, &self.along(u));
        let ju = along_u.map(|y| y.eps);
        all.push(value_of("dual value", ["over duals", "over f64"], along_u.map(|y| y.re), y, 1.0, 1e-13));

        let (forward, reversed) = (terms(v, &ju), inner(u, &gradient));
        let tiny = 1e-278; // times the limit, nothing beside any product of normal numbers
        let size = forward.1 + reversed.1 + tiny;
        all.push(Measurement::of_numbers("dot test", (reversed.0, forward.0), size, 1e-12));

        let (gradient_u, hu) = self.hessian(u);
        let (_, hw) = self.hessian(w);
        all.push(gradient_of("dual gradient", ["over duals", "over f64"], &gradient_u, &gradient, 1.0, 1e-12));
        let (whu, uhw) = (inner(w, &hu), inner(u, &hw));
        let size = whu.1 + uhw.1 + largest(v) * gradient.iter().map(largest).fold(1.0, f64::max);
        all.push(Measurement::of_numbers("second order", (whu.0, uhw.0), size, 1e-11));

        let h = 1e-5;
        let moved = |h: f64| -> Vec<_> { x.iter().zip(u).map(|(x, u)| x + u * h).collect() };
        let names = ["difference", "forward mode"];
        let difference = (value(*program, &moved(h)) - value(*program, &moved(-h))) / (2.0 * h);
        all.push(value_of("finite differences", names, difference, &ju, 1.0, 1e-6));
        let (ahead, behind) = (reverse(*program, &moved(h), v, None), reverse(*program, &moved(-h), v, None));
        let difference: Vec<_> = ahead.iter().zip(&behind).map(|(a, b)| (a - b) / (2.0 * h)).collect();
        all.push(gradient_of("gradient differences", ["difference", "over duals"], &difference, &hu, 1.0, 1e-6));

        let grown = reverse(*program, x, v, Some(prefill));
        let expected: Vec<_> = gradient.iter().zip(prefill).map(|(g, p)| g + p).collect();
        all.push(gradient_of("accumulation", ["found", "expected"], &grown, &expected, 1.0, 1e-12));

        if x.len() > 1 && x.iter().all(|m| m.shape() == x[0].shape()) {
            let repeated = vec![x[0].clone(); x.len()];
            if value(*program, &repeated).shape() == v.shape() {
                let sum = reverse(*program, &repeated, v, None).iter().fold(x[0].map(|_| 0.0), |sum, g| sum + g);
                let one = aliased(*program, &x[0], x.len(), v);
                all.push(gradient_of("aliasing", ["one value", "apart"], &[one], &[sum], 1.0, 1e-12));
            }
        }
        let outer = v.zip_map(y, |v, y| v * (2.0 * y + 1.0));
        let expected = reverse(*program, x, &outer, None);
        all.push(gradient_of("diamond", ["found", "expected"], &diamond(*program, x, v), &expected, 1.0, 1e-12));

        if x.len() > 1 {
            let alone: Vec<_> = (0..x.len()).map(|k| one_wanted(*program, x, k, v)).collect();
            all.push(gradient_of("one wanted", ["alone", "with all"], &alone, &gradient, 1.0, 1e-12));
        }

        all.push(self.repetition(&gradient));
        all.extend(self.zero_incoming(0.0));
        all.extend(self.tiny());

        let narrow = |m: &DMatrix<f64>| m.map(|x| x as f32);
        let wide = |m: &DMatrix<f32>| m.map(f64::from);
        let x32: Vec<_> = x.iter().map(narrow).collect();
        let gradient32: Vec<_> = reverse(*program, &x32, &narrow(v), None).iter().map(wide).collect();
        let names = ["in f32", "in f64"];
        all.push(value_of("f32 value", names, wide(&value(*program, &x32)), y, 1.0, 2e-5));
        // The weights v are rounded as well; their error is relative, as the tolerance is.
        all.push(gradient_of("f32 gradient", names, &gradient32, &gradient, 1.0 + largest(v), 2e-5));
        all
    }

    /// x + ε `direction`.
    fn along(&self, direction: &[DMatrix<f64>]) -> Vec<DMatrix<Dual<f64>>> {
        self.x.iter().zip(direction).map(|(x, u)| x.zip_map(u, Dual::new)).collect()
    }

    /// (Jᵀ v, H u) from one sweep over duals, with H the Hessian of ⟨v, y⟩ and u = `direction`.
    fn hessian(&self, direction: &[DMatrix<f64>]) -> (Vec<DMatrix<f64>>, Vec<DMatrix<f64>>) {
        let gradient = reverse(self.program, &self.along(direction), &self.v.map(Dual::from_f64), None);
        (gradient.iter().map(|g| g.map(|g| g.re)).collect(), gradient.iter().map(|g| g.map(|g| g.eps)).collect())
    }

    /// Another run, on a tape and with gradients whose memory is full of NaN; whatever the ops do not say that they read,
    /// the inputs too, is dropped before the sweep.
    fn repetition(&self, gradient: &[DMatrix<f64>]) -> Measurement {
        let mut tape = Tape::new();
        let mut gradients = Gradients::new();
        self.program.run(&self.x.iter().map(|x| tape.leaf(x)).collect::<Vec<_>>());
        tape.reset();
        let nan = DMatrix::from_element(SMALLEST, 1, f64::NAN);
        let slabs: Vec<_> = (0..tape.bytes() / size_of_val(nan.as_slice())).map(|_| (tape.leaf(&nan), &nan)).collect();
        tape.vjp(&slabs, &mut gradients);
        drop(slabs);
        tape.reset();
        let leaves: Vec<_> = self.x.iter().map(|x| tape.leaf(x)).collect();
        let stretch = tape.transient();
        let inputs: Vec<_> = leaves.iter().map(|leaf| leaf.copied().watch()).collect();
        let again = self.program.run(&inputs);
        stretch.end(&[again]);
        tape.vjp(&[(again, &self.v)], &mut gradients);

        let bits = |m: &DMatrix<f64>| m.map(f64::to_bits);
        let (y, names) = (again.value(), ["first", "second"]);
        let mut worst = if bits(&y) == bits(&self.y) { None } else { Side::Value(names).worst(0, &self.y, &y) };
        for (k, (&input, gradient)) in inputs.iter().zip(gradient).enumerate() {
            let found = gradients.of(input).clone_owned();
            if worst.is_none() && bits(&found) != bits(gradient) {
                worst = Side::Inputs(names).worst(k, gradient, &found);
            }
        }
        let error = f64::from(u8::from(worst.is_some()));
        Measurement { check: "repetition", error, scale: 1.0, limit: 0.0, worst: worst.map(|(_, worst)| worst) }
    }

    /// Where an identity between two numbers fails most: along each direction that moves one entry alone.
    fn locate(&self, check: &str) -> Option<Disagreement> {
        let second = check == "second order";
        let names = if second { ["row of the Hessian", "column"] } else { ["backward", "forward mode"] };
        let found = if second { self.hessian(&self.u).1 } else { reverse(self.program, &self.x, &self.v, None) };
        let mut unit: Vec<_> = self.x.iter().map(|x| x.map(|_| 0.0)).collect();
        let mut expected = unit.clone();
        for (k, at) in self.x.iter().enumerate().flat_map(|(k, x)| (0..x.len()).map(move |at| (k, at))) {
            unit[k][at] = 1.0;
            expected[k][at] = if second {
                inner(&self.u, &self.hessian(&unit).1).0 // ⟨u, H e⟩
            } else {
                terms(&self.v, &value(self.program, &self.along(&unit)).map(|y| y.eps)).0 // ⟨v, J e⟩
            };
            unit[k][at] = 0.0;
        }
        Measurement::of_matrices("", Side::Inputs(names), (&found, &expected), 1.0, 0.0).worst
    }
}

pub(super) fn value<T: Scalar>(program: &(impl Program<T> + ?Sized), x: &[DMatrix<T>]) -> DMatrix<T> {
    let tape = Tape::new();
    let inputs: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
    program.run(&inputs).value()
}

/// Jᵀ v for each input; with `prefill`, the gradients start there instead of at 0.
pub(super) fn reverse<T: Scalar>(
    program: &(impl Program<T> + ?Sized),
    x: &[DMatrix<T>],
    v: &DMatrix<T>,
    prefill: Option<&[DMatrix<T>]>,
) -> Vec<DMatrix<T>> {
    let tape = Tape::new();
    let inputs: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
    let mut roots = vec![(program.run(&inputs), v)];
    roots.extend(prefill.into_iter().flat_map(|prefill| inputs.iter().copied().zip(prefill)));
    swept(&tape, &inputs, &roots)
}

fn aliased(program: &(impl Program<f64> + ?Sized), x: &DMatrix<f64>, arity: usize, v: &DMatrix<f64>) -> DMatrix<f64> {
    let tape = Tape::new();
    let input = tape.leaf(x);
    let y = program.run(&vec![input; arity]);
    swept(&tape, &[input], &[(y, v)]).remove(0)
}

/// Jᵀ v for input k, where the others are constants.
fn one_wanted(program: &(impl Program<f64> + ?Sized), x: &[DMatrix<f64>], k: usize, v: &DMatrix<f64>) -> DMatrix<f64> {
    let tape = Tape::new();
    let input = |(j, x)| if j == k { tape.leaf(x) } else { tape.constant(x) };
    let inputs: Vec<_> = x.iter().enumerate().map(input).collect();
    swept(&tape, &inputs[k..=k], &[(program.run(&inputs), v)]).remove(0)
}

/// The gradients of ⟨v, y ∘ y′ + y⟩, where y and y′ are two runs.
fn diamond(program: &(impl Program<f64> + ?Sized), x: &[DMatrix<f64>], v: &DMatrix<f64>) -> Vec<DMatrix<f64>> {
    let tape = Tape::new();
    let inputs: Vec<_> = x.iter().map(|x| tape.leaf(x)).collect();
    let (y, again) = (program.run(&inputs), program.run(&inputs));
    swept(&tape, &inputs, &[(y * again + y, v)])
}

fn swept<T: Scalar>(tape: &Tape<T>, inputs: &[Var<'_, T>], roots: &[(Var<'_, T>, &DMatrix<T>)]) -> Vec<DMatrix<T>> {
    let mut gradients = Gradients::new();
    tape.vjp(roots, &mut gradients);
    inputs.iter().map(|&input| gradients.of(input).clone_owned()).collect()
}

/// (Σ aᵢ bᵢ, Σ |aᵢ bᵢ|).
fn terms(a: &DMatrix<f64>, b: &DMatrix<f64>) -> (f64, f64) {
    a.iter().zip(b).fold((0.0, 0.0), |(sum, size), (a, b)| (sum + a * b, size + (a * b).abs()))
}

/// [`terms`] over several matrices.
fn inner(a: &[DMatrix<f64>], b: &[DMatrix<f64>]) -> (f64, f64) {
    a.iter().zip(b).map(|(a, b)| terms(a, b)).fold((0.0, 0.0), |sum, t| (sum.0 + t.0, sum.1 + t.1))
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
