//! What a student reads.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::Table;

use super::article::Advice;
use super::network::Network;
use super::summary::{Column, accuracy, columns, parameters, verdict};
use super::unit::Score;
use crate::run::Findings;

/// The tables and the numbers of a run.
pub fn findings(scores: &[Score], quick: bool) -> Findings {
    let columns = columns(scores);
    let shuffled = scores.iter().any(|score| score.shuffled);
    let mut numbers = BTreeMap::new();
    for column in &columns {
        for network in Network::ALL {
            let key = format!("{}.{}", column.kind.name(), network.key());
            numbers.insert(format!("{key}.accuracy"), accuracy(scores, network, column.kind, false).mean);
            if shuffled {
                numbers.insert(format!("{key}.shuffled"), accuracy(scores, network, column.kind, true).mean);
            }
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
    let diverged = scores.iter().filter(|score| score.diverged).count();
    if diverged > 0 {
        text += &format!("{diverged} trainings diverged; measured is what they were before.\n");
    }
    if quick {
        text += "This was --quick: too short to conclude from.\n";
    }
    Findings { numbers, text }
}

fn table(columns: &[Column]) -> Table {
    crate::table::table(["network".to_owned()].into_iter().chain(columns.iter().map(|column| column.name.clone())))
}

fn accuracies(scores: &[Score], columns: &[Column], shuffled: bool) -> Table {
    let mut table = table(columns);
    let chance = columns.iter().map(|column| format!("{:.3}", 1.0 / column.classes as f64));
    table.add_row(["chance".to_owned()].into_iter().chain(chance));
    let majority = columns.iter().map(|column| column.majority.shown());
    table.add_row(["most frequent class".to_owned()].into_iter().chain(majority));
    for network in Network::ALL {
        let cells = columns.iter().map(|column| {
            let shown = accuracy(scores, network, column.kind, shuffled).shown();
            match network {
                Network::Logistic => shown,
                _ if shuffled => shown,
                _ => format!("{shown} {}", Advice::on(network, column.kind).word()),
            }
        });
        table.add_row([network.name().to_owned()].into_iter().chain(cells));
    }
    table
}

fn counts(scores: &[Score], columns: &[Column]) -> Table {
    let mut table = table(columns);
    for network in Network::ALL {
        let cells = columns.iter().map(|column| parameters(scores, network, column.kind).to_string());
        table.add_row([network.name().to_owned()].into_iter().chain(cells));
    }
    table
}
