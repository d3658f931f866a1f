//! One test for each rule that can be broken, with the exact refusal; deadlines a second before, at and after.

use assay_market::params::{MAX_CALLBACK_GAS, MAX_LIFETIME};
use assay_market::{
    Amount, Kind, Listing, MarketError, Moment, Offer, Seconds, Status, Terms, Timestamp, Word,
    open,
};

use crate::book::{
    Book, INPUT, Op, PARAMS, POSTED_PRICE, START, account, bid, cancel, close, declare_default,
    delivery, fulfill, listing, offer, posted_offer, request_id, requested, requested_of, terms,
    with_bid,
};

const fn second(seconds: u64) -> Timestamp {
    START.after(Seconds(seconds))
}

fn wrong(got: Status) -> Result<usize, MarketError> {
    Err(MarketError::WrongStatus { got })
}

#[test]
fn bidding_ends_at_its_deadline() {
    for (at, status, bid_again) in [
        (29, Status::Open, Ok(0)),
        (30, Status::Assigned, wrong(Status::Assigned)),
        (31, Status::Assigned, wrong(Status::Assigned)),
    ] {
        let mut book = with_bid();
        book.at(at);
        assert_eq!(book.status(0), status, "{at}");
        assert_eq!(bid(&mut book, 3, 40_000), bid_again, "{at}");
    }
}

#[test]
fn proof_is_taken_from_assignment_on() {
    for (at, expected) in [(29, wrong(Status::Open)), (30, Ok(0)), (31, Ok(0))] {
        let mut book = with_bid();
        assert_eq!(fulfill(book.at(at)), expected, "{at}");
    }
}

#[test]
fn default_is_declared_from_the_end_of_grace_on() {
    let early = |now| {
        Err(MarketError::GraceNotOver {
            until: second(170),
            now: second(now),
        })
    };
    for (at, expected) in [
        (149, wrong(Status::Assigned)),
        (150, early(150)),
        (151, early(151)),
        (169, early(169)),
        (170, Ok(0)),
        (171, Ok(0)),
    ] {
        let mut book = with_bid();
        assert_eq!(declare_default(book.at(at), 7), expected, "{at}");
    }
}

#[test]
fn late_delivery_ends_with_the_default() {
    let mut book = with_bid();
    declare_default(book.at(170), 7).unwrap();
    let late = book.run(
        account(4),
        &Op::Fulfill {
            request: 0,
            round: 1,
        },
    );
    let refusal = MarketError::WrongRound {
        expected: 2,
        got: 1,
    };
    assert_eq!(late, Err(refusal));
}

#[test]
fn each_empty_window_raises_the_ceiling_up_to_the_limit() {
    for (at, ceiling, deadline) in [
        (29, 80_000, 35),
        (30, 90_000, 60),
        (31, 90_000, 60),
        (59, 90_000, 65),
        (60, 100_000, 90),
        (90, 100_000, 120),
        (1_000, 100_000, 1_020),
    ] {
        let mut book = requested(offer());
        book.at(at);
        assert_eq!(
            bid(&mut book, 3, ceiling + 1),
            Err(MarketError::BidTooHigh {
                highest: Amount(ceiling),
                got: Amount(ceiling + 1)
            })
        );
        assert_eq!(book.requests[0].ceiling(book.now), Amount(ceiling));
        bid(&mut book, 3, ceiling).unwrap();
        let best = book.requests[0].best.expect("there is a bid");
        assert_eq!(best.bidding_deadline, second(deadline), "{at}");
    }
}

#[test]
fn ceiling_begins_anew_in_another_round() {
    let mut book = requested(offer());
    bid(book.at(70), 4, 100_000).unwrap();
    declare_default(book.at(230), 7).unwrap();
    assert_eq!(book.requests[0].ceiling(book.now), Amount(80_000));
}

