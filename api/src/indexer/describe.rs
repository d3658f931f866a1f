//! What readers of the event stream see of a log: its name, its subject, and its fields without the bulky ones.

use assay_chain::{Deployment, EventBody};
use assay_market::{Address, Event};
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
        EventBody::AttesterProposed { .. } => "AttesterProposed",
        EventBody::AttesterAdded { .. } => "AttesterAdded",
        EventBody::AttesterRemoved { .. } => "AttesterRemoved",
        EventBody::ProverRegistered { .. } => "ProverRegistered",
        EventBody::ProverRemoved { .. } => "ProverRemoved",
        EventBody::VerifierProposed { .. } => "VerifierProposed",
        EventBody::VerifierAdded { .. } => "VerifierAdded",
        EventBody::VerifierTombstoned { .. } => "VerifierTombstoned",
        EventBody::ProposalWithdrawn { .. } => "ProposalWithdrawn",
        EventBody::Paused { .. } => "Paused",
        EventBody::Unpaused { .. } => "Unpaused",
        EventBody::Deposited { .. } => "Deposited",
        EventBody::Withdrawn { .. } => "Withdrawn",
        EventBody::Consented { .. } => "Consented",
        EventBody::Locked { .. } => "Locked",
        EventBody::Released { .. } => "Released",
        EventBody::Settled { .. } => "Settled",
        EventBody::ModuleProposed { .. } => "ModuleProposed",
        EventBody::ModuleActivated { .. } => "ModuleActivated",
        EventBody::ModuleRetired { .. } => "ModuleRetired",
    }
}

/// Returns what the event of a contract is about. A settlement is about the account whose lock it was; its payload
/// names whoever was paid.
pub fn subject(body: &EventBody, contract: Address, deployment: &Deployment) -> Subject {
    use SubjectKind::{
        Account, Attester, Circuit, Market, Model, Module, Prover, Request, Verifier,
    };
    let (kind, id) = match body {
        EventBody::Market { request, .. } => (Request, request.to_string()),
        EventBody::ModelRegistered { model, .. }
        | EventBody::ModelPriced { model, .. }
        | EventBody::ModelDeprecated { model } => (Model, model.to_string()),
        EventBody::CircuitAttested { circuit, .. }
        | EventBody::AttestationRevoked { circuit, .. } => (Circuit, circuit.to_string()),
        EventBody::AttesterProposed { attester, .. }
        | EventBody::AttesterAdded { attester }
        | EventBody::AttesterRemoved { attester } => (Attester, attester.to_string()),
        EventBody::ProverRegistered { prover, .. } | EventBody::ProverRemoved { prover } => {
            (Prover, prover.to_string())
        }
        // It has no id yet.
        EventBody::VerifierProposed { adapter, .. } => (Verifier, adapter.to_string()),
        EventBody::VerifierAdded { verifier, .. }
        | EventBody::VerifierTombstoned { verifier, .. } => (Verifier, verifier.to_string()),
        EventBody::ProposalWithdrawn { subject } => {
            (proposed_in(contract, deployment), subject.to_string())
        }
        EventBody::Paused { .. } | EventBody::Unpaused { .. } => (Market, contract.to_string()),
        EventBody::Deposited { account, .. }
        | EventBody::Withdrawn { account, .. }
        | EventBody::Consented { account, .. }
        | EventBody::Locked { account, .. }
        | EventBody::Released { account, .. }
        | EventBody::Settled { account, .. } => (Account, account.to_string()),
        EventBody::ModuleProposed { module, .. }
        | EventBody::ModuleActivated { module, .. }
        | EventBody::ModuleRetired { module } => (Module, module.to_string()),
    };
    Subject { kind, id }
}

/// Three contracts have proposals, each of its own kind of thing.
fn proposed_in(contract: Address, deployment: &Deployment) -> SubjectKind {
    if contract.0 == deployment.circuit_registry.into_array() {
        SubjectKind::Attester
    } else if contract.0 == deployment.verifier_registry.into_array() {
        SubjectKind::Verifier
    } else {
        SubjectKind::Module
    }
}

