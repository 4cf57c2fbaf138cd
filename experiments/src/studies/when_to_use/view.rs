//! `View`: how a network sees an example that may not be of its kind.
//!
//! | | table | image | sequence | video |
//! |---|---|---|---|---|
//! | logistic regression, MLP | its columns | all pixels in a row | all steps in a row | all pixels of all frames in a row |
//! | CNN | an image of one row | itself | an image of one row, a channel a symbol | an image, a channel a frame |
//! | RNN | a column a step | a row of pixels a step | itself | a frame's pixels a step |
//! | CNN-LSTM | 4 columns a step, as an image | 4 rows a step | 4 symbols a step, as an image of one row | itself |
//!
//! A frame as a channel is the "early fusion" of Karpathy et al. 2014 (CVPR, §3.1). Where the last piece is not full, it has 0.

use models::Draws;
use models::stacks::ImageSize;
use nalgebra::DMatrix;

use super::network::Network;
use super::problem::{Example, Form, Kind};

/// Columns, rows or symbols that a CNN-LSTM reads in one step.
const PIECE: usize = 4;

/// See the module documentation.
#[derive(Clone, Debug)]
pub struct View {
    /// The steps that a network reads, 1 if it is not recurrent.
    pub steps: usize,
    /// What it reads in each.
    pub image: ImageSize,
    /// For every entry of every step, which number of the example it is; `None` is 0.
    entries: Vec<Option<usize>>,
    /// How many steps of the example are one of these, if examples differ in length.
    pace: Option<usize>,
}

impl View {
    /// As `network` sees examples of this form, their [cells](shuffle) in the order given.
    pub fn new(network: Network, form: &Form, order: Option<&[usize]>) -> Self {
        let Form { kind, steps: t, image } = *form;
        let [c, h, w] = [image.channels, image.height, image.width].map(|n| n as usize);
        // Which step, channel, row and column of the example stands at a step, channel, row and column of the view.
        type Place = [usize; 4];
        let (steps, size, place): (usize, [usize; 3], fn(Place) -> Place) = match (network, kind) {
            (Network::Logistic | Network::Mlp, _) => (1, [1, 1, t * c * h * w], |p| p),
            (Network::Cnn, Kind::Table | Kind::Image) => (1, [c, h, w], |p| p),
            (Network::Cnn, Kind::Sequence) => (1, [c, 1, t], |[_, c, _, x]| [x, c, 0, 0]),
            (Network::Cnn, Kind::Video) => (1, [t * c, h, w], |[_, c, y, x]| [c, 0, y, x]),
            (Network::Rnn, Kind::Table) => (w, [1, 1, 1], |[s, ..]| [0, 0, 0, s]),
            (Network::Rnn, Kind::Image) => (h, [c, 1, w], |[s, c, _, x]| [0, c, s, x]),
            (Network::Rnn | Network::CnnLstm, Kind::Sequence | Kind::Video)
                if network == Network::Rnn || kind == Kind::Video =>
            {
                (t, [c, h, w], |p| p)
            }
            (_, Kind::Table) => (w.div_ceil(PIECE), [c, 1, PIECE], |[s, c, _, x]| [0, c, 0, PIECE * s + x]),
            (_, Kind::Image) => (h.div_ceil(PIECE), [c, PIECE, w], |[s, c, y, x]| [0, c, PIECE * s + y, x]),
            (_, Kind::Sequence | Kind::Video) => {
                (t.div_ceil(PIECE), [c, 1, PIECE], |[s, c, _, x]| [PIECE * s + x, c, 0, 0])
            }
        };
        let flat = matches!(network, Network::Logistic | Network::Mlp);
        let entry = |k: usize| {
            let [channels, height, width] = size;
            let at = [k / (channels * height * width), k / (height * width) % channels, k / width % height, k % width];
            let [s, channel, y, x] =
                if flat { [k / (c * h * w), k / (h * w) % c, k / w % h, k % w] } else { place(at) };
            if s >= t || y >= h || x >= w {
                return None;
            }
            let cell = (s * h + y) * w + x;
            let cell = order.map_or(cell, |order| order[cell]);
            Some((cell / (h * w) * c + channel) * h * w + cell % (h * w))
        };
        let [channels, height, width] = size.map(|n| n as u32);
        let pace = match (network, kind) {
            (Network::Rnn, Kind::Sequence) => Some(1),
            (Network::CnnLstm, Kind::Sequence) => Some(PIECE),
            _ => None,
        };
        Self {
            steps,
            image: ImageSize { channels, height, width },
            entries: (0..steps * size.iter().product::<usize>()).map(entry).collect(),
            // In another order the steps that an example has not are anywhere.
            pace: pace.filter(|_| order.is_none()),
        }
    }

    /// Image × (steps·batch): step after step, in each the examples side by side.
    pub fn batch(&self, examples: &[&Example]) -> DMatrix<f32> {
        let (rows, batch) = (self.image.rows(), examples.len());
        let mut x = DMatrix::zeros(rows, self.steps * batch);
        for (k, entry) in self.entries.iter().enumerate() {
            let Some(entry) = *entry else { continue };
            for (e, example) in examples.iter().enumerate() {
                x[(k % rows, k / rows * batch + e)] = example.x[entry];
            }
        }
        x
    }

    /// How many steps of each example are to be read.
    pub fn lengths(&self, examples: &[&Example]) -> Vec<usize> {
        let length = |example: &&Example| self.pace.map_or(self.steps, |pace| example.length.div_ceil(pace));
        examples.iter().map(length).collect()
    }
}

/// Another order of the cells of all examples: of a table's columns, an image's pixels, a sequence's steps, the pixels of all
/// frames of a video. A cell's channels stay together. The same for every example and every network of a seed.
pub fn shuffle(form: &Form, seed: u64) -> Vec<usize> {
    let cells = form.steps * form.image.height as usize * form.image.width as usize;
    let mut draws = Draws::at(seed, "order of cells", &[form.kind as u64]);
    let mut order: Vec<usize> = (0..cells).collect();
    for last in (1..cells).rev() {
        order.swap(last, draws.below(last + 1));
    }
    order
}
