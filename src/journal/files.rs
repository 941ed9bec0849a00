//! A session's folder and the few ways it is written: create, append, sync. Nothing here deletes evidence.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ids::Sid;

/// The folder of one session, `<evidence>/<sid>/`.
#[derive(Debug, Clone)]
pub struct SessionDir {
    path: PathBuf,
}

impl SessionDir {
    /// The folder of `sid` under `root`, whether or not it is there.
    pub fn new(root: &Path, sid: Sid) -> Self {
        Self {
            path: root.join(sid.to_string()),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `log.jsonl`, the only authoritative file.
    pub fn log(&self) -> PathBuf {
        self.path.join("log.jsonl")
    }

    /// Makes the folder and those inside it, synced, readable by nobody else.
    pub(super) fn create(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        builder.create(&self.path)?;
        for name in ["media", "documents", "private", "checkpoints", "receipts"] {
            builder.create(self.path.join(name))?;
        }
        sync_dir(&self.path)?;
        sync_dir(self.path.parent().unwrap_or(Path::new(".")))
    }

    /// Writes a new file whole and syncs it and its folder, so that an entry may name it. Refuses to replace one.
    ///
    /// # Errors
    /// `AlreadyExists` where the name is taken, and whatever the system says.
    pub fn add(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path.join(name);
        let folder = path.parent().unwrap_or(&self.path);
        if !folder.exists() {
            DirBuilder::new()
                .mode(0o700)
                .recursive(true)
                .create(folder)?;
            sync_dir(&self.path)?;
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        sync_dir(folder)
    }

    /// Writes a signed head, whole or not at all. One that is kept for good is synced; any other can be made again from
    /// the log and the key, and recovery clears away what a power cut left of it.
    pub(super) fn put_checkpoint(&self, size: u64, note: &str, durable: bool) -> io::Result<()> {
        let path = self.checkpoint(size);
        replace(&path, &self.note_aside(), note.as_bytes(), durable)
    }

    /// Makes a signed head durable that was not to be kept when it was written.
    pub(super) fn keep_checkpoint(&self, size: u64) -> io::Result<()> {
        let path = self.checkpoint(size);
        File::open(&path)?.sync_all()?;
        sync_dir(path.parent().unwrap_or(&self.path))
    }

    /// Whether the signed head over this many entries is there.
    pub(super) fn has_checkpoint(&self, size: u64) -> bool {
        self.checkpoint(size).exists()
    }

    /// Removes a signed head that was superseded and given to nobody.
    pub(super) fn drop_checkpoint(&self, size: u64) -> io::Result<()> {
        match fs::remove_file(self.checkpoint(size)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Where a head is written before it gets its name: beside the folder, so that whoever reads the folder meanwhile
    /// sees no file that is not the session's.
    pub(super) fn note_aside(&self) -> PathBuf {
        self.path.with_extension("note.tmp")
    }

    fn checkpoint(&self, size: u64) -> PathBuf {
        self.path.join(format!("checkpoints/{size:010}.note"))
    }
}

/// Puts a file in its place whole: nobody ever reads a part of it, not even after a crash where it is `durable`.
/// `aside` is a name on the same file system that nobody else uses.
pub(crate) fn replace(path: &Path, aside: &Path, bytes: &[u8], durable: bool) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(aside)?;
    file.write_all(bytes)?;
    if durable {
        file.sync_all()?;
    }
    fs::rename(aside, path)?;
    if durable {
        sync_dir(path.parent().unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

/// Syncs a folder, which makes the names in it durable.
pub(super) fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
