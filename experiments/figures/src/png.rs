//! A picture as a PNG of at most 256 colours, a quarter of the bytes that three channels take; in all its colours only if
//! it has more that must come back exactly.

use std::collections::{BTreeMap, BTreeSet};

use super::colors::Rgb;
use super::error::DrawError;

/// Colours of the palette.
const MOST: usize = 256;

/// Of these, the most frequent ones, whatever they are: areas, grid, text.
const FLAT: usize = 64;

/// With a palette if the `pure` colours leave room in one for edges; as it is if not.
pub(super) fn encode(pixels: &[Rgb], size: (u32, u32), pure: impl Iterator<Item = Rgb>) -> Result<Vec<u8>, DrawError> {
    let pure = present(pure, &count(pixels));
    if pure.len() > MOST - FLAT {
        return write(pixels.as_flattened(), size, None);
    }
    let (palette, indices) = quantize(pixels, pure.into_iter());
    write(&indices, size, Some(palette.concat()))
}

/// A palette and an index into it for every pixel: white, the `pure` colours (if they leave room for edges), then the most
/// frequent ones; a pixel of any other, on the edge of something, becomes the nearest of these.
pub(super) fn quantize(pixels: &[Rgb], pure: impl Iterator<Item = Rgb>) -> (Vec<Rgb>, Vec<u8>) {
    let counts = count(pixels);
    let mut frequent: Vec<(Rgb, usize)> = counts.iter().map(|(&color, &count)| (color, count)).collect();
    frequent.sort_by_key(|&(color, count)| (std::cmp::Reverse(count), color));

    let mut pure = present(pure, &counts);
    if pure.len() > MOST - FLAT {
        pure.clear();
    }
    let mut palette: Vec<Rgb> = Vec::new();
    for color in [[255; 3]].into_iter().chain(pure).chain(frequent.iter().take(FLAT).map(|pair| pair.0)) {
        if palette.len() < MOST && !palette.contains(&color) {
            palette.push(color);
        }
    }
    // The rest are edges, shades in great number: first those far from all chosen ones, then closer ones.
    for apart in [32, 16, 8, 1] {
        for &(color, _) in &frequent {
            if palette.len() < MOST && palette.iter().all(|&chosen| distance(chosen, color) >= apart * apart) {
                palette.push(color);
            }
        }
    }
    let nearest: BTreeMap<Rgb, u8> = counts.keys().map(|&color| (color, index_of_nearest(&palette, color))).collect();
    let mut indices = Vec::with_capacity(pixels.len());
    for run in pixels.chunk_by(|a, b| a == b) {
        indices.extend(std::iter::repeat_n(nearest[&run[0]], run.len()));
    }
    (palette, indices)
}

/// How often each colour occurs.
fn count(pixels: &[Rgb]) -> BTreeMap<Rgb, usize> {
    let mut counts: BTreeMap<Rgb, usize> = BTreeMap::new();
    // Neighbours mostly have one colour: count runs.
    for run in pixels.chunk_by(|a, b| a == b) {
        *counts.entry(run[0]).or_default() += run.len();
    }
    counts
}

/// Those that occur, each once.
fn present(colors: impl Iterator<Item = Rgb>, counts: &BTreeMap<Rgb, usize>) -> Vec<Rgb> {
    let mut seen = BTreeSet::new();
    colors.filter(|color| counts.contains_key(color) && seen.insert(*color)).collect()
}

/// The file of these indices into a palette, or of these reds, greens and blues.
fn write(data: &[u8], (width, height): (u32, u32), palette: Option<Vec<u8>>) -> Result<Vec<u8>, DrawError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Best);
    match palette {
        Some(palette) => {
            encoder.set_color(png::ColorType::Indexed);
            encoder.set_palette(palette);
            encoder.set_filter(png::FilterType::NoFilter);
        }
        None => {
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_filter(png::FilterType::Up);
        }
    }
    let mut writer = encoder.write_header().map_err(DrawError::of)?;
    writer.write_image_data(data).map_err(DrawError::of)?;
    writer.finish().map_err(DrawError::of)?;
    Ok(bytes)
}

fn index_of_nearest(palette: &[Rgb], color: Rgb) -> u8 {
    let nearest = palette.iter().enumerate().min_by_key(|(_, other)| distance(**other, color));
    nearest.map_or(0, |(index, _)| index as u8)
}

/// The square of the Euclidean one.
fn distance(a: Rgb, b: Rgb) -> u32 {
    (0..3).map(|i| u32::from(a[i].abs_diff(b[i])).pow(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Vec<Rgb> {
        let mut decoder = png::Decoder::new(bytes);
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size()];
        reader.next_frame(&mut pixels).unwrap();
        pixels.chunks(3).map(|rgb| [rgb[0], rgb[1], rgb[2]]).collect()
    }

    #[test]
    fn few_colours_come_back_exactly() {
        let pixels: Vec<Rgb> = (0..64).map(|i| [i, 2 * i, 3 * i]).collect();
        assert_eq!(decode(&encode(&pixels, (8, 8), std::iter::empty()).unwrap()), pixels);
    }

    #[test]
    fn many_pure_colours_all_come_back_exactly() {
        let pixels: Vec<Rgb> = (0..4096).map(|i| [(i % 64) as u8 * 4, (i / 64) as u8 * 4, 7]).collect();
        assert_eq!(decode(&encode(&pixels, (64, 64), pixels.iter().copied()).unwrap()), pixels);
    }

    #[test]
    fn with_many_colours_the_pure_ones_come_back_exactly() {
        let mut pixels: Vec<Rgb> = (0..4096).map(|i| [(i % 64) as u8 * 4, (i / 64) as u8 * 4, 7]).collect();
        pixels[100] = [250, 1, 200];
        let found = decode(&encode(&pixels, (64, 64), [[250, 1, 200]].into_iter()).unwrap());
        assert_eq!(found[100], [250, 1, 200]);
        let near = |(a, b): (&Rgb, &Rgb)| distance(*a, *b) <= 32 * 32;
        assert!(found.iter().zip(&pixels).all(near));
    }
}
