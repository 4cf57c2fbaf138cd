//! `Form`: which form an [`Lstm1997`](super::Lstm1997) has. The default is the paper's, and each option is one departure.

use crate::{Init, Options, init};

/// What the gates and the cell inputs see of step t − 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recurrent {
    /// All cell outputs and all gates.
    All,
    /// All cell outputs, as in later LSTMs.
    Cells,
    /// Nothing, as in the paper's experiments 2a and 2b.
    Nothing,
}

/// What squashes a cell's input, and what squashes its state on the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Squash {
    /// 4σ(a) − 2 and 2σ(s) − 1.
    Paper,
    /// tanh and tanh, as in later LSTMs.
    Tanh,
    /// σ(a) and s itself, as in the paper's experiments 2a and 2b.
    Logistic,
}

/// Which net inputs have a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Biased {
    /// Those of gates and cells.
    All,
    /// Those of the gates.
    Gates,
    /// None of them.
    Nothing,
}

/// Where the biases of one kind of gate start: block k, from 0, at `first` + k · `step`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Staircase {
    pub(crate) first: f64,
    pub(crate) step: f64,
}

impl Staircase {
    pub(super) fn init(self) -> Init {
        let Self { first, step } = self;
        Init::new(format!("{first}, {}, …", first + step), move |(blocks, columns), _| {
            nalgebra::DMatrix::from_fn(blocks, columns, |k, _| first + k as f64 * step)
        })
    }
}

/// Which form the cell has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Form {
    /// S, the cells of a block.
    pub(crate) block_size: usize,
    pub(crate) recurrent: Recurrent,
    /// Whether the gradient is cut by the paper's rule.
    pub(crate) truncated: bool,
    /// The bias with which forget gates start, if there are any.
    pub(crate) forget_bias: Option<f64>,
    pub(crate) squash: Squash,
    pub(crate) bias: Biased,
    /// Else they are drawn as the weights are.
    pub(crate) input_bias: Option<Staircase>,
    /// Else they are drawn as the weights are.
    pub(crate) output_bias: Option<Staircase>,
    pub(crate) output_gate: bool,
    /// Weights are uniform in ± this number.
    pub(crate) init: f64,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            block_size: 1,
            recurrent: Recurrent::All,
            truncated: true,
            forget_bias: None,
            squash: Squash::Paper,
            bias: Biased::All,
            input_bias: None,
            output_bias: None,
            output_gate: true,
            init: 0.1,
        }
    }
}

impl Form {
    /// The form that the options ask for, of a cell of `hidden` rows.
    pub(crate) fn ask(options: &mut Options<'_>, hidden: usize) -> Self {
        let biases = -100.0..=100.0;
        let mut form = Self {
            block_size: options.count("block_size", 1, 1..=1_000_000),
            recurrent: match options.word("recurrent", &["all", "cells", "none"]) {
                "cells" => Recurrent::Cells,
                "none" => Recurrent::Nothing,
                _ => Recurrent::All,
            },
            truncated: options.switch("truncated", true),
            forget_bias: options.real_or("forget_bias", "none", biases.clone()),
            squash: match options.word("squash", &["paper", "tanh", "logistic"]) {
                "tanh" => Squash::Tanh,
                "logistic" => Squash::Logistic,
                _ => Squash::Paper,
            },
            bias: match options.word("bias", &["all", "gates", "none"]) {
                "gates" => Biased::Gates,
                "none" => Biased::Nothing,
                _ => Biased::All,
            },
            output_gate: options.switch("output_gate", true),
            init: options.real("init", 0.1, 0.0..=100.0),
            ..Self::default()
        };
        let mut staircase = |first, step| {
            let start = options.real_or(first, "drawn", biases.clone());
            let step_size = options.real(step, 0.0, biases.clone());
            if start.is_none() && step_size != 0.0 {
                options.refuse(format!("{step} goes on from {first}, which is drawn; give both"));
            }
            start.map(|first| Staircase { first, step: step_size })
        };
        form.input_bias = staircase("input_bias", "input_bias_step");
        form.output_bias = staircase("output_bias", "output_bias_step");
        let given = [
            ("forget_bias", form.forget_bias.is_some()),
            ("input_bias", form.input_bias.is_some()),
            ("output_bias", form.output_bias.is_some()),
        ];
        if let Some((name, _)) = given.iter().find(|(_, given)| *given && form.bias == Biased::Nothing) {
            options.refuse(format!("{name} starts a bias, but bias=none leaves none; take one of them away"));
        }
        if form.output_bias.is_some() && !form.output_gate {
            options.refuse("output_bias is that of output gates, but output_gate=false; take one of them away");
        }
        if !hidden.is_multiple_of(form.block_size) {
            options.refuse(format!("block_size = {} does not divide hidden = {hidden}", form.block_size));
            form.block_size = 1;
        }
        form
    }

