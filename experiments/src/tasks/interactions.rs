//! A table whose rule is about pairs of columns: no column tells the class alone, and the order of the columns means nothing.
//! ```text
//! x_j ~ U(−1, 1) for j = 1 … 12,   class = [ x₂ x₉ + x₅ x₁₂ + x₇/4 > 0 ]
//! ```
//! The other seven columns are noise. By symmetry (x₂, x₅, x₇ → their negatives) both classes are equally likely, so chance is ½.
//! A linear model can use x₇ alone: it says `x₇ > 0`, right with probability ½ + E|F(|x₇|/4) − ½|, F the distribution
//! function of a sum of two products; the test measures it as 0.62.

use models::Draws;

/// The number of columns.
pub const COLUMNS: usize = 12;
/// What the classes mean.
pub const CLASSES: [&str; 2] = ["no", "yes"];

/// A row of the table and its class.
pub fn row(draws: &mut Draws) -> (Vec<f32>, usize) {
    let x = std::array::from_fn(|_| draws.between(-1.0, 1.0) as f32);
    (x.to_vec(), class(&x))
}

/// The rule.
pub fn class(x: &[f32; COLUMNS]) -> usize {
    usize::from(x[1] * x[8] + x[4] * x[11] + x[6] / 4.0 > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_alike_often_and_one_column_tells_little() {
        let rows: Vec<_> = (0..20_000).map(|k| row(&mut Draws::at(1, "interactions test", &[k]))).collect();
        let share = |right: &dyn Fn(&[f32], usize) -> bool| {
            rows.iter().filter(|(x, class)| right(x, *class)).count() as f64 / rows.len() as f64
        };
        assert!((share(&|_, class| class == 1) - 0.5).abs() < 0.015);
        let linear = share(&|x, class| usize::from(x[6] > 0.0) == class);
        assert!((linear - 0.62).abs() < 0.015, "{linear}");
        for column in (0..COLUMNS).filter(|column| *column != 6) {
            let alone = share(&|x, class| usize::from(x[column] > 0.0) == class);
            assert!((alone - 0.5).abs() < 0.015, "column {column}: {alone}");
        }
    }
}
