//! Random lives: a request never leaves its table of transitions, and no token is made or lost.

use std::collections::BTreeSet;

use assay_market::{Amount, Kind, LockKey, Offer, Request, Seconds, Status, Timestamp};
use proptest::prelude::*;

use crate::book::{ACCOUNTS, Book, Op, POSTED_PRICE, START, account, offer};

fn arb_offer() -> impl Strategy<Value = Offer> {
    let limit = prop_oneof![1u128..100_000, Just(POSTED_PRICE.0)];
    let times = (8u64..60, 55u64..300, 150u64..2_500);
    (limit, 0u128..100, 0u128..100, any::<bool>(), times).prop_map(
        |(limit, first, instant, posted, (bidding, proving, life))| {
            // Percent of the limit, and of the first ceiling.
            let first = if posted { limit } else { limit * first / 100 };
            let step = (limit - first).div_ceil(3);
            Offer {
                first_ceiling: Amount(first),
                ceiling_step: Amount(step),
                max_price: Amount(limit),
                instant_price: Amount(if posted { limit } else { first * instant / 200 }),
                bidding_window: Seconds(bidding),
                proving_window: Seconds(proving),
                expires_at: START.after(Seconds(life)),
                ..offer()
            }
        },
    )
}

fn arb_op() -> impl Strategy<Value = Op> {
    let kind = prop_oneof![19 => Just(Kind::Inference), 1 => Just(Kind::Accuracy)];
    let request = 0usize..4;
    prop_oneof![
        2 => (0usize..3, kind, arb_offer()).prop_map(|(model, kind, offer)| Op::Request { model, kind, offer }),
        8 => (request.clone(), 1u32..4, 0u128..100_000)
            .prop_map(|(request, round, price)| Op::Bid { request, round, price: Amount(price) }),
        2 => (request.clone(), 1u32..4).prop_map(|(request, round)| Op::Fulfill { request, round }),
        5 => request.clone().prop_map(|request| Op::DeclareDefault { request }),
        1 => request.clone().prop_map(|request| Op::Cancel { request }),
        2 => request.prop_map(|request| Op::Close { request }),
    ]
}

/// Whether an operation may take a request from one effective status to another.
fn in_table(op: &Op, before: Status, after: Status) -> bool {
    use Status::{Assigned, Cancelled, Expired, Fulfilled, Open, Overdue, Voided};
    match op {
        Op::Request { .. } => false,
        Op::Bid { .. } => matches!((before, after), (Open, Open | Assigned)),
        Op::Fulfill { .. } => matches!((before, after), (Assigned | Overdue, Fulfilled)),
        Op::DeclareDefault { .. } => matches!((before, after), (Overdue, Open | Expired)),
        Op::Cancel { .. } => matches!((before, after), (Open, Cancelled)),
        Op::Close { .. } => {
            matches!(
                (before, after),
                (Overdue | Expired, Expired) | (Voided, Voided)
            )
        }
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
        steps in prop::collection::vec((0u64..150, 0..ACCOUNTS, arb_op()), 1..80),
        tombstoned_after in 0usize..200,
    ) {
        let mut book = Book::new();
        let total = book.ledger.total();
        for (step, (seconds, caller, op)) in steps.into_iter().enumerate() {
            book.tombstoned = step > tombstoned_after;
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

/// Exactly the escrows of requests that have not ended are locked, the collateral of their best bids, and the bounties
/// of their earlier rounds.
fn check_locks(book: &Book) -> Result<(), TestCaseError> {
    let mut expected = BTreeSet::new();
    for request in book
        .requests
        .iter()
        .filter(|request| request.outcome.is_none())
    {
        expected.insert(LockKey::Escrow(request.id));
        let collaterals = request.round - u32::from(request.best.is_none());
        expected.extend((1..=collaterals).map(|round| LockKey::Collateral(request.id, round)));
    }
    prop_assert_eq!(book.ledger.open_locks().collect::<BTreeSet<_>>(), expected);
    Ok(())
}

/// Whoever folds the events arrives at the same state, whatever it began with.
fn check_fold(book: &Book) -> Result<(), TestCaseError> {
    for (index, expected) in book.requests.iter().enumerate() {
        let mut folded = Request::new(
            expected.id,
            account(7),
            99,
            expected.terms.clone(),
            expected.snapshot,
            Vec::new(),
            Timestamp(0),
        );
        for (_, event) in book.events.iter().filter(|(of, _)| *of == index) {
            folded.record(event);
        }
        prop_assert_eq!(&folded, expected);
    }
    Ok(())
}
