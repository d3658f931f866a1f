//! Good lives first, then one test for each rule that can be broken, with the exact refusal.

use assay_market::{
    Amount, Kind, MarketError, Offer, Seconds, Status, Terms, Timestamp, Word, open,
};

use crate::book::{
    Book, DEPOSITS, FEES, Op, PARAMS, POSTED_PRICE, START, account, listing, offer, request_id,
    terms,
};

/// A request of account 0 on the open model, price limit 100,000: collateral 50,000.
fn requested() -> Book {
    requested_with(offer(100_000))
}

fn requested_with(offer: Offer) -> Book {
    let mut book = Book::new();
    book.run(
        account(0),
        &Op::Request {
            model: 0,
            kind: Kind::Inference,
            offer,
        },
    )
    .unwrap();
    book
}

fn bid(book: &mut Book, prover: usize, price: u128) -> Result<usize, MarketError> {
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

fn wait(book: &mut Book, seconds: u64) {
    book.now = book.now.after(Seconds(seconds));
}

/// Bidding at START, assigned at +30, overdue at +150.
fn assigned(price: u128) -> Book {
    let mut book = requested();
    bid(&mut book, 4, price).unwrap();
    wait(&mut book, 30);
    book
}

#[test]
fn fulfilled_request_pays_bid_and_fee_and_returns_the_rest() {
    let mut book = requested();
    assert_eq!(book.locked(0), 101_000);
    bid(&mut book, 3, 90_000).unwrap();
    bid(&mut book, 4, 60_000).unwrap();
    assert_eq!((book.locked(3), book.locked(4)), (0, 50_000));
    wait(&mut book, 30);
    assert_eq!(book.status(0), Status::Assigned);
    book.run(
        account(7),
        &Op::Fulfill {
            request: 0,
            round: 1,
        },
    )
    .unwrap();
    assert_eq!(book.status(0), Status::Fulfilled);
    assert_eq!(book.free(0), DEPOSITS[0] - 61_000);
    assert_eq!(book.free(2), FEES[0].0);
    assert_eq!(book.free(4), DEPOSITS[4] + 60_000);
    assert_eq!(book.ledger.open_locks().count(), 0);
}

#[test]
fn instant_bid_is_assigned_at_once_and_paid_its_own_price() {
    let mut book = requested_with(Offer {
        instant_price: Amount(50_000),
        ..offer(100_000)
    });
    bid(&mut book, 3, 90_000).unwrap();
    bid(&mut book, 4, 45_000).unwrap();
    assert_eq!(book.status(0), Status::Assigned);
    let assignment = book.requests[0].assignment.expect("written with the bid");
    assert_eq!(assignment.proving_deadline, START.after(Seconds(120)));
    assert_eq!(
        bid(&mut book, 3, 40_000),
        Err(MarketError::WrongStatus {
            got: Status::Assigned
        })
    );
    book.run(
        account(4),
        &Op::Fulfill {
            request: 0,
            round: 1,
        },
    )
    .unwrap();
    assert_eq!(book.free(4), DEPOSITS[4] + 45_000);
}

#[test]
fn default_burns_most_of_the_collateral_and_opens_another_round() {
    let mut book = assigned(60_000);
    wait(&mut book, 120);
    assert_eq!(book.status(0), Status::Overdue);
    book.run(account(7), &Op::DeclareDefault { request: 0 })
        .unwrap();
    assert_eq!((book.status(0), book.requests[0].round), (Status::Open, 2));
    assert_eq!(book.free(4), DEPOSITS[4] - 50_000);
    assert_eq!(book.free(7), DEPOSITS[7] + 5_000);
    assert_eq!(book.ledger.sink(), Amount(45_000));
    assert_eq!(book.locked(0), 101_000);
    assert_eq!(
        bid(&mut book, 4, 50_000),
        Err(MarketError::ProverDefaulted(account(4)))
    );
    bid(&mut book, 3, 100_000).unwrap();
    wait(&mut book, 30);
    book.run(
        account(3),
        &Op::Fulfill {
            request: 0,
            round: 2,
        },
    )
    .unwrap();
    assert_eq!(book.free(3), DEPOSITS[3] + 100_000);
}

#[test]
fn last_default_returns_limit_and_fee() {
    let mut book = requested();
    for (round, prover) in [(1, 3), (2, 4), (3, 5)] {
        assert_eq!(book.requests[0].round, round);
        bid(&mut book, prover, 80_000).unwrap();
        wait(&mut book, 150);
        book.run(account(7), &Op::DeclareDefault { request: 0 })
            .unwrap();
    }
    assert_eq!(book.status(0), Status::Expired);
    assert_eq!(book.free(0), DEPOSITS[0]);
    assert_eq!(book.ledger.open_locks().count(), 0);
}

#[test]
fn cancelled_request_returns_limit_and_fee() {
    let mut book = requested();
    book.run(account(0), &Op::Cancel { request: 0 }).unwrap();
    assert_eq!(
        (book.status(0), book.free(0)),
        (Status::Cancelled, DEPOSITS[0])
    );
}

#[test]
fn expired_request_is_closed_by_anyone_and_returns_limit_and_fee() {
    let mut book = requested();
    wait(&mut book, 2_000);
    assert_eq!(book.status(0), Status::Expired);
    book.run(account(7), &Op::Close { request: 0 }).unwrap();
    assert_eq!((book.free(0), book.free(7)), (DEPOSITS[0], DEPOSITS[7]));
}

#[test]
fn closing_an_overdue_request_slashes_and_returns_limit_and_fee() {
    let mut book = requested();
    wait(&mut book, 1_850);
    bid(&mut book, 3, 90_000).unwrap();
    wait(&mut book, 150);
    assert_eq!(book.status(0), Status::Overdue);
    book.run(account(7), &Op::Close { request: 0 }).unwrap();
    assert_eq!(
        (book.status(0), book.free(0)),
        (Status::Expired, DEPOSITS[0])
    );
    assert_eq!(
        (book.free(3), book.free(7)),
        (DEPOSITS[3] - 50_000, DEPOSITS[7] + 5_000)
    );
    assert_eq!(book.ledger.sink(), Amount(45_000));
}

#[test]
fn requester_who_reports_a_default_gets_nothing_of_the_collateral() {
    let mut book = requested();
    wait(&mut book, 1_850);
    bid(&mut book, 3, 90_000).unwrap();
    wait(&mut book, 150);
    book.run(account(0), &Op::Close { request: 0 }).unwrap();
    assert_eq!(book.free(0), DEPOSITS[0]);
    assert_eq!(book.free(3), DEPOSITS[3] - 50_000);
    assert_eq!(book.ledger.sink(), Amount(50_000));
}

#[test]
fn windows_are_half_open() {
    let mut book = requested();
    wait(&mut book, 29);
    bid(&mut book, 3, 90_000).unwrap();
    assert_eq!(book.status(0), Status::Open);
    wait(&mut book, 1);
    assert_eq!(book.status(0), Status::Assigned);
    assert_eq!(
        bid(&mut book, 4, 50_000),
        Err(MarketError::WrongStatus {
            got: Status::Assigned
        })
    );
    wait(&mut book, 119);
    assert_eq!(book.status(0), Status::Assigned);
    let early = book
        .clone()
        .run(account(7), &Op::DeclareDefault { request: 0 });
    assert_eq!(
        early,
        Err(MarketError::WrongStatus {
            got: Status::Assigned
        })
    );
    wait(&mut book, 1);
    let late = book.run(
        account(3),
        &Op::Fulfill {
            request: 0,
            round: 1,
        },
    );
    assert_eq!(
        late,
        Err(MarketError::WrongStatus {
            got: Status::Overdue
        })
    );
}

#[test]
fn a_window_without_bids_is_followed_by_another_one() {
    let mut book = requested();
    wait(&mut book, 45);
    bid(&mut book, 3, 90_000).unwrap();
    let best = book.requests[0].best.expect("there is a bid");
    assert_eq!(best.bidding_deadline, START.after(Seconds(60)));
}

#[test]
fn first_bid_is_refused_where_proving_would_not_fit() {
    let mut book = requested();
    wait(&mut book, 1_860);
    let refusal = MarketError::NoWindowFits {
        needed_until: START.after(Seconds(1_890 + 120)),
        expires_at: START.after(Seconds(2_000)),
    };
    assert_eq!(bid(&mut book, 3, 90_000), Err(refusal));
}

#[test]
fn bid_undercuts_by_two_percent_and_at_least_one_unit() {
    let mut book = requested();
    assert_eq!(
        bid(&mut book, 3, 100_001),
        Err(MarketError::BidTooHigh {
            highest: Amount(100_000),
            got: Amount(100_001)
        })
    );
    bid(&mut book, 3, 100_000).unwrap();
    assert_eq!(
        bid(&mut book, 4, 98_001),
        Err(MarketError::BidTooHigh {
            highest: Amount(98_000),
            got: Amount(98_001)
        })
    );
    bid(&mut book, 4, 40).unwrap();
    assert_eq!(
        bid(&mut book, 3, 40),
        Err(MarketError::BidTooHigh {
            highest: Amount(39),
            got: Amount(40)
        })
    );
    bid(&mut book, 3, 39).unwrap();
}

#[test]
fn bid_names_its_round_and_needs_collateral() {
    let mut book = requested();
    let wrong = book.run(
        account(3),
        &Op::Bid {
            request: 0,
            round: 2,
            price: Amount(1),
        },
    );
    assert_eq!(
        wrong,
        Err(MarketError::WrongRound {
            expected: 1,
            got: 2
        })
    );
    assert_eq!(
        bid(&mut book, 7, 10),
        Err(MarketError::InsufficientFree {
            account: account(7),
            free: Amount(100),
            wanted: Amount(50_000)
        })
    );
}

#[test]
fn sole_prover_alone_bids_at_the_posted_price() {
    let mut book = Book::new();
    let posted = Offer {
        instant_price: POSTED_PRICE,
        ..offer(POSTED_PRICE.0)
    };
    book.run(
        account(0),
        &Op::Request {
            model: 1,
            kind: Kind::Inference,
            offer: posted,
        },
    )
    .unwrap();
    assert_eq!(
        bid(&mut book, 4, 1),
        Err(MarketError::ProverNotAdmitted {
            expected: account(3),
            got: account(4)
        })
    );
    bid(&mut book, 3, POSTED_PRICE.0).unwrap();
    assert_eq!(book.status(0), Status::Assigned);
    let cheaper = Op::Request {
        model: 1,
        kind: Kind::Inference,
        offer: offer(POSTED_PRICE.0),
    };
    assert_eq!(
        book.run(account(0), &cheaper),
        Err(MarketError::PriceNotPosted {
            expected: POSTED_PRICE,
            got: Amount::ZERO
        })
    );
}

#[test]
fn only_the_requester_cancels_and_only_without_a_bid() {
    let mut book = requested();
    let cancel = Op::Cancel { request: 0 };
    assert_eq!(
        book.run(account(1), &cancel),
        Err(MarketError::NotRequester {
            expected: account(0),
            got: account(1)
        })
    );
    bid(&mut book, 3, 50_000).unwrap();
    assert_eq!(
        book.run(account(0), &cancel),
        Err(MarketError::BidStands(account(3)))
    );
}

#[test]
fn request_is_not_closed_early_or_twice() {
    let mut book = requested();
    let close = Op::Close { request: 0 };
    let expires_at = START.after(Seconds(2_000));
    assert_eq!(
        book.run(account(0), &close),
        Err(MarketError::NotExpired {
            expires_at,
            now: START
        })
    );
    wait(&mut book, 2_000);
    book.run(account(0), &close).unwrap();
    assert_eq!(
        book.run(account(0), &close),
        Err(MarketError::WrongStatus {
            got: Status::Expired
        })
    );
}

#[test]
fn terms_outside_their_limits_are_refused() {
    let ok = offer(100_000);
    let cases: [(usize, Kind, Offer, &str); 10] = [
        (2, Kind::Inference, ok, "ModelIsDeprecated"),
        (0, Kind::Accuracy, ok, "VariantNotOffered"),
        (0, Kind::Inference, offer(0), "InvalidMaxPrice"),
        (0, Kind::Inference, offer(1 << 88), "InvalidMaxPrice"),
        (
            0,
            Kind::Inference,
            Offer {
                instant_price: Amount(100_001),
                ..ok
            },
            "InstantPriceTooHigh",
        ),
        (
            0,
            Kind::Inference,
            Offer {
                max_fee: Amount(999),
                ..ok
            },
            "FeeTooHigh",
        ),
        (
            0,
            Kind::Inference,
            Offer {
                bidding_window: Seconds(9),
                ..ok
            },
            "InvalidBiddingWindow",
        ),
        (
            0,
            Kind::Inference,
            Offer {
                proving_window: Seconds(59),
                ..ok
            },
            "InvalidProvingWindow",
        ),
        (
            0,
            Kind::Inference,
            Offer {
                expires_at: START.after(Seconds(149)),
                ..ok
            },
            "InvalidExpiry",
        ),
        (
            0,
            Kind::Inference,
            Offer {
                expires_at: Timestamp(u64::MAX),
                ..ok
            },
            "InvalidExpiry",
        ),
    ];
    for (model, kind, offer, expected) in cases {
        let refusal = Book::new().run(account(0), &Op::Request { model, kind, offer });
        assert_eq!(refusal.expect_err(expected).name(), expected);
    }
}

#[test]
fn input_is_canonical_and_inline_only_when_public_and_small() {
    let check = |change: fn(&mut Terms), expected: &str| {
        let mut terms = terms(0, Kind::Inference, offer(100_000));
        change(&mut terms);
        let listing = listing(0, Kind::Inference);
        let opened = open(
            request_id(0),
            account(0),
            0,
            terms,
            &listing,
            &PARAMS,
            START,
        );
        assert_eq!(opened.map_or_else(|error| error.name(), |_| ""), expected);
    };
    check(|_| {}, "");
    check(|terms| terms.inline_input = vec![0; 4_096], "");
    check(|terms| terms.inline_input = vec![0; 4_097], "InlineTooLong");
    check(|terms| terms.input_private = true, "InvalidInline");
    check(|terms| terms.input_blob = Word([1; 32]), "InvalidInline");
    check(
        |terms| terms.input_digest = Word([0xff; 32]),
        "NonCanonicalDigest",
    );
}
