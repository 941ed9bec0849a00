//! `cloudseat-verify`: the verifier that an auditor builds and runs alone.

use std::process::ExitCode;

use clap::Parser;
use cloudseat_verify::VerifyArgs;

/// Verify a recording offline. Exits 0 if it is valid, 1 if it was tampered with, 2 if nothing can be said.
#[derive(Debug, Parser)]
#[command(name = "cloudseat-verify", version)]
struct Cli {
    #[command(flatten)]
    verify: VerifyArgs,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    ExitCode::from(cloudseat_verify::run(&cli.verify, None))
}
