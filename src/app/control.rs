//! `DATA_DIR/control.sock`: commands on evidence ask the running server, which is the only writer.
//!
//! One request a connection, one line of JSON each way. The socket is 0600: who may open it may read the keys anyway.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use ids::Sid;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::{App, write_folder, write_zip};

/// Name of the socket in the data folder.
const NAME: &str = "control.sock";
/// Bytes of a request or an answer.
const LINE_BYTES_MAX: u64 = 16 * 1024;

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Request {
    Export {
        session: Sid,
        out: PathBuf,
        zip: bool,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    error: Option<String>,
}

/// Serves the socket for as long as the server runs.
///
/// # Errors
/// The socket cannot be made.
pub fn serve(app: Arc<App>, data_dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let path = data_dir.join(NAME);
    // The data folder's lock is held, so a socket that is there belongs to nobody.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let app = Arc::clone(&app);
            tokio::spawn(async move {
                if let Err(error) = answer(&app, stream).await {
                    tracing::warn!(%error, "A command on the control socket was not answered");
                }
            });
        }
    });
    Ok(())
}

async fn answer(app: &App, stream: UnixStream) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    tokio::io::AsyncReadExt::take(BufReader::new(read), LINE_BYTES_MAX)
        .read_line(&mut line)
        .await?;
    let outcome = match serde_json::from_str(&line) {
        Ok(Request::Export { session, out, zip }) => export(app, session, out, zip).await,
        Err(error) => Err(error.into()),
    };
    let answer = Answer {
        error: outcome.err().map(|error| format!("{error:#}")),
    };
    write
        .write_all(format!("{}\n", serde_json::to_string(&answer)?).as_bytes())
        .await?;
    Ok(())
}

async fn export(app: &App, session: Sid, out: PathBuf, zip: bool) -> anyhow::Result<()> {
    let export = app.export(session).await?;
    let write = move || -> anyhow::Result<()> {
        if zip {
            write_zip(&export, std::fs::File::create_new(&out)?)?;
        } else {
            write_folder(&export, &out)?;
        }
        Ok(())
    };
    tokio::task::spawn_blocking(write).await?
}

/// Asks the server that runs on `data_dir` for an export; none where no server runs.
///
/// # Errors
/// The server is there and does not answer.
pub async fn ask_export(
    data_dir: &Path,
    session: Sid,
    out: &Path,
    zip: bool,
) -> anyhow::Result<Option<anyhow::Result<()>>> {
    let Ok(mut stream) = UnixStream::connect(data_dir.join(NAME)).await else {
        return Ok(None);
    };
    let request = Request::Export {
        session,
        out: std::path::absolute(out)?,
        zip,
    };
    stream
        .write_all(format!("{}\n", serde_json::to_string(&request)?).as_bytes())
        .await?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).await?;
    let answer: Answer = serde_json::from_str(&line)
        .context("the server's answer cannot be read; look at its log")?;
    Ok(Some(match answer.error {
        None => Ok(()),
        Some(error) => (|| bail!("{error}"))(),
    }))
}
