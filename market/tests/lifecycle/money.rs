//! What the market may take of an account: consent, its use, and the daily limit.

use assay_market::{
    Address, Amount, Consent, Effect, Ledger, LockKey, MarketError, Payee, RequestId, Timestamp,
};

const ALICE: Address = Address([1; 20]);
const BOB: Address = Address([2; 20]);
/// The last second of a day.
const EVENING: Timestamp = Timestamp(20_000 * 86_400 - 1);
const MORNING: Timestamp = Timestamp(20_000 * 86_400);

fn ledger(daily_limit: u128, allowance: u128) -> Ledger {
    let mut ledger = Ledger::new(Amount(daily_limit));
    for account in [ALICE, BOB] {
        ledger.deposit(account, Amount(1_000));
        ledger.consent(account, Amount(allowance));
    }
    ledger
}

fn key(number: u8) -> LockKey {
    LockKey::Escrow(RequestId([number; 32]))
}

fn lock(number: u8, account: Address, amount: u128) -> Effect {
    Effect::Lock {
        key: key(number),
        account,
        amount: Amount(amount),
    }
}

fn exceeded(allowance: u128, wanted: u128) -> Result<(), MarketError> {
    Err(MarketError::AllowanceExceeded {
        account: ALICE,
        allowance: Amount(allowance),
        wanted: Amount(wanted),
    })
}

#[test]
fn market_takes_as_much_as_was_consented_to() {
    for (amount, expected) in [(299, Ok(())), (300, Ok(())), (301, exceeded(300, 301))] {
        let mut ledger = ledger(u128::MAX, 300);
        assert_eq!(ledger.apply(&[lock(1, ALICE, amount)], EVENING), expected);
    }
}

#[test]
fn what_is_freed_or_paid_back_counts_no_more_and_what_is_paid_away_does() {
    let mut ledger = ledger(u128::MAX, 300);
    ledger.apply(&[lock(1, ALICE, 300)], EVENING).unwrap();
    let release = Effect::Release { key: key(1) };
    ledger.apply(&[release], EVENING).unwrap();
    assert_eq!(ledger.consent_of(ALICE).used, Amount::ZERO);

    ledger.apply(&[lock(2, ALICE, 300)], EVENING).unwrap();
    let settle = Effect::Settle {
        key: key(2),
        payments: vec![
            (Payee::Account(BOB), Amount(200)),
            (Payee::Account(ALICE), Amount(60)),
            (Payee::Sink, Amount(40)),
        ],
    };
    ledger.apply(&[settle], EVENING).unwrap();
    assert_eq!(ledger.consent_of(ALICE).used, Amount(240));
    assert_eq!(
        ledger.apply(&[lock(3, ALICE, 61)], EVENING),
        exceeded(300, 301)
    );
    ledger.apply(&[lock(3, ALICE, 60)], EVENING).unwrap();
}

#[test]
fn ended_consent_leaves_what_is_locked_and_locks_nothing_more() {
    let mut ledger = ledger(u128::MAX, 300);
    ledger.apply(&[lock(1, ALICE, 100)], EVENING).unwrap();
    ledger.consent(ALICE, Amount::ZERO);
    assert_eq!(
        ledger.apply(&[lock(2, ALICE, 1)], EVENING),
        exceeded(0, 101)
    );
    let release = Effect::Release { key: key(1) };
    ledger.apply(&[release], EVENING).unwrap();
    assert_eq!(ledger.free_of(ALICE), Amount(1_000));
}

#[test]
fn nothing_is_counted_under_the_largest_allowance() {
    let mut ledger = ledger(u128::MAX, Consent::UNLIMITED.0);
    ledger.apply(&[lock(1, ALICE, 1_000)], EVENING).unwrap();
    assert_eq!(ledger.consent_of(ALICE).used, Amount::ZERO);
}

