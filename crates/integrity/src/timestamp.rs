//! RFC 3161 time stamps: an outsider's word that a checkpoint existed by a certain time.
//!
//! Certificates are pinned in the trust file, so there are no chains to build and no revocation to ask for: a token
//! counts if one of these very certificates has signed it and was valid at the time it states.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode as _, Encode as _, Reader as _, SliceReader, Tag, TagNumber};
use ids::UtcMillis;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rsa::pkcs1::DecodeRsaPublicKey as _;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::{Digest, Error};

/// Bytes of a response at most.
pub const RESPONSE_BYTES_MAX: usize = 65_536;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// A time stamp that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// What was stamped: its SHA-256.
    pub imprint: Digest,
    /// By when it existed.
    pub time: UtcMillis,
}

/// A pinned signer.
#[derive(Debug, Clone)]
pub struct Certificate {
    key: Key,
    valid: (UtcMillis, UtcMillis),
}

#[derive(Debug, Clone)]
enum Key {
    Rsa(Box<rsa::PublicKey>),
    P256(Box<p256::ecdsa::VerifyingKey>),
    P384(Box<p384::ecdsa::VerifyingKey>),
}

/// Digests that a token may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// By the digest's own identifier, or that of a signature made with it.
    fn of(oid: ObjectIdentifier) -> Option<Self> {
        match oid.to_string().as_str() {
            "2.16.840.1.101.3.4.2.1" | "1.2.840.113549.1.1.11" | "1.2.840.10045.4.3.2" => {
                Some(Self::Sha256)
            }
            "2.16.840.1.101.3.4.2.2" | "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => {
                Some(Self::Sha384)
            }
            "2.16.840.1.101.3.4.2.3" | "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => {
                Some(Self::Sha512)
            }
            _ => None,
        }
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

fn malformed() -> Error {
    Error::Malformed {
        what: "a time stamp (RFC 3161)",
    }
}

/// What is needed of a DER value: its parts in order, each taken by its tag.
struct Parts<'a>(std::iter::Peekable<std::vec::IntoIter<AnyRef<'a>>>);

impl<'a> Parts<'a> {
    fn of(constructed: &[u8]) -> Result<Parts<'_>, Error> {
        let mut reader = SliceReader::new(constructed).map_err(|_| malformed())?;
        let mut parts = Vec::new();
        while !reader.is_finished() {
            parts.push(AnyRef::decode(&mut reader).map_err(|_| malformed())?);
        }
        Ok(Parts(parts.into_iter().peekable()))
    }

    /// The parts of a whole DER file, which is one sequence.
    fn of_file(bytes: &[u8]) -> Result<Parts<'_>, Error> {
        Parts::of(bytes)?.sequence()
    }

    fn take(&mut self, tag: Tag) -> Result<&'a [u8], Error> {
        self.optional(tag).ok_or_else(malformed)
    }

    fn optional(&mut self, tag: Tag) -> Option<&'a [u8]> {
        let part = self.0.next_if(|part| der::Tagged::tag(part) == tag)?;
        Some(part.value())
    }

    fn sequence(&mut self) -> Result<Parts<'a>, Error> {
        Parts::of(self.take(Tag::Sequence)?)
    }

    fn oid(&mut self) -> Result<ObjectIdentifier, Error> {
        ObjectIdentifier::from_bytes(self.take(Tag::ObjectIdentifier)?).map_err(|_| malformed())
    }

    /// The identifier that an AlgorithmIdentifier begins with.
    fn algorithm(&mut self) -> Result<ObjectIdentifier, Error> {
        self.sequence()?.oid()
    }

    /// The content of a constructed `[n]`.
    fn context(&mut self, n: u32) -> Option<&'a [u8]> {
        self.optional(Tag::ContextSpecific {
            constructed: true,
            number: TagNumber(n),
        })
    }

    fn time(&mut self) -> Result<UtcMillis, Error> {
        match self.optional(Tag::UtcTime) {
            Some(utc) => {
                let text = std::str::from_utf8(utc).map_err(|_| malformed())?;
                // RFC 5280 §4.1.2.5.1: two digits of a year from 1950 to 2049.
                let century = if text.as_bytes().first().is_some_and(|c| *c >= b'5') {
                    "19"
                } else {
                    "20"
                };
                parse_time(&format!("{century}{text}"))
            }
            None => parse_time(
                std::str::from_utf8(self.take(Tag::GeneralizedTime)?).map_err(|_| malformed())?,
            ),
        }
    }
}

