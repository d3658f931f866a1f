//! The vault's ledger as the domain sees it: free and locked balances, consents, open locks, and the sink.

use std::collections::BTreeMap;

use crate::{Address, Amount, Effect, LockKey, MarketError, Payee, Timestamp};

/// Seconds of a day, over which the daily limit is counted.
const DAY: u64 = 86_400;

/// A day's whole share of the daily limit: shares are counted in units of 1/`WHOLE_DAY`, rounded up.
const WHOLE_DAY: u32 = u32::MAX;
const WHOLE: u128 = WHOLE_DAY as u128;

/// Balances of every account, and what the market may take of them. The domain's own model of the vault: tests run it
/// beside the contract, and a simulation may use it; nothing here holds real tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// Whether the market may lock; what it has locked it can always release and settle.
    pub active: bool,
    /// How much the market may lock of one account in a day.
    pub daily_limit: Amount,
    accounts: BTreeMap<Address, Account>,
    consents: BTreeMap<Address, Consent>,
    locks: BTreeMap<LockKey, Lock>,
    sink: Amount,
}

/// What an account lets the market have of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consent {
    /// How much at a time; the largest value is no limit, and nothing is counted under it.
    pub allowance: Amount,
    /// What the market has locked or paid away.
    pub used: Amount,
    /// What it locked on `day`, as a share of the daily limit.
    taken: u32,
    /// Number of the day that `taken` is about.
    day: u64,
}

impl Consent {
    /// The allowance without a limit: the largest number of 96 bits.
    pub const UNLIMITED: Amount = Amount((1 << 96) - 1);
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Account {
    free: Amount,
    locked: Amount,
}

/// One lock, open or closed; a closed one stays so that its key is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lock {
    account: Address,
    amount: Amount,
    open: bool,
}

impl Default for Ledger {
    /// A market without a daily limit, to which nobody has consented yet.
    fn default() -> Self {
        Self::new(Amount(u128::MAX))
    }
}

impl Ledger {
    /// Returns a ledger without accounts, whose market may lock this much of one account in a day.
    #[must_use]
    pub fn new(daily_limit: Amount) -> Self {
        Self {
            active: true,
            daily_limit,
            accounts: BTreeMap::new(),
            consents: BTreeMap::new(),
            locks: BTreeMap::new(),
            sink: Amount::ZERO,
        }
    }

    /// Credits tokens that came in.
    ///
    /// # Panics
    /// If a balance exceeds 128 bits: no token has that many units.
    pub fn deposit(&mut self, account: Address, amount: Amount) {
        credit(&mut self.account(account).free, amount);
    }

    /// Takes out tokens that are free.
    ///
    /// # Errors
    /// [`MarketError::InsufficientFree`] if fewer are.
    pub fn withdraw(&mut self, account: Address, amount: Amount) -> Result<(), MarketError> {
        self.account(account).free = self.left_of(account, amount)?;
        Ok(())
    }

    /// Lets the market have up to `allowance` of an account's balance at a time: what it has locked and what it has paid
    /// away count together, what is freed or paid back no longer counts.
    pub fn consent(&mut self, account: Address, allowance: Amount) {
        self.consents.entry(account).or_default().allowance = allowance;
    }

    /// Applies the money of a transition, all of it or nothing, at a time of the chain, whose days the limit counts.
    ///
    /// # Errors
    /// [`MarketError::NotModule`], [`MarketError::AllowanceExceeded`], [`MarketError::DailyLimitExceeded`] or
    /// [`MarketError::InsufficientFree`] if what has to be locked cannot be.
    ///
    /// # Panics
    /// If a transition names a lock twice, closes one that is not open, or divides it wrongly: that is a defect of the
    /// domain, not of its input.
    pub fn apply(&mut self, effects: &[Effect], chain_time: Timestamp) -> Result<(), MarketError> {
        let mut next = self.clone();
        for effect in effects {
            match effect {
                Effect::Lock {
                    key,
                    account,
                    amount,
                } => next.lock(*key, *account, *amount, chain_time)?,
                Effect::Relock { key, account } => next.relock(*key, *account, chain_time)?,
                Effect::Release { key } => {
                    let lock = next.close(*key);
                    next.free(lock.account, lock.amount);
                }
                Effect::Settle { key, payments } => {
                    let lock = next.close(*key);
                    let paid = total(payments);
                    assert_eq!(paid, lock.amount, "shares of {key:?} do not sum up");
                    next.pay(lock.account, payments);
                }
                Effect::SettlePart { key, payments } => next.settle_part(*key, payments),
                Effect::Emit(_) => {}
            }
        }
        *self = next;
        Ok(())
    }

