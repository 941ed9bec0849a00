//! Documents typeset as PDF: data in, bytes out. What stands on them is decided in `casework::document`.

use std::path::PathBuf;

use casework::DecisionDraft;
use typst_as_lib::TypstEngine;
use typst_as_lib::typst_kit_options::TypstKitFontOptions;

/// Why a document could not be typeset.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template does not fit its data, or a font is missing.
    #[error("the document cannot be typeset: {0}")]
    Typst(String),
    /// The QR code cannot be drawn.
    #[error("the document's QR code cannot be drawn: {0}")]
    Qr(#[from] qrcode::types::QrError),
    /// The data cannot be written for the template.
    #[error("the document's data cannot be written: {0}")]
    Data(#[from] serde_json::Error),
}

const DECISION: &str = include_str!("decision.typ");
const SHEET: &str = include_str!("sheet.typ");

/// Typesets documents with the system's fonts. Look for them once, typeset many times.
pub struct Typesetter {
    fonts: Vec<PathBuf>,
}

impl std::fmt::Debug for Typesetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Typesetter")
            .field("fonts", &self.fonts)
            .finish()
    }
}

impl Typesetter {
    /// With the fonts that the system has, and those in `fonts`.
    pub fn new(fonts: Vec<PathBuf>) -> Self {
        Self { fonts }
    }

    /// 公安交通管理简易程序处罚决定书 as a PDF; `receipt_url` stands in its QR code.
    ///
    /// # Errors
    /// [`Error`]; the draft itself is never at fault.
    pub fn decision(&self, draft: &DecisionDraft, receipt_url: &str) -> Result<Vec<u8>, Error> {
        let mut data = serde_json::to_value(draft)?;
        data["receipt_url"] = receipt_url.into();
        data["groups"] = groups(&draft.head.root).into();
        self.typeset(DECISION, &data, &qr_svg(receipt_url)?)
    }

    /// Whether the fonts and templates are there: typesets a word.
    ///
    /// # Errors
    /// [`Error::Typst`].
    pub fn probe(&self) -> Result<(), Error> {
        const WORD: &str = "#set text(font: \"Noto Serif CJK SC\", fallback: false)\n云席";
        self.typeset(WORD, &serde_json::Value::Null, "").map(drop)
    }

    fn typeset(
        &self,
        template: &str,
        data: &serde_json::Value,
        qr: &str,
    ) -> Result<Vec<u8>, Error> {
        let data = serde_json::to_vec(data)?;
        let files = [("data.json", data.as_slice()), ("qr.svg", qr.as_bytes())];
        let engine = TypstEngine::builder()
            .main_file(template)
            .search_fonts_with(TypstKitFontOptions::default().include_dirs(self.fonts.clone()))
            .with_static_file_resolver(files)
            .with_static_source_file_resolver([("sheet.typ", SHEET)])
            .build();
        let document = engine
            .compile()
            .output
            .map_err(|error| Error::Typst(error.to_string()))?;
        typst_pdf::pdf(&document, &typst_pdf::PdfOptions::default())
            .map_err(|errors| Error::Typst(format!("{errors:?}")))
    }
}

/// The first 32 characters of a digest in four groups of eight, as people compare them.
fn groups(hex: &str) -> Vec<String> {
    hex.as_bytes()
        .chunks(8)
        .take(4)
        .map(|chunk| String::from_utf8_lossy(chunk).into_owned())
        .collect()
}

fn qr_svg(text: &str) -> Result<String, Error> {
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::M)?;
    Ok(code
        .render::<qrcode::render::svg::Color<'_>>()
        .quiet_zone(false)
        .build())
}

#[cfg(test)]
mod tests {
    use casework::act::Head;
    use casework::document::{Payment, Person, SigningOfficer, Vehicle};
    use casework::{Penalty, Role};

    use super::*;

