//! The one table of ops: every generic check runs on every row. An op file gives its rows in `tests::rows`.

mod complete;
mod edges;
mod levels;
mod misuse;
mod page;
mod row;

pub(crate) use row::{Row, certify};

/// Every row of every op file.
macro_rules! rows_of {
    ($($file:ident)*) => {
        fn rows() -> Vec<Row> {
            [$(super::$file::tests::rows()),*].into_iter().flatten().collect()
        }
    };
}

rows_of! {
    abs add clamp cos div elu exp extremum gelu identity leaky_relu ln mul pow relu scale select shift sigmoid silu sin
    softplus sqrt square sub tanh
    add_bias add_row scale_columns scale_rows
    affine matmul matmul_nt matmul_tn solve transpose
    concat_columns concat_rows gather_columns reshape slice_rows
    delay reverse_time
    hook scale_grad
    dot log_sum_exp log_sum_exp_rows max max_columns max_rows mean mean_columns mean_rows norm sum sum_columns sum_rows
    trace
    log_softmax softmax
    dropout layer_norm
    average_pool2d conv1d conv2d max_pool2d
    huber mean_absolute_error mean_squared_error sigmoid_cross_entropy softmax_cross_entropy
}
