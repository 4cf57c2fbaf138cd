//! Pictures and what to say of them: a folder with PNGs and `captions.tsv`, `picture TAB caption` on every line.
//!
//! ```text
//! mine/captions.tsv     1.png → a red circle above a blue square       → stands for the TAB
//! mine/1.png            or new/1.png, if the line says so
//! ```
//! Blank lines are skipped. All pictures have one size. Pictures without a line, and other files, are left out.

use std::collections::BTreeMap;

use super::columns::two_columns;
use super::png::{self, Channels, Raster};
use super::{Fault, LoadError};
use crate::settings::Folder;
use crate::tokenizer::Tokenizer;

/// The most words of a caption.
pub const LONGEST_CAPTION: usize = 100;

/// The most rows or columns of a picture: a small network learns from no larger ones in minutes.
pub const LARGEST_PICTURE: u32 = 256;

/// The file with the captions.
pub const CAPTIONS: &str = "captions.tsv";

const LAYOUT: &str = "`picture TAB caption` on every line, such as 1.png, a TAB and what it shows";

/// A picture and its caption.
#[derive(Clone, Debug, PartialEq)]
pub struct Captioned {
    /// The picture's path in the folder.
    pub file: String,
    /// In colours.
    pub picture: Raster,
    /// What it shows.
    pub caption: String,
}

/// What a folder has.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptionedFolder {
    /// In the order of the lines.
    pub pictures: Vec<Captioned>,
    /// How many PNGs have no caption.
    pub without: usize,
}

