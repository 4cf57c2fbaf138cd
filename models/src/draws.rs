use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// Randomness that is addressed, not called.
///
/// A stream of numbers is a function of (seed, purpose, address) alone: the key of a ChaCha8 generator is the SHA-256
/// of the three. So a draw for update 7 is the same whether updates 0–6 were run, resumed, or given to another thread,
/// and a new purpose shifts no other stream. The transforms from bits to numbers are ours, for libraries change
/// theirs; the golden values below pin all of it.
#[derive(Clone, Debug)]
pub struct Draws(ChaCha8Rng);

impl Draws {
    /// The stream for `purpose` (such as `"init"`) at `address` (such as layer, update, time step, example).
    pub fn at(seed: u64, purpose: &str, address: &[u64]) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update((purpose.len() as u64).to_le_bytes());
        hash.update(purpose);
        for number in address {
            hash.update(number.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in [low, high).
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Uniform in 0 .. n, without bias: multiply and reject (Lemire 2019, Alg. 5).
    ///
    /// # Panics
    /// If n is 0.
    #[track_caller]
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "below: a draw from no numbers");
        let n = n as u64;
        let threshold = n.wrapping_neg() % n;
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(n);
            if product as u64 >= threshold {
                return (product >> 64) as usize;
            }
        }
    }

    /// Standard normal (the polar method, Marsaglia & Bray 1964; one of each pair is used).
    pub fn normal(&mut self) -> f64 {
        loop {
            let (u, v) = (self.between(-1.0, 1.0), self.between(-1.0, 1.0));
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                return u * (-2.0 * s.ln() / s).sqrt();
            }
        }
    }

    /// Another order of these, every order as likely as another (Fisher & Yates, from the last place to the second).
    pub fn shuffle<E>(&mut self, items: &mut [E]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_values_pin_the_streams() {
        let mut draws = Draws::at(1, "test", &[2, 3]);
        let golden = (draws.uniform(), draws.below(1000), draws.normal(), draws.between(-1.0, 1.0));
        assert_eq!(format!("{golden:?}"), "(0.5421191751720852, 4, -0.7440257451076863, -0.8210003199767166)");
    }

    #[test]
    fn every_part_of_the_address_makes_another_stream() {
        let first = |seed, purpose, address: &[u64]| Draws::at(seed, purpose, address).uniform().to_bits();
        let streams = [
            first(1, "a", &[]),
            first(2, "a", &[]),
            first(1, "b", &[]),
            first(1, "ab", &[]),
            first(1, "a", &[0]),
            first(1, "a", &[0, 0]),
            first(1, "a", &[1, 0]),
        ];
        let distinct: std::collections::BTreeSet<_> = streams.iter().collect();
        assert_eq!(distinct.len(), streams.len());
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut draws = Draws::at(5, "moments", &[]);
        let n = 100_000;
        let mean = |xs: &[f64]| xs.iter().sum::<f64>() / xs.len() as f64;
        let normal: Vec<f64> = (0..n).map(|_| draws.normal()).collect();
        let squares: Vec<f64> = normal.iter().map(|x| x * x).collect();
        let thirds: Vec<f64> = (0..n).map(|_| draws.below(3) as f64).collect();
        assert!(mean(&normal).abs() < 0.02 && (mean(&squares) - 1.0).abs() < 0.02);
        assert!((mean(&thirds) - 1.0).abs() < 0.01);
    }

    #[test]
    fn every_order_is_as_likely_as_another() {
        let mut draws = Draws::at(6, "orders", &[]);
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..6000 {
            let mut items = [0, 1, 2];
            draws.shuffle(&mut items);
            *counts.entry(items).or_insert(0) += 1;
        }
        assert!(counts.len() == 6 && counts.values().all(|count| (850..1150).contains(count)), "{counts:?}");
        draws.shuffle::<u8>(&mut []);
    }
}
