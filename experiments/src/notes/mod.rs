//! The lecture notes' recurrent network, written out with matrices: what the tape computes, to follow with pen and
//! paper.

mod pages;

pub use pages::{Number, Prediction, STEPS};

use models::Params;
use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use crate::answers::argmax;
use crate::tasks::word::Word;

/// The lecture notes' recurrent network, written out with matrices: what the tape computes, to follow with pen and paper.
///
/// ```text
/// h_t = tanh(W_x x_t + W_h h_{t−1} + b),   y_t = softmax(W_y h_t + b_y),   h_0 = 0
/// L = −(1/T) Σ_t ln y_t[target_t]
/// ```
/// x_t and y_t (d), h_t and b (D_h), W_x (D_h×d), W_h (D_h×D_h), W_y (d×D_h), b_y (d); d: the different letters.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // the letters of the equations
pub struct Notes {
    pub w_x: DMatrix<f64>,
    pub w_h: DMatrix<f64>,
    pub b: DVector<f64>,
    pub w_y: DMatrix<f64>,
    pub b_y: DVector<f64>,
}

/// One step in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// x_t.
    pub x: Vec<f64>,
    /// W_x x_t.
    pub input: Vec<f64>,
    /// W_h h_{t−1}.
    pub memory: Vec<f64>,
    /// W_x x_t + W_h h_{t−1} + b.
    pub sum: Vec<f64>,
    /// h_t.
    pub h: Vec<f64>,
    /// W_y h_t + b_y.
    pub logits: Vec<f64>,
    /// y_t.
    pub y: Vec<f64>,
}

/// All steps of a word, each of which reads the word's own letter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pass {
    /// In their order.
    pub steps: Vec<Step>,
    /// L, in nats.
    pub loss: f64,
}

impl Notes {
    /// The weights of a trained or an untrained network.
    ///
    /// # Panics
    /// If they are those of another network.
    #[track_caller]
    pub fn of(params: &Params<f64>) -> Self {
        let matrix =
            |name: &str| params.get(name).map(|p| p.value.clone()).expect("the weights of an RNN and its readout");
        let vector = |name: &str| matrix(name).column(0).into_owned();
        Self {
            w_x: matrix("layers.0.fwd.w_x"),
            w_h: matrix("layers.0.fwd.w_h"),
            b: vector("layers.0.fwd.b"),
            w_y: matrix("readout.w"),
            b_y: vector("readout.b"),
        }
    }

    /// One step: the equations.
    pub fn step(&self, x: &DVector<f64>, h: &DVector<f64>) -> Step {
        let input = &self.w_x * x;
        let memory = &self.w_h * h;
        let sum = &input + &memory + &self.b;
        let h = sum.map(f64::tanh);
        let logits = &self.w_y * &h + &self.b_y;
        let e = logits.add_scalar(-logits.max()).map(f64::exp);
        let y = &e / e.sum();
        let numbers = |v: &DVector<f64>| v.as_slice().to_vec();
        Step {
            x: numbers(x),
            input: numbers(&input),
            memory: numbers(&memory),
            sum: numbers(&sum),
            h: numbers(&h),
            logits: numbers(&logits),
            y: numbers(&y),
        }
    }

    /// Reads the word.
    pub fn read(&self, word: &Word) -> Pass {
        let mut h = DVector::zeros(self.b.len());
        let (mut steps, mut loss) = (Vec::new(), 0.0);
        for (read, target) in word.inputs().iter().zip(word.targets()) {
            let step = self.step(&word.one_hot(*read), &h);
            h = DVector::from_column_slice(&step.h);
            // −ln softmax(z)_k = ln Σ exp(z) − z_k, which stays finite where y is 0.
            let most = step.logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            loss += most + step.logits.iter().map(|z| (z - most).exp()).sum::<f64>().ln() - step.logits[*target];
            steps.push(step);
        }
        Pass { loss: loss / steps.len() as f64, steps }
    }

    /// Spells from the first letter: reads what it said itself, the likeliest letter each time, for as many letters as the
    /// word has.
    pub fn spell(&self, word: &Word) -> Vec<usize> {
        let mut h = DVector::zeros(self.b.len());
        let mut said = vec![word.tokens()[0]];
        while said.len() < word.tokens().len() {
            let step = self.step(&word.one_hot(said[said.len() - 1]), &h);
            h = DVector::from_column_slice(&step.h);
            said.push(argmax(&step.y));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::{dmatrix, dvector};

    /// One hidden unit, two letters: done by hand.
    fn small() -> Notes {
        Notes {
            w_x: dmatrix![1.0, -1.0],
            w_h: dmatrix![2.0],
            b: dvector![0.5],
            w_y: dmatrix![0.0; 3.0],
            b_y: dvector![0.0, 0.25],
        }
    }

    #[test]
    fn a_step_by_hand() {
        let step = small().step(&dvector![0.0, 1.0], &dvector![0.25]);
        assert_eq!((step.input[0], step.memory[0], step.sum[0]), (-1.0, 0.5, 0.0));
        assert_eq!((step.h[0], &step.logits[..]), (0.0, &[0.0, 0.25][..]));
        let right = 0.25f64.exp() / (1.0 + 0.25f64.exp());
        assert!((step.y[1] - right).abs() < 1e-15 && (step.y[0] + step.y[1] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn the_state_goes_from_step_to_step() {
        let word = Word::new("aab").expect("a word");
        let pass = small().read(&word);
        let h = 1.5f64.tanh();
        assert!((pass.steps[1].h[0] - (1.5 + 2.0 * h).tanh()).abs() < 1e-15);
        let nats = |y: f64| -y.ln();
        assert!((pass.loss - (nats(pass.steps[0].y[0]) + nats(pass.steps[1].y[1])) / 2.0).abs() < 1e-14);
        assert_eq!(small().spell(&word), [0, 1, 1]);
    }
}
