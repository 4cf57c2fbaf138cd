//! The loops that most ops are made of, for every SIMD level.

use super::Number;
use super::vectorize::{Loop, vectorize};

macro_rules! loops {
    ($($(#[$doc:meta])* $name:ident($y:ident, $($x:ident),+) $body:block)*) => {$(
        $(#[$doc])*
        pub(crate) fn $name<T: Number>(y: &mut [T], $($x: &[T]),+) {
            struct Body<'a, T> { y: &'a mut [T], $($x: &'a [T]),+ }

            impl<T: Number> Loop for Body<'_, T> {
                #[inline(always)]
                fn run(self) {
                    let n = self.y.len();
                    $(let $x = &self.$x[..n];)+
                    for (i, $y) in self.y.iter_mut().enumerate() {
                        $(let $x = $x[i];)+
                        $body
                    }
                }
            }

            vectorize(Body { y, $($x),+ });
        }
    )*};
}

loops! {
    /// y ← x, with +0 for −0: what adding x to 0 gives.
    put(y, x) { *y = x + T::zero(); }
    /// y ← y + x.
    add_to(y, x) { *y += x; }
    /// y ← a + b.
    sum(y, a, b) { *y = a + b; }
    /// y ← a ∘ b.
    product(y, a, b) { *y = a * b; }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_its_equation_at_every_length() {
        for n in 0..40 {
            let wave = |phase: f64| (0..n).map(|i| (f64::from(i) + phase).sin()).collect::<Vec<_>>();
            let (a, b, y0) = (wave(0.0), wave(1.0), wave(2.0));
            let run = |f: &dyn Fn(&mut [f64])| {
                let mut y = y0.clone();
                f(&mut y);
                y
            };
            let of = |f: &dyn Fn(usize) -> f64| (0..n as usize).map(f).collect::<Vec<_>>();
            assert_eq!(run(&|y| put(y, &a)), a);
            assert_eq!(run(&|y| add_to(y, &a)), of(&|i| y0[i] + a[i]));
            assert_eq!(run(&|y| sum(y, &a, &b)), of(&|i| a[i] + b[i]));
            assert_eq!(run(&|y| product(y, &a, &b)), of(&|i| a[i] * b[i]));
        }
        let mut y = [1.0];
        put(&mut y, &[-0.0f64]);
        assert_eq!(y[0].to_bits(), 0);
    }
}
