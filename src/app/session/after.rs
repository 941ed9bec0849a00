//! Acts of the case after the seal: filing and payment. They go on in the same chain, as custody.

use casework::Act;
use casework::act::PayMethod;

use super::Session;
use super::acts::file_ref;
use crate::app::Error;
use crate::dto;
use crate::journal::Keep;
use crate::store::Principal;

impl Session {
    /// The decision was filed; returns the case.
    pub(crate) async fn file_case(
        &mut self,
        who: &Principal,
        filing: dto::Filing,
    ) -> Result<uuid::Uuid, Error> {
        let text = format!("备案回执编号：{}\n", filing.receipt_no);
        let file = file_ref(
            &format!("documents/filing-{}.txt", uuid::Uuid::now_v7().simple()),
            text.as_bytes(),
        );
        self.receipt_act(
            who,
            Act::File {
                receipt: file.clone(),
            },
            &file.file,
            text,
        )
        .await
    }

    /// The fine was paid; returns the case.
    pub(crate) async fn pay(
        &mut self,
        who: &Principal,
        payment: dto::Payment,
    ) -> Result<uuid::Uuid, Error> {
        let text = format!(
            "缴款凭证编号：{}\n缴款日期：{}\n",
            payment.receipt_no, payment.paid_on
        );
        let file = file_ref(
            &format!("documents/payment-{}.txt", uuid::Uuid::now_v7().simple()),
            text.as_bytes(),
        );
        self.receipt_act(
            who,
            Act::Pay {
                method: PayMethod::Bank,
                receipt: file.clone(),
            },
            &file.file,
            text,
        )
        .await
    }

    async fn receipt_act(
        &mut self,
        who: &Principal,
        act: Act,
        name: &str,
        text: String,
    ) -> Result<uuid::Uuid, Error> {
        self.may(who, &act)?;
        self.add_file(name, text.into_bytes()).await?;
        self.act(who, act, Keep::ForGood).await?;
        Ok(self.record.id)
    }
}
