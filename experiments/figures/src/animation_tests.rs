//! Animations, from the figures to the frames of the file.

use nalgebra::DMatrix;

use super::*;
use crate::tests::folder_of_samples;
use crate::{Axis, Image, Images, Panel, Series};

/// A square that moves, in a sheet.
fn sheet(step: usize) -> Figure {
    let values = DMatrix::from_fn(20, 20, |y, x| if x.abs_diff(step) < 3 && y.abs_diff(10) < 3 { 1.0 } else { 0.2 });
    let images = Images { images: vec![(Image::grey(&values, 0.0, 1.0), format!("step {step}"))], columns: 1 };
    let panel = Panel { content: images.into(), ..Panel::default() };
    Figure { title: "A square moves".into(), size: (200, 160), panels: vec![panel], ..Figure::default() }
}

fn saved(animation: &Animation) -> Vec<u8> {
    animation.gif().unwrap()
}

/// The pictures as a viewer shows them one after the other, and their delays.
fn played(bytes: &[u8]) -> Vec<(u16, Vec<Rgb>)> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    let mut decoder = options.read_info(bytes).unwrap();
    let width = usize::from(decoder.width());
    let mut screen = vec![[0; 3]; width * usize::from(decoder.height())];
    let mut pictures = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        for (i, rgba) in frame.buffer.chunks(4).enumerate() {
            let (x, y) = (i % usize::from(frame.width), i / usize::from(frame.width));
            screen[(y + usize::from(frame.top)) * width + x + usize::from(frame.left)] = [rgba[0], rgba[1], rgba[2]];
        }
        pictures.push((frame.delay, screen.clone()));
    }
    pictures
}

#[test]
fn every_frame_is_its_figure_and_the_last_one_stays() {
    let animation = Animation { frames: (4..9).map(sheet).collect(), delay: 20, rest: 100 };
    let pictures = played(&saved(&animation));
    assert_eq!(pictures.iter().map(|picture| picture.0).collect::<Vec<_>>(), [20, 20, 20, 20, 120]);
    for (figure, (_, picture)) in animation.frames.iter().zip(&pictures) {
        let exact = canvas::pixels(&figure.marks(), figure.size).unwrap();
        let far = |(a, b): (&Rgb, &Rgb)| (0..3).any(|c| a[c].abs_diff(b[c]) > 32);
        assert!(!exact.iter().zip(picture).any(far));
        // The greys of the image are exact.
        let count = |of: &[Rgb]| of.iter().filter(|&&pixel| pixel == [51; 3]).count();
        assert!(count(&exact) > 1000 && count(&exact) == count(picture));
    }
    assert_ne!(pictures[0].1, pictures[1].1);
}

#[test]
fn the_same_animation_gives_the_same_bytes_and_what_stays_takes_none() {
    let of = |steps: &[usize]| Animation { frames: steps.iter().map(|&s| sheet(s)).collect(), delay: 5, rest: 0 };
    let moving = saved(&of(&[3, 4, 5]));
    assert_eq!(saved(&of(&[3, 4, 5])), moving);
    let (one, still) = (saved(&of(&[3])).len(), saved(&of(&[3, 3, 3])).len());
    assert!(still < one + 2000 && moving.len() > still, "{one} {still} {}", moving.len());
    assert!(moving.starts_with(b"GIF89a") && moving.windows(11).any(|part| part == b"NETSCAPE2.0"));
}

#[test]
fn figures_with_more_colours_than_a_palette_are_near() {
    let pixels: Vec<Rgb> = (0..4096).map(|i| [(i % 64) as u8 * 4, (i / 64) as u8 * 4, 128]).collect();
    let images = Images { images: vec![(Image::rgb(64, pixels), String::new())], columns: 1 };
    let panel = Panel { content: images.into(), ..Panel::default() };
    let figure = Figure { size: (100, 120), panels: vec![panel], ..Figure::default() };
    let exact = canvas::pixels(&figure.marks(), figure.size).unwrap();
    let pictures = played(&saved(&Animation { frames: vec![figure], delay: 10, rest: 0 }));
    let distance = |(a, b): (&Rgb, &Rgb)| (0..3).map(|c| a[c].abs_diff(b[c])).max().unwrap();
    assert!(exact.iter().zip(&pictures[0].1).map(distance).max().unwrap() <= 24);
}

#[test]
fn an_animation_without_frames_is_refused() {
    assert_eq!(Animation::default().gif().unwrap_err().to_string(), "an animation without frames");
    let one = Animation { frames: vec![sheet(1)], delay: 1, rest: u16::MAX };
    assert_eq!(played(&saved(&one))[0].0, u16::MAX);
}

#[test]
#[should_panic(expected = "animation: frames of (200, 160) and (300, 160); give all frames one size")]
fn frames_of_two_sizes_are_a_mistake() {
    saved(&Animation { frames: vec![sheet(1), Figure { size: (300, 160), ..sheet(2) }], delay: 1, rest: 0 });
}

#[test]
fn samples_for_the_eye() {
    let frame = |updates: usize| {
        let fit = 1.0 - (-(updates as f64) / 6.0).exp();
        let curve = |scale: f64| (0..100).map(|t| (f64::from(t), scale * (f64::from(t) / 8.0).sin())).collect();
        let series = |label: &str, color, points| Series { label: label.into(), color, points, ..Series::default() };
        let panel = Panel {
            x: Axis::linear("time step"),
            y: Axis::linear("value").range(-1.1, 1.1),
            series: vec![series("target", 0, curve(1.0)), series("prediction", 1, curve(fit))],
            ..Panel::default()
        };
        Figure { title: format!("After {updates} updates"), size: (880, 500), panels: vec![panel], ..Figure::default() }
    };
    let animation = Animation { frames: (0..20).map(frame).collect(), delay: 15, rest: 150 };
    let Some(folder) = folder_of_samples() else { return };
    std::fs::write(folder.join("sine.gif"), saved(&animation)).unwrap();
}
