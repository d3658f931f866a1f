//! Making a request: what is checked, what is fixed, what is locked.

use assay_statement::{Digest, StatementError};

use sha2::{Digest as _, Sha256};

use crate::params::{
    MAX_AMOUNT, MAX_BIDDING_WINDOW, MAX_CALLBACK_GAS, MAX_EXTENSIONS, MAX_INLINE_BYTES,
    MAX_LIFETIME, MAX_PROVING_WINDOW, Params,
};
use crate::{
    Address, Amount, Effect, Event, Kind, LockKey, MarketError, Moment, Offer, Request, RequestId,
    Seconds, Snapshot, Terms, Timestamp, Word,
};

/// What the registries say about the model, kind and verifier of a request at the moment it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// Who registered the model.
    pub provider: Address,
    /// Whether the model takes new requests.
    pub deprecated: bool,
    /// The only address that may bid, if the model's policy says so.
    pub sole_prover: Option<Address>,
    /// What the sole prover asks.
    pub proving_price: Amount,
    /// What the provider asks.
    pub fee: Amount,
    /// The statement's header word.
    pub header: u32,
    /// The circuit for this kind and privacy mode; zero when the model does not offer it.
    pub circuit: Word,
    /// Commitment to the model's data.
    pub commitment: Word,
    /// The adapter of the verifier that the terms pin.
    pub verifier: Address,
}

/// Makes a request: checks the terms, fixes what must not change later, and locks price limit plus fee.
///
/// # Errors
/// A [`MarketError`] for each term that is outside its limits.
#[expect(
    clippy::too_many_arguments,
    reason = "who asks for what, of whom, under which rules and when: none of these belong together"
)]
pub fn open(
    id: RequestId,
    requester: Address,
    nonce: u64,
    terms: Terms,
    inline_input: Vec<u8>,
    requester_is_contract: bool,
    listing: &Listing,
    params: &Params,
    at: Moment,
) -> Result<(Request, Vec<Effect>), MarketError> {
    if at.paused {
        return Err(MarketError::MarketIsPaused);
    }
    check_offered(&terms, listing)?;
    check_prices(&terms.offer, listing)?;
    check_times(&terms.offer, params, at.now)?;
    check_digest(terms.input_digest)?;
    check_inline(&inline_input, terms.input_hash, terms.input_private)?;
    check_callback(terms.callback_gas, requester, requester_is_contract)?;
    if at.tombstoned {
        return Err(MarketError::VerifierIsTombstoned(terms.verifier_id));
    }
    let snapshot = Snapshot {
        provider: listing.provider,
        sole_prover: listing.sole_prover,
        verifier: listing.verifier,
        header: listing.header,
        circuit: listing.circuit,
        commitment: listing.commitment,
        fee: listing.fee,
        collateral: params
            .collateral_for(terms.offer.max_price)
            .ok_or_else(|| invalid_max_price(terms.offer.max_price))?,
    };
    let requested = Event::Requested {
        requester,
        nonce,
        terms: Box::new(terms.clone()),
        snapshot,
        inline_input: inline_input.clone(),
        opened_at: at.now,
    };
    let request = Request::new(id, requester, nonce, terms, snapshot, inline_input, at.now);
    let lock = Effect::Lock {
        key: LockKey::Escrow(id),
        account: requester,
        amount: request.escrow(),
    };
    Ok((request, vec![Effect::Emit(Box::new(requested)), lock]))
}

/// Kinds whose rules are not written yet are refused: an accuracy prover could choose the samples that it is measured on.
fn check_offered(terms: &Terms, listing: &Listing) -> Result<(), MarketError> {
    if terms.kind != Kind::Inference {
        return Err(MarketError::KindNotSupported(terms.kind));
    }
    if listing.deprecated {
        return Err(MarketError::ModelIsDeprecated(terms.model_id));
    }
    if listing.circuit == Word::ZERO {
        return Err(MarketError::VariantNotOffered(terms.model_id));
    }
    Ok(())
}

