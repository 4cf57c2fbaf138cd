//! Figures: panels of curves, bands, error bars and dots, of heat maps, bars, words and images, as a PNG and an SVG of the
//! same picture; and figures one after the other as a GIF.
//!
//! A plot never lies about what it was given: a value without a place on its axis (NaN, ±∞, zero on a logarithmic axis)
//! breaks the curve, and a curve that leaves the range runs into the frame and ends there. The same figure gives the
//! same bytes. Fonts come with the program.
//!
//! Lengths (stroke widths, text sizes) are in 1/880 of the figure's width, so that any figure reads alike in a README,
//! which shows it about 880 pixels wide; twice that is a good size.
//!
//! ```
//! use figures::{Axis, Figure, Panel, Series};
//!
//! let rnn = (0..200).map(|k| (f64::from(k), 0.577f64.powi(k))).collect();
//! let panel = Panel {
//!     x: Axis::linear("lag k (steps)"),
//!     y: Axis::log10("gradient norm").range(1e-30, 1e3),
//!     series: vec![Series { label: "RNN".into(), color: 0, points: rnn, ..Series::default() }],
//!     ..Panel::default()
//! };
//! let figure = Figure { title: "The gradient vanishes".into(), panels: vec![panel], ..Figure::default() };
//! let (png, svg) = (figure.png()?, figure.svg()?);
//! # assert!(png.starts_with(b"\x89PNG") && svg.starts_with("<svg"));
//! # Ok::<(), figures::DrawError>(())
//! ```
#![warn(unreachable_pub)]

mod animation;
mod axis;
mod bars;
mod canvas;
mod clean;
mod color_bar;
mod colors;
mod content;
mod error;
mod figure;
mod font;
mod frame;
mod glyphs;
mod heat_map;
mod images;
mod layout;
mod legend;
mod names;
mod palette;
mod panel;
mod path;
mod pen;
mod png;
mod series;
mod ticks;
mod words;

pub use animation::Animation;
pub use axis::{Axis, Scale};
pub use bars::{BarSeries, Bars};
pub use clean::{clean, one_line};
pub use colors::Colors;
pub use content::Content;
pub use error::DrawError;
pub use figure::Figure;
pub use heat_map::HeatMap;
pub use images::{Image, Images};
pub use panel::{Panel, Post, RuleLine};
pub use series::{Series, Stroke};
pub use words::{Sentence, Words};

#[cfg(test)]
mod tests;