#[test]
fn bid_in_the_last_seconds_extends_bidding() {
    for (at, deadline, extensions) in [(24, 30, 0), (25, 35, 1), (26, 35, 1)] {
        let mut book = with_bid();
        bid(book.at(at), 3, 50_000).unwrap();
        let request = &book.requests[0];
        let best = request.best.expect("there is a bid");
        assert_eq!(
            (best.bidding_deadline, request.extensions),
            (second(deadline), extensions),
            "{at}"
        );
    }
}

#[test]
fn bidding_is_extended_five_times_in_a_round() {
    let mut book = with_bid();
    for (index, at) in [29, 34, 39, 44, 49, 54].into_iter().enumerate() {
        let price = 50_000 - 5_000 * index as u128;
        bid(book.at(at), 3 + index % 2, price).unwrap();
    }
    assert_eq!(book.requests[0].extensions, 5);
    assert_eq!(book.at(54).status(0), Status::Open);
    assert_eq!(book.at(55).status(0), Status::Assigned);
    declare_default(book.at(195), 7).unwrap();
    assert_eq!(book.requests[0].extensions, 0);
}

#[test]
fn first_bid_is_refused_where_a_round_does_not_fit() {
    // The second window ends at 60; five extensions, proving and grace end at 225.
    for (expires_at, fits) in [(224, false), (225, true), (226, true)] {
        let mut book = requested(Offer {
            expires_at: second(expires_at),
            ..offer()
        });
        let expected = if fits {
            Ok(0)
        } else {
            Err(MarketError::NoWindowFits {
                needed_until: second(225),
                expires_at: second(224),
            })
        };
        assert_eq!(bid(book.at(30), 3, 80_000), expected, "{expires_at}");
    }
}

#[test]
fn another_round_opens_where_it_fits() {
    // Declared at 170; a window, five extensions, proving and grace end at 365.
    for (expires_at, status) in [
        (364, Status::Expired),
        (365, Status::Open),
        (366, Status::Open),
    ] {
        let mut book = requested(Offer {
            expires_at: second(expires_at),
            ..offer()
        });
        bid(&mut book, 4, 60_000).unwrap();
        declare_default(book.at(170), 7).unwrap();
        assert_eq!(book.status(0), status, "{expires_at}");
    }
}

#[test]
fn bid_undercuts_by_two_percent_and_at_least_one_unit() {
    let mut book = requested(offer());
    let too_high = |highest, got| {
        Err(MarketError::BidTooHigh {
            highest: Amount(highest),
            got: Amount(got),
        })
    };
    bid(&mut book, 3, 80_000).unwrap();
    assert_eq!(bid(&mut book, 4, 78_401), too_high(78_400, 78_401));
    bid(&mut book, 4, 78_400).unwrap();
    bid(&mut book, 3, 40).unwrap();
    assert_eq!(bid(&mut book, 4, 40), too_high(39, 40));
    bid(&mut book, 4, 39).unwrap();
}

#[test]
fn highest_bid_is_what_a_bid_may_name() {
    let book = with_bid();
    let request = &book.requests[0];
    assert_eq!(
        request.highest_bid(&PARAMS, book.moment()),
        Ok(Amount(58_800))
    );
    let paused = Moment {
        paused: true,
        ..book.moment()
    };
    assert_eq!(
        request.highest_bid(&PARAMS, paused),
        Err(MarketError::MarketIsPaused)
    );
    assert_eq!(
        request.highest_bid(&PARAMS, Moment::at(second(30))),
        Err(MarketError::WrongStatus {
            got: Status::Assigned
        })
    );
}

#[test]
fn bid_and_proof_name_the_current_round() {
    let mut book = with_bid();
    let expected = Err(MarketError::WrongRound {
        expected: 1,
        got: 2,
    });
    let bid = Op::Bid {
        request: 0,
        round: 2,
        price: Amount(1),
    };
    assert_eq!(book.run(account(3), &bid), expected);
    let fulfill = Op::Fulfill {
        request: 0,
        round: 2,
    };
    assert_eq!(book.at(30).run(account(3), &fulfill), expected);
}

