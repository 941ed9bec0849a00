//! The report for people: the verdict in one sentence, then what was found.

use std::io::{self, Write};

use integrity::verify::{Completeness, Disclosure, Finding, Level, Report, Verdict};

use crate::args::Lang;
use crate::words::meaning;

/// Prints a report.
///
/// # Errors
/// What writing returns.
pub fn print(report: &Report, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", verdict(report, lang))?;
    let mut level = None;
    for finding in &report.findings {
        if level.replace(finding.level) != Some(finding.level) {
            writeln!(out, "\n{}", heading(finding.level, lang))?;
        }
        writeln!(out, "  {}", line(finding, lang))?;
    }
    if let Some(head) = &report.head
        && report.verdict == Verdict::Valid
    {
        let facts = match lang {
            Lang::En => ["entries", "head", "decisions", "signed heads", "receipts"],
            Lang::Zh => ["条目", "链首", "决定书", "签名链首", "回执"],
        };
        writeln!(out)?;
        if let Some(times) = report.times {
            writeln!(out, "  {} — {}", times.first, times.last)?;
        }
        writeln!(out, "  {}: {}", facts[0], report.entries)?;
        writeln!(out, "  {}: {}/{}", facts[1], head.size, head.root)?;
        writeln!(out, "  {}: {}", facts[2], report.decisions.len())?;
        writeln!(out, "  {}: {}", facts[3], report.proofs.checkpoints)?;
        writeln!(out, "  {}: {}", facts[4], report.proofs.receipts)?;
    }
    Ok(())
}

fn verdict(report: &Report, lang: Lang) -> String {
    let session = report
        .session
        .map_or_else(String::new, |sid| sid.to_string());
    let site = report.site.as_deref().unwrap_or("?");
    match (lang, report.verdict) {
        (Lang::En, Verdict::Valid) => {
            let complete = match report.completeness {
                Completeness::Complete => "and complete",
                Completeness::Incomplete | Completeness::Unknown => "but incomplete",
            };
            let partial = if report.disclosure == Disclosure::Partial {
                ", as far as this copy shows it"
            } else {
                ""
            };
            format!("VALID {complete}: session {session} of {site} is what was recorded{partial}.")
        }
        (Lang::Zh, Verdict::Valid) => {
            let complete = match report.completeness {
                Completeness::Complete => "且完整",
                Completeness::Incomplete | Completeness::Unknown => "但不完整",
            };
            let partial = if report.disclosure == Disclosure::Partial {
                "（本副本有隐去内容）"
            } else {
                ""
            };
            format!("有效{complete}：{site} 的会话 {session} 与录制时一致{partial}。")
        }
        (Lang::En, Verdict::Tampered) => {
            format!("TAMPERED: session {session} of {site} is not what was recorded.")
        }
        (Lang::Zh, Verdict::Tampered) => {
            format!("已被篡改：{site} 的会话 {session} 与录制时不一致。")
        }
        (Lang::En, Verdict::Unusable) => "UNUSABLE: nothing can be said about this.".to_owned(),
        (Lang::Zh, Verdict::Unusable) => "无法判断：不能据此得出任何结论。".to_owned(),
    }
}

fn heading(level: Level, lang: Lang) -> &'static str {
    match (lang, level) {
        (Lang::En, Level::Unusable) => "Why not:",
        (Lang::En, Level::Tampered) => "What is wrong:",
        (Lang::En, Level::Incomplete) => "What is missing:",
        (Lang::En, Level::Warning) => "Worth a look:",
        (Lang::En, Level::Info) => "Worth knowing:",
        (Lang::Zh, Level::Unusable) => "原因：",
        (Lang::Zh, Level::Tampered) => "问题：",
        (Lang::Zh, Level::Incomplete) => "缺失：",
        (Lang::Zh, Level::Warning) => "请留意：",
        (Lang::Zh, Level::Info) => "供参考：",
    }
}

fn line(finding: &Finding, lang: Lang) -> String {
    let mut line = format!("{}: {}", finding.code.as_str(), meaning(finding.code, lang));
    let entry = match lang {
        Lang::En => "entry",
        Lang::Zh => "条目",
    };
    let seq = finding.seq.map(|seq| format!("{entry} {seq}"));
    let place: Vec<String> = seq
        .into_iter()
        .chain(finding.path.as_deref().map(plain))
        .collect();
    if !place.is_empty() {
        line += &format!(" [{}]", place.join(", "));
    }
    if let Some(detail) = &finding.detail {
        line += &format!(" — {}", plain(detail));
    }
    line
}

/// A hostile name must not steer the terminal.
fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
