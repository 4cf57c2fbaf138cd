//! `Params`: the named, ordered values that training changes.
//!
//! A cell or layer declares [`Specs`] and keeps [`Handle`]s: no matrices and no scalar type. [`Params::place`] draws its
//! values and gives it back with its place; [`Params::bind`] copies all values onto a tape. [`Placed::tied`](crate::Placed::tied)
//! gives two layers the same values; [`Params::freeze`] keeps a parameter's value.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::{Index, Range};
use std::sync::Arc;

use autograd::{NodeId, Scalar, Scope, Shape, Tape, Var};
use nalgebra::DMatrix;

use crate::{AnyCell, Draws, Handle, Map, Placed, Specs};

/// Where a layer's parameters stand among all of a model.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    start: usize,
    end: usize,
}

impl Place {
    pub(crate) fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// What identifies a model: the names, shapes and maps of its parameters, in order. A cast, a copy, a file or a list of the same
/// parameters keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Layout {
    all: Vec<(String, Shape, Option<Map>)>,
    /// After each parameter, a hash of the names, shapes and maps of those up to it.
    marks: Vec<u64>,
}

impl Layout {
    fn push(&mut self, name: &str, shape: Shape, map: Option<Map>) {
        let mut mark = DefaultHasher::new();
        (self.marks.last(), name, shape, map).hash(&mut mark);
        self.marks.push(mark.finish());
        self.all.push((name.into(), shape, map));
    }

    /// The parameters at `place`, made in a model of the layout `made_in`.
    ///
    /// # Panics
    /// If this is another model.
    #[track_caller]
    pub(crate) fn at(&self, place: Place, made_in: &Self) -> Range<usize> {
        let mark = |layout: &Self| layout.marks.get(place.range())?.last().copied();
        assert!(mark(self) == mark(made_in), "{}", self.refusal(place, made_in));
        place.range()
    }

    /// Says where this model differs from the one that `place` was made in.
    fn refusal(&self, place: Place, made_in: &Self) -> String {
        let shown = |layout: &Self, k: usize| match layout.all.get(k) {
            Some((name, (rows, columns), None)) => format!("`{name}` [{rows}, {columns}]"),
            Some((name, (rows, columns), Some(map))) => format!("`{name}` [{rows}, {columns}] seen through {map:?}"),
            None => "none".into(),
        };
        let differs = |k: &usize| self.all.get(*k) != made_in.all.get(*k);
        let first = (0..place.range().end).find(differs).expect("the marks differ");
        let (there, here) = (shown(made_in, first), shown(self, first));
        format!("params: a place of another model; parameter {first} is {there} in that one, and {here} in this one")
    }
}

/// One parameter and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Param<T: Scalar> {
    /// Its full name, such as `layers.0.fwd.w_h`: the name in files, plots and messages.
    pub name: String,
    /// Its value.
    pub value: DMatrix<T>,
    /// Whether training leaves it alone.
    pub frozen: bool,
    /// From the value to what its owner sees; none if it sees the same.
    pub map: Option<Map>,
}

impl<T: Scalar> Param<T> {
    /// A parameter that is trained, and seen as it is.
    pub fn new(name: impl Into<String>, value: DMatrix<T>) -> Self {
        Self { name: name.into(), value, frozen: false, map: None }
    }
}

/// All parameters of a model, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Params<T: Scalar> {
    all: Vec<Param<T>>,
    layout: Arc<Layout>,
}

impl<T: Scalar> Default for Params<T> {
    fn default() -> Self {
        Self { all: Vec::new(), layout: Arc::default() }
    }
}

impl<T: Scalar> Params<T> {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws the parameters of `specs`, named `prefix.name`. A value depends on `seed` and its full name alone.
    ///
    /// # Panics
    /// If a full name is taken.
    #[track_caller]
    pub(crate) fn draw(&mut self, prefix: &str, specs: &Specs, seed: u64) -> Place {
        let start = self.all.len();
        for spec in specs.iter() {
            let name = if prefix.is_empty() { spec.name.to_string() } else { format!("{prefix}.{}", spec.name) };
            assert!(self.get(&name).is_none(), "params: two parameters called `{name}`");
            let value = spec.init.draw(spec.shape, &mut Draws::at(seed, &format!("init {name}"), &[]));
            assert!(value.shape() == spec.shape, "init of `{name}` gave {:?}, not {:?}", value.shape(), spec.shape);
            self.push(Param { map: spec.map, ..Param::new(name, value.map(T::from_f64)) });
        }
        Place { start, end: self.all.len() }
    }

    fn push(&mut self, param: Param<T>) {
        Arc::make_mut(&mut self.layout).push(&param.name, param.value.shape(), param.map);
        self.all.push(param);
    }

    pub(crate) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Those of one layer, in the order of its specs.
    ///
    /// # Panics
    /// If it is placed in another model.
    #[track_caller]
    pub(crate) fn of<L>(&self, layer: &Placed<L>) -> &[Param<T>] {
        &self.all[layer.place_in(&self.layout)]
    }

