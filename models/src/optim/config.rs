//! `OptimizerConfig`: an update rule with its settings, as one line of TOML.

use serde::{Deserialize, Serialize};

use super::{AdaGrad, Adam, AdamW, Optimizer, RmsProp, RmsPropGraves, Sgd};
use autograd::Scalar;

/// Which rule, such as `{ kind = "adam", learning_rate = 0.003 }`; all but these two have the defaults of their rule.
///
/// ```
/// use models::optim::OptimizerConfig;
///
/// #[derive(serde::Deserialize)]
/// struct Training {
///     optimizer: OptimizerConfig,
/// }
/// let training: Training = toml::from_str(r#"optimizer = { kind = "sgd", learning_rate = 0.1, momentum = 0.9 }"#)?;
/// assert_eq!(training.optimizer.build::<f32>()?.lr(), 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs)] // each setting is said at its rule
pub enum OptimizerConfig {
    /// [`Sgd`].
    Sgd {
        learning_rate: f64,
        #[serde(default)]
        momentum: f64,
        #[serde(default)]
        nesterov: bool,
        #[serde(default)]
        weight_decay: f64,
    },
    /// [`Adam`].
    Adam {
        learning_rate: f64,
        #[serde(default = "beta1")]
        beta1: f64,
        #[serde(default = "beta2")]
        beta2: f64,
        #[serde(default = "adam_epsilon")]
        epsilon: f64,
    },
    /// [`AdamW`].
    AdamW {
        learning_rate: f64,
        weight_decay: f64,
        #[serde(default = "beta1")]
        beta1: f64,
        #[serde(default = "beta2")]
        beta2: f64,
        #[serde(default = "adam_epsilon")]
        epsilon: f64,
    },
    /// [`RmsProp`].
    RmsProp {
        learning_rate: f64,
        #[serde(default = "rms_decay")]
        decay: f64,
        #[serde(default = "adam_epsilon")]
        epsilon: f64,
    },
    /// [`RmsPropGraves`].
    RmsPropGraves {
        learning_rate: f64,
        #[serde(default = "graves_decay")]
        decay: f64,
        #[serde(default = "beta1")]
        momentum: f64,
        #[serde(default = "graves_epsilon")]
        epsilon: f64,
    },
    /// [`AdaGrad`].
    AdaGrad {
        learning_rate: f64,
        #[serde(default = "ada_grad_epsilon")]
        epsilon: f64,
    },
}

fn beta1() -> f64 {
    0.9
}
fn beta2() -> f64 {
    0.999
}
fn adam_epsilon() -> f64 {
    1e-8
}
fn rms_decay() -> f64 {
    0.9
}
fn graves_decay() -> f64 {
    0.95
}
fn graves_epsilon() -> f64 {
    1e-4
}
fn ada_grad_epsilon() -> f64 {
    1e-10
}

/// An optimizer with a setting out of range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the optimizer's {key} is {value}, but it must be {range}")]
#[non_exhaustive]
pub struct InvalidOptimizer {
    /// The setting.
    pub key: &'static str,
    /// Its value.
    pub value: f64,
    /// What it may be.
    pub range: &'static str,
}

impl OptimizerConfig {
    /// Adam with its usual β and ε.
    pub fn adam(learning_rate: f64) -> Self {
        Self::Adam { learning_rate, beta1: beta1(), beta2: beta2(), epsilon: adam_epsilon() }
    }

    /// η.
    pub fn learning_rate(&self) -> f64 {
        match *self {
            Self::Sgd { learning_rate, .. }
            | Self::Adam { learning_rate, .. }
            | Self::AdamW { learning_rate, .. }
            | Self::RmsProp { learning_rate, .. }
            | Self::RmsPropGraves { learning_rate, .. }
            | Self::AdaGrad { learning_rate, .. } => learning_rate,
        }
    }

