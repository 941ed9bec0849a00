//! Configuration: one TOML file with sections, every key also as an environment variable, the environment first.
//!
//! [`KEYS`] is the one list: reading, `serve --help` and `docs/configuration.md` come from it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::path::{Path, PathBuf};

/// A key of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// `section.key` in the TOML file, or `key` before the first section; the environment variable is `CLOUDSEAT_` and this in
    /// capitals, dots as underscores.
    pub name: &'static str,
    /// What it is if nobody says otherwise, for people.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// Every key.
pub const KEYS: &[Key] = &[
    Key {
        name: "data_dir",
        default: "./data",
        meaning: "Folder of database, keys and evidence; made at the first start, readable by nobody else",
    },
    Key {
        name: "listen",
        default: "0.0.0.0:8443",
        meaning: "Address of HTTPS and WebSocket",
    },
    Key {
        name: "public_url",
        default: "https://, the first address in the local network, the port",
        meaning: "The site's address as people reach it; printed in QR codes and on receipts",
    },
    Key {
        name: "site",
        default: "cloudseat.<host name>",
        meaning: "Name of the recording site; begins the origin of every signed head, so never change it while sessions are open",
    },
    Key {
        name: "database.url",
        default: "sqlite://DATA_DIR/cloudseat.db",
        meaning: "sqlite://PATH or postgres://…",
    },
    Key {
        name: "media.udp",
        default: "0.0.0.0:7440",
        meaning: "First media port; worker k listens on port + k",
    },
    Key {
        name: "media.advertise",
        default: "every address of this machine",
        meaning: "Addresses put into ICE candidates, separated by commas",
    },
    Key {
        name: "media.workers",
        default: "one a processor",
        meaning: "Media worker threads",
    },
    Key {
        name: "tls.certificate",
        default: "made by the local authority",
        meaning: "Certificate chain, PEM",
    },
    Key {
        name: "tls.key",
        default: "made by the local authority",
        meaning: "Its private key, PEM",
    },
    Key {
        name: "evidence.url",
        default: "file://DATA_DIR/evidence",
        meaning: "Where sealed sessions are kept; this version keeps them in DATA_DIR only",
    },
    Key {
        name: "tsa.url",
        default: "none",
        meaning: "RFC 3161 time-stamping authority; this version asks none",
    },
    Key {
        name: "reserve_gib",
        default: "2",
        meaning: "Free space kept for calls in progress: below it no new call is taken",
    },
    Key {
        name: "fonts_dir",
        default: "the system's fonts",
        meaning: "Another folder with fonts for documents",
    },
    Key {
        name: "log",
        default: "info,str0m=error",
        meaning: "What is logged, as tracing's filter, e.g. info,cloudseat=debug",
    },
    Key {
        name: "log_format",
        default: "text",
        meaning: "`text` for people, `json` for programs",
    },
];

/// The configuration, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Database, keys, evidence.
    pub data_dir: PathBuf,
    /// HTTPS and WebSocket.
    pub listen: SocketAddr,
    /// `https://host[:port]` without a slash at the end.
    pub public_url: String,
    /// Name of the recording site.
    pub site: String,
    /// The database.
    pub database_url: String,
    /// First media socket.
    pub media_udp: SocketAddr,
    /// Addresses for ICE candidates.
    pub media_advertise: Vec<IpAddr>,
    /// Media workers.
    pub media_workers: usize,
    /// A certificate from elsewhere; none: the local authority's.
    pub tls: Option<CertificateFiles>,
    /// No new call with fewer free bytes.
    pub reserve_bytes: u64,
    /// Another folder with fonts.
    pub fonts_dir: Option<PathBuf>,
    /// What is logged.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl LogFormat {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// A certificate from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// Chain, PEM.
    pub certificate: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

/// A configuration that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{path} cannot be read: {detail}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        detail: String,
    },
    /// The file isn't TOML.
    #[error("{path} is not TOML: {detail}")]
    NotToml {
        /// The file.
        path: String,
        /// Where and why.
        detail: String,
    },
    /// A key that doesn't exist.
    #[error("{path}: there is no key {key}; `cloudseat serve --help` lists them")]
    UnknownKey {
        /// The file.
        path: String,
        /// The key.
        key: String,
    },
    /// A value that doesn't fit its key.
    #[error("{key} is {value:?}: {todo}")]
    Value {
        /// The key, as it was set.
        key: String,
        /// What was found.
        value: String,
        /// What it has to be.
        todo: &'static str,
    },
}

