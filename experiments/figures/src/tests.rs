//! What the tests of figures share.

use std::path::PathBuf;

use super::Figure;

/// The bytes of the PNG and the text of the SVG.
pub(super) fn drawn(figure: &Figure) -> (Vec<u8>, String) {
    (figure.png().unwrap(), figure.svg().unwrap())
}

/// Where pictures go that a person should look at after a change: `PLOT_SAMPLES=/tmp cargo test -p figures`.
pub(super) fn folder_of_samples() -> Option<PathBuf> {
    std::env::var_os("PLOT_SAMPLES").map(PathBuf::from)
}

/// Writes such a picture, if that is asked for.
pub(super) fn sample(name: &str, figure: &Figure) {
    let Some(folder) = folder_of_samples() else { return };
    let (png, svg) = drawn(figure);
    std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    std::fs::write(folder.join(format!("{name}.svg")), svg).unwrap();
}
