//! The texts of an export: a BagIt bag (RFC 8493) whose every bit a signature covers.

use std::collections::BTreeMap;

use crate::{Digest, Error, path};

/// `bagit.txt`.
pub const BAGIT: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

/// Name of the manifest over `data/`.
pub const MANIFEST: &str = "manifest-sha256.txt";

/// Name of the manifest over the tag files.
pub const TAG_MANIFEST: &str = "tagmanifest-sha256.txt";

/// Name of the signed note over the tag manifest.
pub const EXPORT_NOTE: &str = "export.note";

/// Tag files that an export may have beside the ones it must have.
pub const OPTIONAL_TAGS: [&str; 2] = ["README.txt", "bag-info.txt"];

/// The tag files of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags {
    files: BTreeMap<&'static str, String>,
}

impl Tags {
    /// The tag files over `payload`, the digests of all files by their paths from the session's folder (without
    /// `data/`), with an optional text for people.
    ///
    /// # Errors
    /// [`Error::Malformed`] if a path is not one a verifier opens.
    pub fn new(payload: &BTreeMap<String, Digest>, readme: Option<String>) -> Result<Self, Error> {
        let data = payload
            .iter()
            .map(|(path, digest)| (format!("data/{path}"), *digest))
            .collect();
        let mut files = BTreeMap::from([
            ("bagit.txt", BAGIT.to_owned()),
            (MANIFEST, manifest(&data)?),
        ]);
        if let Some(readme) = readme {
            files.insert("README.txt", readme);
        }
        let digests = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), Digest::sha256(text.as_bytes())))
            .collect();
        files.insert(TAG_MANIFEST, manifest(&digests)?);
        Ok(Self { files })
    }

    /// Name and text of each tag file; `export.note` is still to be signed.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.files.iter().map(|(name, text)| (*name, text.as_str()))
    }

    /// What the export's note signs: see [`Checkpoint::export`](crate::checkpoint::Checkpoint::export).
    pub fn digest(&self) -> Digest {
        Digest::sha256(self.files[TAG_MANIFEST].as_bytes())
    }
}

/// A manifest: a line `<digest>  <path>` for each file, sorted by path, as `sha256sum` writes it.
///
/// # Errors
/// [`Error::Malformed`] if a path is not one a verifier opens.
pub fn manifest(files: &BTreeMap<String, Digest>) -> Result<String, Error> {
    if files.keys().any(|p| !path::is_safe(p)) {
        return Err(Error::Malformed {
            what: "a path of an export",
        });
    }
    Ok(files
        .iter()
        .map(|(path, digest)| format!("{digest}  {path}\n"))
        .collect())
}

/// Reads a manifest. Paths may still be unsafe: compare, don't open.
///
/// # Errors
/// [`Error::Malformed`] for another form, paths out of order, or one that stands twice.
pub fn parse_manifest(bytes: &[u8]) -> Result<BTreeMap<String, Digest>, Error> {
    let malformed = || Error::Malformed {
        what: "a manifest (sorted lines of digest, two spaces, path)",
    };
    let text = std::str::from_utf8(bytes).map_err(|_| malformed())?;
    let mut files = BTreeMap::new();
    for line in text.split_inclusive('\n') {
        let (digest, path) = line
            .strip_suffix('\n')
            .and_then(|l| l.split_once("  "))
            .ok_or_else(malformed)?;
        let digest = digest.parse().map_err(|_| malformed())?;
        let sorted = files
            .last_key_value()
            .is_none_or(|(last, _): (&String, _)| last.as_str() < path);
        if !sorted || path.is_empty() {
            return Err(malformed());
        }
        files.insert(path.to_owned(), digest);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_files_of_a_foreign_export_are_reproduced() {
        let manifest =
            include_bytes!("../../../tests/vectors/plain-valid/bundle/manifest-sha256.txt");
        let tags = include_str!("../../../tests/vectors/plain-valid/bundle/tagmanifest-sha256.txt");
        let payload: BTreeMap<_, _> = parse_manifest(manifest)
            .unwrap()
            .into_iter()
            .map(|(path, digest)| (path.strip_prefix("data/").unwrap().to_owned(), digest))
            .collect();
        let ours = Tags::new(&payload, None).unwrap();
        assert_eq!(ours.files[MANIFEST].as_bytes(), manifest);
        assert_eq!(ours.files[TAG_MANIFEST], tags);
        assert_eq!(ours.digest(), Digest::sha256(tags.as_bytes()));
    }

    #[test]
    fn manifests_have_one_form() {
        let digest = Digest::sha256(b"");
        let good = format!("{digest}  a\n{digest}  b\n");
        assert_eq!(parse_manifest(good.as_bytes()).unwrap().len(), 2);
        for bad in [
            format!("{digest}  b\n{digest}  a\n"),
            format!("{digest}  a\n{digest}  a\n"),
            format!("{digest} a\n"),
            format!("{digest}  a"),
            format!("{digest}  \n"),
            format!("{}  a\n", digest.to_string().to_uppercase()),
            format!("{good}\n"),
        ] {
            assert!(parse_manifest(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(manifest(&BTreeMap::from([("../x".to_owned(), digest)])).is_err());
    }
}
