//! `Named` and `Options`: a cell or a task by name, with named options.
//!
//! ```text
//! lstm                      on the command line, in a file as "lstm"
//! rhn:depth=3:coupled=true  on the command line; in a file as that text, or as { name = "rhn", depth = 3, coupled = true }
//! ```

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::suggest::did_you_mean;

/// What cannot be built from its name and options: one line that names the culprit and the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NamedError(pub(crate) String);

/// The name of a cell or a task with options, such as `lstm:forget_bias=2`. It is shown in one way, whichever way it was given: options in
/// the order of the alphabet, numbers without needless digits.
///
/// ```
/// let spec: models::Named = "rhn:depth=3.0:coupled=true".parse()?;
/// assert_eq!(spec.to_string(), "rhn:coupled=true:depth=3");
/// # Ok::<(), models::NamedError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    name: String,
    options: BTreeMap<String, String>,
}

impl Named {
    /// Without options.
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), options: BTreeMap::new() }
    }

    /// The name without the options.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// With one more option.
    ///
    /// # Errors
    /// If it was given already, or the name, the option or the value is no word.
    pub fn with(mut self, option: &str, value: &str) -> Result<Self, NamedError> {
        let word = |text: &str| !text.is_empty() && !text.contains(|c: char| ":=,".contains(c) || c.is_whitespace());
        let name = &self.name;
        if !word(name) || !word(option) || !word(value) {
            let why =
                format!("`{name}:{option}={value}` is no name with an option; give NAME:OPTION=VALUE:OPTION=VALUE…");
            return Err(NamedError(why));
        }
        let whole = value.parse::<i64>().ok().map(|n| n.to_string());
        let real = || value.parse::<f64>().ok().filter(|x| x.is_finite()).map(|x| x.to_string());
        let value = whole.or_else(real).unwrap_or_else(|| value.into());
        match self.options.insert(option.into(), value) {
            None => Ok(self),
            Some(_) => Err(NamedError(format!("`{}` is given the option `{option}` twice", self.name))),
        }
    }
}

impl Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.options.iter().try_for_each(|(option, value)| write!(f, ":{option}={value}"))
    }
}

impl FromStr for Named {
    type Err = NamedError;

    fn from_str(text: &str) -> Result<Self, NamedError> {
        let mut parts = text.split(':');
        let spec = Self::new(parts.next().unwrap_or_default());
        if spec.name.contains('=') {
            return Err(NamedError(format!("`{text}` is no name; an option stands behind a colon, as in NAME:{text}")));
        }
        parts.try_fold(spec, |spec, part| {
            let (option, value) = part.split_once('=').unwrap_or((part, ""));
            spec.with(option, value)
        })
    }
}

/// The options that a cell or a task was given, for its entry in the catalogue to ask for. What is asked for is what there is: it is listed
/// with its default, and all else is refused.
#[derive(Debug)]
pub struct Options<'a> {
    given: &'a Named,
    /// Name and default.
    known: Vec<(&'static str, String)>,
    /// The first thing that is wrong with what was given.
    fault: Option<String>,
}

impl<'a> Options<'a> {
    pub(crate) fn new(given: &'a Named) -> Self {
        Self { given, known: Vec::new(), fault: None }
    }

    /// A whole number in a range.
    pub fn count(&mut self, name: &'static str, default: usize, range: RangeInclusive<usize>) -> usize {
        let expected = || format!("a whole number from {} to {}", range.start(), range.end());
        self.read(name, default, expected, |word| word.parse().ok().filter(|n| range.contains(n)))
    }

    /// A number in a range.
    pub fn real(&mut self, name: &'static str, default: f64, range: RangeInclusive<f64>) -> f64 {
        let expected = || format!("a number from {} to {}", range.start(), range.end());
        self.read(name, default, expected, |word| word.parse().ok().filter(|x| range.contains(x)))
    }

    /// A number in a range, or `word`, which is the default and gives none.
    pub fn real_or(&mut self, name: &'static str, word: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        let expected = || format!("{word} or a number from {} to {}", range.start(), range.end());
        let allowed = |given: &str| given == word || given.parse().is_ok_and(|x| range.contains(&x));
        self.read(name, word.to_owned(), expected, |given| allowed(given).then(|| given.to_owned())).parse().ok()
    }

    /// `true` or `false`.
    pub fn switch(&mut self, name: &'static str, default: bool) -> bool {
        self.read(name, default, || "true or false".into(), |word| word.parse().ok())
    }