    /// [`of`](Self::of), to change.
    #[track_caller]
    pub(crate) fn of_mut<L>(&mut self, layer: &Placed<L>) -> &mut [Param<T>] {
        &mut self.all[layer.place_in(&self.layout)]
    }

    /// The parameter of this full name.
    pub fn get(&self, name: &str) -> Option<&Param<T>> {
        self.all.iter().find(|param| param.name == name)
    }

    /// The parameter of this full name, to change.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Param<T>> {
        self.all.iter_mut().find(|param| param.name == name)
    }

    /// In order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Param<T>> {
        self.all.iter()
    }

    /// In order, to change.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Param<T>> + ExactSizeIterator {
        self.all.iter_mut()
    }

    /// How many numbers they hold.
    pub fn count(&self) -> usize {
        self.all.iter().map(|param| param.value.len()).sum()
    }

    /// Keeps the parameter of this full name at its value.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub fn freeze(&mut self, name: &str) {
        match self.get_mut(name) {
            Some(param) => param.frozen = true,
            None => panic!("params: no parameter called `{name}`"),
        }
    }

    /// The same parameters as other numbers (the real parts, if these are duals).
    pub fn cast<U: Scalar>(&self) -> Params<U> {
        let cast = |x: T| U::from_f64(x.re());
        let param = |p: &Param<T>| Param { frozen: p.frozen, map: p.map, ..Param::new(&p.name, p.value.map(cast)) };
        Params { all: self.all.iter().map(param).collect(), layout: self.layout.clone() }
    }

    /// Copies every value onto a tape: a leaf, or a constant if it is frozen. Training may change the parameters
    /// while the tape still holds these. On a traced tape each has its name and belongs to its owner's layer.
    ///
    /// Where a parameter has a [`Map`], its owner sees the map's value, which is recorded here, once. A sweep in pieces binds
    /// once a piece and adds up the pieces' gradients behind the map, so of such a parameter it gives the gradient of the
    /// whole sweep to rounding, not bit by bit.
    #[track_caller]
    pub fn bind<'t>(&self, tape: &'t Tape<T>) -> Bound<'t, T> {
        let mut vars = Vec::with_capacity(self.all.len());
        for p in &self.all {
            let _layer = owner(&p.name).map(|owner| tape.in_layer(owner));
            let var = if p.frozen { tape.constant(&p.value) } else { tape.leaf(&p.value) };
            vars.push(var.named(&p.name));
        }
        Bound::mapped(vars, self.all.iter().map(|p| p.map), Some(self.layout.clone()))
    }
}

impl<T: Scalar> From<Vec<Param<T>>> for Params<T> {
    fn from(all: Vec<Param<T>>) -> Self {
        let mut params = Self::new();
        all.into_iter().for_each(|param| params.push(param));
        params
    }
}

/// All parameters of a model on a tape.
#[derive(Clone, Debug)]
pub struct Bound<'t, T: Scalar> {
    /// What is trained, or frozen.
    vars: Vec<Var<'t, T>>,
    /// What the owners see: the same, or its map. Empty where nothing is mapped.
    seen: Vec<Var<'t, T>>,
    /// That of the model; none of values that have no names.
    layout: Option<Arc<Layout>>,
}

impl<'t, T: Scalar> Bound<'t, T> {
    /// Values that are on a tape already, in the order of a model's parameters, as the owners see them: what a check or a
    /// hypernetwork has. Nothing is mapped; [`Specs::bind`] takes what is trained.
    pub fn from_vars(vars: Vec<Var<'t, T>>) -> Self {
        Self::mapped(vars, std::iter::empty(), None)
    }

    pub(crate) fn mapped(
        vars: Vec<Var<'t, T>>,
        maps: impl Iterator<Item = Option<Map>>,
        layout: Option<Arc<Layout>>,
    ) -> Self {
        let mut seen = Vec::new();
        for (k, map) in maps.enumerate().filter_map(|(k, map)| Some((k, map?))) {
            if seen.is_empty() {
                seen.clone_from(&vars);
            }
            seen[k] = map.apply(vars[k]);
        }
        Self { vars, seen, layout }
    }

    /// Every parameter as one owner's.
    pub fn all(&self) -> Weights<'_, 't, T> {
        self.within(0..self.vars.len())
    }

    fn within(&self, range: Range<usize>) -> Weights<'_, 't, T> {
        let seen = if self.seen.is_empty() { &self.vars } else { &self.seen };
        Weights { seen: &seen[range.clone()], trained: &self.vars[range] }
    }

    /// [`Layout::at`], of values on the tape.
    #[track_caller]
    pub(crate) fn at(&self, place: Place, made_in: &Layout) -> Weights<'_, 't, T> {
        let range = match &self.layout {
            Some(layout) => layout.at(place, made_in), // the panic's line is the caller's only without a closure
            None => place.range(),
        };
        self.within(range)
    }

