//! How parameters are drawn before training: each a function that says its formula and source.

use std::fmt;
use std::sync::Arc;

use autograd::Shape;
use nalgebra::DMatrix;

use crate::Draws;

type Draw = dyn Fn(Shape, &mut Draws) -> DMatrix<f64> + Send + Sync;

/// A way to draw a parameter. Values are drawn in `f64` and cast, so all precisions start from the same net.
#[derive(Clone)]
pub struct Init {
    name: String,
    draw: Arc<Draw>,
}

impl Init {
    /// An initialisation of one's own, with the name that summaries print.
    pub fn new(
        name: impl Into<String>,
        draw: impl Fn(Shape, &mut Draws) -> DMatrix<f64> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), draw: Arc::new(draw) }
    }

    /// A matrix of this shape.
    pub fn draw(&self, shape: Shape, draws: &mut Draws) -> DMatrix<f64> {
        (self.draw)(shape, draws)
    }
}

impl fmt::Debug for Init {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Every entry c.
pub fn constant(c: f64) -> Init {
    Init::new(format!("constant {c}"), move |(m, n), _| DMatrix::from_element(m, n, c))
}

/// Every entry 0.
pub fn zeros() -> Init {
    constant(0.0)
}

/// Uniform in ±bound.
pub fn uniform(bound: f64) -> Init {
    Init::new(format!("uniform ±{bound:.4}"), move |(m, n), draws| {
        DMatrix::from_fn(m, n, |_, _| draws.between(-bound, bound))
    })
}

/// Uniform in ±1/√H: what PyTorch's recurrent layers use for every parameter (LeCun et al. 1998, "Efficient BackProp",
/// §4.6, has the idea). A square H×H matrix of these has spectral radius near 1/√3.
pub fn by_width(hidden: usize) -> Init {
    uniform(1.0 / (hidden.max(1) as f64).sqrt())
}

/// Normal with mean 0.
pub fn normal(deviation: f64) -> Init {
    Init::new(format!("normal ±{deviation}"), move |(m, n), draws| {
        DMatrix::from_fn(m, n, |_, _| deviation * draws.normal())
    })
}

/// Uniform in ±√(6 / (m + n)) (Glorot & Bengio 2010, eq. 16).
pub fn glorot() -> Init {
    Init::new("glorot", |(m, n), draws| {
        let bound = (6.0 / (m + n).max(1) as f64).sqrt();
        DMatrix::from_fn(m, n, |_, _| draws.between(-bound, bound))
    })
}

/// gain · Q with orthonormal rows or columns, whichever are fewer: the Q of a normal matrix, with the signs that make
/// it uniform over all of them (Saxe, McClelland & Ganguli 2014, §3; Mezzadri 2007, §5).
pub fn orthogonal(gain: f64) -> Init {
    Init::new(format!("orthogonal × {gain}"), move |(m, n), draws| {
        let (tall, wide) = (m.max(n), m.min(n));
        let qr = DMatrix::from_fn(tall, wide, |_, _| draws.normal()).qr();
        let (mut q, r) = (qr.q(), qr.r());
        for (mut column, r) in q.column_iter_mut().zip(r.diagonal().iter()) {
            column *= gain * r.signum();
        }
        if m >= n { q } else { q.transpose() }
    })
}

/// Every entry log u, u uniform in [1, T − 1], T the `horizon` in steps: the bias b of a gate σ(b) that keeps the state, so that the
/// units' memory times 1/(1 − σ(b)) spread over 2 … T steps (Tallec & Ollivier 2018, arXiv:1804.11188, §2.2). A gate that
/// overwrites the state takes the negative.
pub fn chrono(horizon: usize) -> Init {
    let longest = horizon.saturating_sub(1).max(2) as f64;
    Init::new(format!("chrono to {horizon} steps"), move |(m, n), draws| {
        DMatrix::from_fn(m, n, |_, _| draws.between(1.0, longest).ln())
    })
}

/// 1 on the diagonal, else 0.
pub fn identity() -> Init {
    diagonal(1.0)
}

/// c on the diagonal, else 0.
pub fn diagonal(c: f64) -> Init {
    let name = match c {
        1.0 => "identity".into(),
        _ => format!("identity × {c}"),
    };
    Init::new(name, move |(m, n), _| DMatrix::from_diagonal_element(m, n, c))
}

/// The cyclic shift by one: 1 below the diagonal and in the last column of the first row, else 0.
pub fn shift() -> Init {
    Init::new("shift", |(m, n), _| DMatrix::from_fn(m, n, |i, j| f64::from(u8::from(i == (j + 1) % m))))
}

/// Blocks of rows, one under the other, each drawn its own way: a gated cell's weights, gate by gate.
///
/// # Panics
/// On drawing, if the rows do not add up to the parameter's.
pub fn rows(blocks: impl IntoIterator<Item = (usize, Init)>) -> Init {
    let blocks: Vec<_> = blocks.into_iter().collect();
    let name = blocks.iter().map(|(count, init)| format!("{count}: {init:?}")).collect::<Vec<_>>().join("; ");
    Init::new(name, move |(m, n), draws| {
        let total: usize = blocks.iter().map(|(count, _)| count).sum();
        assert!(total == m, "init: blocks of {total} rows for a parameter of {m}");
        let mut value = DMatrix::zeros(m, n);
        let mut start = 0;
        for (count, init) in &blocks {
            value.rows_mut(start, *count).copy_from(&init.draw((*count, n), draws));
            start += count;
        }
        value
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(init: &Init, shape: Shape) -> DMatrix<f64> {
        init.draw(shape, &mut Draws::at(3, "init test", &[]))
    }

    #[test]
    fn orthogonal_matrices_keep_lengths() {
        for shape in [(5, 5), (7, 3), (3, 7)] {
            let q = draw(&orthogonal(2.0), shape);
            let gram = if shape.0 >= shape.1 { q.transpose() * &q } else { &q * q.transpose() };
            assert!((gram - DMatrix::identity(shape.0.min(shape.1), shape.0.min(shape.1)) * 4.0).amax() < 1e-12);
        }
    }

    #[test]
    fn uniform_draws_fill_their_range() {
        for (init, bound) in [(by_width(16), 0.25), (glorot(), (6.0f64 / 200.0).sqrt())] {
            let m = draw(&init, (100, 100));
            assert!(m.amax() <= bound && m.amax() > 0.99 * bound && m.mean().abs() < 0.02 * bound, "{init:?}");
        }
    }

    #[test]
    fn chrono_spreads_memory_times_over_the_horizon() {
        let times: Vec<f64> = draw(&chrono(100), (50, 1)).iter().map(|b| 1.0 + b.exp()).collect();
        assert!(times.iter().all(|t| (2.0..=100.0).contains(t)));
        assert!(times.iter().any(|t| *t < 25.0) && times.iter().any(|t| *t > 75.0));
        for horizon in 0..3 {
            assert!(draw(&chrono(horizon), (4, 1)).iter().all(|b| (0.0..=2f64.ln()).contains(b)), "{horizon}");
        }
    }

    #[test]
    fn blocks_of_rows_stand_one_under_the_other() {
        let m = draw(&rows([(1, constant(2.0)), (2, zeros())]), (3, 1));
        assert_eq!(m.as_slice(), [2.0, 0.0, 0.0]);
    }

    #[test]
    #[should_panic(expected = "blocks of 3 rows for a parameter of 4")]
    fn blocks_that_do_not_fill_the_parameter_are_refused() {
        draw(&rows([(1, zeros()), (2, zeros())]), (4, 1));
    }
}