    /// One of some words, the first of which is the default.
    ///
    /// # Panics
    /// If there are none.
    #[track_caller]
    pub fn word(&mut self, name: &'static str, words: &[&'static str]) -> &'static str {
        let expected = || format!("one of {}", words.join(", "));
        self.read(name, words[0], expected, |word| words.iter().copied().find(|known| *known == word))
    }

    /// Says that what was given cannot be built, and why: options that do not go together, or that do not fit the sizes. The
    /// first fault is told.
    pub fn refuse(&mut self, why: impl Into<String>) {
        self.fault.get_or_insert(why.into());
    }

    fn read<V: Display>(
        &mut self,
        name: &'static str,
        default: V,
        expected: impl Fn() -> String,
        parse: impl Fn(&str) -> Option<V>,
    ) -> V {
        self.known.push((name, default.to_string()));
        let Some(word) = self.given.options.get(name) else { return default };
        parse(word).unwrap_or_else(|| {
            self.fault.get_or_insert(format!("{name} is {}, not `{word}`", expected()));
            default
        })
    }

    /// Every option that was asked for, with its default, as `forget_bias=1`.
    pub(crate) fn known(&self) -> impl Iterator<Item = String> {
        self.known.iter().map(|(name, default)| format!("{name}={default}"))
    }

    /// # Errors
    /// If `what` was given an option that was not asked for, or a value that is none for its option.
    pub(crate) fn finish(self, what: &str) -> Result<(), NamedError> {
        let names = || self.known.iter().map(|(name, _)| *name);
        let stray = self.given.options.keys().find(|option| names().all(|name| name != *option));
        let why = match stray {
            Some(option) => format!("it has no option `{option}`;{}", did_you_mean(option, names())),
            None => match &self.fault {
                Some(fault) => format!("{fault};"),
                None => return Ok(()),
            },
        };
        let known: Vec<_> = self.known().collect();
        let known =
            if known.is_empty() { "it has none".into() } else { format!("its options are {}", known.join(", ")) };
        Err(NamedError(format!("the {what} `{}`: {why} {known}", self.given.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, String> {
        text.parse::<Named>().map(|spec| spec.to_string()).map_err(|why| why.to_string())
    }

    #[test]
    fn a_spec_is_shown_in_one_way_and_a_plain_name_as_it_is() {
        for name in ["lstm", "", "a name, of whatever signs"] {
            assert_eq!(shown(name), Ok(name.into()));
        }
        for given in ["rhn:depth=3:rate=0.5", "rhn:rate=5e-1:depth=3", "rhn:rate=.50:depth=3.0"] {
            assert_eq!(shown(given), Ok("rhn:depth=3:rate=0.5".into()));
        }
        assert_eq!(shown("a:seed=9007199254740993:w=nan"), Ok("a:seed=9007199254740993:w=nan".into()));
    }

    #[test]
    fn what_is_no_spec_is_refused_with_the_form() {
        for (text, why) in [
            ("rhn:depth", "`rhn:depth=` is no name with an option; give NAME:OPTION=VALUE:OPTION=VALUE…"),
            ("rhn:=3", "`rhn:=3` is no name with an option"),
            ("rhn:depth=3=4", "`rhn:depth=3=4` is no name with an option"),
            ("rhn:a=1:a=2", "`rhn` is given the option `a` twice"),
            ("blocks=2", "`blocks=2` is no name; an option stands behind a colon, as in NAME:blocks=2"),
        ] {
            assert!(shown(text).is_err_and(|said| said.starts_with(why)), "{text}: {:?}", shown(text));
        }
    }

    fn refusal(text: &str) -> String {
        let spec = text.parse().expect("a spec");
        let mut options = Options::new(&spec);
        options.count("depth", 1, 1..=20);
        options.real("rate", 0.5, 0.0..=1.0);
        options.switch("coupled", false);
        options.word("unit", &["tanh", "relu"]);
        if options.real_or("bias", "drawn", -9.0..=9.0) == Some(3.0) {
            options.refuse("bias is 3, of all numbers");
        }
        options.finish("cell").map_or_else(|why| why.to_string(), |()| String::new())
    }

    #[test]
    fn a_wrong_option_is_answered_with_what_is_expected_and_what_there_is() {
        assert_eq!(refusal("rhn"), "");
        assert_eq!(refusal("rhn:coupled=true:depth=20:rate=1:unit=relu"), "");
        assert_eq!(refusal("rhn:bias=drawn"), "");
        assert_eq!(refusal("rhn:bias=-9"), "");
        for (text, why) in [
            ("rhn:dept=3", "it has no option `dept`; did you mean `depth`?"),
            ("rhn:blocks=3", "it has no option `blocks`;"),
            ("rhn:depth=0", "depth is a whole number from 1 to 20, not `0`;"),
            ("rhn:depth=2.5", "depth is a whole number from 1 to 20, not `2.5`;"),
            ("rhn:rate=nan", "rate is a number from 0 to 1, not `nan`;"),
            ("rhn:coupled=yes:depth=0", "depth is a whole number from 1 to 20, not `0`;"),
            ("rhn:coupled=yes", "coupled is true or false, not `yes`;"),
            ("rhn:unit=sin", "unit is one of tanh, relu, not `sin`;"),
            ("rhn:bias=10", "bias is drawn or a number from -9 to 9, not `10`;"),
            ("rhn:bias=nan", "bias is drawn or a number from -9 to 9, not `nan`;"),
            ("rhn:bias=3", "bias is 3, of all numbers;"),
            ("rhn:bias=3:depth=0", "depth is a whole number from 1 to 20, not `0`;"),
        ] {
            let options = "its options are depth=1, rate=0.5, coupled=false, unit=tanh, bias=drawn";
            assert_eq!(refusal(text), format!("the cell `rhn`: {why} {options}"));
        }
        let (spec, none) =
            ("rnn:depth=3".parse().expect("a spec"), "the cell `rnn`: it has no option `depth`; it has none");
        assert_eq!(Options::new(&spec).finish("cell").expect_err("refused").to_string(), none);
    }
}
