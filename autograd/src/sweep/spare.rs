/// Buffers that a sweep released, for the next it needs.
#[derive(Debug, Default)]
pub(crate) struct Spare<T>(Vec<Vec<T>>);

impl<T: Clone> Spare<T> {
    /// `len` numbers: arbitrary ones in a buffer that was released, or else `zero`.
    pub(crate) fn take(&mut self, len: usize, zero: T) -> Vec<T> {
        // The last one released is the likeliest to fit: sweeps release and take the same few sizes in turn. A much larger
        // one is left to what needs it, and a smaller one is never grown: each sweep would want it anew in its old size.
        let fit = self.0.iter().rposition(|spare| spare.capacity() >= len && spare.capacity() <= 2 * len + 64);
        let mut buffer = fit.map(|i| self.0.swap_remove(i)).unwrap_or_default();
        buffer.resize(len, zero);
        buffer
    }

    /// Keeps a buffer that nothing needs now.
    pub(crate) fn put(&mut self, buffer: Vec<T>) {
        self.0.push(buffer);
    }

    /// How many numbers there is room for.
    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(Vec::capacity).sum()
    }
}

impl<T> Extend<Vec<T>> for Spare<T> {
    fn extend<I: IntoIterator<Item = Vec<T>>>(&mut self, buffers: I) {
        self.0.extend(buffers);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_serves_again_where_it_fits_and_no_small_one_is_grown() {
        let mut spare = Spare::default();
        spare.extend([vec![1.0; 1000], vec![2.0; 10]]);
        assert_eq!(spare.take(900, 0.0), vec![1.0; 900], "the large one");
        assert_eq!(spare.take(900, 0.0), vec![0.0; 900], "a new one, not the small one grown");
        assert_eq!(spare.take(8, 0.0), vec![2.0; 8], "the small one");
        assert_eq!(spare.len(), 0);
        spare.put(vec![3.0; 1000]);
        assert_eq!(spare.take(10, 0.0), vec![0.0; 10], "not a hundred times as large");
        assert!(spare.len() >= 1000);
    }
}
