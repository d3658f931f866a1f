//! Rows to records and back: the only place that knows how a domain type lies in a column.

use std::fmt::Display;
use std::str::FromStr;

use assay_market::{
    Amount, Assignment, Bid, Delivery, Fulfillment, Kind, Offer, Outcome, Request, Seconds,
    Snapshot, Terms, Timestamp,
};
use sea_orm::ActiveValue::Set;

use crate::entities::{attestation, bid, blob, block, log, model, proof, prover, request};
use crate::error::{Result, StoreError};
use crate::records::{
    AttestationRecord, BidRecord, BlobRecord, BlockRecord, LogRecord, ModelRecord, Position,
    ProofRecord, ProverRecord, RequestRecord, Subject, SubjectKind,
};

/// Names the row that a column's text is read from.
struct Row<'a> {
    table: &'static str,
    key: &'a str,
}

impl Row<'_> {
    fn corrupt(&self, column: &'static str, got: impl Display, reason: impl Display) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            row: self.key.to_owned(),
            column,
            got: got.to_string(),
            reason: reason.to_string(),
        }
    }

    fn text<T: FromStr<Err: Display>>(&self, column: &'static str, text: &str) -> Result<T> {
        text.parse()
            .map_err(|error: T::Err| self.corrupt(column, text, error))
    }

    fn optional<T: FromStr<Err: Display>>(
        &self,
        column: &'static str,
        text: &Option<String>,
    ) -> Result<Option<T>> {
        text.as_deref()
            .map(|text| self.text(column, text))
            .transpose()
    }

    fn number<T: TryFrom<i64>>(&self, column: &'static str, number: i64) -> Result<T> {
        T::try_from(number).map_err(|_| self.corrupt(column, number, "out of range"))
    }

    fn time(&self, column: &'static str, number: i64) -> Result<Timestamp> {
        self.number(column, number).map(Timestamp)
    }

    fn bytes(&self, column: &'static str, text: &str) -> Result<Vec<u8>> {
        let digits = text
            .strip_prefix("0x")
            .ok_or_else(|| self.corrupt(column, text, "no 0x prefix"))?;
        hex::decode(digits).map_err(|error| self.corrupt(column, text, error))
    }

    fn json<T: serde::de::DeserializeOwned>(&self, column: &'static str, text: &str) -> Result<T> {
        serde_json::from_str(text).map_err(|error| self.corrupt(column, text, error))
    }

    fn kind(&self, number: i16) -> Result<Kind> {
        let kind = u8::try_from(number)
            .ok()
            .and_then(|number| Kind::try_from(number).ok());
        kind.ok_or_else(|| self.corrupt("kind", number, "no such kind"))
    }

    fn position(&self, block_number: i64, log_index: i64) -> Result<Position> {
        Ok(Position {
            block_number: self.number("block_number", block_number)?,
            log_index: self.number("log_index", log_index)?,
        })
    }
}

/// Numbers of the chain are unsigned, columns are signed.
pub(crate) fn signed(column: &'static str, number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| StoreError::TooLarge {
        column,
        got: number,
    })
}

fn hex_text(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn json_text<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain records become JSON")
}

pub(crate) fn block_row(record: &BlockRecord) -> Result<block::ActiveModel> {
    Ok(block::ActiveModel {
        number: Set(signed("number", record.number)?),
        hash: Set(record.hash.to_string()),
        parent_hash: Set(record.parent_hash.to_string()),
        timestamp: Set(signed("timestamp", record.timestamp.0)?),
    })
}

impl TryFrom<block::Model> for BlockRecord {
    type Error = StoreError;
    fn try_from(row: block::Model) -> Result<Self> {
        let at = Row {
            table: "blocks",
            key: &row.hash,
        };
        Ok(Self {
            number: at.number("number", row.number)?,
            hash: at.text("hash", &row.hash)?,
            parent_hash: at.text("parent_hash", &row.parent_hash)?,
            timestamp: at.time("timestamp", row.timestamp)?,
        })
    }
}

pub(crate) fn log_row(record: &LogRecord) -> Result<log::ActiveModel> {
    Ok(log::ActiveModel {
        block_hash: Set(record.block_hash.to_string()),
        log_index: Set(signed("log_index", record.position.log_index)?),
        block_number: Set(signed("block_number", record.position.block_number)?),
        tx_hash: Set(record.tx_hash.to_string()),
        address: Set(record.address.to_string()),
        topics: Set(json_text(&record.topics)),
        data: Set(hex_text(&record.data)),
        name: Set(record.name.clone()),
        subject_kind: Set(record.subject.kind.as_str().to_owned()),
        subject: Set(record.subject.id.clone()),
        payload: Set(record.payload.to_string()),
    })
}

