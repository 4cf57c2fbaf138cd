//! `Trial`: one cell with one seed.

/// One cell with one seed.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The cell's name.
    pub cell: String,
    /// The seed.
    pub seed: u64,
}

impl Trial {
    /// Every cell with `seeds` seeds, counted on from the `first`; cell by cell.
    pub fn all(cells: &[String], first: u64, seeds: u64) -> Vec<Self> {
        let of_cell = |cell: &String| (first..first + seeds).map(|seed| Self { cell: cell.clone(), seed }).collect();
        cells.iter().flat_map::<Vec<_>, _>(of_cell).collect()
    }

    /// What its folder is called.
    pub fn name(&self) -> String {
        format!("{}-seed{}", self.cell, self.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_has_its_seeds_one_after_the_other() {
        let names: Vec<_> = Trial::all(&["rnn".into(), "gru".into()], 7, 2).iter().map(Trial::name).collect();
        assert_eq!(names, ["rnn-seed7", "rnn-seed8", "gru-seed7", "gru-seed8"]);
    }
}
