use autograd::ops::Window;
use autograd::{Scalar, Var};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::layers::{Activation, Conv2d};
use crate::{Bound, Placed, Site};

/// The images that a network reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSize {
    /// C.
    pub channels: u32,
    /// H.
    pub height: u32,
    /// W.
    pub width: u32,
}

/// One convolution with square kernels (on one row: of one row), and what follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvConfig {
    /// How many filters.
    pub filters: u32,
    /// The rows and columns of a filter.
    pub kernel: u32,
    /// From one place to the next. 1.
    #[serde(default = "one")]
    pub stride: u32,
    /// Zeros on each side of the image, fewer than the kernel has rows. 0.
    #[serde(default)]
    pub padding: u32,
    /// φ.
    #[serde(default)]
    pub activation: Activation,
    /// The rows and columns over which the maximum is then taken, side by side. 1: no pool.
    #[serde(default = "one")]
    pub pool: u32,
}

fn one() -> u32 {
    1
}

impl ConvConfig {
    /// With ReLU; an odd kernel leaves an image as large as it is.
    pub fn relu(filters: u32, kernel: u32) -> Self {
        Self { filters, kernel, stride: 1, padding: kernel / 2, activation: Activation::Relu, pool: 1 }
    }
}

/// A stack of convolutions and pools: image in, features out.
/// ```text
/// a_0 = x,   a_l = pool(φ(W_l ∗ a_{l−1} + b_l))
/// ```
/// x (C·H·W × n), a column an image: channel after channel, each row after row (see [`Conv2d`]). The last a is flat already.
///
/// Images of one row (H = 1) are sequences of C numbers a step: their kernels, strides, paddings and pools act along the row
/// alone, so ∗ is then the one-dimensional convolution and a filter has C·k weights instead of C·k².
///
/// Its layers are named `0`, `1`, …
///
/// ```
/// use autograd::Tape;
/// use models::Params;
/// use models::stacks::{Cnn, ConvConfig, ImageSize};
///
/// #[derive(serde::Deserialize)]
/// struct Config { layers: Vec<ConvConfig> }
/// let config: Config = toml::from_str("layers = [{ filters = 4, kernel = 3, padding = 1, pool = 2 }]")?;
/// let mut params = Params::<f32>::new();
/// let cnn = Cnn::new(ImageSize { channels: 3, height: 8, width: 6 }, &config.layers, params.at("cnn", 1))?;
/// assert_eq!(cnn.output(), ImageSize { channels: 4, height: 4, width: 3 });
///
/// let tape = Tape::new();
/// let features = cnn.apply(&params.bind(&tape), tape.zeros(3 * 8 * 6, 10)); // 10 images
/// assert_eq!(features.shape(), (4 * 4 * 3, 10));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cnn {
    layers: Vec<(Placed<Conv2d>, Activation, Option<Window>)>,
    output: ImageSize,
}

impl Cnn {
    /// At a site of a model, for images of this size.
    ///
    /// # Errors
    /// If a kernel or pool does not fit the image that comes to it; the message is one line that names the layer. The layers before
    /// it are placed then.
    pub fn new<T: Scalar>(input: ImageSize, layers: &[ConvConfig], mut site: Site<'_, T>) -> Result<Self, ConfigError> {
        let refuse = |key: String, value: String, allowed| Err(ConfigError::out_of_range(key, value, allowed));
        if input.channels == 0 || input.height == 0 || input.width == 0 {
            let ImageSize { channels, height, width } = input;
            return refuse("image".into(), format!("{channels} × {height} × {width}"), "an image with pixels");
        }
        // In rows and columns: square, but on one row `alone` rows.
        let across = |n: u32, alone: u32| (if input.height == 1 { alone } else { n }, n);
        let mut cnn = Self { layers: Vec::new(), output: input };
        for (l, &ConvConfig { filters, kernel, stride, padding, activation, pool }) in layers.iter().enumerate() {
            ConfigError::positive(format!("conv.{l}.filters"), filters as usize)?;
            let ImageSize { channels, height, width } = cnn.output;
            let image = (height, width);
            let window =
                Window { image, kernel: across(kernel, 1), stride: across(stride, 1), padding: across(padding, 0) };
            if kernel == 0 || !window.fits() {
                let given = format!("kernel {kernel}, stride {stride}, padding {padding} on {height} × {width}");
                return refuse(
                    format!("conv.{l}"),
                    given,
                    "possible: 0 < kernel ≤ padded image, padding < kernel, stride > 0",
                );
            }
            let image = size(window.places());
            let under = Window { image, kernel: across(pool, 1), stride: across(pool, 1), padding: (0, 0) };
            if pool == 0 || !under.fits() {
                let given = format!("{pool} on {} × {}", image.0, image.1);
                return refuse(format!("conv.{l}.pool"), given, "from 1 to the image's height and width");
            }
            let conv = Conv2d::new(channels as usize, filters as usize, window);
            cnn.layers.push((site.place(&l.to_string(), conv), activation, (pool > 1).then_some(under)));
            let (height, width) = size(under.places());
            cnn.output = ImageSize { channels: filters, height, width };
        }
        Ok(cnn)
    }

