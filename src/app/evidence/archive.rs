//! A session's log read back from its folder, for everyone who looks at evidence.

use std::io;
use std::path::Path;

use ids::Sid;
use integrity::{Chain, Line};

use crate::app::Error;
use crate::journal::SessionDir;

/// The whole lines of a log, each of which continues the chain.
#[derive(Debug)]
pub(crate) struct Archive {
    /// In order.
    pub(crate) lines: Vec<Line>,
}

impl Archive {
    /// Reads a log up to its last whole line; a line that is being written is left out.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no log, [`Error::Internal`] where it cannot be read or does not hold together.
    pub(crate) async fn read(dir: SessionDir, sid: Sid) -> Result<Self, Error> {
        let read = move || Self::read_blocking(&dir.log(), sid);
        tokio::task::spawn_blocking(read)
            .await
            .map_err(|error| Error::Internal(error.to_string()))?
    }

    fn read_blocking(path: &Path, sid: Sid) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                Error::NotFound
            } else {
                Error::Internal(format!("the log of session {sid} cannot be read: {error}"))
            }
        })?;
        let mut chain = Chain::open(sid);
        let whole = bytes
            .split_inclusive(|b| *b == b'\n')
            .filter(|line| line.ends_with(b"\n"));
        let lines = whole
            .map(|line| chain.accept(line))
            .collect::<Result<Vec<_>, _>>();
        let lines = lines.map_err(|error| {
            Error::Internal(format!(
                "the log of session {sid} does not hold together: {error}"
            ))
        })?;
        if lines.is_empty() {
            Err(Error::NotFound)
        } else {
            Ok(Self { lines })
        }
    }
}
