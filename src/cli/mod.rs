//! The command line: one file a command. Errors are one sentence on stderr that says what to do.

use std::io::Write;
use std::process::ExitCode;

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
    /// Print the API's OpenAPI document.
    #[command(hide = true)]
    Openapi,
}

/// Carries out the command line.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Openapi => print(&crate::http::openapi::json()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Writes to stdout; a reader that went away early is no failure.
fn print(text: &str) -> anyhow::Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}
