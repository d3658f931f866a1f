//! Requests and bids: reading one as of now, and moving it on.

use assay_market::{
    Address, Amount, Bid, Delivery, ModelId, RequestId, Seconds, Status, Terms, Timestamp, Word,
};
use assay_statement::{Digest, Header, Statement};

use crate::account::{Account, Prepared};
use crate::bindings::ProofMarket;
use crate::connection::{Chain, Receipt};
use crate::convert::{
    abi_address, abi_delivery, abi_request_id, abi_terms, address, some_address, status,
    unreadable, word,
};
use crate::error::ChainError;
use crate::events::EventBody;

/// A request as the contract sees it at the newest block: stored state and time taken together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestView {
    /// Effective status.
    pub status: Status,
    /// Current round, from 1.
    pub round: u32,
    /// Who pays.
    pub requester: Address,
    /// Who registered the model.
    pub provider: Address,
    /// The only address that may bid, if there is one.
    pub sole_prover: Option<Address>,
    /// The pinned verifier's adapter.
    pub verifier: Address,
    /// The model.
    pub model_id: ModelId,
    /// Header word of the statement.
    pub header: u32,
    /// Circuit that must have accepted.
    pub circuit: Word,
    /// Commitment to the model's data.
    pub commitment: Word,
    /// Commitment to the input.
    pub input_digest: Word,
    /// Price limit.
    pub max_price: Amount,
    /// A bid at or under it is assigned at once.
    pub instant_price: Amount,
    /// The provider's fee.
    pub fee: Amount,
    /// What a bidder puts at stake.
    pub collateral: Amount,
    /// Length of a bidding window.
    pub bidding_window: Seconds,
    /// Time to prove, from assignment.
    pub proving_window: Seconds,
    /// Start of this round.
    pub opened_at: Timestamp,
    /// When the request ends.
    pub expires_at: Timestamp,
    /// The best bid of this round; its bidder is the assigned prover once bidding is over.
    pub best: Option<Bid>,
    /// When proving ends if the best bid stands.
    pub proving_deadline: Option<Timestamp>,
    /// Whether the escrow's money has moved.
    pub settled: bool,
    /// Commitment to the delivered output; zero until then.
    pub output_digest: Word,
    /// The delivered result words.
    pub result: [u64; 3],
}

impl RequestView {
    /// Returns whether `prover` has the right and the duty to prove now.
    pub fn is_assigned_to(&self, prover: Address) -> bool {
        matches!(self.status, Status::Assigned | Status::Overdue)
            && self.best.is_some_and(|best| best.prover == prover)
    }

    /// Returns whether a fulfillment by `prover` would be taken and paid now.
    pub fn may_fulfill(&self, prover: Address) -> bool {
        self.status == Status::Assigned && self.is_assigned_to(prover)
    }
}

impl Chain {
    /// Returns a request as of the newest block, or none if there is no such request.
    pub async fn request(&self, id: RequestId) -> Result<Option<RequestView>, ChainError> {
        let call = ProofMarket::requestOfCall {
            requestId: abi_request_id(id),
        };
        let ProofMarket::Request { terms, progress } =
            self.read(self.deployment().market, &call).await?;
        let Some(status) = status(terms.status)? else {
            return Ok(None);
        };
        let best = some_address(progress.prover).map(|prover| Bid {
            prover,
            price: Amount(progress.price),
            bidding_deadline: Timestamp(progress.biddingDeadline),
        });
        Ok(Some(RequestView {
            status,
            round: terms.round,
            requester: address(terms.requester),
            provider: address(terms.provider),
            sole_prover: some_address(terms.soleProver),
            verifier: address(terms.verifier),
            model_id: ModelId(terms.modelId.0),
            header: terms.header,
            circuit: word(terms.circuit),
            commitment: word(terms.commitment),
            input_digest: word(terms.inputDigest),
            max_price: Amount(terms.maxPrice),
            instant_price: Amount(terms.instantPrice),
            fee: Amount(terms.fee),
            collateral: Amount(terms.collateral),
            bidding_window: Seconds(terms.biddingWindow),
            proving_window: Seconds(terms.provingWindow),
            opened_at: Timestamp(progress.openedAt),
            expires_at: Timestamp(progress.expiresAt),
            best,
            proving_deadline: best.map(|_| Timestamp(progress.provingDeadline)),
            settled: progress.settled,
            output_digest: word(progress.outputDigest),
            result: progress.result,
        }))
    }

    /// Returns the highest price that a bid may name now; a refusal when no bid is possible.
    pub async fn highest_bid(&self, id: RequestId) -> Result<Amount, ChainError> {
        let call = ProofMarket::highestBidOfCall {
            requestId: abi_request_id(id),
        };
        Ok(Amount(self.read(self.deployment().market, &call).await?))
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
        let call = ProofMarket::collateralForCall {
            maxPrice: max_price.0,
        };
        Ok(Amount(self.read(self.deployment().market, &call).await?))
    }

    /// Returns the statement that `fulfill` would verify for the current best bidder.
    pub async fn statement(
        &self,
        id: RequestId,
        output_digest: Word,
        result: [u64; 3],
    ) -> Result<Statement, ChainError> {
        let call = ProofMarket::statementOfCall {
            requestId: abi_request_id(id),
            outputDigest: output_digest.0.into(),
            result,
        };
        let abi = self.read(self.deployment().market, &call).await?;
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
}

impl Account {
    /// Makes a request; `nonce` tells equal requests of one requester apart.
    pub async fn request(
        &self,
        terms: &Terms,
        nonce: u64,
    ) -> Result<(RequestId, Receipt), ChainError> {
        let call = ProofMarket::requestCall {
            terms: abi_terms(terms),
            nonce,
        };
        let receipt = self.call(self.chain().deployment().market, &call).await?;
        for log in &receipt.logs {
            let event = self.chain().decode(log)?;
            if let Some(EventBody::Market { request, .. }) = event.map(|event| event.body) {
                return Ok((request, receipt));
            }
        }
        Err(unreadable(
            "receipt of request",
            "it has no event of the market",
        ))
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
        let call = ProofMarket::declareDefaultCall {
            requestId: abi_request_id(id),
        };
        self.call(self.chain().deployment().market, &call).await
    }

    /// Withdraws a request of this account that has no bid.
    pub async fn cancel(&self, id: RequestId) -> Result<Receipt, ChainError> {
        let call = ProofMarket::cancelCall {
            requestId: abi_request_id(id),
        };
        self.call(self.chain().deployment().market, &call).await
    }

    /// Ends a request whose time is over.
    pub async fn close(&self, id: RequestId) -> Result<Receipt, ChainError> {
        let call = ProofMarket::closeCall {
            requestId: abi_request_id(id),
        };
        self.call(self.chain().deployment().market, &call).await
    }
}
