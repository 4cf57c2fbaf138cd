//! `Column`: one problem, all networks and seeds; from the CSV file of the scores.

use experiments::report::in_order;
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

/// A problem of a run, and what the networks came to on it.
#[derive(Clone, Debug)]
pub struct Column<'a> {
    /// Its kind.
    pub kind: Kind,
    scores: Vec<&'a Score>,
}

impl<'a> Column<'a> {
    /// Those of a run, in its order.
    pub fn all(scores: &'a [Score]) -> Vec<Self> {
        let of = |kind: Kind| scores.iter().filter(move |score| score.kind == kind.name()).collect();
        let kinds = in_order(scores.iter().map(|score| &score.kind));
        kinds.iter().filter_map(|name| Kind::of(name)).map(|kind| Self { kind, scores: of(kind) }).collect()
    }

    /// The problem's name.
    pub fn name(&self) -> &'a str {
        &self.scores[0].problem
    }

    /// How many classes it has.
    pub fn classes(&self) -> usize {
        self.scores[0].classes
    }

    /// How often who always says the class that is most frequent in training is right.
    pub fn majority(&self) -> Spread {
        Spread::of(&self.scores.iter().map(|score| score.majority).collect::<Vec<_>>())
    }

    fn of(&self, network: Network, shuffled: bool) -> impl Iterator<Item = &&'a Score> {
        self.scores.iter().filter(move |score| score.network == network.name() && score.shuffled == shuffled)
    }

    /// The accuracy of a network on it.
    pub fn accuracy(&self, network: Network, shuffled: bool) -> Spread {
        let shares = self.of(network, shuffled).map(|score| score.right as f64 / score.of as f64);
        Spread::of(&shares.collect::<Vec<_>>())
    }

    /// How many parameters the network has for it.
    pub fn parameters(&self, network: Network) -> usize {
        self.of(network, false).map(|score| score.parameters).next().unwrap_or(0)
    }

    /// What was measured of the article's advice.
    pub fn verdict(&self) -> String {
        let networks = || Network::ALL.into_iter().filter(|network| *network != Network::Logistic);
        let accuracy = |network| self.accuracy(network, false);
        let advised = Advice::network(self.kind);
        let best = networks().max_by(|a, b| accuracy(*a).mean.total_cmp(&accuracy(*b).mean)).unwrap_or(advised);
        let (own, top) = (accuracy(advised), accuracy(best));
        let mut text = format!("{}: the article says {}, ", self.name(), advised.name());
        let overlap = |network: &Network| !is_above(own, accuracy(*network)) && !is_above(accuracy(*network), own);
        let rivals: Vec<_> = networks().filter(|n| *n != advised).filter(overlap).map(Network::name).collect();
        text += &if is_above(top, own) {
            format!("but {} is better in every seed: {:.3} against {:.3}", best.name(), top.mean, own.mean)
        } else if rivals.is_empty() {
            "and it is better than the others in every seed".into()
        } else {
            format!("and none is better; but {} cannot be told from it", rivals.join(" and "))
        };
        let logistic = accuracy(Network::Logistic).mean;
        for network in networks().filter(|network| Advice::on(*network, self.kind) == Advice::Avoid) {
            let (name, found) = (network.name(), accuracy(network).mean);
            text += &format!("; not {name}, which has {found:.3}, logistic regression {logistic:.3}");
        }
        text + ".\n"
    }
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
            Column::all(&scores)[0].verdict()
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