impl TryFrom<log::Model> for LogRecord {
    type Error = StoreError;
    fn try_from(row: log::Model) -> Result<Self> {
        let key = format!("{} {}", row.block_hash, row.log_index);
        let at = Row {
            table: "logs",
            key: &key,
        };
        let kind = SubjectKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == row.subject_kind);
        Ok(Self {
            position: at.position(row.block_number, row.log_index)?,
            block_hash: at.text("block_hash", &row.block_hash)?,
            tx_hash: at.text("tx_hash", &row.tx_hash)?,
            address: at.text("address", &row.address)?,
            topics: at.json("topics", &row.topics)?,
            data: at.bytes("data", &row.data)?,
            name: row.name,
            subject: Subject {
                kind: kind
                    .ok_or_else(|| at.corrupt("subject_kind", &row.subject_kind, "no such kind"))?,
                id: row.subject,
            },
            payload: at.json("payload", &row.payload)?,
        })
    }
}

pub(crate) fn model_row(record: &ModelRecord) -> Result<model::ActiveModel> {
    Ok(model::ActiveModel {
        id: Set(record.id.to_string()),
        provider: Set(record.provider.to_string()),
        commitment: Set(record.commitment.to_string()),
        weights_private: Set(record.weights_private),
        circuits: Set(json_text(&record.circuits)),
        card_uri: Set(record.card_uri.clone()),
        card_hash: Set(record.card_hash.to_string()),
        fee: Set(record.fee.to_string()),
        sole_prover: Set(record.sole_prover.map(|prover| prover.to_string())),
        proving_price: Set(record.proving_price.to_string()),
        deprecated: Set(record.deprecated),
        registered_at: Set(signed("registered_at", record.registered_at.0)?),
        block_number: Set(signed("block_number", record.position.block_number)?),
        log_index: Set(signed("log_index", record.position.log_index)?),
    })
}

impl TryFrom<model::Model> for ModelRecord {
    type Error = StoreError;
    fn try_from(row: model::Model) -> Result<Self> {
        let at = Row {
            table: "models",
            key: &row.id,
        };
        Ok(Self {
            id: at.text("id", &row.id)?,
            provider: at.text("provider", &row.provider)?,
            commitment: at.text("commitment", &row.commitment)?,
            weights_private: row.weights_private,
            circuits: at.json("circuits", &row.circuits)?,
            card_hash: at.text("card_hash", &row.card_hash)?,
            fee: at.text("fee", &row.fee)?,
            sole_prover: at.optional("sole_prover", &row.sole_prover)?,
            proving_price: at.text("proving_price", &row.proving_price)?,
            deprecated: row.deprecated,
            registered_at: at.time("registered_at", row.registered_at)?,
            position: at.position(row.block_number, row.log_index)?,
            card_uri: row.card_uri,
        })
    }
}

pub(crate) fn attestation_row(record: &AttestationRecord) -> Result<attestation::ActiveModel> {
    Ok(attestation::ActiveModel {
        circuit: Set(record.circuit.to_string()),
        attester: Set(record.attester.to_string()),
        card_hash: Set(record.card_hash.to_string()),
        attested_at: Set(signed("attested_at", record.attested_at.0)?),
    })
}

impl TryFrom<attestation::Model> for AttestationRecord {
    type Error = StoreError;
    fn try_from(row: attestation::Model) -> Result<Self> {
        let at = Row {
            table: "attestations",
            key: &row.circuit,
        };
        Ok(Self {
            circuit: at.text("circuit", &row.circuit)?,
            attester: at.text("attester", &row.attester)?,
            card_hash: at.text("card_hash", &row.card_hash)?,
            attested_at: at.time("attested_at", row.attested_at)?,
        })
    }
}

pub(crate) fn prover_row(record: &ProverRecord) -> Result<prover::ActiveModel> {
    Ok(prover::ActiveModel {
        address: Set(record.address.to_string()),
        age_recipient: Set(record.age_recipient.clone()),
        blob_endpoint: Set(record.blob_endpoint.clone()),
        updated_at: Set(signed("updated_at", record.updated_at.0)?),
        block_number: Set(signed("block_number", record.position.block_number)?),
        log_index: Set(signed("log_index", record.position.log_index)?),
    })
}