/// Values set on the command line, which win over everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--listen`.
    pub listen: Option<String>,
}

impl Config {
    /// Reads the file (where one is named) and the environment.
    ///
    /// # Errors
    /// [`ConfigError`] names the key and says what to do.
    pub fn load(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
        overrides: &Overrides,
    ) -> Result<Self, ConfigError> {
        let from_file = file.map_or_else(|| Ok(BTreeMap::new()), read_file)?;
        let values = Values {
            file: from_file,
            environment,
            path: file.map(|f| f.display().to_string()).unwrap_or_default(),
        };
        values.config(overrides)
    }
}

/// The environment variable of a key.
pub fn variable(key: &str) -> String {
    format!("CLOUDSEAT_{}", key.to_uppercase().replace(['.', '-'], "_"))
}

fn read_file(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: shown.clone(),
        detail: error.to_string(),
    })?;
    let table: toml::Table =
        text.parse()
            .map_err(|error: toml::de::Error| ConfigError::NotToml {
                path: shown.clone(),
                detail: error.to_string(),
            })?;
    let mut values = BTreeMap::new();
    for (name, value) in table {
        match value {
            toml::Value::Table(section) => {
                for (key, value) in section {
                    values.insert(known(&shown, format!("{name}.{key}"))?, as_text(&value));
                }
            }
            value @ (toml::Value::String(_)
            | toml::Value::Integer(_)
            | toml::Value::Float(_)
            | toml::Value::Boolean(_)
            | toml::Value::Datetime(_)
            | toml::Value::Array(_)) => _ = values.insert(known(&shown, name)?, as_text(&value)),
        }
    }
    Ok(values)
}

fn known(path: &str, key: String) -> Result<String, ConfigError> {
    if KEYS.iter().any(|known| known.name == key) {
        Ok(key)
    } else {
        Err(ConfigError::UnknownKey {
            path: path.to_owned(),
            key,
        })
    }
}

fn as_text(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().map(as_text).collect::<Vec<_>>().join(","),
        toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_)
        | toml::Value::Table(_) => value.to_string(),
    }
}

struct Values<'a> {
    file: BTreeMap<String, String>,
    environment: &'a BTreeMap<String, String>,
    path: String,
}

