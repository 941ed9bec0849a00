//! The command's arguments.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ids::Sid;

/// The language of the words for people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// 中文.
    Zh,
}

/// Verify a recording offline. Exits 0 if it is valid, 1 if it was tampered with, 2 if nothing can be said.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// An exported folder, the same as .zip, or a session's own folder
    pub path: PathBuf,

    /// Whom to believe: trust.json of the supervising authority
    #[arg(long, value_name = "FILE", env = "CLOUDSEAT_TRUST")]
    pub trust: Option<PathBuf>,

    /// The session it must be
    #[arg(long, value_name = "SID")]
    pub session: Option<Sid>,

    /// A document that must be a decision of this session
    #[arg(long, value_name = "FILE")]
    pub decision: Option<PathBuf>,

    /// A receipt that must agree: the note, or a text with the printed short form or the QR code's address
    #[arg(long, value_name = "FILE")]
    pub receipt: Vec<PathBuf>,

    /// A proof that must show a head of this session in the public log
    #[arg(long, value_name = "FILE")]
    pub anchor: Vec<PathBuf>,

    /// Accept a session that is not sealed yet
    #[arg(long)]
    pub allow_open: bool,

    /// Print the result as JSON, and nothing else
    #[arg(long)]
    pub json: bool,

    /// The language of the result for people
    #[arg(long, value_enum, default_value_t)]
    pub lang: Lang,
}

impl VerifyArgs {
    /// What a server asks about its own evidence: whether it holds, sealed or not, with its own trust.
    pub fn of(path: PathBuf, trust: PathBuf) -> Self {
        Self {
            path,
            trust: Some(trust),
            session: None,
            decision: None,
            receipt: Vec::new(),
            anchor: Vec::new(),
            allow_open: true,
            json: true,
            lang: Lang::default(),
        }
    }
}
