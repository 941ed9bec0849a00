//! How a verifier reads: a small trait over a folder, an archive, or bytes in memory.

use std::io::{self, Read};

use super::finding::{Code, Finding};

/// What stands under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A file with bytes.
    Regular,
    /// A symbolic link, a device, a socket: never opened.
    Other,
}

/// A name of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileInfo {
    /// From the bundle's top, with `/`. Not to be trusted: it may be anything that a hostile archive holds.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// Its length as listed.
    pub size: u64,
}

/// A bundle's files. Directories are no files of their own. Several threads read at once.
pub trait Files: Sync {
    /// Every name, each once for each time it is there; links are not followed.
    ///
    /// # Errors
    /// If the bundle cannot be listed whole.
    fn list(&self) -> io::Result<Vec<FileInfo>>;

    /// Hands the bytes of a regular file to `with`. Only listed names that match the format's pattern are asked for.
    ///
    /// # Errors
    /// If it cannot be opened or read ([`io::ErrorKind::InvalidData`] if its bytes are there but damaged), and what `with`
    /// returns.
    fn read(&self, path: &str, with: Reading<'_>) -> io::Result<()>;
}

/// What is done with a file's bytes.
pub type Reading<'r> = &'r mut dyn FnMut(&mut dyn Read) -> io::Result<()>;

/// Reads a small file, refusing one that is longer than `max`.
pub(crate) fn read_small(files: &dyn Files, path: &str, max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    files.read(path, &mut |file| {
        file.take(max as u64 + 1).read_to_end(&mut bytes).map(drop)
    })?;
    if bytes.len() > max {
        Err(io::Error::other(format!("longer than {max} bytes")))
    } else {
        Ok(bytes)
    }
}

/// The finding for a file that cannot be read: damaged bytes are not the ones that were exported.
pub(crate) fn unread(path: &str, error: &io::Error) -> Finding {
    let damaged = error.kind() == io::ErrorKind::InvalidData;
    Finding::new(if damaged {
        Code::ManifestMismatch
    } else {
        Code::BundleUnreadable
    })
    .path(path)
    .detail(error)
}
