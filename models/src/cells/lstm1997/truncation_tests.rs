//! The paper's update rule, appendix A.1, with its derivatives ∂s/∂w carried forward step by step, against what the tape
//! gives for the truncated cell.

use autograd::Tape;
use nalgebra::DMatrix;

use super::Form;
use super::form::Recurrent;
use super::{Lstm1997, Squash};
use crate::testing::sigmoid;
use crate::{Cell, Describe, Dims, Draws, Params, Unroll};

const DIMS: Dims = Dims { input: 3, hidden: 6, horizon: 1 };
const STEPS: usize = 7;

/// What a run over drawn numbers gives: h of every step, and the gradients of Σ_t Σ_c e_c(t) h_c(t).
struct Ran {
    outputs: DMatrix<f64>,
    gradients: Vec<DMatrix<f64>>,
}

/// x_t as columns, e(t) as columns, and the parameters. An e(t) stands for Σ_k w_kc e_k(t), what the outputs send back.
struct Drawn {
    x: DMatrix<f64>,
    e: DMatrix<f64>,
    params: Params<f64>,
}

fn drawn(cell: &Lstm1997) -> Drawn {
    let mut draws = Draws::at(5, "truncation", &[]);
    let mut random = |rows: usize, columns: usize| DMatrix::from_fn(rows, columns, |_, _| draws.normal());
    let (x, e) = (random(DIMS.input, STEPS), random(DIMS.hidden, STEPS));
    let mut params = Params::new();
    params.place("cell", cell.about().specs.clone(), 1);
    params.iter_mut().for_each(|param| param.value = random(param.value.nrows(), param.value.ncols()));
    Drawn { x, e, params }
}

fn run(cell: &Lstm1997, Drawn { x, e, params }: &Drawn) -> Ran {
    let tape = Tape::new();
    let bound = params.bind(&tape);
    let cell: &dyn Cell<f64> = cell;
    let outputs = Unroll::new(cell, bound.all()).run(tape.constant(x), 1).outputs;
    let gradients = tape.backward((outputs * tape.constant(e)).sum());
    let of = bound.vars().iter().map(|p| gradients.of(*p).into_owned());
    Ran { outputs: outputs.value(), gradients: of.collect() }
}

/// −ΔW/α of eqs. 21 to 28: of W_x and W_y beside each other with the bias at the end, net inputs × sources.
fn rule(form: Form, Drawn { x, e, params }: &Drawn) -> DMatrix<f64> {
    let cells = DIMS.hidden;
    let blocks = cells / form.block_size;
    let value = |name: &str| &params.get(&format!("cell.{name}")).expect("declared").value;
    let (w_x, w_y, b) = (value("w_x"), value("w_h"), value("b"));
    let sources = DIMS.input + w_y.ncols() + 1;
    let w = DMatrix::from_fn(w_x.nrows(), sources, |l, m| match m.checked_sub(DIMS.input) {
        None => w_x[(l, m)],
        Some(m) if m < w_y.ncols() => w_y[(l, m)],
        Some(_) => b[l],
    });
    let in_row = |j: usize| j;
    let out_row = |j: usize| blocks + j;
    let cell_row = |c: usize| 2 * blocks + c;
    let mut y_cells = vec![0.0; cells];
    let mut y_gates = vec![0.0; 2 * blocks];
    let mut s = vec![0.0; cells];
    // ∂s_c/∂w_{c m} and ∂s_c/∂w_{in_j m}, of the block j of c.
    let mut ds_cell = vec![vec![0.0; sources]; cells];
    let mut ds_in = vec![vec![0.0; sources]; cells];
    let mut gradient = DMatrix::zeros(w.nrows(), sources);
    for t in 0..STEPS {
        // y^m(t − 1), to which x and 1 belong.
        let mut y: Vec<f64> = x.column(t).iter().copied().collect();
        y.extend(&y_cells);
        if form.recurrent == Recurrent::All {
            y.extend(&y_gates);
        }
        y.push(1.0);
        let net: Vec<f64> = (0..w.nrows()).map(|l| (0..sources).map(|m| w[(l, m)] * y[m]).sum()).collect();
        for c in 0..cells {
            let j = c / form.block_size;
            let (f_in, f_out) = (sigmoid(net[in_row(j)]), sigmoid(net[out_row(j)]));
            let logistic = sigmoid(net[cell_row(c)]);
            let (g, g_slope) = (4.0 * logistic - 2.0, 4.0 * logistic * (1.0 - logistic));
            for m in 0..sources {
                ds_in[c][m] += g * f_in * (1.0 - f_in) * y[m]; // eq. 25
                ds_cell[c][m] += g_slope * f_in * y[m]; // eq. 27
            }
            s[c] += f_in * g;
            let (h, h_slope) = (2.0 * sigmoid(s[c]) - 1.0, 2.0 * sigmoid(s[c]) * (1.0 - sigmoid(s[c])));
            let e_s = f_out * h_slope * e[(c, t)]; // eq. 23
            for m in 0..sources {
                gradient[(out_row(j), m)] += f_out * (1.0 - f_out) * h * e[(c, t)] * y[m]; // eqs. 21, 22
                gradient[(in_row(j), m)] += e_s * ds_in[c][m]; // eq. 26
                gradient[(cell_row(c), m)] += e_s * ds_cell[c][m]; // eq. 28
            }
            y_cells[c] = f_out * h;
            (y_gates[in_row(j)], y_gates[out_row(j)]) = (f_in, f_out);
        }
    }
    gradient
}

/// The form in blocks of two, truncated and not.
fn both(form: Form) -> [Lstm1997; 2] {
    [true, false].map(|truncated| Lstm1997::with_form(DIMS, Form { truncated, block_size: 2, ..form }))
}

#[test]
fn truncated_the_values_have_the_bits_of_the_whole() {
    for squash in [Squash::Paper, Squash::Tanh, Squash::Logistic] {
        let [truncated, whole] = both(Form { squash, ..Form::default() });
        let drawn = drawn(&whole);
        assert_eq!(run(&truncated, &drawn).outputs, run(&whole, &drawn).outputs);
    }
}

#[test]
fn truncated_the_gradient_is_the_papers_update_rule_and_not_the_derivative() {
    for recurrent in [Recurrent::All, Recurrent::Cells] {
        let form = Form { recurrent, block_size: 2, ..Form::default() };
        let [truncated, whole] = both(form);
        let drawn = drawn(&whole);
        let expected = rule(form, &drawn);
        let apart = |ran: Ran| {
            let [w_x, w_y, b] = &ran.gradients[..] else { unreachable!() };
            let found = DMatrix::from_columns(
                &w_x.column_iter().chain(w_y.column_iter()).chain(b.column_iter()).collect::<Vec<_>>(),
            );
            (found - &expected).amax() / expected.amax()
        };
        let (cut, uncut) = (apart(run(&truncated, &drawn)), apart(run(&whole, &drawn)));
        assert!(cut < 1e-12 && uncut > 1e-3, "{recurrent:?}: {cut:e}, {uncut:e}");
    }
}
