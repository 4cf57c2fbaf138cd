//! What a student reads.

use std::collections::BTreeSet;

use experiments::counted;
use experiments::report::of_diverged;
use experiments::run::Findings;
use experiments::settings::Scale;
use experiments::table::{Table, row, table};

use super::article::Advice;
use super::network::Network;
use super::summary::{Column, shown};
use super::unit::Score;

/// The tables and the numbers of a run.
pub fn findings(scores: &[Score], scale: Scale) -> Findings {
    let columns = Column::all(scores);
    let shuffled = scores.iter().any(|score| score.shuffled);
    let mut numbers = Vec::new();
    for column in &columns {
        for network in Network::ALL {
            let key = format!("{}.{}", column.kind.name(), network.key());
            let mean = |shuffled| column.accuracy(network, shuffled).mean;
            numbers.push((format!("{key}.accuracy"), mean(false)));
            numbers.extend(shuffled.then(|| (format!("{key}.shuffled"), mean(true))));
        }
    }
    let seeds = scores.iter().map(|score| score.seed).collect::<BTreeSet<_>>().len();
    let mut text = format!(
        "Accuracy on test examples, the mean of {} (least–greatest), and what the article says\n{}\n\n",
        counted(seeds, "seed"),
        accuracies(&columns, false)
    );
    text += &columns.iter().map(Column::verdict).collect::<String>();
    if shuffled {
        text += &format!(
            "\nThe same with columns, pixels or steps in another order, one order for all examples\n{}\n",
            accuracies(&columns, true)
        );
    }
    let mut counts = by_problem(&columns);
    for network in Network::ALL {
        counts.add_row(row(network.name(), columns.iter().map(|column| column.parameters(network))));
    }
    text += &format!("\nParameters\n{counts}\n");
    text += &of_diverged(scores.iter().filter(|score| score.diverged).count());
    Findings::new(numbers, text + scale.warning().trim_start())
}

/// A table with a column for each problem.
fn by_problem(columns: &[Column]) -> Table {
    table(row("network", columns.iter().map(Column::name)))
}

fn accuracies(columns: &[Column], shuffled: bool) -> Table {
    let mut table = by_problem(columns);
    table.add_row(row("chance", columns.iter().map(|column| format!("{:.3}", 1.0 / column.classes() as f64))));
    table.add_row(row("most frequent class", columns.iter().map(|column| shown(column.majority()))));
    for network in Network::ALL {
        let cell = |column: &Column| {
            let shown = shown(column.accuracy(network, shuffled));
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