/// `YYYYMMDDhhmmss[.f…]Z`; what is finer than a millisecond is cut off.
fn parse_time(text: &str) -> Result<UtcMillis, Error> {
    let digits = text.strip_suffix('Z').ok_or_else(malformed)?;
    let (seconds, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if seconds.len() != 14 || !all_digits(seconds) || !all_digits(fraction) {
        return Err(malformed());
    }
    let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
    let (date, time) = seconds.split_at(8);
    let text = format!(
        "{}-{}-{}T{}:{}:{}.{millis}Z",
        &date[..4],
        &date[4..6],
        &date[6..],
        &time[..2],
        &time[2..4],
        &time[4..]
    );
    text.parse().map_err(|_| malformed())
}

impl Certificate {
    /// Reads an X.509 certificate in PEM.
    ///
    /// # Errors
    /// [`Error::Malformed`], also for keys other than RSA, P-256 and P-384.
    pub fn from_pem(pem: &str) -> Result<Self, Error> {
        let malformed = || Error::Malformed {
            what: "a certificate of a time stamp authority (PEM)",
        };
        let body = pem
            .trim()
            .strip_prefix("-----BEGIN CERTIFICATE-----")
            .ok_or_else(malformed)?;
        let body = body
            .strip_suffix("-----END CERTIFICATE-----")
            .ok_or_else(malformed)?;
        let base64: String = body.split_whitespace().collect();
        let der = BASE64_STANDARD.decode(base64).map_err(|_| malformed())?;
        Self::from_der(&der).map_err(|_| malformed())
    }

    /// RFC 5280 §4.1.
    fn from_der(der: &[u8]) -> Result<Self, Error> {
        let mut tbs = Parts::of_file(der)?.sequence()?;
        let _version = tbs.context(0);
        tbs.take(Tag::Integer)?;
        tbs.take(Tag::Sequence)?;
        tbs.take(Tag::Sequence)?;
        let mut validity = tbs.sequence()?;
        let valid = (validity.time()?, validity.time()?);
        tbs.take(Tag::Sequence)?;
        let mut spki = tbs.sequence()?;
        let mut algorithm = spki.sequence()?;
        // A bit string's first byte counts unused bits; a key has none.
        let key = spki
            .take(Tag::BitString)?
            .strip_prefix(&[0])
            .ok_or_else(malformed)?;
        let key = match algorithm.oid()? {
            RSA => Key::Rsa(Box::new(
                rsa::PublicKey::from_pkcs1_der(key).map_err(|_| malformed())?,
            )),
            EC => match algorithm.oid()? {
                P256 => Key::P256(Box::new(
                    p256::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(|_| malformed())?,
                )),
                P384 => Key::P384(Box::new(
                    p384::ecdsa::VerifyingKey::from_sec1_bytes(key).map_err(|_| malformed())?,
                )),
                _ => return Err(malformed()),
            },
            _ => return Err(malformed()),
        };
        Ok(Self { key, valid })
    }

    fn has_signed(&self, hash: Hash, message: &[u8], signature: &[u8]) -> bool {
        let digest = hash.digest(message);
        match &self.key {
            Key::Rsa(key) => {
                let scheme = match hash {
                    Hash::Sha256 => rsa::Pkcs1v15Sign::new::<Sha256>(),
                    Hash::Sha384 => rsa::Pkcs1v15Sign::new::<Sha384>(),
                    Hash::Sha512 => rsa::Pkcs1v15Sign::new::<Sha512>(),
                };
                key.verify(scheme, &digest, signature).is_ok()
            }
            Key::P256(key) => p256::ecdsa::DerSignature::from_bytes(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok()),
            Key::P384(key) => p384::ecdsa::DerSignature::from_bytes(signature)
                .is_ok_and(|signature| key.verify_prehash(&digest, &signature).is_ok()),
        }
    }
}

/// Checks a TimeStampResp (RFC 3161 §2.4.2) against pinned certificates. What was stamped is the caller's to compare.
///
/// # Errors
/// [`Error::Malformed`]; [`Error::SignatureUntrusted`] if none of the certificates has signed it while valid.
pub fn verify(response: &[u8], certificates: &[Certificate]) -> Result<Stamp, Error> {
    let mut response = Parts::of_file(response)?;
    let status = response.sequence()?.take(Tag::Integer)?;
    if status != [0] && status != [1] {
        return Err(malformed());
    }
    let mut content_info = response.sequence()?;
    if content_info.oid()? != SIGNED_DATA {
        return Err(malformed());
    }
    let mut signed = Parts::of(content_info.context(0).ok_or_else(malformed)?)?.sequence()?;
    signed.take(Tag::Integer)?;
    signed.take(Tag::Set)?;
    let mut encapsulated = signed.sequence()?;
    if encapsulated.oid()? != TST_INFO {
        return Err(malformed());
    }
    let content =
        Parts::of(encapsulated.context(0).ok_or_else(malformed)?)?.take(Tag::OctetString)?;
    // Certificates and revocation lists that came along are not believed, so they are not read.
    let _certificates = signed.context(0);
    let _revocations = signed.context(1);
    let stamp = tst_info(content)?;
    let mut signers = Parts::of(signed.take(Tag::Set)?)?;
    while signers.0.peek().is_some() {
        if signer(&mut signers.sequence()?, content, stamp.time, certificates)? {
            return Ok(stamp);
        }
    }
    Err(Error::SignatureUntrusted)
}

/// RFC 3161 §2.4.2, TSTInfo.
fn tst_info(content: &[u8]) -> Result<Stamp, Error> {
    let mut info = Parts::of_file(content)?;
    if info.take(Tag::Integer)? != [1] {
        return Err(malformed());
    }
    info.oid()?;
    let mut imprint = info.sequence()?;
    let is_sha256 = Hash::of(imprint.algorithm()?) == Some(Hash::Sha256);
    let imprint: [u8; 32] = imprint
        .take(Tag::OctetString)?
        .try_into()
        .map_err(|_| malformed())?;
    info.take(Tag::Integer)?;
    let time = parse_time(
        std::str::from_utf8(info.take(Tag::GeneralizedTime)?).map_err(|_| malformed())?,
    )?;
    if is_sha256 {
        Ok(Stamp {
            imprint: Digest::from_bytes(imprint),
            time,
        })
    } else {
        Err(malformed())
    }
}

/// Whether a SignerInfo (RFC 5652 §5.3) is one of the pinned signers' over this content.
fn signer(
    info: &mut Parts<'_>,
    content: &[u8],
    time: UtcMillis,
    pinned: &[Certificate],
) -> Result<bool, Error> {
    info.take(Tag::Integer)?;
    // Which certificate it names is not asked: one of the pinned ones has signed, or none.
    if info.optional(Tag::Sequence).is_none() {
        info.optional(Tag::ContextSpecific {
            constructed: false,
            number: TagNumber(0),
        })
        .ok_or_else(malformed)?;
    }
    let digest_hash = Hash::of(info.algorithm()?).ok_or_else(malformed)?;
    let attributes = info.context(0).ok_or_else(malformed)?;
    let signature_hash = Hash::of(info.algorithm()?).unwrap_or(digest_hash);
    let signature = info.take(Tag::OctetString)?;
    let (mut is_stamp, mut is_of_content) = (false, false);
    let mut each = Parts::of(attributes)?;
    while each.0.peek().is_some() {
        let mut attribute = each.sequence()?;
        let kind = attribute.oid()?;
        let mut values = Parts::of(attribute.take(Tag::Set)?)?;
        if kind == CONTENT_TYPE {
            is_stamp = values.oid()? == TST_INFO;
        } else if kind == MESSAGE_DIGEST {
            is_of_content = values.take(Tag::OctetString)? == digest_hash.digest(content);
        }
    }
    // RFC 5652 §5.4: what is signed are the attributes as a SET, not as the [0] that stands in the message.
    let message = AnyRef::new(Tag::Set, attributes)
        .and_then(|set| set.to_der())
        .map_err(|_| malformed())?;
    let signed = |c: &Certificate| {
        c.valid.0 <= time && time <= c.valid.1 && c.has_signed(signature_hash, &message, signature)
    };
    Ok(is_stamp && is_of_content && pinned.iter().any(signed))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trust::Trust;

    const NOTE: &[u8] =
        include_bytes!("../../../tests/vectors/valid-full/bundle/data/checkpoints/0000000040.note");
    const STAMP: &[u8] =
        include_bytes!("../../../tests/vectors/valid-full/bundle/data/timestamps/0000000040.tsr");
    const TRUST: &[u8] = include_bytes!("../../../tests/vectors/valid-full/trust.json");

    fn pinned() -> Vec<Certificate> {
        Trust::parse(TRUST)
            .unwrap()
            .tsa_certificates
            .iter()
            .map(|pem| Certificate::from_pem(pem).unwrap())
            .collect()
    }

    #[test]
    fn a_foreign_token_holds() {
        let stamp = verify(STAMP, &pinned()).unwrap();
        assert_eq!(stamp.imprint, Digest::sha256(NOTE));
        assert_eq!(stamp.time.to_string(), "2026-11-24T10:13:17.000Z");
        assert_eq!(verify(STAMP, &[]), Err(Error::SignatureUntrusted));
    }

    #[test]
    fn tokens_of_openssl_hold_by_every_kind_of_key() {
        let data = Digest::sha256(include_bytes!("../testdata/data"));
        let rsa = (
            include_str!("../testdata/rsa.pem"),
            &include_bytes!("../testdata/rsa.tsr")[..],
        );
        let p384 = (
            include_str!("../testdata/p384.pem"),
            &include_bytes!("../testdata/p384.tsr")[..],
        );
        for ((pem, token), (_, other)) in [(rsa, p384), (p384, rsa)] {
            let pinned = [Certificate::from_pem(pem).unwrap()];
            assert_eq!(verify(token, &pinned).unwrap().imprint, data);
            assert_eq!(verify(other, &pinned), Err(Error::SignatureUntrusted));
        }
    }

    #[test]
    fn a_signer_is_believed_only_while_its_certificate_is_valid() {
        let mut expired = pinned();
        expired[0].valid.1 = "2026-11-24T10:13:16.999Z".parse().unwrap();
        assert_eq!(verify(STAMP, &expired), Err(Error::SignatureUntrusted));
    }

    #[test]
    fn times_may_have_fractions() {
        assert_eq!(
            parse_time("20261124101317.5Z").unwrap().to_string(),
            "2026-11-24T10:13:17.500Z"
        );
        assert_eq!(
            parse_time("20261124101317.1239Z").unwrap().to_string(),
            "2026-11-24T10:13:17.123Z"
        );
        for bad in [
            "20261124101317",
            "2026112410131Z",
            "20261324101317Z",
            "20261124101317.Z",
            "20261124101317+0800",
        ] {
            assert!(parse_time(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_bent_token_says_nothing_else(at in 0..STAMP.len(), bit in 0_u8..8) {
            // Bits of what nobody reads (the certificates that came along) change nothing; no bit changes what is said.
            let mut bent = STAMP.to_vec();
            bent[at] ^= 1 << bit;
            if let Ok(stamp) = verify(&bent, &pinned()) {
                prop_assert_eq!(stamp, verify(STAMP, &pinned()).unwrap());
            }
        }

        #[test]
        fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(verify(&bytes, &pinned()).is_err());
        }
    }
}
