//! What the forge test looks at after an operation, as one word.

use assay_market::{Address, Amount, Outcome, Timestamp};

use crate::abi::{Value, address, encode, keccak256, number, word};
use crate::outcome::status_number;
use crate::stack::{PEOPLE, person};
use crate::world::World;

impl World {
    /// One word for everything that the forge test looks at after an operation: the clock, every balance, the request that
    /// the operation was about, and now and then every request and consent.
    pub fn state_hash(&self, target: Option<usize>, everything: bool) -> [u8; 32] {
        let (now, paused) = self.clock.at(self.now);
        let mut words = vec![number(now.0), number(paused)];
        words.push(number(self.ledger.sink().0));
        for index in 0..PEOPLE {
            words.push(number(self.ledger.free_of(person(index)).0));
            words.push(number(self.ledger.locked_of(person(index)).0));
        }
        let looked_at = match (everything, target) {
            (true, _) => (0..self.requests.len()).collect(),
            (false, Some(target)) => vec![target],
            (false, None) => vec![],
        };
        for index in looked_at {
            words.push(word(self.requests[index].hash().0));
            words.extend(self.view_of(index));
        }
        for index in (0..PEOPLE).filter(|_| everything) {
            let consent = self.ledger.consent_of(person(index));
            words.push(number(consent.allowance.0));
            words.push(number(consent.used.0));
            let left = self.ledger.left_today(person(index), self.now);
            words.push(number(left.0));
        }
        keccak256(&encode(&words))
    }

    /// The words of the lens's `RequestView`.
    fn view_of(&self, index: usize) -> Vec<Value> {
        let request = &self.requests[index];
        let moment = self.moment(index);
        let fulfilled = match request.outcome {
            Some(Outcome::Fulfilled(fulfillment)) => Some(fulfillment),
            _ => None,
        };
        // Of a fulfilled request only the result is kept.
        let best = request.best.filter(|_| fulfilled.is_none());
        let over = request.outcome.is_some();
        let highest = request
            .highest_bid(&self.stack.params, moment)
            .unwrap_or(Amount::ZERO);
        let proving_deadline = best.map_or(Timestamp(0), |best| {
            best.bidding_deadline
                .after(request.terms.offer.proving_window)
        });
        let kept = |number: u64| if fulfilled.is_some() { 0 } else { number };
        let mut words = vec![
            number(status_number(request.status(moment))),
            number(request.round),
            number(kept(request.opened_at.0)),
            address(
                best.filter(|_| !over)
                    .map_or(Address::ZERO, |best| best.prover),
            ),
            number(best.map_or(0, |best| best.price.0)),
            number(best.map_or(0, |best| best.bidding_deadline.0)),
            number(proving_deadline.0),
            number(kept(request.extensions.into())),
            number(highest.0),
            number(if over { 0 } else { request.bounty().0 }),
            number(moment.paused),
            number(moment.now.0),
        ];
        words.extend(self.result_of(index));
        words
    }

    fn result_of(&self, index: usize) -> Vec<Value> {
        let Some(Outcome::Fulfilled(fulfillment)) = self.requests[index].outcome else {
            return vec![number(0u8); 4];
        };
        let at = self.fulfilled_at[index];
        [at.0]
            .into_iter()
            .chain(fulfillment.result)
            .map(number)
            .collect()
    }
}
