//! `Shown`: an input of a property, printed so that a reader sees the matrices and can paste them into a test.

use std::fmt::{self, Debug};

/// Prints like its content, but matrices as `dmatrix![1.0, 2.0; 3.0, 4.0]`.
///
/// The content is any value that contains matrices somewhere (a tuple, a list), so what it prints is rewritten: nalgebra
/// prints the storage of a matrix, `VecStorage { data: [1.0, 3.0, 2.0, 4.0], nrows: Dyn(2), ncols: Dyn(2) }`.
pub(crate) struct Shown<V>(pub(crate) V);

impl<V: Debug> Debug for Shown<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:?}", self.0);
        let mut rest = text.as_str();
        while let Some((before, found)) = rest.split_once("VecStorage { data: [") {
            f.write_str(before)?;
            rest = match rewritten(found) {
                Some((matrix, after)) => {
                    f.write_str(&matrix)?;
                    after
                }
                None => {
                    f.write_str(&rest[before.len()..rest.len() - found.len()])?;
                    found
                }
            };
        }
        f.write_str(rest)
    }
}

/// The matrix that starts in front of `text`, and what follows it; `None` if nalgebra prints it otherwise.
fn rewritten(text: &str) -> Option<(String, &str)> {
    let (data, text) = text.split_once("], nrows: Dyn(")?;
    let (rows, text) = text.split_once("), ncols: Dyn(")?;
    let (columns, after) = text.split_once(") }")?;
    let (rows, columns): (usize, usize) = (rows.parse().ok()?, columns.parse().ok()?);
    if rows * columns == 0 {
        return Some((format!("DMatrix::zeros({rows}, {columns})"), after));
    }
    let entries: Vec<_> = data.split(", ").collect();
    let row = |i| (0..columns).map(|j| entries.get(i + j * rows).copied()).collect::<Option<Vec<_>>>();
    let rows: Vec<_> = (0..rows).map(|i| row(i).map(|row| row.join(", "))).collect::<Option<_>>()?;
    Some((format!("dmatrix![{}]", rows.join("; ")), after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{DMatrix, DVector, dmatrix};

    #[test]
    fn matrices_print_as_they_are_written() {
        let value = (vec![dmatrix![1.0, 2.5, -3.0; 4.0, 5e-300, 6.0], DMatrix::zeros(0, 3)], 7, dmatrix![0.5f32]);
        let expected = "([dmatrix![1.0, 2.5, -3.0; 4.0, 5e-300, 6.0], DMatrix::zeros(0, 3)], 7, dmatrix![0.5])";
        assert_eq!(format!("{:#?}", Shown(value)), expected);
    }

    #[test]
    fn what_is_no_such_matrix_prints_as_ever() {
        let value = ("text", DVector::from_element(2, 1.0), "VecStorage { data: [");
        assert_eq!(format!("{:?}", Shown(&value)), format!("{value:?}"));
    }
}
