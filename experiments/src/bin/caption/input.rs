//! The pictures: drawn ones, or those of a folder.

use std::borrow::Cow;
use std::collections::BTreeSet;

use experiments::Stop;
use experiments::loaders::captions;
use experiments::loaders::png::Raster;
use experiments::settings::Resolved;
use experiments::splits::Splits;
use experiments::tasks::captions::{Captions, Kind};
use experiments::tokenizer::Tokenizer;
use models::Draws;

use super::Config;

/// A picture and its caption.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// What is seen.
    pub picture: Raster,
    /// The words of what is to be written.
    pub words: Vec<String>,
}

/// Where training's pictures come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// Drawn anew at every update.
    Drawn(Captions),
    /// Those of a folder.
    Given(Vec<Example>),
}

/// Pictures to report on.
#[derive(Clone, Debug)]
pub struct TestSet {
    /// In files and numbers.
    pub key: &'static str,
    /// In figures and tables.
    pub label: &'static str,
    /// The pictures.
    pub examples: Vec<Example>,
}

/// What the study needs besides its settings.
#[derive(Clone, Debug)]
pub struct Input {
    /// What it is, for the reports.
    pub name: String,
    /// To train on.
    pub train: Source,
    /// To choose the best moment by.
    pub validation: Vec<Example>,
    /// To report on, what is known best first.
    pub tests: Vec<TestSet>,
    /// Pictures of the folder that have no caption.
    pub without: usize,
}

fn words(caption: &str) -> Vec<String> {
    Tokenizer::Words.tokens(caption)
}

impl Input {
    /// # Errors
    /// Refused, if the folder is wrong, or there are too few pictures.
    pub fn open(resolved: &Resolved<Config>) -> Result<Self, Stop> {
        let config = &resolved.settings;
        let Some(folder) = resolved.files.folder("images") else { return Ok(Self::drawn(config)) };
        let refuse = |why: String| resolved.files.refuse("images", why);
        let found = captions::parse(folder).map_err(|why| refuse(why.to_string()))?;
        let name = &folder.name;
        let example = |p: captions::Captioned| Example { picture: p.picture, words: words(&p.caption) };
        let examples = found.pictures.into_iter().map(example).collect();
        let (train, validation, tests) = cut(examples, config.seed).map_err(|why| refuse(format!("{name}: {why}")))?;
        Ok(Self { name: name.clone(), train: Source::Given(train), validation, tests, without: found.without })
    }

    fn drawn(config: &Config) -> Self {
        let task = Captions::new(config.side, config.unseen_pairs, config.seed);
        let draw = |purpose: &str, kind: Kind, count: usize| {
            let example = |k: usize| drawn(&task, kind, &mut Draws::at(config.seed, purpose, &[k as u64]));
            (0..count).map(example).collect::<Vec<_>>()
        };
        let test = |key, label, kind| TestSet { key, label, examples: draw(key, kind, config.test) };
        let tests = vec![
            test("seen", "captions seen in training", Kind::Seen),
            test("new_caption", "new captions of seen parts", Kind::NewCaption),
            test("new_pair", "a colour and shape never seen together", Kind::NewPair),
        ];
        let validation = draw("validation", Kind::Seen, config.test.min(256));
        Self { name: "drawn shapes".into(), train: Source::Drawn(task), validation, tests, without: 0 }
    }

    /// The captions that training may show, as words.
    pub fn training_captions(&self) -> Vec<Vec<String>> {
        match &self.train {
            Source::Drawn(task) => task.of(Kind::Seen).iter().map(|said| words(&said.to_string())).collect(),
            Source::Given(examples) => examples.iter().map(|example| example.words.clone()).collect(),
        }
    }

    /// The pictures of an update.
    pub fn batch(&self, draws: &mut Draws, count: usize) -> Vec<Cow<'_, Example>> {
        let one = |_| match &self.train {
            Source::Drawn(task) => Cow::Owned(drawn(task, Kind::Seen, draws)),
            Source::Given(examples) => Cow::Borrowed(&examples[draws.below(examples.len())]),
        };
        (0..count).map(one).collect()
    }

    /// A picture of the size that the network reads.
    pub fn a_picture(&self) -> &Raster {
        // A set without a picture is never made, nor is there a run without validation.
        &self.validation[0].picture
    }
}

