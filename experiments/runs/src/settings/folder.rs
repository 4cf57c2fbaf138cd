//! `Folder`: a folder of the user's, read with all that is in it and below.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::identity::MOST;
use super::{bounded, natural_order};
use crate::echo;

/// The most files and folders, bytes, and folders within folders that are read: a slip such as `/` costs neither memory nor
/// minutes.
const MOST_ENTRIES: usize = 100_000;
const DEEPEST: usize = 16;

/// What is left of these.
struct Room {
    entries: usize,
    bytes: u64,
}

/// The files in a folder and below.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Folder {
    /// Its own name.
    pub name: String,
    /// Each file's path in it, its parts separated by `/`, and its contents; part by part in the natural order of names,
    /// `2.png` before `10.png`. Hidden files are left out: names that begin with a dot, and `Thumbs.db`.
    pub files: Vec<(String, Vec<u8>)>,
    /// The paths of the folders in it that have nothing in them, in the same order; `""` is the folder itself.
    pub empty: Vec<String>,
}

impl Folder {
    /// # Errors
    /// If it cannot be read, or is too large to be meant; one line that names what is to blame.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        Self::within(path, Room { entries: MOST_ENTRIES, bytes: MOST << 20 })
    }

    fn within(path: &Path, mut room: Room) -> Result<Self, String> {
        if path.is_file() {
            return Err(format!("{} is a file; name the folder that it is in", echo(path.display())));
        }
        let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into());
        let mut folder = Self { name, ..Self::default() };
        folder.add(path, "", &mut room, 0)?;
        Ok(folder)
    }

    fn add(&mut self, path: &Path, within: &str, room: &mut Room, depth: usize) -> Result<(), String> {
        let unreadable = |path: &Path, why: std::io::Error| format!("cannot read {}: {why}", echo(path.display()));
        let refused = |path: &Path, why: String| Err(format!("{}: {why}", echo(path.display())));
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(|why| unreadable(path, why))? {
            let name = entry.map_err(|why| unreadable(path, why))?.file_name();
            let shown = name.to_string_lossy().into_owned();
            let Some(left) = room.entries.checked_sub(1) else {
                let why =
                    format!("with it there are more than {MOST_ENTRIES} files and folders; give a smaller folder");
                return refused(&path.join(name), why);
            };
            room.entries = left;
            if !shown.starts_with('.') && shown != "Thumbs.db" {
                names.push((shown, name));
            }
        }
        names.sort_by(|a, b| natural_order(&a.0, &b.0).then_with(|| a.1.cmp(&b.1)));
        if names.is_empty() {
            self.empty.push(within.into());
        }
        for (shown, name) in names {
            let here = path.join(name);
            let within = if within.is_empty() { shown } else { format!("{within}/{shown}") };
            let kind = fs::metadata(&here).map_err(|why| unreadable(&here, why))?;
            if kind.is_dir() {
                // A link may lead back to where it is.
                if depth == DEEPEST {
                    return refused(&here, format!("this is a folder {DEEPEST} folders deep; give one that is not"));
                }
                self.add(&here, &within, room, depth + 1)?;
                continue;
            }
            if !kind.is_file() {
                return refused(&here, "this is no file; take it away".into());
            }
            let Some(left) = room.bytes.checked_sub(kind.len()) else {
                return refused(&here, format!("with it there are more than {MOST} MiB; give a smaller folder"));
            };
            room.bytes = left;
            self.files.push((within, bounded::read(&here, MOST).map_err(|why| unreadable(&here, why))?));
        }
        Ok(())
    }

    /// Of every path and every content.
    pub(super) fn hash(&self) -> impl Iterator<Item = u8> {
        let mut hash = Sha256::new();
        for (path, contents) in &self.files {
            for part in [path.as_bytes(), contents] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            }
        }
        hash.finalize().into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let place = tempfile::tempdir().expect("a place");
        for file in files {
            let path = place.path().join(file);
            if file.ends_with('/') {
                fs::create_dir_all(path).expect("made");
            } else {
                fs::create_dir_all(path.parent().expect("within")).expect("made");
                fs::write(path, file).expect("written");
            }
        }
        place
    }

    #[test]
    fn files_come_in_natural_order_and_hidden_ones_do_not() {
        let place =
            tree(&["b/10.png", "b/2.png", "a/x/1", "a/x/.DS_Store", "a/Thumbs.db", "a 2/", ".git/y", "c/.keep"]);
        let folder = Folder::read(place.path()).expect("readable");
        let paths: Vec<&str> = folder.files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["a/x/1", "b/2.png", "b/10.png"]);
        assert_eq!(folder.files[1].1, b"b/2.png");
        assert_eq!(folder.empty, ["a 2", "c"]);
        assert_eq!(Folder::read(tree(&[]).path()).expect("readable").empty, [""]);
    }

    #[test]
    fn the_hash_is_of_the_paths_and_the_contents_alone() {
        let hash = |place: &tempfile::TempDir| Folder::read(place.path()).expect("readable").hash().collect::<Vec<_>>();
        let (a, b) = (tree(&["x/1", "x/2"]), tree(&["x/2", "x/1", "x/.hidden", "y/"]));
        assert_eq!(hash(&a), hash(&b));
        fs::write(b.path().join("x/2"), "other").expect("written");
        assert!(hash(&a) != hash(&b));
        let moved = tree(&["x/1"]);
        fs::write(moved.path().join("x/3"), "x/2").expect("written");
        assert!(hash(&a) != hash(&moved));
    }

    #[test]
    fn what_is_no_folder_is_refused() {
        let place = tree(&["file"]);
        let error = |name: &str| Folder::read(&place.path().join(name)).expect_err("refused");
        assert!(error("file").ends_with("file is a file; name the folder that it is in"), "{}", error("file"));
        assert!(error("none").starts_with("cannot read ") && error("none").contains("none: "), "{}", error("none"));
    }

    #[test]
    fn what_is_too_large_to_be_meant_is_refused() {
        let place = tree(&["a/1", "a/.2", "b/", "c"]);
        let read = |entries, bytes| Folder::within(place.path(), Room { entries, bytes });
        assert_eq!(read(5, 4).expect("it fits").files.len(), 2);
        for (entries, bytes, why) in [(4, 4, "files and folders; give"), (5, 3, "MiB; give a smaller folder")] {
            let error = read(entries, bytes).expect_err(why);
            assert!(error.contains(why) && error.contains(": with it there are more than "), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_itself_is_refused_and_no_loop() {
        let place = tree(&["a/1"]);
        std::os::unix::fs::symlink(place.path(), place.path().join("a/again")).expect("linked");
        let error = Folder::read(place.path()).expect_err("refused");
        assert!(error.contains("folders deep") && !error.contains('\n'), "{error}");
    }
}
