//! A text, or what is read from one. Each reading of a text is a text again, in which values are
//! looked for as they are, so that what is written in two ways at once is found too.

use zeroize::Zeroizing;

/// A text in which values are looked for.
#[derive(Clone, Copy)]
pub(super) struct View<'t> {
    pub(super) bytes: &'t [u8],
    /// Where each byte begins in the text that all was read from; nothing if this is that text.
    origins: Option<&'t [usize]>,
    /// The bytes before which a value may have ended, although it goes on.
    pub(super) seams: &'t [usize],
}

impl<'t> View<'t> {
    pub(super) fn of(text: &'t [u8]) -> Self {
        Self { bytes: text, origins: None, seams: &[] }
    }

    /// Where a byte stands in the text that all was read from.
    pub(super) fn origin(self, at: usize) -> usize {
        self.origins.and_then(|origins| origins.get(at).copied()).unwrap_or(at)
    }

    /// Whether bytes stood one after the other in the text that all was read from.
    pub(super) fn has_one_piece(self, begin: usize, end: usize) -> bool {
        end > begin && self.origin(end - 1) - self.origin(begin) == end - 1 - begin
    }

    /// The seams behind a byte, up to another one.
    pub(super) fn seams_between(self, at: usize, end: usize) -> &'t [usize] {
        let place = |of: usize| self.seams.partition_point(|&seam| seam <= of);
        &self.seams[place(at)..place(end)]
    }
}

/// What was read so far.
pub(super) struct Draft {
    bytes: Zeroizing<Vec<u8>>,
    origins: Vec<usize>,
    seams: Vec<usize>,
}

impl Draft {
    /// For so many bytes at the most, so that no copy of one is left behind.
    pub(super) fn of(length: usize) -> Self {
        let bytes = Zeroizing::new(Vec::with_capacity(length));
        Self { bytes, origins: Vec::with_capacity(length), seams: Vec::new() }
    }

    pub(super) fn push(&mut self, byte: u8, origin: usize) {
        self.bytes.push(byte);
        self.origins.push(origin);
    }

    /// A value may have ended before the next byte.
    pub(super) fn seam(&mut self) {
        if self.seams.last() != Some(&self.bytes.len()) {
            self.seams.push(self.bytes.len());
        }
    }

    pub(super) fn view(&self) -> View<'_> {
        View { bytes: &self.bytes, origins: Some(&self.origins), seams: &self.seams }
    }
}

/// How many bytes were looked at, which the text must not decide.
pub(super) mod steps {
    #[cfg(test)]
    thread_local! {
        static TAKEN: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    /// Looked at so many bytes.
    #[cfg(not(test))]
    pub(in super::super) fn take(_: usize) {}

    #[cfg(test)]
    pub(in super::super) fn take(count: usize) {
        TAKEN.with(|taken| taken.set(taken.get() + count));
    }

    /// How many there were since it was asked last.
    #[cfg(test)]
    pub(in super::super) fn taken() -> usize {
        TAKEN.with(|taken| taken.replace(0))
    }
}
