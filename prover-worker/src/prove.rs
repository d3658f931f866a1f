//! Prove and wrap: one proof at a time on a thread of its own, resumable between the two.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use assay_chain::{BlockHeader, ChainError, RequestView};
use assay_client::envelope::blob_digest;
use assay_market::{RequestId, Status, Word};
use assay_statement::{ContextTerms, Kind};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tracing::{error, info, warn};

use crate::catalogue::{Entry, Given, Inference, ProveError};
use crate::jobs::{Job, JobKey, Stage};
use crate::node::{Node, StepError};

/// Attempts at one proof. Proofs are deterministic up to randomness: a third failure would be the same.
const MAX_ATTEMPTS: u32 = 3;

/// Code of a job that the chain once said is not ours.
const DOUBT: &str = "DOUBT";

/// The proof at work, and how long proofs take here.
#[derive(Debug)]
pub struct Proofs {
    /// Held while a proof is at work.
    slot: Arc<Mutex<()>>,
    /// Milliseconds that the slowest recent proof took.
    expected_ms: AtomicU64,
}

impl Proofs {
    /// Starts with an expectation that the first proof replaces.
    pub fn new(expected: Duration) -> Self {
        Self {
            slot: Arc::default(),
            expected_ms: AtomicU64::new(milliseconds(expected)),
        }
    }

    /// Returns what the next proof is expected to take.
    pub fn expected(&self) -> Duration {
        Duration::from_millis(self.expected_ms.load(Ordering::SeqCst))
    }

    /// Takes a measurement: more counts at once, less only by and by, because a missed deadline costs more
    /// than a missed bid.
    fn measured(&self, took: Duration) {
        let took = milliseconds(took);
        let expected = self.expected_ms.load(Ordering::SeqCst);
        let next = if took > expected {
            took
        } else {
            (expected + took) / 2
        };
        self.expected_ms.store(next, Ordering::SeqCst);
    }
}

impl Node {
    /// Starts the proof of a job if no other one is at work.
    pub(crate) async fn prove(
        self: &Arc<Self>,
        job: Job,
        head: BlockHeader,
    ) -> Result<(), StepError> {
        let Ok(slot) = self.proofs.slot.clone().try_lock_owned() else {
            return Ok(());
        };
        // The row may have been read while this very proof was still at work.
        let Some(mut job) = self.jobs.get(job.key).await? else {
            return Ok(());
        };
        if !matches!(job.stage, Stage::Proving | Stage::Wrapping) {
            return Ok(());
        }
        // The chain is read before any work: a request that ended elsewhere is not worth a proof.
        let Some(view) = self.current(&mut job, head).await? else {
            return Ok(());
        };
        if !view.may_fulfill(self.me) {
            return self.lost_assignment(&mut job, &view, head).await;
        }
        // What nobody may change after a bid is not asked again: attestations count before bidding only.
        let entry = match self.provable(&view).await {
            Ok(entry) => entry,
            Err((skip, detail)) => {
                // We bid on it, so it was admissible: something of ours changed, the models folder perhaps.
                error!(request.id = %job.key.request, code = skip.code(), detail, "cannot prove what we bid for");
                return self
                    .note(&mut job, Stage::Failed, skip.code(), &detail, head)
                    .await;
            }
        };
        let given = match self.input(&job, &view, &entry).await {
            Ok(given) => Arc::new(given),
            Err((skip, detail)) => {
                warn!(request.id = %job.key.request, code = skip.code(), detail, "input is not at hand");
                return Ok(());
            }
        };
        let output_hash = match self.output(&mut job, &entry, &given, head).await {
            Ok(hash) => hash,
            Err(ProveError::Step(error)) => return Err(error),
            Err(error) => {
                self.failed_attempt(job, error, head).await;
                return Ok(());
            }
        };
        let deployment = self.chain().deployment();
        let terms = ContextTerms {
            chain_id: deployment.chain_id,
            contract: deployment.market.into_array(),
            kind: Kind::Inference,
            request_id: job.key.request.0,
            round: job.key.round,
            payee: self.me.0,
            output_hash: output_hash.0,
            output_inline: !entry.header().output.is_private(),
        };
        let inference = Inference {
            given,
            context: terms.context(),
        };
        let node = self.clone();
        tokio::spawn(async move { node.work(job, entry, inference, head, slot).await });
        Ok(())
    }