fn check_prices(offer: &Offer, listing: &Listing) -> Result<(), MarketError> {
    let (first_ceiling, max_price) = (offer.first_ceiling, offer.max_price);
    if max_price == Amount::ZERO || max_price > MAX_AMOUNT {
        return Err(invalid_max_price(max_price));
    }
    // A step where the ceiling is below the limit, and only there.
    let step_fits = (offer.ceiling_step == Amount::ZERO) == (first_ceiling == max_price);
    if first_ceiling == Amount::ZERO || first_ceiling > max_price || !step_fits {
        return Err(MarketError::InvalidCeiling {
            first_ceiling,
            ceiling_step: offer.ceiling_step,
            max_price,
        });
    }
    if offer.instant_price > first_ceiling {
        return Err(MarketError::InstantPriceTooHigh {
            first_ceiling,
            got: offer.instant_price,
        });
    }
    if listing.fee > offer.max_fee {
        return Err(MarketError::FeeTooHigh {
            max_fee: offer.max_fee,
            fee: listing.fee,
        });
    }
    if listing.sole_prover.is_some() {
        // One prover and no auction: whoever asks pays what is posted.
        for got in [max_price, offer.instant_price] {
            if got != listing.proving_price {
                return Err(MarketError::PriceNotPosted {
                    expected: listing.proving_price,
                    got,
                });
            }
        }
    }
    Ok(())
}

fn invalid_max_price(got: Amount) -> MarketError {
    MarketError::InvalidMaxPrice {
        maximum: MAX_AMOUNT,
        got,
    }
}

fn check_times(offer: &Offer, params: &Params, now: Timestamp) -> Result<(), MarketError> {
    let (minimum, maximum, got) = (
        params.min_bidding_window,
        MAX_BIDDING_WINDOW,
        offer.bidding_window,
    );
    if !(minimum..=maximum).contains(&got) {
        return Err(MarketError::InvalidBiddingWindow {
            minimum,
            maximum,
            got,
        });
    }
    let (minimum, maximum, got) = (
        params.min_proving_window,
        MAX_PROVING_WINDOW,
        offer.proving_window,
    );
    if !(minimum..=maximum).contains(&got) {
        return Err(MarketError::InvalidProvingWindow {
            minimum,
            maximum,
            got,
        });
    }
    let earliest = round_end(now.after(offer.bidding_window), offer, params);
    let (latest, got) = (now.after(MAX_LIFETIME), offer.expires_at);
    if !(earliest..=latest).contains(&got) {
        return Err(MarketError::InvalidExpiry {
            earliest,
            latest,
            got,
        });
    }
    Ok(())
}

/// A digest whose limbs are not all below the field's order would have a second spelling.
fn check_digest(digest: Word) -> Result<(), MarketError> {
    match Digest::from_bytes32(&digest.0) {
        Err(StatementError::NonCanonicalLimb { limb, .. }) => {
            Err(MarketError::NonCanonicalDigest { digest, limb })
        }
        _ => Ok(()),
    }
}

fn check_callback(gas: u32, requester: Address, is_contract: bool) -> Result<(), MarketError> {
    if gas > MAX_CALLBACK_GAS {
        return Err(MarketError::CallbackGasTooHigh {
            limit: MAX_CALLBACK_GAS,
            got: gas,
        });
    }
    if gas != 0 && !is_contract {
        return Err(MarketError::CallbackNeedsContract(requester));
    }
    Ok(())
}

/// Bytes travel inside a call only when they are small, public and those of the hash.
pub(crate) fn check_inline(inline: &[u8], hash: Word, private: bool) -> Result<(), MarketError> {
    if inline.is_empty() {
        return Ok(());
    }
    if inline.len() > MAX_INLINE_BYTES {
        return Err(MarketError::InlineTooLong {
            limit: MAX_INLINE_BYTES,
            got: inline.len(),
        });
    }
    if private {
        return Err(MarketError::InvalidInline);
    }
    let got = Word(Sha256::digest(inline).into());
    if got != hash {
        return Err(MarketError::WrongHash {
            expected: hash,
            got,
        });
    }
    Ok(())
}

/// Returns when everything is over for a round whose bidding window ends at `end`, whatever bids extend it and however
/// late its proof may be.
pub(crate) fn round_end(end: Timestamp, offer: &Offer, params: &Params) -> Timestamp {
    let extensions = params.extension.0.saturating_mul(MAX_EXTENSIONS.into());
    end.after(Seconds(extensions))
        .after(offer.proving_window)
        .after(params.grace)
}
