//! Clips in a folder: `CLASS/CLIP/FRAME.png`, a folder for each class, in it a folder for each clip, in it its frames.
//!
//! ```text
//! clips/wave/01/1.png, 2.png, … 10.png      frames in the natural order of their names: 2 before 10
//! clips/wave/02/…                           clips of any length
//! clips/nod/01/…
//! ```
//! All frames have one size. The names of the classes are those of the folders.

use std::collections::BTreeSet;

use super::png::{self, Channels, Raster};
use super::{Fault, LoadError};
use crate::settings::Folder;

/// What is expected, for messages.
const LAYOUT: &str = "PNGs at CLASS/CLIP/FRAME.png";

/// A clip and its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// The class.
    pub label: String,
    /// In time.
    pub frames: Vec<Raster>,
}

/// The clips of a folder, in its order; no side of a frame may be longer than `largest`.
///
/// # Errors
/// If a file is no frame or no PNG, frames are too large or differ in size, a folder is empty, or all is of one class; with the file.
pub fn parse(folder: &Folder, channels: Channels, largest: u32) -> Result<Vec<Clip>, LoadError> {
    let full = |path: &str| format!("{}/{path}", folder.name);
    if let Some(path) = folder.empty.first() {
        let name = if path.is_empty() { folder.name.clone() } else { full(path) };
        return Err(Fault::EmptyFolder(LAYOUT).of(&name));
    }
    let mut clips: Vec<Clip> = Vec::new();
    let (mut clip_of, mut first) = ("", None);
    for (path, bytes) in &folder.files {
        let parts: Vec<&str> = path.split('/').collect();
        let &[label, clip, _] = &parts[..] else { return Err(Fault::Misplaced(LAYOUT).of(&full(path))) };
        let frame = png::parse(&full(path), bytes, channels)?;
        let size = (frame.width, frame.height);
        let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (width, height) = (side(size.0), side(size.1));
        if width.max(height) > largest {
            return Err(Fault::TooLarge { width, height, largest }.of(&full(path)));
        }
        let (first_path, first_size) = *first.get_or_insert((path, size));
        if size != first_size {
            return Err(
                Fault::OtherSize { found: size, first: first_size, first_file: full(first_path) }.of(&full(path))
            );
        }
        let place = &path[..label.len() + 1 + clip.len()];
        match clips.last_mut() {
            Some(last) if clip_of == place => last.frames.push(frame),
            _ => clips.push(Clip { label: label.into(), frames: vec![frame] }),
        }
        clip_of = place;
    }
    let labels: BTreeSet<&String> = clips.iter().map(|clip| &clip.label).collect();
    match labels.first() {
        Some(only) if labels.len() == 1 => Err(Fault::OneClass((*only).clone()).of(&folder.name)),
        _ => Ok(clips),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(width: usize, grey: u8) -> Vec<u8> {
        Raster { channels: 1, height: 2, width, values: vec![f32::from(grey) / 255.0; 2 * width] }.to_png()
    }

    fn folder(files: &[(&str, Vec<u8>)], empty: &[&str]) -> Folder {
        let files = files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone())).collect();
        Folder { name: "mine".into(), files, empty: empty.iter().map(|path| (*path).into()).collect() }
    }

    #[test]
    fn folders_are_classes_and_clips() {
        let paths = ["nod/1/1.png", "nod/1/2.png", "nod/2/1.png", "wave/1/1.png", "wave/1/2.png", "wave/1/3.png"];
        let files: Vec<_> = paths.iter().zip(1..).map(|(path, grey)| (*path, frame(3, grey))).collect();
        let clips = parse(&folder(&files, &[]), Channels::Grey, 9).expect("fine");
        let found: Vec<_> = clips.iter().map(|clip| (clip.label.as_str(), clip.frames.len())).collect();
        assert_eq!(found, [("nod", 2), ("nod", 1), ("wave", 3)]);
        assert_eq!(clips[2].frames[2].values, [6.0 / 255.0; 6]);
    }

    #[test]
    fn what_are_no_clips_is_refused_with_the_file() {
        let good = || ("nod/1/1.png", frame(3, 0));
        let refusal = |files: &[(&str, Vec<u8>)], empty: &[&str]| {
            parse(&folder(files, empty), Channels::Grey, 9).expect_err("refused").to_string()
        };
        assert_eq!(refusal(&[], &[""]), "mine: the folder is empty; put PNGs at CLASS/CLIP/FRAME.png, or take it away");
        assert!(refusal(&[good()], &["wave"]).starts_with("mine/wave: the folder is empty; put"));
        assert!(refusal(&[good()], &["nod/2"]).starts_with("mine/nod/2: the folder is empty; put"));
        let misplaced = "is not where one is looked for; put PNGs at CLASS/CLIP/FRAME.png";
        for path in ["1.png", "nod/1.png", "nod/1/2/3.png"] {
            assert_eq!(refusal(&[good(), (path, frame(3, 0))], &[]), format!("mine/{path}: this file {misplaced}"));
        }
        let other = refusal(&[good(), ("wave/1/1.png", frame(4, 0))], &[]);
        let expected =
            "mine/wave/1/1.png: the image has 4 × 2 pixels, but mine/nod/1/1.png has 3 × 2; make all of one size";
        assert_eq!(other, expected);
        let large = refusal(&[good(), ("wave/1/1.png", frame(10, 0))], &[]);
        assert_eq!(large, "mine/wave/1/1.png: the image has 10 × 2 pixels; make no side longer than 9");
        assert!(refusal(&[good()], &[]).contains("every label is `nod`; give examples of two classes or more"));
        let text = refusal(&[good(), ("wave/1/1.png", b"hello".to_vec())], &[]);
        assert!(text.starts_with("mine/wave/1/1.png: this is not a PNG"), "{text}");
        let cut = refusal(&[good(), ("wave/1/1.png", frame(3, 0)[..40].to_vec())], &[]);
        assert!(cut.starts_with("mine/wave/1/1.png: the PNG is damaged or cut off"), "{cut}");
    }
}
