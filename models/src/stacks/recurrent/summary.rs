//! A stack as a table of its parameters.

use std::fmt::Write;

use super::Recurrent;

impl Recurrent {
    /// A plain table: each layer and direction with the rows it reads and gives, its parameters' shapes and counts, and
    /// the total.
    ///
    /// ```
    /// # use models::{Registry, stacks::RecurrentConfig};
    /// let stack = RecurrentConfig::new("gru", 4).build(&Registry::builtin(), 3, 10)?;
    /// println!("{}", stack.summary());
    /// # Ok::<(), models::stacks::ConfigError>(())
    /// ```
    pub fn summary(&self) -> String {
        let mut rows = vec![["layer", "parameter", "shape", "count"].map(String::from)];
        let mut total = 0;
        for lane in &self.lanes {
            let about = lane.cell.about();
            let title = format!("{} {} → {}", self.config.cell, about.input, about.output_width());
            rows.push([lane.name(), title, String::new(), String::new()]);
            let own = about.specs.iter().map(|spec| (spec.name.to_string(), spec.shape));
            for (name, (m, n)) in own.chain(lane.initial.iter().map(|s| (format!("initial.{}", s.name), s.shape))) {
                total += m * n;
                rows.push([String::new(), name, format!("{m} × {n}"), (m * n).to_string()]);
            }
        }
        rows.push(["total".into(), String::new(), String::new(), total.to_string()]);

        let widths: [usize; 4] =
            std::array::from_fn(|k| rows.iter().map(|row| row[k].chars().count()).max().unwrap_or(0));
        let mut table = String::new();
        for [layer, name, shape, count] in &rows {
            let [a, b, c, d] = widths;
            writeln!(table, "{layer:a$}  {name:b$}  {shape:>c$}  {count:>d$}").expect("a string takes all");
        }
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::stacks::RecurrentConfig;
    use crate::{Params, Registry};

    #[test]
    fn the_table_lists_every_parameter_and_adds_them_up() {
        let config = RecurrentConfig { bidirectional: true, learned_initial: true, ..RecurrentConfig::new("rnn", 4) };
        let stack = config.build(&Registry::builtin(), 2, 10).expect("valid");
        let expected = "\
layer         parameter  shape  count
layers.0.fwd  rnn 2 → 4
              w_x        4 × 2      8
              w_h        4 × 4     16
              b          4 × 1      4
              initial.h  4 × 1      4
layers.0.rev  rnn 2 → 4
              w_x        4 × 2      8
              w_h        4 × 4     16
              b          4 × 1      4
              initial.h  4 × 1      4
total                              64
";
        assert_eq!(stack.summary(), expected);
        let mut params = Params::<f32>::new();
        params.place("", stack, 1);
        assert_eq!(params.count(), 64);
    }
}
