//! `View`: how a network sees an example that may not be of its kind.

use std::borrow::Borrow;

use models::Draws;
use models::networks::{Batch, Targets};
use models::stacks::ImageSize;
use nalgebra::DMatrix;

use super::network::Network;
use super::problem::{Example, Form, Kind};

/// Columns, rows or symbols that a CNN-LSTM reads in one step.
const PIECE: usize = 4;

/// How a network sees an example that may not be of its kind.
///
/// | | table | image | sequence | video, motion |
/// |---|---|---|---|---|
/// | logistic regression, MLP | its columns | all pixels in a row | all steps in a row | all pixels of all frames in a row |
/// | CNN | an image of one row | itself | an image of one row, a channel a symbol | an image, a channel a frame |
/// | RNN | a column a step | a row of pixels a step | itself | a frame's pixels a step |
/// | CNN-LSTM | 4 columns a step, as an image | 4 rows a step | 4 symbols a step, as an image of one row | itself |
///
/// A frame as a channel is the "early fusion" of Karpathy et al. 2014 (CVPR, §3.1). Where the last piece is not full, it has 0.
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
        let Form { kind, steps: t, image: [c, h, w] } = *form;
        let flat = matches!(network, Network::Logistic | Network::Mlp);
        // Which step, channel, row and column of the example stands at a step, channel, row and column of the view.
        type Place = [usize; 4];
        let (steps, size, place): (usize, [usize; 3], fn(Place) -> Place) = match (network, kind) {
            _ if flat => (1, [1, 1, t * c * h * w], |p| p),
            (Network::Cnn, Kind::Table | Kind::Image) => (1, [c, h, w], |p| p),
            (Network::Cnn, Kind::Sequence) => (1, [c, 1, t], |[_, c, _, x]| [x, c, 0, 0]),
            (Network::Cnn, Kind::Video | Kind::Motion) => (1, [t * c, h, w], |[_, c, y, x]| [c, 0, y, x]),
            (Network::Rnn, Kind::Table) => (w, [1, 1, 1], |[s, ..]| [0, 0, 0, s]),
            (Network::Rnn, Kind::Image) => (h, [c, 1, w], |[s, c, _, x]| [0, c, s, x]),
            (Network::Rnn, Kind::Sequence) | (_, Kind::Video | Kind::Motion) => (t, [c, h, w], |p| p),
            (_, Kind::Table) => (w.div_ceil(PIECE), [c, 1, PIECE], |[s, c, _, x]| [0, c, 0, PIECE * s + x]),
            (_, Kind::Image) => (h.div_ceil(PIECE), [c, PIECE, w], |[s, c, y, x]| [0, c, PIECE * s + y, x]),
            (_, Kind::Sequence) => (t.div_ceil(PIECE), [c, 1, PIECE], |[s, c, _, x]| [PIECE * s + x, c, 0, 0]),
        };
        // Who sees all numbers in a row sees them in the example's own order.
        let [channels, height, width] = if flat { form.image } else { size };
        let entry = |k: usize| {
            let at = [k / (channels * height * width), k / (height * width) % channels, k / width % height, k % width];
            let [s, channel, y, x] = place(at);
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

    /// The examples with their classes: an image a step, and as many steps of each example as are to be read.
    pub fn batch<E: Borrow<Example>>(&self, examples: &[E]) -> Batch {
        let (rows, batch) = (self.image.rows(), examples.len());
        let mut x = DMatrix::zeros(rows, self.steps * batch);
        for (k, entry) in self.entries.iter().enumerate() {
            let Some(entry) = *entry else { continue };
            for (e, example) in examples.iter().enumerate() {
                x[(k % rows, k / rows * batch + e)] = f64::from(example.borrow().x[entry]);
            }
        }
        let length = |example: &Example| self.pace.map_or(self.steps, |pace| example.length.div_ceil(pace));
        let lengths = examples.iter().map(|example| length(example.borrow())).collect();
        let targets = Targets::Classes(examples.iter().map(|example| example.borrow().class).collect());
        Batch { tokens: Vec::new(), x, lengths, targets }
    }
}

