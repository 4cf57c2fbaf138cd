//! `RecurrentConfig`: a stack of recurrent layers in a few lines of a file.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{ByPart, Direction, Lane, Recurrent};
use crate::wrappers::{LayerNorm, Projection};
use crate::{AnyCell, Dims, NamedError, Registry, Specs, init};

/// What a [`Recurrent`] stack is made of; every key but the first two has a default that leaves the plain cell.
///
/// ```
/// use models::{Params, Registry, stacks::RecurrentConfig};
///
/// let config: RecurrentConfig = toml::from_str(r#"
///     cell = "lstm"
///     hidden = 8
///     layers = 2
///     bidirectional = true
///     zoneout = { h = 0.05, c = 0.5 }
/// "#)?;
/// let mut params = Params::<f32>::new();
/// params.place("", config.build(&Registry::builtin(), 3, 100)?, 1);
/// assert_eq!(params.get("layers.1.rev.w_x").expect("there").value.shape(), (4 * 8, 2 * 8));
///
/// let refused = RecurrentConfig { dropout: 1.0, ..config }.build(&Registry::builtin(), 3, 100);
/// assert_eq!(refused.expect_err("no output").to_string(), "dropout = 1 is not in [0, 1)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecurrentConfig {
    /// The cell's name in the registry, perhaps with [options](crate::Named).
    pub cell: String,
    /// H, the rows of each layer's and direction's hidden state.
    pub hidden: usize,
    /// How many layers stand one on the other. 1.
    #[serde(default = "one_layer")]
    pub layers: usize,
    /// Whether each layer also runs from the end to the start, its outputs under those of the other direction, as
    /// PyTorch concatenates them. No.
    #[serde(default)]
    pub bidirectional: bool,
    /// p of the dropout on the outputs of every layer but the last, drawn at every step. 0.
    #[serde(default)]
    pub dropout: f64,
    /// Whether every layer from the second on adds its input, as the layer below gave it, to its output (Wu et al. 2016,
    /// arXiv:1609.08144, §3.1). No.
    #[serde(default)]
    pub residual: bool,
    /// z of [zoneout](crate::Unroll::zoneout), for all state parts or by part. 0.
    #[serde(default = "ByPart::zero")]
    pub zoneout: ByPart,
    /// p of [variational dropout](crate::Unroll::input_dropout) on each layer's input. 0.
    #[serde(default)]
    pub input_dropout: f64,
    /// p of [variational dropout](crate::Unroll::recurrent_dropout) on the output part that each step reads. 0.
    #[serde(default)]
    pub recurrent_dropout: f64,
    /// α of [leaky integration](crate::Unroll::leaky), for all state parts or by part. 1.
    #[serde(default = "ByPart::one")]
    pub leaky: ByPart,
    /// Whether the cell is wrapped in [`LayerNorm`](crate::wrappers::LayerNorm). No.
    #[serde(default)]
    pub layer_norm: bool,
    /// The rows that [`Projection`](crate::wrappers::Projection), around that, brings the output part to; it is then
    /// called `r`. None: it is not projected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection: Option<usize>,
    /// Whether the initial states are parameters, `layers.{l}.{fwd|rev}.initial.{part}`, zero at first. No. They are used
    /// where no states are given: to train them in segments, give none to the segment that begins at step 0.
    #[serde(default)]
    pub learned_initial: bool,
}

/// How a cell of a layer is made.
type Make<'a> = &'a dyn Fn(Dims) -> Result<Box<dyn AnyCell>, NamedError>;