fn drawn(task: &Captions, kind: Kind, draws: &mut Draws) -> Example {
    let (picture, said) = task.draw(kind, draws);
    Example { picture, words: words(&said.to_string()) }
}

/// To train on, to choose by, and to report on.
type Parts = (Vec<Example>, Vec<Example>, Vec<TestSet>);

/// Reports on a tenth of the captions with all their pictures, and on a tenth of the other pictures.
fn cut(examples: Vec<Example>, seed: u64) -> Result<Parts, String> {
    let by_caption = Splits::cut(examples, [0.1, 0.0], seed, |example| example.words.clone());
    let by_caption = by_caption.map_err(|why| format!("captions: {why}"))?;
    let mut unseen = by_caption.validation;
    let numbered: Vec<(usize, Example)> = by_caption.train.into_iter().enumerate().collect();
    let splits = Splits::cut(numbered, [0.1, 0.1], seed, |(number, _)| *number);
    let splits = splits.map_err(|why| format!("pictures: {why}"))?;
    let [train, validation, test] = [splits.train, splits.validation, splits.test]
        .map(|part| part.into_iter().map(|(_, example)| example).collect::<Vec<_>>());
    // Of captions that stand there once, those of the pictures held out are unseen, too.
    let known: BTreeSet<&Vec<String>> = train.iter().map(|example| &example.words).collect();
    let (seen, more): (Vec<_>, Vec<_>) = test.into_iter().partition(|example| known.contains(&example.words));
    unseen.extend(more);
    let set = |key, label, examples| TestSet { key, label, examples };
    let mut tests =
        vec![set("seen", "captions seen in training", seen), set("unseen", "captions never seen in training", unseen)];
    tests.retain(|set| !set.examples.is_empty());
    Ok((train, validation, tests))
}

#[cfg(test)]
mod tests {
    use experiments::settings::{Scale, Settings};

    use super::*;

    fn example(caption: &str, value: f32) -> Example {
        let picture = Raster { channels: 3, height: 1, width: 1, values: vec![value; 3] };
        Example { picture, words: words(caption) }
    }

    #[test]
    fn no_picture_and_no_unseen_caption_is_trained_on() {
        let captions = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        let examples: Vec<_> = (0..110).map(|k| example(captions[k % 10], k as f32)).collect();
        let (train, validation, tests) = cut(examples, 1).expect("enough");
        let [seen, unseen] = &tests[..] else { panic!("{tests:?}") };
        let captions = |examples: &[Example]| examples.iter().map(|e| e.words.clone()).collect::<BTreeSet<_>>();
        assert_eq!((unseen.examples.len(), captions(&unseen.examples).len()), (11, 1));
        assert!(captions(&train).is_disjoint(&captions(&unseen.examples)));
        assert!(captions(&train).is_superset(&captions(&seen.examples)));
        let all = [&train, &validation, &seen.examples, &unseen.examples];
        let pictures: BTreeSet<u32> =
            all.iter().flat_map(|part| part.iter().map(|e| e.picture.values[0].to_bits())).collect();
        assert_eq!(pictures.len(), 110);
    }

    #[test]
    fn captions_that_stand_there_once_are_all_unseen() {
        let examples: Vec<_> = (0..40).map(|k| example(&format!("picture {k}"), k as f32)).collect();
        let (_, _, tests) = cut(examples, 1).expect("enough");
        assert_eq!(tests.iter().map(|set| set.key).collect::<Vec<_>>(), ["unseen"]);
    }

    #[test]
    fn too_few_pictures_are_refused() {
        let why = cut(vec![example("a", 0.0), example("b", 1.0)], 1).expect_err("too few");
        assert!(why.contains("too few") && !why.contains('\n'), "{why}");
    }

    #[test]
    fn test_pictures_are_of_their_kind_and_no_training_picture() {
        let input = Input::drawn(&Config::at(Scale::Quick));
        let trained: BTreeSet<Vec<String>> = input.training_captions().into_iter().collect();
        for set in &input.tests {
            let known = set.examples.iter().filter(|example| trained.contains(&example.words)).count();
            assert_eq!(known, if set.key == "seen" { set.examples.len() } else { 0 }, "{}", set.label);
        }
        let batch = input.batch(&mut Draws::at(1, "train", &[1]), 5);
        assert!(batch.iter().all(|example| trained.contains(&example.words)));
        assert!(batch.iter().all(|example| !input.tests[0].examples.contains(example)));
    }
}