    /// Returns the hash of the bytes that will be delivered. They are written to the row before the proof begins, which
    /// they are a part of: an encrypted output is another one each time.
    async fn output(
        &self,
        job: &mut Job,
        entry: &Arc<Entry>,
        given: &Arc<Given>,
        head: BlockHeader,
    ) -> Result<Word, ProveError> {
        if job.output.is_none() {
            let (entry, given) = (entry.clone(), given.clone());
            let bytes = tokio::task::spawn_blocking(move || entry.output_bytes(&given)).await??;
            job.output = Some(hex::encode(bytes));
            let stage = job.stage;
            self.advance(job, stage, head).await?;
        }
        let output = job.output.as_deref().unwrap_or_default();
        // The row is ours; bytes that cannot be read give a context that no proof is taken for.
        Ok(blob_digest(&hex::decode(output).unwrap_or_default()))
    }

    /// Proves, looks at the chain, wraps. Owns the slot, so that there is one proof at a time.
    async fn work(
        self: Arc<Self>,
        mut job: Job,
        entry: Arc<Entry>,
        inference: Inference,
        head: BlockHeader,
        slot: OwnedMutexGuard<()>,
    ) {
        let started = Instant::now();
        let key = job.key;
        let keeper = tokio::spawn(self.clone().keep_lease(key));
        let result = self.prove_and_wrap(&mut job, &entry, inference, head).await;
        keeper.abort();
        match result {
            Ok(true) => {
                self.breaker.succeed();
                self.proofs.measured(started.elapsed());
            }
            Ok(false) => {}
            // The chain did not answer: that says nothing about the proof, which is kept.
            Err(ProveError::Step(error)) => {
                warn!(request.id = %key.request, round = key.round, %error, "step put off");
            }
            Err(error) => self.failed_attempt(job, error, head).await,
        }
        drop(slot);
    }

    /// Returns whether there is a seal now; none if the request went away in between.
    ///
    /// `head` is the block at which the work began: rows are written without asking the chain for the time, so
    /// that what was proved is never lost to an RPC that fails.
    async fn prove_and_wrap(
        self: &Arc<Self>,
        job: &mut Job,
        entry: &Arc<Entry>,
        inference: Inference,
        head: BlockHeader,
    ) -> Result<bool, ProveError> {
        let key = job.key;
        let inference = Arc::new(inference);
        let kept = self.folder.kept_proof(key)?;
        let proof = match kept {
            Some(proof) => {
                info!(request.id = %key.request, round = key.round, "continues with the kept proof");
                proof
            }
            None => {
                info!(request.id = %key.request, round = key.round, model = entry.name(), stage = "prove", "proving");
                let (entry, inference) = (entry.clone(), inference.clone());
                let proved =
                    tokio::task::spawn_blocking(move || entry.prove(&inference, key)).await??;
                self.folder.keep_proof(key, &proved)?;
                proved
            }
        };
        self.advance(job, Stage::Wrapping, head).await?;

        // The chain is read again before wrapping, the longer half.
        let Some(view) = self.current(job, head).await? else {
            return Ok(false);
        };
        if !view.may_fulfill(self.me) {
            self.lost_assignment(job, &view, head).await?;
            return Ok(false);
        }
        info!(request.id = %key.request, round = key.round, stage = "wrap", "wrapping");
        let (entry, wrapped_entry) = (entry.clone(), entry.clone());
        let wrapped =
            tokio::task::spawn_blocking(move || wrapped_entry.wrap(&proof, &inference, key))
                .await??;
        info!(
            request.id = %key.request, round = key.round, model = entry.name(),
            timings = wrapped.timings, "wrapped"
        );
        job.statement = Some(wrapped.statement);
        job.seal = Some(wrapped.seal);
        job.timings = Some(wrapped.timings);
        self.advance(job, Stage::Submitting, head).await?;
        Ok(true)
    }

