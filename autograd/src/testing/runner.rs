//! `check`: a property over random inputs, with a seed that is printed and can be given.

use std::fmt::Debug;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestCaseResult, TestRunner};

use super::shown::Shown;

/// How many random cases a property runs, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 64;

fn from_env(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    match text.parse() {
        Ok(number) => Some(number),
        Err(_) => panic!("{name}={text} is not a whole number"),
    }
}

/// Runs `property` on random draws of `inputs`.
///
/// The seed is 0 unless the variable `UNROLL_SEED` gives one, so that the same code gets the same verdict every time;
/// it is printed, and named again with the smallest failing input. There, matrices stand as `dmatrix![1.0, 2.0; 3.0, 4.0]`.
///
/// # Panics
/// If the property fails.
#[track_caller]
pub fn check<S>(inputs: S, property: impl Fn(S::Value) -> TestCaseResult)
where
    S: Strategy,
    S::Value: Debug,
{
    if let Err(failure) = try_check(inputs, property) {
        panic!("{failure}");
    }
}

/// [`check`], for a test that says at a line of its own what failed.
///
/// # Errors
/// If the property fails: with the seed and the smallest failing input.
pub fn try_check<S>(inputs: S, property: impl Fn(S::Value) -> TestCaseResult) -> Result<(), String>
where
    S: Strategy,
    S::Value: Debug,
{
    let seed = from_env("UNROLL_SEED").unwrap_or(0);
    let cases = from_env("PROPTEST_CASES").map_or(CASES, |n| u32::try_from(n).unwrap_or(u32::MAX));
    println!("property seed {seed}, {cases} cases");
    let config = Config {
        cases,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..Config::default()
    };
    let run = TestRunner::new(config).run(&inputs.prop_map(Shown), |Shown(input)| property(input));
    run.map_err(|failure| format!("{failure}\nreplay with UNROLL_SEED={seed}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::matrix_of;
    use proptest::prelude::*;

    #[test]
    #[should_panic(expected = "minimal failing input: 10")]
    fn a_false_property_fails_at_its_smallest_counterexample() {
        check(0u32..1000, |n| {
            prop_assert!(n < 10);
            Ok(())
        });
    }

    #[test]
    #[should_panic(expected = "minimal failing input: [dmatrix![0.0, 0.0; 0.0, 0.0]]")]
    fn a_counterexample_shows_its_matrices() {
        check([matrix_of(0.0..1.0, 2, 2)], |_| Err(TestCaseError::fail("no")));
    }
}
