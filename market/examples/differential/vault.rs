//! The vault's logs of one effect, from the ledgers before and after it.

use assay_market::{Address, Amount, Effect, Ledger, LockKey, Payee};

use crate::abi::{Value, address, encode, keccak256, number, word};
use crate::outcome::Log;
use crate::stack::{MARKET, SINK};

pub fn logs_of(effect: &Effect, before: &Ledger, after: &Ledger) -> Vec<Log> {
    match effect {
        Effect::Lock {
            key,
            account,
            amount,
        } => vec![locked(*key, *account, *amount, after)],
        Effect::Relock { key, account } => {
            let (former, amount) = lock(before, *key);
            let free = Amount(before.free_of(former).0 + amount.0);
            let left = Amount(before.locked_of(former).0 - amount.0);
            vec![
                moved("Released", *key, former, [amount, free, left]),
                locked(*key, *account, amount, after),
            ]
        }
        Effect::Release { key } => {
            let (account, amount) = lock(before, *key);
            let balances = [amount, after.free_of(account), after.locked_of(account)];
            vec![moved("Released", *key, account, balances)]
        }
        Effect::Settle { key, payments } | Effect::SettlePart { key, payments } => {
            let (account, _) = lock(before, *key);
            let left = after.lock_of(*key).map_or(Amount::ZERO, |(_, left)| left);
            let log = Log::of_vault(
                "Settled(address,bytes32,address,uint256,uint256,(address,uint256,uint256)[])",
                &[address(MARKET), key_word(*key), address(account)],
                &[
                    number(left.0),
                    number(after.locked_of(account).0),
                    credits(payments, before),
                ],
            );
            vec![log]
        }
        Effect::Emit(_) => Vec::new(),
    }
}

fn locked(key: LockKey, account: Address, amount: Amount, after: &Ledger) -> Log {
    let balances = [amount, after.free_of(account), after.locked_of(account)];
    moved("Locked", key, account, balances)
}

fn moved(name: &str, key: LockKey, account: Address, amounts: [Amount; 3]) -> Log {
    Log::of_vault(
        &format!("{name}(address,bytes32,address,uint256,uint256,uint256)"),
        &[address(MARKET), key_word(key), address(account)],
        &amounts.map(|amount| number(amount.0)),
    )
}

/// Each payment with the payee's balance after it.
fn credits(payments: &[(Payee, Amount)], before: &Ledger) -> Value {
    let mut balances: Vec<(Address, u128)> = Vec::new();
    let credits = payments.iter().map(|(payee, amount)| {
        let (to, free) = match payee {
            Payee::Account(account) => (*account, before.free_of(*account).0),
            Payee::Sink => (SINK, before.sink().0),
        };
        let earlier = balances.iter().rev().find(|(account, _)| *account == to);
        let free = earlier.map_or(free, |(_, free)| *free) + amount.0;
        balances.push((to, free));
        Value::Tuple(vec![address(to), number(amount.0), number(free)])
    });
    Value::List(credits.collect())
}

fn lock(ledger: &Ledger, key: LockKey) -> (Address, Amount) {
    ledger.lock_of(key).expect("what is moved was locked")
}

fn key_word(key: LockKey) -> Value {
    match key {
        LockKey::Escrow(id) => word(id.0),
        LockKey::Collateral(id, round) => word(keccak256(&encode(&[word(id.0), number(round)]))),
    }
}
