//! The server's certificate: one from elsewhere, or one made here by an authority of this machine alone.
//!
//! A phone on the local network must be able to trust the server (camera and WebSocket need a secure context, and
//! iOS takes no clicked-through warning for a WebSocket). So at first start an authority is made whose certificate the
//! phone installs once (`/ca`), and it signs a server certificate for the machine's names and addresses. That one is made
//! anew when a name or address is added and before it ends; the authority stays.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ids::UtcMillis;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::config::CertificateFiles;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// iOS refuses server certificates that last longer than 398 days, counted from their first to their last second.
const SERVER_DAYS: i64 = 397;
/// A server certificate is made anew when fewer days are left.
const RENEW_DAYS: i64 = 30;
/// The authority lasts as long as a phone is likely to.
const AUTHORITY_DAYS: i64 = 3650;

/// Why there is no certificate to serve with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file can't be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A file doesn't hold what its name promises.
    #[error("{path} holds no {wanted}")]
    Content {
        /// The file.
        path: String,
        /// What was looked for.
        wanted: &'static str,
    },
    /// A certificate can't be made.
    #[error("no certificate could be made: {0}")]
    Make(#[from] rcgen::Error),
    /// Certificate and key don't belong together, or aren't usable.
    #[error("certificate and key can't be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// The local authority's certificate, for phones to install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// DER.
    pub der: Vec<u8>,
    /// PEM.
    pub pem: String,
    /// SHA-256 of the DER as screens show it, `AB:CD:…`.
    pub fingerprint: String,
}

/// What to serve with.
#[derive(Debug, Clone)]
pub struct Identity {
    /// For the acceptor.
    pub config: Arc<ServerConfig>,
    /// The local authority; none where the certificate is from elsewhere.
    pub authority: Option<Authority>,
}

/// Names and addresses of this machine, by which people may reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Host names.
    pub hosts: BTreeSet<String>,
    /// Addresses.
    pub addresses: BTreeSet<IpAddr>,
}

impl Names {
    fn texts(&self) -> BTreeSet<String> {
        self.hosts
            .iter()
            .cloned()
            .chain(self.addresses.iter().map(IpAddr::to_string))
            .collect()
    }
}

/// What the server certificate in the folder is good for.
#[derive(Debug, Serialize, Deserialize)]
struct Made {
    names: BTreeSet<String>,
    not_after_ms: i64,
}

/// Loads the certificate from elsewhere.
pub fn from_files(files: &CertificateFiles) -> Result<Identity, Error> {
    let config = server_config(
        &read(&files.certificate)?,
        &read(&files.key)?,
        &files.certificate,
        &files.key,
    )?;
    Ok(Identity {
        config,
        authority: None,
    })
}

/// Until when the certificate at the head of a PEM chain is good.
pub fn not_after(path: &Path) -> Result<UtcMillis, Error> {
    let content = || Error::Content {
        path: path.display().to_string(),
        wanted: "certificate",
    };
    let der = CertificateDer::from_pem_slice(&read(path)?).map_err(|_| content())?;
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).map_err(|_| content())?;
    let seconds = certificate.validity().not_after.timestamp();
    Ok(UtcMillis::from_millis(seconds.saturating_mul(1000)))
}

/// Where the certificate lies that [`local`] keeps in a folder.
pub fn local_certificate(folder: &Path) -> PathBuf {
    folder.join("server.pem")
}

