//! Pictures of two shapes, and the sentence that says what is on them.

use std::fmt;

use models::Draws;

use super::shapes::Shape;
use crate::loaders::png::Raster;

/// The colours: name and red, green, blue.
pub const COLORS: [(&str, [f64; 3]); 4] = [
    ("red", [0.84, 0.16, 0.16]),
    ("green", [0.16, 0.62, 0.25]),
    ("blue", [0.16, 0.32, 0.84]),
    ("yellow", [0.93, 0.77, 0.12]),
];

/// Large and small: name, least and greatest radius as shares of the picture's side.
const SIZES: [(&str, [f64; 2]); 2] = [("large", [0.19, 0.215]), ("small", [0.12, 0.14])];

/// The two relations.
const RELATIONS: [&str; 2] = ["left of", "above"];

/// The share of the captions that are held out whole.
const HELD_CAPTIONS: f64 = 0.125;

/// One of two shapes, in the words of the caption; each is an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    /// Of large and small.
    pub size: usize,
    /// Of [`COLORS`].
    pub color: usize,
    /// Of [`Shape::ALL`].
    pub shape: usize,
}

/// What a caption says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// At the left, or above.
    pub first: Thing,
    /// Left of, or above.
    pub relation: usize,
    /// The other one.
    pub second: Thing,
}

/// What a caption tells of a picture, and how often.
pub const TOLD: [(&str, usize); 4] = [("sizes", 2), ("colours", 2), ("shapes", 2), ("relation", 1)];

impl Said {
    /// How much of what it tells, in the order of [`TOLD`], another caption tells, too.
    pub fn agrees(&self, other: &Self) -> [usize; 4] {
        let things = [(self.first, other.first), (self.second, other.second)];
        let count = |part: fn(&Thing) -> usize| things.iter().filter(|(a, b)| part(a) == part(b)).count();
        let relation = usize::from(self.relation == other.relation);
        [count(|thing| thing.size), count(|thing| thing.color), count(|thing| thing.shape), relation]
    }
}

/// Pictures of two shapes, and the sentence that says what is on them.
///
/// # Layout
/// ```text
/// caption  = a THING RELATION a THING          a large red circle left of a small blue square
/// THING    = SIZE COLOUR SHAPE                 2 · 4 · 4 = 32 of them
/// RELATION = left of | above                   so there are 32 · 32 · 2 = 2048 captions
/// ```
/// The shape at the left, or above, is the first one, so a picture has one right caption. Places, exact sizes, exact colours
/// and the paper's brightness are drawn anew for every picture.
///
/// # What training never sees
/// 1. *New pair*: of the 16 pairs of colour and shape, `pairs` are held out. No training picture has a shape of such a pair.
///    Each colour and each shape is in as many of them as every other, give or take one, so each is still seen with others. The
///    captions of this kind have exactly one shape of a held-out pair.
/// 2. *New caption*: of the captions without such a pair, an eighth is held out. Each of its words, and each of its two things,
///    is seen in training; the two things together in this relation never are.
/// 3. *Seen*: all others. Training draws from these alone. A test on them is on other pictures.
///
/// # Baselines
/// Who does not look knows the two `a` and can guess: the same caption for every picture is right for one of as many as there
/// are captions of its kind (1008 seen ones with 4 held-out pairs), of sizes and relations one in two, of colours and shapes about
/// one in four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The whole caption.
    Seen,
    /// Its parts.
    NewCaption,
    /// Not this colour with this shape.
    NewPair,
}

/// The captions by kind, and how they are drawn.
#[derive(Clone, Debug)]
pub struct Captions {
    side: usize,
    /// Colour and shape.
    held: Vec<[usize; 2]>,
    kinds: [Vec<Said>; 3],
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} {} {}", SIZES[self.size].0, COLORS[self.color].0, Shape::ALL[self.shape].name())
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.first, RELATIONS[self.relation], self.second)
    }
}

impl Said {
    /// Every caption.
    pub fn all() -> impl Iterator<Item = Self> {
        let thing = |k: usize| Thing { size: k / 16, color: k / 4 % 4, shape: k % 4 };
        (0..2 * 32 * 32).map(move |k| Self { first: thing(k / 64), relation: k / 32 % 2, second: thing(k % 32) })
    }

