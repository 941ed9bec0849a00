//! Paging: a cursor is the sort key of the last item given, so that a list that grows meanwhile neither
//! repeats nor skips what was there before.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;

/// Items of a page if not said.
pub const PAGE_LIMIT_DEFAULT: u32 = 50;
/// Most items of a page.
pub const PAGE_LIMIT_MAX: u32 = 200;

/// Which page of a list.
#[derive(Debug, Clone)]
pub struct PageRequest {
    cursor: Option<String>,
    limit: u32,
}

impl PageRequest {
    /// The page behind `cursor`, or the first; `limit` is clamped to 1 ..= [`PAGE_LIMIT_MAX`].
    pub fn new(cursor: Option<String>, limit: Option<u32>) -> Self {
        Self {
            cursor,
            limit: limit.unwrap_or(PAGE_LIMIT_DEFAULT).clamp(1, PAGE_LIMIT_MAX),
        }
    }

    /// The sort key to continue behind.
    pub(super) fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Error> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Error::Cursor)?;
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|_| Error::Cursor)
    }

    /// Rows to ask the database for: one more than the page holds tells whether another page follows.
    pub(super) fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// Cuts what [`Self::rows`] asked for down to the page.
    pub(super) fn page<T, K: Serialize>(
        &self,
        mut items: Vec<T>,
        key: impl Fn(&T) -> K,
    ) -> Page<T> {
        let limit = self.limit as usize;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| {
            let key =
                serde_json::to_vec(&key(last)).expect("sort keys are tuples of numbers and texts");
            URL_SAFE_NO_PAD.encode(key)
        });
        Page { items, next }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// Leads to what follows; none: this was the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same page with each item translated.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}
