//! `Placed`: a layer that knows where its parameters stand. Layers, cells and stacks are placed in one way, by
//! [`Params::place`]; a network is a struct of placed parts, made at a [`Site`].

use std::ops::{Deref, Range};
use std::sync::Arc;

use autograd::Scalar;

use crate::params::{Layout, Place};
use crate::{AnyCell, Bound, CellScalar, Describe, Params, Specs, Unroll, Weights};

/// What declares parameters: a layer, a stack or a cell; or [`Specs`] by themselves.
pub trait Layer {
    /// Its parameters, in order.
    fn specs(&self) -> &Specs;
}

impl<C: Describe> Layer for C {
    fn specs(&self) -> &Specs {
        &self.about().specs
    }
}

impl Layer for Specs {
    fn specs(&self) -> &Specs {
        self
    }
}

/// A layer with the place of its parameters in a model; [`Params::place`] makes it. It derefs to the layer.
///
/// The built-in ones run with `apply` or `unroll`, given all parameters of the model on a tape. A layer of your own runs with
/// those that [`on`](Self::on) gives:
///
/// ```
/// use autograd::{Scalar, Tape, Var};
/// use models::layers::Linear;
/// use models::{Handle, Layer, Params, Specs, Weights, init};
///
/// /// y = g ∘ x.
/// struct Gain(Specs, Handle);
///
/// impl Gain {
///     fn new(rows: usize) -> Self {
///         let mut specs = Specs::default();
///         let g = specs.add("g", (rows, 1), init::constant(2.0));
///         Self(specs, g)
///     }
///
///     fn apply<'t, T: Scalar>(&self, p: Weights<'_, 't, T>, x: Var<'t, T>) -> Var<'t, T> {
///         x.scale_rows(p[self.1])
///     }
/// }
///
/// impl Layer for Gain {
///     fn specs(&self) -> &Specs {
///         &self.0
///     }
/// }
///
/// let mut params = Params::<f64>::new();
/// let gain = params.place("gain", Gain::new(3), 1); // gain.g
/// let readout = params.place("readout", Linear::new(3, 2), 1); // readout.w, readout.b
///
/// let tape = Tape::new();
/// let bound = params.bind(&tape);
/// let x = gain.apply(gain.on(&bound), tape.zeros(3, 4));
/// assert_eq!(readout.apply(&bound, x).shape(), (2, 4));
/// ```
///
/// The place is that of a model with these parameters, by name and shape, up to the layer's own: a clone, a cast, what a
/// file or a list holds, or the same model built again. With the parameters of another model, every method panics at the
/// caller's line and says which parameter differs.
#[derive(Clone, Debug)]
pub struct Placed<L> {
    layer: L,
    place: Place,
    made_in: Arc<Layout>,
}

impl<L> Deref for Placed<L> {
    type Target = L;

    fn deref(&self) -> &L {
        &self.layer
    }
}

impl<L> Placed<L> {
    pub(crate) fn place(&self) -> Place {
        self.place
    }

    /// The layer's own parameters on the tape.
    ///
    /// # Panics
    /// If they are of another model.
    #[track_caller]
    pub fn on<'a, 't, T: Scalar>(&self, bound: &'a Bound<'t, T>) -> Weights<'a, 't, T> {
        bound.at(self.place, &self.made_in)
    }

    /// Where its parameters stand in a model of this layout.
    ///
    /// # Panics
    /// If it is placed in another model.
    #[track_caller]
    pub(crate) fn place_in(&self, model: &Layout) -> Range<usize> {
        model.at(self.place, &self.made_in)
    }

    /// Another layer with the same parameters: their gradients are the sums over both.
    ///
    /// # Panics
    /// If it declares other shapes or maps.
    #[track_caller]
    pub fn tied<M: Layer>(&self, layer: M) -> Placed<M>
    where
        L: Layer,
    {
        let shapes = |specs: &Specs| specs.iter().map(|spec| spec.shape).collect::<Vec<_>>();
        let (own, others) = (shapes(self.layer.specs()), shapes(layer.specs()));
        assert!(own == others, "tied: a layer of parameters {others:?} cannot share those of {own:?}");
        let maps = |specs: &Specs| specs.iter().map(|spec| spec.map).collect::<Vec<_>>();
        assert!(
            maps(self.layer.specs()) == maps(layer.specs()),
            "tied: the two layers see their parameters through other maps"
        );
        Placed { layer, place: self.place, made_in: self.made_in.clone() }
    }
}

impl<C: AnyCell> Placed<C> {
    /// The cell, ready to run over a sequence.
    #[track_caller]
    pub fn unroll<'a, 't, T: CellScalar>(&'a self, bound: &'a Bound<'t, T>) -> Unroll<'a, 't, T> {
        Unroll::new(T::cell(&self.layer), self.on(bound))
    }
}

/// A name and a seed within a model's parameters, where a network of several layers places them: so a model may hold two
/// networks of one kind.
#[derive(Debug)]
pub struct Site<'a, T: Scalar> {
    params: &'a mut Params<T>,
    name: String,
    seed: u64,
}

impl<T: Scalar> Params<T> {
    /// Draws the parameters of `layer` from `seed` and their full names, `name.…` (or the layer's own names, if `name` is
    /// empty), and gives the layer back with their place.
    ///
    /// # Panics
    /// If a full name is taken.
    #[track_caller]
    pub fn place<L: Layer>(&mut self, name: &str, layer: L, seed: u64) -> Placed<L> {
        let place = self.draw(name, layer.specs(), seed);
        Placed { layer, place, made_in: self.layout().clone() }
    }

    /// The site called `name`, whose values are drawn from `seed`; without a name, the model itself.
    pub fn at(&mut self, name: &str, seed: u64) -> Site<'_, T> {
        Site { params: self, name: name.into(), seed }
    }
}

impl<T: Scalar> Site<'_, T> {
    /// As [`Params::place`], within this site.
    #[track_caller]
    pub fn place<L: Layer>(&mut self, name: &str, layer: L) -> Placed<L> {
        self.params.place(&self.within(name), layer, self.seed)
    }

    /// The site called `name` within this one.
    pub fn at(&mut self, name: &str) -> Site<'_, T> {
        let name = self.within(name);
        Site { params: self.params, name, seed: self.seed }
    }

    fn within(&self, name: &str) -> String {
        let dot = if self.name.is_empty() || name.is_empty() { "" } else { "." };
        format!("{}{dot}{name}", self.name)
    }
}
