//! `Placed`: a layer with the place of its parameters in a model.

use autograd::{Scalar, Var};

use crate::layers::{Embedding, Linear, Mlp};
use crate::stacks::{Recurrent, UnrollStack};
use crate::{AnyCell, Bound, CellScalar, Describe, Draws, Group, Params, Specs, Unroll, Weights};

/// What declares parameters: a layer, a stack or a cell.
pub trait Layer {
    /// Its parameters.
    fn specs(&self) -> &Specs;
}

impl<C: Describe> Layer for C {
    fn specs(&self) -> &Specs {
        &self.about().specs
    }
}

/// A layer with its place; [`Params::place`] makes it.
#[derive(Clone, Debug)]
pub struct Placed<L> {
    layer: L,
    place: Group,
}

impl<L> Placed<L> {
    /// The layer by itself.
    pub fn layer(&self) -> &L {
        &self.layer
    }

    /// Where its parameters stand: for another layer to share, an optimizer to tell apart, a file to be read into.
    pub fn place(&self) -> Group {
        self.place
    }

    /// Its parameters on the tape: for a method of your own layer.
    #[track_caller]
    pub fn on<'a, 't, T: Scalar>(&self, bound: &'a Bound<'t, T>) -> Weights<'a, 't, T> {
        bound.of(self.place)
    }

    /// Another layer with the same parameters.
    ///
    /// # Panics
    /// If it declares other shapes.
    #[track_caller]
    pub fn tied<M: Layer>(&self, layer: M) -> Placed<M>
    where
        L: Layer,
    {
        let shapes = |specs: &Specs| specs.iter().map(|spec| spec.shape).collect::<Vec<_>>();
        let (own, others) = (shapes(self.layer.specs()), shapes(layer.specs()));
        assert!(own == others, "tied: parameters of {own:?} and of {others:?}");
        Placed { layer, place: self.place }
    }
}

/// A name and a seed within a model's parameters: where a network of several layers puts them.
#[derive(Debug)]
pub struct Site<'a, T: Scalar> {
    params: &'a mut Params<T>,
    name: String,
    seed: u64,
}

impl<T: Scalar> Params<T> {
    /// Draws the parameters of `layer`, called `name.…` (or by their own names, if it is empty).
    ///
    /// # Panics
    /// If a name is taken.
    #[track_caller]
    pub fn place<L: Layer>(&mut self, name: &str, layer: L, seed: u64) -> Placed<L> {
        self.at("", seed).place(name, layer)
    }

    /// The site called `name`, whose values are drawn from `seed`.
    pub fn at(&mut self, name: &str, seed: u64) -> Site<'_, T> {
        Site { params: self, name: name.into(), seed }
    }
}

impl<T: Scalar> Site<'_, T> {
    /// As [`Params::place`], within this site.
    #[track_caller]
    pub fn place<L: Layer>(&mut self, name: &str, layer: L) -> Placed<L> {
        let place = self.params.add(&self.within(name), layer.specs(), self.seed);
        Placed { layer, place }
    }

    /// A site within this one.
    pub fn at(&mut self, name: &str) -> Site<'_, T> {
        let name = self.within(name);
        Site { params: self.params, name, seed: self.seed }
    }

    fn within(&self, name: &str) -> String {
        let dot = if self.name.is_empty() || name.is_empty() { "" } else { "." };
        format!("{}{dot}{name}", self.name)
    }
}

impl Layer for Linear {
    fn specs(&self) -> &Specs {
        self.specs()
    }
}
impl Layer for Embedding {
    fn specs(&self) -> &Specs {
        self.specs()
    }
}
impl Layer for Mlp {
    fn specs(&self) -> &Specs {
        self.specs()
    }
}
impl Layer for Recurrent {
    fn specs(&self) -> &Specs {
        self.specs()
    }
}

impl Placed<Linear> {
    /// W x + b for every column of x.
    #[track_caller]
    pub fn apply<'t, T: Scalar>(&self, bound: &Bound<'t, T>, x: Var<'t, T>) -> Var<'t, T> {
        self.layer.apply(self.on(bound), x)
    }
}

impl Placed<Embedding> {
    /// The vectors of these tokens.
    #[track_caller]
    pub fn apply<'t, T: Scalar>(&self, bound: &Bound<'t, T>, tokens: &[usize]) -> Var<'t, T> {
        self.layer.apply(self.on(bound), tokens)
    }
}

impl Placed<Mlp> {
    /// Every column of x, through all layers.
    #[track_caller]
    pub fn apply<'t, T: Scalar>(&self, bound: &Bound<'t, T>, x: Var<'t, T>, draws: Option<&mut Draws>) -> Var<'t, T> {
        self.layer.apply(self.on(bound), x, draws)
    }
}

impl<C: AnyCell> Placed<C> {
    /// The cell, ready to run over a sequence.
    #[track_caller]
    pub fn unroll<'a, 't, T: CellScalar>(&'a self, bound: &'a Bound<'t, T>) -> Unroll<'a, 't, T> {
        Unroll::new(T::cell(&self.layer), self.on(bound))
    }
}

impl Placed<Recurrent> {
    /// The stack, ready to run over a sequence.
    #[track_caller]
    pub fn unroll<'a, 't, T: CellScalar>(&'a self, bound: &'a Bound<'t, T>) -> UnrollStack<'a, 't, T> {
        self.layer.unroll(self.on(bound))
    }
}
