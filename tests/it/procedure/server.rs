//! The real server on a loopback port, with a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cloudseat::bot::api;

/// A busy machine hashes the demo's passwords slowly.
const UP_MAX: Duration = Duration::from_secs(120);

pub(super) struct Server {
    process: Child,
    folder: tempfile::TempDir,
    port: u16,
    /// What holds the small volume that the server writes to, where it has one.
    volume: Option<Child>,
}

impl Server {
    pub(super) async fn start() -> Self {
        Self::start_on(|_| None).await
    }

    /// A server whose data folder is a volume of that many MiB, seen by nobody outside a mount namespace of its own.
    pub(super) async fn start_on_volume(mib: u32) -> Self {
        Self::start_on(|folder| Some(small_volume(folder, mib))).await
    }

    async fn start_on(volume: impl FnOnce(&Path) -> Option<Child>) -> Self {
        // Also for the bots of this process.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let volume = volume(folder.path());
        let process = spawn(folder.path(), port, volume.as_ref());
        let mut server = Self {
            process,
            folder,
            port,
            volume,
        };
        server.until_up().await;
        server
    }

    async fn until_up(&mut self) {
        let deadline = Instant::now() + UP_MAX;
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port))
            .await
            .is_err()
        {
            let ended = self.process.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "the server did not come up: {}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// SIGKILL, then the same server again.
    pub(super) async fn kill_and_restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = spawn(self.folder.path(), self.port, self.volume.as_ref());
        self.until_up().await;
    }

    /// SIGTERM, an orderly end, then the same server again.
    pub(super) async fn stop_and_restart(&mut self) {
        let told = Command::new("kill")
            .arg(self.process.id().to_string())
            .status();
        assert!(told.unwrap().success());
        assert!(self.process.wait().unwrap().success(), "{}", self.log());
        self.process = spawn(self.folder.path(), self.port, self.volume.as_ref());
        self.until_up().await;
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// As this process sees it.
    pub(super) fn data_dir(&self) -> PathBuf {
        let data = self.folder.path().join("data");
        match &self.volume {
            Some(holder) => Path::new("/proc")
                .join(holder.id().to_string())
                .join("root")
                .join(data.strip_prefix("/").unwrap()),
            None => data,
        }
    }

    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub(super) fn api(&self) -> api::Server {
        api::Server {
            url: self.url(),
            ca: Some(std::fs::read(self.data_dir().join("tls/authority.pem")).unwrap()),
        }
    }

    /// Login name and password of a demo account.
    pub(super) fn login(&self, name: &str) -> (String, String) {
        let kept = std::fs::read(self.data_dir().join("demo-accounts.json")).unwrap();
        let accounts: serde_json::Value = serde_json::from_slice(&kept).unwrap();
        let found = accounts
            .as_array()
            .unwrap()
            .iter()
            .find(|a| a["login"] == name)
            .unwrap();
        (
            name.to_owned(),
            found["password"].as_str().unwrap().to_owned(),
        )
    }

    /// Runs a command of the product on this server's data folder.
    pub(super) fn run(&self, arguments: &[&str]) {
        let out = Command::new(env!("CARGO_BIN_EXE_cloudseat"))
            .args(arguments)
            .arg("--data-dir")
            .arg(self.data_dir())
            .output()
            .unwrap();
        assert!(
            out.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
        for process in std::iter::once(&mut self.process).chain(&mut self.volume) {
            process
                .kill()
                .and_then(|()| process.wait())
                .map(drop)
                .unwrap_or_default();
        }
    }
}

/// A process in a mount namespace of its own, in which the data folder is a small volume; it ends by itself.
fn small_volume(folder: &Path, mib: u32) -> Child {
    let data = folder.join("data");
    std::fs::create_dir(&data).unwrap();
    let mount = format!(
        "mount -t tmpfs -o size={mib}m,mode=700 tmpfs \"$0\" && touch \"$0/mounted\" && exec sleep 600"
    );
    // Whoever is not root is one in a user namespace.
    let own = std::fs::metadata("/proc/self").unwrap();
    let user: &[&str] = if std::os::unix::fs::MetadataExt::uid(&own) == 0 {
        &[]
    } else {
        &["--user", "--map-root-user"]
    };
    let mut holder = Command::new("unshare")
        .args(user)
        .args(["--mount", "--propagation", "private", "sh", "-c", &mount])
        .arg(&data)
        .spawn()
        .unwrap();
    let mounted = Path::new("/proc")
        .join(holder.id().to_string())
        .join("root")
        .join(data.strip_prefix("/").unwrap())
        .join("mounted");
    let deadline = Instant::now() + UP_MAX;
    while !mounted.exists() {
        assert!(
            holder.try_wait().unwrap().is_none() && Instant::now() < deadline,
            "a volume can't be mounted in a namespace here"
        );
        std::thread::park_timeout(Duration::from_millis(10));
    }
    std::fs::remove_file(mounted).unwrap();
    holder
}

fn spawn(folder: &Path, port: u16, volume: Option<&Child>) -> Child {
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("server.log"))
        .unwrap();
    let program = env!("CARGO_BIN_EXE_cloudseat");
    let mut command = match volume {
        Some(holder) => {
            let mut inside = Command::new("nsenter");
            let user = Path::new("/proc/self/ns/user").read_link().unwrap();
            let of_holder = format!("/proc/{}/ns/user", holder.id());
            if Path::new(&of_holder).read_link().unwrap() != user {
                inside.args(["--user", "--preserve-credentials"]);
            }
            inside.args([
                "--mount",
                "--target",
                &holder.id().to_string(),
                "--",
                program,
            ]);
            inside
        }
        None => Command::new(program),
    };
    command
        .args([
            "serve",
            "--demo",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--data-dir",
        ])
        .arg(folder.join("data"))
        .env("CLOUDSEAT_MEDIA_UDP", "127.0.0.1:0")
        .env("CLOUDSEAT_MEDIA_ADVERTISE", "127.0.0.1")
        .env("CLOUDSEAT_RESERVE_GIB", "0")
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}