    /// What comes out of it.
    pub fn output(&self) -> ImageSize {
        self.output
    }

    /// The features of every column's image.
    #[track_caller]
    pub fn apply<'t, T: Scalar>(&self, bound: &Bound<'t, T>, x: Var<'t, T>) -> Var<'t, T> {
        let mut a = x;
        for (conv, activation, pool) in &self.layers {
            a = activation.apply(conv.apply(bound, a));
            if let Some(window) = pool {
                a = a.max_pool2d(*window);
            }
        }
        a
    }
}

impl ImageSize {
    /// C·H·W, the rows of a column that is such an image.
    pub fn rows(&self) -> usize {
        self.channels as usize * self.height as usize * self.width as usize
    }
}

/// `frames`, from step `first` on, with zeros where an example has none. The driver sees to padding only behind the
/// convolutions, and 0 · NaN in the gradient of a filter would be NaN.
#[track_caller]
pub(crate) fn blank_padding<'t, T: Scalar>(frames: Var<'t, T>, lengths: &[usize], first: usize) -> Var<'t, T> {
    let ((rows, columns), batch) = (frames.shape(), lengths.len().max(1));
    let is_there = |column: usize| lengths.get(column % batch).is_some_and(|length| first + column / batch < *length);
    if (0..columns).all(is_there) {
        return frames;
    }
    frames.select(DMatrix::from_fn(rows, columns, |_, column| is_there(column)), frames.tape().zeros(rows, columns))
}

