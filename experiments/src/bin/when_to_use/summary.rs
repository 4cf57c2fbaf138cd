//! `Cell`: one network on one problem, all seeds together; from the CSV file of the scores.

use experiments::stats::Spread;

use super::article::Advice;
use super::network::Network;
use super::problem::Kind;
use super::unit::Score;

/// Whether every seed of the one is above every seed of the other by more than a hundredth: so few seeds, and a thousand test
/// examples, tell no less.
fn is_above(one: Spread, other: Spread) -> bool {
    one.low > other.high + 0.01
}

/// The mean of some seeds and, if they differ, their range.
pub fn shown(Spread { mean, low, high }: Spread) -> String {
    let range = if low < high { format!(" ({low:.2}–{high:.2})") } else { String::new() };
    format!("{mean:.3}{range}")
}

/// A problem of a run.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    pub classes: usize,
    pub majority: Spread,
}

/// The problems of these scores, in their order.
pub fn columns(scores: &[Score]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for score in scores {
        let Some(kind) = Kind::of(&score.kind) else { continue };
        if columns.iter().all(|column| column.kind != kind) {
            let own = scores.iter().filter(|s| s.kind == score.kind).map(|s| s.majority).collect::<Vec<_>>();
            let (name, classes) = (score.problem.clone(), score.classes);
            columns.push(Column { name, kind, classes, majority: Spread::of(&own) });
        }
    }
    columns
}

fn of(scores: &[Score], network: Network, kind: Kind, shuffled: bool) -> impl Iterator<Item = &Score> {
    let own = move |s: &&Score| s.network == network.name() && s.kind == kind.name() && s.shuffled == shuffled;
    scores.iter().filter(own)
}

/// The accuracy of a network on a problem.
pub fn accuracy(scores: &[Score], network: Network, kind: Kind, shuffled: bool) -> Spread {
    Spread::of(&of(scores, network, kind, shuffled).map(|s| s.right as f64 / s.of as f64).collect::<Vec<_>>())
}

/// How many parameters the network has for the problem.
pub fn parameters(scores: &[Score], network: Network, kind: Kind) -> usize {
    of(scores, network, kind, false).map(|s| s.parameters).next().unwrap_or(0)
}

/// What was measured of an advice.
pub fn verdict(scores: &[Score], column: &Column) -> String {
    let networks = || Network::ALL.into_iter().filter(|network| *network != Network::Logistic);
    let accuracy = |network| accuracy(scores, network, column.kind, false);
    let advised = networks().find(|network| Advice::on(*network, column.kind) == Advice::Use);
    let best = networks().max_by(|a, b| accuracy(*a).mean.total_cmp(&accuracy(*b).mean));
    let (Some(advised), Some(best)) = (advised, best) else { return String::new() };
    let (own, top) = (accuracy(advised), accuracy(best));
    let mut text = format!("{}: the article says {}, ", column.name, advised.name());
    let others = || networks().filter(|network| *network != advised);
    let overlap = |network: &Network| !is_above(own, accuracy(*network)) && !is_above(accuracy(*network), own);
    if is_above(top, own) {
        text += &format!("but {} is better in every seed: {:.3} against {:.3}", best.name(), top.mean, own.mean);
    } else {
        let rivals: Vec<_> = others().filter(overlap).map(Network::name).collect();
        match &rivals[..] {
            [] => text += "and it is better than the others in every seed",
            rivals => text += &format!("and none is better; but {} cannot be told from it", rivals.join(" and ")),
        }
    }
    let logistic = accuracy(Network::Logistic);
    for network in networks().filter(|network| Advice::on(*network, column.kind) == Advice::Avoid) {
        let found = accuracy(network);
        text +=
            &format!("; not {}, which has {:.3}, logistic regression {:.3}", network.name(), found.mean, logistic.mean);
    }
    text + ".\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(of: &[(Network, usize)]) -> Vec<Score> {
        let score = |(network, right): &(Network, usize), seed: u64| Score {
            problem: "my.csv".into(),
            kind: "table".into(),
            network: network.name().into(),
            shuffled: false,
            seed,
            parameters: 7,
            right: right + seed as usize,
            of: 100,
            majority: 0.5,
            classes: 2,
            best_update: Some(1),
            diverged: false,
        };
        of.iter().flat_map(|own| (0..3).map(move |seed| score(own, seed))).collect()
    }

    #[test]
    fn an_advice_is_borne_out_open_or_contradicted() {
        use Network::{Cnn, CnnLstm, Logistic, Mlp, Rnn};
        let verdict = |mlp: usize, cnn: usize| {
            let scores = scores(&[(Logistic, 60), (Mlp, mlp), (Cnn, cnn), (Rnn, 50), (CnnLstm, 40)]);
            verdict(&scores, &columns(&scores)[0])
        };
        assert!(
            verdict(90, 70)
                .starts_with("my.csv: the article says MLP, and it is better than the others in every seed; ")
        );
        assert!(verdict(90, 70).contains("; not RNN, which has 0.510, logistic regression 0.610."));
        assert!(verdict(90, 91).contains("and none is better; but CNN cannot be told from it"), "{}", verdict(90, 91));
        assert!(verdict(80, 90).contains("but CNN is better in every seed: 0.910 against 0.810"));
    }

    #[test]
    fn a_spread_is_the_mean_and_both_ends() {
        let spread = Spread::of(&[0.5, 0.75, 0.25]);
        assert_eq!(spread, Spread { mean: 0.5, low: 0.25, high: 0.75 });
        assert_eq!((shown(spread), shown(Spread::of(&[0.5]))), ("0.500 (0.25–0.75)".into(), "0.500".into()));
        assert!(Spread::of(&[]).mean.is_nan());
        let [at, near, far] = [0.9, 0.908, 0.92].map(|x| Spread::of(&[x]));
        assert!(is_above(far, at) && !is_above(near, at) && !is_above(at, far));
    }
}
