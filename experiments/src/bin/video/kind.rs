//! `Kind`: which of the networks.

use serde::{Deserialize, Serialize};

/// Which network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// CNN-LSTM-MLP, trained on clips as they are.
    Lstm,
    /// The same, trained on clips whose last frame stays for a while.
    LstmFrozen,
    /// CNN and MLP on the last frame.
    Last,
    /// CNN and MLP on the mean frame.
    Mean,
    /// MLP on all frames side by side.
    Mlp,
}

impl Kind {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Lstm, Self::LstmFrozen, Self::Last, Self::Mean, Self::Mlp];

    /// In files.
    pub fn name(self) -> &'static str {
        ["cnn-lstm", "cnn-lstm-frozen", "cnn-last", "cnn-mean", "mlp"][self as usize]
    }

    /// In figures and tables.
    pub fn label(self) -> &'static str {
        [
            "CNN-LSTM-MLP",
            "CNN-LSTM-MLP, trained with frozen frames",
            "CNN, last frame",
            "CNN, mean frame",
            "MLP, all frames",
        ][self as usize]
    }

    /// Whether it goes from frame to frame, and so may wait as long as it likes.
    pub fn remembers(self) -> bool {
        matches!(self, Self::Lstm | Self::LstmFrozen)
    }

    /// Whether it sees more than one frame, so that its answer is also asked for after a wait.
    pub fn waits(self) -> bool {
        self.remembers() || self == Self::Mlp
    }
}
