//! Hashing a file in one pass: the whole of it and the ranges that the log names.
//!
//! Jobs know nothing of one another, so that the caller can run them on as many threads as it has.

use std::io;

use sha2::{Digest as _, Sha256};
use sm3::Sm3;

use super::files::Files;
use crate::Digest;

/// Bytes read at once: both hashes of a piece run while it is in the cache nearest to the core.
const PIECE_BYTES: usize = 128 * 1024;

/// A range of a file that the log names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) seq: u64,
    pub(crate) off: u64,
    pub(crate) bytes: u64,
    /// Whether its SM3 is wanted.
    pub(crate) sm3: bool,
    /// Whether it may be withheld, so that zeros are looked for.
    pub(crate) redacted: bool,
}

impl Range {
    fn end(&self) -> u64 {
        self.off.saturating_add(self.bytes)
    }
}

/// A file to be read and hashed.
#[derive(Debug, Clone)]
pub struct HashJob {
    pub(crate) path: String,
    pub(crate) size: u64,
    /// Whether the digest of the whole file is wanted.
    pub(crate) whole: bool,
    /// In order, none overlapping the next.
    pub(crate) ranges: Vec<Range>,
}

/// What a range was found to be.
#[derive(Debug, Clone)]
pub(crate) struct RangeHash {
    pub(crate) sha256: Digest,
    pub(crate) sm3: Option<Digest>,
    pub(crate) zeros: bool,
    /// Whether the file holds all of it.
    pub(crate) complete: bool,
}

/// What a file was found to be.
#[derive(Debug)]
pub(crate) struct FileHash {
    pub(crate) len: u64,
    pub(crate) whole: Option<Digest>,
    pub(crate) ranges: Vec<RangeHash>,
}

/// A job's result.
#[derive(Debug)]
pub struct HashResult {
    pub(crate) job: HashJob,
    pub(crate) hashed: io::Result<FileHash>,
}

struct Hasher {
    sha256: Sha256,
    sm3: Option<Sm3>,
    zeros: bool,
}

impl Hasher {
    fn of(range: &Range) -> Self {
        Self {
            sha256: Sha256::new(),
            sm3: range.sm3.then(Sm3::new),
            zeros: range.redacted,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some(sm3) = &mut self.sm3 {
            sm3.update(bytes);
        }
        self.zeros = self.zeros && bytes.iter().all(|b| *b == 0);
    }

    fn finish(self, complete: bool) -> RangeHash {
        RangeHash {
            sha256: self.sha256.into(),
            sm3: self.sm3.map(Digest::from),
            zeros: self.zeros,
            complete,
        }
    }
}

impl HashJob {
    /// Bytes to read, for a progress bar.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Reads and hashes; `progress` is told the bytes of each piece.
    pub fn run(self, files: &dyn Files, progress: &(dyn Fn(u64) + Sync)) -> HashResult {
        let hashed = self.hash(files, progress);
        HashResult { job: self, hashed }
    }

    fn hash(&self, files: &dyn Files, progress: &(dyn Fn(u64) + Sync)) -> io::Result<FileHash> {
        let mut found = Err(io::Error::from(io::ErrorKind::NotFound));
        files.read(&self.path, &mut |file| {
            found = self.hash_bytes(file, progress);
            Ok(())
        })?;
        found
    }

    fn hash_bytes(
        &self,
        file: &mut dyn io::Read,
        progress: &(dyn Fn(u64) + Sync),
    ) -> io::Result<FileHash> {
        let mut piece = vec![0; PIECE_BYTES];
        let mut whole = self.whole.then(Sha256::new);
        let mut ranges = Vec::with_capacity(self.ranges.len());
        let mut hasher = self.ranges.first().map(Hasher::of);
        let mut at = 0_u64;
        loop {
            let len = match file.read(&mut piece) {
                Ok(0) => break,
                Ok(len) => len,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            let bytes = &piece[..len];
            if let Some(whole) = &mut whole {
                whole.update(bytes);
            }
            let end = at + len as u64;
            while let Some(range) = self.ranges.get(ranges.len()) {
                let from = range.off.clamp(at, end) - at;
                let to = range.end().clamp(at, end) - at;
                // Both lie within the piece, whose length is a usize.
                let part = &bytes[from as usize..to as usize];
                if let Some(hasher) = &mut hasher {
                    hasher.update(part);
                }
                if range.end() > end {
                    break;
                }
                ranges.extend(hasher.take().map(|h| h.finish(true)));
                hasher = self.ranges.get(ranges.len()).map(Hasher::of);
            }
            at = end;
            progress(len as u64);
        }
        // A range of no bytes at the end of the file is whole; any other one that is left is not.
        while let Some(range) = self.ranges.get(ranges.len()) {
            let left = hasher.take().unwrap_or_else(|| Hasher::of(range));
            ranges.push(left.finish(range.end() <= at));
        }
        Ok(FileHash {
            len: at,
            whole: whole.map(Digest::from),
            ranges,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::verify::files::{FileInfo, Reading};

    /// One file, handed out in pieces of a given length.
    struct OneFile(Vec<u8>, usize);

    struct Pieces<'a>(&'a [u8], usize);

    impl io::Read for Pieces<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(buf.len()).min(self.0.len());
            buf[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    impl Files for OneFile {
        fn list(&self) -> io::Result<Vec<FileInfo>> {
            Ok(Vec::new())
        }

        fn read(&self, _: &str, with: Reading<'_>) -> io::Result<()> {
            with(&mut Pieces(&self.0, self.1))
        }
    }

    proptest! {
        #[test]
        fn one_pass_finds_what_hashing_each_part_finds(
            data in prop::collection::vec(0_u8..2, 0..60), piece in 1_usize..20,
            lens in prop::collection::vec((0_u64..4, 0_u64..20), 0..6),
        ) {
            let mut off = 0;
            let ranges: Vec<Range> = lens.iter().map(|&(skip, bytes)| {
                off += skip;
                let range = Range { seq: 0, off, bytes, sm3: true, redacted: true };
                off += bytes;
                range
            }).collect();
            let job = HashJob { path: String::new(), size: data.len() as u64, whole: true, ranges: ranges.clone() };
            let found = job.run(&OneFile(data.clone(), piece), &|_| ()).hashed.unwrap();
            prop_assert_eq!(found.len, data.len() as u64);
            prop_assert_eq!(found.whole, Some(Digest::sha256(&data)));
            prop_assert_eq!(found.ranges.len(), ranges.len());
            for (range, hash) in ranges.iter().zip(&found.ranges) {
                let part = data.get(range.off as usize..range.end() as usize);
                prop_assert_eq!(hash.complete, part.is_some());
                if let Some(part) = part {
                    prop_assert_eq!(hash.sha256, Digest::sha256(part));
                    prop_assert_eq!(hash.sm3, Some(Digest::sm3(part)));
                    prop_assert_eq!(hash.zeros, part.iter().all(|b| *b == 0));
                }
            }
        }
    }
}
