//! A folder as a bundle. Links are listed and never followed.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use integrity::verify::{FileInfo, FileKind, Files, Reading};

/// Folders within folders at most; a bundle has three.
const DEPTH_MAX: usize = 32;

/// A folder on disk.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    /// What each path was when it was listed, so that nothing else is opened under its name later.
    listed: Mutex<BTreeMap<String, Identity>>,
}

/// What makes a file the same file: device and inode, where the system has them.
type Identity = Option<(u64, u64)>;

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Identity {
    None
}

impl Folder {
    /// The folder at `root`, which may itself be a link.
    ///
    /// # Errors
    /// If it is no folder or cannot be read.
    pub fn open(root: &Path) -> io::Result<Self> {
        fs::read_dir(root)?;
        Ok(Self {
            root: root.to_owned(),
            listed: Mutex::default(),
        })
    }

    fn walk(
        &self,
        folder: &Path,
        prefix: &str,
        depth: usize,
        found: &mut Vec<FileInfo>,
    ) -> io::Result<()> {
        if depth > DEPTH_MAX {
            return Err(io::Error::other(format!(
                "folders nest deeper than {DEPTH_MAX}: {prefix}"
            )));
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            // `DirEntry::metadata` does not follow links. A file that is gone by now was not there.
            let metadata = match entry.metadata() {
                Ok(metadata) => metadata,
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(e),
            };
            if metadata.is_dir() {
                self.walk(&entry.path(), &format!("{path}/"), depth + 1, found)?;
                continue;
            }
            let kind = if metadata.is_file() {
                FileKind::Regular
            } else {
                FileKind::Other
            };
            if let Ok(mut listed) = self.listed.lock() {
                listed.insert(path.clone(), identity(&metadata));
            }
            found.push(FileInfo {
                path,
                kind,
                size: metadata.len(),
            });
        }
        Ok(())
    }
}

impl Files for Folder {
    fn list(&self) -> io::Result<Vec<FileInfo>> {
        let mut found = Vec::new();
        self.walk(&self.root, "", 0, &mut found)?;
        Ok(found)
    }

    fn read(&self, path: &str, with: Reading<'_>) -> io::Result<()> {
        let mut file = File::open(self.root.join(path))?;
        let metadata = file.metadata()?;
        let listed = self
            .listed
            .lock()
            .ok()
            .and_then(|listed| listed.get(path).copied());
        if !metadata.is_file() || listed != Some(identity(&metadata)) {
            return Err(io::Error::other("it is not the file that was listed"));
        }
        with(&mut file)
    }
}