    /// What a text says, if it is a caption.
    pub fn parse(text: &str) -> Option<Self> {
        let relation = RELATIONS.iter().position(|relation| text.contains(&format!(" {relation} ")))?;
        let (first, second) = text.split_once(&format!(" {} ", RELATIONS[relation]))?;
        let thing = |text: &str| {
            let [a, size, color, shape] = text.split(' ').collect::<Vec<_>>()[..] else { return None };
            let size = SIZES.iter().position(|(name, _)| *name == size)?;
            let color = COLORS.iter().position(|(name, _)| *name == color)?;
            let shape = Shape::ALL.iter().position(|other| other.name() == shape)?;
            (a == "a").then_some(Thing { size, color, shape })
        };
        Some(Self { first: thing(first)?, relation, second: thing(second)? })
    }

    /// Draws a picture of it, `side` × `side` pixels in colours.
    pub fn picture(&self, side: usize, draws: &mut Draws) -> Raster {
        const MARGIN: f64 = 0.035;
        const GAP: f64 = 0.04;
        let [r1, r2] = [self.first, self.second].map(|thing| {
            let [low, high] = SIZES[thing.size].1;
            draws.between(low, high)
        });
        // Along the relation's axis: what room is left is shared out before, between and behind the two.
        let room = 1.0 - 2.0 * MARGIN - 2.0 * r1 - 2.0 * r2 - GAP;
        let (a, b) = (draws.uniform(), draws.uniform());
        let along = [MARGIN + r1 + a.min(b) * room, MARGIN + 2.0 * r1 + GAP + r2 + a.max(b) * room];
        // Across it both stand about as far.
        let edge = MARGIN + r1.max(r2);
        let across = draws.between(edge, 1.0 - edge);
        let other = across + draws.between(-0.12, 0.12);
        let across = [across, other.clamp(MARGIN + r2, 1.0 - MARGIN - r2)];
        let paper = draws.between(0.85, 1.0);
        let mut raster = Raster { channels: 3, height: side, width: side, values: vec![paper as f32; 3 * side * side] };
        for (k, (thing, radius)) in [(self.first, r1), (self.second, r2)].into_iter().enumerate() {
            let color = COLORS[thing.color].1.map(|part| (part + draws.between(-0.08, 0.08)).clamp(0.0, 1.0));
            let (x, y) = if self.relation == 0 { (along[k], across[k]) } else { (across[k], along[k]) };
            let (shape, scale) = (Shape::ALL[thing.shape], side as f64);
            // A square as wide as a circle: small ones of one area can hardly be told from circles.
            let radius = if shape == Shape::Square { radius / 0.88 } else { radius };
            shape.draw(&mut raster, (scale * x, scale * y), scale * radius, &color);
        }
        for value in &mut raster.values {
            // Of 8 bits, as in a PNG.
            *value = (255.0 * *value).round() / 255.0;
        }
        raster
    }
}

impl Captions {
    /// Holds out `pairs` pairs of colour and shape, and an eighth of the other captions, drawn by `seed`. Pictures have `side` ×
    /// `side` pixels.
    ///
    /// # Panics
    /// If not from 1 to 8 pairs are to be held out: more would leave colours that are seen with one shape only.
    #[track_caller]
    pub fn new(side: usize, pairs: usize, seed: u64) -> Self {
        assert!((1..=8).contains(&pairs), "captions: {pairs} pairs to hold out, but it must be from 1 to 8");
        let mut shapes = [0, 1, 2, 3];
        Draws::at(seed, "held-out pairs", &[]).shuffle(&mut shapes);
        // Shifted by one after each colour had its turn: a Latin square.
        let held: Vec<[usize; 2]> = (0..pairs).map(|k| [k % 4, (shapes[k % 4] + k / 4) % 4]).collect();
        let new = |said: &Said| {
            [said.first, said.second].iter().filter(|thing| held.contains(&[thing.color, thing.shape])).count()
        };
        let mut seen: Vec<Said> = Said::all().filter(|said| new(said) == 0).collect();
        Draws::at(seed, "held-out captions", &[]).shuffle(&mut seen);
        let new_captions = seen.split_off((seen.len() as f64 * (1.0 - HELD_CAPTIONS)).round() as usize);
        let new_pairs = Said::all().filter(|said| new(said) == 1).collect();
        Self { side, held, kinds: [seen, new_captions, new_pairs] }
    }

    /// The captions of a kind.
    pub fn of(&self, kind: Kind) -> &[Said] {
        &self.kinds[kind as usize]
    }

    /// The pairs that are held out, as colour and shape.
    pub fn held_out(&self) -> impl Iterator<Item = String> {
        self.held.iter().map(|[color, shape]| format!("{} {}", COLORS[*color].0, Shape::ALL[*shape].name()))
    }

