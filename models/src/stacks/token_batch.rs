//! `TokenBatch`: sequences of tokens of unequal lengths, time-major and padded.

/// B sequences of tokens. What stands behind a sequence's end is padding; nothing ever depends on it.
///
/// ```
/// use models::stacks::TokenBatch;
///
/// let batch = TokenBatch::new(&[vec![5, 6, 7], vec![8]]);
/// assert_eq!(batch.tokens, [5, 8, 6, 0, 7, 0]); // step after step
/// assert_eq!(batch.lengths, [3, 1]);
/// assert_eq!(batch.weights(), [1.0, 1.0, 1.0, 0.0, 1.0, 0.0]);
/// assert_eq!(batch.shifted(9).tokens, [9, 9, 5, 0, 6, 0]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenBatch {
    /// T·B tokens; that of example e at step t is number t·B + e.
    pub tokens: Vec<usize>,
    /// The steps of each sequence; T is the largest.
    pub lengths: Vec<usize>,
}

impl TokenBatch {
    /// Pads the sequences to the longest.
    pub fn new(sequences: &[impl AsRef<[usize]>]) -> Self {
        let lengths: Vec<_> = sequences.iter().map(|s| s.as_ref().len()).collect();
        let (batch, steps) = (lengths.len(), lengths.iter().copied().max().unwrap_or(0));
        let mut tokens = vec![0; steps * batch];
        for (e, sequence) in sequences.iter().enumerate() {
            for (t, &token) in sequence.as_ref().iter().enumerate() {
                tokens[t * batch + e] = token;
            }
        }
        Self { tokens, lengths }
    }

    /// 1 for each token, 0 for each padded place: with these weights a loss leaves the padding out.
    pub fn weights(&self) -> Vec<f64> {
        let batch = self.lengths.len();
        let is_there = |k: usize| k / batch < self.lengths[k % batch];
        (0..self.tokens.len()).map(|k| f64::from(u8::from(is_there(k)))).collect()
    }

    /// Every token one step later and `start` first, each sequence as long as it was: what a decoder reads that is to
    /// write this batch (teacher forcing).
    pub fn shifted(&self, start: usize) -> Self {
        let batch = self.lengths.len();
        let earlier = std::iter::repeat_n(start, batch).chain(self.tokens.iter().copied());
        let tokens = earlier.zip(self.weights()).map(|(token, w)| if w > 0.0 { token } else { 0 }).collect();
        Self { tokens, lengths: self.lengths.clone() }
    }
}
