//! `Schedule`: which states a sweep over time keeps, and from where it computes the others again.

use super::CannotSweep;
use crate::unroll::BLOCK;

/// How much of a sequence a sweep keeps in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// Every value of every step, as an ordinary sweep does: nothing is computed twice.
    Whole,
    /// Segments of about √T steps and the states between them: memory grows with √T, and every step but the last
    /// segment's is computed twice (Chen et al. 2016, arXiv:1604.06174).
    Sqrt,
    /// At most this number of bytes. The states to keep and the steps between them are chosen so that, of what is known to fit, the
    /// fewest steps are computed again, by binomial checkpointing where the states between all segments do not fit
    /// (Griewank & Walther 2000, ACM TOMS 26(1), algorithm 799 "revolve").
    Budget(usize),
}

/// What a pass takes, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// Whatever the length.
    pub(super) fixed: usize,
    /// A block more on the tape.
    pub(super) block: usize,
    /// The states between two steps.
    pub(super) states: usize,
}

/// Segments of `segment` blocks, and room for `slots` states besides the one that a pass starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) segment: usize,
    pub(super) slots: usize,
}

impl Plan {
    /// For `blocks` blocks; the cost is asked for only if it matters.
    pub(super) fn new(schedule: Schedule, blocks: usize, cost: impl FnOnce() -> Cost) -> Result<Self, CannotSweep> {
        match schedule {
            Schedule::Whole => Ok(Self { segment: blocks.max(1), slots: 0 }),
            Schedule::Sqrt => {
                let steps = ((blocks * BLOCK) as f64).sqrt().ceil() as usize;
                let segment = steps.div_ceil(BLOCK).max(1);
                Ok(Self { segment, slots: blocks.div_ceil(segment) })
            }
            Schedule::Budget(budget) => Self::within(budget, blocks, cost()),
        }
    }

    /// The plan within `budget` that computes the fewest blocks again; of equals, the one with the shortest segments.
    fn within(budget: usize, blocks: usize, cost: Cost) -> Result<Self, CannotSweep> {
        // A little room is left for a block that takes more than the measured one.
        let fixed = cost.fixed + cost.block / 4 + cost.states;
        let needed = fixed + cost.block;
        if needed > budget {
            return Err(CannotSweep::Budget { budget, needed });
        }
        let plans = (1..=blocks.max(1)).map_while(|segment| {
            let rest = budget.checked_sub(fixed + segment * cost.block)?;
            let count = blocks.div_ceil(segment);
            let slots = (rest / cost.states.max(1)).min(count.saturating_sub(1));
            let plan = Self { segment, slots };
            Some((plan.again(blocks), plan))
        });
        Ok(plans.min_by_key(|(again, _)| *again).expect("the smallest fits").1)
    }
}

impl Plan {
    /// How many of `blocks` blocks are computed again, at most; exactly, where every state is kept.
    pub(super) fn again(self, blocks: usize) -> usize {
        let Self { segment, slots } = self;
        let count = blocks.div_ceil(segment);
        match count {
            0 | 1 => 0,
            // Of the first segment, which may be shorter, only what there is.
            _ if slots >= count - 1 => blocks - segment,
            _ => advances(count, slots).saturating_mul(segment),
        }
    }
}

/// C(n, k), or the largest number if it is larger.
fn binomial(n: usize, k: usize) -> usize {
    (0..k.min(n - k)).try_fold(1usize, |c, i| Some(c.checked_mul(n - i)? / (i + 1))).unwrap_or(usize::MAX)
}

/// β(s, r) = C(s + r, r): how many segments can be swept with the starting state, s − 1 slots besides it, and no segment
/// computed again more than r times (Griewank & Walther 2000, §2).
fn reach(snapshots: usize, repetitions: usize) -> usize {
    binomial(snapshots + repetitions, repetitions)
}

/// The least r with `segments` ≤ β(slots + 1, r).
fn repetitions(segments: usize, slots: usize) -> usize {
    (0..).find(|&r| reach(slots + 1, r) >= segments).expect("β grows without bound")
}

