//! The life of a request after it was made: (state, action, moment) to (state, effects), or a refusal.

use crate::open::{check_inline, round_end};
use crate::params::{
    DEFAULT_REWARD_BPS, MAX_EXTENSIONS, MAX_ROUNDS, MIN_UNDERCUT, MIN_UNDERCUT_BPS, Params,
};
use crate::{
    Address, Amount, Assignment, Delivery, Effect, Event, LockKey, MarketError, Moment, Payee,
    Request, Status, Timestamp,
};

/// What somebody does to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A prover offers to prove for a price.
    Bid {
        /// Who bids.
        prover: Address,
        /// The round it is meant for.
        round: u32,
        /// What it asks.
        price: Amount,
    },
    /// Anyone delivers a verified proof of the assigned prover, who may be late.
    Fulfill {
        /// The round it was proved in.
        round: u32,
        /// What is delivered.
        delivery: Delivery,
    },
    /// Anyone declares an overdue assignment a default, once its grace is over.
    DeclareDefault {
        /// Who declares it.
        caller: Address,
    },
    /// The requester withdraws the request.
    Cancel {
        /// Who asks for it.
        caller: Address,
    },
    /// Anyone ends a request whose time is over, or whose verifier is tombstoned.
    Close {
        /// Who closes it.
        caller: Address,
    },
}

impl Request {
    /// Applies one action: returns the state after it and what follows from it. The state before is untouched, so that
    /// a refusal changes nothing.
    ///
    /// # Errors
    /// A [`MarketError`] that says which rule forbids it.
    pub fn apply(
        &self,
        action: &Action,
        params: &Params,
        at: Moment,
    ) -> Result<(Self, Vec<Effect>), MarketError> {
        let mut life = Life {
            request: self.clone(),
            effects: Vec::new(),
            params,
            at,
        };
        match action {
            Action::Bid {
                prover,
                round,
                price,
            } => life.bid(*prover, *round, *price)?,
            Action::Fulfill { round, delivery } => life.fulfill(*round, delivery)?,
            Action::DeclareDefault { caller } => life.declare_default(*caller)?,
            Action::Cancel { caller } => life.cancel(*caller)?,
            Action::Close { caller } => life.close(*caller)?,
        }
        Ok((life.request, life.effects))
    }

    /// Returns the highest price that a bid may name: the ceiling, or the best bid less the undercut.
    ///
    /// # Errors
    /// [`MarketError::MarketIsPaused`], [`MarketError::WrongStatus`] unless the request is open, and
    /// [`MarketError::NoWindowFits`] if the round of a first bid could last longer than the request.
    pub fn highest_bid(&self, params: &Params, at: Moment) -> Result<Amount, MarketError> {
        if at.paused {
            return Err(MarketError::MarketIsPaused);
        }
        let got = self.status(at);
        if got != Status::Open {
            return Err(MarketError::WrongStatus { got });
        }
        let offer = &self.terms.offer;
        if let Some(best) = self.best {
            let step = best
                .price
                .checked_share_floor(MIN_UNDERCUT_BPS)
                .unwrap_or(best.price)
                .max(MIN_UNDERCUT);
            return Ok(less(best.price, step));
        }
        let needed_until = round_end(self.window_end(at.now), offer, params);
        if needed_until > offer.expires_at {
            return Err(MarketError::NoWindowFits {
                needed_until,
                expires_at: offer.expires_at,
            });
        }
        Ok(self.ceiling(at.now))
    }
}

/// A transition under way.
struct Life<'a> {
    request: Request,
    effects: Vec<Effect>,
    params: &'a Params,
    at: Moment,
}

