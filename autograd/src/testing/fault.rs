//! `Fault`: what a failed check says.

use std::fmt;

/// Which check failed, where, and by how much.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fault {
    /// The program's name.
    pub program: String,
    /// What does not hold.
    pub check: &'static str,
    /// Where it is worst; `None` if there is no entry to name.
    pub worst: Option<Box<Disagreement>>,
    /// The difference found.
    pub error: f64,
    /// The difference allowed.
    pub allowed: f64,
    /// What the directions and weights were drawn from: the last argument of [`examine`](super::examine).
    pub seed: u64,
}

/// Two values of one number that should agree.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Disagreement {
    /// The input whose gradient it belongs to; `None` for the program's value.
    pub input: Option<usize>,
    /// (row, column).
    pub entry: (usize, usize),
    /// Each value, and where it is from.
    pub values: [(&'static str, f64); 2],
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { input, entry, values: [(a, x), (b, y)] } = self;
        match input {
            Some(k) => write!(f, "input {k}, entry {entry:?}: {a} {x:e}, {b} {y:e}"),
            None => write!(f, "value, entry {entry:?}: {a} {x:e}, {b} {y:e}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { program, check, worst, error, allowed, seed } = self;
        write!(f, "{program}: {check}: ")?;
        if let Some(worst) = worst {
            write!(f, "{worst}; ")?;
        }
        write!(f, "off by {error:e}, allowed {allowed:e}; seed {seed}")
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_the_op_the_check_the_input_the_entry_both_values_and_the_seed() {
        let values = [("backward", 2.5), ("forward mode", 1.25)];
        let worst = Some(Box::new(Disagreement { input: Some(1), entry: (2, 0), values }));
        let fault = Fault { program: "cube".into(), check: "dot test", worst, error: 1.0, allowed: 1e-12, seed: 7 };
        let text = "cube: dot test: input 1, entry (2, 0): backward 2.5e0, forward mode 1.25e0; off by 1e0, \
                    allowed 1e-12; seed 7";
        assert_eq!(fault.to_string(), text);
        assert_eq!(Fault { worst: None, ..fault }.to_string(), "cube: dot test: off by 1e0, allowed 1e-12; seed 7");
    }
}