#[test]
fn defaulted_prover_does_not_bid_again() {
    let mut book = with_bid();
    declare_default(book.at(170), 7).unwrap();
    assert_eq!(
        bid(&mut book, 4, 50_000),
        Err(MarketError::ProverDefaulted(account(4)))
    );
}

#[test]
fn sole_prover_alone_bids_at_the_posted_price() {
    let mut book = requested_of(1, posted_offer());
    assert_eq!(
        bid(&mut book, 4, 1),
        Err(MarketError::ProverNotAdmitted {
            expected: account(3),
            got: account(4)
        })
    );
    bid(&mut book, 3, POSTED_PRICE.0).unwrap();
    assert_eq!(book.status(0), Status::Assigned);
}

#[test]
fn only_the_requester_cancels_and_only_while_no_bid_stands() {
    let mut book = requested(offer());
    assert_eq!(
        cancel(&mut book, 1),
        Err(MarketError::NotRequester {
            expected: account(0),
            got: account(1)
        })
    );
    bid(&mut book, 3, 50_000).unwrap();
    assert_eq!(
        cancel(&mut book, 0),
        Err(MarketError::BidStands(account(3)))
    );
    assert_eq!(cancel(book.at(30), 0), wrong(Status::Assigned));
}

#[test]
fn request_is_cancelled_until_it_expires() {
    for (at, expected) in [
        (1_999, Ok(0)),
        (2_000, wrong(Status::Expired)),
        (2_001, wrong(Status::Expired)),
    ] {
        let mut book = requested(offer());
        assert_eq!(cancel(book.at(at), 0), expected, "{at}");
    }
}

#[test]
fn request_is_closed_from_its_end_on_and_once() {
    for (at, expected) in [
        (
            1_999,
            Err(MarketError::NotExpired {
                expires_at: second(2_000),
                now: second(1_999),
            }),
        ),
        (2_000, Ok(0)),
        (2_001, Ok(0)),
    ] {
        let mut book = requested(offer());
        assert_eq!(close(book.at(at), 0), expected, "{at}");
    }
    let mut book = requested(offer());
    close(book.at(2_000), 0).unwrap();
    assert_eq!(close(&mut book, 0), wrong(Status::Expired));
}

#[test]
fn tombstone_leaves_nothing_but_closing() {
    let mut book = with_bid();
    book.tombstoned = true;
    let expected = wrong(Status::Voided);
    assert_eq!(bid(&mut book, 3, 1), expected);
    assert_eq!(cancel(&mut book, 0), expected);
    assert_eq!(fulfill(book.at(30)), expected);
    assert_eq!(declare_default(book.at(170), 7), expected);
    assert_eq!(close(&mut book, 7), Ok(0));
    assert_eq!(close(&mut book, 7), expected);
    let again = Op::Request {
        model: 0,
        kind: Kind::Inference,
        offer: offer(),
    };
    assert_eq!(
        book.run(account(0), &again),
        Err(MarketError::VerifierIsTombstoned(Word([4; 32])))
    );
}

#[test]
fn paused_market_takes_nothing_and_lets_go() {
    let refusal = Err(MarketError::MarketIsPaused);
    let mut book = with_bid();
    book.clock.pause(second(100)).unwrap();
    book.at(100);
    assert_eq!(bid(&mut book, 3, 1), refusal);
    assert_eq!(fulfill(&mut book), refusal);
    assert_eq!(declare_default(&mut book, 7), refusal);
    let request = Op::Request {
        model: 0,
        kind: Kind::Inference,
        offer: offer(),
    };
    assert_eq!(book.run(account(0), &request), refusal);
    let mut open = requested(offer());
    open.clock.pause(second(0)).unwrap();
    cancel(&mut open, 0).unwrap();
}

