//! Bids, proofs and blobs.

use assay_market::Delivery;
use sea_orm::ActiveValue::Set;

use super::{Row, hex_text, json_text, signed, small};
use crate::entities::{bid, blob, proof};
use crate::error::{Result, StoreError};
use crate::records::{BidRecord, BlobRecord, ProofRecord};

pub(crate) fn bid_row(record: &BidRecord) -> Result<bid::ActiveModel> {
    Ok(bid::ActiveModel {
        request_id: Set(record.request.to_string()),
        number: Set(i64::from(record.number)),
        round: Set(small("round", record.round)?),
        prover: Set(record.prover.to_string()),
        price: Set(record.price.to_string()),
        collateral: Set(record.collateral.to_string()),
        bidding_deadline: Set(signed("bidding_deadline", record.bidding_deadline.0)?),
        extensions: Set(small("extensions", record.extensions)?),
        outbid: Set(record.outbid.map(|prover| prover.to_string())),
        tx_hash: Set(record.tx_hash.to_string()),
        placed_at: Set(signed("placed_at", record.placed_at.0)?),
        block_number: Set(signed("block_number", record.position.block_number)?),
        log_index: Set(signed("log_index", record.position.log_index)?),
    })
}

impl TryFrom<bid::Model> for BidRecord {
    type Error = StoreError;
    fn try_from(row: bid::Model) -> Result<Self> {
        let at = Row {
            table: "bids",
            key: &row.request_id,
        };
        Ok(Self {
            request: at.text("request_id", &row.request_id)?,
            number: at.number("number", row.number)?,
            round: at.number("round", row.round.into())?,
            prover: at.text("prover", &row.prover)?,
            price: at.text("price", &row.price)?,
            collateral: at.text("collateral", &row.collateral)?,
            bidding_deadline: at.time("bidding_deadline", row.bidding_deadline)?,
            extensions: at.number("extensions", row.extensions.into())?,
            outbid: at.optional("outbid", &row.outbid)?,
            tx_hash: at.text("tx_hash", &row.tx_hash)?,
            placed_at: at.time("placed_at", row.placed_at)?,
            position: at.position(row.block_number, row.log_index)?,
        })
    }
}

pub(crate) fn proof_row(record: &ProofRecord) -> Result<proof::ActiveModel> {
    Ok(proof::ActiveModel {
        request_id: Set(record.request.to_string()),
        round: Set(small("round", record.round)?),
        prover: Set(record.prover.to_string()),
        price: Set(record.price.to_string()),
        late_fee: Set(record.late_fee.to_string()),
        bounty: Set(record.bounty.to_string()),
        fee: Set(record.fee.to_string()),
        refund: Set(record.refund.to_string()),
        output_digest: Set(record.delivery.output_digest.to_string()),
        result: Set(json_text(&record.delivery.result)),
        output_hash: Set(record.delivery.output_hash.to_string()),
        output: Set(hex_text(&record.delivery.output)),
        seal: Set(hex_text(&record.delivery.seal)),
        tx_hash: Set(record.tx_hash.to_string()),
        fulfilled_at: Set(signed("fulfilled_at", record.fulfilled_at.0)?),
        block_number: Set(signed("block_number", record.position.block_number)?),
        log_index: Set(signed("log_index", record.position.log_index)?),
    })
}

impl TryFrom<proof::Model> for ProofRecord {
    type Error = StoreError;
    fn try_from(row: proof::Model) -> Result<Self> {
        let at = Row {
            table: "proofs",
            key: &row.request_id,
        };
        Ok(Self {
            request: at.text("request_id", &row.request_id)?,
            round: at.number("round", row.round.into())?,
            prover: at.text("prover", &row.prover)?,
            price: at.text("price", &row.price)?,
            late_fee: at.text("late_fee", &row.late_fee)?,
            bounty: at.text("bounty", &row.bounty)?,
            fee: at.text("fee", &row.fee)?,
            refund: at.text("refund", &row.refund)?,
            delivery: Delivery {
                output_digest: at.text("output_digest", &row.output_digest)?,
                result: at.json("result", &row.result)?,
                output_hash: at.text("output_hash", &row.output_hash)?,
                seal: at.bytes("seal", &row.seal)?,
                output: at.bytes("output", &row.output)?,
            },
            tx_hash: at.text("tx_hash", &row.tx_hash)?,
            fulfilled_at: at.time("fulfilled_at", row.fulfilled_at)?,
            position: at.position(row.block_number, row.log_index)?,
        })
    }
}

pub(crate) fn blob_row(record: &BlobRecord) -> Result<blob::ActiveModel> {
    Ok(blob::ActiveModel {
        digest: Set(record.digest.to_string()),
        size_bytes: Set(signed("size_bytes", record.size_bytes)?),
        encrypted: Set(record.encrypted),
        uploader: Set(record.uploader.to_string()),
        created_at: Set(signed("created_at", record.created_at.0)?),
    })
}

impl TryFrom<blob::Model> for BlobRecord {
    type Error = StoreError;
    fn try_from(row: blob::Model) -> Result<Self> {
        let at = Row {
            table: "blobs",
            key: &row.digest,
        };
        Ok(Self {
            digest: at.text("digest", &row.digest)?,
            size_bytes: at.number("size_bytes", row.size_bytes)?,
            encrypted: row.encrypted,
            uploader: at.text("uploader", &row.uploader)?,
            created_at: at.time("created_at", row.created_at)?,
        })
    }
}