    /// The rule at its start.
    ///
    /// # Errors
    /// If a setting is out of range.
    pub fn build<T: Scalar>(&self) -> Result<Box<dyn Optimizer<T>>, InvalidOptimizer> {
        let require = |ok: bool, key, value, range| match ok {
            true => Ok(()),
            false => Err(InvalidOptimizer { key, value, range }),
        };
        let positive = |key, x: f64| require(x > 0.0 && x.is_finite(), key, x, "above 0 and finite");
        let share = |key, x: f64| require((0.0..1.0).contains(&x), key, x, "in [0, 1)");
        let decay = |x: f64| require(x >= 0.0 && x.is_finite(), "weight_decay", x, "at least 0 and finite");
        positive("learning_rate", self.learning_rate())?;
        let adam = |learning_rate, beta1, beta2, epsilon| {
            share("beta1", beta1).and(share("beta2", beta2)).and(positive("epsilon", epsilon))?;
            Ok::<_, InvalidOptimizer>(Adam { betas: (beta1, beta2), epsilon, ..Adam::new(learning_rate) })
        };
        Ok(match *self {
            Self::Sgd { learning_rate, momentum, nesterov, weight_decay } => {
                share("momentum", momentum).and(decay(weight_decay))?;
                Box::new(Sgd { nesterov, ..Sgd::new(learning_rate, momentum).weight_decay(weight_decay) })
            }
            Self::Adam { learning_rate, beta1, beta2, epsilon } => {
                Box::new(adam(learning_rate, beta1, beta2, epsilon)?)
            }
            Self::AdamW { learning_rate, weight_decay, beta1, beta2, epsilon } => {
                decay(weight_decay)?;
                Box::new(AdamW { adam: adam(learning_rate, beta1, beta2, epsilon)?, weight_decay })
            }
            Self::RmsProp { learning_rate, decay, epsilon } => {
                share("decay", decay).and(positive("epsilon", epsilon))?;
                Box::new(RmsProp { decay, epsilon, ..RmsProp::new(learning_rate) })
            }
            Self::RmsPropGraves { learning_rate, decay, momentum, epsilon } => {
                share("decay", decay).and(share("momentum", momentum)).and(positive("epsilon", epsilon))?;
                Box::new(RmsPropGraves { decay, momentum, epsilon, ..RmsPropGraves::new(learning_rate) })
            }
            Self::AdaGrad { learning_rate, epsilon } => {
                positive("epsilon", epsilon)?;
                Box::new(AdaGrad { epsilon, ..AdaGrad::new(learning_rate) })
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(toml: &str) -> Result<String, String> {
        let config: OptimizerConfig = toml::from_str(toml).map_err(|e| e.to_string())?;
        config.build::<f64>().map(|optimizer| format!("{optimizer:?}")).map_err(|e| e.to_string())
    }

    /// The defaults here are those of the rules themselves.
    #[test]
    fn every_rule_has_its_own_defaults() {
        let rules: [(&str, String); 6] = [
            ("sgd", format!("{:?}", Sgd::<f64>::new(0.5, 0.0))),
            ("adam", format!("{:?}", Adam::<f64>::new(0.5))),
            ("adam_w", format!("{:?}", AdamW::<f64>::new(0.5, 0.1))),
            ("rms_prop", format!("{:?}", RmsProp::<f64>::new(0.5))),
            ("rms_prop_graves", format!("{:?}", RmsPropGraves::<f64>::new(0.5))),
            ("ada_grad", format!("{:?}", AdaGrad::<f64>::new(0.5))),
        ];
        for (kind, rule) in rules {
            let decay = if kind == "adam_w" { "weight_decay = 0.1" } else { "" };
            assert_eq!(built(&format!("kind = '{kind}'\nlearning_rate = 0.5\n{decay}")), Ok(rule));
        }
    }

    #[test]
    fn settings_out_of_range_are_refused_by_name() {
        for (toml, reason) in [
            ("kind = 'adam'\nlearning_rate = 0", "learning_rate is 0, but it must be above 0"),
            ("kind = 'adam'\nlearning_rate = nan", "learning_rate is NaN"),
            ("kind = 'adam'\nlearning_rate = 0.1\nbeta1 = 1.0", "beta1 is 1, but it must be in [0, 1)"),
            ("kind = 'adam'\nlearning_rate = 0.1\nbeta2 = -0.1", "beta2"),
            ("kind = 'adam'\nlearning_rate = 0.1\nepsilon = 0", "epsilon"),
            ("kind = 'adam_w'\nlearning_rate = 0.1\nweight_decay = -1", "weight_decay"),
            ("kind = 'sgd'\nlearning_rate = 0.1\nmomentum = 2", "momentum"),
            ("kind = 'sgd'\nlearning_rate = 0.1\nweight_decay = inf", "weight_decay"),
            ("kind = 'rms_prop'\nlearning_rate = 0.1\ndecay = 1", "decay"),
            ("kind = 'rms_prop_graves'\nlearning_rate = 0.1\nmomentum = 1", "momentum"),
            ("kind = 'ada_grad'\nlearning_rate = 0.1\nepsilon = -1", "epsilon"),
            ("kind = 'adagrad'\nlearning_rate = 0.1", "unknown variant"),
            ("kind = 'adam'", "learning_rate"),
            ("kind = 'adam'\nlearning_rate = 0.1\nmomentum = 0.5", "momentum"),
        ] {
            let why = built(toml).expect_err(toml);
            assert!(why.contains(reason), "{toml}: {why}");
        }
    }
}
