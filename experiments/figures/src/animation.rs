//! Animations: figures one after the other, as a GIF.
//!
//! ```
//! use figures::{Animation, Axis, Figure, Panel, Series};
//!
//! let frame = |updates: i32| {
//!     let points = (0..20).map(|t| (f64::from(t), (f64::from(t) / 3.0).sin() * f64::from(updates) / 3.0)).collect();
//!     let series = vec![Series { label: "prediction".into(), points, ..Series::default() }];
//!     let panel = Panel { y: Axis::linear("y").range(-1.0, 1.0), series, ..Panel::default() };
//!     Figure { title: format!("After {updates} updates"), size: (440, 300), panels: vec![panel], ..Figure::default() }
//! };
//! let animation = Animation { frames: (0..4).map(frame).collect(), delay: 40, rest: 200 };
//! let gif = animation.gif()?;
//! # assert!(gif.starts_with(b"GIF89a"));
//! # Ok::<(), figures::DrawError>(())
//! ```

use std::ops::Range;

use super::canvas;
use super::colors::Rgb;
use super::error::DrawError;
use super::figure::Figure;
use super::png;

/// Figures of one size, shown again and again.
///
/// A frame has at most 256 colours: one that needs more shows the nearest ones. An image of up to some 190 greys or colours
/// stays exact.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Animation {
    /// In their order. Ranges of axes and colours should be given: those from the data would jump.
    pub frames: Vec<Figure>,
    /// How long each is shown, in hundredths of a second; viewers make 10 of less than 2.
    pub delay: u16,
    /// How long the last one stays on top of that, in hundredths of a second.
    pub rest: u16,
}

impl Animation {
    /// The bytes of its GIF.
    ///
    /// # Errors
    /// If there are no frames, or the frames are wider or higher than 65 535 pixels.
    ///
    /// # Panics
    /// If the frames have different sizes, or where [`Figure::png`] panics.
    #[track_caller]
    pub fn gif(&self) -> Result<Vec<u8>, DrawError> {
        for frame in &self.frames {
            let (size, first) = (frame.size, self.frames[0].size);
            assert!(size == first, "animation: frames of {first:?} and {size:?}; give all frames one size");
            frame.check();
        }
        let first = self.frames.first().ok_or_else(|| DrawError::of("an animation without frames"))?;
        let too_many = |pixels| DrawError::of(format!("{pixels} pixels are too many for a GIF"));
        let side = |pixels: u32| u16::try_from(pixels).map_err(|_| too_many(pixels));
        let (width, height) = (side(first.size.0)?, side(first.size.1)?);
        let mut bytes = Vec::new();
        let mut encoder = gif::Encoder::new(&mut bytes, width, height, &[]).map_err(DrawError::of)?;
        encoder.set_repeat(gif::Repeat::Infinite).map_err(DrawError::of)?;
        let mut before: Vec<Rgb> = Vec::new();
        for (i, figure) in self.frames.iter().enumerate() {
            let marks = figure.marks();
            let pixels = canvas::pixels(&marks, figure.size)?;
            let (palette, indices) = png::quantize(&pixels, canvas::colors(&marks));
            let shown: Vec<Rgb> = indices.iter().map(|&index| palette[usize::from(index)]).collect();
            let (xs, ys) = changed(&before, &shown, usize::from(width));
            let rows = indices.chunks(usize::from(width)).take(ys.end).skip(ys.start);
            let buffer: Vec<u8> = rows.flat_map(|row| &row[xs.clone()]).copied().collect();
            let rest = if i + 1 == self.frames.len() { self.rest } else { 0 };
            let frame = gif::Frame {
                delay: self.delay.saturating_add(rest),
                dispose: gif::DisposalMethod::Keep,
                left: xs.start as u16,
                top: ys.start as u16,
                width: xs.len() as u16,
                height: ys.len() as u16,
                palette: Some(palette.concat()),
                buffer: buffer.into(),
                ..gif::Frame::default()
            };
            encoder.write_frame(&frame).map_err(DrawError::of)?;
            before = shown;
        }
        drop(encoder);
        Ok(bytes)
    }
}

/// The columns and rows of the smallest rectangle with all that differs: all of it if there is nothing before, one pixel if
/// nothing differs.
fn changed(before: &[Rgb], after: &[Rgb], width: usize) -> (Range<usize>, Range<usize>) {
    let differs = || (0..after.len()).filter(|&i| before.get(i) != Some(&after[i]));
    let span = |of: fn(usize, usize) -> usize| {
        let places = || differs().map(|i| of(i, width));
        places().min().unwrap_or(0)..places().max().unwrap_or(0) + 1
    };
    (span(|i, width| i % width), span(|i, width| i / width))
}

#[cfg(test)]
#[path = "animation_tests.rs"]
mod tests;