/// Returns the event's fields. Inline bytes and seals are left out: the request and its proof have them.
pub fn payload(body: &EventBody) -> Value {
    match body {
        EventBody::Market { event, .. } => market_payload(event),
        EventBody::ModelRegistered {
            provider,
            first,
            registration,
            ..
        } => json!({
            "provider": provider,
            "first": first,
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
        EventBody::ModelDeprecated { .. }
        | EventBody::ProverRemoved { .. }
        | EventBody::AttesterAdded { .. }
        | EventBody::AttesterRemoved { .. }
        | EventBody::ProposalWithdrawn { .. }
        | EventBody::ModuleRetired { .. } => json!({}),
        EventBody::VerifierAdded { adapter, .. }
        | EventBody::VerifierTombstoned { adapter, .. } => json!({ "adapter": adapter }),
        EventBody::Paused { clock, until } => json!({ "clock": clock, "until": until }),
        EventBody::Unpaused { clock, behind } => json!({ "clock": clock, "behind": behind }),
        EventBody::AttesterProposed {
            active_from,
            active_until,
            ..
        } => json!({ "active_from": active_from, "active_until": active_until }),
        EventBody::VerifierProposed {
            code_hash,
            active_from,
            active_until,
            ..
        } => json!({
            "code_hash": code_hash,
            "active_from": active_from,
            "active_until": active_until,
        }),
        EventBody::ModuleProposed {
            code_hash,
            daily_limit,
            active_from,
            active_until,
            ..
        } => json!({
            "code_hash": code_hash,
            "daily_limit": daily_limit,
            "active_from": active_from,
            "active_until": active_until,
        }),
        EventBody::ModuleActivated { daily_limit, .. } => json!({ "daily_limit": daily_limit }),
        EventBody::Deposited { .. }
        | EventBody::Withdrawn { .. }
        | EventBody::Consented { .. }
        | EventBody::Locked { .. }
        | EventBody::Released { .. }
        | EventBody::Settled { .. } => account_payload(body),
    }
}

fn account_payload(body: &EventBody) -> Value {
    match body {
        EventBody::Deposited { amount, free, .. } => json!({ "amount": amount, "free": free }),
        EventBody::Withdrawn {
            to,
            amount,
            paid,
            free,
            ..
        } => json!({ "to": to, "amount": amount, "paid": paid, "free": free }),
        EventBody::Consented {
            module, allowance, ..
        } => json!({ "module": module, "allowance": allowance }),
        EventBody::Locked {
            module,
            key,
            amount,
            free,
            locked,
            ..
        }
        | EventBody::Released {
            module,
            key,
            amount,
            free,
            locked,
            ..
        } => json!({
            "module": module,
            "key": key,
            "amount": amount,
            "free": free,
            "locked": locked,
        }),
        EventBody::Settled {
            module,
            key,
            left,
            locked,
            credits,
            ..
        } => {
            let credits = credits
                .iter()
                .map(|(to, amount, free)| json!({ "to": to, "amount": amount, "free": free }));
            json!({
                "module": module,
                "key": key,
                "left": left,
                "locked": locked,
                "credits": credits.collect::<Vec<_>>(),
            })
        }
        _ => json!({}),
    }
}

fn market_payload(event: &Event) -> Value {
    match event {
        Event::Requested {
            requester,
            nonce,
            terms,
            snapshot,
            opened_at,
            ..
        } => json!({
            "requester": requester,
            // A script's numbers have 53 bits.
            "nonce": nonce.to_string(),
            "model": terms.model_id,
            "kind": terms.kind,
            "offer": terms.offer,
            "verifier_id": terms.verifier_id,
            "fee": snapshot.fee,
            "collateral": snapshot.collateral,
            "opened_at": opened_at,
        }),
        Event::BidPlaced {
            prover,
            round,
            price,
            bidding_deadline,
            extensions,
            outbid,
        } => json!({
            "prover": prover,
            "round": round,
            "price": price,
            "bidding_deadline": bidding_deadline,
            "extensions": extensions,
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
            late_fee,
            bounty,
            fee,
            refund,
            delivery,
        } => json!({
            "prover": prover,
            "round": round,
            "price": price,
            "late_fee": late_fee,
            "bounty": bounty,
            "fee": fee,
            "refund": refund,
            "output_digest": delivery.output_digest,
            "output_hash": delivery.output_hash,
            "result": delivery.result.map(|word| word.to_string()),
        }),
        Event::Defaulted {
            prover,
            round,
            burned,
            bounty,
            reward,
            caller,
        } => json!({
            "prover": prover,
            "round": round,
            "burned": burned,
            "bounty": bounty,
            "reward": reward,
            "caller": caller,
        }),
        Event::RoundOpened { round, opened_at } => {
            json!({ "round": round, "opened_at": opened_at })
        }
        Event::Cancelled { refund, burned }
        | Event::Expired { refund, burned }
        | Event::Voided { refund, burned } => json!({ "refund": refund, "burned": burned }),
        Event::CallbackMade {
            consumer,
            succeeded,
        } => json!({ "consumer": consumer, "succeeded": succeeded }),
    }
}
