//! A bundle's files, whether it is an export or a session's own folder: names first, bytes only of names that are safe.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::files::{FileKind, Files, read_small, unread};
use super::finding::{Code, Finding, Findings};
use crate::{Digest, bag, path};

/// What a verifier reads at most of files that it holds in memory.
mod limits {
    /// Bytes of a manifest: room for half a million files.
    pub(super) const MANIFEST_BYTES_MAX: usize = 64 << 20;
    /// Bytes of any other tag file.
    pub(super) const TAG_BYTES_MAX: usize = 1 << 20;
    /// Names of a bundle.
    pub(super) const NAMES_MAX: usize = 1 << 20;
}

/// Which of its two forms a bundle has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A BagIt bag with the session under `data/`.
    Export,
    /// The session's folder itself.
    Session,
}

/// A listed bundle.
pub(super) struct Bundle<'a> {
    files: &'a dyn Files,
    pub(super) form: Form,
    /// Lengths of the regular files with safe names, by path from the top.
    index: BTreeMap<String, u64>,
    /// Digests of what was read so far.
    digests: RefCell<BTreeMap<String, Digest>>,
}

impl<'a> Bundle<'a> {
    /// Lists the files and judges their names.
    pub(super) fn list(files: &'a dyn Files, findings: &mut Findings) -> io::Result<Self> {
        let list = files.list()?;
        if list.len() > limits::NAMES_MAX {
            return Err(io::Error::other(format!(
                "more than {} files",
                limits::NAMES_MAX
            )));
        }
        let is_export = |p: &str| {
            p.starts_with("data/") || !p.contains('/') && (is_tag(p) || p == bag::EXPORT_NOTE)
        };
        let form = if list.iter().any(|f| is_export(&f.path)) {
            Form::Export
        } else {
            Form::Session
        };
        let mut index = BTreeMap::new();
        for file in list {
            if !path::is_safe(&file.path) {
                findings.push(Finding::new(Code::PathUnsafe).path(&file.path));
            } else if file.kind != FileKind::Regular {
                findings.push(Finding::new(Code::FileNotRegular).path(&file.path));
            } else if index.insert(file.path.clone(), file.size).is_some() {
                findings.push(
                    Finding::new(Code::PathUnsafe)
                        .path(&file.path)
                        .detail("the name stands twice"),
                );
            }
        }
        Ok(Self {
            files,
            form,
            index,
            digests: RefCell::default(),
        })
    }

    /// The path from the bundle's top of a name in the session's folder.
    pub(super) fn path(&self, name: &str) -> String {
        match self.form {
            Form::Export => format!("data/{name}"),
            Form::Session => name.to_owned(),
        }
    }

    /// The name in the session's folder of a path from the top.
    pub(super) fn name<'p>(&self, path: &'p str) -> Option<&'p str> {
        match self.form {
            Form::Export => path.strip_prefix("data/"),
            Form::Session => Some(path),
        }
    }

    /// Length of a file, by path from the top.
    pub(super) fn size(&self, path: &str) -> Option<u64> {
        self.index.get(path).copied()
    }

    /// Whether a file stands at the top.
    pub(super) fn has_top(&self, name: &str) -> bool {
        self.index.contains_key(name)
    }

    /// Every path, from the top.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.index.keys().map(String::as_str)
    }

    /// Paths right in a folder of the session's folder.
    pub(super) fn in_folder(&self, folder: &str) -> Vec<String> {
        let prefix = self.path(&format!("{folder}/"));
        let right_in = |p: &&String| p[prefix.len()..].find('/').is_none();
        self.index
            .range(prefix.clone()..)
            .map(|(p, _)| p)
            .take_while(|p| p.starts_with(&prefix))
            .filter(right_in)
            .cloned()
            .collect()
    }

    /// Reads a small file and remembers its digest.
    pub(super) fn read(&self, path: &str, max: usize) -> io::Result<Vec<u8>> {
        let bytes = read_small(self.files, path, max)?;
        self.digests
            .borrow_mut()
            .insert(path.to_owned(), Digest::sha256(&bytes));
        Ok(bytes)
    }

    /// [`Bundle::read`] of a tag file.
    pub(super) fn read_top(&self, name: &str, max: usize) -> io::Result<Vec<u8>> {
        self.read(name, max)
    }

    /// Digest of a tag file that was read.
    pub(super) fn digest_top(&self, name: &str) -> Option<Digest> {
        self.digest(name)
    }

    /// Reads a file of any length once; its digest is to be [noted](Bundle::note_digest).
    pub(super) fn stream<T>(
        &self,
        path: &str,
        mut with: impl FnMut(&mut dyn io::Read) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut done = Err(io::Error::from(io::ErrorKind::NotFound));
        self.files.read(path, &mut |file| {
            done = with(file);
            Ok(())
        })?;
        done
    }

    /// Remembers a digest found elsewhere.
    pub(super) fn note_digest(&self, path: &str, digest: Digest) {
        self.digests.borrow_mut().insert(path.to_owned(), digest);
    }

    /// The digest of a file, if it was read.
    pub(super) fn digest(&self, path: &str) -> Option<Digest> {
        self.digests.borrow().get(path).copied()
    }
}

