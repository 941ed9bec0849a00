//! `cloudseat export`, `key`, `reindex`: commands on evidence. One that writes takes the data folder's lock, or asks
//! the running server.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use ids::Sid;

use super::user::configuration;
use crate::app::{self, App};
use crate::store;

/// Export a session as a bundle that anyone can verify.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The session
    session: Sid,
    /// Folder to make, or .zip file by its suffix
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Database, keys, evidence
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

pub(super) async fn export(command: Export) -> anyhow::Result<()> {
    if command.out.exists() {
        bail!("{} exists already; name a new one", command.out.display());
    }
    let config = configuration(command.data_dir)?;
    let zip = command
        .out
        .extension()
        .is_some_and(|suffix| suffix.eq_ignore_ascii_case("zip"));
    // A running server is the only writer: it exports, over its control socket.
    if let Some(done) =
        app::control::ask_export(&config.data_dir, command.session, &command.out, zip).await?
    {
        return done;
    }
    let _lock = super::serve::lock(&config.data_dir)?;
    let export = app::offline_export(&config.data_dir, &config.site, command.session).await?;
    write(&export, &command.out, zip)
}

fn write(export: &app::Export, out: &std::path::Path, zip: bool) -> anyhow::Result<()> {
    if zip {
        let file = std::fs::File::create_new(out)
            .with_context(|| format!("{} cannot be made", out.display()))?;
        app::write_zip(export, file)?;
    } else {
        app::write_folder(export, out)
            .with_context(|| format!("{} cannot be written", out.display()))?;
    }
    Ok(())
}

#[derive(Debug, Subcommand)]
pub(super) enum Key {
    /// Print the public key (vkey)
    Show(Where),
    /// Print trust.json for auditors
    Trust(Where),
}

#[derive(Debug, Args)]
pub(super) struct Where {
    /// Database, keys, evidence
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

pub(super) fn key(command: Key) -> anyhow::Result<()> {
    let (Key::Show(at) | Key::Trust(at)) = &command;
    let config = configuration(at.data_dir.clone())?;
    let path = config.data_dir.join("trust.json");
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!(
            "{} cannot be read; it is made at the server's first start",
            path.display()
        )
    })?;
    match command {
        Key::Trust(_) => super::print(&text),
        Key::Show(_) => {
            let trust = integrity::trust::Trust::parse(text.as_bytes())?;
            for key in trust.recorder_keys {
                super::print(&format!("{}\n", key.vkey))?;
            }
            Ok(())
        }
    }
}

/// Rebuild the database's index of recordings from the evidence folders.
#[derive(Debug, Args)]
pub(super) struct Reindex {
    /// Database, keys, evidence
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

pub(super) async fn reindex(command: Reindex) -> anyhow::Result<()> {
    let config = configuration(command.data_dir)?;
    let _lock = super::serve::lock(&config.data_dir)?;
    let store = store::open(&config.database_url).await?;
    let done = App::reindex(&config.data_dir.join("evidence"), &*store).await?;
    super::print(&format!("{} sessions indexed\n", done.indexed))?;
    for (sid, why) in &done.skipped {
        super::print(&format!("{sid} skipped: {why}\n"))?;
    }
    if !done.skipped.is_empty() {
        bail!(
            "{} session folders were skipped, and what the index had of them has stayed; \
             mend or set aside the folders, then run `cloudseat reindex` again",
            done.skipped.len()
        );
    }
    Ok(())
}
