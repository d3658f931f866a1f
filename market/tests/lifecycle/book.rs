//! A small market for tests: models, accounts with money, requests, and what people do with them.

use assay_market::{
    Action, Address, Amount, Clock, Consent, Delivery, Effect, Event, Kind, Ledger, Listing,
    MarketError, ModelId, Moment, Offer, Params, Request, RequestId, Seconds, Status, Terms,
    Timestamp, Word, open,
};
use sha2::{Digest, Sha256};

/// Of a limit of 100,000 a default burns 50,000 at least, so the collateral is 100,000.
pub const PARAMS: Params = Params {
    min_bidding_window: Seconds(10),
    min_proving_window: Seconds(60),
    extension: Seconds(5),
    grace: Seconds(20),
    late_fee_bps: 1_000,
    burned_floor: Amount(2_500),
    burned_bps: 5_000,
    reward_cap: Amount(8_000),
};

/// When a test begins.
pub const START: Timestamp = Timestamp(1_800_000_000);

/// How many accounts there are: 0 and 1 request, 2 provides, 3 to 6 prove, 7 looks on.
pub const ACCOUNTS: usize = 8;

/// What the sole prover of model 1 asks.
pub const POSTED_PRICE: Amount = Amount(70_000);

/// The provider's fee for each model: open to all provers, one sole prover (account 3), deprecated.
pub const FEES: [Amount; 3] = [Amount(1_000), Amount(2_500), Amount(1_000)];

/// What each account starts with; the last one has too little for anything.
pub const DEPOSITS: [u128; ACCOUNTS] = [
    5_000_000, 3_000_000, 0, 400_000, 400_000, 400_000, 60_000, 100,
];

/// The bytes that every request has inline.
pub const INPUT: [u8; 3] = [1, 2, 3];

pub fn account(index: usize) -> Address {
    let mut bytes = [0; 20];
    bytes[18] = 0xA5;
    bytes[19] = u8::try_from(index + 1).expect("few accounts");
    Address(bytes)
}

pub fn request_id(index: usize) -> RequestId {
    let mut bytes = [0; 32];
    bytes[24..].copy_from_slice(&(index as u64 + 1).to_be_bytes());
    RequestId(bytes)
}

/// What somebody does; `request` and `round` may name nothing that exists.
#[derive(Debug, Clone)]
pub enum Op {
    Request {
        model: usize,
        kind: Kind,
        offer: Offer,
    },
    Bid {
        request: usize,
        round: u32,
        price: Amount,
    },
    Fulfill {
        request: usize,
        round: u32,
    },
    DeclareDefault {
        request: usize,
    },
    Cancel {
        request: usize,
    },
    Close {
        request: usize,
    },
}

/// The market of a test.
#[derive(Debug, Clone)]
pub struct Book {
    /// The chain's time.
    pub now: Timestamp,
    pub clock: Clock,
    pub tombstoned: bool,
    pub ledger: Ledger,
    pub requests: Vec<Request>,
    pub events: Vec<(usize, Event)>,
}

