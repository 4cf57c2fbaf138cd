//! Hessian–vector products through a long recurrence: an LSTM over 200 steps, forward over reverse.

use autograd::{Dual, Program, Var, differential};
use models::cells::Lstm;
use models::{Bound, Cell, CellScalar, Dims, Draws, Params, Unroll};
use nalgebra::DMatrix;

const STEPS: usize = 200;
const BATCH: usize = 2;
const DIMS: Dims = Dims { input: 3, hidden: 6, horizon: STEPS };

fn drawn(purpose: &str, rows: usize, columns: usize) -> DMatrix<f64> {
    let mut draws = Draws::at(7, purpose, &[]);
    DMatrix::from_fn(rows, columns, |_, _| draws.between(-1.0, 1.0))
}

/// ½ Σ (h_t − y_t)² over all steps, as a function of the parameters.
struct Loss(Lstm);

impl<T: CellScalar> Program<T> for Loss
where
    Lstm: Cell<T>,
{
    fn name(&self) -> String {
        "lstm over 200 steps".into()
    }

    fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
        let constant = |name: &str, rows| inputs[0].tape().constant(&drawn(name, rows, STEPS * BATCH).map(T::from_f64));
        let bound = Bound::from_vars(inputs.to_vec());
        let run = Unroll::new(&self.0, bound.all()).run(constant("x", DIMS.input), BATCH);
        let miss = run.outputs - constant("y", DIMS.hidden);
        (miss * miss).sum().scale(0.5)
    }
}

fn inner(a: &[DMatrix<f64>], b: &[DMatrix<f64>]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.dot(b)).sum()
}

fn norm(a: &[DMatrix<f64>]) -> f64 {
    inner(a, a).sqrt()
}

#[test]
fn the_hessian_of_an_lstm_over_200_steps_is_symmetric_and_that_of_finite_differences() {
    let loss = Loss(Lstm::new(DIMS));
    let mut params = Params::<f64>::new();
    params.place("lstm", Lstm::new(DIMS), 1);
    let x: Vec<_> = params.iter().map(|p| p.value.clone()).collect();
    let direction = |name: &str| -> Vec<_> {
        x.iter().enumerate().map(|(k, x)| drawn(&format!("{name} {k}"), x.nrows(), x.ncols())).collect()
    };
    let (u, v) = (direction("u"), direction("v"));
    let product = |u: &[DMatrix<f64>]| differential::hvp::<f64>(&loss, &x, u);
    let ((gradient, hu), (_, hv)) = (product(&u), product(&v));

    let asymmetry = (inner(&u, &hv) - inner(&v, &hu)).abs() / (norm(&u) * norm(&hv));
    println!("asymmetry {asymmetry:e} of ‖u‖‖Hv‖");
    assert!(asymmetry <= 1e-10 && norm(&hv) > 1e-3);

    let plain = |x: &[DMatrix<f64>]| differential::value_and_grad::<f64>(&loss, x).1;
    let minus = |a: &[DMatrix<f64>], b: &[DMatrix<f64>]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>();
    assert!(norm(&minus(&plain(&x), &gradient)) <= 1e-12 * norm(&gradient));

    let h = 1e-5;
    let moved = |h: f64| x.iter().zip(&v).map(|(x, v)| x + v * h).collect::<Vec<_>>();
    let difference: Vec<_> = minus(&plain(&moved(h)), &plain(&moved(-h))).iter().map(|d| d / (2.0 * h)).collect();
    let error = norm(&minus(&difference, &hv)) / norm(&hv);
    println!("finite differences off by {error:e}");
    assert!(error <= 1e-6, "off by {error:e}");
}

#[test]
fn forward_mode_gives_the_slope_that_the_gradient_has() {
    let loss = Loss(Lstm::new(DIMS));
    let mut params = Params::<f64>::new();
    params.place("lstm", Lstm::new(DIMS), 1);
    let x: Vec<_> = params.iter().map(|p| p.value.clone()).collect();
    let u: Vec<_> = x.iter().map(|x| drawn("u", x.nrows(), x.ncols())).collect();
    let slope = differential::jvp(&loss as &dyn Program<Dual<f64>>, &x, &u).1[0];
    let expected = inner(&differential::value_and_grad::<f64>(&loss, &x).1, &u);
    assert!((slope - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{slope} {expected}");
}
