//! Requests.

use assay_market::{
    Amount, Assignment, Bid, Fulfillment, Offer, Outcome, Request, Seconds, Snapshot, Terms,
    Timestamp,
};
use sea_orm::ActiveValue::Set;

use super::{Row, hex_text, json_text, signed, small, some_time};
use crate::entities::request;
use crate::error::{Result, StoreError};
use crate::records::RequestRecord;

/// Deadlines are written as soon as there is a bid, so that the database can select by effective status.
pub(crate) fn request_row(record: &RequestRecord) -> Result<request::ActiveModel> {
    let Request {
        terms, snapshot, ..
    } = &record.request;
    let request = &record.request;
    let assignment = request.effective_assignment(Timestamp(u64::MAX));
    let (outcome, fulfillment) = match &request.outcome {
        None => (None, None),
        Some(Outcome::Fulfilled(fulfillment)) => (Some("fulfilled"), Some(fulfillment)),
        Some(Outcome::Cancelled) => (Some("cancelled"), None),
        Some(Outcome::Expired) => (Some("expired"), None),
        Some(Outcome::Voided) => (Some("voided"), None),
    };
    let time = |column, time: Timestamp| signed(column, time.0);
    let amount = |amount: Amount| amount.to_string();
    Ok(request::ActiveModel {
        id: Set(request.id.to_string()),
        requester: Set(request.requester.to_string()),
        nonce: Set(request.nonce.to_string()),
        model_id: Set(terms.model_id.to_string()),
        kind: Set(terms.kind as i16),
        input_private: Set(terms.input_private),
        output_private: Set(terms.output_private),
        input_digest: Set(terms.input_digest.to_string()),
        input_hash: Set(terms.input_hash.to_string()),
        inline_input: Set(hex_text(&request.inline_input)),
        verifier_id: Set(terms.verifier_id.to_string()),
        first_ceiling: Set(amount(terms.offer.first_ceiling)),
        ceiling_step: Set(amount(terms.offer.ceiling_step)),
        max_price: Set(terms.offer.max_price.to_string()),
        instant_price: Set(terms.offer.instant_price.to_string()),
        max_fee: Set(terms.offer.max_fee.to_string()),
        bidding_window: Set(signed("bidding_window", terms.offer.bidding_window.0)?),
        proving_window: Set(signed("proving_window", terms.offer.proving_window.0)?),
        expires_at: Set(time("expires_at", terms.offer.expires_at)?),
        callback_gas: Set(i64::from(terms.callback_gas)),
        provider: Set(snapshot.provider.to_string()),
        sole_prover: Set(snapshot.sole_prover.map(|prover| prover.to_string())),
        verifier: Set(snapshot.verifier.to_string()),
        header: Set(i64::from(snapshot.header)),
        circuit: Set(snapshot.circuit.to_string()),
        commitment: Set(snapshot.commitment.to_string()),
        fee: Set(snapshot.fee.to_string()),
        collateral: Set(snapshot.collateral.to_string()),
        created_at: Set(time("created_at", record.created_at)?),
        round: Set(small("round", request.round)?),
        opened_at: Set(time("opened_at", request.opened_at)?),
        extensions: Set(small("extensions", request.extensions)?),
        bids: Set(i64::from(record.bids)),
        best_prover: Set(request.best.map(|best| best.prover.to_string())),
        best_price: Set(request.best.map(|best| best.price.to_string())),
        bidding_deadline: Set(some_time(
            "bidding_deadline",
            request.best.map(|best| best.bidding_deadline),
        )?),
        assigned_at: Set(some_time(
            "assigned_at",
            request.assignment.map(|assignment| assignment.assigned_at),
        )?),
        proving_deadline: Set(some_time(
            "proving_deadline",
            assignment.map(|assignment| assignment.proving_deadline),
        )?),
        defaulted: Set(json_text(&request.defaulted)),
        outcome: Set(outcome.map(Into::into)),
        late_fee: Set(fulfillment.map(|fulfillment| amount(fulfillment.late_fee))),
        bounty: Set(fulfillment.map(|fulfillment| amount(fulfillment.bounty))),
        output_hash: Set(fulfillment.map(|fulfillment| fulfillment.output_hash.to_string())),
        output_digest: Set(fulfillment.map(|fulfillment| fulfillment.output_digest.to_string())),
        result: Set(fulfillment.map(|fulfillment| json_text(&fulfillment.result))),
        block_number: Set(signed("block_number", record.position.block_number)?),
        log_index: Set(signed("log_index", record.position.log_index)?),
    })
}

