use std::fmt;
use std::panic::Location;

/// Where a value was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The line that called the method of [`Var`](crate::Var) or [`Tape`](crate::Tape): a cell's own file, say.
    pub place: &'static Location<'static>,
    /// The layer, as [`Tape::in_layer`](crate::Tape::in_layer) named it.
    pub layer: Option<String>,
    /// The time step, as [`Tape::in_step`](crate::Tape::in_step) numbered it.
    pub step: Option<usize>,
    /// The value's own name ([`Var::named`](crate::Var::named)): a parameter, a gate, a state part.
    pub name: Option<String>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.place.file(), self.place.line())?;
        if let Some(layer) = &self.layer {
            write!(f, ", {layer}")?;
        }
        if let Some(step) = self.step {
            write!(f, ", time step {step}")?;
        }
        Ok(())
    }
}