    /// Renews the lease of a job while its proof is at work.
    async fn keep_lease(self: Arc<Self>, key: JobKey) {
        loop {
            tokio::time::sleep(Duration::from_secs(crate::jobs::LEASE_SECS / 3)).await;
            if let Ok(head) = self.chain().latest().await
                && let Err(error) = self.jobs.lease(key, head.timestamp).await
            {
                warn!(request.id = %key.request, %error, "cannot renew a lease");
            }
        }
    }

    async fn failed_attempt(&self, mut job: Job, error: ProveError, head: BlockHeader) {
        error!(request.id = %job.key.request, round = job.key.round, %error, "a proof failed");
        if self.breaker.fail() {
            error!("several proofs failed in a row: no more bids until one succeeds");
        }
        job.attempts += 1;
        let stage = if job.attempts >= MAX_ATTEMPTS {
            Stage::Failed
        } else {
            Stage::Proving
        };
        job.code = Some("PROOF-FAILED".into());
        job.detail = Some(error.to_string());
        // A kept proof may be what is wrong.
        let forgotten = self.forget(&job);
        if let Err(error) = self.advance(&mut job, stage, head).await.and(forgotten) {
            error!(%error, "cannot record a failed proof");
        }
    }

    /// The chain says that the assignment is not ours now: over, or the answer is an old one.
    pub(crate) async fn lost_assignment(
        &self,
        job: &mut Job,
        view: &RequestView,
        head: BlockHeader,
    ) -> Result<(), StepError> {
        let (stage, code) = match view.status {
            Status::Fulfilled => (Stage::Settling, "FULFILLED"),
            Status::Voided => {
                self.free_voided(view, job.key.request).await?;
                (Stage::Lost, "VOIDED")
            }
            Status::Cancelled | Status::Expired => self.over(job).await?,
            Status::Assigned | Status::Overdue if job.code.as_deref() == Some(DOUBT) => {
                (Stage::Lost, "ASSIGNED-TO-ANOTHER")
            }
            Status::Assigned | Status::Overdue => {
                // Our row says otherwise. A node that lags behind does not cost us the proof: ask again.
                job.code = Some(DOUBT.into());
                return self.advance(job, job.stage, head).await;
            }
            Status::Open => return Ok(()),
        };
        if stage.is_terminal() {
            self.forget(job)?;
        }
        self.note(
            job,
            stage,
            code,
            &format!("it is {}", view.status.as_str()),
            head,
        )
        .await
    }

    /// The request ended without us: did it end because of us?
    pub(crate) async fn over(&self, job: &Job) -> Result<(Stage, &'static str), StepError> {
        let ours = self.chain().has_defaulted(job.key.request, self.me).await?;
        Ok(if ours {
            (Stage::Defaulted, "DEFAULTED")
        } else {
            (Stage::Lost, "OVER")
        })
    }

    /// Frees our collateral behind a request whose verifier is tombstoned; anybody may, so a refusal means that somebody
    /// did.
    pub(crate) async fn free_voided(
        &self,
        view: &RequestView,
        request: RequestId,
    ) -> Result<(), StepError> {
        if view.best.is_none_or(|best| best.prover != self.me) {
            return Ok(());
        }
        match self.account.close(request).await {
            Ok(receipt) => {
                info!(request.id = %request, gas = receipt.gas_used, "freed our collateral")
            }
            Err(ChainError::Refused(_) | ChainError::Failed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Deletes what was kept for a job, the Plonky2 proof above all: its openings leak the weights.
    pub(crate) fn forget(&self, job: &Job) -> Result<(), StepError> {
        Ok(self.folder.forget(job.key, job.terms.input_hash)?)
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX / 2)
}