    /// What figures call it: whatever is not the default, in words.
    pub(super) fn label(&self) -> String {
        let (mut label, plain) = (String::from("LSTM 1997"), Self::default());
        let mut say = |differs: bool, words: &str| {
            if differs {
                label += &format!(", {words}");
            }
        };
        let staircase = |what: &str, bias: Option<Staircase>| {
            bias.map_or(String::new(), |Staircase { first, step }| match step {
                0.0 => format!("{what} bias {first}"),
                _ => format!("{what} bias {first}, {}, …", first + step),
            })
        };
        say(self.block_size != plain.block_size, &format!("blocks of {}", self.block_size));
        say(self.input_bias.is_some(), &staircase("input", self.input_bias));
        say(self.output_bias.is_some(), &staircase("output", self.output_bias));
        say(self.forget_bias.is_some(), &format!("forget bias {}", self.forget_bias.unwrap_or(0.0)));
        say(self.recurrent == Recurrent::Cells, "gates unseen");
        say(self.recurrent == Recurrent::Nothing, "not recurrent");
        say(self.squash == Squash::Tanh, "tanh");
        say(self.squash == Squash::Logistic, "logistic");
        say(self.bias == Biased::Gates, "gates biased");
        say(self.bias == Biased::Nothing, "no biases");
        say(!self.output_gate, "no output gate");
        say(!self.truncated, "whole gradient");
        say(self.init.to_bits() != plain.init.to_bits(), &format!("init ±{}", self.init));
        label
    }

    /// How many gates a block has.
    pub(super) fn gates(&self) -> usize {
        1 + usize::from(self.forget_bias.is_some()) + usize::from(self.output_gate)
    }

    /// How the biases of the gates of `blocks` blocks start, in the order i, f, o.
    pub(super) fn gate_biases(&self, blocks: usize) -> Vec<(usize, Init)> {
        let start = |bias: Option<Staircase>| bias.map_or(init::uniform(self.init), Staircase::init);
        let mut biases = vec![(blocks, start(self.input_bias))];
        biases.extend(self.forget_bias.map(|bias| (blocks, init::constant(bias))));
        biases.extend(self.output_gate.then(|| (blocks, start(self.output_bias))));
        biases
    }
}

#[cfg(test)]
mod tests {
    use crate::{Dims, Params, Registry};

    const DIMS: Dims = Dims { input: 2, hidden: 6, horizon: 1 };

    fn refusal(options: &str) -> String {
        let refused = Registry::builtin().build(&format!("lstm1997:{options}"), DIMS).expect_err("refused");
        refused.to_string()
    }

    #[test]
    fn options_that_do_not_go_together_are_refused_with_the_cure() {
        for (options, why) in [
            ("block_size=4", "block_size = 4 does not divide hidden = 6;"),
            ("bias=none:input_bias=-1", "input_bias starts a bias, but bias=none leaves none; take one of them away;"),
            ("bias=none:forget_bias=0", "forget_bias starts a bias, but bias=none leaves none; take one of them away;"),
            (
                "output_gate=false:output_bias=1",
                "output_bias is that of output gates, but output_gate=false; take one of them away;",
            ),
            ("input_bias_step=-2", "input_bias_step goes on from input_bias, which is drawn; give both;"),
            ("input_bias=low", "input_bias is drawn or a number from -100 to 100, not `low`;"),
        ] {
            let said = refusal(options);
            assert!(said.starts_with(&format!("the cell `lstm1997`: {why} its options are block_size=1,")), "{said}");
        }
    }

    #[test]
    fn every_variant_has_a_label_of_its_own() {
        let variants = [
            "lstm1997",
            "lstm1997:block_size=2",
            "lstm1997:recurrent=cells",
            "lstm1997:recurrent=none",
            "lstm1997:truncated=false",
            "lstm1997:forget_bias=0",
            "lstm1997:squash=tanh",
            "lstm1997:squash=logistic",
            "lstm1997:bias=gates",
            "lstm1997:bias=none",
            "lstm1997:input_bias=-2",
            "lstm1997:input_bias=-2:input_bias_step=-2",
            "lstm1997:output_bias=-2",
            "lstm1997:output_gate=false",
            "lstm1997:init=0.2",
        ];
        let mut labels: Vec<_> = variants.iter().map(|spec| Registry::builtin().label(spec)).collect();
        assert_eq!(labels[11], "LSTM 1997, input bias -2, -4, …");
        labels.sort();
        labels.dedup();
        assert_eq!(labels.len(), variants.len(), "{labels:?}");
    }

    #[test]
    fn the_bias_staircase_goes_down_block_by_block_and_all_else_is_drawn_alike() {
        let spec = "lstm1997:block_size=2:input_bias=-2:input_bias_step=-2:output_bias=-1:forget_bias=1";
        let mut params = Params::<f64>::new();
        let cell = Registry::builtin().build(spec, DIMS).expect("valid");
        params.place("cell", cell.about().specs.clone(), 1);
        let value = |name: &str| params.get(&format!("cell.{name}")).expect("declared").value.clone();
        let b = value("b");
        assert_eq!(b.as_slice()[..9], [-2.0, -4.0, -6.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0]);
        for drawn in [b.rows(9, 6).into_owned(), value("w_x"), value("w_h")] {
            assert!(drawn.amax() <= 0.1 && drawn.amax() > 0.05, "{drawn}");
        }
    }
}