    /// A picture of a kind, and what it shows.
    pub fn draw(&self, kind: Kind, draws: &mut Draws) -> (Raster, Said) {
        let captions = self.of(kind);
        let said = captions[draws.below(captions.len())];
        (said.picture(self.side, draws), said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::testing::{check, proptest};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_caption_says_what_it_was_made_of() {
        let all: BTreeSet<Said> = Said::all().collect();
        assert_eq!(all.len(), 2048);
        assert!(all.iter().all(|said| Said::parse(&said.to_string()) == Some(*said)));
        let said = Said::parse("a large red circle left of a small blue square").expect("a caption");
        assert_eq!((said.first.size, said.first.color, said.second.shape), (0, 0, 1));
        for text in [
            "",
            "a large red circle",
            "a red circle above a small red circle",
            "a large red dog above a small red cross",
        ] {
            assert_eq!(Said::parse(text), None, "{text}");
        }
    }

    /// What is held out, is: nothing of it may come in training. And all its parts do come.
    #[test]
    fn training_has_every_word_and_no_pair_that_is_held_out() {
        check((1usize..=8, any::<u64>()), |(pairs, seed)| {
            let captions = Captions::new(8, pairs, seed);
            let pair = |thing: &Thing| [thing.color, thing.shape];
            let things = |kind: Kind| captions.of(kind).iter().flat_map(|said| [said.first, said.second]);
            let seen: BTreeSet<[usize; 2]> = things(Kind::Seen).map(|thing| pair(&thing)).collect();
            prop_assert_eq!(seen.len(), 16 - pairs);
            prop_assert!(captions.held.iter().all(|held| !seen.contains(held)));
            for color in 0..4 {
                prop_assert!(seen.iter().filter(|pair| pair[0] == color).count() >= 2);
                prop_assert!(seen.iter().filter(|pair| pair[1] == color).count() >= 2);
            }
            let of = |kind: Kind| captions.of(kind).iter().copied().collect::<BTreeSet<Said>>();
            prop_assert!(of(Kind::NewCaption).is_disjoint(&of(Kind::Seen)));
            prop_assert!(things(Kind::NewCaption).all(|thing| things(Kind::Seen).any(|other| other == thing)));
            let new = |said: &Said| [said.first, said.second].iter().filter(|t| !seen.contains(&pair(t))).count();
            prop_assert!(captions.of(Kind::NewPair).iter().all(|said| new(said) == 1));
            Ok(())
        });
    }

    #[test]
    fn there_are_as_many_captions_as_the_documentation_says() {
        let captions = Captions::new(8, 4, 1);
        assert_eq!(captions.held_out().count(), 4);
        assert_eq!([Kind::Seen, Kind::NewCaption, Kind::NewPair].map(|kind| captions.of(kind).len()), [1008, 144, 768]);
    }

    /// Where the colour of each thing is found in a picture is where the caption says.
    #[test]
    fn the_first_is_at_the_left_or_above_and_both_are_whole() {
        check((0usize..2048, any::<u64>()), |(k, seed)| {
            let said = Said::all().nth(k).expect("a caption");
            prop_assume!(said.first.color != said.second.color);
            let side = 32;
            let raster = said.picture(side, &mut Draws::at(seed, "captions test", &[]));
            let pixel = |at: usize| [0, 1, 2].map(|c| f64::from(raster.values[c * side * side + at]));
            let middle = |color: usize| {
                let near = |at: &usize| pixel(*at).iter().zip(COLORS[color].1).all(|(a, b)| (a - b).abs() < 0.15);
                let found: Vec<usize> = (0..side * side).filter(near).collect();
                let mean =
                    |of: fn(usize) -> usize| found.iter().map(|at| of(*at) as f64).sum::<f64>() / found.len() as f64;
                (found.len(), mean(|at| at % 32), mean(|at| at / 32))
            };
            let (first, second) = (middle(said.first.color), middle(said.second.color));
            prop_assert!(first.0 > 5 && second.0 > 5, "{said}: {first:?} {second:?}");
            let (right, down) = (second.1 - first.1, second.2 - first.2);
            let (along, across) = if said.relation == 0 { (right, down) } else { (down, right) };
            prop_assert!(along > 6.0 && across.abs() < along, "{said}: {right} {down}");
            let rim = (0..side * side).filter(|at| at % side % (side - 1) == 0 || at / side % (side - 1) == 0);
            prop_assert!(rim.map(pixel).all(|p| p.iter().all(|part| *part > 0.75)), "{said} is cut off");
            Ok(())
        });
    }
}
