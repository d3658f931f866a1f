//! The vault's ledger as the domain sees it: free balances, open locks, and the sink.

use std::collections::BTreeMap;

use crate::{Address, Amount, Effect, LockKey, MarketError, Payee};

/// Free and locked balances of every account. The domain's own model of the vault: tests run it beside the contract,
/// and a simulation may use it; nothing here holds real tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    free: BTreeMap<Address, Amount>,
    locks: BTreeMap<LockKey, Lock>,
    sink: Amount,
}

/// One lock, open or closed; a closed one stays so that its key is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lock {
    account: Address,
    amount: Amount,
    open: bool,
}

impl Ledger {
    /// Credits tokens that came in.
    ///
    /// # Panics
    /// If a balance exceeds 128 bits: no token has that many units.
    pub fn deposit(&mut self, account: Address, amount: Amount) {
        credit(self.free.entry(account).or_default(), amount);
    }

    /// Applies the money of a transition, all of it or nothing.
    ///
    /// # Errors
    /// [`MarketError::InsufficientFree`] if an account cannot lock what it has to.
    ///
    /// # Panics
    /// If a transition names a lock twice, closes one that is not open, or divides it wrongly: that is a defect of the
    /// domain, not of its input.
    pub fn apply(&mut self, effects: &[Effect]) -> Result<(), MarketError> {
        let mut next = self.clone();
        for effect in effects {
            match effect {
                Effect::Lock {
                    key,
                    account,
                    amount,
                } => next.lock(*key, *account, *amount)?,
                Effect::Release { key } => {
                    let lock = next.close(*key);
                    credit(next.free.entry(lock.account).or_default(), lock.amount);
                }
                Effect::Settle { key, payments } => next.settle(*key, payments),
                Effect::Emit(_) => {}
            }
        }
        *self = next;
        Ok(())
    }

    /// Returns what an account can withdraw or use.
    #[must_use]
    pub fn free_of(&self, account: Address) -> Amount {
        self.free.get(&account).copied().unwrap_or_default()
    }

    /// Returns what an account has in open locks.
    #[must_use]
    pub fn locked_of(&self, account: Address) -> Amount {
        let locks = self
            .locks
            .values()
            .filter(|lock| lock.open && lock.account == account);
        sum(locks.map(|lock| lock.amount))
    }

    /// Returns what was burned.
    #[must_use]
    pub fn sink(&self) -> Amount {
        self.sink
    }

    /// Returns the sum of all balances, the sink included.
    #[must_use]
    pub fn total(&self) -> Amount {
        let locked = self
            .locks
            .values()
            .filter(|lock| lock.open)
            .map(|lock| lock.amount);
        sum(self.free.values().copied().chain(locked).chain([self.sink]))
    }

    /// Returns the keys of the open locks.
    pub fn open_locks(&self) -> impl Iterator<Item = LockKey> + '_ {
        self.locks
            .iter()
            .filter(|(_, lock)| lock.open)
            .map(|(key, _)| *key)
    }

    fn lock(&mut self, key: LockKey, account: Address, amount: Amount) -> Result<(), MarketError> {
        let free = self.free_of(account);
        let Some(left) = free.checked_sub(amount) else {
            return Err(MarketError::InsufficientFree {
                account,
                free,
                wanted: amount,
            });
        };
        let earlier = self.locks.insert(
            key,
            Lock {
                account,
                amount,
                open: true,
            },
        );
        assert!(earlier.is_none(), "lock {key:?} was used before");
        self.free.insert(account, left);
        Ok(())
    }

    fn settle(&mut self, key: LockKey, payments: &[(Payee, Amount)]) {
        let lock = self.close(key);
        let paid = sum(payments.iter().map(|(_, amount)| *amount));
        assert_eq!(
            paid, lock.amount,
            "the shares of lock {key:?} do not sum up"
        );
        for (payee, amount) in payments {
            match payee {
                Payee::Account(account) => credit(self.free.entry(*account).or_default(), *amount),
                Payee::Sink => credit(&mut self.sink, *amount),
            }
        }
    }

    fn close(&mut self, key: LockKey) -> Lock {
        let lock = self.locks.get_mut(&key).filter(|lock| lock.open);
        let lock = lock.unwrap_or_else(|| panic!("lock {key:?} is not open"));
        lock.open = false;
        *lock
    }
}

fn credit(balance: &mut Amount, amount: Amount) {
    *balance = balance
        .checked_add(amount)
        .expect("no token has 2^128 units");
}

fn sum(amounts: impl Iterator<Item = Amount>) -> Amount {
    amounts.fold(Amount::ZERO, |total, amount| {
        total.checked_add(amount).expect("no token has 2^128 units")
    })
}
