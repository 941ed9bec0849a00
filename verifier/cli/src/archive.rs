//! A .zip as a bundle, read in place: nothing is unpacked, so no name can lead anywhere.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use integrity::verify::{FileInfo, FileKind, Files, Reading};
use zip::ZipArchive;
use zip::read::ZipReadOptions;
use zip::result::ZipError;

/// Deflate makes at most this many bytes of one, so no archive without overlapping members can hold more.
const INFLATION_MAX: u64 = 1032;

/// An archive on disk. Members may be stored or deflated, zip64 or not.
#[derive(Debug)]
pub struct Archive {
    file: Arc<File>,
    len: u64,
    zip: ZipArchive<At>,
    /// Members by path from the bundle's top.
    members: BTreeMap<String, usize>,
    files: Vec<FileInfo>,
}

impl Archive {
    /// The archive at `path`.
    ///
    /// # Errors
    /// If it is no .zip, is torn, encrypted or compressed by other means, contradicts itself (a name twice, members that
    /// overlap, a local header that differs from the directory), or claims more than it can hold.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = Arc::new(File::open(path)?);
        let len = file.metadata()?.len();
        let mut zip = ZipArchive::new(At {
            file: Arc::clone(&file),
            len,
            at: 0,
        })
        .map_err(to_io)?;
        zip.validate_header_consistency().map_err(to_io)?;
        let mut files = Vec::new();
        let mut members = BTreeMap::new();
        let mut total = 0_u64;
        for index in 0..zip.len() {
            let member = zip.by_index_data(index).map_err(to_io)?;
            if member.is_dir() {
                continue;
            }
            if member.encrypted() {
                return Err(io::Error::other(
                    "it is encrypted: unpack it with its password first",
                ));
            }
            // A name that is not UTF-8 is no name of a bundle and is reported as such.
            let name = String::from_utf8_lossy(member.name_raw()).into_owned();
            let kind = if member.is_symlink() {
                FileKind::Other
            } else {
                FileKind::Regular
            };
            total = total.saturating_add(member.size());
            members.insert(name.clone(), index);
            files.push(FileInfo {
                path: name,
                kind,
                size: member.size(),
            });
        }
        if total > len.saturating_mul(INFLATION_MAX) {
            return Err(io::Error::other(
                "it claims to hold more than an archive of its length can",
            ));
        }
        let mut archive = Self {
            file,
            len,
            zip,
            members,
            files,
        };
        if let Some(top) = archive.wrapping_folder() {
            archive.unwrap_folder(&top);
        }
        Ok(archive)
    }

    /// The one folder around everything that many programs put into an archive of a folder.
    fn wrapping_folder(&self) -> Option<String> {
        let (top, _) = self.files.first()?.path.split_once('/')?;
        let top = format!("{top}/");
        let wrapped = self.files.iter().all(|f| f.path.starts_with(&top));
        let is_bag = self.members.contains_key(&format!("{top}bagit.txt"));
        (wrapped && is_bag && top != "data/").then_some(top)
    }

    fn unwrap_folder(&mut self, top: &str) {
        for file in &mut self.files {
            file.path.drain(..top.len());
        }
        let members = std::mem::take(&mut self.members);
        self.members = members
            .into_iter()
            .map(|(path, index)| (path[top.len()..].to_owned(), index))
            .collect();
    }
}

impl Files for Archive {
    fn list(&self) -> io::Result<Vec<FileInfo>> {
        Ok(self.files.clone())
    }

    fn read(&self, path: &str, with: Reading<'_>) -> io::Result<()> {
        let index = *self.members.get(path).ok_or(io::ErrorKind::NotFound)?;
        let mut at = At {
            file: Arc::clone(&self.file),
            len: self.len,
            at: 0,
        };
        let member = self.zip.by_index_data(index).map_err(to_io)?;
        // The archive's own checksum would only turn a changed byte into an unreadable file.
        let options = ZipReadOptions::new().ignore_crc32(true);
        let mut reader = member.with_reader(&mut at, options).map_err(to_io)?;
        with(&mut reader)
    }
}

fn to_io(error: ZipError) -> io::Error {
    if let ZipError::Io(error) = error {
        error
    } else {
        io::Error::other(error)
    }
}

/// A reader with a place of its own in a file that several threads read.
#[derive(Debug, Clone)]
struct At {
    file: Arc<File>,
    len: u64,
    at: u64,
}

impl Read for At {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = read_at(&self.file, buf, self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for At {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buf: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buf, at)
}

#[cfg(windows)]
fn read_at(file: &File, buf: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buf, at)
}
