use autograd::ops::Window;
use autograd::{Scalar, Var};

use crate::{Bound, Handle, Layer, Placed, Specs, init};

/// Y[k, place] = b_k + Σ_{c, tap} W[k, (c, tap)] · X[c, the place's pixel under the tap]: K filters on images of C channels.
/// X (C·H·W × n), W (K × C·A·B), b (K×1), Y (K·H'·W' × n).
///
/// A column is an image: channel after channel, each row after row, so entry c·H·W + row·W + column is a pixel
/// ([`Window`] says it in full). The output is such an image again, of K channels: layers follow one another as they are,
/// pools ([`Var::max_pool2d`], [`Var::average_pool2d`]) need no layer, and to *flatten* is to do nothing, for a column is
/// flat already. A video is a sequence whose time steps are images: n = T·batch columns, all frames in one call.
///
/// W is uniform in ±1/√(C·A·B), b is 0 (LeCun et al. 1998, "Efficient BackProp", §4.6; PyTorch's bound).
#[derive(Clone, Debug)]
pub struct Conv2d {
    specs: Specs,
    w: Handle,
    b: Handle,
    window: Window,
    filters: usize,
}

impl Conv2d {
    /// `filters` filters on images of `channels` channels, the image and the kernel given by `window`.
    ///
    /// # Panics
    /// If the kernel does not fit the image.
    #[track_caller]
    pub fn new(channels: usize, filters: usize, window: Window) -> Self {
        window.places(); // refuses what does not fit
        let mut specs = Specs::default();
        let taps = channels * window.taps();
        let w = specs.add("w", (filters, taps), init::by_width(taps));
        let b = specs.add("b", (filters, 1), init::zeros());
        Self { specs, w, b, window, filters }
    }

    /// H' and W': the size of an output image.
    pub fn output_image(&self) -> (usize, usize) {
        self.window.places()
    }

    /// K·H'·W', the rows of the output.
    pub fn output_width(&self) -> usize {
        let (height, width) = self.output_image();
        self.filters * height * width
    }
}

impl Layer for Conv2d {
    fn specs(&self) -> &Specs {
        &self.specs
    }
}

impl Placed<Conv2d> {
    /// Every column's image, convolved.
    #[track_caller]
    pub fn apply<'t, T: Scalar>(&self, bound: &Bound<'t, T>, x: Var<'t, T>) -> Var<'t, T> {
        let p = self.on(bound);
        let _layer = p.layer();
        x.conv2d(p[self.w], Some(p[self.b]), self.window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Params;
    use autograd::Tape;
    use autograd::testing::proptest::prelude::*;
    use autograd::testing::{self, Program, matrix};
    use nalgebra::DMatrix;

    const WINDOW: Window = Window { image: (3, 4), kernel: (2, 3), stride: (1, 2), padding: (0, 1) };

    struct Applied(Placed<Conv2d>);

    fn conv2d() -> Placed<Conv2d> {
        Params::<f64>::new().place("conv2d", Conv2d::new(2, 2, WINDOW), 1)
    }

    impl<T: Scalar> Program<T> for Applied {
        fn name(&self) -> String {
            "conv2d layer".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            self.0.apply(&Bound::from_vars(inputs[..2].to_vec()), inputs[2])
        }
    }

    #[test]
    fn certificate() {
        let inputs = (1usize..3).prop_flat_map(|n| [matrix(2, 12), matrix(2, 1), matrix(24, n)]);
        testing::certify_program(&Applied(conv2d()), inputs.prop_map(Vec::from));
    }

    #[test]
    fn each_pixel_is_the_sum_under_its_filter() {
        let drawn = (matrix(2, 12), matrix(2, 1), matrix(24, 3));
        testing::check(drawn, |(w, b, x)| {
            let layer = conv2d();
            let tape = Tape::<f64>::new();
            let y = Program::run(&Applied(layer.clone()), &[tape.leaf(&w), tape.leaf(&b), tape.leaf(&x)]).value();
            prop_assert!(layer.output_image() == (2, 2) && y.shape() == (layer.output_width(), 3));
            for (e, k, i, j) in (0..3).flat_map(|e| (0..8).map(move |r| (e, r / 4, r / 2 % 2, r % 2))) {
                let mut sum = b[k];
                for (c, a, tap) in (0..12).map(|q| (q / 6, q / 3 % 2, q % 3)) {
                    // Row i + a, column 2j + tap − 1 of the image; padding is 0.
                    let (row, column) = (i + a, (2 * j + tap).wrapping_sub(1));
                    if column < 4 {
                        sum += w[(k, c * 6 + a * 3 + tap)] * x[(c * 12 + row * 4 + column, e)];
                    }
                }
                prop_assert!((y[(k * 4 + i * 2 + j, e)] - sum).abs() < 1e-13);
            }
            Ok(())
        });
    }

    #[test]
    #[should_panic(expected = "does not fit")]
    fn a_kernel_larger_than_the_image_is_refused() {
        Conv2d::new(1, 1, Window { image: (2, 2), kernel: (3, 3), stride: (1, 1), padding: (0, 0) });
    }

    #[test]
    fn a_pool_takes_its_output_as_it_is() {
        let tape = Tape::<f64>::new();
        let window = Window { image: (5, 5), kernel: (2, 2), stride: (1, 1), padding: (0, 0) };
        let layer = Params::<f64>::new().place("conv2d", Conv2d::new(1, 2, window), 1);
        let (w, b) = (tape.zeros(2, 4), tape.leaf(&DMatrix::from_element(2, 1, 1.0)));
        let y = layer.apply(&Bound::from_vars(vec![w, b]), tape.zeros(25, 3));
        let pool = Window { image: (4, 4), kernel: (2, 2), stride: (2, 2), padding: (0, 0) };
        assert_eq!((y.shape(), y.max_pool2d(pool).shape()), ((32, 3), (8, 3)));
    }
}
