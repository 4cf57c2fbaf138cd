use super::level::Level;

/// A loop over slices, with the slices as its fields: [`vectorize`] compiles it for every SIMD level.
///
/// ```
/// use autograd::kernels::{Loop, vectorize};
///
/// struct Halve<'a>(&'a mut [f32]);
///
/// impl Loop for Halve<'_> {
///     #[inline(always)]
///     fn run(self) {
///         for x in self.0 {
///             *x *= 0.5;
///         }
///     }
/// }
///
/// let mut x = [2.0, 3.0];
/// vectorize(Halve(&mut x));
/// assert_eq!(x, [1.0, 1.5]);
/// ```
pub trait Loop {
    /// Runs it. To be compiled for a level it must be inlined: `#[inline(always)]`, and short `zip`s inside.
    fn run(self);
}

/// Runs `body` as compiled for the widest vectors of this machine.
///
/// A default build assumes what every machine of the target has, on x86-64 vectors of 128 bits. No level has a fused
/// multiply-add, which rounds otherwise, so each gives the same bits.
pub fn vectorize(body: impl Loop) {
    match Level::best() {
        Level::Baseline => body.run(),
        // SAFETY: a level is only ever named if `Level::available` detected it.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { avx2(body) },
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { avx512(body) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(body: impl Loop) {
    body.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn avx512(body: impl Loop) {
    body.run();
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scaled<'a>(&'a [f64], &'a mut [f64]);

    impl Loop for Scaled<'_> {
        #[inline(always)]
        fn run(self) {
            for (y, x) in self.1.iter_mut().zip(self.0) {
                *y = *y * 3.0 + x * 1e-3;
            }
        }
    }

    #[test]
    fn every_level_gives_the_same_bits_at_every_length() {
        for len in 0..70 {
            let x: Vec<_> = (0..len).map(|i| f64::from(i).sin()).collect();
            let run = |level| {
                let mut y: Vec<_> = (0..len).map(|i| f64::from(i).cos()).collect();
                Level::forced(level, || vectorize(Scaled(&x, &mut y)));
                y.iter().map(|y| y.to_bits()).collect::<Vec<_>>()
            };
            let levels = Level::available();
            assert!(levels.iter().all(|&level| run(level) == run(Level::Baseline)), "length {len}");
        }
    }
}
