//! One PNG → a raster of numbers from 0 to 1.
//!
//! Any PNG will do: grey or in colour, with a palette, interlaced, of 1 to 16 bits (of 16, the upper 8 count). What is
//! transparent shows white paper behind it. Of an animated PNG the still picture is read.

use std::io::Read;
use std::path::Path;

use models::stacks::ImageSize;

use super::lines::open;
use super::{Fault, LoadError};
use crate::plot::Image;

/// The most rows or columns that an image may have.
pub const LARGEST_SIDE: u32 = 4096;

/// The most bytes of a file that are read: twice the largest image as it is, with 16 bits for each of red, green, blue and
/// opaqueness. What is longer, or has no end, is cut off there.
const MOST_BYTES: usize = 16 * (LARGEST_SIDE as usize).pow(2);

/// What every PNG begins with.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What is kept of the colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// One: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601-7, §2.5.1).
    Grey,
    /// Three: red, green, blue.
    Rgb,
}

/// Numbers from 0 (black) to 1 (white): channel after channel, each row after row from the top, as
/// [`Cnn`](models::stacks::Cnn) reads a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    /// C: 1 or 3.
    pub channels: usize,
    /// H.
    pub height: usize,
    /// W.
    pub width: usize,
    /// C·H·W of them.
    pub values: Vec<f32>,
}

impl Raster {
    /// C, H and W, as a network asks for them.
    ///
    /// # Panics
    /// If one is 2³² or more.
    #[track_caller]
    pub fn size(&self) -> ImageSize {
        let [channels, height, width] =
            [self.channels, self.height, self.width].map(|n| u32::try_from(n).expect("a side below 2³²"));
        ImageSize { channels, height, width }
    }

    /// To be drawn.
    pub fn image(&self) -> Image {
        Image::rgb(self.width, self.pixels())
    }

    /// Red, green and blue of every pixel, row by row; of one channel all three are the same.
    pub fn pixels(&self) -> Vec<[u8; 3]> {
        let pixels = self.height * self.width;
        let byte = |channel: usize, at: usize| self.byte(channel.min(self.channels - 1) * pixels + at);
        (0..pixels).map(|at| [0, 1, 2].map(|channel| byte(channel, at))).collect()
    }

    /// Value `i` from 0 to 255.
    fn byte(&self, i: usize) -> u8 {
        (255.0 * self.values[i].clamp(0.0, 1.0)).round() as u8
    }

    /// As the bytes of a PNG of 8 bits, from which [`parse`] reads it again if its values are multiples of 1/255.
    ///
    /// # Panics
    /// If it has not one or three channels, no pixels, or not as many values as these.
    #[track_caller]
    pub fn to_png(&self) -> Vec<u8> {
        let Self { channels, height, width, ref values } = *self;
        let fits = matches!(channels, 1 | 3) && height * width > 0 && values.len() == channels * height * width;
        assert!(fits, "raster: {} values are not {channels} × {height} × {width}, with 1 or 3 channels", values.len());
        let pixels = (0..height * width).flat_map(|at| (0..channels).map(move |c| self.byte(c * height * width + at)));
        let mut bytes = Vec::new();
        let size = self.size();
        let mut encoder = png::Encoder::new(&mut bytes, size.width, size.height);
        encoder.set_color(if channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb });
        encoder.set_depth(png::BitDepth::Eight);
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&pixels.collect::<Vec<_>>())?;
            writer.finish()
        });
        written.expect("writing to memory");
        bytes
    }
}

/// The image in a file.
///
/// # Errors
/// If it cannot be read, is no PNG, a damaged one, or larger than [`LARGEST_SIDE`].
pub fn read(path: &Path, channels: Channels) -> Result<Raster, LoadError> {
    let name = path.display().to_string();
    let mut file = open(path)?;
    let mut bytes = Vec::new();
    let mut read = |most: usize| {
        let found = file.by_ref().take(most as u64).read_to_end(&mut bytes).map(|_| bytes.starts_with(SIGNATURE));
        found.map_err(|why| Fault::Unreadable(why).of(&name))
    };
    // What begins otherwise is no PNG, however long it is.
    if read(SIGNATURE.len())? {
        read(MOST_BYTES)?;
    }
    parse(&name, &bytes, channels)
}

/// The image in these bytes, called `file` in messages.
///
/// # Errors
/// As [`read`].
pub fn parse(file: &str, bytes: &[u8], channels: Channels) -> Result<Raster, LoadError> {
    if bytes.is_empty() {
        return Err(Fault::Empty("an image as PNG").of(file));
    }
    if !bytes.starts_with(SIGNATURE) {
        return Err(Fault::NotPng.of(file));
    }
    let damaged = |why: png::DecodingError| Fault::Damaged(why.to_string().replace('\n', " ")).of(file);
    let mut decoder = png::Decoder::new(bytes);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(damaged)?;
    let (width, height) = reader.info().size();
    if width.max(height) > LARGEST_SIDE {
        return Err(Fault::TooLarge { width, height, largest: LARGEST_SIDE }.of(file));
    }
    let mut data = vec![0; reader.output_buffer_size()];
    let frame = reader.next_frame(&mut data).map_err(damaged)?;
    // A file that was cut behind its pixels is cut all the same.
    reader.finish().map_err(damaged)?;
    data.truncate(frame.buffer_size());
    let (width, height) = (width as usize, height as usize);
    let pixels: Vec<[f32; 3]> = data.chunks_exact(frame.color_type.samples()).map(on_white).collect();
    let channel = |value: fn(&[f32; 3]) -> f32| pixels.iter().map(value).collect::<Vec<_>>();
    let values = match channels {
        Channels::Grey => vec![channel(luma)],
        Channels::Rgb => vec![channel(|p| p[0]), channel(|p| p[1]), channel(|p| p[2])],
    };
    Ok(Raster { channels: values.len(), height, width, values: values.concat() })
}

