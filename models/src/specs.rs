//! `Specs`: the parameters that a cell or layer declares, before they have values.

use std::borrow::Cow;
use std::fmt::Display;

use autograd::{Scalar, Shape, Var};

use crate::{Bound, Init, Map};

/// One parameter, before it has a value.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Spec {
    /// Its name within its owner, such as `w_h`.
    pub name: Cow<'static, str>,
    /// Rows and columns of what is trained.
    pub shape: Shape,
    /// How that is drawn.
    pub init: Init,
    /// From that to what the owner sees; none if it sees the same.
    pub map: Option<Map>,
}

/// What an owner's `n`-th declared parameter is called inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(pub(crate) usize);

/// The parameters of one owner, in the order of their declaration.
#[derive(Clone, Debug, Default)]
pub struct Specs(Vec<Spec>);

impl Specs {
    /// Declares a parameter.
    ///
    /// # Panics
    /// If the name is taken.
    #[track_caller]
    pub fn add(&mut self, name: impl Into<Cow<'static, str>>, shape: Shape, init: Init) -> Handle {
        self.push(Spec { name: name.into(), shape, init, map: None })
    }

    /// Declares a parameter that its owner sees through `map`.
    ///
    /// # Panics
    /// If the name is taken, or the map takes no matrix of this shape.
    #[track_caller]
    pub fn add_mapped(&mut self, name: impl Into<Cow<'static, str>>, shape: Shape, init: Init, map: Map) -> Handle {
        let name = name.into();
        map.check(shape).unwrap_or_else(|why| panic!("specs: `{name}`: {why}"));
        self.push(Spec { name, shape, init, map: Some(map) })
    }

    #[track_caller]
    fn push(&mut self, spec: Spec) -> Handle {
        let name = &spec.name;
        assert!(self.0.iter().all(|known| known.name != *name), "specs: two parameters called `{name}`");
        self.0.push(spec);
        Handle(self.0.len() - 1)
    }

    /// Values that are on a tape already, in the order of declaration, as an owner's parameters: each goes through its map.
    pub fn bind<'t, T: Scalar>(&self, values: Vec<Var<'t, T>>) -> Bound<'t, T> {
        Bound::mapped(values, self.0.iter().map(|spec| spec.map), None)
    }

    /// Declares all parameters of `inner`, a part of this owner, as `name.…`;
    /// [`Weights::split_at`](crate::Weights::split_at) takes them apart again.
    ///
    /// # Panics
    /// If a name is taken.
    #[track_caller]
    pub fn nest(&mut self, name: impl Display, inner: &Specs) {
        for spec in &inner.0 {
            self.push(Spec { name: format!("{name}.{}", spec.name).into(), ..spec.clone() });
        }
    }

    /// In the order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = &Spec> {
        self.0.iter()
    }

    /// How many numbers they hold.
    pub fn count(&self) -> usize {
        self.0.iter().map(|spec| spec.shape.0 * spec.shape.1).sum()
    }
}
