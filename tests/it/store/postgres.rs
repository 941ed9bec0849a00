//! A throw-away PostgreSQL server that listens on a socket in its own folder only.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub(super) struct Postgres {
    folder: TempDir,
    programs: PathBuf,
}

impl Postgres {
    pub(super) fn start() -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new()
            .prefix("cloudseat-pg-")
            .tempdir()
            .unwrap();
        let server = Self { folder, programs };
        if is_root() {
            run(Command::new("chown")
                .arg("postgres")
                .arg(server.folder.path()));
        }
        let data = server.data();
        run(server
            .program("initdb")
            .args([
                "--auth=trust",
                "--username=cloudseat",
                "--encoding=UTF8",
                "--no-sync",
                "-D",
            ])
            .arg(&data));
        let options = format!("-h '' -k {} -c fsync=off", server.folder.path().display());
        run(server
            .program("pg_ctl")
            .args(["start", "-w", "-s", "-o", &options, "-l"])
            .arg(data.join("log"))
            .arg("-D")
            .arg(&data));
        server
    }

    /// The address of a new, empty database.
    pub(super) fn database(&self, number: usize) -> String {
        let name = format!("contract_{number}");
        run(self
            .program("createdb")
            .args(["-U", "cloudseat", "-h"])
            .arg(self.folder.path())
            .arg(&name));
        format!(
            "postgres://cloudseat@localhost/{name}?host={}",
            self.folder.path().display()
        )
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// PostgreSQL refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stopped = self
            .program("pg_ctl")
            .args(["stop", "-s", "-m", "immediate", "-D"])
            .arg(self.data())
            .status();
        if !stopped.is_ok_and(|status| status.success()) {
            eprintln!(
                "the PostgreSQL server in {} was not stopped",
                self.folder.path().display()
            );
        }
    }
}

/// The newest installed version's programs.
fn programs() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut versions: Vec<PathBuf> = installed
        .map(|entry| entry.path().join("bin"))
        .filter(|path| path.join("initdb").exists())
        .collect();
    versions.sort();
    versions
        .pop()
        .expect("this test needs PostgreSQL: apt-get install postgresql")
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(Path::new("/proc/self")).unwrap().uid() == 0
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
