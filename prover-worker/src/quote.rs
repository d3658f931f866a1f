//! Quote: is everything at hand, is the circuit the right one, does the price cover the cost?

use std::sync::Arc;

use assay_chain::{BlockHeader, RequestView};
use assay_market::params::MAX_INLINE_BYTES;
use assay_market::{Amount, Status, Word};
use assay_prover::model_format::OutputSpec;
use assay_statement::{Header, Kind, Privacy};

use crate::capacity::seconds_needed;
use crate::catalogue::{Entry, Held};
use crate::jobs::{Job, Stage};
use crate::node::{Node, StepError};
use crate::skip::Skip;

/// Why a request is skipped, with what was expected and found.
pub(crate) type Refused = (Skip, String);

impl Node {
    /// Checks a request against everything that would make it unprovable or unpaid, and prices it.
    pub(crate) async fn quote(
        self: &Arc<Self>,
        mut job: Job,
        head: BlockHeader,
    ) -> Result<(), StepError> {
        let view = self.chain().request(job.key.request).await?;
        let Some(view) = view.filter(|view| view.round == job.key.round) else {
            return self
                .skip(
                    &mut job,
                    (Skip::Gone, "it is in another round".into()),
                    head,
                )
                .await;
        };
        match view.status {
            // Bid for in an earlier life of this worker whose job table is gone: the bid binds us.
            Status::Open if view.best.is_some_and(|best| best.prover == self.me) => {
                return self.advance(&mut job, Stage::Bidding, head).await;
            }
            Status::Open => {}
            Status::Assigned | Status::Overdue if view.is_assigned_to(self.me) => {
                return self.advance(&mut job, Stage::Bidding, head).await;
            }
            status => {
                let detail = format!("it is {}", status.as_str());
                return self.skip(&mut job, (Skip::Gone, detail), head).await;
            }
        }
        let entry = match self.admissible(&view).await? {
            Ok(entry) => entry,
            Err(refused) => return self.skip(&mut job, refused, head).await,
        };
        if let Err(refused) = self.input(&job, &entry).await {
            return self.skip(&mut job, refused, head).await;
        }
        match self.priced(&view, &entry) {
            Ok(ask) => {
                job.price = Some(ask);
                tracing::info!(
                    request.id = %job.key.request, round = job.key.round, model = entry.name(),
                    ask = %ask, limit = %view.max_price, "quoted"
                );
                self.advance(&mut job, Stage::Quoted, head).await
            }
            Err(refused) => self.skip(&mut job, refused, head).await,
        }
    }

