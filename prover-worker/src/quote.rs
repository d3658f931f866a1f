//! Quote: is everything at hand, is the circuit the right one, does the price cover the cost?

use std::sync::Arc;

use assay_chain::{BlockHeader, RequestView};
use assay_client::envelope::MAX_ENVELOPE_BYTES;
use assay_client::{AgeError, Envelope, EnvelopeError, Listing, Purpose};
use assay_market::params::MAX_INLINE_BYTES;
use assay_market::{Address, Amount, Status, Word};
use assay_prover::Salt;
use assay_prover::model_format::OutputSpec;
use assay_statement::{Digest, Header, Kind, Privacy};

use crate::capacity::seconds_needed;
use crate::catalogue::{Entry, Given, Held, Holding};
use crate::jobs::{Job, Stage};
use crate::node::{Node, StepError};
use crate::skip::Skip;

/// Bytes of a private output: as an age file it still is a blob that requesters take.
const MAX_PRIVATE_OUTPUT_BYTES: usize = (MAX_ENVELOPE_BYTES / 2) as usize;

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
        if let Err(refused) = self.input(&job, &view, &entry).await {
            return self.skip(&mut job, refused, head).await;
        }
        match self.priced(&view, &entry) {
            Ok(ask) => {
                job.price = Some(ask);
                tracing::info!(
                    request.id = %job.key.request, round = job.key.round, model = entry.name(),
                    ask = %ask, limit = %view.made.terms.offer.max_price, "quoted"
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
        if let Some(sole) = view
            .made
            .snapshot
            .sole_prover
            .filter(|sole| *sole != self.me)
        {
            return Ok(Err((Skip::NotAdmitted, format!("only {sole} may bid"))));
        }
        let entry = match self.provable(view).await {
            Ok(entry) => entry,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Err(refused) = deliverable(entry.output(), entry.header().output) {
            return Ok(Err(refused));
        }
        let circuit = view.made.snapshot.circuit;
        if !self.chain().is_attested(circuit).await? {
            return Ok(Err((
                Skip::CircuitNotAttested,
                format!("circuit {circuit}"),
            )));
        }
        Ok(Ok(entry))
    }

    /// Returns the model that the request is for, if its circuit is the one that we rebuilt ourselves.
    pub(crate) async fn provable(&self, view: &RequestView) -> Result<Arc<Entry>, Refused> {
        let snapshot = &view.made.snapshot;
        let not_supported = |detail: String| (Skip::KindNotSupported, detail);
        let Some(header) = provable_header(snapshot.header) else {
            return Err(not_supported(format!("header {:#x}", snapshot.header)));
        };
        let holding = match self.catalogue.find(snapshot.commitment, header) {
            Held::Yes(holding) => holding,
            Held::No => {
                let detail = format!("commitment {}", snapshot.commitment);
                return Err((Skip::ModelNotHeld, detail));
            }
            Held::InAnotherMode => {
                return Err(not_supported(format!("header {:#x}", snapshot.header)));
            }
        };
        self.served(view, &holding)?;
        let entry = holding
            .entry(header)
            .await
            .map_err(|error| not_supported(format!("header {:#x}: {error:#}", snapshot.header)))?;
        if entry.circuit() != snapshot.circuit {
            let detail = format!("expected {}, got {}", entry.circuit(), snapshot.circuit);
            return Err((Skip::CircuitMismatch, detail));
        }
        let adapter = self.chain().deployment().verifier_adapter.into_array();
        if snapshot.verifier.0 != adapter {
            let detail = format!("verifier {}", snapshot.verifier);
            return Err((Skip::VerifierUnknown, detail));
        }
        Ok(entry)
    }

    /// Checks that the request is for a listing that we were told to serve. Whoever copies a commitment has another
    /// listing, with prices and a policy of their own.
    fn served(&self, view: &RequestView, holding: &Holding) -> Result<(), Refused> {
        let deployment = self.chain().deployment();
        let asked = Listing {
            chain_id: deployment.chain_id,
            registry: Address(deployment.model_registry.into_array()),
            model: view.made.terms.model_id,
            provider: view.made.snapshot.provider,
        };
        let refused = |detail| (Skip::ListingNotServed, detail);
        let listings = holding
            .listings()
            .map_err(|error| refused(error.to_string()))?;
        if listings.contains(&asked) {
            return Ok(());
        }
        Err(refused(format!(
            "listing {} of {} is none of the {} that we serve for its commitment",
            asked.model,
            asked.provider,
            listings.len()
        )))
    }

    /// Returns what the requester gave us, if its lanes open the request's commitment: from the request itself, or
    /// from the blob that it names. Of a private request the blob is an envelope, kept as it came: encrypted.
    pub(crate) async fn input(
        &self,
        job: &Job,
        view: &RequestView,
        entry: &Entry,
    ) -> Result<Given, Refused> {
        let terms = &job.terms;
        let blob = terms.input_hash;
        let inline = &view.made.inline_input;
        let is_private = terms.input_private || terms.output_private;
        let missing = |error: String| (Skip::InputMissing, error);
        if blob == Word::ZERO {
            return Err(missing("the request names no input".into()));
        }
        let kept = if inline.is_empty() {
            self.folder
                .kept_input(blob)
                .map_err(|error| missing(error.to_string()))?
        } else {
            Some(inline.clone())
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
        let given = if is_private {
            self.unseal(&bytes, job, view, entry)?
        } else {
            Given::public(entry.input_lanes(&bytes).map_err(mismatch)?)
        };
        entry
            .check_input(&given.input, given.input_salt, terms.input_digest)
            .map_err(mismatch)?;
        if fetched {
            // A bid says that we hold everything: the API may be gone when we prove.
            self.folder
                .keep_input(blob, &bytes)
                .map_err(|error| missing(error.to_string()))?;
        }
        Ok(given)
    }

    /// Opens the envelope of a request: of this one only, or whoever copies an envelope learns what is inside.
    fn unseal(
        &self,
        bytes: &[u8],
        job: &Job,
        view: &RequestView,
        entry: &Entry,
    ) -> Result<Given, Refused> {
        let deployment = self.chain().deployment();
        let purpose = Purpose {
            chain_id: deployment.chain_id,
            market: Address(deployment.market.into_array()),
            requester: view.made.requester,
            model: view.made.terms.model_id,
            input_private: job.terms.input_private,
            output_private: job.terms.output_private,
        };
        let refused = |error: EnvelopeError| {
            let skip = match error {
                EnvelopeError::Age(AgeError::NotForUs) => Skip::NotAdmitted,
                _ => Skip::InputMismatch,
            };
            (skip, error.to_string())
        };
        let envelope = Envelope::open(bytes, &self.identity, &purpose).map_err(refused)?;
        let salt = |digest: Digest| {
            let salt = Salt::new(digest.limbs());
            salt.map_err(|error| (Skip::InputMismatch, error.to_string()))
        };
        Ok(Given {
            input_salt: salt(envelope.input_salt)?,
            output_secret: salt(envelope.output_secret)?,
            input: (entry.input_lanes(&envelope.input))
                .map_err(|detail| (Skip::InputMismatch, detail))?,
            output_recipient: envelope.output_recipient,
        })
    }

    fn priced(&self, view: &RequestView, entry: &Entry) -> Result<Amount, Refused> {
        let quote = self.pricing.quote(entry.rows()).with_bounty(view.bounty);
        let offer = &view.made.terms.offer;
        if quote.floor > offer.max_price {
            let detail = format!("limit {}, our floor {}", offer.max_price, quote.floor);
            return Err((Skip::PriceTooLow, detail));
        }
        let needed = seconds_needed(self.proofs.expected(), 0);
        if needed > offer.proving_window.0 {
            let detail = format!("window {} s, needed {needed} s", offer.proving_window);
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

/// The market takes a limited public output inline, and we deliver it in no other way: a bid on a larger one could
/// only be lost. A private output travels as a blob.
fn deliverable(output: OutputSpec, privacy: Privacy) -> Result<(), Refused> {
    let (lane, lanes) = output.lanes();
    let bytes = lanes * (lane.bits() / u8::BITS) as usize;
    let limit = if privacy.is_private() {
        MAX_PRIVATE_OUTPUT_BYTES
    } else {
        MAX_INLINE_BYTES
    };
    if bytes > limit {
        let detail = format!("expected at most {limit} bytes, got {bytes}");
        return Err((Skip::OutputTooLarge, detail));
    }
    Ok(())
}

/// Inferences, whatever they hide, are what this version proves.
fn provable_header(word: u32) -> Option<Header> {
    let header = Header::from_word(word.into()).ok()?;
    (header.kind == Kind::Inference).then_some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_bid_for_up_to_what_a_fulfillment_takes() {
        let check = |output: OutputSpec, expected: Option<Skip>| {
            let refused = deliverable(output, Privacy::Public);
            assert_eq!(refused.err().map(|(skip, _)| skip), expected);
        };
        check(OutputSpec::Class { classes: 1 << 14 }, None);
        check(OutputSpec::Lanes { lanes: 4_096 }, None);
        check(
            OutputSpec::Lanes { lanes: 4_097 },
            Some(Skip::OutputTooLarge),
        );
        let as_blob = |lanes| deliverable(OutputSpec::Lanes { lanes }, Privacy::Private);
        assert!(as_blob(MAX_PRIVATE_OUTPUT_BYTES).is_ok());
        assert!(as_blob(MAX_PRIVATE_OUTPUT_BYTES + 1).is_err());
    }

    #[test]
    fn every_privacy_of_an_inference_is_provable_and_no_other_kind() {
        for bits in 0..8 {
            assert!(provable_header(0x0101 | bits << 16).is_some(), "{bits}");
        }
        for word in [0x0201, 0x0301, 0x0102, 0x0008_0101] {
            assert!(provable_header(word).is_none(), "{word:#x}");
        }
    }
}
