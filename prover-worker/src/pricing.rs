//! What a proof costs us, and what we ask for it. Pure: the same request gets the same price.

use assay_market::{Amount, Seconds, Timestamp};

/// Basis points in one whole.
const BASIS_POINTS: u128 = 10_000;

/// A worker's prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pricing {
    /// What 2^10 rows of Plonky2 proving cost us, in base units of the token.
    pub cost_per_kilorow: Amount,
    /// Margin over cost that the first bid asks, in basis points.
    pub target_margin_bps: u32,
    /// Margin over cost under which we do not go, in basis points.
    pub minimum_margin_bps: u32,
    /// How long we let others name a price first: who opens bidding cannot know that a higher bid would have won.
    pub first_bid_delay: Seconds,
}

/// The prices for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// What we ask first.
    pub ask: Amount,
    /// The least that we take.
    pub floor: Amount,
}

impl Pricing {
    /// Returns the quote for a proof of so many rows, wrapping included. Rounds up: a cost is never forgotten.
    pub fn quote(&self, rows: u64) -> Quote {
        let kilorows = u128::from(rows).div_ceil(1 << 10);
        let cost = self.cost_per_kilorow.0.saturating_mul(kilorows);
        let floor = with_margin(cost, self.minimum_margin_bps);
        Quote {
            ask: with_margin(cost, self.target_margin_bps).max(floor),
            floor,
        }
    }

    /// Returns whether it is too early to bid in a round that opened at `opened_at` and has no bid.
    pub fn waits(&self, opened_at: Timestamp, now: Timestamp) -> bool {
        now < opened_at.after(self.first_bid_delay)
    }
}

impl Quote {
    /// Returns the prices when whoever fulfills gets a bounty on top.
    #[must_use]
    pub fn with_bounty(self, bounty: Amount) -> Self {
        let less = |price: Amount| price.checked_sub(bounty).unwrap_or(Amount::ZERO);
        Self {
            ask: less(self.ask),
            floor: less(self.floor),
        }
    }

    /// Returns the bid to place, given the highest one that the market takes now.
    ///
    /// A price that is assigned at once is worth more than a better one that others can still beat. In an
    /// auction the first bid is what we ask, later ones undercut by no more than they must.
    pub fn bid(&self, highest: Amount, instant_price: Amount, first: bool) -> Option<Amount> {
        if highest < self.floor {
            return None;
        }
        if self.floor <= instant_price {
            return Some(highest.min(instant_price));
        }
        Some(if first {
            highest.min(self.ask)
        } else {
            highest
        })
    }
}

fn with_margin(cost: u128, margin_bps: u32) -> Amount {
    let margin = cost
        .saturating_mul(margin_bps.into())
        .div_ceil(BASIS_POINTS);
    Amount(cost.saturating_add(margin))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRICING: Pricing = Pricing {
        cost_per_kilorow: Amount(100),
        target_margin_bps: 2_000,
        minimum_margin_bps: 500,
        first_bid_delay: Seconds(0),
    };

    #[test]
    fn quote_follows_rows_and_margins_and_rounds_up() {
        assert_eq!(
            PRICING.quote(10 << 10),
            Quote {
                ask: Amount(1_200),
                floor: Amount(1_050)
            }
        );
        assert_eq!(
            PRICING.quote((10 << 10) + 1),
            Quote {
                ask: Amount(1_320),
                floor: Amount(1_155)
            }
        );
        let odd = Pricing {
            cost_per_kilorow: Amount(1),
            ..PRICING
        };
        assert_eq!(
            odd.quote(1),
            Quote {
                ask: Amount(2),
                floor: Amount(2)
            }
        );
    }

    #[test]
    fn ask_is_never_under_the_floor() {
        let inverted = Pricing {
            target_margin_bps: 0,
            ..PRICING
        };
        let quote = inverted.quote(1 << 20);
        assert_eq!(quote.ask, quote.floor);
    }

    #[test]
    fn bounty_lowers_prices_and_never_below_zero() {
        let quote = PRICING.quote(10 << 10);
        let lower = Quote {
            ask: Amount(1_100),
            floor: Amount(950),
        };
        assert_eq!(quote.with_bounty(Amount(100)), lower);
        let free = Quote {
            ask: Amount(0),
            floor: Amount(0),
        };
        assert_eq!(quote.with_bounty(Amount(5_000)), free);
    }

    #[test]
    fn bids_stay_between_floor_and_ceiling() {
        let quote = Quote {
            ask: Amount(120),
            floor: Amount(105),
        };
        let check = |highest, instant, first, expected: Option<u128>| {
            let bid = quote.bid(Amount(highest), Amount(instant), first);
            assert_eq!(
                bid,
                expected.map(Amount),
                "highest {highest} instant {instant} first {first}"
            );
        };
        // The first bid asks; a low ceiling caps it; under the floor there is none.
        check(200, 0, true, Some(120));
        check(110, 0, true, Some(110));
        check(105, 0, true, Some(105));
        check(104, 0, true, None);
        // Outbid: undercut by as little as possible.
        check(117, 0, false, Some(117));
        check(104, 0, false, None);
        // A price that is assigned at once is taken when it pays.
        check(200, 105, true, Some(105));
        check(200, 150, true, Some(150));
        check(200, 104, true, Some(120));
    }

    #[test]
    fn worker_with_lower_cost_wins_the_auction() {
        let cheap = Pricing {
            cost_per_kilorow: Amount(70),
            ..PRICING
        };
        let (cheap, dear) = (cheap.quote(64 << 10), PRICING.quote(64 << 10));
        let mut highest = Amount(100_000);
        let mut best = None;
        for _ in 0..100 {
            for (name, quote) in [("dear", dear), ("cheap", cheap)] {
                if best.is_some_and(|(leader, _)| leader == name) {
                    continue;
                }
                if let Some(price) = quote.bid(highest, Amount::ZERO, best.is_none()) {
                    best = Some((name, price));
                    highest = Amount(price.0 - (price.0 / 50).max(1));
                }
            }
        }
        let (winner, price) = best.unwrap();
        assert_eq!(winner, "cheap");
        assert!(price >= cheap.floor && price < dear.floor, "{price}");
    }

    #[test]
    fn first_bid_waits_until_its_delay_is_over() {
        let patient = Pricing {
            first_bid_delay: Seconds(4),
            ..PRICING
        };
        let opened_at = Timestamp(100);
        assert!(patient.waits(opened_at, Timestamp(103)));
        assert!(!patient.waits(opened_at, Timestamp(104)));
        assert!(!PRICING.waits(opened_at, opened_at));
    }
}