fn is_tag(name: &str) -> bool {
    name == "bagit.txt"
        || name == bag::MANIFEST
        || name == bag::TAG_MANIFEST
        || bag::OPTIONAL_TAGS.contains(&name)
}

/// The manifests of an export.
#[derive(Debug, Default)]
pub(super) struct Manifests {
    /// Stated digests by path from the top.
    stated: BTreeMap<String, Digest>,
}

impl Manifests {
    /// Reads the tag files and compares names; digests are compared by [`Manifests::check`] once all files are hashed.
    pub(super) fn read(bundle: &Bundle<'_>, findings: &mut Findings) -> Self {
        let mut stated = BTreeMap::new();
        let mut format = |path: &str, detail: String| {
            findings.push(Finding::new(Code::ManifestFormat).path(path).detail(detail));
        };
        match bundle.read_top("bagit.txt", limits::TAG_BYTES_MAX) {
            Ok(text) if text == bag::BAGIT.as_bytes() => {}
            Ok(_) => format("bagit.txt", "this is not BagIt 1.0 in UTF-8".to_owned()),
            Err(e) => format("bagit.txt", e.to_string()),
        }
        for (manifest, payload) in [(bag::MANIFEST, true), (bag::TAG_MANIFEST, false)] {
            let bytes = bundle
                .read_top(manifest, limits::MANIFEST_BYTES_MAX)
                .map_err(|e| e.to_string());
            let files = match bytes.and_then(|b| bag::parse_manifest(&b).map_err(|e| e.to_string()))
            {
                Ok(files) => files,
                Err(e) => {
                    format(manifest, e);
                    continue;
                }
            };
            for (path, digest) in files {
                let belongs = if payload {
                    path.starts_with("data/")
                } else {
                    is_tag(&path) && path != bag::TAG_MANIFEST
                };
                if belongs {
                    stated.insert(path, digest);
                } else {
                    format(manifest, format!("it names {path}"));
                }
            }
        }
        // Both manifests are themselves tag files: what is not readable has been reported, and is not missing.
        for path in stated.keys() {
            if !path::is_safe(path) {
                findings.push(Finding::new(Code::PathUnsafe).path(path));
            } else if bundle.size(path).is_none() {
                findings.push(
                    Finding::new(Code::FileMissing)
                        .path(path)
                        .detail("a manifest lists it"),
                );
            }
        }
        for path in bundle.paths() {
            let listed =
                stated.contains_key(path) || path == bag::TAG_MANIFEST || path == bag::EXPORT_NOTE;
            if !listed {
                findings.push(Finding::new(Code::FileUnlisted).path(path));
            }
        }
        // What stands beside `data/` is small; it is hashed here.
        for name in bag::OPTIONAL_TAGS
            .iter()
            .filter(|name| bundle.has_top(name))
        {
            if let Err(e) = bundle.read_top(name, limits::TAG_BYTES_MAX) {
                findings.push(unread(name, &e));
            }
        }
        Self { stated }
    }

    /// Compares stated digests with those found.
    pub(super) fn check(&self, bundle: &Bundle<'_>, findings: &mut Findings) {
        for (path, stated) in &self.stated {
            if bundle.digest(path).is_some_and(|found| found != *stated) {
                findings.push(Finding::new(Code::ManifestMismatch).path(path));
            }
        }
    }
}

/// Names in the session's folder that something in the log or in the format's layout accounts for.
pub(super) fn check_bound(bundle: &Bundle<'_>, named: &BTreeSet<String>, findings: &mut Findings) {
    for path in bundle.paths() {
        let Some(name) = bundle.name(path) else {
            continue;
        };
        if !named.contains(name) && !is_proof(name) {
            findings.push(
                Finding::new(Code::FileUnbound)
                    .path(path)
                    .detail("nothing in the log names it"),
            );
        }
    }
}

/// Whether a name is one of the layout's own: signed heads and proofs, which are judged by what is in them.
fn is_proof(name: &str) -> bool {
    let sized = |name: &str, suffix: &str| {
        name.strip_suffix(suffix)
            .is_some_and(|size| size.len() >= 10 && size.bytes().all(|b| b.is_ascii_digit()))
    };
    match name.split_once('/') {
        Some(("checkpoints", rest)) => sized(rest, ".note"),
        Some(("anchors", rest)) => sized(rest, ".tlog-proof"),
        Some(("timestamps", rest)) => sized(rest, ".tsr"),
        Some(("receipts", rest)) => rest.rsplit_once('-').is_some_and(|(who, rest)| {
            who.parse::<ids::ParticipantId>().is_ok() && sized(rest, ".note")
        }),
        Some(_) => false,
        None => name == "log.jsonl",
    }
}
