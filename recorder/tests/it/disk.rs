//! A volume in memory that knows what is durable, and fails where it is told to.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use recorder::disk::{Append, Volume};

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails, and nothing happened.
    Refused,
    /// It fails, and half of it happened.
    Half,
    /// It fails, and all of it happened.
    Done,
}

#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) bytes: Vec<u8>,
    pub(crate) durable: usize,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) files: BTreeMap<PathBuf, Contents>,
    /// Names that would be found after a power cut.
    pub(crate) names: BTreeSet<PathBuf>,
    dirs: BTreeSet<PathBuf>,
    /// Operations so far.
    pub(crate) operations: usize,
    fault: Option<(usize, Fault)>,
    /// Syncs tried on a file after one failed.
    pub(crate) retried: bool,
    failed: BTreeSet<PathBuf>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(pub(crate) Arc<Mutex<State>>);

impl Memory {
    pub(crate) fn failing(at: usize, fault: Fault) -> Self {
        let memory = Self::default();
        memory.0.lock().unwrap().fault = Some((at, fault));
        memory
    }
}

impl State {
    /// What is to become of the next operation.
    fn next(&mut self) -> Option<Fault> {
        self.operations += 1;
        self.fault
            .filter(|(at, _)| *at == self.operations)
            .map(|(_, fault)| fault)
    }
}

fn outcome(fault: Option<Fault>) -> io::Result<()> {
    fault.map_or(Ok(()), |_| Err(io::Error::other("injected")))
}

impl Volume for Memory {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let fault = state.next();
        if fault != Some(Fault::Refused) {
            state.dirs.insert(path.to_owned());
        }
        outcome(fault)
    }

    fn create_file(&self, path: &Path) -> io::Result<Box<dyn Append>> {
        let mut state = self.0.lock().unwrap();
        assert!(
            state.dirs.contains(path.parent().unwrap()),
            "directory first"
        );
        assert!(!state.files.contains_key(path), "never the same file twice");
        let fault = state.next();
        if fault != Some(Fault::Refused) {
            state.files.insert(path.to_owned(), Contents::default());
        }
        outcome(fault)?;
        Ok(Box::new(MemoryFile {
            memory: self.clone(),
            path: path.to_owned(),
        }))
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let fault = state.next();
        if matches!(fault, None | Some(Fault::Done)) {
            let inside = |name: &&PathBuf| name.parent() == Some(path);
            let names: Vec<_> = state
                .files
                .keys()
                .chain(&state.dirs)
                .filter(inside)
                .cloned()
                .collect();
            state.names.extend(names);
        }
        outcome(fault)
    }
}

struct MemoryFile {
    memory: Memory,
    path: PathBuf,
}

impl Append for MemoryFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.memory.0.lock().unwrap();
        let fault = state.next();
        let written = match fault {
            None | Some(Fault::Done) => bytes,
            Some(Fault::Half) => &bytes[..bytes.len() / 2],
            Some(Fault::Refused) => &[],
        };
        state
            .files
            .get_mut(&self.path)
            .unwrap()
            .bytes
            .extend_from_slice(written);
        outcome(fault)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        let mut state = self.memory.0.lock().unwrap();
        state.retried |= state.failed.contains(&self.path);
        let fault = state.next();
        let contents = state.files.get_mut(&self.path).unwrap();
        let length = contents.bytes.len();
        match fault {
            None | Some(Fault::Done) => contents.durable = length,
            Some(Fault::Half) => contents.durable += (length - contents.durable) / 2,
            Some(Fault::Refused) => {}
        }
        if fault.is_some() {
            state.failed.insert(self.path.clone());
        }
        outcome(fault)
    }
}