impl Life<'_> {
    fn bid(&mut self, prover: Address, round: u32, price: Amount) -> Result<(), MarketError> {
        self.expect_running()?;
        self.expect_round(round)?;
        self.expect_status(Status::Open)?;
        if let Some(expected) = self.request.snapshot.sole_prover
            && expected != prover
        {
            return Err(MarketError::ProverNotAdmitted {
                expected,
                got: prover,
            });
        }
        if self.request.has_defaulted(prover) {
            return Err(MarketError::ProverDefaulted(prover));
        }
        let highest = self.request.highest_bid(self.params, self.at)?;
        if price > highest {
            return Err(MarketError::BidTooHigh {
                highest,
                got: price,
            });
        }
        let (bidding_deadline, extensions) = self.bidding_end(price);

        let (key, collateral) = (self.collateral_key(), self.request.snapshot.collateral);
        let outbid = self.request.best.map(|best| best.prover);
        self.effects.push(match outbid {
            None => Effect::Lock {
                key,
                account: prover,
                amount: collateral,
            },
            Some(_) => Effect::Relock {
                key,
                account: prover,
            },
        });
        self.emit(Event::BidPlaced {
            prover,
            round,
            price,
            bidding_deadline,
            extensions,
            outbid,
        });
        // An instant bid has just ended its bidding.
        self.write_assignment();

        Ok(())
    }

    /// Returns when bidding ends with a bid of this price, and how often it was extended then: an instant bid ends it
    /// now; else a round's first bid fixes the end of its window, and a late one extends it.
    fn bidding_end(&self, price: Amount) -> (Timestamp, u32) {
        let (request, now) = (&self.request, self.at.now);
        if price <= request.terms.offer.instant_price {
            return (now, request.extensions);
        }
        let deadline = request
            .best
            .map_or_else(|| request.window_end(now), |best| best.bidding_deadline);
        let extension = self.params.extension;
        if now.after(extension) >= deadline && request.extensions < MAX_EXTENSIONS {
            return (
                deadline.after(extension),
                request.extensions.saturating_add(1),
            );
        }
        (deadline, request.extensions)
    }

    fn fulfill(&mut self, round: u32, delivery: &Delivery) -> Result<(), MarketError> {
        self.expect_running()?;
        self.expect_round(round)?;
        let got = self.request.status(self.at);
        let late = got == Status::Overdue;
        let assignment = self.request.effective_assignment(self.at.now);
        let Some(Assignment { prover, price, .. }) =
            assignment.filter(|_| late || got == Status::Assigned)
        else {
            return Err(MarketError::WrongStatus { got });
        };
        let private = self.request.terms.output_private;
        check_inline(&delivery.output, delivery.output_hash, private)?;

        self.write_assignment();
        let late_fee = if late {
            price
                .checked_share_up(self.params.late_fee_bps.into())
                .unwrap_or(price)
        } else {
            Amount::ZERO
        };
        let saved = less(self.request.terms.offer.max_price, price);
        // At most the limit: a late fee is a part of the price.
        let refund = saved.checked_add(late_fee).unwrap_or(saved);
        let (fee, bounty) = (self.request.snapshot.fee, self.request.bounty());
        self.emit(Event::Fulfilled {
            prover,
            round,
            price,
            late_fee,
            bounty,
            fee,
            refund,
            delivery: Box::new(delivery.clone()),
        });
        let payments = vec![
            (Payee::Account(prover), less(price, late_fee)),
            (Payee::Account(self.request.snapshot.provider), fee),
            (Payee::Account(self.request.requester), refund),
        ];
        self.effects.push(Effect::Settle {
            key: LockKey::Escrow(self.request.id),
            payments,
        });
        self.effects.push(Effect::Release {
            key: self.collateral_key(),
        });
        self.settle_bounties(Payee::Account(prover));

        Ok(())
    }

    fn declare_default(&mut self, caller: Address) -> Result<(), MarketError> {
        self.expect_running()?;
        self.expect_status(Status::Overdue)?;
        let now = self.at.now;
        let assignment = self.request.effective_assignment(now);
        let until = assignment.map_or(now, |a| a.proving_deadline.after(self.params.grace));
        if now < until {
            return Err(MarketError::GraceNotOver { until, now });
        }

        let another = self.another_round_fits();
        self.slash(caller, another);
        if another {
            self.emit(Event::RoundOpened {
                round: self.request.round.saturating_add(1),
                opened_at: now,
            });
        } else {
            self.expire();
        }
        Ok(())
    }

    fn cancel(&mut self, caller: Address) -> Result<(), MarketError> {
        let expected = self.request.requester;
        if caller != expected {
            return Err(MarketError::NotRequester {
                expected,
                got: caller,
            });
        }
        self.expect_status(Status::Open)?;
        if let Some(best) = self.request.best {
            return Err(MarketError::BidStands(best.prover));
        }

        let (refund, burned) = self.dissolve();
        self.emit(Event::Cancelled { refund, burned });
        Ok(())
    }

    fn close(&mut self, caller: Address) -> Result<(), MarketError> {
        let (status, now) = (self.request.status(self.at), self.at.now);
        if self.request.outcome.is_some() {
            return Err(MarketError::WrongStatus { got: status });
        }
        if status == Status::Voided {
            self.void();
            return Ok(());
        }
        let expires_at = self.request.terms.offer.expires_at;
        if now < expires_at {
            return Err(MarketError::NotExpired { expires_at, now });
        }
        // Every assignment and its grace end by `expires_at`, so what is not overdue has no bid.
        if status == Status::Overdue {
            self.expect_running()?;
            self.slash(caller, false);
        }
        self.expire();
        Ok(())
    }

    /// Takes the collateral of the overdue assignment. With another round to come, the bounty stays in its lock.
    fn slash(&mut self, caller: Address, another: bool) {
        let Some(assignment) = self.request.effective_assignment(self.at.now) else {
            return;
        };
        self.write_assignment();
        let collateral = self.request.snapshot.collateral;
        let bounty = if another {
            self.request.bounty_of_one_round()
        } else {
            Amount::ZERO
        };
        let reward = self.reward(caller);
        let burned = less(less(collateral, bounty), reward);
        self.emit(Event::Defaulted {
            prover: assignment.prover,
            round: self.request.round,
            burned,
            bounty,
            reward,
            caller,
        });
        let key = self.collateral_key();
        let payments = vec![(Payee::Sink, burned), (Payee::Account(caller), reward)];
        self.effects.push(if another {
            Effect::SettlePart { key, payments }
        } else {
            Effect::Settle { key, payments }
        });
    }

    /// Returns what whoever reports a default gets: capped, because the requester's second address can be the one who
    /// reports; nothing for the requester itself, who could farm unprovable requests.
    fn reward(&self, caller: Address) -> Amount {
        if caller == self.request.requester {
            return Amount::ZERO;
        }
        let share = self
            .request
            .snapshot
            .collateral
            .checked_share_floor(DEFAULT_REWARD_BPS)
            .unwrap_or(Amount::ZERO);
        share.min(self.params.reward_cap)
    }

    fn expire(&mut self) {
        let (refund, burned) = self.dissolve();
        self.emit(Event::Expired { refund, burned });
    }

    /// Nobody is to blame for a broken verifier: everybody has back what they put in.
    fn void(&mut self) {
        if self.request.best.is_some() {
            self.effects.push(Effect::Release {
                key: self.collateral_key(),
            });
        }
        let (refund, burned) = self.dissolve();
        self.emit(Event::Voided { refund, burned });
    }

    /// Frees the escrow and burns the bounties of earlier rounds, which nobody earned: returns both.
    fn dissolve(&mut self) -> (Amount, Amount) {
        self.effects.push(Effect::Release {
            key: LockKey::Escrow(self.request.id),
        });
        self.settle_bounties(Payee::Sink);
        (self.request.escrow(), self.request.bounty())
    }

    fn settle_bounties(&mut self, payee: Payee) {
        let bounty = self.request.bounty_of_one_round();
        for round in 1..self.request.round {
            self.effects.push(Effect::Settle {
                key: LockKey::Collateral(self.request.id, round),
                payments: vec![(payee, bounty)],
            });
        }
    }

    /// Whoever defaulted may not bid again: without anybody else who may, another round would be empty.
    fn another_round_fits(&self) -> bool {
        let offer = &self.request.terms.offer;
        let needed_until = round_end(self.at.now.after(offer.bidding_window), offer, self.params);
        self.request.round < MAX_ROUNDS
            && self.request.snapshot.sole_prover.is_none()
            && needed_until <= offer.expires_at
    }

    /// Writes the assignment that bidding, an instant bid or time has made, and emits its event once.
    fn write_assignment(&mut self) {
        if self.request.assignment.is_some() {
            return;
        }
        if let Some(assignment) = self.request.effective_assignment(self.at.now) {
            self.emit(Event::Assigned {
                prover: assignment.prover,
                round: self.request.round,
                price: assignment.price,
                assigned_at: assignment.assigned_at,
                proving_deadline: assignment.proving_deadline,
            });
        }
    }

    /// State changes by events only: whoever folds the events has the same state.
    fn emit(&mut self, event: Event) {
        self.request.record(&event);
        self.effects.push(Effect::Emit(Box::new(event)));
    }

    /// The lock of the round's best bid.
    fn collateral_key(&self) -> LockKey {
        LockKey::Collateral(self.request.id, self.request.round)
    }

    fn expect_running(&self) -> Result<(), MarketError> {
        if self.at.paused {
            return Err(MarketError::MarketIsPaused);
        }
        Ok(())
    }

    fn expect_status(&self, expected: Status) -> Result<(), MarketError> {
        let got = self.request.status(self.at);
        if got == expected {
            Ok(())
        } else {
            Err(MarketError::WrongStatus { got })
        }
    }

    fn expect_round(&self, got: u32) -> Result<(), MarketError> {
        let expected = self.request.round;
        if got == expected {
            Ok(())
        } else {
            Err(MarketError::WrongRound { expected, got })
        }
    }
}

/// What is left of an amount of which `part` is a part.
fn less(amount: Amount, part: Amount) -> Amount {
    amount.checked_sub(part).unwrap_or(Amount::ZERO)
}
