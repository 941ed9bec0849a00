//! A bundle on its way to who asked for it: made while it is sent, kept nowhere.

use std::io::{self, BufWriter, Write};
use std::time::Duration;

use bytes::Bytes;
use ids::Sid;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::Export;
use super::export::{ExportError, stream_zip};
use crate::gate::Pass;

/// Bytes written at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks that wait for the client.
const CHUNKS_MAX: usize = 4;
/// How long a client may take nothing before it is cut off, and makes room for another.
const STALL_MAX: Duration = Duration::from_secs(60);

/// A piece of an archive.
#[derive(Debug)]
pub enum Chunk {
    /// The next bytes.
    Bytes(Bytes),
    /// It is whole. Without this it is not, and whoever gets it must not take it for whole.
    End,
}

/// An archive that is being made.
#[derive(Debug)]
pub struct Download {
    /// A name to save it under.
    pub name: String,
    /// Its pieces. Whoever drops this ends the making of it.
    pub chunks: mpsc::Receiver<Chunk>,
}

/// Begins to write an export's archive, on a thread of its own.
pub(super) fn begin(export: Export, sid: Sid, pass: Pass) -> Download {
    let (to, chunks) = mpsc::channel(CHUNKS_MAX);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let _pass = pass;
        let client = Client {
            to,
            runtime,
            stall_max: STALL_MAX,
        };
        match write(&export, client) {
            Ok(()) => {}
            Err(ExportError::Io(error))
                if matches!(
                    error.kind(),
                    io::ErrorKind::BrokenPipe | io::ErrorKind::TimedOut
                ) =>
            {
                tracing::debug!(%sid, %error, "Who asked for a bundle did not wait for its end");
            }
            Err(error) => tracing::error!(%sid, %error, "A bundle could not be written"),
        }
    });
    Download {
        name: format!("cloudseat-{sid}.zip"),
        chunks,
    }
}

fn write(export: &Export, client: Client) -> Result<(), ExportError> {
    let client = stream_zip(export, BufWriter::with_capacity(CHUNK_BYTES, client))?
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    client.send(Chunk::End)?;
    Ok(())
}

/// The client as a file that can only be written to.
struct Client {
    to: mpsc::Sender<Chunk>,
    runtime: Handle,
    stall_max: Duration,
}

impl Client {
    fn send(&self, chunk: Chunk) -> io::Result<()> {
        let sent = async { tokio::time::timeout(self.stall_max, self.to.send(chunk)).await };
        match self.runtime.block_on(sent) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Write for Client {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(Chunk::Bytes(Bytes::copy_from_slice(bytes)))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(stall_max: Duration) -> (Client, mpsc::Receiver<Chunk>) {
        let (to, chunks) = mpsc::channel(1);
        let runtime = Handle::current();
        (
            Client {
                to,
                runtime,
                stall_max,
            },
            chunks,
        )
    }

    #[tokio::test]
    async fn nothing_is_written_for_a_client_that_went_away_or_stands_still() {
        let (gone, chunks) = client(Duration::from_secs(60));
        drop(chunks);
        let (stalled, _chunks) = client(Duration::from_millis(5));
        let work = move || {
            let kinds = [gone, stalled].map(|mut client| {
                client.write_all(b"a").ok();
                client.write_all(b"b").unwrap_err().kind()
            });
            assert_eq!(kinds, [io::ErrorKind::BrokenPipe, io::ErrorKind::TimedOut]);
        };
        tokio::task::spawn_blocking(work).await.unwrap();
    }
}
