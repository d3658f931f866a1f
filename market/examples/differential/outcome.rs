//! What an operation comes to: answer or refusal, and logs, as the contracts encode them.

use std::fmt;

use assay_market::{Address, Event, Kind, MarketError, RequestId, Status, Timestamp};

use crate::abi::{Value, address, encode, encode_call, keccak256, number, word};
use crate::operation::{DELIVERY, delivery_value, snapshot_value, terms_value};
use crate::stack::{MARKET, VAULT};

/// A log of the market or the vault.
pub struct Log {
    pub name: String,
    emitter: Address,
    topics: Vec<[u8; 32]>,
    data: Vec<u8>,
}

impl Log {
    pub fn new(emitter: Address, signature: &str, indexed: &[Value], data: &[Value]) -> Self {
        let mut topics = vec![keccak256(signature.as_bytes())];
        topics.extend(indexed.iter().map(|value| match value {
            Value::Word(word) => *word,
            _ => unreachable!("indexed fields are words"),
        }));
        Self {
            name: name_of(signature),
            emitter,
            topics,
            data: encode(data),
        }
    }

    pub fn of_market(signature: &str, indexed: &[Value], data: &[Value]) -> Self {
        Self::new(MARKET, signature, indexed, data)
    }

    pub fn of_vault(signature: &str, indexed: &[Value], data: &[Value]) -> Self {
        Self::new(VAULT, signature, indexed, data)
    }
}

/// What an operation is refused with.
pub struct Refusal {
    pub name: String,
    pub data: Vec<u8>,
}

impl Refusal {
    pub fn new(signature: &str, values: &[Value]) -> Self {
        Self {
            name: name_of(signature),
            data: encode_call(signature, values),
        }
    }
}

/// What an operation comes to.
pub struct Outcome {
    pub answer: Result<Vec<u8>, Refusal>,
    pub logs: Vec<Log>,
}

