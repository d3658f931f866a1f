//! Good lives: what each exit pays, to whom.

use assay_market::{Amount, Event, Offer, Outcome, Status};

use crate::book::{
    DEPOSITS, FEES, account, bid, cancel, close, declare_default, fulfill, offer, posted_offer,
    requested, requested_of, with_bid,
};

#[test]
fn fulfilled_request_pays_bid_and_fee_and_returns_the_rest() {
    let mut book = requested(offer());
    assert_eq!(book.locked(0), 101_000);
    bid(&mut book, 3, 80_000).unwrap();
    bid(&mut book, 4, 60_000).unwrap();
    assert_eq!((book.locked(3), book.locked(4)), (0, 100_000));
    book.at(30);
    assert_eq!(book.status(0), Status::Assigned);
    fulfill(&mut book).unwrap();
    assert_eq!(book.status(0), Status::Fulfilled);
    assert_eq!(book.free(0), DEPOSITS[0] - 61_000);
    assert_eq!(book.free(2), FEES[0].0);
    assert_eq!(book.free(4), DEPOSITS[4] + 60_000);
    assert_eq!(book.ledger.open_locks().count(), 0);
}

#[test]
fn instant_bid_is_assigned_at_once_and_paid_its_own_price() {
    let mut book = requested(Offer {
        instant_price: Amount(50_000),
        ..offer()
    });
    bid(&mut book, 3, 50_001).unwrap();
    assert_eq!(book.status(0), Status::Open);
    book.at(7);
    bid(&mut book, 4, 45_000).unwrap();
    assert_eq!(book.status(0), Status::Assigned);
    let assignment = book.requests[0].assignment.expect("written with the bid");
    assert_eq!(assignment.assigned_at, book.now);
    fulfill(&mut book).unwrap();
    assert_eq!(book.free(4), DEPOSITS[4] + 45_000);
}

#[test]
fn late_proof_costs_its_prover_a_share_that_goes_back_to_the_requester() {
    for (second, late_fee) in [(149, 0), (150, 6_000), (151, 6_000), (10_000, 6_000)] {
        let mut book = with_bid();
        book.at(second);
        fulfill(&mut book).unwrap();
        assert_eq!(book.free(4), DEPOSITS[4] + 60_000 - late_fee, "{second}");
        assert_eq!(book.free(0), DEPOSITS[0] - 61_000 + late_fee, "{second}");
        assert_eq!(book.free(2), FEES[0].0);
        let Some(Outcome::Fulfilled(fulfillment)) = book.requests[0].outcome else {
            panic!("fulfilled");
        };
        assert_eq!(fulfillment.late_fee, Amount(late_fee));
    }
}

#[test]
fn late_fee_is_rounded_up() {
    let mut book = requested(offer());
    bid(&mut book, 4, 11).unwrap();
    book.at(150);
    fulfill(&mut book).unwrap();
    assert_eq!(book.free(4), DEPOSITS[4] + 9);
}

#[test]
fn default_opens_another_round_and_leaves_a_bounty_for_whoever_fulfills() {
    let mut book = with_bid();
    book.at(170);
    assert_eq!(book.status(0), Status::Overdue);
    declare_default(&mut book, 7).unwrap();
    assert_eq!((book.status(0), book.requests[0].round), (Status::Open, 2));
    // 100,000 at stake: 40,000 wait, a tenth is more than the reward's cap of 8,000, the rest is burned.
    assert_eq!(book.free(4), DEPOSITS[4] - 100_000);
    assert_eq!(
        (book.locked(4), book.free(7)),
        (40_000, DEPOSITS[7] + 8_000)
    );
    assert_eq!(book.sink(), 52_000);
    assert_eq!(book.requests[0].bounty(), Amount(40_000));
    assert_eq!(book.locked(0), 101_000);
    bid(&mut book, 3, 80_000).unwrap();
    book.at(200);
    fulfill(&mut book).unwrap();
    assert_eq!(book.free(3), DEPOSITS[3] + 80_000 + 40_000);
    assert_eq!(book.free(0), DEPOSITS[0] - 81_000);
    assert_eq!(book.ledger.open_locks().count(), 0);
}

#[test]
fn bounties_of_all_earlier_rounds_wait_for_whoever_fulfills() {
    let mut book = requested(offer());
    for (prover, second) in [(3, 170), (4, 340)] {
        bid(&mut book, prover, 80_000).unwrap();
        book.at(second);
        declare_default(&mut book, 7).unwrap();
    }
    bid(&mut book, 5, 80_000).unwrap();
    book.at(400);
    fulfill(&mut book).unwrap();
    assert_eq!(book.free(5), DEPOSITS[5] + 80_000 + 80_000);
}

