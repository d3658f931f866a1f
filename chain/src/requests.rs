//! Requests and bids: reading one as of now, and moving it on.

use alloy::sol_types::SolCall;
use assay_market::{Address, Amount, Bid, Delivery, Moment, RequestId, Status, Terms, Timestamp};
use assay_statement::{Digest, Header, Statement};

use crate::account::{Account, Prepared};
use crate::bindings::{MarketLens, ProofMarket, RequestRules};
use crate::connection::{Chain, Receipt};
use crate::convert::{
    abi_address, abi_delivery, abi_request_id, abi_terms, abi_word, some_address, status,
    unreadable,
};
use crate::error::ChainError;
use crate::made::Made;

/// A request as the contract sees it at the newest block: stored state, market time and tombstones taken together.
/// Times are of the market's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestView {
    /// What was asked for and fixed.
    pub made: Made,
    /// Effective status.
    pub status: Status,
    /// Current round, from 1.
    pub round: u32,
    /// Start of this round.
    pub opened_at: Timestamp,
    /// The best bid of this round; its bidder is the assigned prover once bidding is over. None once the request is
    /// over: events tell who was paid.
    pub best: Option<Bid>,
    /// When proving ends if the best bid stands.
    pub proving_deadline: Option<Timestamp>,
    /// The highest price that a bid may name now; none when no bid is possible.
    pub highest_bid: Option<Amount>,
    /// What whoever fulfills gets on top of its price.
    pub bounty: Amount,
    /// Whether the market is paused.
    pub paused: bool,
    /// The market's time.
    pub clock: Timestamp,
    /// The delivered result words, once fulfilled.
    pub result: Option<[u64; 3]>,
}

impl RequestView {
    /// Returns whether `prover` has the right and the duty to prove now.
    pub fn is_assigned_to(&self, prover: Address) -> bool {
        matches!(self.status, Status::Assigned | Status::Overdue)
            && self.best.is_some_and(|best| best.prover == prover)
    }

    /// Returns whether a fulfillment by `prover` would be taken and paid, in full or less the late fee.
    pub fn may_fulfill(&self, prover: Address) -> bool {
        self.is_assigned_to(prover)
    }

    /// Returns whether nothing happens to the request any more but what somebody may still have to write.
    pub fn is_over(&self) -> bool {
        !matches!(
            self.status,
            Status::Open | Status::Assigned | Status::Overdue
        )
    }
}

impl Chain {
    /// Returns a request as of the newest block, or none if there is no such request.
    pub async fn request(&self, id: RequestId) -> Result<Option<RequestView>, ChainError> {
        let Some(made) = self.made(id).await? else {
            return Ok(None);
        };
        match self.view(id, made).await {
            // A reorganization made it anew, with other prices perhaps.
            Err(error) if error.refusal_name() == Some("UnknownRequest") => {
                self.remembered().forget(id);
                match self.made(id).await? {
                    Some(made) => self.view(id, made).await.map(Some),
                    None => Ok(None),
                }
            }
            view => view.map(Some),
        }
    }

    async fn view(&self, id: RequestId, made: Made) -> Result<RequestView, ChainError> {
        let call = MarketLens::viewOfCall {
            requestId: abi_request_id(id),
            request: made.to_abi(),
        };
        let view = self.read(self.deployment().lens, &call).await?;
        let status =
            status(view.status)?.ok_or_else(|| unreadable("request", "it has no status"))?;
        let best = some_address(view.prover).map(|prover| Bid {
            prover,
            price: Amount(view.price),
            bidding_deadline: Timestamp(view.biddingDeadline),
        });
        let fulfilled = status == Status::Fulfilled;
        // Zero stands for "none" where a bid is taken at once, too: then nothing lower is possible.
        let highest = (view.highestBid != 0).then_some(Amount(view.highestBid));
        Ok(RequestView {
            made,
            status,
            round: view.round,
            opened_at: Timestamp(view.openedAt),
            best,
            proving_deadline: best.map(|_| Timestamp(view.provingDeadline)),
            highest_bid: highest,
            bounty: Amount(view.bounty),
            paused: view.paused,
            clock: Timestamp(view.clock),
            result: fulfilled.then_some(view.result.words),
        })
    }

    /// Returns the market's time, and whether it stands still.
    pub async fn market_time(&self) -> Result<Moment, ChainError> {
        let market = self.deployment().market;
        let now = self.read(market, &ProofMarket::clockCall {}).await?;
        let paused = self.read(market, &ProofMarket::isPausedCall {}).await?;
        Ok(Moment {
            paused,
            ..Moment::at(Timestamp(now))
        })
    }

    /// Returns whether the prover defaulted on this request.
    pub async fn has_defaulted(&self, id: RequestId, prover: Address) -> Result<bool, ChainError> {
        let call = ProofMarket::hasDefaultedCall {
            requestId: abi_request_id(id),
            prover: abi_address(prover),
        };
        self.read(self.deployment().market, &call).await
    }

    /// Returns the collateral that a request with this price limit asks from its bidders.
    pub async fn collateral_for(&self, max_price: Amount) -> Result<Amount, ChainError> {
        let call = RequestRules::collateralForCall {
            maxPrice: max_price.0,
        };
        Ok(Amount(self.read(self.deployment().rules, &call).await?))
    }

