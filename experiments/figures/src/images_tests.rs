//! Sheets of images, from the pixels to the bytes of the files.

use super::*;
use crate::canvas::Mark;
use crate::tests::{drawn, sample};
use crate::{Figure, Panel};

fn figure(images: Images) -> Figure {
    let panel = Panel { content: images.into(), ..Panel::default() };
    Figure { size: (440, 320), panels: vec![panel], ..Figure::default() }
}

fn saved(images: Images) -> (Vec<u8>, String) {
    drawn(&figure(images))
}

/// The picture in the PNG, row by row.
fn decoded(png: &[u8]) -> Vec<Rgb> {
    let mut decoder = png::Decoder::new(png);
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size()];
    reader.next_frame(&mut bytes).unwrap();
    bytes.as_chunks().0.to_vec()
}

fn digit(count: usize) -> DMatrix<f64> {
    DMatrix::from_fn(count, count, |y, x| ((y * 7 + x * 3) % 10) as f64 / 9.0)
}

#[test]
fn every_pixel_is_a_square_of_its_colour_in_the_file() {
    // More colours than a palette has, and none that the rest of the figure has.
    let pixels: Vec<Rgb> = (0..400).map(|i| [50 + (i % 20) as u8, 100 + (i / 20) as u8, 3]).collect();
    let images = Images { images: vec![(Image::rgb(20, pixels.clone()), "a caption".into())], columns: 0 };
    let mark = figure(images.clone()).marks().into_iter().find_map(|mark| match mark {
        Mark::Image { rect, .. } => Some(rect),
        _ => None,
    });
    let rect = mark.unwrap();
    let scale = (rect.width() / 20.0) as usize;
    let side = (20 * scale) as f64;
    assert!(scale >= 8 && (rect.width() - side).abs() < 1e-9 && (rect.height() - side).abs() < 1e-9);
    let picture = decoded(&saved(images).0);
    for y in 0..20 * scale {
        for x in 0..20 * scale {
            let found = picture[(rect.top as usize + y) * 440 + rect.left as usize + x];
            assert_eq!(found, pixels[y / scale * 20 + x / scale], "{x} {y}");
        }
    }
}

#[test]
fn what_is_no_grey_has_a_colour_and_a_word_for_it() {
    let values = DMatrix::from_row_slice(1, 5, &[f64::NAN, -0.1, 0.0, 1.0, f64::INFINITY]);
    let image = Image::grey(&values, 0.0, 1.0);
    assert_eq!(image.pixels, [ODD[0].0, ODD[1].0, [0; 3], [255; 3], ODD[2].0]);
    let svg = saved(Images { images: vec![(image, String::new())], columns: 1 }).1;
    assert!(ODD.iter().all(|(_, name)| svg.contains(name)));
    let svg = saved(Images { images: vec![(Image::grey(&digit(8), 0.0, 1.0), String::new())], columns: 1 }).1;
    assert!(ODD.iter().all(|(_, name)| !svg.contains(name)));
    // Any grey, even upside down.
    assert_eq!(Image::grey(&DMatrix::from_row_slice(1, 2, &[0.0, 1.0]), 1.0, 0.0).pixels, [[255; 3], [0; 3]]);
}

#[test]
fn images_stand_in_reading_order_and_do_not_overlap() {
    for (count, columns) in [(12, 0), (12, 5), (7, 1), (30, 0), (300, 0), (5, 999)] {
        let image = Image::grey(&digit(8), 0.0, 1.0);
        let images = Images { images: vec![(image, "true 7\nsays 1".into()); count], columns };
        let marks = figure(images.clone()).marks();
        let rects = marks.iter().filter_map(|mark| match mark {
            Mark::Image { rect, .. } => Some(*rect),
            _ => None,
        });
        let rects: Vec<Rect> = rects.collect();
        for pair in rects.windows(2) {
            let next = pair[1].left >= pair[0].right || pair[1].top >= pair[0].bottom + 20.0 * 0.5;
            assert!(next && pair[1].bottom < 320.0 && pair[1].right < 440.0, "{count} {columns}: {pair:?}");
        }
        let svg = saved(images).1;
        assert_eq!(svg.contains(&format!("{} more", count - rects.len())), rects.len() < count);
    }
}

#[test]
fn large_images_are_shrunk_and_it_says_so() {
    let sheet = |count| Images { images: vec![(Image::grey(&digit(count), 0.0, 1.0), String::new())], columns: 0 };
    assert!(saved(sheet(500)).1.contains("shrunk") && !saved(sheet(100)).1.contains("shrunk"));
}

#[test]
fn every_data_gives_a_picture_and_the_same_one_again() {
    let long = "a caption as long as nobody would write it ".repeat(9);
    for (rows, columns) in [(0, 0), (0, 3), (1, 1), (1, 500), (300, 1)] {
        for count in [0, 1, 40] {
            for (black, white) in [(0.0, 1.0), (0.0, 0.0), (f64::NAN, 1.0), (f64::NEG_INFINITY, f64::INFINITY)] {
                let values = DMatrix::from_fn(rows, columns, |y, x| if x == 3 { f64::NAN } else { y as f64 });
                let image = Image::grey(&values, black, white);
                let sheet = Images { images: vec![(image, long.clone()); count], columns: count / 10 };
                let (png, svg) = saved(sheet.clone());
                assert_eq!(svg.contains("no images"), count == 0);
                assert!(saved(sheet) == (png, svg));
            }
        }
    }
}

#[test]
#[should_panic(expected = "image: 7 pixels are no whole rows of 3")]
fn a_pixel_too_few_is_a_mistake() {
    let _ = Image::rgb(3, vec![[0; 3]; 7]);
}

#[test]
fn samples_for_the_eye() {
    let ring = |n: usize| {
        DMatrix::from_fn(28, 28, |y, x| {
            let (dx, dy) = (x as f64 - 13.5, (y as f64 - 13.5) * (1.0 + 0.1 * n as f64 % 1.0));
            let radius = dx.hypot(dy) + (n as f64) * 0.3;
            (1.2 - (radius - 9.0).abs() / 2.0).clamp(0.0, 1.0)
        })
    };
    let digits = Images {
        images: (0..24)
            .map(|n| {
                (Image::grey(&ring(n), 0.0, 1.0), format!("true {}\nsays {} (0.{})", n % 10, (n + 3) % 10, 40 + n))
            })
            .collect(),
        columns: 0,
    };
    let color = |n: usize| {
        Image::rgb(32, (0..1024).map(|i| [(i % 32 * 8) as u8, (i / 32 * 8) as u8, (n * 40) as u8]).collect())
    };
    let mut odd = ring(0);
    odd[(3, 3)] = f64::NAN;
    odd[(20, 20)] = 2.0;
    let mut few: Vec<(Image, String)> = (0..5).map(|n| (color(n), format!("colour {n}"))).collect();
    few.push((Image::grey(&odd, 0.0, 1.0), "a long caption that says what is wrong with it".into()));
    let panel = |title: &str, images: Images| Panel { title: title.into(), content: images.into(), ..Panel::default() };
    let figure = Figure {
        title: "The errors are rings of unusual width".into(),
        subtitle: "24 of 183 errors on 10 000 test images".into(),
        size: (1760, 1500),
        panels: vec![panel("Errors", digits), panel("Others", Images { images: few, columns: 0 })],
        ..Figure::default()
    };
    sample("images", &figure);
}
