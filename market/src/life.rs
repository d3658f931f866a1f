//! The life of a request after it was made: (state, action, now) to (state, effects), or a refusal.

use crate::open::check_inline;
use crate::params::{DEFAULT_REWARD_BPS, MAX_ROUNDS, MIN_UNDERCUT, MIN_UNDERCUT_BPS};
use crate::{
    Address, Amount, Delivery, Effect, Event, LockKey, MarketError, Payee, Request, Status,
    Timestamp,
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
    /// Anyone delivers a verified proof of the assigned prover.
    Fulfill {
        /// The round it was proved in.
        round: u32,
        /// What is delivered.
        delivery: Delivery,
    },
    /// Anyone declares an overdue assignment a default.
    DeclareDefault {
        /// Who declares it.
        caller: Address,
    },
    /// The requester withdraws the request.
    Cancel {
        /// Who asks for it.
        caller: Address,
    },
    /// Anyone ends a request whose time is over.
    Close {
        /// Who closes it.
        caller: Address,
    },
}

impl Request {
    /// Applies one action at `now`: returns the state after it and what follows from it. The state before is
    /// untouched, so that a refusal changes nothing.
    ///
    /// # Errors
    /// A [`MarketError`] that says which rule forbids it.
    pub fn apply(
        &self,
        action: &Action,
        now: Timestamp,
    ) -> Result<(Self, Vec<Effect>), MarketError> {
        let mut life = Life {
            request: self.clone(),
            effects: Vec::new(),
            now,
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

    /// Returns the highest price that a bid may name at `now`: the limit, or the best bid less the undercut.
    ///
    /// # Errors
    /// [`MarketError::WrongStatus`] unless the request is open, [`MarketError::NoWindowFits`] if a first bid would be
    /// assigned too late to be proved before the request ends.
    pub fn highest_bid(&self, now: Timestamp) -> Result<Amount, MarketError> {
        let got = self.status(now);
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
            return Ok(best.price.checked_sub(step).unwrap_or(Amount::ZERO));
        }
        let needed_until = self.window_end(now).after(offer.proving_window);
        if needed_until > offer.expires_at {
            return Err(MarketError::NoWindowFits {
                needed_until,
                expires_at: offer.expires_at,
            });
        }
        Ok(offer.max_price)
    }
}

/// A transition under way.
struct Life {
    request: Request,
    effects: Vec<Effect>,
    now: Timestamp,
}

impl Life {
    fn bid(&mut self, prover: Address, round: u32, price: Amount) -> Result<(), MarketError> {
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
        let highest = self.request.highest_bid(self.now)?;
        if price > highest {
            return Err(MarketError::BidTooHigh {
                highest,
                got: price,
            });
        }
        let bidding_deadline = match self.request.best {
            // An instant bid ends bidding now; else a round's first bid fixes the end of its window.
            _ if price <= self.request.terms.offer.instant_price => self.now,
            Some(best) => best.bidding_deadline,
            None => self.request.window_end(self.now),
        };

        let outbid = self.request.best.map(|best| best.prover);
        if outbid.is_some() {
            self.effects.push(Effect::Release {
                key: self.collateral_key(),
            });
        }
        let collateral = self.request.snapshot.collateral;
        self.emit(Event::BidPlaced {
            prover,
            round,
            price,
            collateral,
            bidding_deadline,
            outbid,
        });
        self.effects.push(Effect::Lock {
            key: self.collateral_key(),
            account: prover,
            amount: collateral,
        });
        self.write_assignment();

        Ok(())
    }

