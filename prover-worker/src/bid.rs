//! Bid: only while we can finish, never under cost; and follow the auction to its end.

use std::sync::Arc;

use assay_chain::{BlockHeader, ChainError, Outcome, RequestView};
use assay_market::{Amount, Seconds, Status};
use tracing::{debug, info};

use crate::capacity::seconds_needed;
use crate::jobs::{Job, Stage};
use crate::node::{Node, StepError};
use crate::skip::Skip;

/// Gas kept for what a bid may lead to: the bid and a fulfillment, each with room to spare.
const GAS_RESERVE: u64 = 2 * 600_000;

impl Node {
    /// Places a bid if the request is open and we have room; otherwise waits or lets go.
    pub(crate) async fn place_bid(
        self: &Arc<Self>,
        mut job: Job,
        head: BlockHeader,
    ) -> Result<(), StepError> {
        let Some(view) = self.current(&mut job, head).await? else {
            return Ok(());
        };
        match view.status {
            Status::Open if view.best.is_some_and(|best| best.prover == self.me) => {
                return self.advance(&mut job, Stage::Bidding, head).await;
            }
            Status::Open
                if view.best.is_none() && self.pricing.waits(view.opened_at, view.clock) =>
            {
                return Ok(());
            }
            Status::Open => {}
            _ => return self.after_bidding(job, &view, head).await,
        }
        if let Some((code, detail)) = self.no_room(&job, &view).await? {
            return self
                .note(&mut job, Stage::Quoted, code, &detail, head)
                .await;
        }
        let Some(price) = self.next_price(&mut job, &view, head).await? else {
            return Ok(());
        };

        // The row is written before the transaction, and its hash before it is sent.
        job.price = Some(price);
        job.code = None;
        job.detail = None;
        let prepared = match self
            .account
            .prepare_bid(job.key.request, job.key.round, price)
            .await
        {
            Ok(prepared) => prepared,
            Err(ChainError::Refused(refusal)) => {
                // Somebody was faster, or the window closed: look again.
                return self
                    .note(
                        &mut job,
                        Stage::Quoted,
                        "BID-REFUSED",
                        &refusal.to_string(),
                        head,
                    )
                    .await;
            }
            Err(error) => return Err(error.into()),
        };
        job.tx_hash = Some(prepared.hash().to_string());
        self.advance(&mut job, Stage::Bidding, head).await?;
        let receipt = match self.account.send(prepared).await {
            Ok(receipt) => receipt,
            Err(ChainError::Failed { refusal, .. }) => {
                let detail = refusal.to_string();
                return self
                    .note(&mut job, Stage::Quoted, "BID-REFUSED", &detail, head)
                    .await;
            }
            Err(error) => return Err(error.into()),
        };
        info!(
            request.id = %job.key.request, round = job.key.round, price = %price,
            gas = receipt.gas_used, "bid"
        );
        Ok(())
    }

    /// Finds out what became of our bid.
    pub(crate) async fn follow_bid(
        self: &Arc<Self>,
        mut job: Job,
        head: BlockHeader,
    ) -> Result<(), StepError> {
        let Some(view) = self.current(&mut job, head).await? else {
            return Ok(());
        };
        if view.status != Status::Open {
            return self.after_bidding(job, &view, head).await;
        }
        if let Some(best) = view.best
            && best.prover == self.me
        {
            if (job.price, job.due_at) == (Some(best.price), best.bidding_deadline.0) {
                return Ok(());
            }
            job.price = Some(best.price);
            job.due_at = best.bidding_deadline.0;
            return self.advance(&mut job, Stage::Bidding, head).await;
        }
        // Not the best bid: outbid, or the transaction has not landed, or never will.
        if self.is_pending(&job).await? {
            return Ok(());
        }
        job.tx_hash = None;
        self.note(
            &mut job,
            Stage::Quoted,
            "OUTBID",
            "another prover bid less",
            head,
        )
        .await
    }

