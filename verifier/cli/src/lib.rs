//! Verifies a recording offline: an exported folder, the same as .zip, or a session's own folder.
//!
//! What is believed is decided in [`integrity::verify`]; here are the files, the threads and the words. The program
//! `cloudseat-verify` and the command `cloudseat verify` are both [`run`].

mod archive;
mod args;
mod folder;
mod human;
mod verify;
mod words;

pub use archive::Archive;
pub use args::{Lang, VerifyArgs};
pub use folder::Folder;
pub use human::print;
pub use verify::{VERIFIER, run, verify, verify_on};