    fn fulfill(&mut self, round: u32, delivery: &Delivery) -> Result<(), MarketError> {
        self.expect_round(round)?;
        self.expect_status(Status::Assigned)?;
        check_inline(
            self.request.terms.output_private,
            &delivery.output,
            delivery.output_blob,
        )?;
        self.write_assignment();
        let request = &self.request;
        let (Some(assignment), fee) = (request.assignment, request.snapshot.fee) else {
            return Err(MarketError::WrongStatus { got: Status::Open });
        };
        let refund = request
            .terms
            .offer
            .max_price
            .checked_sub(assignment.price)
            .unwrap_or(Amount::ZERO);
        let payments = vec![
            (Payee::Account(assignment.prover), assignment.price),
            (Payee::Account(request.snapshot.provider), fee),
            (Payee::Account(request.requester), refund),
        ];
        let (prover, price) = (assignment.prover, assignment.price);
        self.effects.push(Effect::Settle {
            key: LockKey::Escrow(self.request.id),
            payments,
        });
        self.effects.push(Effect::Release {
            key: self.collateral_key(),
        });
        self.emit(Event::Fulfilled {
            prover,
            round,
            price,
            fee,
            refund,
            delivery: Box::new(delivery.clone()),
        });
        Ok(())
    }

    fn declare_default(&mut self, caller: Address) -> Result<(), MarketError> {
        self.expect_status(Status::Overdue)?;
        self.slash(caller);
        if self.another_round_fits() {
            let round = self.request.round.saturating_add(1);
            self.emit(Event::RoundOpened {
                round,
                opened_at: self.now,
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
        let refund = self.request.escrow();
        self.effects.push(Effect::Release {
            key: LockKey::Escrow(self.request.id),
        });
        self.emit(Event::Cancelled { refund });
        Ok(())
    }

    fn close(&mut self, caller: Address) -> Result<(), MarketError> {
        let status = self.request.status(self.now);
        if self.request.outcome.is_some() {
            return Err(MarketError::WrongStatus { got: status });
        }
        let expires_at = self.request.terms.offer.expires_at;
        if self.now < expires_at {
            return Err(MarketError::NotExpired {
                expires_at,
                now: self.now,
            });
        }
        if status == Status::Overdue {
            self.slash(caller);
        }
        self.expire();
        Ok(())
    }

    /// Takes the collateral of the overdue assignment: never for the requester, who could farm unprovable requests.
    fn slash(&mut self, caller: Address) {
        self.write_assignment();
        let collateral = self.request.snapshot.collateral;
        let reward = if caller == self.request.requester {
            Amount::ZERO
        } else {
            collateral
                .checked_share_floor(DEFAULT_REWARD_BPS)
                .unwrap_or(Amount::ZERO)
        };
        let burned = collateral.checked_sub(reward).unwrap_or(Amount::ZERO);
        let Some(assignment) = self.request.assignment else {
            return;
        };
        let payments = vec![(Payee::Sink, burned), (Payee::Account(caller), reward)];
        self.effects.push(Effect::Settle {
            key: self.collateral_key(),
            payments,
        });
        let (prover, round) = (assignment.prover, self.request.round);
        self.emit(Event::Defaulted {
            prover,
            round,
            burned,
            reward,
            caller,
        });
    }

    fn expire(&mut self) {
        let refund = self.request.escrow();
        self.effects.push(Effect::Release {
            key: LockKey::Escrow(self.request.id),
        });
        self.emit(Event::Expired { refund });
    }

    fn another_round_fits(&self) -> bool {
        let offer = &self.request.terms.offer;
        let needed_until = self
            .now
            .after(offer.bidding_window)
            .after(offer.proving_window);
        self.request.round < MAX_ROUNDS && needed_until <= offer.expires_at
    }

    /// Writes the assignment that bidding, an instant bid or time has made, and emits its event once.
    fn write_assignment(&mut self) {
        if self.request.assignment.is_some() {
            return;
        }
        if let Some(assignment) = self.request.effective_assignment(self.now) {
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

    /// The lock of the best bid, which is always the last one placed.
    fn collateral_key(&self) -> LockKey {
        LockKey::Collateral(self.request.id, self.request.bids)
    }

    fn expect_status(&self, expected: Status) -> Result<(), MarketError> {
        let got = self.request.status(self.now);
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
