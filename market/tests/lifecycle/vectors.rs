//! `vectors/lifecycle.json`: some hundred operations with their outcomes. The forge tests run the same operations
//! against the contract, so that domain and contract cannot drift apart. `BLESS=1` writes the file anew.

use std::path::Path;

use assay_market::{Address, Amount, Kind, Offer, Seconds, Status, Timestamp};
use serde_json::{Value, json};

use crate::book::{
    ACCOUNTS, Book, DEPOSITS, FEES, MODELS, Op, PARAMS, POSTED_PRICE, START, account,
};

/// Operations in the file.
const STEPS: usize = 700;

/// Requests that operations choose from: the newest ones, so that most of them are alive.
const ALIVE: usize = 6;

/// The splitmix64 generator: the vectors must not change with a library's version.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

#[test]
fn lifecycle_vectors_are_current() {
    let fresh = lines(&generate(), "") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/lifecycle.json");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, fresh).expect("vectors are writable");
        return;
    }
    let committed = std::fs::read_to_string(&path).expect("market/vectors/lifecycle.json exists");
    assert!(
        committed == fresh,
        "market/vectors/lifecycle.json is stale: run with BLESS=1 and look at the difference"
    );
}

#[test]
fn lifecycle_vectors_reach_every_outcome() {
    let vectors = generate();
    let column = |name: &str| -> Vec<String> {
        let cells = vectors["steps"][name].as_array().expect("a column");
        cells
            .iter()
            .map(|cell| cell.as_str().map_or_else(|| cell.to_string(), Into::into))
            .collect()
    };
    let (ops, errors) = (column("op"), column("error"));
    for op in [
        "request",
        "bid",
        "fulfill",
        "declareDefault",
        "cancel",
        "close",
    ] {
        let done = ops
            .iter()
            .zip(&errors)
            .filter(|(name, error)| *name == op && error.is_empty())
            .count();
        assert!(done >= 3, "{op} succeeds {done} times");
    }
    for error in [
        "WrongStatus",
        "WrongRound",
        "ModelIsDeprecated",
        "VariantNotOffered",
        "FeeTooHigh",
        "InvalidMaxPrice",
        "InstantPriceTooHigh",
        "PriceNotPosted",
        "InvalidBiddingWindow",
        "InvalidProvingWindow",
        "InvalidExpiry",
        "ProverNotAdmitted",
        "ProverDefaulted",
        "BidTooHigh",
        "NoWindowFits",
        "NotRequester",
        "BidStands",
        "NotExpired",
        "InsufficientFree",
    ] {
        assert!(
            errors.iter().any(|got| got == error),
            "{error} never happens"
        );
    }
    for status in 1..=Status::ALL.len() {
        assert!(
            column("status").contains(&status.to_string()),
            "status {status} never happens"
        );
    }
}

/// JSON with one line for each leaf or column: a difference shows what changed, and the file stays small.
fn lines(value: &Value, indent: &str) -> String {
    let Value::Object(fields) = value else {
        return value.to_string();
    };
    let deeper = format!("{indent}  ");
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{deeper}{name:?}: {}", lines(value, &deeper)));
    format!("{{\n{}\n{indent}}}", fields.collect::<Vec<_>>().join(",\n"))
}

