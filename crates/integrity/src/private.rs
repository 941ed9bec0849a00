//! Personal data: committed to in the log, opened outside it, so that it can be erased without breaking anything.
//!
//! A commitment is SHA-256(salt ‖ JCS(value)), the salt as 64 hex characters. Without the salt it cannot be tested by
//! guessing, so what stays in the log after an erasure is not personal data.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::canonical::{self, JsonError, is_member_name};
use crate::{Digest, Error};

/// 256 bits from a cryptographic random number generator, one per field.
pub type Salt = [u8; 32];

/// Fields with their salts, ready to be committed to and to be opened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sealed {
    fields: BTreeMap<String, (String, Value)>,
}

/// Seals fields, each with a salt of its own.
///
/// # Errors
/// [`Error::Json`] if a name or a value lies outside the JSON of evidence.
pub fn seal(fields: impl IntoIterator<Item = (String, Value, Salt)>) -> Result<Sealed, Error> {
    let mut sealed = Sealed::default();
    for (name, value, salt) in fields {
        if !is_member_name(&name) {
            return Err(JsonError::Invalid {
                at: 0,
                what: "a member's name",
            }
            .into());
        }
        canonical::write(&value)?;
        sealed.fields.insert(name, (hex::encode(salt), value));
    }
    Ok(sealed)
}

impl Sealed {
    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The value of `body.private`: {field: commitment}.
    pub fn commitments(&self) -> Value {
        let commit = |(name, (salt, value)): (&String, &(String, Value))| {
            let value = canonical::write(value).expect("seal has checked every value");
            (
                name.clone(),
                Value::from(commitment(salt, &value).to_string()),
            )
        };
        Value::Object(self.fields.iter().map(commit).collect())
    }

    /// The bytes of `private/<seq>.json`.
    ///
    /// # Errors
    /// [`Error::Json`] if the whole nests too deeply.
    pub fn openings(&self) -> Result<Vec<u8>, Error> {
        let open = |(name, (salt, value)): (&String, &(String, Value))| {
            (name.clone(), json!({"salt": salt, "value": value}))
        };
        Ok(canonical::write(&Value::Object(
            self.fields.iter().map(open).collect(),
        ))?)
    }
}

/// The path of an entry's openings from the session's folder.
pub fn path(seq: u64) -> String {
    format!("private/{seq}.json")
}

fn commitment(salt: &str, canonical_value: &[u8]) -> Digest {
    Sha256::new_with_prefix(salt)
        .chain_update(canonical_value)
        .into()
}

/// The fields of `private/<seq>.json` that open their commitments.
///
/// # Errors
/// [`Error::Json`] or [`Error::Malformed`] if the file is not {field: {salt, value}};
/// [`Error::Malformed`] if a field opens no commitment.
pub fn open(
    bytes: &[u8],
    commitments: &Map<String, Value>,
) -> Result<BTreeMap<String, Value>, Error> {
    let malformed = Error::Malformed {
        what: "an opening of these commitments",
    };
    let Value::Object(fields) = canonical::read(bytes)? else {
        return Err(malformed);
    };
    let mut opened = BTreeMap::new();
    for (name, opening) in fields {
        let Value::Object(mut opening) = opening else {
            return Err(malformed);
        };
        let (salt, value) = (opening.remove("salt"), opening.remove("value"));
        let (Some(Value::String(salt)), Some(value), true) = (salt, value, opening.is_empty())
        else {
            return Err(malformed);
        };
        let stated = commitments.get(&name).and_then(Value::as_str);
        let found = commitment(&salt, &canonical::write(&value)?).to_string();
        if salt.parse::<Digest>().is_err() || stated != Some(&found) {
            return Err(malformed);
        }
        opened.insert(name, value);
    }
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> Sealed {
        seal([
            ("name".to_owned(), json!("José 李明"), [1; 32]),
            ("id_number".to_owned(), json!("X123"), [2; 32]),
        ])
        .unwrap()
    }

    #[test]
    fn a_commitment_is_a_hash_of_salt_and_value() {
        // Of the sample bundles: salt as text, value as JSON.
        let salt = "017abe79f722b0609e12ada3c60a0f8ac8a15dea919098d7e9b161f15aa3b096";
        let stated = "d798880e9d9f927383ccf006291e85703fec5f930389a5cbcd82d427e91e2707";
        assert_eq!(commitment(salt, b"\"X123\"").to_string(), stated);
    }

    #[test]
    fn sealed_fields_open_and_others_do_not() {
        let (commitments, file) = (sealed().commitments(), sealed().openings().unwrap());
        let commitments = commitments.as_object().unwrap();
        assert_eq!(
            open(&file, commitments).unwrap()["name"],
            json!("José 李明")
        );
        let text = String::from_utf8(file).unwrap();
        for forged in [
            text.replace("X123", "X124"),
            text.replace("\"name\"", "\"name2\""),
            text.replace("01", "02"),
            format!("{text}\n"),
            "[]".to_owned(),
            "{\"name\":1}".to_owned(),
        ] {
            assert!(open(forged.as_bytes(), commitments).is_err(), "{forged}");
        }
    }

    #[test]
    fn an_erased_field_leaves_the_others_open() {
        let commitments = sealed().commitments();
        let mut fields = canonical::read(&sealed().openings().unwrap()).unwrap();
        fields.as_object_mut().unwrap().remove("name");
        let opened = open(
            &canonical::write(&fields).unwrap(),
            commitments.as_object().unwrap(),
        )
        .unwrap();
        assert_eq!(opened.keys().collect::<Vec<_>>(), ["id_number"]);
    }
}