impl Values<'_> {
    /// A key's value, and what to call it in an error.
    fn get(&self, key: &'static str) -> Option<(String, String)> {
        let variable = variable(key);
        match self
            .environment
            .get(&variable)
            .filter(|value| !value.is_empty())
        {
            Some(value) => Some((value.clone(), variable)),
            None => self
                .file
                .get(key)
                .map(|value| (value.clone(), format!("{key} in {}", self.path))),
        }
    }

    fn parse<T>(
        &self,
        key: &'static str,
        todo: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some((value, name)) = self.get(key) else {
            return Ok(None);
        };
        match parse(value.trim()) {
            Some(parsed) => Ok(Some(parsed)),
            None => Err(ConfigError::Value {
                key: name,
                value,
                todo,
            }),
        }
    }

    fn config(&self, overrides: &Overrides) -> Result<Config, ConfigError> {
        const ADDRESS: &str = "it has to be an address and a port, e.g. 0.0.0.0:8443";
        let path = |text: &str| Some(PathBuf::from(text));
        let data_dir = match &overrides.data_dir {
            Some(dir) => dir.clone(),
            None => self
                .parse("data_dir", "it has to be a folder", path)?
                .unwrap_or_else(|| PathBuf::from("data")),
        };
        let listen = match &overrides.listen {
            Some(text) => address(text).ok_or_else(|| ConfigError::Value {
                key: "--listen".to_owned(),
                value: text.clone(),
                todo: ADDRESS,
            })?,
            None => self
                .parse("listen", ADDRESS, address)?
                .unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 8443))),
        };
        let public_url = self.parse(
            "public_url",
            "it has to be https://host or https://host:port, without a path",
            public_url,
        )?;
        let site = self.parse(
            "site",
            "it has to be lower-case letters, digits, dots and dashes, e.g. evd.example.gov",
            site_name,
        )?;
        let advertise = self.parse(
            "media.advertise",
            "it has to be addresses separated by commas, e.g. 192.0.2.7,2001:db8::7",
            addresses,
        )?;
        let media_udp = self
            .parse("media.udp", ADDRESS, address)?
            .unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 7440)));
        let workers = self.parse(
            "media.workers",
            "it has to be a number from 1 to 256",
            |text| text.parse().ok().filter(|n| (1..=256).contains(n)),
        )?;
        let certificate = self.parse("tls.certificate", "it has to be a PEM file", path)?;
        let key = self.parse("tls.key", "it has to be a PEM file", path)?;
        let tls = match (certificate, key) {
            (Some(certificate), Some(key)) => Some(CertificateFiles { certificate, key }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                let todo = "set both tls.certificate and tls.key, or neither";
                return Err(ConfigError::Value {
                    key: "tls.certificate, tls.key".to_owned(),
                    value: "only one of them".to_owned(),
                    todo,
                });
            }
        };
        let reserve_gib: u64 = self
            .parse(
                "reserve_gib",
                "it has to be a whole number of GiB",
                |text| text.parse().ok(),
            )?
            .unwrap_or(2);
        let own_evidence = format!("file://{}", data_dir.join("evidence").display());
        self.parse(
            "evidence.url",
            "this version keeps evidence in DATA_DIR/evidence only; leave it unset",
            |text| (text == own_evidence).then_some(()),
        )?;
        self.parse(
            "tsa.url",
            "this version asks no time-stamping authority; leave it unset",
            |_| None::<()>,
        )?;
        let default_database = || format!("sqlite://{}", data_dir.join("cloudseat.db").display());
        Ok(Config {
            public_url: public_url.unwrap_or_else(|| default_public_url(listen)),
            site: site.unwrap_or_else(default_site),
            database_url: self
                .get("database.url")
                .map_or_else(default_database, |(url, _)| url),
            media_advertise: advertise.unwrap_or_else(|| own_addresses(media_udp.ip())),
            media_workers: workers.unwrap_or_else(|| {
                std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
            }),
            reserve_bytes: reserve_gib.saturating_mul(1 << 30),
            fonts_dir: self.parse("fonts_dir", "it has to be a folder", path)?,
            log: self
                .get("log")
                .map_or_else(|| "info,str0m=error".to_owned(), |(filter, _)| filter),
            log_format: self
                .parse("log_format", "it has to be text or json", LogFormat::parse)?
                .unwrap_or(LogFormat::Text),
            data_dir,
            listen,
            media_udp,
            tls,
        })
    }
}

fn address(text: &str) -> Option<SocketAddr> {
    text.parse()
        .ok()
        .or_else(|| text.to_socket_addrs().ok()?.next())
}

fn addresses(text: &str) -> Option<Vec<IpAddr>> {
    text.split(',')
        .map(|part| part.trim().parse().ok())
        .collect()
}

fn public_url(text: &str) -> Option<String> {
    let rest = text.trim_end_matches('/').strip_prefix("https://")?;
    (!rest.is_empty() && !rest.contains(['/', ' ', '?', '#'])).then(|| format!("https://{rest}"))
}

/// An address that a phone beside this machine reaches too, where there is one: it stands in QR codes.
fn default_public_url(listen: SocketAddr) -> String {
    let near = match listen.ip() {
        ip if ip.is_loopback() => None,
        ip if ip.is_unspecified() => own_addresses(ip).into_iter().find(|ip| !ip.is_loopback()),
        ip => Some(ip),
    };
    near.map_or_else(
        || format!("https://localhost:{}", listen.port()),
        |ip| format!("https://{}", SocketAddr::new(ip, listen.port())),
    )
}

fn site_name(text: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-');
    (!text.is_empty() && text.chars().all(fits)).then(|| text.to_owned())
}

fn default_site() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name: String = name
        .trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    if name.is_empty() {
        "cloudseat.local".to_owned()
    } else {
        format!("cloudseat.{name}")
    }
}