/// Runs the operations and records, column by column, what each one did: columns are what forge reads best.
fn generate() -> Value {
    let mut random = Random(20_261_122);
    let mut book = Book::new();
    let mut columns: serde_json::Map<String, Value> = serde_json::Map::new();
    let mut push = |name: &str, value: Value| {
        let column = columns.entry(name).or_insert_with(|| json!([]));
        column.as_array_mut().expect("a column").push(value);
    };
    for _ in 0..STEPS {
        book.now = next_time(&book, &mut random);
        let op = next_op(&book, &mut random);
        let caller = next_caller(&book, &op, &mut random);
        let outcome = book.run(account(caller), &op);
        let target = match &op {
            Op::Request { .. } => book.requests.len().wrapping_sub(1),
            other => target(other),
        };
        let failed_request = outcome.is_err() && matches!(op, Op::Request { .. });
        push("at", json!(book.now.0));
        push("caller", json!(account(caller).to_string()));
        push(
            "error",
            json!(outcome.as_ref().err().map_or("", |error| error.name())),
        );
        push(
            "status",
            json!(if failed_request {
                0
            } else {
                number(book.status(target))
            }),
        );
        push_op(&mut push, &op);
        for index in 0..ACCOUNTS {
            push("free", json!(book.free(index)));
            push("locked", json!(book.locked(index)));
        }
        push("sink", json!(book.ledger.sink().0));
    }
    let sole_provers = [Address::ZERO, account(3), Address::ZERO].map(|prover| prover.to_string());
    json!({
        "about": "random operations on a market and their outcomes; written by assay-market with BLESS=1. \
                  free and locked hold one value for each account and step, in this order: step * accounts + account",
        "params": {
            "minBiddingWindow": PARAMS.min_bidding_window,
            "minProvingWindow": PARAMS.min_proving_window,
            "collateralFloor": PARAMS.collateral_floor.0,
            "collateralBps": PARAMS.collateral_bps,
        },
        "start": START,
        "accounts": (0..ACCOUNTS).map(|index| account(index).to_string()).collect::<Vec<_>>(),
        "deposits": DEPOSITS,
        "models": {
            "provider": vec![account(2).to_string(); MODELS],
            "fee": FEES.map(|fee| fee.0),
            "soleProver": sole_provers,
            "provingPrice": [0, POSTED_PRICE.0, 0],
            "deprecated": [false, false, true],
        },
        "steps": columns,
    })
}

/// Every operation fills every column; what does not apply is zero.
fn push_op(push: &mut impl FnMut(&str, Value), op: &Op) {
    let none = Offer {
        max_price: Amount::ZERO,
        instant_price: Amount::ZERO,
        max_fee: Amount::ZERO,
        bidding_window: Seconds(0),
        proving_window: Seconds(0),
        expires_at: Timestamp(0),
    };
    let (name, request, round, price) = match op {
        Op::Request { .. } => ("request", 0, 0, 0),
        Op::Bid {
            request,
            round,
            price,
        } => ("bid", *request, *round, price.0),
        Op::Fulfill { request, round } => ("fulfill", *request, *round, 0),
        Op::DeclareDefault { request } => ("declareDefault", *request, 0, 0),
        Op::Cancel { request } => ("cancel", *request, 0, 0),
        Op::Close { request } => ("close", *request, 0, 0),
    };
    let (model, kind, offer) = match op {
        Op::Request { model, kind, offer } => (*model, *kind as u8, *offer),
        _ => (0, 0, none),
    };
    push("op", json!(name));
    push("request", json!(request));
    push("round", json!(round));
    push("price", json!(price));
    push("model", json!(model));
    push("kind", json!(kind));
    push("maxPrice", json!(offer.max_price.0));
    push("instantPrice", json!(offer.instant_price.0));
    push("maxFee", json!(offer.max_fee.0));
    push("biddingWindow", json!(offer.bidding_window));
    push("provingWindow", json!(offer.proving_window));
    push("expiresAt", json!(offer.expires_at));
}

/// Small steps, and steps to just before, on and just after the next deadline.
fn next_time(book: &Book, random: &mut Random) -> Timestamp {
    let soon = Timestamp(book.now.0 + random.below(4));
    if !random.one_in(9) {
        return soon;
    }
    let deadlines = book.requests.iter().rev().take(ALIVE).flat_map(|request| {
        let bidding = request.best.map(|best| best.bidding_deadline);
        let proving = request
            .effective_assignment(Timestamp(u64::MAX))
            .map(|a| a.proving_deadline);
        [bidding, proving, Some(request.terms.offer.expires_at)]
    });
    let ahead: Vec<u64> = deadlines
        .flatten()
        .map(|t| t.0)
        .filter(|t| *t > book.now.0 + 1)
        .collect();
    let Some(nearest) = ahead.iter().min() else {
        return soon;
    };
    Timestamp(nearest - 1 + random.below(3))
}

