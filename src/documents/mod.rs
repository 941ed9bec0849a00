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
