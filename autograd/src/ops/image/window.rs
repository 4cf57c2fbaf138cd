//! `Window`: where a kernel stands on an image.

use crate::Shape;

/// Where a kernel stands on an image: what convolutions and pools share. Each field is (along the height, along the
/// width).
///
/// A column is an image of C channels: its entry c·H·W + row·W + column is a pixel, so channel comes after channel and
/// a channel is row-major. The kernel's *places* p = i·(places along the width) + j, in as many rows and columns as it
/// fits, form such an image too. At place (i, j) the kernel's *tap* q = a·B + b lies on the pixel row·W + column with
/// row = i·stride + a − padding, column = j·stride + b − padding; outside the image there is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// H, W.
    pub image: (u32, u32),
    /// A, B.
    pub kernel: (u32, u32),
    /// From one place to the next, at least 1.
    pub stride: (u32, u32),
    /// Rows and columns of zeros on either side of the image, fewer than the kernel has.
    pub padding: (u32, u32),
}

impl Window {
    /// H·W, the pixels of a channel.
    pub fn pixels(&self) -> usize {
        self.image.0 as usize * self.image.1 as usize
    }

    /// A·B, the taps of the kernel on a channel.
    pub fn taps(&self) -> usize {
        self.kernel.0 as usize * self.kernel.1 as usize
    }

    /// How many places there are along the height and along the width: ⌊(H + 2·padding − A) / stride⌋ + 1.
    ///
    /// # Panics
    /// If the kernel does not fit: the image is empty, the padded image smaller than the kernel, the padding not smaller,
    /// or a stride 0.
    #[track_caller]
    pub fn places(&self) -> (usize, usize) {
        assert!(self.fits(), "places: {self:?} does not fit");
        let [height, width] = self.axes().map(|[size, kernel, stride, padding]| {
            (size as usize + 2 * padding as usize - kernel as usize) / stride as usize + 1
        });
        (height, width)
    }

    /// Whether there is an image and a place for the kernel: what [`places`](Self::places) asks for.
    pub fn fits(&self) -> bool {
        self.axes().iter().all(|&[size, kernel, stride, padding]| {
            let padded = u64::from(size) + 2 * u64::from(padding);
            size > 0 && stride > 0 && padding < kernel && u64::from(kernel) <= padded
        })
    }

    /// Image, kernel, stride and padding along the height and along the width.
    fn axes(&self) -> [[u32; 4]; 2] {
        let Self { image, kernel, stride, padding } = *self;
        [[image.0, kernel.0, stride.0, padding.0], [image.1, kernel.1, stride.1, padding.1]]
    }

    /// C, if the kernel fits the image and `rows` are C whole channels, at least one.
    pub(super) fn channels(&self, rows: usize) -> Result<usize, String> {
        if !self.fits() {
            return Err(format!("{self:?} does not fit"));
        }
        match rows > 0 && rows.is_multiple_of(self.pixels()) {
            true => Ok(rows / self.pixels()),
            false => Err(format!("{rows} rows are no whole channels of {} × {}", self.image.0, self.image.1)),
        }
    }

    /// The shape of a pool's output.
    pub(super) fn pooled(&self, (rows, n): Shape) -> Result<Shape, String> {
        Ok((self.channels(rows)? * self.count(), n))
    }

    /// P, how many places there are.
    pub(super) fn count(&self) -> usize {
        let (height, width) = self.places();
        height * width
    }

    /// Calls `visit(p, q, pixel)` for each place and tap that lie on a pixel of a channel, tap after tap.
    pub(super) fn visit(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let Self { image, kernel, stride, padding } = *self;
        let (height, width) = self.places();
        let pixel = |place: usize, tap: u32, stride: u32, padding: u32, size: u32| {
            let at = (place * stride as usize + tap as usize).checked_sub(padding as usize)?;
            (at < size as usize).then_some(at)
        };
        for (a, b) in (0..kernel.0).flat_map(|a| (0..kernel.1).map(move |b| (a, b))) {
            let q = a as usize * kernel.1 as usize + b as usize;
            for i in 0..height {
                let Some(row) = pixel(i, a, stride.0, padding.0, image.0) else { continue };
                for j in 0..width {
                    let Some(column) = pixel(j, b, stride.1, padding.1, image.1) else { continue };
                    visit(i * width + j, q, row * image.1 as usize + column);
                }
            }
        }
    }

    /// (first pixel in an input's column, first place in a pool's) of each channel.
    pub(super) fn each(&self, channels: usize) -> impl Iterator<Item = (usize, usize)> {
        let (pixels, places) = (self.pixels(), self.count());
        (0..channels).map(move |c| (c * pixels, c * places))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::ops::image) fn windows() -> [Window; 5] {
        let window = |image, kernel, stride, padding| Window { image, kernel, stride, padding };
        [
            window((4, 4), (2, 2), (2, 2), (0, 0)),
            window((3, 5), (3, 2), (1, 2), (1, 1)),
            window((4, 3), (3, 3), (2, 1), (2, 0)),
            window((1, 4), (1, 1), (1, 3), (0, 0)),
            window((1, 1), (1, 1), (1, 1), (0, 0)),
        ]
    }

    /// The pixel of channel c under tap (a, b) at place (i, j), or `None` in the padding: from the definition, with
    /// signs.
    pub(in crate::ops::image) fn pixel(
        w: Window,
        c: usize,
        (i, j): (usize, usize),
        (a, b): (usize, usize),
    ) -> Option<usize> {
        let row = (i * w.stride.0 as usize + a) as i64 - i64::from(w.padding.0);
        let column = (j * w.stride.1 as usize + b) as i64 - i64::from(w.padding.1);
        let (height, width) = (i64::from(w.image.0), i64::from(w.image.1));
        let inside = row >= 0 && row < height && column >= 0 && column < width;
        inside.then(|| c * w.pixels() + (row * width + column) as usize)
    }

    #[test]
    fn windows_that_do_not_fit_are_refused_and_say_so() {
        let window = |image, kernel, padding| Window { image, kernel, stride: (1, 1), padding };
        for misfit in [
            window((4, 4), (5, 2), (0, 0)), // the kernel is larger than the image
            window((4, 4), (2, 5), (0, 0)),
            window((4, 4), (2, 2), (2, 0)), // a place wholly in the padding
            window((0, 4), (2, 2), (1, 0)), // no image
        ] {
            assert!(misfit.channels(16).is_err_and(|why| why.ends_with("does not fit")), "{misfit:?}");
        }
        assert!(windows()[0].channels(0).is_err_and(|why| why.starts_with("0 rows")));
        assert_eq!(windows()[0].channels(32), Ok(2));
    }
}