/// As an image's size.
fn size((height, width): (usize, usize)) -> (u32, u32) {
    let small = |n: usize| u32::try_from(n).expect("an image of fewer than 2³² rows and columns");
    (small(height), small(width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Params;
    use autograd::Tape;
    use autograd::testing::proptest::prelude::*;
    use autograd::testing::{self, Program, matrix};

    const IMAGE: ImageSize = ImageSize { channels: 2, height: 4, width: 3 };

    fn conv(filters: u32, kernel: u32) -> ConvConfig {
        ConvConfig { filters, kernel, stride: 1, padding: 1, activation: Activation::Tanh, pool: 1 }
    }

    fn placed(image: ImageSize, layers: &[ConvConfig]) -> (Cnn, Params<f64>) {
        let mut params = Params::new();
        (Cnn::new(image, layers, params.at("cnn", 1)).expect("fits"), params)
    }

    struct Applied(Cnn);

    impl<T: Scalar> Program<T> for Applied {
        fn name(&self) -> String {
            "cnn".into()
        }
        fn run<'t>(&self, inputs: &[Var<'t, T>]) -> Var<'t, T> {
            let (x, params) = inputs.split_last().expect("x");
            self.0.apply(&Bound::from_vars(params.to_vec()), *x)
        }
    }

    #[test]
    fn certificate() {
        let (cnn, params) = placed(IMAGE, &[conv(3, 2), ConvConfig { stride: 2, ..conv(1, 2) }]);
        let shapes = params.iter().map(|p| p.value.shape()).chain([(24, 2)]);
        testing::certify_program(&Applied(cnn), shapes.map(|(m, n)| matrix(m, n)).collect::<Vec<_>>());
    }

    #[test]
    fn it_is_its_ops_one_after_the_other() {
        let (cnn, params) = placed(IMAGE, &[ConvConfig { pool: 2, ..conv(3, 2) }, conv(2, 2)]);
        let tape = Tape::new();
        let bound = params.bind(&tape);
        let x = tape.constant(&DMatrix::from_fn(24, 2, |i, j| ((i + 5 * j) as f64).sin()));
        let [w0, b0, w1, b1] = *bound.vars() else { unreachable!() };
        let square = |image, kernel, stride, padding| Window {
            image,
            kernel: (kernel, kernel),
            stride: (stride, stride),
            padding: (padding, padding),
        };
        let a = x.conv2d(w0, Some(b0), square((4, 3), 2, 1, 1)).tanh().max_pool2d(square((5, 4), 2, 2, 0));
        let expected = a.conv2d(w1, Some(b1), square((2, 2), 2, 1, 1)).tanh();
        assert_eq!(cnn.apply(&bound, x).value(), expected.value());
        assert_eq!((cnn.output().rows(), expected.shape().0), (18, 18));
    }

    #[test]
    fn images_of_one_row_are_convolved_along_it() {
        let row = ImageSize { channels: 2, height: 1, width: 7 };
        let (cnn, params) = placed(row, &[ConvConfig { pool: 2, activation: Activation::Identity, ..conv(3, 3) }]);
        assert_eq!(cnn.output(), ImageSize { channels: 3, height: 1, width: 3 });
        let w = params.get("cnn.0.w").expect("there").value.clone();
        assert_eq!(w.shape(), (3, 2 * 3));
        let x = |c: usize, t: usize| ((3 * c + t) as f64).sin();
        let tape = Tape::new();
        let input = tape.constant(&DMatrix::from_fn(14, 1, |i, _| x(i / 7, i % 7)));
        let y = cnn.apply(&params.bind(&tape), input).value();
        for (k, place) in (0..9).map(|i| (i / 3, i % 3)) {
            // Step t sees steps t − 1 to t + 1; before the first there are zeros.
            let tap = |t: usize, c: usize, q: usize| if t + q == 0 { 0.0 } else { w[(k, 3 * c + q)] * x(c, t + q - 1) };
            let sum = |t: usize| (0..6).map(|i| tap(t, i / 3, i % 3)).sum::<f64>();
            let expected = sum(2 * place).max(sum(2 * place + 1));
            assert!((y[3 * k + place] - expected).abs() < 1e-14, "filter {k}, place {place}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_layer() {
        let refused = |image: ImageSize, layers: &[ConvConfig]| {
            Cnn::new(image, layers, Params::<f64>::new().at("cnn", 1)).expect_err("refused").to_string()
        };
        let refusal = |layers: &[ConvConfig]| refused(IMAGE, layers);
        assert!(
            refusal(&[conv(3, 2), conv(3, 9)]).starts_with("conv.1 = kernel 9, stride 1, padding 1 on 5 × 4 is not")
        );
        assert!(refusal(&[ConvConfig { stride: 0, ..conv(3, 2) }]).contains("stride 0"));
        assert!(refusal(&[ConvConfig { padding: 0, ..conv(3, 0) }]).contains("kernel 0"));
        let pool = refusal(&[ConvConfig { pool: 5, ..conv(3, 2) }]);
        assert_eq!(pool, "conv.0.pool = 5 on 5 × 4 is not from 1 to the image's height and width");
        assert_eq!(refusal(&[conv(0, 2)]), "conv.0.filters = 0 is not 1 or more");
        let none = refused(ImageSize { width: 0, ..IMAGE }, &[]);
        assert_eq!(none, "image = 2 × 4 × 0 is not an image with pixels");
    }

    #[test]
    fn of_each_image_it_is_what_it_is_of_the_image_alone() {
        let (cnn, params) = placed(IMAGE, &[ConvConfig { pool: 2, ..conv(3, 2) }]);
        testing::check(matrix(24, 3), |x| {
            let tape = Tape::new();
            let bound = params.bind(&tape);
            let all = cnn.apply(&bound, tape.constant(&x)).value();
            for j in 0..3 {
                let alone = cnn.apply(&bound, tape.constant(&x.columns(j, 1).into_owned())).value();
                prop_assert!((all.column(j) - alone.column(0)).amax() < 1e-13);
            }
            Ok(())
        });
    }
}
