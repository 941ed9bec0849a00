//! The citizen's receipt, and what anybody may ask with one in hand.

use ids::Sid;
use integrity::body::Head;
use integrity::checkpoint::Checkpoint;
use integrity::merkle;
use integrity::note::Note;
use integrity::receipt::{Short, head_fragment, note_fragment};
use qrcode::QrCode;
use qrcode::render::svg;

use crate::app::{App, Error};
use crate::dto::{Consistency, PublicDecision, PublicReceipt, Receipt};
use crate::store::{Principal, Role};

impl App {
    /// The citizen's receipt: the newest signed head in every form it is given out.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn receipt(&self, who: &Principal, sid: Sid) -> Result<Receipt, Error> {
        // On the officer's phone, too, it is the party who is shown it. Everybody else only looks at the newest head.
        let to_party = match who {
            Principal::Party(_) => true,
            Principal::Account(account) => account.role == Role::Officer,
        };
        let note = if to_party {
            self.hand_receipt(who, sid).await?
        } else {
            self.parts.journal.look(sid).await?.note
        };
        let head = head_of(&note).map_err(|error| Error::Internal(error.to_string()))?;
        let page = format!("{}/receipt/{sid}", self.parts.public_url);
        let url = format!("{page}#{}", note_fragment(&note));
        let url_paper = format!("{page}#{}", head_fragment(head));
        Ok(Receipt {
            qr_svg: qr_svg(&url)?,
            note: note.to_string(),
            url,
            url_paper,
            short: Short::from(head).to_string(),
            size: head.size,
            root: head.root.to_string(),
        })
    }

    /// What the public may know of a session: its newest head and whether it is sealed, nothing of persons.
    ///
    /// # Errors
    /// [`Error::Internal`] where the log cannot be read; an unknown session is an answer, not an error.
    pub async fn public_receipt(&self, sid: Sid) -> Result<PublicReceipt, Error> {
        let unknown = PublicReceipt {
            sid,
            site: self.parts.site.clone(),
            known: false,
            state: None,
            size: None,
            root: None,
            note: None,
            opened_at: None,
            sealed_at: None,
            vkey: self.parts.vkey.clone(),
            decision: None,
        };
        let Some(session) = self.parts.store.session(sid).await? else {
            return Ok(unknown);
        };
        let outline = self.parts.journal.look(sid).await?;
        Ok(PublicReceipt {
            known: true,
            state: Some(session.row.state),
            size: Some(outline.head.size),
            root: Some(outline.head.root.to_string()),
            note: Some(outline.note.to_string()),
            opened_at: Some(session.row.opened_at),
            sealed_at: outline.sealed_at,
            decision: outline.decision.map(|digest| PublicDecision {
                doc_sha256: digest.to_string(),
            }),
            ..unknown
        })
    }

    /// Proof that the log with `from` entries is a beginning of today's (RFC 6962 §2.1.2).
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown session; [`Error::Conflict`] where the log is shorter than `from`, which is
    /// itself a finding: the receipt proves that something was cut.
    pub async fn consistency(&self, sid: Sid, from: u64) -> Result<Consistency, Error> {
        let outline = self.parts.journal.look(sid).await?;
        let Head { size: to, .. } = outline.head;
        let leaves = &outline.leaves[..];
        if from == 0 || from > to {
            return Err(Error::Conflict {
                zh: format!("会话记录只有 {to} 项，与第 {from} 项的回执不符。"),
                en: format!(
                    "The log has {to} entries; a receipt over {from} cannot be of this log."
                ),
            });
        }
        Ok(Consistency {
            from,
            to,
            root_from: merkle::root(leaves, from).to_string(),
            proof: merkle::consistency(leaves, from, to)
                .iter()
                .map(ToString::to_string)
                .collect(),
        })
    }
}

impl App {
    /// The keys an auditor has to trust, `trust.json`.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub fn trust(&self) -> Result<serde_json::Value, Error> {
        serde_json::to_value(&self.parts.trust).map_err(|error| Error::Internal(error.to_string()))
    }
}

/// The head that a note of this site signs.
fn head_of(note: &str) -> Result<Head, integrity::Error> {
    let checkpoint: Checkpoint = Note::parse(note.as_bytes())?.text().parse()?;
    Ok(checkpoint.head())
}

/// A QR code as SVG, black on white with its quiet zone.
pub(crate) fn qr_svg(text: &str) -> Result<String, Error> {
    let code = QrCode::new(text).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build())
}
