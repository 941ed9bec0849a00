//! The verifier against sample bundles, altered bundles, hostile bundles, archives and its own command line.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive;
mod by_hand;
mod command;
mod hostile;
mod memory;
mod tamper;
mod vectors;
mod written;
