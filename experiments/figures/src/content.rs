//! What a panel shows.

use super::bars::Bars;
use super::heat_map::HeatMap;
use super::images::Images;
use super::words::Words;

/// What a panel shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Content {
    /// The panel's own series on its axes.
    #[default]
    Curves,
    /// A matrix in colours.
    HeatMap(HeatMap),
    /// Bars in groups, on the panel's vertical axis and with its lines.
    Bars(Bars),
    /// Words on grounds in colours.
    Words(Words),
    /// A sheet of small images.
    Images(Images),
}

impl From<HeatMap> for Content {
    fn from(map: HeatMap) -> Self {
        Self::HeatMap(map)
    }
}

impl From<Bars> for Content {
    fn from(bars: Bars) -> Self {
        Self::Bars(bars)
    }
}

impl From<Words> for Content {
    fn from(words: Words) -> Self {
        Self::Words(words)
    }
}

impl From<Images> for Content {
    fn from(images: Images) -> Self {
        Self::Images(images)
    }
}
