//! What readers of the event stream see of a log: its name, its subject, and its fields without the bulky ones.

use assay_chain::EventBody;
use assay_market::Event;
use assay_store::{Subject, SubjectKind};
use serde_json::{Value, json};

/// Returns the name of the contract's event.
pub fn event_name(body: &EventBody) -> &'static str {
    match body {
        EventBody::Market { event, .. } => event.name(),
        EventBody::ModelRegistered { .. } => "ModelRegistered",
        EventBody::ModelPriced { .. } => "ModelPriced",
        EventBody::ModelDeprecated { .. } => "ModelDeprecated",
        EventBody::CircuitAttested { .. } => "CircuitAttested",
        EventBody::AttestationRevoked { .. } => "AttestationRevoked",
        EventBody::ProverRegistered { .. } => "ProverRegistered",
        EventBody::ProverRemoved { .. } => "ProverRemoved",
        EventBody::VerifierAdded { .. } => "VerifierAdded",
        EventBody::Deposited { .. } => "Deposited",
        EventBody::Withdrawn { .. } => "Withdrawn",
    }
}

/// Returns what the event is about.
pub fn subject(body: &EventBody) -> Subject {
    let (kind, id) = match body {
        EventBody::Market { request, .. } => (SubjectKind::Request, request.to_string()),
        EventBody::ModelRegistered { model, .. }
        | EventBody::ModelPriced { model, .. }
        | EventBody::ModelDeprecated { model } => (SubjectKind::Model, model.to_string()),
        EventBody::CircuitAttested { circuit, .. }
        | EventBody::AttestationRevoked { circuit, .. } => {
            (SubjectKind::Circuit, circuit.to_string())
        }
        EventBody::ProverRegistered { prover, .. } | EventBody::ProverRemoved { prover } => {
            (SubjectKind::Prover, prover.to_string())
        }
        EventBody::VerifierAdded { verifier, .. } => (SubjectKind::Verifier, verifier.to_string()),
        EventBody::Deposited { account, .. } | EventBody::Withdrawn { account, .. } => {
            (SubjectKind::Account, account.to_string())
        }
    };
    Subject { kind, id }
}

/// Returns the event's fields. Inline bytes and seals are left out: the request and its proof have them.
pub fn payload(body: &EventBody) -> Value {
    match body {
        EventBody::Market { event, .. } => market_payload(event),
        EventBody::ModelRegistered {
            provider,
            registration,
            ..
        } => json!({
            "provider": provider,
            "commitment": registration.commitment,
            "card_uri": registration.card_uri,
            "fee": registration.fee,
        }),
        EventBody::ModelPriced {
            fee, proving_price, ..
        } => json!({ "fee": fee, "proving_price": proving_price }),
        EventBody::CircuitAttested {
            attester,
            card_hash,
            ..
        } => json!({ "attester": attester, "card_hash": card_hash }),
        EventBody::AttestationRevoked { attester, .. } => json!({ "attester": attester }),
        EventBody::ProverRegistered { blob_endpoint, .. } => {
            json!({ "blob_endpoint": blob_endpoint })
        }
        EventBody::ModelDeprecated { .. } | EventBody::ProverRemoved { .. } => json!({}),
        EventBody::VerifierAdded { adapter, .. } => json!({ "adapter": adapter }),
        EventBody::Deposited { amount, free, .. } => json!({ "amount": amount, "free": free }),
        EventBody::Withdrawn {
            to, amount, free, ..
        } => json!({ "to": to, "amount": amount, "free": free }),
    }
}

fn market_payload(event: &Event) -> Value {
    match event {
        Event::Requested {
            requester,
            terms,
            snapshot,
            nonce,
        } => json!({
            "requester": requester,
            "nonce": nonce,
            "model": terms.model_id,
            "kind": terms.kind,
            "offer": terms.offer,
            "fee": snapshot.fee,
            "collateral": snapshot.collateral,
        }),
        Event::BidPlaced {
            prover,
            round,
            price,
            collateral,
            bidding_deadline,
            outbid,
        } => json!({
            "prover": prover,
            "round": round,
            "price": price,
            "collateral": collateral,
            "bidding_deadline": bidding_deadline,
            "outbid": outbid,
        }),
        Event::Assigned {
            prover,
            round,
            price,
            assigned_at,
            proving_deadline,
        } => json!({
            "prover": prover,
            "round": round,
            "price": price,
            "assigned_at": assigned_at,
            "proving_deadline": proving_deadline,
        }),
        Event::Fulfilled {
            prover,
            round,
            price,
            fee,
            refund,
            delivery,
        } => json!({
            "prover": prover,
            "round": round,
            "price": price,
            "fee": fee,
            "refund": refund,
            "output_digest": delivery.output_digest,
            "result": delivery.result.map(|word| word.to_string()),
        }),
        Event::Defaulted {
            prover,
            round,
            burned,
            reward,
            caller,
        } => json!({
            "prover": prover,
            "round": round,
            "burned": burned,
            "reward": reward,
            "caller": caller,
        }),
        Event::RoundOpened { round, opened_at } => {
            json!({ "round": round, "opened_at": opened_at })
        }
        Event::Cancelled { refund } | Event::Expired { refund } => json!({ "refund": refund }),
    }
}