impl TryFrom<prover::Model> for ProverRecord {
    type Error = StoreError;
    fn try_from(row: prover::Model) -> Result<Self> {
        let at = Row {
            table: "provers",
            key: &row.address,
        };
        Ok(Self {
            address: at.text("address", &row.address)?,
            updated_at: at.time("updated_at", row.updated_at)?,
            position: at.position(row.block_number, row.log_index)?,
            age_recipient: row.age_recipient,
            blob_endpoint: row.blob_endpoint,
        })
    }
}

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
    };
    let time = |column, time: Timestamp| signed(column, time.0);
    let some_time = |column, at: Option<Timestamp>| at.map(|at| signed(column, at.0)).transpose();
    Ok(request::ActiveModel {
        id: Set(request.id.to_string()),
        requester: Set(request.requester.to_string()),
        model_id: Set(terms.model_id.to_string()),
        kind: Set(terms.kind as i16),
        input_private: Set(terms.input_private),
        output_private: Set(terms.output_private),
        input_digest: Set(terms.input_digest.to_string()),
        input_blob: Set(terms.input_blob.to_string()),
        inline_input: Set(hex_text(&terms.inline_input)),
        verifier_id: Set(terms.verifier_id.to_string()),
        max_price: Set(terms.offer.max_price.to_string()),
        instant_price: Set(terms.offer.instant_price.to_string()),
        max_fee: Set(terms.offer.max_fee.to_string()),
        bidding_window: Set(signed("bidding_window", terms.offer.bidding_window.0)?),
        proving_window: Set(signed("proving_window", terms.offer.proving_window.0)?),
        expires_at: Set(time("expires_at", terms.offer.expires_at)?),
        provider: Set(snapshot.provider.to_string()),
        sole_prover: Set(snapshot.sole_prover.map(|prover| prover.to_string())),
        verifier: Set(snapshot.verifier.to_string()),
        header: Set(i64::from(snapshot.header)),
        circuit: Set(snapshot.circuit.to_string()),
        commitment: Set(snapshot.commitment.to_string()),
        fee: Set(snapshot.fee.to_string()),
        collateral: Set(snapshot.collateral.to_string()),
        created_at: Set(time("created_at", snapshot.opened_at)?),
        round: Set(
            i32::try_from(request.round).map_err(|_| StoreError::TooLarge {
                column: "round",
                got: request.round.into(),
            })?,
        ),
        opened_at: Set(time("opened_at", request.opened_at)?),
        bids: Set(i64::from(request.bids)),
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
            terms: request_terms(&at, &row)?,
            snapshot: request_snapshot(&at, &row)?,
            round: at.number("round", row.round.into())?,
            opened_at: at.time("opened_at", row.opened_at)?,
            bids: at.number("bids", row.bids)?,
            best,
            assignment,
            defaulted: at.json("defaulted", &row.defaulted)?,
            outcome: outcome(&at, &row, best)?,
        };
        Ok(Self {
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
    match (word, best, &row.output_digest, &row.result) {
        ("cancelled", ..) => Ok(Some(Outcome::Cancelled)),
        ("expired", ..) => Ok(Some(Outcome::Expired)),
        ("fulfilled", Some(best), Some(output_digest), Some(result)) => {
            Ok(Some(Outcome::Fulfilled(Fulfillment {
                prover: best.prover,
                price: best.price,
                output_digest: at.text("output_digest", output_digest)?,
                result: at.json("result", result)?,
            })))
        }
        _ => Err(at.corrupt(
            "outcome",
            word,
            "no such outcome, or its other columns are empty",
        )),
    }
}

fn request_terms(at: &Row<'_>, row: &request::Model) -> Result<Terms> {
    Ok(Terms {
        model_id: at.text("model_id", &row.model_id)?,
        kind: at.kind(row.kind)?,
        input_private: row.input_private,
        output_private: row.output_private,
        input_digest: at.text("input_digest", &row.input_digest)?,
        input_blob: at.text("input_blob", &row.input_blob)?,
        inline_input: at.bytes("inline_input", &row.inline_input)?,
        verifier_id: at.text("verifier_id", &row.verifier_id)?,
        offer: Offer {
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
        opened_at: at.time("created_at", row.created_at)?,
    })
}

pub(crate) fn bid_row(record: &BidRecord) -> Result<bid::ActiveModel> {
    Ok(bid::ActiveModel {
        request_id: Set(record.request.to_string()),
        number: Set(i64::from(record.number)),
        round: Set(
            i32::try_from(record.round).map_err(|_| StoreError::TooLarge {
                column: "round",
                got: record.round.into(),
            })?,
        ),
        prover: Set(record.prover.to_string()),
        price: Set(record.price.to_string()),
        collateral: Set(record.collateral.to_string()),
        bidding_deadline: Set(signed("bidding_deadline", record.bidding_deadline.0)?),
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
        round: Set(
            i32::try_from(record.round).map_err(|_| StoreError::TooLarge {
                column: "round",
                got: record.round.into(),
            })?,
        ),
        prover: Set(record.prover.to_string()),
        price: Set(record.price.to_string()),
        fee: Set(record.fee.to_string()),
        refund: Set(record.refund.to_string()),
        output_digest: Set(record.delivery.output_digest.to_string()),
        result: Set(json_text(&record.delivery.result)),
        output_blob: Set(record.delivery.output_blob.to_string()),
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
            fee: at.text("fee", &row.fee)?,
            refund: at.text("refund", &row.refund)?,
            delivery: Delivery {
                output_digest: at.text("output_digest", &row.output_digest)?,
                result: at.json("result", &row.result)?,
                output_blob: at.text("output_blob", &row.output_blob)?,
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
