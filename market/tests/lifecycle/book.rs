//! A small market for tests: models, accounts with money, requests, and the operations that the vectors record.

use assay_market::{
    Action, Address, Amount, Delivery, Effect, Event, Kind, Ledger, Listing, MarketError, ModelId,
    Offer, Params, Request, RequestId, Seconds, Status, Terms, Timestamp, Word, open,
};

/// Parameters of the deployed market that the vectors are for.
pub const PARAMS: Params = Params {
    min_bidding_window: Seconds(10),
    min_proving_window: Seconds(60),
    collateral_floor: Amount(5_000),
    collateral_bps: 5_000,
};

/// When a test begins.
pub const START: Timestamp = Timestamp(1_800_000_000);

/// How many accounts there are: 0 and 1 request, 2 provides, 3 to 6 prove, 7 looks on.
pub const ACCOUNTS: usize = 8;

/// Models: open to all provers, one sole prover (account 3) at a posted price, deprecated.
pub const MODELS: usize = 3;

/// What the sole prover of model 1 asks.
pub const POSTED_PRICE: Amount = Amount(70_000);

/// The provider's fee for each model.
pub const FEES: [Amount; MODELS] = [Amount(1_000), Amount(2_500), Amount(1_000)];

/// What each account starts with; the last one has too little for anything.
pub const DEPOSITS: [u128; ACCOUNTS] = [
    5_000_000, 3_000_000, 0, 400_000, 400_000, 200_000, 60_000, 100,
];

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
    pub now: Timestamp,
    pub ledger: Ledger,
    pub requests: Vec<Request>,
    pub events: Vec<(usize, Event)>,
}

impl Book {
    pub fn new() -> Self {
        let mut ledger = Ledger::default();
        for (index, amount) in DEPOSITS.into_iter().enumerate() {
            ledger.deposit(account(index), Amount(amount));
        }
        Self {
            now: START,
            ledger,
            requests: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Does `op` as `caller`: all of it, or nothing.
    pub fn run(&mut self, caller: Address, op: &Op) -> Result<usize, MarketError> {
        let (index, request, effects) = match op {
            Op::Request { model, kind, offer } => {
                let index = self.requests.len();
                let terms = terms(*model, *kind, *offer);
                let (request, effects) = open(
                    request_id(index),
                    caller,
                    index as u64,
                    terms,
                    &listing(*model, *kind),
                    &PARAMS,
                    self.now,
                )?;
                (index, request, effects)
            }
            _ => {
                let (index, action) = action(caller, op);
                let (request, effects) = self.requests[index].apply(&action, self.now)?;
                (index, request, effects)
            }
        };
        self.ledger.apply(&effects)?;
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
        self.requests[index].status(self.now)
    }

    pub fn free(&self, index: usize) -> u128 {
        self.ledger.free_of(account(index)).0
    }

    pub fn locked(&self, index: usize) -> u128 {
        self.ledger.locked_of(account(index)).0
    }
}

pub fn offer(max_price: u128) -> Offer {
    Offer {
        max_price: Amount(max_price),
        instant_price: Amount::ZERO,
        max_fee: Amount(10_000),
        bidding_window: Seconds(30),
        proving_window: Seconds(120),
        expires_at: START.after(Seconds(2_000)),
    }
}

pub fn delivery() -> Delivery {
    Delivery {
        output_digest: Word([1; 32]),
        result: [7, 0, 0],
        output_blob: Word::ZERO,
        seal: vec![0; 256],
        output: vec![7],
    }
}

pub fn terms(model: usize, kind: Kind, offer: Offer) -> Terms {
    Terms {
        model_id: ModelId([u8::try_from(model).expect("few models"); 32]),
        kind,
        input_private: false,
        output_private: false,
        input_digest: Word([3; 32]),
        input_blob: Word::ZERO,
        inline_input: vec![1, 2, 3],
        verifier_id: Word([4; 32]),
        offer,
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