    /// Returns the model that the request is for, if we may bid: provable, and its circuit attested.
    pub(crate) async fn admissible(
        &self,
        view: &RequestView,
    ) -> Result<Result<Arc<Entry>, Refused>, StepError> {
        if let Some(sole) = view.sole_prover.filter(|sole| *sole != self.me) {
            return Ok(Err((Skip::NotAdmitted, format!("only {sole} may bid"))));
        }
        let entry = match self.provable(view) {
            Ok(entry) => entry,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Err(refused) = deliverable(entry.output()) {
            return Ok(Err(refused));
        }
        if !self.chain().is_attested(view.circuit).await? {
            return Ok(Err((
                Skip::CircuitNotAttested,
                format!("circuit {}", view.circuit),
            )));
        }
        Ok(Ok(entry))
    }

    /// Returns the model that the request is for, if its circuit is the one that we rebuilt ourselves.
    pub(crate) fn provable(&self, view: &RequestView) -> Result<Arc<Entry>, Refused> {
        let Some(header) = provable_header(view.header) else {
            return Err((Skip::KindNotSupported, format!("header {:#x}", view.header)));
        };
        let entry = match self.catalogue.find(view.commitment, header) {
            Held::Yes(entry) => entry,
            Held::No => {
                return Err((
                    Skip::ModelNotHeld,
                    format!("commitment {}", view.commitment),
                ));
            }
            Held::InAnotherMode => {
                return Err((Skip::KindNotSupported, format!("header {:#x}", view.header)));
            }
        };
        if entry.circuit() != view.circuit {
            let detail = format!("expected {}, got {}", entry.circuit(), view.circuit);
            return Err((Skip::CircuitMismatch, detail));
        }
        let adapter = self.chain().deployment().verifier_adapter.into_array();
        if view.verifier.0 != adapter {
            return Err((Skip::VerifierUnknown, format!("verifier {}", view.verifier)));
        }
        Ok(entry)
    }

    /// Returns the input's lanes if they open the request's commitment.
    pub(crate) async fn input(&self, job: &Job, entry: &Entry) -> Result<Vec<i16>, Refused> {
        let terms = &job.terms;
        let missing = |error: String| (Skip::InputMissing, error);
        let blob = terms.input_blob;
        let kept = match blob {
            Word::ZERO => Some(terms.inline_input.clone()),
            _ => self
                .folder
                .kept_input(blob)
                .map_err(|error| missing(error.to_string()))?,
        };
        let fetched = kept.is_none();
        let bytes = match kept {
            Some(bytes) => bytes,
            None => self
                .blobs
                .get(blob)
                .await
                .map_err(|error| missing(error.to_string()))?,
        };
        let mismatch = |detail: String| (Skip::InputMismatch, detail);
        let lanes = entry.input_lanes(&bytes).map_err(mismatch)?;
        entry
            .check_input(&lanes, terms.input_digest)
            .map_err(mismatch)?;
        if fetched {
            // A bid says that we hold everything: the API may be gone when we prove.
            self.folder
                .keep_input(blob, &bytes)
                .map_err(|error| missing(error.to_string()))?;
        }
        Ok(lanes)
    }

    fn priced(&self, view: &RequestView, entry: &Entry) -> Result<Amount, Refused> {
        let quote = self.pricing.quote(entry.rows());
        if quote.floor > view.max_price {
            let detail = format!("limit {}, our floor {}", view.max_price, quote.floor);
            return Err((Skip::PriceTooLow, detail));
        }
        let needed = seconds_needed(self.proofs.expected(), 0);
        if needed > view.proving_window.0 {
            let detail = format!("window {} s, needed {needed} s", view.proving_window);
            return Err((Skip::WindowTooShort, detail));
        }
        Ok(quote.ask)
    }

    pub(crate) async fn skip(
        &self,
        job: &mut Job,
        (skip, detail): Refused,
        head: BlockHeader,
    ) -> Result<(), StepError> {
        self.note(job, Stage::Skipped, skip.code(), &detail, head)
            .await
    }
}

/// The market takes a limited output inline, and this version delivers in no other way: a bid on a larger one could
/// only be lost.
fn deliverable(output: OutputSpec) -> Result<(), Refused> {
    let (lane, lanes) = output.lanes();
    let bytes = lanes * (lane.bits() / u8::BITS) as usize;
    if bytes > MAX_INLINE_BYTES {
        let detail = format!("expected at most {MAX_INLINE_BYTES} bytes, got {bytes}");
        return Err((Skip::OutputTooLarge, detail));
    }
    Ok(())
}

/// Public inputs and outputs of inferences are what this version proves.
fn provable_header(word: u32) -> Option<Header> {
    let header = Header::from_word(word.into()).ok()?;
    let public = header.input == Privacy::Public && header.output == Privacy::Public;
    (header.kind == Kind::Inference && public).then_some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_bid_for_up_to_what_a_fulfillment_takes() {
        let check = |output: OutputSpec, expected: Option<Skip>| {
            assert_eq!(deliverable(output).err().map(|(skip, _)| skip), expected);
        };
        check(OutputSpec::Class { classes: 1 << 14 }, None);
        check(OutputSpec::Lanes { lanes: 4_096 }, None);
        check(
            OutputSpec::Lanes { lanes: 4_097 },
            Some(Skip::OutputTooLarge),
        );
    }
}