/// Why a stack cannot be built.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A value out of its range.
    #[error("{key} = {value} is not {allowed}")]
    OutOfRange {
        /// The key.
        key: Cow<'static, str>,
        /// Its value.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A key that acts between layers, where there is one layer.
    #[error("{0} acts between layers, but layers = 1; take it away or set layers to 2 or more")]
    OneLayer(&'static str),
    /// A state part that the cell has not.
    #[error("{key} names the state part `{part}`, but {cell} has {known}")]
    UnknownPart {
        /// The key.
        key: &'static str,
        /// The part.
        part: String,
        /// The cell.
        cell: String,
        /// Its parts.
        known: String,
    },
    /// No such cell, or none with such options.
    #[error("cell: {0}")]
    Cell(#[from] NamedError),
}

impl ConfigError {
    pub(crate) fn out_of_range(key: impl Into<Cow<'static, str>>, value: impl ToString, allowed: &'static str) -> Self {
        Self::OutOfRange { key: key.into(), value: value.to_string(), allowed }
    }

    /// Refuses 0.
    pub(crate) fn positive(key: impl Into<Cow<'static, str>>, count: usize) -> Result<(), Self> {
        if count > 0 { Ok(()) } else { Err(Self::out_of_range(key, 0, "1 or more")) }
    }
}

fn one_layer() -> usize {
    1
}

impl RecurrentConfig {
    /// One layer of `cell`, forward, plain.
    pub fn new(cell: impl Into<String>, hidden: usize) -> Self {
        Self {
            cell: cell.into(),
            hidden,
            layers: 1,
            bidirectional: false,
            dropout: 0.0,
            residual: false,
            zoneout: ByPart::zero(),
            input_dropout: 0.0,
            recurrent_dropout: 0.0,
            leaky: ByPart::one(),
            layer_norm: false,
            projection: None,
            learned_initial: false,
        }
    }

    /// The stack, for `input` rows and a task whose longest distance in steps is `horizon`.
    ///
    /// # Errors
    /// If a value is out of its range or a name is unknown; the message is one line with the key and what is allowed.
    pub fn build(&self, registry: &Registry, input: usize, horizon: usize) -> Result<Recurrent, ConfigError> {
        self.build_of(&|dims| registry.build(&self.cell, dims), input, horizon)
    }

    /// The stack of the cells that `make` makes.
    pub(crate) fn build_of(&self, make: Make<'_>, input: usize, horizon: usize) -> Result<Recurrent, ConfigError> {
        self.check()?;
        let mut stack = Recurrent { input, lanes: Vec::new(), specs: Specs::default(), config: self.clone() };
        let mut below = input;
        for layer in 0..self.layers {
            let mut width = 0;
            for direction in self.directions() {
                let lane = self.lane(make, Dims { input: below, hidden: self.hidden, horizon }, layer, *direction)?;
                width += lane.cell.about().output_width();
                stack.specs.nest(lane.name(), &lane.cell.about().specs);
                stack.specs.nest(format!("{}.initial", lane.name()), &lane.initial);
                stack.lanes.push(lane);
            }
            below = width;
        }
        Ok(stack)
    }

    pub(super) fn directions(&self) -> &'static [Direction] {
        if self.bidirectional { &[Direction::Forward, Direction::Reverse] } else { &[Direction::Forward] }
    }

    fn lane(&self, make: Make<'_>, dims: Dims, layer: usize, direction: Direction) -> Result<Lane, ConfigError> {
        let mut cell = make(dims)?;
        if self.layer_norm {
            cell = Box::new(LayerNorm::new(cell));
        }
        if let Some(rows) = self.projection {
            if !(1..=cell.about().output_width()).contains(&rows) {
                return Err(ConfigError::out_of_range("projection", rows, "from 1 to the rows of the cell's output"));
            }
            cell = Box::new(Projection::new(cell, rows));
        }
        let about = cell.about();
        let mut initial = Specs::default();
        if self.learned_initial {
            for part in &about.states {
                initial.add(part.name, (part.width, 1), init::zeros());
            }
        }
        let zoneout = self.zoneout.of("zoneout", about, 0.0)?;
        let leaky = self.leaky.of("leaky", about, 1.0)?;
        Ok(Lane { layer, direction, cell, initial, zoneout, leaky })
    }

    fn check(&self) -> Result<(), ConfigError> {
        ConfigError::positive("hidden", self.hidden)?;
        ConfigError::positive("layers", self.layers)?;
        let rates = [
            ("dropout", vec![self.dropout]),
            ("zoneout", self.zoneout.numbers()),
            ("input_dropout", vec![self.input_dropout]),
            ("recurrent_dropout", vec![self.recurrent_dropout]),
        ];
        for (key, rates) in rates {
            if let Some(rate) = rates.iter().find(|rate| !(0.0..1.0).contains(*rate)) {
                return Err(ConfigError::out_of_range(key, rate, "in [0, 1)"));
            }
        }
        if let Some(alpha) = self.leaky.numbers().iter().find(|alpha| !(**alpha > 0.0 && **alpha <= 1.0)) {
            return Err(ConfigError::out_of_range("leaky", alpha, "in (0, 1]"));
        }
        for (key, between) in [("dropout", self.dropout > 0.0), ("residual", self.residual)] {
            if between && self.layers == 1 {
                return Err(ConfigError::OneLayer(key));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> RecurrentConfig {
        RecurrentConfig::new("lstm", 4)
    }

    fn refusal(config: &RecurrentConfig) -> String {
        config.build(&Registry::builtin(), 2, 10).expect_err("refused").to_string()
    }

    #[test]
    fn a_file_says_what_differs_from_the_plain_cell_and_comes_back_whole() {
        let config: RecurrentConfig = toml::from_str("cell = \"lstm\"\nhidden = 4").expect("enough");
        assert_eq!(config, plain());
        let text = "cell = \"gru\"\nhidden = 3\nlayers = 2\nzoneout = 0.1\nleaky = { h = 0.5 }\nlearned_initial = true";
        let config: RecurrentConfig = toml::from_str(text).expect("valid");
        let written = toml::to_string(&config).expect("written");
        assert_eq!(toml::from_str::<RecurrentConfig>(&written).expect("our own"), config);
    }

    #[test]
    fn files_with_other_keys_or_kinds_are_refused() {
        let refusal = |more: &str| {
            toml::from_str::<RecurrentConfig>(&format!("cell = \"lstm\"\nhidden = 4\n{more}"))
                .expect_err("refused")
                .to_string()
        };
        assert!(refusal("layer = 2").contains("unknown field `layer`"), "{}", refusal("layer = 2"));
        assert!(refusal("zoneout = \"h\"").contains("a number, or a table of numbers by state part"));
        assert!(
            toml::from_str::<RecurrentConfig>("cell = \"lstm\"").expect_err("refused").to_string().contains("hidden")
        );
    }

    #[test]
    fn a_value_out_of_its_range_is_named_with_the_range() {
        let cases = [
            (RecurrentConfig { layers: 0, ..plain() }, "layers = 0 is not 1 or more"),
            (RecurrentConfig { hidden: 0, ..plain() }, "hidden = 0 is not 1 or more"),
            (RecurrentConfig { dropout: 1.0, layers: 2, ..plain() }, "dropout = 1 is not in [0, 1)"),
            (RecurrentConfig { input_dropout: f64::NAN, ..plain() }, "input_dropout = NaN is not in [0, 1)"),
            (RecurrentConfig { recurrent_dropout: -0.1, ..plain() }, "recurrent_dropout = -0.1 is not in [0, 1)"),
            (RecurrentConfig { zoneout: ByPart::All(1.5), ..plain() }, "zoneout = 1.5 is not in [0, 1)"),
            (RecurrentConfig { leaky: ByPart::All(0.0), ..plain() }, "leaky = 0 is not in (0, 1]"),
            (
                RecurrentConfig { projection: Some(5), ..plain() },
                "projection = 5 is not from 1 to the rows of the cell's output",
            ),
            (
                RecurrentConfig { residual: true, ..plain() },
                "residual acts between layers, but layers = 1; take it away or set layers to 2 or more",
            ),
            (
                RecurrentConfig { dropout: 0.1, ..plain() },
                "dropout acts between layers, but layers = 1; take it away or set layers to 2 or more",
            ),
            (
                RecurrentConfig { leaky: ByPart::Parts([("s".into(), 0.5)].into()), ..plain() },
                "leaky names the state part `s`, but lstm has h, c",
            ),
        ];
        for (config, message) in cases {
            assert_eq!(refusal(&config), message);
        }
        let message = refusal(&RecurrentConfig::new("lsmt", 4));
        assert!(message.starts_with("cell: no cell is called `lsmt`; did you mean `lstm`?"), "{message}");
    }
}