impl Book {
    pub fn new() -> Self {
        let mut ledger = Ledger::default();
        for (index, amount) in DEPOSITS.into_iter().enumerate() {
            ledger.deposit(account(index), Amount(amount));
            ledger.consent(account(index), Consent::UNLIMITED);
        }
        Self {
            now: START,
            clock: Clock::default(),
            tombstoned: false,
            ledger,
            requests: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Sets the chain's time to that many seconds after the start.
    pub fn at(&mut self, seconds: u64) -> &mut Self {
        self.now = START.after(Seconds(seconds));
        self
    }

    pub fn moment(&self) -> Moment {
        let (now, paused) = self.clock.at(self.now);
        Moment {
            now,
            paused,
            tombstoned: self.tombstoned,
        }
    }

    /// Does `op` as `caller`: all of it, or nothing.
    pub fn run(&mut self, caller: Address, op: &Op) -> Result<usize, MarketError> {
        let (index, request, effects) = match op {
            Op::Request { model, kind, offer } => {
                let index = self.requests.len();
                let (request, effects) = open(
                    request_id(index),
                    caller,
                    index as u64,
                    terms(*model, *kind, *offer),
                    INPUT.to_vec(),
                    false,
                    &listing(*model, *kind),
                    &PARAMS,
                    self.moment(),
                )?;
                (index, request, effects)
            }
            _ => {
                let (index, action) = action(caller, op);
                let (request, effects) =
                    self.requests[index].apply(&action, &PARAMS, self.moment())?;
                (index, request, effects)
            }
        };
        self.ledger.apply(&effects, self.now)?;
        if index == self.requests.len() {
            self.requests.push(request);
        } else {
            self.requests[index] = request;
        }
        for effect in effects {
            if let Effect::Emit(event) = effect {
                self.events.push((index, *event));
            }
        }
        Ok(index)
    }

    pub fn status(&self, index: usize) -> Status {
        self.requests[index].status(self.moment())
    }

    pub fn free(&self, index: usize) -> u128 {
        self.ledger.free_of(account(index)).0
    }

    pub fn locked(&self, index: usize) -> u128 {
        self.ledger.locked_of(account(index)).0
    }

    pub fn sink(&self) -> u128 {
        self.ledger.sink().0
    }
}

/// Limit 100,000: ceilings of 80,000, 90,000, 100,000. A bid in the first window is assigned at +30, overdue at +150,
/// in default from +170 on.
pub fn offer() -> Offer {
    Offer {
        first_ceiling: Amount(80_000),
        ceiling_step: Amount(10_000),
        max_price: Amount(100_000),
        instant_price: Amount::ZERO,
        max_fee: Amount(10_000),
        bidding_window: Seconds(30),
        proving_window: Seconds(120),
        expires_at: START.after(Seconds(2_000)),
    }
}

/// What the sole prover's model is requested at.
pub fn posted_offer() -> Offer {
    Offer {
        first_ceiling: POSTED_PRICE,
        ceiling_step: Amount::ZERO,
        max_price: POSTED_PRICE,
        instant_price: POSTED_PRICE,
        ..offer()
    }
}

pub fn delivery() -> Delivery {
    Delivery {
        output_digest: Word([1; 32]),
        result: [7, 0, 0],
        output_hash: sha256(&[7]),
        seal: vec![0; 256],
        output: vec![7],
    }
}

pub fn sha256(bytes: &[u8]) -> Word {
    Word(Sha256::digest(bytes).into())
}

pub fn terms(model: usize, kind: Kind, offer: Offer) -> Terms {
    Terms {
        model_id: ModelId([u8::try_from(model).expect("few models"); 32]),
        kind,
        input_private: false,
        output_private: false,
        input_digest: Word([3; 32]),
        input_hash: sha256(&INPUT),
        verifier_id: Word([4; 32]),
        offer,
        callback_gas: 0,
    }
}

/// Every model offers inferences only.
pub fn listing(model: usize, kind: Kind) -> Listing {
    Listing {
        provider: account(2),
        deprecated: model == 2,
        sole_prover: (model == 1).then(|| account(3)),
        proving_price: if model == 1 {
            POSTED_PRICE
        } else {
            Amount::ZERO
        },
        fee: FEES[model],
        header: 1 | u32::from(kind as u8) << 8,
        circuit: if kind == Kind::Inference {
            Word([5; 32])
        } else {
            Word::ZERO
        },
        commitment: Word([6; 32]),
        verifier: Address([9; 20]),
    }
}

fn action(caller: Address, op: &Op) -> (usize, Action) {
    match *op {
        Op::Request { .. } => unreachable!("a request is made, not acted on"),
        Op::Bid {
            request,
            round,
            price,
        } => (
            request,
            Action::Bid {
                prover: caller,
                round,
                price,
            },
        ),
        Op::Fulfill { request, round } => (
            request,
            Action::Fulfill {
                round,
                delivery: delivery(),
            },
        ),
        Op::DeclareDefault { request } => (request, Action::DeclareDefault { caller }),
        Op::Cancel { request } => (request, Action::Cancel { caller }),
        Op::Close { request } => (request, Action::Close { caller }),
    }
}

/// A request of account 0 on the open model.
pub fn requested(offer: Offer) -> Book {
    requested_of(0, offer)
}

pub fn requested_of(model: usize, offer: Offer) -> Book {
    let mut book = Book::new();
    let kind = Kind::Inference;
    book.run(account(0), &Op::Request { model, kind, offer })
        .unwrap();
    book
}

/// A request that account 4 bid 60,000 for, at second 0.
pub fn with_bid() -> Book {
    let mut book = requested(offer());
    bid(&mut book, 4, 60_000).unwrap();
    book
}

/// Bids on the first request's current round.
pub fn bid(book: &mut Book, prover: usize, price: u128) -> Result<usize, MarketError> {
    let round = book.requests[0].round;
    book.run(
        account(prover),
        &Op::Bid {
            request: 0,
            round,
            price: Amount(price),
        },
    )
}

/// Fulfills the first request in its current round.
pub fn fulfill(book: &mut Book) -> Result<usize, MarketError> {
    let round = book.requests[0].round;
    book.run(account(7), &Op::Fulfill { request: 0, round })
}

pub fn declare_default(book: &mut Book, caller: usize) -> Result<usize, MarketError> {
    book.run(account(caller), &Op::DeclareDefault { request: 0 })
}

pub fn cancel(book: &mut Book, caller: usize) -> Result<usize, MarketError> {
    book.run(account(caller), &Op::Cancel { request: 0 })
}

pub fn close(book: &mut Book, caller: usize) -> Result<usize, MarketError> {
    book.run(account(caller), &Op::Close { request: 0 })
}