#[test]
fn paused_market_closes_what_expired_and_slashes_nobody() {
    let mut expired = requested(offer());
    expired.clock.pause(second(2_000)).unwrap();
    close(expired.at(2_500), 7).unwrap();

    let mut overdue = with_bid();
    overdue.clock.pause(second(2_000)).unwrap();
    let refusal = Err(MarketError::MarketIsPaused);
    assert_eq!(close(overdue.at(2_500), 7), refusal);
}

#[test]
fn pause_moves_every_deadline_by_its_length() {
    for (at, status) in [
        (1_149, Status::Assigned),
        (1_150, Status::Overdue),
        (1_151, Status::Overdue),
    ] {
        let mut book = with_bid();
        book.clock.pause(second(100)).unwrap();
        book.clock.unpause(second(1_100), true).unwrap();
        assert_eq!(book.at(at).status(0), status, "{at}");
    }
}

/// Changes the terms of a request that is fine otherwise and compares the refusal's name; none is "".
fn check_terms(model: usize, change: impl FnOnce(&mut Terms), expected: &str) {
    let base = if model == 1 { posted_offer() } else { offer() };
    let mut terms = terms(model, Kind::Inference, base);
    change(&mut terms);
    let listing = listing(model, Kind::Inference);
    check_open(terms, INPUT.to_vec(), false, &listing, expected);
}

fn check_open(terms: Terms, input: Vec<u8>, contract: bool, listing: &Listing, expected: &str) {
    let opened = open(
        request_id(0),
        account(0),
        0,
        terms,
        input,
        contract,
        listing,
        &PARAMS,
        Moment::at(START),
    );
    assert_eq!(opened.map_or_else(|error| error.name(), |_| ""), expected);
}

#[test]
fn model_must_have_what_is_asked_for() {
    check_terms(0, |_| {}, "");
    check_terms(1, |_| {}, "");
    check_terms(2, |_| {}, "ModelIsDeprecated");
    for kind in [Kind::Accuracy, Kind::WeightDelivery] {
        check_terms(0, |terms| terms.kind = kind, "KindNotSupported");
    }
    let listing = Listing {
        circuit: Word::ZERO,
        ..listing(0, Kind::Inference)
    };
    let terms = terms(0, Kind::Inference, offer());
    check_open(terms, INPUT.to_vec(), false, &listing, "VariantNotOffered");
}

#[test]
fn prices_must_fit_together() {
    let check = |first: u128, step: u128, limit: u128, instant: u128, expected| {
        let change = |terms: &mut Terms| {
            terms.offer.first_ceiling = Amount(first);
            terms.offer.ceiling_step = Amount(step);
            terms.offer.max_price = Amount(limit);
            terms.offer.instant_price = Amount(instant);
        };
        check_terms(0, change, expected);
    };
    check(1, 1, 2, 0, "");
    check(0, 1, 0, 0, "InvalidMaxPrice");
    check(1, 1, (1 << 88) - 1, 0, "");
    check(1, 1, 1 << 88, 0, "InvalidMaxPrice");
    check(0, 1, 2, 0, "InvalidCeiling");
    check(2, 0, 2, 0, "");
    check(2, 1, 2, 0, "InvalidCeiling");
    check(1, 0, 2, 0, "InvalidCeiling");
    check(3, 0, 2, 0, "InvalidCeiling");
    check(5, 1, 9, 5, "");
    check(5, 1, 9, 6, "InstantPriceTooHigh");
}

#[test]
fn fee_and_posted_price_are_the_listings() {
    let fee = |fee| move |terms: &mut Terms| terms.offer.max_fee = Amount(fee);
    check_terms(0, fee(1_000), "");
    check_terms(0, fee(999), "FeeTooHigh");
    for (limit, instant) in [(69_999, 69_999), (70_001, 70_001), (70_000, 69_999)] {
        let change = |terms: &mut Terms| {
            terms.offer.first_ceiling = Amount(limit);
            terms.offer.max_price = Amount(limit);
            terms.offer.instant_price = Amount(instant);
        };
        check_terms(1, change, "PriceNotPosted");
    }
}

