//! Did you mean …?

/// The one of `names` that `word` was probably meant to be.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = names.into_iter().map(|name| (strsim::jaro_winkler(word, name), name));
    let close = likeness.filter(|(likeness, _)| *likeness > 0.75);
    close.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// " did you mean `…`?", or nothing.
pub(crate) fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, names).map(|name| format!(" did you mean `{name}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_nonsense_is_not() {
        let names = ["hidden", "learning_rate", "steps"];
        let of = |word| nearest(word, names);
        assert_eq!(
            [of("hiden"), of("learningrate"), of("step")],
            [Some("hidden"), Some("learning_rate"), Some("steps")]
        );
        assert_eq!(of("zzz"), None);
    }
}