impl Outcome {
    /// One word for all logs: the hash so far, then emitter, topics and data of the next one.
    pub fn logs_hash(&self) -> [u8; 32] {
        self.logs.iter().fold([0; 32], |hash, log| {
            let mut bytes = hash.to_vec();
            bytes.extend(log.emitter.0);
            bytes.extend(log.topics.as_flattened());
            bytes.extend(&log.data);
            keccak256(&bytes)
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.answer {
            Ok(answer) => writeln!(f, "answers {}", hex(answer))?,
            Err(refusal) => writeln!(f, "refuses with {} {}", refusal.name, hex(&refusal.data))?,
        }
        for log in &self.logs {
            let topics: Vec<String> = log.topics.iter().map(|topic| hex(topic)).collect();
            writeln!(f, "{} of {}", log.name, log.emitter)?;
            writeln!(f, "  topics {}", topics.join(" "))?;
            writeln!(f, "  data {}", hex(&log.data))?;
        }
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    format!("0x{}", digits.collect::<String>())
}

fn name_of(signature: &str) -> String {
    signature.split('(').next().unwrap_or_default().to_owned()
}

/// The contract's number of a status: its enum begins with `None`.
pub fn status_number(status: Status) -> u128 {
    let position = Status::ALL.iter().position(|other| *other == status);
    1 + position.expect("every status is listed") as u128
}

fn kind(kind: Kind) -> Value {
    number(kind.number())
}

fn time(time: Timestamp) -> Value {
    number(time.0)
}

/// The revert data of a refusal; `caller` is who made the call.
pub fn refusal(error: &MarketError, caller: Address) -> Refusal {
    use MarketError as E;
    let (signature, values) = match error {
        E::NonCanonicalDigest { digest, limb } => (
            "NonCanonicalDigest(bytes32,uint256)",
            vec![word(digest.0), number(*limb as u128)],
        ),
        E::InlineTooLong { limit, got } => (
            "InlineTooLong(uint256,uint256)",
            vec![number(*limit as u128), number(*got as u128)],
        ),
        E::WrongStatus { got } => ("WrongStatus(uint8)", vec![number(status_number(*got))]),
        E::WrongRound { expected, got } => (
            "WrongRound(uint32,uint32)",
            vec![number(*expected), number(*got)],
        ),
        E::NotOwner => ("NotOwner(address)", vec![address(caller)]),
        E::MarketIsPaused => ("MarketIsPaused()", vec![]),
        E::MarketIsNotPaused => ("MarketIsNotPaused()", vec![]),
        E::PausedTooRecently { possible_from } => {
            ("PausedTooRecently(uint64)", vec![time(*possible_from)])
        }
        E::KindNotSupported(got) => ("KindNotSupported(uint8)", vec![kind(*got)]),
        E::ModelIsDeprecated(id) => ("ModelIsDeprecated(bytes32)", vec![word(id.0)]),
        E::VariantNotOffered(id) => ("VariantNotOffered(bytes32)", vec![word(id.0)]),
        E::VerifierIsTombstoned(id) => ("VerifierIsTombstoned(bytes32)", vec![word(id.0)]),
        E::InvalidInline => ("InvalidInline()", vec![]),
        E::WrongHash { expected, got } => (
            "WrongHash(bytes32,bytes32)",
            vec![word(expected.0), word(got.0)],
        ),
        E::CallbackGasTooHigh { limit, got } => (
            "CallbackGasTooHigh(uint32,uint32)",
            vec![number(*limit), number(*got)],
        ),
        E::CallbackNeedsContract(requester) => {
            ("CallbackNeedsContract(address)", vec![address(*requester)])
        }
        E::ProverNotAdmitted { expected, got } => (
            "ProverNotAdmitted(address,address)",
            vec![address(*expected), address(*got)],
        ),
        E::ProverDefaulted(prover) => ("ProverDefaulted(address)", vec![address(*prover)]),
        E::NotRequester { expected, got } => (
            "NotRequester(address,address)",
            vec![address(*expected), address(*got)],
        ),
        E::BidStands(prover) => ("BidStands(address)", vec![address(*prover)]),
        E::NotModule => ("NotModule(address)", vec![address(MARKET)]),
        _ => return refusal_of_limits(error),
    };
    Refusal::new(signature, &values)
}

/// The refusals that are about amounts and times.
fn refusal_of_limits(error: &MarketError) -> Refusal {
    use MarketError as E;
    let (signature, values) = match error {
        E::FeeTooHigh { max_fee, fee } => (
            "FeeTooHigh(uint128,uint128)",
            vec![number(max_fee.0), number(fee.0)],
        ),
        E::InvalidMaxPrice { got, .. } => ("InvalidMaxPrice(uint128)", vec![number(got.0)]),
        E::InvalidCeiling {
            first_ceiling,
            ceiling_step,
            max_price,
        } => (
            "InvalidCeiling(uint128,uint128,uint128)",
            vec![
                number(first_ceiling.0),
                number(ceiling_step.0),
                number(max_price.0),
            ],
        ),
        E::InstantPriceTooHigh { first_ceiling, got } => (
            "InstantPriceTooHigh(uint128,uint128)",
            vec![number(first_ceiling.0), number(got.0)],
        ),
        E::PriceNotPosted { expected, got } => (
            "PriceNotPosted(uint128,uint128)",
            vec![number(expected.0), number(got.0)],
        ),
        E::InvalidBiddingWindow {
            minimum,
            maximum,
            got,
        } => (
            "InvalidBiddingWindow(uint64,uint64,uint64)",
            vec![number(minimum.0), number(maximum.0), number(got.0)],
        ),
        E::InvalidProvingWindow {
            minimum,
            maximum,
            got,
        } => (
            "InvalidProvingWindow(uint64,uint64,uint64)",
            vec![number(minimum.0), number(maximum.0), number(got.0)],
        ),
        E::InvalidExpiry {
            earliest,
            latest,
            got,
        } => (
            "InvalidExpiry(uint64,uint64,uint64)",
            vec![time(*earliest), time(*latest), time(*got)],
        ),
        E::BidTooHigh { highest, got } => (
            "BidTooHigh(uint128,uint128)",
            vec![number(highest.0), number(got.0)],
        ),
        E::NoWindowFits {
            needed_until,
            expires_at,
        } => (
            "NoWindowFits(uint64,uint64)",
            vec![time(*needed_until), time(*expires_at)],
        ),
        E::GraceNotOver { until, now } => (
            "GraceNotOver(uint64,uint64)",
            vec![time(*until), time(*now)],
        ),
        E::NotExpired { expires_at, now } => (
            "NotExpired(uint64,uint64)",
            vec![time(*expires_at), time(*now)],
        ),
        E::AllowanceExceeded {
            account,
            allowance,
            wanted,
        } => (
            "AllowanceExceeded(address,address,uint256,uint256)",
            vec![
                address(*account),
                address(MARKET),
                number(allowance.0),
                number(wanted.0),
            ],
        ),
        E::DailyLimitExceeded {
            account,
            limit,
            wanted,
        } => (
            "DailyLimitExceeded(address,uint256,uint256)",
            vec![address(*account), number(limit.0), number(wanted.0)],
        ),
        E::InsufficientFree {
            account,
            free,
            wanted,
        } => (
            "InsufficientFree(address,uint256,uint256)",
            vec![address(*account), number(free.0), number(wanted.0)],
        ),
        other => unreachable!("{other:?} has its words elsewhere"),
    };
    Refusal::new(signature, &values)
}

/// The market's log of an event.
pub fn event_log(id: RequestId, event: &Event) -> Log {
    let id = word(id.0);
    match event {
        Event::Requested {
            requester,
            nonce,
            terms,
            snapshot,
            inline_input,
            opened_at,
        } => Log::of_market(
            "Requested(bytes32,address,bytes32,uint64,(bytes32,uint8,bool,bool,bytes32,bytes32,bytes32,uint128,uint128,\
             uint128,uint128,uint128,uint64,uint64,uint64,uint32),(address,address,address,uint32,bytes32,bytes32,\
             uint128,uint128),bytes,uint64)",
            &[id, address(*requester), word(terms.model_id.0)],
            &[
                number(*nonce),
                terms_value(terms),
                snapshot_value(snapshot),
                Value::Bytes(inline_input.clone()),
                time(*opened_at),
            ],
        ),
        Event::BidPlaced {
            prover,
            round,
            price,
            bidding_deadline,
            extensions,
            outbid,
        } => Log::of_market(
            "BidPlaced(bytes32,address,uint32,uint128,uint64,uint32,address)",
            &[id, address(*prover)],
            &[
                number(*round),
                number(price.0),
                time(*bidding_deadline),
                number(*extensions),
                address(outbid.unwrap_or(Address::ZERO)),
            ],
        ),
        Event::Assigned {
            prover,
            round,
            price,
            assigned_at,
            proving_deadline,
        } => Log::of_market(
            "Assigned(bytes32,address,uint32,uint128,uint64,uint64)",
            &[id, address(*prover)],
            &[
                number(*round),
                number(price.0),
                time(*assigned_at),
                time(*proving_deadline),
            ],
        ),
        _ => ending_log(id, event),
    }
}

fn ending_log(id: Value, event: &Event) -> Log {
    match event {
        Event::Fulfilled {
            prover,
            round,
            price,
            late_fee,
            bounty,
            fee,
            refund,
            delivery,
        } => Log::of_market(
            &format!(
                "Fulfilled(bytes32,address,uint32,uint128,uint128,uint128,uint128,uint128,{DELIVERY})"
            ),
            &[id, address(*prover)],
            &[
                number(*round),
                number(price.0),
                number(late_fee.0),
                number(bounty.0),
                number(fee.0),
                number(refund.0),
                delivery_value(delivery),
            ],
        ),
        Event::Defaulted {
            prover,
            round,
            burned,
            bounty,
            reward,
            caller,
        } => Log::of_market(
            "Defaulted(bytes32,address,uint32,uint128,uint128,uint128,address)",
            &[id, address(*prover)],
            &[
                number(*round),
                number(burned.0),
                number(bounty.0),
                number(reward.0),
                address(*caller),
            ],
        ),
        Event::RoundOpened { round, opened_at } => Log::of_market(
            "RoundOpened(bytes32,uint32,uint64)",
            &[id],
            &[number(*round), time(*opened_at)],
        ),
        Event::Cancelled { refund, burned }
        | Event::Expired { refund, burned }
        | Event::Voided { refund, burned } => Log::of_market(
            &format!("{}(bytes32,uint128,uint128)", event.name()),
            &[id],
            &[number(refund.0), number(burned.0)],
        ),
        Event::CallbackMade {
            consumer,
            succeeded,
        } => Log::of_market(
            "CallbackMade(bytes32,address,bool)",
            &[id, address(*consumer)],
            &[number(*succeeded)],
        ),
        _ => unreachable!("told by event_log"),
    }
}