/// Another order of the cells of all examples: of a table's columns, an image's pixels, a sequence's steps, the pixels of all
/// frames of a video. A cell's channels stay together. The same for every example and every network of a seed.
pub fn shuffle(form: &Form, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..form.steps * form.image[1] * form.image[2]).collect();
    Draws::at(seed, "order of cells", &[form.kind as u64]).shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Problem;

    /// An example whose numbers are their places.
    fn example(form: &Form) -> Example {
        let entries = form.steps * form.rows();
        Example { x: (0..entries).map(|k| k as f32).collect(), length: form.steps, class: 0 }
    }

    fn seen(network: Network, kind: Kind) -> (View, DMatrix<f64>) {
        let form = Problem::generated(kind).form;
        let view = View::new(network, &form, None);
        let x = view.batch(&[&example(&form)]).x;
        (view, x)
    }

    #[test]
    fn every_network_sees_every_number_once() {
        for (network, kind) in Network::ALL.into_iter().flat_map(|n| Kind::ALL.map(|kind| (n, kind))) {
            let form = Problem::generated(kind).form;
            for order in [None, Some(shuffle(&form, 1))] {
                // 0 is padding or the first number: count from 1.
                let mut example = example(&form);
                example.x.iter_mut().for_each(|x| *x += 1.0);
                let x = View::new(network, &form, order.as_deref()).batch(&[&example]).x;
                let mut found: Vec<f32> = x.iter().map(|x| *x as f32).filter(|x| *x > 0.0).collect();
                found.sort_by(f32::total_cmp);
                assert_eq!(found, example.x, "{network:?} on {kind:?}");
            }
        }
    }

    #[test]
    fn a_network_sees_what_the_table_says() {
        let (_, x) = seen(Network::Rnn, Kind::Image);
        assert_eq!((x.shape(), x[(3, 2)] as usize), ((12, 12), 2 * 12 + 3));
        let (view, x) = seen(Network::CnnLstm, Kind::Image);
        assert_eq!((view.steps, view.image.height, view.image.width), (3, 4, 12));
        assert_eq!(x[(12 + 5, 2)] as usize, (2 * 4 + 1) * 12 + 5);
        let (view, x) = seen(Network::Cnn, Kind::Sequence);
        assert_eq!((view.steps, view.image.channels, view.image.height, view.image.width), (1, 4, 1, 24));
        assert_eq!(x[24 * 3 + 7] as usize, 7 * 4 + 3); // symbol 3 at step 7
        let (view, x) = seen(Network::CnnLstm, Kind::Sequence);
        assert_eq!((view.steps, view.image.channels, view.image.width), (6, 4, 4));
        assert_eq!(x[(4 * 3 + 1, 5)] as usize, (4 * 5 + 1) * 4 + 3);
        let (view, _) = seen(Network::Cnn, Kind::Video);
        assert_eq!((view.image.channels, view.image.height), (8, 8));
        let (view, x) = seen(Network::Rnn, Kind::Table);
        assert_eq!((view.steps, x[(0, 5)] as usize), (12, 5));
    }

    #[test]
    fn a_short_sequence_is_read_to_its_end_alone() {
        let form = Problem::generated(Kind::Sequence).form;
        let short = Example { length: 13, ..example(&form) };
        let lengths = |network, order: Option<&[usize]>| View::new(network, &form, order).batch(&[&short]).lengths;
        assert_eq!((lengths(Network::Rnn, None), lengths(Network::CnnLstm, None)), (vec![13], vec![4]));
        let order = shuffle(&form, 1);
        assert_eq!(lengths(Network::Rnn, Some(&order)), [24]);
    }

    #[test]
    fn another_order_keeps_the_channels_of_a_cell_together() {
        let form = Problem::generated(Kind::Sequence).form;
        let order = shuffle(&form, 1);
        assert!(order != shuffle(&form, 2) && order.iter().enumerate().any(|(k, cell)| k != *cell));
        let x = View::new(Network::Rnn, &form, Some(&order)).batch(&[&example(&form)]).x;
        for (t, cell) in order.iter().enumerate() {
            let symbols: Vec<usize> = x.column(t).iter().map(|x| *x as usize).collect();
            assert_eq!(symbols, (0..4).map(|s| 4 * cell + s).collect::<Vec<_>>());
        }
    }
}
