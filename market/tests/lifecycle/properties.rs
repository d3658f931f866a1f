//! Random lives: a request never leaves its table of transitions, and no token is made or lost.

use std::collections::BTreeSet;

use assay_market::{Amount, Kind, LockKey, Offer, Request, Seconds, Status};
use proptest::prelude::*;

use crate::book::{ACCOUNTS, Book, Op, POSTED_PRICE, account, offer};

fn arb_offer() -> impl Strategy<Value = Offer> {
    let price = prop_oneof![1u128..200_000, Just(POSTED_PRICE.0)];
    (
        price,
        0u128..200_000,
        any::<bool>(),
        5u64..60,
        50u64..300,
        100u64..2_000,
    )
        .prop_map(|(max_price, instant, posted, bidding, proving, life)| {
            let base = offer(max_price);
            Offer {
                instant_price: if posted {
                    base.max_price
                } else {
                    Amount(instant)
                },
                bidding_window: Seconds(bidding),
                proving_window: Seconds(proving),
                expires_at: crate::book::START.after(Seconds(life)),
                ..base
            }
        })
}

fn arb_op() -> impl Strategy<Value = Op> {
    let kind = prop_oneof![9 => Just(Kind::Inference), 1 => Just(Kind::Accuracy)];
    let request = 0usize..6;
    prop_oneof![
        2 => (0usize..3, kind, arb_offer()).prop_map(|(model, kind, offer)| Op::Request { model, kind, offer }),
        6 => (request.clone(), 1u32..4, 0u128..200_000)
            .prop_map(|(request, round, price)| Op::Bid { request, round, price: Amount(price) }),
        3 => (request.clone(), 1u32..4).prop_map(|(request, round)| Op::Fulfill { request, round }),
        3 => request.clone().prop_map(|request| Op::DeclareDefault { request }),
        1 => request.clone().prop_map(|request| Op::Cancel { request }),
        2 => request.prop_map(|request| Op::Close { request }),
    ]
}

/// Whether an operation may take a request from one effective status to another.
fn in_table(op: &Op, before: Status, after: Status) -> bool {
    use Status::{Assigned, Cancelled, Expired, Fulfilled, Open, Overdue};
    match op {
        Op::Request { .. } => false,
        Op::Bid { .. } => matches!((before, after), (Open, Open | Assigned)),
        Op::Fulfill { .. } => matches!((before, after), (Assigned, Fulfilled)),
        Op::DeclareDefault { .. } => matches!((before, after), (Overdue, Open | Expired)),
        Op::Cancel { .. } => matches!((before, after), (Open, Cancelled)),
        Op::Close { .. } => matches!((before, after), (Overdue | Expired, Expired)),
    }
}

/// Whether time alone may do it.
fn by_time(before: Status, after: Status) -> bool {
    use Status::{Assigned, Expired, Open, Overdue};
    before == after
        || matches!(
            (before, after),
            (Open, Assigned | Overdue | Expired) | (Assigned, Overdue)
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_lives_stay_in_their_table_and_conserve_money(
        steps in prop::collection::vec((0u64..120, 0..ACCOUNTS, arb_op()), 1..80)
    ) {
        let mut book = Book::new();
        let total = book.ledger.total();
        for (seconds, caller, op) in steps {
            if let Some(target) = target(&op) && target >= book.requests.len() {
                continue;
            }
            let earlier: Vec<Status> = (0..book.requests.len()).map(|index| book.status(index)).collect();
            book.now = book.now.after(Seconds(seconds));
            for (index, before) in earlier.into_iter().enumerate() {
                prop_assert!(by_time(before, book.status(index)));
            }
            let before = target(&op).map(|index| book.status(index));
            let unchanged = book.clone();
            match (book.run(account(caller), &op), before) {
                (Ok(index), Some(before)) => prop_assert!(in_table(&op, before, book.status(index))),
                (Ok(index), None) => prop_assert_eq!(book.status(index), Status::Open),
                (Err(_), _) => {
                    prop_assert_eq!(&book.ledger, &unchanged.ledger);
                    prop_assert_eq!(&book.requests, &unchanged.requests);
                }
            }
            prop_assert_eq!(book.ledger.total(), total);
            check_locks(&book)?;
        }
        check_fold(&book)?;
    }
}

fn target(op: &Op) -> Option<usize> {
    match op {
        Op::Request { .. } => None,
        Op::Bid { request, .. }
        | Op::Fulfill { request, .. }
        | Op::DeclareDefault { request }
        | Op::Cancel { request }
        | Op::Close { request } => Some(*request),
    }
}

/// Exactly the escrows of requests that have not ended are locked, and the collateral of their best bids.
fn check_locks(book: &Book) -> Result<(), TestCaseError> {
    let mut expected = BTreeSet::new();
    for request in book
        .requests
        .iter()
        .filter(|request| request.outcome.is_none())
    {
        expected.insert(LockKey::Escrow(request.id));
        if request.best.is_some() {
            expected.insert(LockKey::Collateral(request.id, request.bids));
        }
    }
    prop_assert_eq!(book.ledger.open_locks().collect::<BTreeSet<_>>(), expected);
    Ok(())
}

/// Whoever folds the events arrives at the same state.
fn check_fold(book: &Book) -> Result<(), TestCaseError> {
    for (index, expected) in book.requests.iter().enumerate() {
        let mut folded = Request::new(
            expected.id,
            expected.requester,
            expected.terms.clone(),
            expected.snapshot,
        );
        for (_, event) in book.events.iter().filter(|(of, _)| *of == index) {
            folded.record(event);
        }
        prop_assert_eq!(&folded, expected);
    }
    Ok(())
}
