use autograd::{Gradients, Tape, Var};
use experiments::tasks::FranceText;
use experiments::tasks::france_text::Paragraphs;
use experiments::train::Objective;
use models::layers::Embedding;
use models::stacks::{SequenceModel, TokenBatch};
use models::{AnyCell, Bound, CellScalar, Draws, Params, Placed, Recorded, Sequence, norm};
use nalgebra::DMatrix;

/// An embedding, one recurrent layer, and an answer after the last word.
/// ```text
/// x_t = E[:, w_t],   h_1 … h_T = cell(x_1 … x_T),   P(language) = softmax(W_y h_T + b)
/// ```
#[derive(Debug)]
pub struct Reader {
    embedding: Placed<Embedding>,
    model: SequenceModel,
}

impl Reader {
    /// A reader whose words are vectors of the cell's input.
    pub fn new<T: CellScalar>(cell: Box<dyn AnyCell>, task: &FranceText, seed: u64) -> (Self, Params<T>) {
        let embedding = Embedding::new(task.vocabulary().len(), cell.about().input);
        let (model, mut params) = SequenceModel::new(cell, FranceText::languages().count(), seed);
        (Self { embedding: params.place("embedding", embedding, seed), model }, params)
    }

    /// The words' vectors and the logits after each paragraph's last word.
    pub fn read<'t, T: CellScalar>(
        &self,
        tape: &'t Tape<T>,
        bound: &Bound<'t, T>,
        batch: &TokenBatch,
    ) -> (Var<'t, T>, Var<'t, T>) {
        let x = match batch.tokens.len() {
            0 => tape.zeros(self.model.cell().about().input, 0),
            _ => self.embedding.apply(bound, &batch.tokens),
        };
        let unroll = self.model.unroll(bound);
        let steps = batch.tokens.len() / batch.lengths.len().max(1);
        let padded = batch.lengths.iter().any(|length| *length != steps);
        let unroll = if padded { unroll.lengths(&batch.lengths) } else { unroll };
        let last = unroll.run(x, batch.lengths.len()).last[self.model.cell().about().output];
        (x, self.model.read(bound, last))
    }

    /// The logits alone.
    pub fn logits<T: CellScalar>(&self, params: &Params<T>, batch: &TokenBatch) -> DMatrix<T> {
        let tape = Tape::new();
        self.read(&tape, &params.bind(&tape), batch).1.value()
    }

    /// ‖∂L/∂x_t‖ of every word, T × B, L the loss of the answer: what its vector has to do with it.
    pub fn word_gradients(&self, params: &Params<f64>, batch: &TokenBatch, labels: &[usize]) -> DMatrix<f64> {
        let tape = Tape::new();
        let (x, logits) = self.read(&tape, &params.bind(&tape), batch);
        let x = x.watch();
        let mut gradients = Gradients::new();
        tape.backward_wrt(logits.softmax_cross_entropy(labels), &[x], &mut gradients);
        let gradient = gradients.of(x);
        let of_word = |t: usize, e: usize| norm(gradient.column(t * labels.len() + e).iter().copied());
        DMatrix::from_fn(gradient.ncols() / labels.len(), labels.len(), of_word)
    }
}

/// The cross-entropy of a reader's answers to new paragraphs at each update, and ω Ω.
#[derive(Debug)]
pub struct Reading<'a> {
    pub reader: &'a Reader,
    pub task: &'a FranceText,
    pub batch: usize,
    pub seed: u64,
    pub omega: f64,
}

impl Objective<f32> for Reading<'_> {
    fn sequence(&self, update: u64) -> Box<dyn Sequence<f32> + '_> {
        let (Reader { embedding, model }, all) = (self.reader, self.batch);
        let Paragraphs { words, labels, .. } = self.task.paragraphs(&mut Draws::at(self.seed, "train", &[update]), all);
        let steps = words.tokens.len() / all;
        Box::new(Recorded::new(all, 0..steps, move |block| {
            let (n, lengths) = (block.batch(), &words.lengths[block.examples.clone()]);
            let tokens: Vec<_> = block.places().map(|(t, e)| words.tokens[t * all + e]).collect();
            let x = embedding.apply(block.bound, &tokens);
            let (_, mut end) = model.run(&block, x, lengths, self.omega * n as f64 / all as f64);
            let last = end.states[model.cell().about().output];
            let mean = || model.read(block.bound, last).softmax_cross_entropy(&labels[block.examples.clone()]);
            end.loss = (block.steps.end == steps && block.loss_wanted).then(|| block.share(mean(), n, all));
            end
        }))
    }
}

