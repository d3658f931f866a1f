//! Submit and settle: deliver the proof once, see that it was paid, delete what is secret.

use std::sync::Arc;

use assay_chain::{BlockHeader, ChainError, Finality, Fulfilled};
use assay_client::envelope::blob_digest;
use assay_market::{Delivery, Status, Word};
use assay_statement::Statement;
use serde_json::{Value, json};
use tracing::{error, info, warn};

use crate::jobs::{Job, Stage};
use crate::node::{Node, StepError};

/// Code of a job whose payment was seen.
const PAID: &str = "PAID";

/// How often an output is brought to an API that does not take it, failed proofs counted.
const MAX_HAND_OVERS: u32 = 10;

impl Node {
    /// Sends the fulfillment, unless the chain has it already.
    pub(crate) async fn submit(
        self: &Arc<Self>,
        mut job: Job,
        head: BlockHeader,
    ) -> Result<(), StepError> {
        let Some(view) = self.current(&mut job, head).await? else {
            return Ok(());
        };
        if view.status == Status::Fulfilled {
            return self
                .note(
                    &mut job,
                    Stage::Settling,
                    "FULFILLED",
                    "the chain has it",
                    head,
                )
                .await;
        }
        if !view.may_fulfill(self.me) {
            return self.lost_assignment(&mut job, &view, head).await;
        }
        if self.is_pending(&job).await? {
            return Ok(());
        }
        let Some((delivery, _)) = delivery(&job) else {
            // The row is ours, so this is a defect: start over rather than default.
            error!(request.id = %job.key.request, "the row of a finished proof cannot be read");
            return self.advance(&mut job, Stage::Proving, head).await;
        };
        // Payment does not wait for the API: the row keeps the bytes, and settling leaves them there once more.
        self.hand_over(&job).await;
        let key = job.key;
        let prepared = match self
            .account
            .prepare_fulfill(key.request, key.round, &delivery)
            .await
        {
            Ok(prepared) => prepared,
            Err(ChainError::Refused(refusal)) => {
                let detail = refusal.to_string();
                error!(request.id = %key.request, detail, "the market refuses our proof");
                self.breaker.fail();
                return self
                    .note(
                        &mut job,
                        Stage::Submitting,
                        "FULFILL-REFUSED",
                        &detail,
                        head,
                    )
                    .await;
            }
            Err(error) => return Err(error.into()),
        };
        job.tx_hash = Some(prepared.hash().to_string());
        self.advance(&mut job, Stage::Submitting, head).await?;
        let receipt = self.account.send(prepared).await?;
        info!(
            request.id = %key.request, round = key.round, gas = receipt.gas_used,
            tx = %receipt.hash, "fulfilled"
        );
        self.advance(&mut job, Stage::Settling, head).await
    }

    /// Records the payment at once, and settles when its block is safe: a reorganization before that would take
    /// the fulfillment back, and the row still holds everything to send it again.
    pub(crate) async fn settle(
        self: &Arc<Self>,
        mut job: Job,
        head: BlockHeader,
    ) -> Result<(), StepError> {
        let Some(view) = self.current(&mut job, head).await? else {
            return Ok(());
        };
        if view.status != Status::Fulfilled {
            job.code = None;
            return self.advance(&mut job, Stage::Submitting, head).await;
        }
        let fulfilled = self.chain().fulfilled(job.key.request).await?;
        let Some(fulfilled) = fulfilled.filter(|fulfilled| fulfilled.prover == self.me) else {
            self.forget(&job)?;
            return self
                .note(
                    &mut job,
                    Stage::Lost,
                    "OVER",
                    "another prover fulfilled it",
                    head,
                )
                .await;
        };
        if job.code.as_deref() != Some(PAID) {
            self.forget(&job)?;
            self.folder
                .write_receipt(job.key, &receipt(&job, &fulfilled))?;
            let balance = self.chain().balance(self.me).await?;
            let detail = format!(
                "{} less {} for being late, bounty {}; free {}, locked {}",
                fulfilled.price, fulfilled.late_fee, fulfilled.bounty, balance.free, balance.locked
            );
            return self
                .note(&mut job, Stage::Settling, PAID, &detail, head)
                .await;
        }
        // `updated_at` is when the payment was seen. A node without the tag knows no reorganizations either.
        let safe = self.chain().header(Finality::Safe).await;
        if let Ok(Some(safe)) = safe
            && safe.timestamp < job.updated_at
        {
            return Ok(());
        }
        if !self.hand_over(&job).await && job.attempts < MAX_HAND_OVERS {
            job.attempts += 1;
            return self.advance(&mut job, Stage::Settling, head).await;
        }
        self.advance(&mut job, Stage::Settled, head).await
    }

    /// Leaves a private output with the API, where its requester finds it by the digest in the fulfillment. Returns
    /// whether it is there, or there is none.
    async fn hand_over(&self, job: &Job) -> bool {
        let sealed = match delivery(job) {
            Some((_, sealed)) if !sealed.is_empty() => sealed,
            _ => return true,
        };
        match self.blobs.put(&self.account, sealed).await {
            Ok(()) => true,
            Err(error) => {
                warn!(request.id = %job.key.request, %error, "the private output is not with the API");
                false
            }
        }
    }
}

/// Returns the record of a fulfilled request: public facts only.
fn receipt(job: &Job, fulfilled: &Fulfilled) -> Value {
    let parse = |text: &Option<String>| -> Value {
        text.as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or(Value::Null)
    };
    json!({
        "request": job.key.request,
        "round": job.key.round,
        "prover": fulfilled.prover,
        "price": fulfilled.price,
        "late_fee": fulfilled.late_fee,
        "bounty": fulfilled.bounty,
        "tx": job.tx_hash,
        "statement": parse(&job.statement),
        "seal": job.seal.as_ref().map(|seal| format!("0x{seal}")),
        "work": parse(&job.timings),
    })
}

/// Returns what the row says is to be delivered, and the age file with a private output.
fn delivery(job: &Job) -> Option<(Delivery, Vec<u8>)> {
    let statement: Statement = serde_json::from_str(job.statement.as_deref()?).ok()?;
    let bytes = hex::decode(job.output.as_deref()?).ok()?;
    let output_hash = blob_digest(&bytes);
    let (output, sealed) = if statement.header.output.is_private() {
        (Vec::new(), bytes)
    } else {
        (bytes, Vec::new())
    };
    let delivery = Delivery {
        output_digest: Word(statement.output.to_bytes32()),
        result: statement.result,
        output_hash,
        seal: hex::decode(job.seal.as_deref()?).ok()?,
        output,
    };
    Some((delivery, sealed))
}