    /// Returns what an account can withdraw or use.
    #[must_use]
    pub fn free_of(&self, account: Address) -> Amount {
        self.balances(account).free
    }

    /// Returns what an account has in open locks.
    #[must_use]
    pub fn locked_of(&self, account: Address) -> Amount {
        self.balances(account).locked
    }

    /// Returns an account's consent to the market.
    #[must_use]
    pub fn consent_of(&self, account: Address) -> Consent {
        self.consents.get(&account).copied().unwrap_or_default()
    }

    /// Returns how much more of an account the daily limit leaves for the day of a time of the chain.
    #[must_use]
    pub fn left_today(&self, account: Address, chain_time: Timestamp) -> Amount {
        let given = self.consent_of(account);
        let today = chain_time.0 / DAY;
        let taken = if given.day == today { given.taken } else { 0 };
        let left = u128::from(WHOLE_DAY.abs_diff(taken));
        // The limit's share that is left, in two parts because the product would not fit.
        let (units, rest) = (self.daily_limit.0 / WHOLE, self.daily_limit.0 % WHOLE);
        let of_rest = rest.saturating_mul(left) / WHOLE;
        Amount(units.saturating_mul(left).saturating_add(of_rest))
    }

    /// Returns what was burned.
    #[must_use]
    pub fn sink(&self) -> Amount {
        self.sink
    }

    /// Returns the sum of all balances, the sink included.
    #[must_use]
    pub fn total(&self) -> Amount {
        let balances = self.accounts.values();
        sum(balances
            .flat_map(|account| [account.free, account.locked])
            .chain([self.sink]))
    }

