//! `Entity`: a span of tokens and its type, as IOB tags say.
//!
//! ```text
//! tag of token t     O    B-x          I-x
//! says that t is     out  x begins     x goes on, or begins if no x ended at t − 1
//! ```
//! The last is conlleval's rule (the script of CoNLL-2000, its function `startOfChunk`): an I-x after O, after another type or at
//! the start of a sentence begins an entity. So IOB1 files, where B-x stands only between two entities, read right, too.

/// Tokens `start` .. `end` of a sentence are an entity of type `kind`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entity {
    /// The first token.
    pub start: usize,
    /// One beyond the last token.
    pub end: usize,
    /// Its type, such as `PER`.
    pub kind: String,
}

/// The prefix and the type of a tag that is `B-type` or `I-type`.
pub fn parts(tag: &str) -> Option<(char, &str)> {
    let (prefix, kind) = tag.split_once('-')?;
    match prefix {
        "B" if !kind.is_empty() => Some(('B', kind)),
        "I" if !kind.is_empty() => Some(('I', kind)),
        _ => None,
    }
}

/// The entities of a sentence, from left to right. A tag that is neither `B-type` nor `I-type` is outside.
pub fn entities(tags: &[impl AsRef<str>]) -> Vec<Entity> {
    let mut entities: Vec<Entity> = Vec::new();
    for (t, tag) in tags.iter().enumerate() {
        let Some((prefix, kind)) = parts(tag.as_ref()) else { continue };
        match entities.last_mut() {
            Some(last) if prefix == 'I' && last.end == t && last.kind == kind => last.end = t + 1,
            _ => entities.push(Entity { start: t, end: t + 1, kind: kind.into() }),
        }
    }
    entities
}

/// The IOB2 tags of `length` tokens with these entities, which do not overlap.
///
/// # Panics
/// If an entity goes beyond the last token.
#[track_caller]
pub fn tags(entities: &[Entity], length: usize) -> Vec<String> {
    let mut tags = vec!["O".to_owned(); length];
    for Entity { start, end, kind } in entities {
        assert!(*end <= length, "tags: an entity ends at token {end} of {length}");
        for tag in &mut tags[*start..*end] {
            *tag = format!("I-{kind}");
        }
        tags[*start] = format!("B-{kind}");
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;
    use autograd::testing::{check, proptest};

    #[test]
    fn spans_are_those_of_conlleval() {
        type Span = (usize, usize, &'static str);
        let rows: [(&str, &[Span]); 7] = [
            ("O O", &[]),
            ("B-PER I-PER O", &[(0, 2, "PER")]),
            ("B-PER B-PER", &[(0, 1, "PER"), (1, 2, "PER")]),
            ("I-PER O I-PER I-PER", &[(0, 1, "PER"), (2, 4, "PER")]),
            ("B-PER I-LOC I-LOC", &[(0, 1, "PER"), (1, 3, "LOC")]),
            ("I-ORG B-ORG I-ORG", &[(0, 1, "ORG"), (1, 3, "ORG")]),
            ("<unk> B- X-PER B-A-B", &[(3, 4, "A-B")]),
        ];
        for (line, spans) in rows {
            let found = entities(&line.split(' ').collect::<Vec<_>>());
            let found: Vec<_> = found.iter().map(|e| (e.start, e.end, e.kind.as_str())).collect();
            assert_eq!(found, spans, "{line}");
        }
    }

    #[test]
    fn tags_of_entities_are_the_entities_again() {
        let tag = proptest::sample::select(vec!["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]);
        check(proptest::collection::vec(tag, 0..12), |line| {
            let found = entities(&line);
            assert_eq!(entities(&tags(&found, line.len())), found, "{line:?}");
            Ok(())
        });
    }
}