/// Of a grey exactly that grey.
fn luma(&[r, g, b]: &[f32; 3]) -> f32 {
    g + 0.299 * (r - g) + 0.114 * (b - g)
}

/// The colour of a pixel that is grey, grey and opaqueness, three colours, or three and opaqueness.
fn on_white(samples: &[u8]) -> [f32; 3] {
    let part = |sample: u8| f32::from(sample) / 255.0;
    let (color, alpha) = match *samples {
        [grey] => ([grey; 3], 255),
        [grey, alpha] => ([grey; 3], alpha),
        [r, g, b] => ([r, g, b], 255),
        [r, g, b, alpha, ..] => ([r, g, b], alpha),
        [] => ([0; 3], 255),
    };
    color.map(|sample| if alpha == 255 { part(sample) } else { part(alpha) * part(sample) + (1.0 - part(alpha)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use png::{BitDepth, ColorType};

    fn encode(color: ColorType, depth: BitDepth, (width, height): (u32, u32), data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == ColorType::Indexed {
            encoder.set_palette(vec![255, 0, 0, 0, 0, 255]);
            encoder.set_trns(vec![255, 0]);
        }
        let mut writer = encoder.write_header().expect("fine");
        writer.write_image_data(data).expect("fine");
        writer.finish().expect("fine");
        bytes
    }

    fn values(bytes: &[u8], channels: Channels) -> Vec<f32> {
        parse("f.png", bytes, channels).expect("fine").values
    }

    #[test]
    fn pixels_come_channel_after_channel_and_row_after_row() {
        let data = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 51, 102, 153];
        let raster =
            parse("f.png", &encode(ColorType::Rgb, BitDepth::Eight, (3, 2), &data), Channels::Rgb).expect("fine");
        assert_eq!((raster.channels, raster.height, raster.width), (3, 2, 3));
        let expected =
            [[1.0, 0.0, 0.0, 1.0, 0.0, 0.2], [0.0, 1.0, 0.0, 1.0, 0.0, 0.4], [0.0, 0.0, 1.0, 1.0, 0.0, 0.6]].concat();
        assert_eq!(raster.values, expected);
    }

    #[test]
    fn every_kind_of_pixel_is_read() {
        use Channels::{Grey, Rgb};
        let near = |found: Vec<f32>, expected: &[f32]| {
            assert_eq!(found.len(), expected.len(), "{found:?}");
            assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} {expected:?}");
        };
        let bytes = encode(ColorType::Rgb, BitDepth::Eight, (1, 1), &[255, 0, 255]);
        near(values(&bytes, Grey), &[0.413]);
        let bytes = encode(ColorType::Rgba, BitDepth::Eight, (2, 1), &[0, 0, 0, 0, 255, 0, 0, 51]);
        near(values(&bytes, Rgb), &[1.0, 1.0, 1.0, 0.8, 1.0, 0.8]);
        let bytes = encode(ColorType::GrayscaleAlpha, BitDepth::Eight, (1, 1), &[0, 204]);
        near(values(&bytes, Grey), &[0.2]);
        let bytes = encode(ColorType::Grayscale, BitDepth::Sixteen, (2, 1), &[255, 255, 51, 0]);
        near(values(&bytes, Grey), &[1.0, 0.2]);
        let bytes = encode(ColorType::Grayscale, BitDepth::One, (3, 1), &[0b1010_0000]);
        near(values(&bytes, Grey), &[1.0, 0.0, 1.0]);
        // The second colour of the palette is transparent.
        let bytes = encode(ColorType::Indexed, BitDepth::Two, (2, 1), &[0b0001_0000]);
        near(values(&bytes, Rgb), &[1.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    }

    #[test]
    fn a_raster_comes_back_from_its_png() {
        for channels in [Channels::Grey, Channels::Rgb] {
            let count = if channels == Channels::Grey { 1 } else { 3 };
            let values = (0..count * 6).map(|i| (i * 13) as f32 / 255.0).collect();
            let raster = Raster { channels: count, height: 2, width: 3, values };
            assert_eq!(parse("f.png", &raster.to_png(), channels).expect("fine"), raster);
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_refused_in_one_line() {
        let whole = encode(ColorType::Rgb, BitDepth::Eight, (5, 4), &[77; 60]);
        for end in 0..whole.len() {
            let error = parse("my\nfile", &whole[..end], Channels::Grey).expect_err("cut").to_string();
            assert!(error.starts_with("my\\nfile: ") && !error.contains('\n'), "{end}: {error}");
        }
        let mut changed = whole.clone();
        let middle = whole.len() / 2;
        changed[middle] ^= 0xff;
        let error = parse("f.png", &changed, Channels::Grey).expect_err("damaged").to_string();
        assert!(error.contains("the PNG is damaged") && error.ends_with("write it again"), "{error}");
    }

    #[test]
    fn what_is_no_png_or_too_large_is_refused() {
        let error = |bytes: &[u8]| parse("f.png", bytes, Channels::Grey).expect_err("refused").to_string();
        assert_eq!(error(b"\xff\xd8\xff\xe0 JFIF"), "f.png: this is not a PNG; convert it to PNG, or take it away");
        let wide = encode(ColorType::Grayscale, BitDepth::One, (4097, 1), &[0; 513]);
        assert_eq!(error(&wide), "f.png: the image has 4097 × 1 pixels; make no side longer than 4096");
    }
}