    /// Returns the keys of the open locks.
    pub fn open_locks(&self) -> impl Iterator<Item = LockKey> + '_ {
        self.locks
            .iter()
            .filter(|(_, lock)| lock.open)
            .map(|(key, _)| *key)
    }

    /// Returns whose an open lock is and how much it holds.
    #[must_use]
    pub fn lock_of(&self, key: LockKey) -> Option<(Address, Amount)> {
        let lock = self.locks.get(&key).filter(|lock| lock.open)?;
        Some((lock.account, lock.amount))
    }

    fn lock(
        &mut self,
        key: LockKey,
        account: Address,
        amount: Amount,
        chain_time: Timestamp,
    ) -> Result<(), MarketError> {
        let lock = Lock {
            account,
            amount,
            open: true,
        };
        let earlier = self.locks.insert(key, lock);
        assert!(earlier.is_none(), "lock {key:?} was used before");
        self.take(account, amount, chain_time)
    }

    fn relock(
        &mut self,
        key: LockKey,
        account: Address,
        chain_time: Timestamp,
    ) -> Result<(), MarketError> {
        let lock = self.open_lock(key);
        let (former, amount) = (lock.account, lock.amount);
        lock.account = account;
        // What comes back can be locked again at once: the former account may be the same one.
        self.free(former, amount);
        self.take(account, amount, chain_time)
    }

    fn settle_part(&mut self, key: LockKey, payments: &[(Payee, Amount)]) {
        let lock = self.open_lock(key);
        let left = lock.amount.checked_sub(total(payments));
        lock.amount = left.unwrap_or_else(|| panic!("shares of {key:?} are more than it holds"));
        let account = lock.account;
        self.pay(account, payments);
    }

    /// Moves free balance behind a lock, as far as consent and daily limit allow.
    fn take(
        &mut self,
        account: Address,
        amount: Amount,
        chain_time: Timestamp,
    ) -> Result<(), MarketError> {
        if !self.active {
            return Err(MarketError::NotModule);
        }
        self.use_consent(account, amount, chain_time)?;
        let left = self.left_of(account, amount)?;
        let balances = self.account(account);
        balances.free = left;
        credit(&mut balances.locked, amount);
        Ok(())
    }

    /// Uses up consent and the day's share of the limit.
    fn use_consent(
        &mut self,
        account: Address,
        amount: Amount,
        chain_time: Timestamp,
    ) -> Result<(), MarketError> {
        let limit = self.daily_limit;
        let given = self.consents.entry(account).or_default();
        if given.allowance != Consent::UNLIMITED {
            let used = given.used.checked_add(amount).unwrap_or(Amount(u128::MAX));
            if used > given.allowance {
                return Err(MarketError::AllowanceExceeded {
                    account,
                    allowance: given.allowance,
                    wanted: used,
                });
            }
            given.used = used;
        }
        let today = chain_time.0 / DAY;
        let taken = if given.day == today { given.taken } else { 0 };
        given.taken = share(amount, limit)
            .and_then(|share| taken.checked_add(share))
            .ok_or(MarketError::DailyLimitExceeded {
                account,
                limit,
                wanted: amount,
            })?;
        given.day = today;
        Ok(())
    }

    /// Frees a lock's amount for its own account.
    fn free(&mut self, account: Address, amount: Amount) {
        self.give_back(account, amount);
        let balances = self.account(account);
        debit(&mut balances.locked, amount);
        credit(&mut balances.free, amount);
    }

    /// Credits payees out of an account's locked balance.
    fn pay(&mut self, account: Address, payments: &[(Payee, Amount)]) {
        debit(&mut self.account(account).locked, total(payments));
        for (payee, amount) in payments {
            match payee {
                Payee::Account(payee) => {
                    credit(&mut self.account(*payee).free, *amount);
                    if *payee == account {
                        self.give_back(account, *amount);
                    }
                }
                Payee::Sink => credit(&mut self.sink, *amount),
            }
        }
    }

    /// What comes back to an account is not used any more.
    fn give_back(&mut self, account: Address, amount: Amount) {
        let given = self.consents.entry(account).or_default();
        given.used = given.used.checked_sub(amount).unwrap_or(Amount::ZERO);
    }

    fn left_of(&self, account: Address, wanted: Amount) -> Result<Amount, MarketError> {
        let free = self.free_of(account);
        free.checked_sub(wanted)
            .ok_or(MarketError::InsufficientFree {
                account,
                free,
                wanted,
            })
    }

    fn close(&mut self, key: LockKey) -> Lock {
        let lock = self.open_lock(key);
        lock.open = false;
        *lock
    }

    fn open_lock(&mut self, key: LockKey) -> &mut Lock {
        let lock = self.locks.get_mut(&key).filter(|lock| lock.open);
        lock.unwrap_or_else(|| panic!("lock {key:?} is not open"))
    }

    fn account(&mut self, account: Address) -> &mut Account {
        self.accounts.entry(account).or_default()
    }

    fn balances(&self, account: Address) -> Account {
        self.accounts.get(&account).copied().unwrap_or_default()
    }
}

/// Returns the share of a day's limit that an amount is, rounded up; `None` for more than all of it.
fn share(amount: Amount, limit: Amount) -> Option<u32> {
    let units = amount.0.checked_mul(WHOLE)?;
    if limit == Amount::ZERO {
        return None;
    }
    u32::try_from(units.div_ceil(limit.0)).ok()
}

fn credit(balance: &mut Amount, amount: Amount) {
    *balance = balance
        .checked_add(amount)
        .expect("no token has 2^128 units");
}

fn debit(balance: &mut Amount, amount: Amount) {
    *balance = balance
        .checked_sub(amount)
        .expect("an account's locks hold its locked balance");
}

fn total(payments: &[(Payee, Amount)]) -> Amount {
    sum(payments.iter().map(|(_, amount)| *amount))
}

fn sum(amounts: impl Iterator<Item = Amount>) -> Amount {
    amounts.fold(Amount::ZERO, |total, amount| {
        total.checked_add(amount).expect("no token has 2^128 units")
    })
}