    /// In the order of the parameters: what is trained, before any map.
    pub fn vars(&self) -> &[Var<'t, T>] {
        &self.vars
    }

    /// The nodes of what is trained, in the order of the parameters: a sweep finds their gradients.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = NodeId> {
        self.vars.iter().map(|var| var.id())
    }
}

/// One owner's parameters on a tape, reached by its handles: `p[self.w_h]`.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a, 't, T: Scalar> {
    seen: &'a [Var<'t, T>],
    trained: &'a [Var<'t, T>],
}

impl<'a, 't, T: Scalar> Weights<'a, 't, T> {
    /// In the order of their declaration, as the owner sees them.
    pub fn vars(self) -> &'a [Var<'t, T>] {
        self.seen
    }

    /// What is trained, before any map, in the order of declaration.
    pub(crate) fn trained(self) -> &'a [Var<'t, T>] {
        self.trained
    }

    /// The first `count` parameters, and the others: a wrapper's cell's, say, and its own.
    ///
    /// # Panics
    /// If there are fewer.
    #[track_caller]
    pub fn split_at(self, count: usize) -> (Self, Self) {
        assert!(count <= self.seen.len(), "weights: the first {count} of {} parameters", self.seen.len());
        let ((first, others), (own, rest)) = (self.seen.split_at(count), self.trained.split_at(count));
        (Self { seen: first, trained: own }, Self { seen: others, trained: rest })
    }

    /// Of a wrapper's parameters, those of the cell that it holds: they stand first.
    #[must_use]
    #[track_caller]
    pub fn of(self, cell: &dyn AnyCell) -> Self {
        self.split_at(cell.about().specs.iter().count()).0
    }

    /// While the returned scope lives, what is recorded belongs to the layer that owns these parameters, such as
    /// `layers.0.fwd`. `None`, which is no harm, if the tape is not traced or they have no names.
    pub fn layer(self) -> Option<Scope<'t, T>> {
        let first = self.trained.first()?;
        let origin = first.origin()?;
        Some(first.tape().in_layer(owner(&origin.name?)?))
    }
}

impl<'t, T: Scalar> Index<Handle> for Weights<'_, 't, T> {
    type Output = Var<'t, T>;

    fn index(&self, handle: Handle) -> &Var<'t, T> {
        &self.seen[handle.0]
    }
}

/// `layers.0.fwd` of `layers.0.fwd.w_h`.
fn owner(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(owner, _)| owner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init;

    fn specs() -> (Specs, Handle) {
        let mut specs = Specs::default();
        specs.add("b", (2, 1), init::zeros());
        let w = specs.add("w", (2, 3), init::uniform(1.0));
        (specs, w)
    }

    #[test]
    fn a_value_depends_on_seed_and_name_alone() {
        let (specs, _) = specs();
        let mut one = Params::<f64>::new();
        one.place("a", specs.clone(), 1);
        one.place("b", specs.clone(), 1);
        let mut other = Params::<f64>::new();
        other.place("b", specs.clone(), 1);
        assert_eq!(one.get("b.w"), other.get("b.w"));
        assert_ne!(one.get("a.w").map(|p| &p.value), one.get("b.w").map(|p| &p.value));
    }

    #[test]
    fn a_part_keeps_its_names_and_handles_within_its_owner() {
        let (inner, w) = specs();
        let mut outer = Specs::default();
        outer.nest(0, &inner);
        outer.nest("second", &inner);
        let mut params = Params::<f64>::new();
        let net = params.place("net", outer, 1);
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let found = net.on(&bound).split_at(2).1[w].value();
        assert_eq!(Some(&found), params.get("net.second.w").map(|p| &p.value));
        assert_ne!(Some(&found), params.get("net.0.w").map(|p| &p.value));
    }

    #[test]
    fn every_precision_starts_from_the_same_net() {
        let (specs, _) = specs();
        let (mut wide, mut narrow) = (Params::<f64>::new(), Params::<f32>::new());
        wide.place("a", specs.clone(), 1);
        narrow.place("a", specs.clone(), 1);
        assert_eq!(wide.cast::<f32>(), narrow);
    }

    #[test]
    fn handles_find_their_parameter_and_frozen_ones_get_no_gradient() {
        let (specs, w) = specs();
        let mut params = Params::<f64>::new();
        params.place("first", specs.clone(), 1);
        let second = params.place("second", specs.clone(), 1);
        params.freeze("second.w");
        let tape = Tape::new();
        let bound = params.bind(&tape);
        assert_eq!(Some(second.on(&bound)[w].value()), params.get("second.w").map(|p| p.value.clone()));
        let gradients = tape.backward(second.on(&bound)[w].sum());
        let kept: Vec<bool> = bound.ids().map(|id| gradients.get(id).is_some()).collect();
        assert_eq!(kept, [true, true, true, false]);
    }
}
