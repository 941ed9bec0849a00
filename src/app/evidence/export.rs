//! Exports: a session's folder as a BagIt bag whose every bit a signature covers (evidence-format.md, export).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use ids::Sid;
use integrity::bag::{EXPORT_NOTE, Tags};
use integrity::body::ExportCreated;
use integrity::checkpoint::Checkpoint;
use integrity::{Digest, Draft};
use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::app::{App, Error};
use crate::gate::Pass;
use crate::journal::{self, Journal, Keep, SessionDir, SharedSigner};

/// Why an export was not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The archive cannot be written.
    #[error("{0}")]
    Zip(#[from] zip::result::ZipError),
}

/// What goes into an export: the payload by path, and the tag files.
#[derive(Debug, Clone)]
pub struct Export {
    dir: PathBuf,
    /// Paths from the session's folder, with the bytes that count of each: an open session's files go on growing.
    payload: BTreeMap<String, u64>,
    tags: BTreeMap<String, String>,
}

/// What people read first when they open an export.
const README: &str = "\
云席证据导出包 / cloudseat evidence export

核验：cloudseat-verify <本文件夹或压缩包> --trust trust.json（trust.json 由监督机关公布，不得取自本包）
手工核验方法见 docs/verify-by-hand.md。录像：data/media/<轨道>/ 下的文件按顺序拼接即可播放。

To verify: cloudseat-verify <this folder or archive> --trust trust.json (trust.json comes from the supervising authority, never from here).
By hand: see docs/verify-by-hand.md. To play: concatenate the files of data/media/<track>/ in order.
";

impl App {
    /// Prepares an export of the session as it stands: appends `export.created`, fixes which bytes count, signs.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Internal`]; [`Error::Busy`] where too many are prepared already.
    pub async fn export(&self, sid: Sid) -> Result<Export, Error> {
        let pass = self.parts.gates.exports.pass().await?;
        prepare(
            &self.parts.journal,
            &self.parts.signer,
            &self.parts.site,
            sid,
            Some(pass),
        )
        .await
    }
}

/// [`App::export`] where no server runs: the caller holds the data folder's lock.
///
/// # Errors
/// Those of the start, and of the export.
pub async fn offline_export(data_dir: &Path, site: &str, sid: Sid) -> anyhow::Result<Export> {
    let (signer, _) = crate::app::start::open_signer(data_dir, site)?;
    let evidence = data_dir.join("evidence");
    // A session that was torn is mended first; the others stay as they are.
    journal::recover_one(&evidence, crate::app::start::how_stopped(data_dir), sid)?;
    let journal = Journal::start(evidence, site, &signer, 1, 0);
    Ok(prepare(&journal, &signer, site, sid, None).await?)
}

async fn prepare(
    journal: &Journal,
    signer: &SharedSigner,
    site: &str,
    sid: Sid,
    pass: Option<Pass>,
) -> Result<Export, Error> {
    let internal = |error: &dyn std::fmt::Display| Error::Internal(error.to_string());
    let export = uuid::Uuid::now_v7().simple().to_string();
    let created = ExportCreated {
        export: export.parse().map_err(|e| internal(&e))?,
        redaction: None,
    };
    let draft =
        Draft::new(crate::app::people::server_actor(), &created).map_err(|e| internal(&e))?;
    let committed = journal
        .append(sid, vec![draft.into()], Keep::ForGood)
        .await?;
    let (dir, size) = (journal.dir(sid), committed.head.size);
    let gather = move || {
        let _pass = pass;
        gather(&dir, size)
    };
    let gathered = tokio::task::spawn_blocking(gather)
        .await
        .map_err(|e| internal(&e))?;
    let (payload, digests) = gathered.map_err(|e| internal(&e))?;
    let tags = Tags::new(&digests, Some(README.to_owned())).map_err(|e| internal(&e))?;
    let checkpoint = Checkpoint::export(site, sid, size, tags.digest());
    let note = signer
        .lock()
        .expect("a signer does not panic")
        .sign_export(&checkpoint)
        .map_err(|e| internal(&e))?;
    let mut tags: BTreeMap<String, String> = tags
        .files()
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect();
    tags.insert(EXPORT_NOTE.to_owned(), note.to_string());
    Ok(Export {
        dir: journal.dir(sid).path().to_owned(),
        payload,
        tags,
    })
}

type Gathered = (BTreeMap<String, u64>, BTreeMap<String, Digest>);

