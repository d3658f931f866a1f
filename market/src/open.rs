//! Making a request: what is checked, what is fixed, what is locked.

use assay_statement::{Digest, StatementError};

use crate::params::{
    MAX_AMOUNT, MAX_BIDDING_WINDOW, MAX_INLINE_BYTES, MAX_LIFETIME, MAX_PROVING_WINDOW, Params,
};
use crate::{
    Address, Amount, Effect, Event, LockKey, MarketError, Request, RequestId, Snapshot, Terms,
    Timestamp, Word,
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
pub fn open(
    id: RequestId,
    requester: Address,
    nonce: u64,
    terms: Terms,
    listing: &Listing,
    params: &Params,
    now: Timestamp,
) -> Result<(Request, Vec<Effect>), MarketError> {
    check_offer(&terms, listing, params, now)?;
    check_digest(terms.input_digest)?;
    check_inline(terms.input_private, &terms.inline_input, terms.input_blob)?;
    let max_price = terms.offer.max_price;
    let too_large = || MarketError::InvalidMaxPrice {
        maximum: MAX_AMOUNT,
        got: max_price,
    };
    let snapshot = Snapshot {
        provider: listing.provider,
        sole_prover: listing.sole_prover,
        verifier: listing.verifier,
        header: listing.header,
        circuit: listing.circuit,
        commitment: listing.commitment,
        fee: listing.fee,
        collateral: params.collateral_for(max_price).ok_or_else(too_large)?,
        opened_at: now,
    };
    let escrow = max_price.checked_add(listing.fee).ok_or_else(too_large)?;
    let request = Request::new(id, requester, terms.clone(), snapshot);
    let effects = vec![
        Effect::Lock {
            key: LockKey::Escrow(id),
            account: requester,
            amount: escrow,
        },
        Effect::Emit(Box::new(Event::Requested {
            requester,
            terms: Box::new(terms),
            snapshot,
            nonce,
        })),
    ];
    Ok((request, effects))
}

fn check_offer(
    terms: &Terms,
    listing: &Listing,
    params: &Params,
    now: Timestamp,
) -> Result<(), MarketError> {
    let offer = &terms.offer;
    if listing.deprecated {
        return Err(MarketError::ModelIsDeprecated(terms.model_id));
    }

    if listing.circuit == Word::ZERO {
        return Err(MarketError::VariantNotOffered(terms.model_id));
    }

    if offer.max_price == Amount::ZERO || offer.max_price > MAX_AMOUNT {
        return Err(MarketError::InvalidMaxPrice {
            maximum: MAX_AMOUNT,
            got: offer.max_price,
        });
    }
    if offer.instant_price > offer.max_price {
        return Err(MarketError::InstantPriceTooHigh {
            max_price: offer.max_price,
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
        for got in [offer.max_price, offer.instant_price] {
            if got != listing.proving_price {
                return Err(MarketError::PriceNotPosted {
                    expected: listing.proving_price,
                    got,
                });
            }
        }
    }
    check_windows(terms, params, now)
}

fn check_windows(terms: &Terms, params: &Params, now: Timestamp) -> Result<(), MarketError> {
    let offer = &terms.offer;
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
    let earliest = now.after(offer.bidding_window).after(offer.proving_window);
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

/// Bytes travel inside a call only when they are small, public and not named as a blob too.
pub(crate) fn check_inline(private: bool, inline: &[u8], blob: Word) -> Result<(), MarketError> {
    if inline.len() > MAX_INLINE_BYTES {
        return Err(MarketError::InlineTooLong {
            limit: MAX_INLINE_BYTES,
            got: inline.len(),
        });
    }
    if !inline.is_empty() && (private || blob != Word::ZERO) {
        return Err(MarketError::InvalidInline);
    }
    Ok(())
}