#[test]
fn windows_and_end_have_limits() {
    let bidding = |seconds| move |terms: &mut Terms| terms.offer.bidding_window = Seconds(seconds);
    check_terms(0, bidding(9), "InvalidBiddingWindow");
    check_terms(0, bidding(10), "");
    check_terms(0, bidding(3_601), "InvalidBiddingWindow");
    let proving = |seconds| move |terms: &mut Terms| terms.offer.proving_window = Seconds(seconds);
    check_terms(0, proving(59), "InvalidProvingWindow");
    check_terms(0, proving(60), "");
    check_terms(0, proving(3 * 86_400 + 1), "InvalidProvingWindow");
    // Bidding, five extensions, proving and grace.
    let end = |seconds| move |terms: &mut Terms| terms.offer.expires_at = second(seconds);
    check_terms(0, end(194), "InvalidExpiry");
    check_terms(0, end(195), "");
    check_terms(0, end(196), "");
    check_terms(0, end(MAX_LIFETIME.0 - 1), "");
    check_terms(0, end(MAX_LIFETIME.0), "");
    check_terms(0, end(MAX_LIFETIME.0 + 1), "InvalidExpiry");
    check_terms(
        0,
        |terms| {
            terms.offer.bidding_window = Seconds(3_600);
            terms.offer.proving_window = Seconds(3 * 86_400);
            terms.offer.expires_at = second(MAX_LIFETIME.0);
        },
        "",
    );
}

#[test]
fn inline_bytes_are_few_public_and_those_of_the_hash() {
    let check = |input: Vec<u8>, private: bool, expected: &str| {
        let mut terms = terms(0, Kind::Inference, offer());
        terms.input_private = private;
        terms.input_hash = crate::book::sha256(&input);
        let listing = listing(0, Kind::Inference);
        check_open(terms, input, false, &listing, expected);
    };
    check(vec![0; 4_096], false, "");
    check(vec![0; 4_097], false, "InlineTooLong");
    check(vec![0], true, "InvalidInline");
    check(vec![], true, "");
    check_terms(0, |terms| terms.input_hash.0[31] ^= 1, "WrongHash");
    check_terms(
        0,
        |terms| terms.input_digest = Word([0xff; 32]),
        "NonCanonicalDigest",
    );
}

#[test]
fn output_bytes_are_those_of_the_hash() {
    let book = with_bid();
    let mut delivery = delivery();
    delivery.output_hash = Word([9; 32]);
    let action = assay_market::Action::Fulfill { round: 1, delivery };
    let refused = book.requests[0].apply(&action, &PARAMS, Moment::at(second(30)));
    assert_eq!(refused.expect_err("another hash").name(), "WrongHash");
}

#[test]
fn callback_goes_to_a_contract_and_has_a_limit() {
    let check = |gas, contract, expected| {
        let mut terms = terms(0, Kind::Inference, offer());
        terms.callback_gas = gas;
        let listing = listing(0, Kind::Inference);
        check_open(terms, INPUT.to_vec(), contract, &listing, expected);
    };
    check(0, false, "");
    check(1, false, "CallbackNeedsContract");
    check(MAX_CALLBACK_GAS, true, "");
    check(MAX_CALLBACK_GAS + 1, true, "CallbackGasTooHigh");
}

#[test]
fn whoever_lacks_the_money_neither_requests_nor_bids() {
    let mut book = requested(offer());
    assert_eq!(
        bid(&mut book, 6, 10),
        Err(MarketError::InsufficientFree {
            account: account(6),
            free: Amount(60_000),
            wanted: Amount(100_000)
        })
    );
    let request = Op::Request {
        model: 0,
        kind: Kind::Inference,
        offer: offer(),
    };
    let before = Book::clone(&book);
    assert_eq!(
        book.run(account(7), &request),
        Err(MarketError::InsufficientFree {
            account: account(7),
            free: Amount(100),
            wanted: Amount(101_000)
        })
    );
    assert_eq!(book.ledger, before.ledger);
}