/// The files of a session up to the log's `size`: lengths and digests of the bytes that its entries account for.
fn gather(dir: &SessionDir, size: u64) -> io::Result<Gathered> {
    let log = fs::read(dir.log())?;
    let lines: usize = log
        .split_inclusive(|b| *b == b'\n')
        .take(usize::try_from(size).unwrap_or(usize::MAX))
        .map(<[u8]>::len)
        .sum();
    let mut payload = BTreeMap::from([("log.jsonl".to_owned(), lines as u64)]);
    let named = Named::of(&log[..lines]);
    payload.extend(named.ranges);
    for file in named.files {
        let bytes = fs::metadata(dir.path().join(&file))?.len();
        payload.insert(file, bytes);
    }
    for folder in ["checkpoints", "receipts", "anchors", "timestamps"] {
        let path = dir.path().join(folder);
        for item in fs::read_dir(&path).into_iter().flatten() {
            let item = item?;
            let name = item.file_name().to_string_lossy().into_owned();
            let of = name
                .split(['.', '-'])
                .filter_map(|part| part.parse::<u64>().ok())
                .next_back();
            // Heads beyond this export's log belong to what is appended while it is written.
            if of.is_some_and(|n| n <= size) {
                payload.insert(format!("{folder}/{name}"), item.metadata()?.len());
            }
        }
    }
    let mut digests = BTreeMap::new();
    for (file, bytes) in &payload {
        digests.insert(file.clone(), digest(&dir.path().join(file), *bytes)?);
    }
    Ok((payload, digests))
}

/// What the entries of a log name.
struct Named {
    /// Media and back-up files with the end of their last committed range.
    ranges: BTreeMap<String, u64>,
    /// Whole files.
    files: Vec<String>,
}

impl Named {
    fn of(log: &[u8]) -> Self {
        let mut named = Self {
            ranges: BTreeMap::new(),
            files: Vec::new(),
        };
        for entry in log
            .split_inclusive(|b| *b == b'\n')
            .filter_map(|line| integrity::Entry::from_line(line).ok())
        {
            let text = |member: &serde_json::Value| {
                member
                    .get("file")
                    .and_then(|f| f.as_str())
                    .map(str::to_owned)
            };
            named.files.extend(
                ["ref", "replacement"]
                    .iter()
                    .filter_map(|m| entry.body.get(*m))
                    .filter_map(text),
            );
            if entry.body.contains_key("private") {
                named.files.push(integrity::private::path(entry.seq));
            }
            let number = |name: &str| entry.body.get(name).and_then(serde_json::Value::as_u64);
            let file = entry.body.get("file").and_then(|f| f.as_str());
            if let (Some(file), Some(off), Some(bytes)) = (file, number("off"), number("bytes")) {
                let end = named.ranges.entry(file.to_owned()).or_default();
                *end = (*end).max(off + bytes);
            }
        }
        named
    }
}

fn digest(path: &Path, bytes: u64) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path)?.take(bytes);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.into()),
            n => hasher.update(&buffer[..n]),
        }
    }
}

/// Writes an export as a folder, which must not exist yet.
///
/// # Errors
/// [`ExportError::Io`].
pub fn write_folder(export: &Export, to: &Path) -> Result<(), ExportError> {
    fs::create_dir(to)?;
    for (name, text) in &export.tags {
        fs::write(to.join(name), text)?;
    }
    for (name, bytes) in &export.payload {
        let target = to.join("data").join(name);
        fs::create_dir_all(target.parent().unwrap_or(to))?;
        io::copy(
            &mut File::open(export.dir.join(name))?.take(*bytes),
            &mut File::create(target)?,
        )?;
    }
    Ok(())
}

/// Writes an export as a zip archive; media are stored as they are, for they are compressed already.
///
/// # Errors
/// [`ExportError`].
pub fn write_zip<W: Write + Seek>(export: &Export, to: W) -> Result<(), ExportError> {
    fill(export, ZipWriter::new(to))?.flush()?;
    Ok(())
}

/// [`write_zip`] to where nothing can be written twice: lengths and checksums follow each member (APPNOTE 4.3.9).
///
/// # Errors
/// [`ExportError`].
pub(super) fn stream_zip<W: Write>(export: &Export, to: W) -> Result<W, ExportError> {
    Ok(fill(export, ZipWriter::new_stream(to))?.into_inner())
}

fn fill<W: Write + Seek>(export: &Export, mut archive: ZipWriter<W>) -> Result<W, ExportError> {
    let options = |bytes: u64, method| {
        SimpleFileOptions::default()
            .compression_method(method)
            .large_file(bytes >= u64::from(u32::MAX))
            .unix_permissions(0o644)
    };
    for (name, text) in &export.tags {
        archive.start_file(
            name.as_str(),
            options(text.len() as u64, CompressionMethod::Deflated),
        )?;
        archive.write_all(text.as_bytes())?;
    }
    for (name, bytes) in &export.payload {
        let method = if name.starts_with("media/") {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        archive.start_file(format!("data/{name}"), options(*bytes, method))?;
        io::copy(
            &mut File::open(export.dir.join(name))?.take(*bytes),
            &mut archive,
        )?;
    }
    Ok(archive.finish()?)
}
