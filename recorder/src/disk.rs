//! The only place that creates, appends and syncs: a track's files on a volume.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ids::TrackId;

use crate::limits::{FILE_AGE_US, FILES_MAX};

/// Where recordings are stored. What a method promises about durability is what the log relies on.
pub trait Volume: Send + Sync {
    /// Makes a directory, if it is not there yet. Its name is durable after [`sync_dir`](Self::sync_dir) of its parent.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Makes a new file. One that is there already is never touched: [`io::ErrorKind::AlreadyExists`].
    /// Its name is durable after [`sync_dir`](Self::sync_dir) of its directory.
    fn create_file(&self, path: &Path) -> io::Result<Box<dyn Append>>;
    /// Returns when the names in a directory are durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

/// A file that only grows.
pub trait Append: Send {
    /// Appends all of `bytes`. After an error any part of them may have been written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns when everything appended is durable. After an error nothing is known about what
    /// has been appended since the last success, and the file must not be used again.
    fn sync_data(&mut self) -> io::Result<()>;
}

/// The file system. Directories are made with mode 0700, files with 0600.
#[derive(Debug, Clone, Copy, Default)]
pub struct FileSystem;

impl Volume for FileSystem {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            other => other,
        }
    }

    fn create_file(&self, path: &Path) -> io::Result<Box<dyn Append>> {
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        Ok(Box::new(file))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

impl Append for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        File::sync_data(self)
    }
}

/// Bytes an unprivileged process can still write to the file system that holds `path`.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(path)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Where a range lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Path below the session's directory.
    pub(crate) file: String,
    /// Offset in it.
    pub(crate) off: u64,
}

struct Current {
    file: Box<dyn Append>,
    name: String,
    len: u64,
    /// Arrival of its first packet, µs.
    first_us: u64,
}

/// The files of one track: `media/<track>/000.<ext>`, `001.<ext>`, ….
pub(crate) struct TrackFiles {
    volume: Arc<dyn Volume>,
    session_dir: PathBuf,
    /// Below the session's directory.
    folder: String,
    extension: &'static str,
    /// How many files have been made.
    made: u32,
    current: Option<Current>,
    /// Files that were rolled over with bytes in them that are not synced.
    rolled: Vec<Box<dyn Append>>,
    dirs: Vec<PathBuf>,
    dirty: bool,
}

impl TrackFiles {
    pub(crate) fn new(
        volume: Arc<dyn Volume>,
        session_dir: PathBuf,
        track: &TrackId,
        extension: &'static str,
    ) -> Self {
        Self {
            volume,
            session_dir,
            folder: format!("media/{track}"),
            extension,
            made: 0,
            current: None,
            rolled: Vec::new(),
            dirs: Vec::new(),
            dirty: false,
        }
    }

    /// Appends a segment whose oldest packet arrived at `t0_us`; rolls over first if the file is old.
    pub(crate) fn append(&mut self, bytes: &[u8], t0_us: u64) -> io::Result<Place> {
        let is_old = |current: &Current| t0_us.saturating_sub(current.first_us) >= FILE_AGE_US;
        if self.current.as_ref().is_none_or(is_old) && self.made < FILES_MAX {
            self.roll_over(t0_us)?;
        }
        let current = self.current.as_mut().ok_or(io::ErrorKind::NotFound)?;
        current.file.append(bytes)?;
        self.dirty = true;
        let place = Place {
            file: current.name.clone(),
            off: current.len,
        };
        current.len += bytes.len() as u64;
        Ok(place)
    }

    /// Makes everything appended durable, the names of new files and directories included.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        for mut file in self.rolled.drain(..) {
            file.sync_data()?;
        }
        if std::mem::take(&mut self.dirty)
            && let Some(current) = &mut self.current
        {
            current.file.sync_data()?;
        }
        for dir in self.dirs.drain(..) {
            self.volume.sync_dir(&dir)?;
        }
        Ok(())
    }

    fn roll_over(&mut self, first_us: u64) -> io::Result<()> {
        let folder = self.session_dir.join(&self.folder);
        if self.made == 0 {
            let media = self.session_dir.join("media");
            self.volume.create_dir(&media)?;
            self.volume.create_dir(&folder)?;
            self.dirs.extend([media, self.session_dir.clone()]);
        }
        let name = format!("{}/{:03}.{}", self.folder, self.made, self.extension);
        let file = self.volume.create_file(&self.session_dir.join(&name))?;
        self.made += 1;
        self.dirs.insert(0, folder);
        let old = self.current.replace(Current {
            file,
            name,
            len: 0,
            first_us,
        });
        if self.dirty {
            self.rolled.extend(old.map(|old| old.file));
        }
        self.dirty = false;
        Ok(())
    }
}