/// Loads the certificate made here, making in `folder` what is missing or no longer good for `names` at `now`.
pub fn local(folder: &Path, names: &Names, now: UtcMillis) -> Result<Identity, Error> {
    let at = |name: &str| folder.join(name);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(file_error(folder))?;
    let (ca_pem, ca_key) = (at("authority.pem"), at("authority.key"));
    if !ca_pem.exists() {
        make_authority(&ca_pem, &ca_key, now)?;
    }
    let ca = read_text(&ca_pem)?;
    let wanted = names.texts();
    let good = fs::read(at("server.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Made>(&bytes).ok())
        .is_some_and(|made| {
            made.names.is_superset(&wanted)
                && made.not_after_ms - now.as_millis() > RENEW_DAYS * DAY_MS
        });
    if !good || !at("server.pem").exists() || !at("server.key").exists() {
        let issuer = Issuer::from_ca_cert_pem(&ca, KeyPair::from_pem(&read_text(&ca_key)?)?)?;
        make_server(folder, &issuer, wanted, now)?;
    }
    let (server_pem, server_key) = (at("server.pem"), at("server.key"));
    let config = server_config(
        &read(&server_pem)?,
        &read(&server_key)?,
        &server_pem,
        &server_key,
    )?;
    let der = CertificateDer::from_pem_slice(ca.as_bytes())
        .map_err(|_| Error::Content {
            path: ca_pem.display().to_string(),
            wanted: "certificate",
        })?
        .to_vec();
    let digest = Sha256::digest(&der);
    let fingerprint = digest
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":");
    Ok(Identity {
        config,
        authority: Some(Authority {
            der,
            pem: ca,
            fingerprint,
        }),
    })
}

fn make_authority(pem: &Path, key: &Path, now: UtcMillis) -> Result<(), Error> {
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    // The end of the key's digest tells authorities of several machines apart on one phone.
    let mark = hex::encode(&Sha256::digest(pair.public_key_raw())[..3]);
    params.distinguished_name = named(&format!("cloudseat local authority {mark}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = lasting(now, AUTHORITY_DAYS);
    let certificate = params.self_signed(&pair)?;
    write_private(key, pair.serialize_pem().as_bytes())?;
    write_private(pem, certificate.pem().as_bytes())
}

fn make_server(
    folder: &Path,
    issuer: &Issuer<'_, KeyPair>,
    names: BTreeSet<String>,
    now: UtcMillis,
) -> Result<(), Error> {
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::new(names.iter().cloned().collect::<Vec<_>>())?;
    params.distinguished_name = named("cloudseat");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = lasting(now, SERVER_DAYS);
    let certificate = params.signed_by(&pair, issuer)?;
    let made = Made {
        names,
        not_after_ms: params.not_after.unix_timestamp() * 1000,
    };
    write_private(&folder.join("server.key"), pair.serialize_pem().as_bytes())?;
    write_private(&folder.join("server.pem"), certificate.pem().as_bytes())?;
    // Last: without it the pair counts as not made.
    let made = serde_json::to_vec(&made).expect("names and a number");
    write_private(&folder.join("server.json"), &made)
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

/// From the day before (a phone's clock may be slow), for so many days.
fn lasting(now: UtcMillis, days: i64) -> (time::OffsetDateTime, time::OffsetDateTime) {
    let day = |ms: i64| {
        let at = jiff::Timestamp::from_millisecond(UtcMillis::from_millis(ms).as_millis())
            .expect("UtcMillis lies within jiff's range");
        let day = jiff::tz::Offset::UTC.to_datetime(at).date();
        let (month, date) = (day.month().unsigned_abs(), day.day().unsigned_abs());
        date_time_ymd(i32::from(day.year()), month, date)
    };
    let from = now.as_millis() - DAY_MS;
    (day(from), day(from + days * DAY_MS))
}

fn server_config(
    pem: &[u8],
    key: &[u8],
    pem_path: &Path,
    key_path: &Path,
) -> Result<Arc<ServerConfig>, Error> {
    let content = |path: &Path, wanted| Error::Content {
        path: path.display().to_string(),
        wanted,
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|_| content(pem_path, "certificate in PEM form"))?;
    if chain.is_empty() {
        return Err(content(pem_path, "certificate in PEM form"));
    }
    let key = PrivateKeyDer::from_pem_slice(key)
        .map_err(|_| content(key_path, "private key in PEM form"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.display().to_string();
    move |source| Error::File { path, source }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(file_error(path))
}

fn read_text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(file_error(path))
}

/// Replaces a file as a whole, readable by its owner only.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let beside: PathBuf = path.with_extension("new");
    let write = || {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        fs::File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    write().map_err(file_error(path))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn names(texts: &[&str]) -> Names {
        let mut names = Names {
            hosts: BTreeSet::new(),
            addresses: BTreeSet::new(),
        };
        for text in texts {
            match text.parse() {
                Ok(address) => _ = names.addresses.insert(address),
                Err(_) => _ = names.hosts.insert((*text).to_owned()),
            }
        }
        names
    }

    fn later(now: UtcMillis, days: i64) -> UtcMillis {
        UtcMillis::from_millis(now.as_millis() + days * DAY_MS)
    }

    #[test]
    fn the_authority_stays_and_the_server_certificate_follows_names_and_time() {
        let folder = tempfile::tempdir().unwrap();
        let now: UtcMillis = "2026-11-24T09:00:00.000Z".parse().unwrap();
        let server = || fs::read(folder.path().join("server.pem")).unwrap();

        let first = local(
            folder.path(),
            &names(&["localhost", "192.0.2.1", "::1"]),
            now,
        )
        .unwrap();
        let made = server();
        local(
            folder.path(),
            &names(&["localhost", "192.0.2.1"]),
            later(now, 300),
        )
        .unwrap();
        assert_eq!(server(), made, "fewer names and time left: kept");
        let second = local(folder.path(), &names(&["localhost", "192.0.2.7"]), now).unwrap();
        assert_ne!(server(), made, "another address: made anew");
        let made = server();
        local(
            folder.path(),
            &names(&["localhost", "192.0.2.7"]),
            later(now, 370),
        )
        .unwrap();
        assert_ne!(server(), made, "near its end: made anew");
        assert_eq!(first.authority, second.authority);
        for key in ["authority.key", "server.key"] {
            let mode = fs::metadata(folder.path().join(key))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{key}");
        }
    }

    #[test]
    fn a_phone_takes_the_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let now: UtcMillis = "2026-11-24T09:00:00.000Z".parse().unwrap();
        local(
            folder.path(),
            &names(&["localhost", "seat.example.gov", "192.0.2.1"]),
            now,
        )
        .unwrap();
        // OpenSSL judges, not the code that made it.
        let openssl = |arguments: &[&str]| {
            let output = std::process::Command::new("openssl")
                .args(arguments)
                .current_dir(folder.path())
                .output()
                .unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let verify = [
            "verify",
            "-attime",
            "1796000000",
            "-purpose",
            "sslserver",
            "-verify_ip",
            "192.0.2.1",
        ];
        let verified =
            openssl(&[&verify[..], &["-CAfile", "authority.pem", "server.pem"]].concat());
        assert_eq!(verified.trim(), "server.pem: OK");
        let text = openssl(&["x509", "-in", "server.pem", "-noout", "-text"]);
        assert!(
            text.contains("TLS Web Server Authentication") && text.contains("DNS:seat.example.gov"),
            "{text}"
        );
        let dates = openssl(&["x509", "-in", "server.pem", "-noout", "-dates"]);
        assert_eq!(
            dates.trim(),
            "notBefore=Nov 23 00:00:00 2026 GMT\nnotAfter=Dec 25 00:00:00 2027 GMT"
        );
    }

    #[test]
    fn foreign_files_are_judged_with_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let files = CertificateFiles {
            certificate: path("c.pem"),
            key: path("k.pem"),
        };
        assert!(
            from_files(&files)
                .unwrap_err()
                .to_string()
                .contains("c.pem: No such file")
        );
        fs::write(path("c.pem"), "x").unwrap();
        fs::write(path("k.pem"), "x").unwrap();
        assert!(
            from_files(&files)
                .unwrap_err()
                .to_string()
                .ends_with("c.pem holds no certificate in PEM form")
        );
    }
}