    fn draft() -> DecisionDraft {
        let officer = |role, name: &str, number: &str| SigningOfficer {
            handle: "x".to_owned(),
            role,
            name: name.to_owned(),
            number: number.to_owned(),
            unit: "林西县公安局交通管理大队".to_owned(),
        };
        DecisionDraft {
            title: "公安交通管理简易程序处罚决定书",
            mark: Some("未经法制核对"),
            issuer: "林西县公安局交通管理大队".to_owned(),
            number: "LX-20261124-000007".parse().unwrap(),
            sid: "a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3".parse().unwrap(),
            head: Head { size: 214, root: "0f".repeat(32) },
            head_short: format!("214/{}", "0f".repeat(16)),
            person: Person {
                name: "张立新".to_owned(),
                document: "居民身份证".to_owned(),
                number: "150424198805062617".to_owned(),
                licence_file_no: Some("150400123456".to_owned()),
                licence_authority: Some("蒙D".to_owned()),
                licence_class: Some("C1".to_owned()),
                contact: None,
                guardian: None,
            },
            vehicle: Vehicle { plate: Some("蒙DK7362".to_owned()), plate_type: Some("小型汽车".to_owned()), kind: Some("小型轿车".to_owned()) },
            code: "1345".to_owned(),
            time: "2026年11月24日14时21分".to_owned(),
            place: "林西县东环路与兴林路交叉口南80米".to_owned(),
            finding: "被处罚人于2026年11月24日14时21分，在林西县东环路与兴林路交叉口南80米实施机动车违反禁止标线指示违法行为（代码1345），违反《中华人民共和国道路交通安全法》第三十八条，依据《中华人民共和国道路交通安全法》第九十条，决定处以罚款100元。".to_owned(),
            penalty: Penalty::Fine { yuan: 100 },
            penalty_text: "罚款100元".to_owned(),
            points: Some(1),
            points_text: Some("记1分".to_owned()),
            points_warning: None,
            payment: Some(Payment {
                text: "持本决定书在15日内到中国农业银行林西县支行缴纳罚款。逾期不缴纳的，每日按罚款数额的3%加处罚款，加处罚款的数额不超过罚款的数额。".to_owned(),
                due: "2026-12-09T15:59:59.999Z".parse().unwrap(),
            }),
            remedy: "如不服本决定，应当自收到本决定书之日起六十日内先向林西县人民政府申请行政复议；对行政复议决定不服的，可以自收到复议决定书之日起十五日内依法向人民法院提起行政诉讼。".to_owned(),
            defence: "当事人明确放弃陈述、申辩".to_owned(),
            officers: vec![officer(Role::Officer, "王海峰", "150437"), officer(Role::Seat, "周敏", "150126")],
            remarks: Vec::new(),
            day: "2026年11月24日".to_owned(),
            notice_attempt: 1,
            catalogue_sha256: "00".repeat(32),
        }
    }

    /// What a reader's text search finds in a PDF, without spaces.
    fn text(pdf: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pdf");
        std::fs::write(&path, pdf).unwrap();
        let out = std::process::Command::new("pdftotext")
            .arg(&path)
            .arg("-")
            .output()
            .expect("poppler-utils are installed");
        assert!(out.status.success());
        String::from_utf8(out.stdout)
            .unwrap()
            .split_whitespace()
            .collect()
    }

    #[test]
    fn a_decision_prints_what_it_must() {
        let draft = draft();
        let url = format!(
            "https://evd.example.gov/receipt/{}#214.Dw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8",
            draft.sid
        );
        let pdf = Typesetter::new(Vec::new()).decision(&draft, &url).unwrap();
        assert!(pdf.starts_with(b"%PDF-"));
        let text = text(&pdf);
        let (number, sid) = (draft.number.to_string(), draft.sid.to_string());
        for needed in [
            draft.title,
            "未经法制核对",
            &number,
            &sid,
            &draft.head.root,
            &draft.head_short,
            "张立新",
            "150424198805062617",
            "蒙DK7362",
            "决定处以罚款100元",
            "记1分",
            "应当自收到本决定书之日起六十日内先向林西县人民政府申请行政复议",
            "王海峰",
            "周敏",
            "中国农业银行林西县支行",
        ] {
            assert!(text.contains(needed), "{needed} is missing in {text}");
        }
        if let Some(keep) = std::env::var_os("CLOUDSEAT_KEEP_PDF") {
            std::fs::write(keep, &pdf).unwrap();
        }
    }
}
