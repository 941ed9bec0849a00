//! A bundle in memory, to be altered thousands of times.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use integrity::trust::Trust;
use integrity::verify::{FileInfo, FileKind, Files, Options, Reading, Report, Verification};

/// The folder of a sample bundle.
pub(crate) fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/vectors")
        .join(name)
}

/// Files by path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(pub(crate) BTreeMap<String, Vec<u8>>);

impl Memory {
    /// The bundle of a sample.
    pub(crate) fn of_vector(name: &str) -> Self {
        let mut files = Self::default();
        files.load(&vector(name).join("bundle"), "");
        files
    }

    /// The session's own folder in a sample's bundle.
    pub(crate) fn of_session(name: &str) -> Self {
        let mut files = Self::default();
        files.load(&vector(name).join("bundle/data"), "");
        files
    }

    fn load(&mut self, folder: &Path, prefix: &str) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                self.load(&path, &format!("{name}/"));
            } else {
                self.0.insert(name, fs::read(path).unwrap());
            }
        }
    }

    /// Verifies on this thread.
    pub(crate) fn verify(&self, trust: &Trust, options: &Options) -> Report {
        let verification = Verification::begin(self, trust, options);
        let results = verification
            .jobs()
            .into_iter()
            .map(|job| job.run(self, &|_| ()))
            .collect();
        verification.finish(results)
    }
}

impl Files for Memory {
    fn list(&self) -> io::Result<Vec<FileInfo>> {
        let info = |(path, bytes): (&String, &Vec<u8>)| FileInfo {
            path: path.clone(),
            kind: FileKind::Regular,
            size: bytes.len() as u64,
        };
        Ok(self.0.iter().map(info).collect())
    }

    fn read(&self, path: &str, with: Reading<'_>) -> io::Result<()> {
        with(&mut self.0.get(path).ok_or(io::ErrorKind::NotFound)?.as_slice())
    }
}

/// The trust file of a sample.
pub(crate) fn trust(name: &str) -> Trust {
    Trust::parse(&fs::read(vector(name).join("trust.json")).unwrap()).unwrap()
}
