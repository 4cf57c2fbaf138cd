//! Flags made from a table of keys.

use clap::{Arg, ArgAction, ArgMatches, Command};

use super::{Key, Kind, Layers, Scale, Settings, all_keys, lookup, table};

/// `command` with a flag for every key, its default being that of `defaults_at`, and `--config`, `--set`, `--quick` and, where there is one, `--paper`.
pub fn flags<S: Settings>(command: Command, defaults_at: impl Fn(Scale) -> S) -> Command {
    let keys = all_keys::<S>();
    let scales: Vec<(Scale, toml::Table)> = Scale::ALL
        .into_iter()
        .filter(|scale| *scale != Scale::Paper || S::paper().is_some())
        .map(|scale| (scale, table(&defaults_at(scale))))
        .collect();
    let mut command = command;
    for key in &keys {
        let arg = Arg::new(key.name)
            .long(key.flag_name())
            .value_name(key.value_name())
            .allow_negative_numbers(true)
            .help(format!("{} [{}]", key.help, defaults(key, &scales)))
            .help_heading(key.heading);
        let arg = match key.kind {
            // Alone it means true.
            Kind::Switch => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
            Kind::Texts => arg.num_args(1).action(ArgAction::Append),
            _ => arg.num_args(1),
        };
        command = command.arg(arg);
    }
    command = command
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .value_parser(clap::value_parser!(std::path::PathBuf))
                .help("Settings from a TOML file, such as --print-config prints; flags and --set go before it")
                .help_heading("Configuration"),
        )
        .arg(
            Arg::new("set")
                .long("set")
                .value_name("KEY=VALUE")
                .action(ArgAction::Append)
                .help("Set a key of the configuration, by the name it has in the file")
                .help_heading("Configuration"),
        )
        .arg(
            Arg::new("quick")
                .long("quick")
                .action(ArgAction::SetTrue)
                .help("Everything small, in some seconds: to see that it runs, not to conclude from")
                .help_heading("Scale"),
        );
    if let Some(paper) = S::paper() {
        command = command.arg(
            Arg::new("paper")
                .long("paper")
                .action(ArgAction::SetTrue)
                .conflicts_with("quick")
                .help(paper)
                .help_heading("Scale"),
        );
    }
    command
}

/// What a key is where nobody says otherwise.
fn defaults(key: &Key, scales: &[(Scale, toml::Table)]) -> String {
    let at = |table: &toml::Table| match lookup(table, key.name) {
        Some(toml::Value::String(word)) if word.is_empty() => "none".to_owned(),
        Some(toml::Value::String(word)) => word.clone(),
        Some(toml::Value::Array(items)) if items.is_empty() => "none".to_owned(),
        Some(toml::Value::Array(items)) => {
            let word = |item: &toml::Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            items.iter().map(word).collect::<Vec<_>>().join(",")
        }
        Some(value) => value.to_string(),
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
        let word = |key: Key| {
            let word = match key.kind {
                // As the list that stands in a file: a text may hold any sign that could stand between two.
                Kind::Texts => {
                    let texts = matches.get_many::<String>(key.name)?.cloned().map(toml::Value::String);
                    toml::Value::Array(texts.collect()).to_string()
                }
                _ => matches.get_one::<String>(key.name)?.clone(),
            };
            Some((key.name, word))
        };
        let on = |flag: &str| matches.try_get_one::<bool>(flag).ok().flatten() == Some(&true);
        Self {
            file: matches.get_one("config").cloned(),
            sets: matches.get_many::<String>("set").into_iter().flatten().cloned().collect(),
            flags: all_keys::<S>().into_iter().filter_map(word).collect(),
            base: Vec::new(),
            point: Vec::new(),
            scale: if on("quick") {
                Some(Scale::Quick)
            } else if on("paper") {
                Some(Scale::Paper)
            } else {
                None
            },
        }
    }
}