    /// Waits for the end of another prover's assignment, and declares its default.
    pub(crate) async fn watch(
        self: &Arc<Self>,
        mut job: Job,
        head: BlockHeader,
    ) -> Result<(), StepError> {
        let Some(view) = self.current(&mut job, head).await? else {
            return Ok(());
        };
        let another = !view.is_assigned_to(self.me);
        match view.status {
            Status::Assigned if another => return Ok(()),
            Status::Open => return Ok(()),
            // Until the grace is over it may still deliver, for less.
            Status::Overdue if another => {
                let grace = Seconds(self.grace_secs);
                let over = view.proving_deadline.map(|deadline| deadline.after(grace));
                if view.paused || over.is_none_or(|over| view.clock < over) {
                    return Ok(());
                }
            }
            _ => return self.after_bidding(job, &view, head).await,
        }
        match self.account.declare_default(job.key.request).await {
            Ok(receipt) => {
                info!(request.id = %job.key.request, gas = receipt.gas_used, "declared a default");
                self.note(
                    &mut job,
                    Stage::Lost,
                    "DEFAULT-DECLARED",
                    "the next round is open",
                    head,
                )
                .await
            }
            // Another one declared it first.
            Err(ChainError::Refused(_) | ChainError::Failed { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns whether the job's last transaction waits to be included.
    pub(crate) async fn is_pending(&self, job: &Job) -> Result<bool, StepError> {
        let Some(hash) = job.tx_hash.as_deref().and_then(|text| text.parse().ok()) else {
            return Ok(false);
        };
        Ok(matches!(
            self.chain().outcome(hash).await?,
            Outcome::Pending
        ))
    }

    /// Returns the request if it is still in the job's round; ends the job when the chain has gone on.
    ///
    /// A node may lag behind or forget for a moment. That must not end a job that binds us: only a later round
    /// does.
    pub(crate) async fn current(
        &self,
        job: &mut Job,
        head: BlockHeader,
    ) -> Result<Option<RequestView>, StepError> {
        let view = self.chain().request(job.key.request).await?;
        match view {
            Some(view) if view.round == job.key.round => return Ok(Some(view)),
            Some(view) if view.round > job.key.round => {
                self.forget(job)?;
                let (stage, code) = match self.over(job).await? {
                    (Stage::Defaulted, code) => (Stage::Defaulted, code),
                    _ => (Stage::Lost, "ROUND-OVER"),
                };
                let detail = format!("it is in round {}", view.round);
                self.note(job, stage, code, &detail, head).await?;
            }
            _ if job.stage.is_committed() || job.stage == Stage::Settling => {
                debug!(request.id = %job.key.request, "the node does not know our request now");
            }
            _ => {
                self.note(
                    job,
                    Stage::Lost,
                    "UNKNOWN",
                    "the chain does not know it",
                    head,
                )
                .await?
            }
        }
        Ok(None)
    }

    /// Bidding is over: it is ours, somebody else's, or nobody's.
    async fn after_bidding(
        self: &Arc<Self>,
        mut job: Job,
        view: &RequestView,
        head: BlockHeader,
    ) -> Result<(), StepError> {
        if view.is_assigned_to(self.me) {
            let deadline = view.proving_deadline.map_or(0, |deadline| deadline.0);
            job.due_at = deadline;
            job.price = view.best.map(|best| best.price);
            let price = job.price.unwrap_or(Amount::ZERO);
            info!(
                request.id = %job.key.request, round = job.key.round, price = %price,
                proving_deadline = deadline, "assigned to us"
            );
            job.code = None;
            return self.advance(&mut job, Stage::Proving, head).await;
        }
        match (view.status, view.best) {
            (Status::Assigned | Status::Overdue, Some(best)) => {
                job.due_at = view
                    .proving_deadline
                    .map_or(job.due_at, |deadline| deadline.0);
                let detail = format!("{} proves it for {}", best.prover, best.price);
                self.note(
                    &mut job,
                    Stage::Watching,
                    "ASSIGNED-TO-ANOTHER",
                    &detail,
                    head,
                )
                .await
            }
            (status, _) => {
                self.free_voided(view, job.key.request).await?;
                let detail = format!("it is {}", status.as_str());
                let (stage, code) = self.over(&job).await?;
                self.note(&mut job, stage, code, &detail, head).await
            }
        }
    }

    /// Says why we cannot take on more now, if so.
    async fn no_room(
        &self,
        job: &Job,
        view: &RequestView,
    ) -> Result<Option<(&'static str, String)>, StepError> {
        if self.breaker.is_open() {
            let detail = "proving failed repeatedly; no bids until a proof succeeds";
            return Ok(Some(("BREAKER-OPEN", detail.into())));
        }
        if view.paused {
            return Ok(Some(("MARKET-PAUSED", "its clock stands still".into())));
        }
        let (gas, needed) = self.account.gas_reserve(GAS_RESERVE).await?;
        if gas < needed {
            return Ok(Some(("GAS-TOO-LOW", format!("{gas} wei, needed {needed}"))));
        }
        let committed = self
            .jobs
            .active()
            .await?
            .iter()
            .filter(|other| other.key != job.key && other.stage.is_committed())
            .count();
        if committed >= self.max_concurrent {
            return Ok(Some((
                "AT-CAPACITY",
                format!("{committed} requests bind us"),
            )));
        }
        let needed = seconds_needed(self.proofs.expected(), committed);
        if needed > view.made.terms.offer.proving_window.0 {
            return Ok(Some((
                "AT-CAPACITY",
                format!("{needed} s needed with {committed} ahead"),
            )));
        }
        Ok(None)
    }

    /// Returns the price of our next bid; notes in the row why there is none.
    async fn next_price(
        &self,
        job: &mut Job,
        view: &RequestView,
        head: BlockHeader,
    ) -> Result<Option<Amount>, StepError> {
        let collateral = view.made.snapshot.collateral;
        let balance = self.chain().balance(self.me).await?;
        if balance.free < collateral {
            let detail = format!("collateral {collateral}, free {}", balance.free);
            let all = balance.free.checked_add(balance.locked);
            if all.is_some_and(|all| all < collateral) {
                self.skip(job, (Skip::CollateralTooHigh, detail), head)
                    .await?;
            } else {
                self.note(job, Stage::Quoted, "COLLATERAL-BOUND", &detail, head)
                    .await?;
            }
            return Ok(None);
        }
        let consent = self.chain().consent(self.me).await?;
        if consent.left() < collateral {
            let detail = format!(
                "collateral {collateral}, consented to {} of which {} are used, {} left today: `assay vault consent`",
                consent.allowance, consent.used, consent.today
            );
            self.note(job, Stage::Quoted, "NO-CONSENT", &detail, head)
                .await?;
            return Ok(None);
        }
        let Some(highest) = view.highest_bid else {
            // What the request is next shows at the next look.
            let detail = "no bid is possible: no round fits before the request ends";
            self.note(job, Stage::Quoted, "NO-WINDOW-FITS", detail, head)
                .await?;
            return Ok(None);
        };
        let entry = match self.admissible(view).await? {
            Ok(entry) => entry,
            Err(refused) => {
                self.skip(job, refused, head).await?;
                return Ok(None);
            }
        };
        // A bounty is paid on top of the price, so the price may be lower by it.
        let quote = self.pricing.quote(entry.rows()).with_bounty(view.bounty);
        let instant = view.made.terms.offer.instant_price;
        let price = quote.bid(highest, instant, view.best.is_none());
        if price.is_none() {
            let detail = format!("highest bid {highest}, our floor {}", quote.floor);
            self.note(job, Stage::Quoted, "UNDER-FLOOR", &detail, head)
                .await?;
        }
        Ok(price)
    }
}
