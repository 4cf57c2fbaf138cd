//! What a student reads.

use std::collections::BTreeSet;

use experiments::report::of_diverged;
use experiments::run::Findings;
use experiments::settings::Scale;
use experiments::table::{Table, row, table};

use super::article::Advice;
use super::network::Network;
use super::summary::{Column, accuracy, columns, parameters, shown, verdict};
use super::unit::Score;

/// The tables and the numbers of a run.
pub fn findings(scores: &[Score], scale: Scale) -> Findings {
    let columns = columns(scores);
    let shuffled = scores.iter().any(|score| score.shuffled);
    let mut numbers = Vec::new();
    for column in &columns {
        for network in Network::ALL {
            let key = format!("{}.{}", column.kind.name(), network.key());
            let mean = |shuffled| accuracy(scores, network, column.kind, shuffled).mean;
            numbers.push((format!("{key}.accuracy"), mean(false)));
            numbers.extend(shuffled.then(|| (format!("{key}.shuffled"), mean(true))));
        }
    }
    let seeds = scores.iter().map(|score| score.seed).collect::<BTreeSet<_>>().len();
    let mut text = format!(
        "Accuracy on test examples, the mean of {seeds} seed{} (least–greatest), and what the article says\n{}\n\n",
        if seeds == 1 { "" } else { "s" },
        accuracies(scores, &columns, false)
    );
    text += &columns.iter().map(|column| verdict(scores, column)).collect::<String>();
    if shuffled {
        text += &format!(
            "\nThe same with columns, pixels or steps in another order, one order for all examples\n{}\n",
            accuracies(scores, &columns, true)
        );
    }
    text += &format!("\nParameters\n{}\n", counts(scores, &columns));
    text += &of_diverged(scores.iter().filter(|score| score.diverged).count());
    Findings::new(numbers, text + scale.warning().trim_start())
}

/// A table with a column for each problem.
fn by_problem(columns: &[Column]) -> Table {
    table(row("network", columns.iter().map(|column| &column.name)))
}

fn accuracies(scores: &[Score], columns: &[Column], shuffled: bool) -> Table {
    let mut table = by_problem(columns);
    table.add_row(row("chance", columns.iter().map(|column| format!("{:.3}", 1.0 / column.classes as f64))));
    table.add_row(row("most frequent class", columns.iter().map(|column| shown(column.majority))));
    for network in Network::ALL {
        let cell = |column: &Column| {
            let shown = shown(accuracy(scores, network, column.kind, shuffled));
            match network {
                Network::Logistic => shown,
                _ if shuffled => shown,
                _ => format!("{shown} {}", Advice::on(network, column.kind).word()),
            }
        };
        table.add_row(row(network.name(), columns.iter().map(cell)));
    }
    table
}

fn counts(scores: &[Score], columns: &[Column]) -> Table {
    let mut table = by_problem(columns);
    for network in Network::ALL {
        let counts = columns.iter().map(|column| parameters(scores, network, column.kind));
        table.add_row(row(network.name(), counts));
    }
    table
}
