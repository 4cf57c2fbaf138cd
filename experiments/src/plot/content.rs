//! What a panel shows.

use super::heat_map::HeatMap;

/// What a panel shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Content {
    /// The panel's own series on its axes.
    #[default]
    Curves,
    /// A matrix in colours.
    HeatMap(HeatMap),
}

impl From<HeatMap> for Content {
    fn from(map: HeatMap) -> Self {
        Self::HeatMap(map)
    }
}

impl Content {
    /// Panics at the caller's line if the parts do not belong together.
    #[track_caller]
    pub(super) fn check(&self) {
        match self {
            Self::Curves => {}
            Self::HeatMap(map) => map.check(),
        }
    }
}