/// How many segments are computed without being swept, at least: r·l − β(s + 1, r − 1) with s = slots + 1 (Griewank &
/// Walther 2000, §2).
pub(super) fn advances(segments: usize, slots: usize) -> usize {
    match repetitions(segments, slots) {
        0 => 0,
        r => (r * segments).saturating_sub(reach(slots + 2, r - 1)),
    }
}

/// With the state before the first of `segments` ≥ 2 segments at hand and `slots` ≥ 1 to fill: how many segments to
/// advance before the next state is kept.
///
/// With l segments, s snapshots and the least r, an optimal m leaves l − m to s − 1 snapshots and r repetitions, and has
/// the m before it swept with s snapshots and r − 1: any m with l − m ≤ β(s − 1, r) and β(s, r − 2) ≤ m ≤ β(s, r − 1)
/// and β(s − 1, r − 1) ≤ l − m is one. This takes the largest.
pub(super) fn stride(segments: usize, slots: usize) -> usize {
    let (snapshots, r) = (slots + 1, repetitions(segments, slots));
    reach(snapshots, r - 1).min(segments.saturating_sub(reach(snapshots - 1, r - 1))).clamp(1, segments - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T(l, c), the fewest advances, from its definition: from the state at hand advance m, keep the state, sweep the
    /// l − m behind it with a slot less, then the m before it.
    fn fewest(l: usize, c: usize, known: &mut std::collections::HashMap<(usize, usize), usize>) -> usize {
        if l <= 1 {
            return 0;
        }
        if c == 0 {
            return l * (l - 1) / 2;
        }
        if let Some(&fewest) = known.get(&(l, c)) {
            return fewest;
        }
        let best = (1..l).map(|m| m + fewest(l - m, c - 1, known) + fewest(m, c, known)).min().expect("l ≥ 2");
        known.insert((l, c), best);
        best
    }

    #[test]
    fn the_closed_form_and_the_stride_are_optimal() {
        let mut known = std::collections::HashMap::new();
        for l in 1..60 {
            for c in 0..12 {
                let best = fewest(l, c, &mut known);
                assert_eq!(advances(l, c), best, "{l} segments, {c} slots");
                if l > 1 && c > 0 {
                    let m = stride(l, c);
                    let with = m + fewest(l - m, c - 1, &mut known) + fewest(m, c, &mut known);
                    assert_eq!(with, best, "{l} segments, {c} slots, stride {m}");
                }
            }
        }
    }

    #[test]
    fn huge_counts_do_not_overflow() {
        assert_eq!(advances(1_000_000, 1_000_000), 999_999);
        assert_eq!(stride(1_000_000, 1_000_000), 1);
        assert!(advances(100_000, 3) < 100_000 * 60);
    }

    #[test]
    fn a_budget_buys_fewer_repetitions_the_larger_it_is() {
        let cost = Cost { fixed: 875, block: 500, states: 10 };
        let plan = |budget| Plan::within(budget, 200, cost);
        assert_eq!(plan(1509), Err(CannotSweep::Budget { budget: 1509, needed: 1510 }));
        assert_eq!(plan(1510), Ok(Plan { segment: 1, slots: 0 }));
        let again = |budget| {
            let Plan { segment, slots } = plan(budget).expect("fits");
            assert!(1000 + segment * 500 + (slots + 1) * 10 <= budget);
            Plan { segment, slots }.again(200)
        };
        let costs: Vec<_> = [1510, 1520, 1600, 2000, 5000, 50_000, 101_010].map(again).into();
        assert!(costs.is_sorted_by(|a, b| a >= b) && costs[0] > costs[5], "{costs:?}");
        assert_eq!(costs[6], 0, "everything fits");
    }

    #[test]
    fn near_the_whole_only_what_does_not_fit_is_computed_again() {
        let cost = Cost { fixed: 900, block: 100, states: 10 };
        let whole = 900 + 25 + 1000 * 100 + 10;
        assert_eq!(Plan::within(whole, 1000, cost), Ok(Plan { segment: 1000, slots: 0 }));
        let plan = Plan::within(whole - 1, 1000, cost).expect("fits");
        assert_eq!((plan, plan.again(1000)), (Plan { segment: 999, slots: 1 }, 1));
    }
}
