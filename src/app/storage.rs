//! Room for recordings: new calls are refused before the disk is full, calls in progress go on to their end.

use std::path::PathBuf;

use signaling::protocol::Storage;

/// Where recordings are written, and how much room must be left.
#[derive(Debug, Clone)]
pub(crate) struct Volume {
    /// The folder.
    pub(crate) path: PathBuf,
    /// No new call below this many free bytes.
    pub(crate) reserve_bytes: u64,
}

/// Below this nothing can be written with any certainty.
const FULL_BYTES: u64 = 16 << 20;

/// How much room there is.
pub(crate) fn state(volume: &Volume) -> Storage {
    match recorder::disk::free_bytes(&volume.path) {
        Ok(free) if free < FULL_BYTES => Storage::Full,
        Ok(free) if free < volume.reserve_bytes => Storage::Low,
        Ok(_) => Storage::Ok,
        Err(error) => {
            tracing::error!(%error, "The room left for recordings is unknown");
            Storage::Full
        }
    }
}

/// Free bytes, for people: Chinese, English.
pub(crate) fn describe(volume: &Volume) -> (String, String) {
    let kept = volume.reserve_bytes >> 30;
    match recorder::disk::free_bytes(&volume.path) {
        Ok(free) => (
            format!("剩余 {} GiB，其中 {kept} GiB 留给进行中的会话", free >> 30),
            format!(
                "{} GiB free, {kept} GiB kept for calls in progress",
                free >> 30
            ),
        ),
        Err(_) => (
            "剩余空间无法读取，原因见服务日志".to_owned(),
            "the room left cannot be read; the server's log says why".to_owned(),
        ),
    }
}