impl TryFrom<request::Model> for RequestRecord {
    type Error = StoreError;
    fn try_from(row: request::Model) -> Result<Self> {
        let at = Row {
            table: "requests",
            key: &row.id,
        };
        let best = best_bid(&at, &row)?;
        let assignment = assignment(&at, &row, best)?;
        let request = Request {
            id: at.text("id", &row.id)?,
            requester: at.text("requester", &row.requester)?,
            nonce: at.text("nonce", &row.nonce)?,
            terms: request_terms(&at, &row)?,
            snapshot: request_snapshot(&at, &row)?,
            inline_input: at.bytes("inline_input", &row.inline_input)?,
            round: at.number("round", row.round.into())?,
            opened_at: at.time("opened_at", row.opened_at)?,
            extensions: at.number("extensions", row.extensions.into())?,
            best,
            assignment,
            defaulted: at.json("defaulted", &row.defaulted)?,
            outcome: outcome(&at, &row, best)?,
        };
        Ok(Self {
            bids: at.number("bids", row.bids)?,
            created_at: at.time("created_at", row.created_at)?,
            position: at.position(row.block_number, row.log_index)?,
            request,
        })
    }
}

fn best_bid(at: &Row<'_>, row: &request::Model) -> Result<Option<Bid>> {
    let (Some(prover), Some(price), Some(deadline)) =
        (&row.best_prover, &row.best_price, row.bidding_deadline)
    else {
        return Ok(None);
    };
    Ok(Some(Bid {
        prover: at.text("best_prover", prover)?,
        price: at.text("best_price", price)?,
        bidding_deadline: at.time("bidding_deadline", deadline)?,
    }))
}

fn assignment(at: &Row<'_>, row: &request::Model, best: Option<Bid>) -> Result<Option<Assignment>> {
    let (Some(best), Some(assigned_at), Some(deadline)) =
        (best, row.assigned_at, row.proving_deadline)
    else {
        return Ok(None);
    };
    Ok(Some(Assignment {
        prover: best.prover,
        price: best.price,
        assigned_at: at.time("assigned_at", assigned_at)?,
        proving_deadline: at.time("proving_deadline", deadline)?,
    }))
}

fn outcome(at: &Row<'_>, row: &request::Model, best: Option<Bid>) -> Result<Option<Outcome>> {
    let Some(word) = row.outcome.as_deref() else {
        return Ok(None);
    };
    match word {
        "fulfilled" => fulfillment(at, row, best).map(|found| Some(Outcome::Fulfilled(found))),
        "cancelled" => Ok(Some(Outcome::Cancelled)),
        "expired" => Ok(Some(Outcome::Expired)),
        "voided" => Ok(Some(Outcome::Voided)),
        _ => Err(at.corrupt("outcome", word, "no such outcome")),
    }
}

fn fulfillment(at: &Row<'_>, row: &request::Model, best: Option<Bid>) -> Result<Fulfillment> {
    let columns = (
        &row.late_fee,
        &row.bounty,
        &row.output_digest,
        &row.output_hash,
    );
    let (Some(best), Some(result), (Some(late_fee), Some(bounty), Some(digest), Some(hash))) =
        (best, &row.result, columns)
    else {
        return Err(at.corrupt("outcome", "fulfilled", "other columns of it are empty"));
    };
    Ok(Fulfillment {
        prover: best.prover,
        price: best.price,
        late_fee: at.text("late_fee", late_fee)?,
        bounty: at.text("bounty", bounty)?,
        output_digest: at.text("output_digest", digest)?,
        output_hash: at.text("output_hash", hash)?,
        result: at.json("result", result)?,
    })
}

fn request_terms(at: &Row<'_>, row: &request::Model) -> Result<Terms> {
    Ok(Terms {
        model_id: at.text("model_id", &row.model_id)?,
        kind: at.kind(row.kind)?,
        input_private: row.input_private,
        output_private: row.output_private,
        input_digest: at.text("input_digest", &row.input_digest)?,
        input_hash: at.text("input_hash", &row.input_hash)?,
        verifier_id: at.text("verifier_id", &row.verifier_id)?,
        offer: Offer {
            first_ceiling: at.text("first_ceiling", &row.first_ceiling)?,
            ceiling_step: at.text("ceiling_step", &row.ceiling_step)?,
            max_price: at.text("max_price", &row.max_price)?,
            instant_price: at.text("instant_price", &row.instant_price)?,
            max_fee: at.text("max_fee", &row.max_fee)?,
            bidding_window: at
                .number("bidding_window", row.bidding_window)
                .map(Seconds)?,
            proving_window: at
                .number("proving_window", row.proving_window)
                .map(Seconds)?,
            expires_at: at.time("expires_at", row.expires_at)?,
        },
        callback_gas: at.number("callback_gas", row.callback_gas)?,
    })
}

fn request_snapshot(at: &Row<'_>, row: &request::Model) -> Result<Snapshot> {
    Ok(Snapshot {
        provider: at.text("provider", &row.provider)?,
        sole_prover: at.optional("sole_prover", &row.sole_prover)?,
        verifier: at.text("verifier", &row.verifier)?,
        header: at.number("header", row.header)?,
        circuit: at.text("circuit", &row.circuit)?,
        commitment: at.text("commitment", &row.commitment)?,
        fee: at.text::<Amount>("fee", &row.fee)?,
        collateral: at.text("collateral", &row.collateral)?,
    })
}