#[cfg(test)]
mod tests {
    use experiments::settings::EngineConfig;
    use experiments::tasks::Mix;
    use experiments::tasks::france_text::FranceTextConfig;
    use experiments::train::{Ended, Forgetful, Training, train};
    use models::{Dims, Registry};
    use runs::testing::{apart, engines, resumed};

    use super::*;

    #[test]
    fn the_gradient_of_a_word_is_that_of_its_own_vector() {
        let task = FranceText::new(FranceTextConfig { longest: 20, mix: Mix::Uniform });
        let cell = Registry::builtin().build("gru", Dims { input: 3, hidden: 4, horizon: 20 }).expect("built in");
        let (reader, params) = Reader::new::<f64>(cell, &task, 1);
        // Words that each stand once: then a word's gradient is that of its column of E.
        let (words, label) = (vec![5, 9, 7], [2]);
        let batch = TokenBatch::new(std::slice::from_ref(&words));
        let found = reader.word_gradients(&params, &batch, &label);
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let (_, logits) = reader.read(&tape, &bound, &batch);
        let gradients = tape.backward(logits.softmax_cross_entropy(&label));
        let of_words = gradients.of(reader.embedding.on(&bound).vars()[0]);
        for (t, word) in words.into_iter().enumerate() {
            assert!((found[t] - of_words.column(word).norm()).abs() < 1e-14, "{t}");
            assert!(found[t] > 0.0);
        }
    }

    #[test]
    fn a_paragraph_beside_longer_ones_is_answered_as_alone() {
        let task = FranceText::new(FranceTextConfig { longest: 20, mix: Mix::Uniform });
        let cell = Registry::builtin().build("lstm", Dims { input: 3, hidden: 4, horizon: 20 }).expect("built in");
        let (reader, params) = Reader::new::<f64>(cell, &task, 1);
        let both = reader.logits(&params, &TokenBatch::new(&[vec![5, 9], vec![1, 2, 3, 4]]));
        let alone = reader.logits(&params, &TokenBatch::new(&[vec![5, 9]]));
        assert!((both.column(0) - alone.column(0)).amax() < 1e-13);
    }

    #[test]
    fn a_training_on_sequences_goes_on_with_the_same_bits_by_every_engine() {
        let task = FranceText::new(FranceTextConfig { longest: 150, mix: Mix::Uniform });
        let cell = Registry::builtin().build("gru", Dims { input: 3, hidden: 4, horizon: 160 }).expect("built in");
        let (reader, params) = Reader::new::<f32>(cell, &task, 1);
        let left = engines().map(|(name, engine)| {
            let objective = Reading { reader: &reader, task: &task, batch: 4, seed: 1, omega: engine.omega };
            resumed(&objective, &params, &engine, name).0
        });
        for k in 1..=3 {
            assert!(apart(&left[k], &left[0]) < 1e-5, "{}: another gradient", engines()[k].0);
        }
        for k in 4..7 {
            assert!(apart(&left[k], &left[0]) > 1e-4, "{}: the same gradient", engines()[k].0);
        }
        // A budget that does not do is found out when the run has started: it fails, and is not refused.
        let objective = Reading { reader: &reader, task: &task, batch: 4, seed: 1, omega: 0.0 };
        let budget = EngineConfig { checkpoint_budget: "1kB".into(), ..EngineConfig::default() };
        let (mut params, training) = (params.clone(), Training::new(1, 0.01));
        let ended = train(&objective, &mut params, &training, &mut *budget.build(), &mut Forgetful);
        let Err(Ended::Stopped(stop)) = ended else { panic!("{ended:?}") };
        assert!(stop.code() == 1 && stop.to_string().starts_with("update 1: a memory budget of 1000 bytes"), "{stop}");
    }
}
