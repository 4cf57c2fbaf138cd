//! `Memory`: what an update rule remembers from one update to the next: a counter, and N matrices for each parameter.

use autograd::Scalar;
use autograd::kernels::{Loop, vectorize};
use nalgebra::DMatrix;

use crate::{Param, ParamGrads, Params};

/// What [`Optimizer::state`](super::Optimizer::state) saves: with the parameters and the settings, all that the next
/// update depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimizerState<T: Scalar> {
    /// How many updates there were.
    pub updates: u64,
    /// The matrices, named as the equation's letter and the parameter, such as `m.layers.0.fwd.w_h`; zeros before the
    /// first update. They are [`Params`], so they have a safetensors file too.
    pub matrices: Params<T>,
}

/// A state that belongs to another rule or model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the optimizer's state has {found} where {wanted} belongs; was it saved by another optimizer or model?")]
pub struct WrongState {
    /// What the state has: a name and shape, or nothing.
    pub found: String,
    /// What the optimizer keeps there.
    pub wanted: String,
}

/// A counter of updates, and N matrices in the shape of every parameter, zeros at first.
#[derive(Clone, Debug)]
pub struct Memory<T: Scalar, const N: usize> {
    letters: [&'static str; N],
    updates: u64,
    matrices: Vec<[DMatrix<T>; N]>,
}

impl<T: Scalar, const N: usize> Memory<T, N> {
    /// With the equation's letter for each of the N.
    pub fn new(letters: [&'static str; N]) -> Self {
        Self { letters, updates: 0, matrices: Vec::new() }
    }

    /// t, the number of the update that comes next, from 1.
    pub fn next_update(&self) -> u64 {
        self.updates + 1
    }

    /// One update: `rule` is given every entry p of the parameters that are not frozen, its gradient, and what is
    /// remembered of it.
    ///
    /// # Panics
    /// If the parameters are not those of the updates before.
    #[track_caller]
    pub fn update(&mut self, params: &mut Params<T>, grads: &ParamGrads<T>, rule: impl Fn(&mut T, T, [&mut T; N])) {
        if self.matrices.is_empty() {
            self.matrices.extend(params.iter().map(zeros));
        }
        assert!(
            self.matrices.len() == params.iter().len() && grads.iter().len() == params.iter().len(),
            "optimizer: {} parameters and {} gradients after updates of {}; make one optimizer for each model",
            params.iter().len(),
            grads.iter().len(),
            self.matrices.len()
        );
        self.updates += 1;
        for ((param, g), kept) in params.iter_mut().zip(grads.iter()).zip(&mut self.matrices) {
            if param.frozen {
                continue;
            }
            let (p, g) = (param.value.as_mut_slice(), g.as_slice());
            vectorize(EveryEntry { p, g, kept: kept.each_mut().map(|matrix| matrix.as_mut_slice()), rule: &rule });
        }
    }

    /// See [`Optimizer::state`](super::Optimizer::state).
    pub fn state(&self, params: &Params<T>) -> OptimizerState<T> {
        let mut matrices = Vec::new();
        for (k, param) in params.iter().enumerate() {
            let values = self.matrices.get(k).cloned().unwrap_or_else(|| zeros(param));
            let named = self.letters.iter().zip(values);
            let name = |letter| format!("{letter}.{}", param.name);
            matrices.extend(named.map(|(letter, value)| Param::new(name(letter), value)));
        }
        OptimizerState { updates: self.updates, matrices: matrices.into() }
    }

    /// See [`Optimizer::restore`](super::Optimizer::restore).
    ///
    /// # Errors
    /// As there.
    pub fn restore(&mut self, params: &Params<T>, state: &OptimizerState<T>) -> Result<(), WrongState> {
        let shown = |param: Option<&Param<T>>| match param {
            Some(Param { name, value, .. }) => format!("`{name}` {:?}", value.shape()),
            None => "nothing".into(),
        };
        let (wanted, mut found) = (self.state(params), state.matrices.iter());
        for wanted in wanted.matrices.iter().map(Some).chain([None]) {
            let found = found.next();
            if found.map(|p| (&p.name, p.value.shape())) != wanted.map(|p| (&p.name, p.value.shape())) {
                return Err(WrongState { found: shown(found), wanted: shown(wanted) });
            }
        }
        let mut values = state.matrices.iter().map(|param| param.value.clone());
        let mut next = || std::array::from_fn(|_| values.next().expect("as many as were compared"));
        self.matrices = params.iter().map(|_| next()).collect();
        self.updates = state.updates;
        Ok(())
    }
}

struct EveryEntry<'a, T, R, const N: usize> {
    p: &'a mut [T],
    g: &'a [T],
    kept: [&'a mut [T]; N],
    rule: &'a R,
}

impl<T: Scalar, R: Fn(&mut T, T, [&mut T; N]), const N: usize> Loop for EveryEntry<'_, T, R, N> {
    #[inline(always)]
    fn run(self) {
        let n = self.p.len();
        let (g, mut kept) = (&self.g[..n], self.kept.map(|entries| &mut entries[..n]));
        for (k, p) in self.p.iter_mut().enumerate() {
            (self.rule)(p, g[k], kept.each_mut().map(|entries| &mut entries[k]));
        }
    }
}

fn zeros<T: Scalar, const N: usize>(param: &Param<T>) -> [DMatrix<T>; N] {
    std::array::from_fn(|_| DMatrix::zeros(param.value.nrows(), param.value.ncols()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optim::{Adam, Optimizer, Sgd};
    use crate::{Specs, init};

    fn params(rows: usize) -> Params<f64> {
        let mut specs = Specs::default();
        specs.add("w", (rows, 2), init::uniform(1.0));
        let mut params = Params::new();
        params.place("net", specs.clone(), 1);
        params
    }

    #[test]
    fn a_state_of_another_optimizer_or_model_is_refused_by_name() {
        let mut adam = Adam::new(0.1);
        let refused = |adam: &mut Adam<f64>, state| adam.restore(&params(2), &state).expect_err("refused").to_string();
        let other_rule = refused(&mut adam, Sgd::new(0.1, 0.9).state(&params(2)));
        assert!(other_rule.starts_with("the optimizer's state has `v.net.w` (2, 2) where `m.net.w` (2, 2) belongs"));
        let other_model = refused(&mut adam, Adam::new(0.1).state(&params(3)));
        assert!(other_model.contains("has `m.net.w` (3, 2) where `m.net.w` (2, 2) belongs"), "{other_model}");
        let empty = OptimizerState { updates: 1, matrices: Params::new() };
        assert!(refused(&mut adam, empty).contains("has nothing where `m.net.w`"));
        assert_eq!(adam.state(&params(2)), Adam::new(0.1).state(&params(2)), "a refused state changed the optimizer");
    }

    #[test]
    #[should_panic(expected = "optimizer: 0 parameters and 1 gradients after updates of 1")]
    fn parameters_of_another_model_are_refused() {
        let (mut adam, mut first) = (Adam::new(0.1), params(2));
        let grads = ParamGrads::zeros(&first);
        adam.step(&mut first, &grads);
        adam.step(&mut Params::new(), &grads);
    }
}
