//! Scripts: the sentences to be said, the typed form of `data/scripts.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::context::Role;
use crate::error::TableError;
use crate::procedure::Confidence;

/// All scripts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scripts {
    schema: String,
    /// Placeholder → what it stands for, in Chinese.
    pub placeholders: BTreeMap<String, String>,
    scripts: Vec<Script>,
    /// SHA-256 of the file, lower-case hex.
    #[serde(skip)]
    pub digest: String,
}

/// One script, read to its end sentence by sentence.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Identifier, e.g. `SC02`.
    pub id: String,
    /// Title.
    pub title_zh: String,
    /// Title.
    pub title_en: String,
    /// Who reads it.
    pub read_by: Reader,
    /// Sentences in order.
    pub sentences: Vec<Sentence>,
}

/// Who reads a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// The officer at the scene.
    Officer,
    /// The officer at the seat.
    Seat,
    /// Either of them.
    OfficerOrSeat,
    /// The officer, to each party in turn.
    OfficerToEachParty,
    /// The party.
    Party,
}

impl Reader {
    /// The roles that may confirm that a sentence was read. A party speaks, but the officer notes it.
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Officer | Self::OfficerToEachParty | Self::Party => &[Role::Officer],
            Self::Seat => &[Role::Seat],
            Self::OfficerOrSeat => &[Role::Officer, Role::Seat],
        }
    }
}

/// One sentence: one tap, one entry.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sentence {
    /// Identifier, e.g. `SC02.3`.
    pub id: String,
    /// Whose words they are.
    pub speaker: Role,
    /// A need that is met by saying it.
    pub tells: Option<String>,
    /// Text with `{placeholders}`.
    pub zh: String,
    /// Text with `{placeholders}`.
    pub en: String,
    /// Article or design note it comes from.
    pub source: String,
    /// How sure.
    pub confidence: Confidence,
}

impl Script {
    /// SHA-256 of what is said, lower-case hex: what a legal officer signs off.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for s in &self.sentences {
            hash.update(format!("{}\n{}\n{}\n", s.id, s.zh, s.en));
        }
        hex::encode(hash.finalize())
    }
}

impl Scripts {
    /// Reads the file. Fails with [`TableError::Yaml`] or [`TableError::Script`].
    pub fn parse(yaml: &'static str) -> Result<Self, TableError> {
        let mut scripts: Self =
            serde_yaml_ng::from_str(yaml).map_err(|source| TableError::Yaml {
                file: "scripts.yaml",
                source,
            })?;
        scripts.digest = hex::encode(Sha256::digest(yaml));
        let bad = |what: String| TableError::Script { what };
        if scripts.schema != "scripts/1" {
            return Err(bad(format!("schema {} is not scripts/1", scripts.schema)));
        }
        for script in &scripts.scripts {
            for (i, sentence) in script.sentences.iter().enumerate() {
                if sentence.id != format!("{}.{}", script.id, i + 1) {
                    return Err(bad(format!(
                        "sentence {} is not number {} of {}",
                        sentence.id,
                        i + 1,
                        script.id
                    )));
                }
                for text in [&sentence.zh, &sentence.en] {
                    if let Some(unknown) =
                        placeholders(text).find(|p| !scripts.placeholders.contains_key(*p))
                    {
                        return Err(bad(format!(
                            "{}: unknown placeholder {unknown}",
                            sentence.id
                        )));
                    }
                }
            }
        }
        Ok(scripts)
    }

    /// The script of that id.
    pub fn script(&self, id: &str) -> Option<&Script> {
        self.scripts.iter().find(|s| s.id == id)
    }

    /// The script and sentence of a sentence id, e.g. `SC02.3`.
    pub fn sentence(&self, id: &str) -> Option<(&Script, &Sentence)> {
        let script = self.script(id.split_once('.')?.0)?;
        script
            .sentences
            .iter()
            .find(|s| s.id == id)
            .map(|s| (script, s))
    }

    /// All scripts in file order.
    pub fn iter(&self) -> impl Iterator<Item = &Script> {
        self.scripts.iter()
    }
}

/// The names between braces, in order.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}
