use autograd::Var;

use crate::{About, AnyCell, Cell, CellScalar, Describe, Handle, StatePart, Step, Weights, init};

/// A cell whose output part is projected to fewer rows, and fed back so.
///
/// # Equations
/// With h_t the output part that the cell's step gives:
/// ```text
/// the cell's step reads [r_{t−1}; 0] where it read h_{t−1}
/// r_t = W_r h_t
/// ```
/// r_t is the output and the state part in the place of h_t; the other state parts are the cell's own.
///
/// # Shapes
/// h_t (H×B), r_t (P×B), W_r (P×H), 1 ≤ P ≤ H; 0 fills up the H − P rows.
///
/// # Source
/// Sak, Senior & Beaufays 2014, arXiv:1402.1128, §2: around an LSTM these are the equations of its LSTMP.
///
/// # Notes
/// The zeros let any cell read the projection without knowing of it. Of a recurrent matrix W_h only the first P columns
/// are ever used, as LSTMP has; the others get no gradient and keep their first values. W_r is uniform in ±1/√H. A cell
/// that carries h along, such as the GRU, carries [r; 0].
#[derive(Debug)]
pub struct Projection {
    about: About,
    cell: Box<dyn AnyCell>,
    w_r: Handle,
}

impl Projection {
    /// `cell`, projected to `rows` rows.
    ///
    /// # Panics
    /// If `rows` is 0 or more than the cell's output has.
    #[track_caller]
    pub fn new(cell: Box<dyn AnyCell>, rows: usize) -> Self {
        let inner = cell.about();
        let hidden = inner.output_width();
        assert!(
            (1..=hidden).contains(&rows),
            "projection: to {rows} rows; {} has {hidden}, give 1 to that",
            inner.name
        );
        let label = format!("{}, projected to {rows}", inner.label);
        let about = About { name: "projection", ..inner.clone() }.labelled(label);
        let mut about = about.from_paper("Sak, Senior & Beaufays", 2014, "arXiv:1402.1128, §2");
        about.states[about.output] = StatePart { name: "r", width: rows };
        let w_r = about.param("w_r", (rows, hidden), init::by_width(hidden));
        Self { about, cell, w_r }
    }
}

impl Describe for Projection {
    fn about(&self) -> &About {
        &self.about
    }
}

impl<T: CellScalar> Cell<T> for Projection {
    fn project<'t>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
        T::cell(&*self.cell).project(p.of(&*self.cell), x)
    }

    fn step<'t>(&self, s: &mut Step<'_, 't, T>) {
        let (out, tape) = (self.about.output(), s.x.tape());
        let (rows, batch) = s[out].shape();
        let missing = self.cell.about().output_width() - rows;
        let filled = (missing > 0).then(|| tape.concat_rows(&[s[out], tape.zeros(missing, batch)]));
        let h = s.inner(&*self.cell, out, filled);
        s.give(out, s[self.w_r].matmul(h));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dims;
    use crate::cells::{Lstm, Rnn};
    use crate::testing::{Oracle, agrees_with_oracle, conform, dot, sigmoid};

    /// LSTMP with P = ⌈H/2⌉: its W_h has P columns, so the cell's others are left out.
    #[test]
    fn around_an_lstm_it_is_lstmp_entry_by_entry() {
        let make = |dims: Dims| Projection::new(Box::new(Lstm::new(dims)), dims.hidden.div_ceil(2));
        agrees_with_oracle(make, |Oracle { p, x, s, gate }| {
            let [w_x, w_h, b, w_r] = p else { unreachable!() };
            let (r, c) = (s[0], s[1]);
            let n = c.len();
            let read: Vec<f64> = (0..n).map(|j| r.get(j).copied().unwrap_or(0.0)).collect();
            let a = |row: usize| dot(w_x, row, x) + dot(w_h, row, &read) + b[row];
            let i: Vec<f64> = (0..n).map(|j| sigmoid(a(j))).collect();
            let f: Vec<f64> = (0..n).map(|j| sigmoid(a(n + j))).collect();
            let g: Vec<f64> = (0..n).map(|j| a(2 * n + j).tanh()).collect();
            let o: Vec<f64> = (0..n).map(|j| sigmoid(a(3 * n + j))).collect();
            let c: Vec<f64> = (0..n).map(|j| f[j] * c[j] + i[j] * g[j]).collect();
            let h: Vec<f64> = (0..n).map(|j| o[j] * c[j].tanh()).collect();
            for (name, values) in [("i", i), ("f", f), ("g", g), ("o", o)] {
                gate(name, values);
            }
            vec![(0..r.len()).map(|k| dot(w_r, k, &h)).collect(), c]
        });
    }

    #[test]
    fn it_conforms_around_cells_of_one_part_and_of_two() {
        conform(|dims| Box::new(Projection::new(Box::new(Rnn::new(dims)), dims.hidden.div_ceil(2))));
        conform(|dims| Box::new(Projection::new(Box::new(Lstm::new(dims)), dims.hidden)));
    }

    #[test]
    #[should_panic(expected = "projection: to 4 rows; rnn has 3, give 1 to that")]
    fn more_rows_than_there_are_is_no_projection() {
        Projection::new(Box::new(Rnn::new(Dims { input: 1, hidden: 3, horizon: 1 })), 4);
    }
}
