//! `cloudseat`: arguments in, exit code out.

fn main() -> std::process::ExitCode {
    cloudseat::cli::run()
}