#[test]
fn last_default_returns_limit_and_fee_and_burns_the_bounties() {
    let mut book = requested(offer());
    for (round, prover) in [(1, 3), (2, 4), (3, 5)] {
        assert_eq!(book.requests[0].round, round);
        bid(&mut book, prover, 80_000).unwrap();
        book.at(170 * u64::from(round));
        declare_default(&mut book, 7).unwrap();
    }
    assert_eq!(book.status(0), Status::Expired);
    assert_eq!(book.free(0), DEPOSITS[0]);
    assert_eq!(book.sink(), 3 * 92_000);
    assert_eq!(book.ledger.open_locks().count(), 0);
}

#[test]
fn requester_who_reports_a_default_gets_nothing_of_the_collateral() {
    let mut book = with_bid();
    book.at(170);
    declare_default(&mut book, 0).unwrap();
    assert_eq!(
        (book.free(0), book.locked(0)),
        (DEPOSITS[0] - 101_000, 101_000)
    );
    assert_eq!(book.sink(), 60_000);
}

#[test]
fn default_of_the_sole_prover_ends_the_request() {
    let mut book = requested_of(1, posted_offer());
    bid(&mut book, 3, 70_000).unwrap();
    book.at(140);
    declare_default(&mut book, 7).unwrap();
    assert_eq!(book.status(0), Status::Expired);
    assert_eq!(book.free(0), DEPOSITS[0]);
    // 70,000 at stake, nobody who could earn a bounty.
    assert_eq!((book.free(7), book.sink()), (DEPOSITS[7] + 7_000, 63_000));
}

#[test]
fn cancelled_request_returns_limit_and_fee() {
    let mut book = requested(offer());
    cancel(&mut book, 0).unwrap();
    assert_eq!(
        (book.status(0), book.free(0)),
        (Status::Cancelled, DEPOSITS[0])
    );
}

#[test]
fn request_cancelled_after_a_default_burns_the_bounty() {
    let mut book = with_bid();
    book.at(170);
    declare_default(&mut book, 7).unwrap();
    cancel(&mut book, 0).unwrap();
    let (_, event) = book.events.last().expect("an event");
    assert_eq!(
        event,
        &Event::Cancelled {
            refund: Amount(101_000),
            burned: Amount(40_000)
        }
    );
    assert_eq!((book.free(0), book.sink()), (DEPOSITS[0], 92_000));
    assert_eq!(book.ledger.open_locks().count(), 0);
}

#[test]
fn expired_request_is_closed_by_anyone_and_returns_limit_and_fee() {
    let mut book = requested(offer());
    book.at(2_000);
    assert_eq!(book.status(0), Status::Expired);
    close(&mut book, 7).unwrap();
    assert_eq!((book.free(0), book.free(7)), (DEPOSITS[0], DEPOSITS[7]));
}

#[test]
fn closing_an_overdue_request_slashes_and_returns_limit_and_fee() {
    let mut book = with_bid();
    book.at(2_000);
    assert_eq!(book.status(0), Status::Overdue);
    close(&mut book, 7).unwrap();
    assert_eq!(
        (book.status(0), book.free(0)),
        (Status::Expired, DEPOSITS[0])
    );
    assert_eq!(
        (book.free(4), book.free(7)),
        (DEPOSITS[4] - 100_000, DEPOSITS[7] + 8_000)
    );
    assert_eq!(book.sink(), 92_000);
}

#[test]
fn tombstone_gives_everybody_back_what_they_put_in() {
    let mut book = with_bid();
    book.tombstoned = true;
    assert_eq!(book.status(0), Status::Voided);
    close(&mut book, 7).unwrap();
    assert_eq!((book.free(0), book.free(4)), (DEPOSITS[0], DEPOSITS[4]));
    assert_eq!(book.ledger.open_locks().count(), 0);
    book.tombstoned = false;
    assert_eq!(book.status(0), Status::Voided);
}

#[test]
fn tombstone_spares_an_overdue_prover_and_burns_earlier_bounties() {
    let mut book = with_bid();
    book.at(170);
    declare_default(&mut book, 7).unwrap();
    bid(&mut book, 3, 80_000).unwrap();
    book.at(1_000);
    book.tombstoned = true;
    close(&mut book, 7).unwrap();
    assert_eq!(book.free(3), DEPOSITS[3]);
    assert_eq!((book.free(0), book.sink()), (DEPOSITS[0], 92_000));
}

#[test]
fn callback_changes_nothing() {
    let book = with_bid();
    let mut request = book.requests[0].clone();
    request.record(&Event::CallbackMade {
        consumer: account(0),
        succeeded: false,
    });
    assert_eq!(request, book.requests[0]);
}
