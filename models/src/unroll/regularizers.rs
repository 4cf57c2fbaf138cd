//! What the driver does to any cell's states and input, step by step: leaky integration, zoneout, variational dropout.
//!
//! With s_{t−1} the state part before a step and s̃_t what the cell's step gives:
//! ```text
//! leaky integration     s_t = (1 − α) s_{t−1} + α s̃_t                                  always
//! zoneout               s_t = M_t ∘ s_{t−1} + (1 − M_t) ∘ s̃_t,   M_t ~ Bernoulli(z)     training
//!                       s_t = z s_{t−1} + (1 − z) s̃_t                                  evaluation
//! variational dropout   the step reads x_t ∘ M / (1 − p), h_{t−1} ∘ M′ / (1 − p′)       training
//! ```
//! M_t is drawn at every step and *selects*; M and M′ are drawn once a sequence. Where both are asked for, zoneout acts
//! on the leaky state.
//!
//! Sources: Jaeger, Lukoševičius, Popovici & Siewert 2007, Neural Networks 20(3), the leaky integrator; Krueger et al.
//! 2016, arXiv:1606.01305, §3.2; Gal & Ghahramani 2015, arXiv:1512.05287, §4, with inverted scaling.

use std::sync::Arc;

use autograd::{Scalar, Var};

use super::{Address, Phase, Unroll};

/// What is asked for; by default nothing.
#[derive(Debug, Default)]
pub(super) struct Regularizers {
    /// α and z of the state parts, up to the last that has any.
    rates: Vec<(f64, f64)>,
    /// p of the input; 0: none.
    input_dropout: f64,
    /// p of the output part that a step reads; 0: none.
    recurrent_dropout: f64,
}

/// One sequence's masks of variational dropout.
#[derive(Debug)]
pub(super) struct SequenceMasks {
    input: Option<Arc<[bool]>>,
    recurrent: Option<Arc<[bool]>>,
}

/// α and z of the plain state.
const PLAIN: (f64, f64) = (1.0, 0.0);

impl Regularizers {
    fn rates(&mut self, part: usize) -> &mut (f64, f64) {
        self.rates.resize(self.rates.len().max(part + 1), PLAIN);
        &mut self.rates[part]
    }

    /// Whether any of them acts on the states, in whatever phase.
    pub(super) fn act_on_states(&self) -> bool {
        self.rates.iter().any(|rates| *rates != PLAIN) || self.recurrent_dropout > 0.0
    }

    /// The phase, which must be known if anything here differs between the two.
    #[track_caller]
    pub(super) fn phase(&self, phase: Option<Phase>) -> Phase {
        let zoneout = self.rates.iter().map(|(_, z)| *z);
        let random = zoneout.chain([self.input_dropout, self.recurrent_dropout]).any(|rate| rate > 0.0);
        match phase {
            Some(phase) => phase,
            None if random => panic!("unroll: dropout and zoneout need a phase; call `phase` before `run`"),
            None => Phase::Evaluation,
        }
    }

    pub(super) fn masks(&self, phase: Phase, input: usize, output: usize, batch: usize) -> SequenceMasks {
        let draw = |purpose, rows, p: f64| match phase {
            Phase::Training(address) if p > 0.0 => Some(address.keep(purpose, None, rows, batch, p)),
            _ => None,
        };
        SequenceMasks {
            input: draw("input dropout", input, self.input_dropout),
            recurrent: draw("recurrent dropout", output, self.recurrent_dropout),
        }
    }