/// The pictures of a folder that have a caption.
///
/// # Errors
/// If there is no `captions.tsv`, a line of it is wrong or names no picture, a picture is no PNG, too large or of another size
/// than the first, or all captions are the same; with the file, and the line if one is to blame.
pub fn parse(folder: &Folder) -> Result<CaptionedFolder, LoadError> {
    let full = |path: &str| format!("{}/{path}", folder.name);
    let list = full(CAPTIONS);
    let files: BTreeMap<&str, &[u8]> = folder.files.iter().map(|(path, bytes)| (path.as_str(), &bytes[..])).collect();
    let lines = files.get(CAPTIONS).copied().ok_or_else(|| Fault::Missing.of(&list))?;
    let mut line_of = BTreeMap::new();
    let mut pictures: Vec<Captioned> = Vec::new();
    for (line, [file, caption]) in two_columns(&list, lines, ["picture", "caption"], LAYOUT)? {
        let bytes = files.get(file.as_str()).ok_or_else(|| Fault::NoPicture(file.clone()).at(&list, line))?;
        if let Some(first) = line_of.insert(file.clone(), line) {
            return Err(Fault::SecondCaption(first).at(&list, line));
        }
        let words = Tokenizer::Words.tokens(&caption).len();
        if words > LONGEST_CAPTION {
            return Err(Fault::LongCaption(words).at(&list, line));
        }
        let picture = png::parse(&full(&file), bytes, Channels::Rgb)?;
        let (width, height) = (picture.width as u32, picture.height as u32);
        if width.max(height) > LARGEST_PICTURE {
            return Err(Fault::TooLarge { width, height, largest: LARGEST_PICTURE }.of(&full(&file)));
        }
        if let Some(first) = pictures.first() {
            let size = |picture: &Raster| (picture.width, picture.height);
            let (found, first_size) = (size(&picture), size(&first.picture));
            if found != first_size {
                let fault = Fault::OtherSize { found, first: first_size, first_file: full(&first.file) };
                return Err(fault.of(&full(&file)));
            }
        }
        pictures.push(Captioned { file, picture, caption });
    }
    let is_png = |path: &str| path.to_lowercase().ends_with(".png");
    let without = files.keys().filter(|path| is_png(path) && !line_of.contains_key(**path)).count();
    match pictures.first() {
        Some(first) if pictures.iter().all(|picture| picture.caption == first.caption) => {
            Err(Fault::OneCaption(first.caption.clone()).of(&list))
        }
        _ => Ok(CaptionedFolder { pictures, without }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, grey: u8) -> Vec<u8> {
        Raster { channels: 1, height: 2, width, values: vec![f32::from(grey) / 255.0; 2 * width] }.to_png()
    }

    fn folder(captions: Option<&[u8]>, more: &[(&str, Vec<u8>)]) -> Folder {
        let mut files = vec![("1.png".into(), picture(3, 1)), ("new/2.png".into(), picture(3, 2))];
        files.extend(captions.map(|lines| (CAPTIONS.into(), lines.to_vec())));
        files.extend(more.iter().map(|(path, bytes)| ((*path).into(), bytes.clone())));
        Folder { name: "mine".into(), files, empty: Vec::new() }
    }

    #[test]
    fn lines_name_pictures_and_others_are_left_out() {
        let lines = "\u{feff}new/2.png\tA dog.\r\n\r\n 1.png \t고양이 한 마리\r\n".as_bytes();
        let found = parse(&folder(Some(lines), &[("3.PNG", Vec::new()), ("notes.txt", Vec::new())])).expect("fine");
        let named: Vec<_> = found.pictures.iter().map(|p| (p.file.as_str(), p.caption.as_str())).collect();
        assert_eq!(named, [("new/2.png", "A dog."), ("1.png", "고양이 한 마리")]);
        assert_eq!((found.pictures[0].picture.channels, found.without), (3, 1));
        assert_eq!(found.pictures[1].picture.values, [1.0 / 255.0; 18]);
    }

    #[test]
    fn what_are_no_captioned_pictures_is_refused_with_file_and_line() {
        let refusal = |captions: Option<&[u8]>, more: &[(&str, Vec<u8>)]| {
            parse(&folder(captions, more)).expect_err("refused").to_string()
        };
        let of = |lines: &str| refusal(Some(lines.as_bytes()), &[]);
        let layout = "; write `picture TAB caption` on every line, such as 1.png, a TAB and what it shows";
        assert_eq!(refusal(None, &[]), "mine/captions.tsv: there is no such file; check the name");
        assert_eq!(of(""), format!("mine/captions.tsv: the file is empty{layout}"));
        assert_eq!(of("1.png\ta\n1.png"), format!("mine/captions.tsv, line 2: the line has 1 column{layout}"));
        assert_eq!(of("1.png\ta\tb"), format!("mine/captions.tsv, line 1: the line has 3 columns{layout}"));
        assert_eq!(of("1.png\t "), format!("mine/captions.tsv, line 1: the caption is empty{layout}"));
        let utf8 = refusal(Some(b"1.png\ta\nnew/2.png\t\xff"), &[]);
        assert!(utf8.starts_with("mine/captions.tsv, line 2: byte 11 of the line is not UTF-8"), "{utf8}");
        let missing = "mine/captions.tsv, line 3: there is no picture `2.png` in the folder; check the name";
        assert_eq!(of("1.png\ta\n\n2.png\tb"), missing);
        let second = "mine/captions.tsv, line 2: the picture has a caption on line 1; give each picture one";
        assert_eq!(of("1.png\ta\n1.png\tb"), second);
        let long = of(&format!("1.png\t{}", "a ".repeat(101)));
        assert_eq!(long, "mine/captions.tsv, line 1: the caption has 101 words; write at most 100");
        let same = "mine/captions.tsv: every caption is `a`, so there is nothing to learn; give different ones";
        assert_eq!(of("1.png\ta\nnew/2.png\ta"), same);
        let lines = Some(&b"1.png\ta\n3.png\tb"[..]);
        let other = "mine/3.png: the image has 4 × 2 pixels, but mine/1.png has 3 × 2; make all of one size";
        assert_eq!(refusal(lines, &[("3.png", picture(4, 0))]), other);
        let large = "mine/3.png: the image has 257 × 2 pixels; make no side longer than 256";
        assert_eq!(refusal(lines, &[("3.png", picture(257, 0))]), large);
        assert!(refusal(lines, &[("3.png", b"hello".to_vec())]).starts_with("mine/3.png: this is not a PNG"));
        assert!(refusal(lines, &[("3.png", Vec::new())]).starts_with("mine/3.png: the file is empty"));
        let cut = refusal(lines, &[("3.png", picture(3, 0)[..40].to_vec())]);
        assert!(cut.starts_with("mine/3.png: the PNG is damaged or cut off"), "{cut}");
    }
}
