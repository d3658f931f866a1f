//! The worker's loop: look at the chain, then take every open job one step further.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use assay_chain::{Account, BlockHeader, Chain, ChainError, ChainEvent, EventBody};
use assay_client::Identity;
use assay_market::{Address, Event};
use thiserror::Error;
use tokio::sync::{Mutex, watch};
use tracing::{debug, info, warn};

use crate::blobs::Blobs;
use crate::breaker::Breaker;
use crate::catalogue::Catalogue;
use crate::folder::Folder;
use crate::jobs::{Job, JobKey, Jobs, JobsError, Stage};
use crate::pricing::Pricing;
use crate::prove::Proofs;

/// Blocks read at a time: what public RPCs grant.
const BLOCK_RANGE: u64 = 2_000;

/// Blocks read again each time, so that a short reorganization does not hide a request.
const REREAD_BLOCKS: u64 = 12;

/// Steps of jobs that do not bind us, at each look.
const MAX_UNBOUND_STEPS: usize = 32;

/// A step that could not be taken now. It is tried again at the next look.
#[derive(Debug, Error)]
pub enum StepError {
    /// The chain did not answer or refused.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The job table failed.
    #[error(transparent)]
    Jobs(#[from] JobsError),
    /// The data folder failed.
    #[error("data folder: {0}")]
    Folder(#[from] std::io::Error),
}

/// What a node is made of.
pub struct Parts {
    /// The prover's account.
    pub account: Account,
    /// The locked data folder.
    pub folder: Folder,
    /// The job table in it.
    pub jobs: Jobs,
    /// The models that can be proved, with their circuits and keys.
    pub catalogue: Catalogue,
    /// Prices.
    pub pricing: Pricing,
    /// How many requests may bind the worker at the same time.
    pub max_concurrent: usize,
    /// What a proof is expected to take, until one was measured.
    pub expected_proof: Duration,
    /// Large inputs and private outputs.
    pub blobs: Blobs,
    /// Opens the envelopes of private requests.
    pub identity: Identity,
    /// How long after a proving deadline nobody can declare a default.
    pub grace_secs: u64,
}

/// A prover at work.
pub struct Node {
    pub(crate) account: Account,
    pub(crate) me: Address,
    pub(crate) folder: Arc<Folder>,
    pub(crate) jobs: Jobs,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) pricing: Pricing,
    pub(crate) max_concurrent: usize,
    pub(crate) blobs: Blobs,
    pub(crate) identity: Identity,
    pub(crate) grace_secs: u64,
    pub(crate) breaker: Breaker,
    pub(crate) proofs: Proofs,
    /// One tick at a time, whoever calls it.
    ticking: Mutex<()>,
    turn: AtomicUsize,
}

impl Node {
    /// Makes a node.
    pub fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            me: parts.account.address(),
            account: parts.account,
            folder: Arc::new(parts.folder),
            jobs: parts.jobs,
            catalogue: Arc::new(parts.catalogue),
            pricing: parts.pricing,
            max_concurrent: parts.max_concurrent.max(1),
            blobs: parts.blobs,
            identity: parts.identity,
            grace_secs: parts.grace_secs,
            breaker: Breaker::default(),
            proofs: Proofs::new(parts.expected_proof),
            ticking: Mutex::new(()),
            turn: AtomicUsize::new(0),
        })
    }

    pub(crate) fn chain(&self) -> &Chain {
        self.account.chain()
    }

    /// Works until `stop` says so. Rows are written before every action, so stopping is always safe.
    pub async fn run(self: &Arc<Self>, poll: Duration, mut stop: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.tick().await {
                warn!(%error, "cannot read the chain now");
            }
            tokio::select! {
                () = tokio::time::sleep(poll) => {}
                changed = stop.changed() => if changed.is_err() || *stop.borrow() { return },
            }
        }
    }

    /// Looks at the chain once and takes every open job one step further.
    pub async fn tick(self: &Arc<Self>) -> Result<(), StepError> {
        let _one = self.ticking.lock().await;
        let head = self.chain().latest().await?;
        self.discover(head).await?;
        // What binds us first, earliest deadline first: with one proof at a time, this order is what gets
        // proved next. Of the rest a part in each round, so that a flood of requests cannot delay a proof.
        let (bound, mut rest): (Vec<_>, Vec<_>) = self
            .jobs
            .active()
            .await?
            .into_iter()
            .partition(|job| job.stage.is_committed());
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        if rest.len() > MAX_UNBOUND_STEPS {
            let first = turn.wrapping_mul(MAX_UNBOUND_STEPS) % rest.len();
            rest.rotate_left(first);
            rest.truncate(MAX_UNBOUND_STEPS);
        }
        for job in bound.into_iter().chain(rest) {
            if !self.jobs.lease(job.key, head.timestamp).await? {
                continue;
            }
            let key = job.key;
            if let Err(error) = self.step(job, head).await {
                warn!(request.id = %key.request, round = key.round, %error, "step put off");
            }
        }
        Ok(())
    }

    async fn step(self: &Arc<Self>, job: Job, head: BlockHeader) -> Result<(), StepError> {
        match job.stage {
            Stage::Discovered => self.quote(job, head).await,
            Stage::Quoted => self.place_bid(job, head).await,
            Stage::Bidding => self.follow_bid(job, head).await,
            Stage::Watching => self.watch(job, head).await,
            Stage::Proving | Stage::Wrapping => self.prove(job, head).await,
            Stage::Submitting => self.submit(job, head).await,
            Stage::Settling => self.settle(job, head).await,
            Stage::Settled | Stage::Skipped | Stage::Lost | Stage::Defaulted | Stage::Failed => {
                Ok(())
            }
        }
    }

    /// Reads new blocks and writes a row for each request and round that they open.
    async fn discover(&self, head: BlockHeader) -> Result<(), StepError> {
        let mut from = match self.jobs.cursor().await? {
            Some(next) => next.saturating_sub(REREAD_BLOCKS),
            None => self.chain().deployment().block,
        };
        let mut range = BLOCK_RANGE;
        while from <= head.number {
            let to = head.number.min(from.saturating_add(range - 1));
            let events = match self.chain().market_events(from, to).await {
                Ok(events) => events,
                // Nodes limit ranges in their own ways and words: halve and try again.
                Err(ChainError::Rpc(reason)) if range > 1 => {
                    debug!(range, reason, "the node refused a range of blocks");
                    range /= 2;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let jobs = self.new_jobs(&events, head).await?;
            let added = self.jobs.discover(&jobs, to + 1).await?;
            if added > 0 {
                info!(requests = added, block = to, "discovered");
            }
            from = to + 1;
        }
        Ok(())
    }

    async fn new_jobs(
        &self,
        events: &[ChainEvent],
        head: BlockHeader,
    ) -> Result<Vec<Job>, StepError> {
        let mut jobs: Vec<Job> = Vec::new();
        for event in events {
            let EventBody::Market { request, event } = &event.body else {
                continue;
            };
            match event {
                Event::Requested {
                    terms, opened_at, ..
                } => {
                    let due_at = opened_at.after(terms.offer.bidding_window);
                    let key = JobKey {
                        request: *request,
                        round: 1,
                    };
                    let terms = terms.as_ref().clone();
                    jobs.push(Job::discovered(key, terms, due_at.0, head.timestamp));
                }
                Event::RoundOpened { round, opened_at } => {
                    let earlier = jobs.iter().find(|job| job.key.request == *request).cloned();
                    let earlier = match earlier {
                        Some(job) => Some(job),
                        None => self.jobs.of_request(*request).await?.into_iter().next(),
                    };
                    let Some(earlier) = earlier else { continue };
                    let key = JobKey {
                        request: *request,
                        round: *round,
                    };
                    let due_at = opened_at.after(earlier.terms.offer.bidding_window);
                    jobs.push(Job::discovered(
                        key,
                        earlier.terms,
                        due_at.0,
                        head.timestamp,
                    ));
                }
                _ => {}
            }
        }
        Ok(jobs)
    }

    /// Writes the job's next stage.
    pub(crate) async fn advance(
        &self,
        job: &mut Job,
        stage: Stage,
        head: BlockHeader,
    ) -> Result<(), StepError> {
        job.stage = stage;
        job.updated_at = head.timestamp;
        self.jobs.save(job).await?;
        Ok(())
    }

    /// Ends a job, or puts it off, with a code; logs it once.
    pub(crate) async fn note(
        &self,
        job: &mut Job,
        stage: Stage,
        code: &str,
        detail: &str,
        head: BlockHeader,
    ) -> Result<(), StepError> {
        if job.stage == stage && job.code.as_deref() == Some(code) {
            return Ok(());
        }
        info!(
            request.id = %job.key.request, round = job.key.round, stage = stage.name(),
            code, detail, "request"
        );
        job.code = Some(code.to_owned());
        job.detail = Some(detail.to_owned());
        self.advance(job, stage, head).await
    }
}