#[test]
fn daily_limit_counts_all_that_is_locked_in_a_day() {
    let limit = |amount| {
        Err(MarketError::DailyLimitExceeded {
            account: ALICE,
            limit: Amount(500),
            wanted: Amount(amount),
        })
    };
    let mut ledger = ledger(500, Consent::UNLIMITED.0);
    assert_eq!(ledger.apply(&[lock(1, ALICE, 501)], EVENING), limit(501));
    ledger.apply(&[lock(1, ALICE, 300)], EVENING).unwrap();
    let release = Effect::Release { key: key(1) };
    ledger.apply(&[release], EVENING).unwrap();
    assert_eq!(ledger.apply(&[lock(2, ALICE, 201)], EVENING), limit(201));
    assert_eq!(ledger.left_today(ALICE, EVENING), Amount(200));
    ledger.apply(&[lock(2, ALICE, 200)], EVENING).unwrap();
    assert_eq!(ledger.left_today(ALICE, EVENING), Amount::ZERO);
    assert_eq!(ledger.left_today(ALICE, MORNING), Amount(500));
    ledger.apply(&[lock(3, BOB, 500)], EVENING).unwrap();
    ledger.apply(&[lock(4, ALICE, 500)], MORNING).unwrap();
    let mut shut = ledger.clone();
    shut.daily_limit = Amount::ZERO;
    assert!(shut.apply(&[lock(5, BOB, 1)], MORNING).is_err());
}

#[test]
fn relock_frees_one_account_and_locks_the_same_of_another() {
    let mut ledger = ledger(u128::MAX, 300);
    ledger.apply(&[lock(1, ALICE, 300)], EVENING).unwrap();
    let relock = |account| Effect::Relock {
        key: key(1),
        account,
    };
    // To the same account too, although its consent is used up.
    ledger.apply(&[relock(ALICE)], EVENING).unwrap();
    ledger.apply(&[relock(BOB)], EVENING).unwrap();
    assert_eq!(ledger.lock_of(key(1)), Some((BOB, Amount(300))));
    assert_eq!(
        (ledger.locked_of(ALICE), ledger.locked_of(BOB)),
        (Amount::ZERO, Amount(300))
    );
    assert_eq!(ledger.consent_of(ALICE).used, Amount::ZERO);
}

#[test]
fn part_of_a_lock_is_paid_and_the_rest_stays() {
    let mut ledger = ledger(u128::MAX, 300);
    ledger.apply(&[lock(1, ALICE, 100)], EVENING).unwrap();
    let part = Effect::SettlePart {
        key: key(1),
        payments: vec![(Payee::Sink, Amount(50)), (Payee::Account(BOB), Amount(10))],
    };
    ledger.apply(&[part], EVENING).unwrap();
    assert_eq!(ledger.lock_of(key(1)), Some((ALICE, Amount(40))));
    assert_eq!(ledger.locked_of(ALICE), Amount(40));
    assert_eq!(
        (ledger.sink(), ledger.free_of(BOB)),
        (Amount(50), Amount(1_010))
    );
    assert_eq!(ledger.total(), Amount(2_000));
}

#[test]
fn retired_market_locks_nothing_and_releases_what_it_has() {
    let mut ledger = ledger(u128::MAX, 300);
    ledger.apply(&[lock(1, ALICE, 100)], EVENING).unwrap();
    ledger.active = false;
    let refusal = Err(MarketError::NotModule);
    assert_eq!(ledger.apply(&[lock(2, ALICE, 1)], EVENING), refusal);
    let release = Effect::Release { key: key(1) };
    ledger.apply(&[release], EVENING).unwrap();
}

#[test]
fn only_what_is_free_is_withdrawn() {
    let mut ledger = ledger(u128::MAX, 300);
    ledger.apply(&[lock(1, ALICE, 100)], EVENING).unwrap();
    assert_eq!(
        ledger.withdraw(ALICE, Amount(901)),
        Err(MarketError::InsufficientFree {
            account: ALICE,
            free: Amount(900),
            wanted: Amount(901)
        })
    );
    ledger.withdraw(ALICE, Amount(900)).unwrap();
    assert_eq!(ledger.total(), Amount(1_100));
}