fn next_op(book: &Book, random: &mut Random) -> Op {
    let count = book.requests.len();
    let alive = book
        .requests
        .iter()
        .filter(|request| request.outcome.is_none())
        .count();
    if count == 0 || alive < 2 || (alive < ALIVE && random.one_in(6)) || random.one_in(20) {
        return next_request(book, random);
    }
    let living: Vec<usize> = (0..count)
        .filter(|index| book.requests[*index].outcome.is_none())
        .collect();
    let request = match living.len() {
        0 => count - 1,
        _ if random.one_in(8) => count - 1 - random.below(count.min(ALIVE) as u64) as usize,
        some => living[random.below(some as u64) as usize],
    };
    let target = &book.requests[request];
    let round = if random.one_in(20) {
        target.round + 1
    } else {
        target.round
    };
    let choice = match target.status(book.now) {
        _ if random.one_in(5) => random.below(16),
        Status::Open if random.one_in(12) => 13,
        Status::Open => 0,
        Status::Assigned if !random.one_in(3) => 8,
        Status::Overdue => 10 + random.below(6),
        Status::Expired if target.outcome.is_none() => 14,
        _ => random.below(16),
    };
    match choice {
        0..=7 => {
            let highest = target
                .highest_bid(book.now)
                .unwrap_or(target.terms.offer.max_price)
                .0;
            let price = match random.below(6) {
                0 => highest + 1,
                1 => highest,
                2 => highest / 2,
                _ => highest - u128::from(random.below(1 + (highest / 10) as u64)),
            };
            Op::Bid {
                request,
                round,
                price: Amount(price),
            }
        }
        8 | 9 => Op::Fulfill { request, round },
        10..=12 => Op::DeclareDefault { request },
        13 => Op::Cancel { request },
        _ => Op::Close { request },
    }
}

fn next_request(book: &Book, random: &mut Random) -> Op {
    let model = [0, 0, 0, 0, 0, 1, 1, 2][random.below(8) as usize];
    let max_price = match (model, random.below(12)) {
        (1, 2..) => POSTED_PRICE.0,
        (_, 0) => 0,
        _ => 100 + u128::from(random.below(60_000)),
    };
    let instant = match (model, random.below(8)) {
        (1, 1..) => max_price,
        (_, 0) => max_price + 1,
        (_, 1..4) => max_price / 2,
        _ => 0,
    };
    let bidding = if random.one_in(30) {
        9
    } else {
        10 + random.below(40)
    };
    let proving = if random.one_in(30) {
        59
    } else {
        60 + random.below(60)
    };
    let life = if random.one_in(30) {
        bidding + proving - 1
    } else {
        bidding + proving + random.below(250)
    };
    let offer = Offer {
        max_price: Amount(max_price),
        instant_price: Amount(instant),
        max_fee: Amount(if random.one_in(30) { 999 } else { 5_000 }),
        bidding_window: Seconds(bidding),
        proving_window: Seconds(proving),
        expires_at: book.now.after(Seconds(life)),
    };
    let kind = if random.one_in(20) {
        Kind::Accuracy
    } else {
        Kind::Inference
    };
    Op::Request { model, kind, offer }
}

/// Mostly who would do it, sometimes anybody.
fn next_caller(book: &Book, op: &Op, random: &mut Random) -> usize {
    if random.one_in(10) {
        return random.below(ACCOUNTS as u64) as usize;
    }
    match op {
        Op::Request { .. } => random.below(2) as usize,
        Op::Bid { request, .. } => match book.requests[*request].snapshot.sole_prover {
            Some(_) => 3,
            None => 3 + random.below(4) as usize,
        },
        Op::Cancel { request } => usize::from(book.requests[*request].requester != account(0)),
        _ => 2 + random.below(6) as usize,
    }
}

fn target(op: &Op) -> usize {
    match op {
        Op::Request { .. } => unreachable!("a request has no target yet"),
        Op::Bid { request, .. }
        | Op::Fulfill { request, .. }
        | Op::DeclareDefault { request }
        | Op::Cancel { request }
        | Op::Close { request } => *request,
    }
}

/// The contract's number of a status: its enum begins with `None`.
fn number(status: Status) -> usize {
    1 + Status::ALL
        .iter()
        .position(|other| *other == status)
        .expect("every status is listed")
}