/// Addresses under which this machine is reached: the one asked for, or loopback and those towards the network.
pub fn own_addresses(bound: IpAddr) -> Vec<IpAddr> {
    if !bound.is_unspecified() {
        return vec![bound];
    }
    let mut found = vec![IpAddr::from([127, 0, 0, 1])];
    // No packet is sent: connecting a UDP socket only asks the kernel for the route. The addresses are documentation's.
    for (any, far) in [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")] {
        let towards = UdpSocket::bind(any).and_then(|socket| {
            socket.connect(far)?;
            socket.local_addr()
        });
        found.extend(
            towards
                .ok()
                .map(|address| address.ip())
                .filter(|ip| !ip.is_loopback() && !ip.is_unspecified()),
        );
    }
    found
}

/// `docs/configuration.md`, as a test keeps it.
pub fn document() -> String {
    let mut text = String::from(
        "# Configuration\n\nOne TOML file (`cloudseat serve --config FILE`), every key also as an environment variable; the environment wins over the file, the command line over both.\n\n\
         | key | environment | default | meaning |\n| --- | --- | --- | --- |\n",
    );
    for key in KEYS {
        text.push_str(&format!(
            "| `{}` | `{}` | {} | {} |\n",
            key.name,
            variable(key.name),
            key.default,
            key.meaning
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(environment: &[(&str, &str)], file: Option<&str>) -> Result<Config, ConfigError> {
        let environment = environment
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cloudseat.toml");
        std::fs::write(&path, file.unwrap_or_default()).unwrap();
        Config::load(Some(&path), &environment, &Overrides::default())
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let config = load(
            &[("CLOUDSEAT_LISTEN", "127.0.0.1:9000")],
            Some("listen = \"127.0.0.1:8000\"\nreserve_gib = 5\n"),
        )
        .unwrap();
        assert_eq!(config.listen.port(), 9000);
        assert_eq!(config.reserve_bytes, 5 << 30);
        assert_eq!(config.public_url, "https://localhost:9000");
        let config = load(
            &[("CLOUDSEAT_MEDIA_WORKERS", "5")],
            Some("[media]\nworkers = 3\nadvertise = [\"192.0.2.1\", \"2001:db8::1\"]"),
        )
        .unwrap();
        assert_eq!((config.media_workers, config.media_advertise.len()), (5, 2));
    }

    #[test]
    fn a_phone_is_led_to_an_address_it_can_reach() {
        let url = |listen: &str| {
            load(&[("CLOUDSEAT_LISTEN", listen)], None)
                .unwrap()
                .public_url
        };
        assert_eq!(url("127.0.0.1:1"), "https://localhost:1");
        assert_eq!(url("192.0.2.7:2"), "https://192.0.2.7:2");
        assert_eq!(url("[2001:db8::7]:3"), "https://[2001:db8::7]:3");
        assert!(url("0.0.0.0:4").ends_with(":4"));
    }

    #[test]
    fn errors_name_the_key_and_say_what_to_do() {
        let error = load(&[("CLOUDSEAT_LISTEN", "nonsense")], None)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("CLOUDSEAT_LISTEN") && error.contains("0.0.0.0:8443"),
            "{error}"
        );
        let error = load(&[], Some("lisen = \"x\"")).unwrap_err().to_string();
        assert!(
            error.contains("lisen") && error.contains("--help"),
            "{error}"
        );
        let error = load(&[], Some("[media]\nport = 1"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("media.port"), "{error}");
        let error = load(&[("CLOUDSEAT_TSA_URL", "http://tsa.example")], None)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("CLOUDSEAT_TSA_URL") && error.contains("unset"),
            "{error}"
        );
        let error = load(&[("CLOUDSEAT_EVIDENCE_URL", "s3://bucket")], None)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("CLOUDSEAT_EVIDENCE_URL") && error.contains("unset"),
            "{error}"
        );
        assert!(matches!(
            load(&[], Some("listen = ")),
            Err(ConfigError::NotToml { .. })
        ));
        assert!(
            load(&[("CLOUDSEAT_TLS_KEY", "x")], None)
                .unwrap_err()
                .to_string()
                .contains("neither")
        );
        assert!(load(&[("CLOUDSEAT_PUBLIC_URL", "http://x")], None).is_err());
    }

    #[test]
    fn the_document_lists_every_key() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            written,
            document(),
            "write `cloudseat configuration` into docs/configuration.md"
        );
    }
}