    /// These steps' input, as the cell reads it.
    #[track_caller]
    pub(super) fn input<'t, T: Scalar>(&self, masks: &SequenceMasks, x: Var<'t, T>) -> Var<'t, T> {
        match &masks.input {
            Some(mask) => {
                let every: Arc<[bool]> = mask.iter().copied().cycle().take(x.shape().0 * x.shape().1).collect();
                x.dropout(every, self.input_dropout)
            }
            None => x,
        }
    }

    /// The output part, as a step reads it.
    #[track_caller]
    pub(super) fn output<'t, T: Scalar>(&self, masks: &SequenceMasks, h: Var<'t, T>) -> Var<'t, T> {
        match &masks.recurrent {
            Some(mask) => h.dropout(mask.clone(), self.recurrent_dropout),
            None => h,
        }
    }

    /// The new state of `part` after step `t`: from the one before and what the cell's step gave.
    #[track_caller]
    pub(super) fn mix<'t, T: Scalar>(
        &self,
        (part, name): (usize, &str),
        t: usize,
        phase: Phase,
        before: Var<'t, T>,
        next: Var<'t, T>,
    ) -> Var<'t, T> {
        let (alpha, z) = self.rates.get(part).copied().unwrap_or(PLAIN);
        let leaky = if alpha < 1.0 { before.scale(1.0 - alpha) + next.scale(alpha) } else { next };
        match phase {
            _ if z <= 0.0 => leaky,
            Phase::Training(address) => before.select(zoned(address, name, t, before.shape(), z), leaky),
            Phase::Evaluation => before.scale(z) + leaky.scale(1.0 - z),
        }
    }
}

/// M_t: where the state before the step stays.
fn zoned(address: Address, part: &str, t: usize, (rows, batch): autograd::Shape, z: f64) -> nalgebra::DMatrix<bool> {
    let updated = address.keep(&format!("zoneout {part}"), Some(t), rows, batch, z);
    nalgebra::DMatrix::from_iterator(rows, batch, updated.iter().map(|updated| !updated))
}

impl<T: Scalar> Unroll<'_, '_, T> {
    /// Leaky integration of the state part `name` at rate α: (1 − α) of the old state stays at every step. α = 1 is the
    /// plain cell.
    ///
    /// # Panics
    /// If the cell has no such part, or α is not in (0, 1].
    #[track_caller]
    pub fn leaky(mut self, name: &str, alpha: f64) -> Self {
        assert!(alpha > 0.0 && alpha <= 1.0, "unroll: the leak rate α is {alpha}, not in (0, 1]");
        let part = self.part(name);
        self.regularizers.rates(part).0 = alpha;
        self
    }

    /// Zoneout of the state part `name`: with probability `z` an entry keeps its old value at a step. In evaluation the
    /// expectation is taken. Needs a [`phase`](Self::phase).
    ///
    /// # Panics
    /// If the cell has no such part, or `z` is not in [0, 1).
    #[track_caller]
    pub fn zoneout(mut self, name: &str, z: f64) -> Self {
        let part = self.part(name);
        self.regularizers.rates(part).1 = rate("zoneout", z);
        self
    }

    /// Variational dropout of the input: in training, one mask a sequence drops its rows with probability `p` and scales
    /// the others by 1 / (1 − p). Needs a [`phase`](Self::phase).
    ///
    /// # Panics
    /// If `p` is not in [0, 1).
    #[track_caller]
    pub fn input_dropout(mut self, p: f64) -> Self {
        self.regularizers.input_dropout = rate("input dropout", p);
        self
    }

    /// Variational dropout of the output part where the step reads it; the outputs themselves stay whole. Needs a
    /// [`phase`](Self::phase).
    ///
    /// The driver does not know how a step uses h. A cell that also carries h along, as the GRU does through its update
    /// gate, carries the masked and scaled h: there the kept entries grow by up to 1 / (1 − p) a step. For such a cell
    /// prefer [`zoneout`](Self::zoneout).
    ///
    /// # Panics
    /// If `p` is not in [0, 1).
    #[track_caller]
    pub fn recurrent_dropout(mut self, p: f64) -> Self {
        self.regularizers.recurrent_dropout = rate("recurrent dropout", p);
        self
    }

    /// Whether this is training, and where its masks are drawn.
    pub fn phase(mut self, phase: Phase) -> Self {
        self.phase = Some(phase);
        self
    }
}

#[track_caller]
fn rate(what: &str, rate: f64) -> f64 {
    assert!((0.0..1.0).contains(&rate), "unroll: the rate of {what} is {rate}, not in [0, 1)");
    rate
}
