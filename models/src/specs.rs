//! `Specs`: the parameters that a cell or layer declares, before they have values.

use std::borrow::Cow;
use std::fmt::Display;

use autograd::Shape;

use crate::Init;

/// One parameter, before it has a value.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its name within its owner, such as `w_h`.
    pub name: Cow<'static, str>,
    /// Rows and columns.
    pub shape: Shape,
    /// How it is drawn.
    pub init: Init,
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
        let name = name.into();
        assert!(self.0.iter().all(|spec| spec.name != name), "specs: two parameters called `{name}`");
        self.0.push(Spec { name, shape, init });
        Handle(self.0.len() - 1)
    }

    /// Declares all parameters of `inner`, a part of this owner, as `name.…`;
    /// [`Weights::split_at`](crate::Weights::split_at) takes them apart again.
    ///
    /// # Panics
    /// If a name is taken.
    #[track_caller]
    pub fn nest(&mut self, name: impl Display, inner: &Specs) {
        for Spec { name: within, shape, init } in &inner.0 {
            self.add(format!("{name}.{within}"), *shape, init.clone());
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
