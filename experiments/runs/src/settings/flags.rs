//! Flags made from a table of keys.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::{Given, Key, Kind, Layers, Said, Scale, Settings, all_keys, lookup, shown, table};

/// `command` with a flag for every key, its default being that of `defaults_at`, and `--config`, `--set`, `--quick` and, where there is one, `--paper`.
pub fn flags<S: Settings>(command: Command, defaults_at: impl Fn(Scale) -> S) -> Command {
    let keys = all_keys::<S>();
    let scales: Vec<(Scale, toml::Table)> = Scale::ALL
        .into_iter()
        .filter(|scale| *scale != Scale::Paper || S::paper().is_some())
        .map(|scale| (scale, table(&defaults_at(scale))))
        .collect();
    let flag = |name: &'static str, heading: &'static str, help: String| {
        Arg::new(name).long(name).help(help).help_heading(heading)
    };
    let of_keys = keys.iter().map(|key| {
        if let Some(word) = key.word {
            return Arg::new(key.name).help(key.help).value_name(word).index(1);
        }
        let choices = if let Kind::Choice(_) = key.kind { format!("{}; ", key.allowed()) } else { String::new() };
        let arg = flag(key.name, key.heading, format!("{} [{choices}{}]", key.help, defaults(key, &scales)));
        let arg = arg.long(key.flag_name()).value_name(key.words().0).allow_negative_numbers(true);
        match key.kind {
            // Alone it means true.
            Kind::Switch => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
            _ => arg.num_args(1),
        }
    });
    let file = "Settings from a TOML file, such as --print-config prints; flags and --set override it";
    let set = "Set a key of the configuration, by the name it has in the file";
    let quick = "Everything small, in some seconds: to see that it runs, not to conclude from";
    let path = clap::value_parser!(std::path::PathBuf);
    let command = command.args(of_keys.collect::<Vec<_>>()).args([
        flag("config", "Configuration", file.into()).value_name("FILE").value_parser(path),
        flag("set", "Configuration", set.into()).value_name("KEY=VALUE").action(ArgAction::Append),
        flag("quick", "Scale", quick.into()).action(ArgAction::SetTrue),
    ]);
    let paper = |help: &str| flag("paper", "Scale", help.into()).action(ArgAction::SetTrue).conflicts_with("quick");
    command.args(S::paper().map(paper))
}

/// What a key is where nobody says otherwise.
fn defaults(key: &Key, scales: &[(Scale, toml::Table)]) -> String {
    let at = |table: &toml::Table| match lookup(table, key.name).map(shown) {
        Some(word) if word.is_empty() => "none".to_owned(),
        Some(word) => word,
        None => key.unwritten.to_owned(),
    };
    let usual = at(&scales[0].1);
    let mut text = format!("default: {usual}");
    for (scale, table) in &scales[1..] {
        let other = at(table);
        if other != usual {
            text += &format!("; --{} {other}", scale.name());
        }
    }
    text
}

impl Layers {
    /// What was said on the command line.
    pub fn from_matches<S: Settings>(matches: &ArgMatches) -> Self {
        let said = |key: Key| {
            let value = Given::Word(matches.get_one::<String>(key.name)?.clone());
            let place = key.word.map_or_else(|| format!("--{}", key.flag_name()), str::to_owned);
            Some(Said { place, key: key.name.into(), value })
        };
        let on = |scale: &Scale| matches.try_get_one::<bool>(scale.name()).is_ok_and(|on| on == Some(&true));
        Self {
            file: matches.get_one("config").cloned(),
            sets: matches.get_many::<String>("set").into_iter().flatten().cloned().collect(),
            flags: all_keys::<S>().into_iter().filter_map(said).collect(),
            scale: Scale::ALL.into_iter().find(on),
            ..Self::default()
        }
    }
}
