//! The command line: one file a command. Errors are one sentence on stderr that says what to do.

mod demo;
mod doctor;
mod evidence;
mod serve;
mod user;

use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

/// Remote law enforcement by video, recorded in the same moment and provable afterwards.
#[derive(Debug, Parser)]
#[command(name = "cloudseat", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Verify(cloudseat_verify::VerifyArgs),
    Export(evidence::Export),
    /// Accounts
    #[command(subcommand)]
    User(user::User),
    /// The site's signing key, and what auditors trust
    #[command(subcommand)]
    Key(evidence::Key),
    Reindex(evidence::Reindex),
    Doctor(doctor::Doctor),
    /// Print the API's OpenAPI document
    #[command(hide = true)]
    Openapi,
    /// Print docs/configuration.md
    #[command(hide = true)]
    Configuration,
}

/// Carries out the command line.
pub fn run() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Verify(arguments) => return verify(&arguments),
        Command::Openapi => print(&crate::http::openapi::json()),
        Command::Configuration => print(&crate::config::document()),
        Command::Serve(command) => block_on(serve::run(command)),
        Command::Demo(command) => block_on(demo::run(command)),
        Command::Export(command) => block_on(evidence::export(command)),
        Command::User(command) => block_on(user::run(command)),
        Command::Key(command) => evidence::key(command),
        Command::Reindex(command) => block_on(evidence::reindex(command)),
        Command::Doctor(command) => block_on(doctor::run(command)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", sentence(&error));
            ExitCode::FAILURE
        }
    }
}

/// The error with its causes, each said once: most of our messages hold their cause already.
fn sentence(error: &anyhow::Error) -> String {
    error
        .chain()
        .map(ToString::to_string)
        .fold(String::new(), |text, cause| match text.as_str() {
            "" => cause,
            said if said.contains(&cause) => text,
            _ => format!("{text}: {cause}"),
        })
}

/// Exits 0 valid, 1 tampered, 2 unusable.
fn verify(arguments: &cloudseat_verify::VerifyArgs) -> ExitCode {
    let data_dir = std::env::var_os("CLOUDSEAT_DATA_DIR")
        .map_or_else(|| "data".into(), std::path::PathBuf::from);
    let own = data_dir.join("trust.json");
    ExitCode::from(cloudseat_verify::run(
        arguments,
        own.exists().then_some(own.as_path()),
    ))
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// Makes the data folder where it is missing, for nobody else to look into, whichever command is the first.
fn data_folder(path: &Path) -> anyhow::Result<()> {
    std::fs::DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(path)
        .with_context(|| format!("{} cannot be made", path.display()))
}

/// Writes to stdout; a reader that went away early is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_looks_into_the_data_folder() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("site/data");
        for _ in 0..2 {
            data_folder(&path).unwrap();
        }
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