    /// Returns how long nobody can declare a default after a proving deadline, in seconds.
    pub async fn grace_secs(&self) -> Result<u64, ChainError> {
        let call = RequestRules::parametersCall {};
        Ok(self
            .read(self.deployment().rules, &call)
            .await?
            .grace
            .into())
    }

    /// Returns the statement that `fulfill` verifies for a payee, round and delivery.
    pub async fn statement(
        &self,
        id: RequestId,
        round: u32,
        payee: Address,
        delivery: &Delivery,
    ) -> Result<Statement, ChainError> {
        let call = MarketLens::statementOfCall {
            requestId: abi_request_id(id),
            request: self.known(id).await?.to_abi(),
            round,
            payee: abi_address(payee),
            outputDigest: abi_word(delivery.output_digest),
            result: delivery.result,
            outputHash: abi_word(delivery.output_hash),
            outputInline: !delivery.output.is_empty(),
        };
        let abi = self.read(self.deployment().lens, &call).await?;
        let digest = |bytes: &[u8; 32]| {
            Digest::from_bytes32(bytes).map_err(|error| unreadable("statement", error))
        };
        Ok(Statement {
            header: Header::from_word(abi.header.into())
                .map_err(|error| unreadable("statement", error))?,
            circuit: digest(&abi.circuit)?,
            model: digest(&abi.model)?,
            input: digest(&abi.input)?,
            output: digest(&abi.output)?,
            result: abi.result,
            context: digest(&abi.context)?,
        })
    }

    async fn known(&self, id: RequestId) -> Result<Made, ChainError> {
        self.made(id).await?.ok_or(ChainError::UnknownRequest(id))
    }
}

/// Returns the calldata of a request, for a contract that makes it itself.
pub fn request_calldata(terms: &Terms, nonce: u64, inline_input: &[u8]) -> Vec<u8> {
    let call = ProofMarket::requestCall {
        terms: abi_terms(terms),
        nonce,
        inlineInput: inline_input.to_vec().into(),
    };
    call.abi_encode()
}

impl Account {
    /// Makes a request; `nonce` tells equal requests of one requester apart.
    pub async fn request(
        &self,
        terms: &Terms,
        nonce: u64,
        inline_input: &[u8],
    ) -> Result<(RequestId, Receipt), ChainError> {
        let call = ProofMarket::requestCall {
            terms: abi_terms(terms),
            nonce,
            inlineInput: inline_input.to_vec().into(),
        };
        let receipt = self.call(self.chain().deployment().market, &call).await?;
        self.requested(receipt)
    }

    /// Signs a bid on the current round without sending it.
    pub async fn prepare_bid(
        &self,
        id: RequestId,
        round: u32,
        price: Amount,
    ) -> Result<Prepared, ChainError> {
        let call = ProofMarket::bidCall {
            requestId: abi_request_id(id),
            request_: self.chain().known(id).await?.to_abi(),
            round,
            price: price.0,
        };
        self.prepare(self.chain().deployment().market, &call).await
    }

    /// Signs a fulfillment without sending it. The contract verifies the proof in the estimate already.
    pub async fn prepare_fulfill(
        &self,
        id: RequestId,
        round: u32,
        delivery: &Delivery,
    ) -> Result<Prepared, ChainError> {
        let call = ProofMarket::fulfillCall {
            requestId: abi_request_id(id),
            request_: self.chain().known(id).await?.to_abi(),
            round,
            delivery: abi_delivery(delivery),
        };
        self.prepare(self.chain().deployment().market, &call).await
    }

    /// Bids on the current round.
    pub async fn bid(
        &self,
        id: RequestId,
        round: u32,
        price: Amount,
    ) -> Result<Receipt, ChainError> {
        let prepared = self.prepare_bid(id, round, price).await?;
        self.send(prepared).await
    }

    /// Delivers a proof for the assigned prover, who alone is paid.
    pub async fn fulfill(
        &self,
        id: RequestId,
        round: u32,
        delivery: &Delivery,
    ) -> Result<Receipt, ChainError> {
        let prepared = self.prepare_fulfill(id, round, delivery).await?;
        self.send(prepared).await
    }

    /// Slashes an overdue assignment and opens the next round, or ends the request when none fits.
    pub async fn declare_default(&self, id: RequestId) -> Result<Receipt, ChainError> {
        let request_ = self.chain().known(id).await?.to_abi();
        self.move_on(&ProofMarket::declareDefaultCall {
            requestId: abi_request_id(id),
            request_,
        })
        .await
    }

    /// Withdraws a request of this account that has no bid.
    pub async fn cancel(&self, id: RequestId) -> Result<Receipt, ChainError> {
        let request_ = self.chain().known(id).await?.to_abi();
        self.move_on(&ProofMarket::cancelCall {
            requestId: abi_request_id(id),
            request_,
        })
        .await
    }

    /// Ends a request whose time is over, or whose verifier is tombstoned.
    pub async fn close(&self, id: RequestId) -> Result<Receipt, ChainError> {
        let request_ = self.chain().known(id).await?.to_abi();
        self.move_on(&ProofMarket::closeCall {
            requestId: abi_request_id(id),
            request_,
        })
        .await
    }

    async fn move_on<C: SolCall>(&self, call: &C) -> Result<Receipt, ChainError> {
        self.call(self.chain().deployment().market, call).await
    }
}
