//! Which operation comes next: mostly one that fits the moment, sometimes any; deadlines a second before, at and after.

use assay_market::params::{
    MAX_AMOUNT, MAX_BIDDING_WINDOW, MAX_CALLBACK_GAS, MAX_EXTENSIONS, MAX_INLINE_BYTES,
    MAX_LIFETIME, MAX_PAUSE, MAX_PROVING_WINDOW, PAUSE_COOLDOWN,
};
use assay_market::{
    Address, Amount, Consent, Delivery, Kind, ModelId, Moment, Offer, Request, Seconds, Status,
    Terms, Timestamp, Word,
};
use sha2::{Digest, Sha256};

use crate::operation::{Bent, Op, Proof, Signed, owner_or};
use crate::proof::seal;
use crate::random::Random;
use crate::stack::{
    PEOPLE, PROVERS, PROVIDER, REQUESTERS, VERIFIER_COUNT, index_of, is_contract, person, verifier,
};
use crate::world::World;

/// Requests that operations choose from: the newest ones, so that most of them are alive.
const ALIVE: usize = 6;

/// Small steps, and steps to just before, on and just after the next deadline; seldom days.
pub fn next_time(world: &World, random: &mut Random) -> Timestamp {
    let soon = world.now.after(Seconds(random.below(3)));
    if random.one_in(150) {
        return days_later(world, random);
    }
    let market_time = world.market_time();
    if let Some(hot) = in_extension(world)
        && let Some(best) = world.requests[hot].best
        && random.one_in(2)
    {
        let last_seconds = best.bidding_deadline.before(world.stack.params.extension);
        return world.now.after(last_seconds.since(market_time));
    }
    if !random.one_in(6) {
        return soon;
    }
    let ahead = living(world)
        .into_iter()
        .rev()
        .take(ALIVE)
        .flat_map(|index| deadlines(&world.requests[index], world))
        .filter(|deadline| deadline.0 > market_time.0 + 1);
    let mut ahead: Vec<Timestamp> = ahead.collect();
    ahead.sort_unstable();
    if ahead.is_empty() {
        return soon;
    }
    // Mostly the nearest one.
    let index = random.index(ahead.len()).min(random.index(ahead.len()));
    let until = ahead[index].since(market_time);
    around(world.now.after(until), random)
}

fn deadlines(request: &Request, world: &World) -> Vec<Timestamp> {
    let params = &world.stack.params;
    let offer = &request.terms.offer;
    let mut deadlines = vec![offer.expires_at];
    if let Some(best) = request.best {
        let proving = best.bidding_deadline.after(offer.proving_window);
        deadlines.push(best.bidding_deadline);
        deadlines.push(best.bidding_deadline.before(params.extension));
        deadlines.push(proving);
        deadlines.push(proving.after(params.grace));
        // The last moment for a default that opens another round.
        let round = offer.bidding_window.0
            + offer.proving_window.0
            + params.grace.0
            + u64::from(MAX_EXTENSIONS) * params.extension.0;
        deadlines.push(offer.expires_at.before(Seconds(round)));
    } else {
        deadlines.push(request.window_end(world.market_time()));
    }
    deadlines
}

/// Around the moments at which a pause can end or begin, or into the next day.
fn days_later(world: &World, random: &mut Random) -> Timestamp {
    if let Some(paused_at) = world.clock.paused_at {
        let end = paused_at.after(MAX_PAUSE);
        if end > world.now {
            return around(end, random);
        }
    }
    if let Some(lifted_at) = world.clock.lifted_at
        && random.one_in(2)
    {
        let possible_from = lifted_at.after(PAUSE_COOLDOWN);
        if possible_from > world.now {
            return around(possible_from, random);
        }
    }
    let tomorrow = Timestamp((world.now.0 / 86_400 + 1) * 86_400);
    around(tomorrow, random)
}

/// A request whose bidding was extended and goes on: without more bids at once, it would never be extended again.
fn in_extension(world: &World) -> Option<usize> {
    let extended = |index: &usize| world.requests[*index].extensions > 0;
    let open = |index: &usize| world.status(*index) == Status::Open;
    living(world).into_iter().filter(extended).find(open)
}

/// Whether a pause ends by itself, or another one becomes possible, within a second.
fn at_a_turn_of_the_clock(world: &World) -> bool {
    let clock = &world.clock;
    let turn = match (clock.paused_at, clock.lifted_at) {
        (Some(paused_at), _) => paused_at.after(MAX_PAUSE),
        (None, Some(lifted_at)) => lifted_at.after(PAUSE_COOLDOWN),
        (None, None) => return false,
    };
    turn.0.abs_diff(world.now.0) <= 1
}

fn around(moment: Timestamp, random: &mut Random) -> Timestamp {
    Timestamp(moment.0 - 1 + random.below(3))
}

fn living(world: &World) -> Vec<usize> {
    let is_living = |index: &usize| world.requests[*index].outcome.is_none();
    (0..world.requests.len()).filter(is_living).collect()
}

/// The next operation and who calls.
pub fn next_op(world: &World, random: &mut Random, near_the_end: bool) -> (Address, Op) {
    if at_a_turn_of_the_clock(world) && !random.one_in(4) {
        let caller = owner_or(random.index(PEOPLE), !random.one_in(3));
        let op = match world.clock.paused_at {
            Some(_) => Op::Unpause,
            None => Op::Pause,
        };
        return (caller, op);
    }
    // A paused market takes so little that there is no point in long pauses.
    let paused = world.clock.at(world.now).1;
    if random.one_in(if paused { 4 } else { 12 }) {
        return administration(world, random, near_the_end);
    }
    let (count, living) = (world.requests.len(), living(world));
    if count == 0 || living.len() < 2 || (living.len() < ALIVE && random.one_in(6)) {
        return request(world, random);
    }
    if random.one_in(16) {
        return request(world, random);
    }
    if let Some(hot) = in_extension(world)
        && random.one_in(2)
    {
        return bid(world, hot, Bent::Not, random);
    }
    let request = if random.one_in(10) {
        count - 1 - random.index(count.min(ALIVE))
    } else {
        random.pick(&living)
    };
    on_request(world, request, random)
}

fn on_request(world: &World, request: usize, random: &mut Random) -> (Address, Op) {
    let target = &world.requests[request];
    let bent = if random.one_in(60) {
        random.pick(&[Bent::Price, Bent::Nonce, Bent::Fee, Bent::Id])
    } else {
        Bent::Not
    };
    let choice = match world.status(request) {
        _ if random.one_in(6) => random.below(16),
        Status::Open if random.one_in(14) => 13,
        Status::Open => 0,
        Status::Assigned if random.one_in(3) => 8,
        Status::Overdue => random.pick(&[8, 10, 10, 10, 10, 14]),
        Status::Expired | Status::Voided if random.one_in(2) => 14,
        _ => random.below(16),
    };
    match choice {
        0..=7 => bid(world, request, bent, random),
        8 | 9 => fulfill(world, request, bent, random),
        10..=12 => (anybody(random), Op::DeclareDefault { request, bent }),
        13 => {
            let caller = if random.one_in(4) {
                anybody(random)
            } else {
                target.requester
            };
            (caller, Op::Cancel { request, bent })
        }
        _ => (anybody(random), Op::Close { request, bent }),
    }
}

fn anybody(random: &mut Random) -> Address {
    person(random.index(PEOPLE))
}

fn round(target: &Request, random: &mut Random) -> u32 {
    match random.below(25) {
        0 => target.round + 1,
        1 => target.round - 1,
        _ => target.round,
    }
}

fn bid(world: &World, request: usize, bent: Bent, random: &mut Random) -> (Address, Op) {
    let target = &world.requests[request];
    let offer = &target.terms.offer;
    let moment = Moment {
        paused: false,
        ..world.moment(request)
    };
    let highest = target
        .highest_bid(&world.stack.params, moment)
        .unwrap_or(offer.max_price)
        .0;
    let price = match random.below(12) {
        0 => highest + 1,
        1 | 2 => highest,
        3 => offer.instant_price.0,
        4 => offer.instant_price.0 + 1,
        5 => highest / 2,
        6 => u128::from(random.below(3)),
        _ => highest - u128::from(random.next()) % (1 + highest / 10),
    };
    let prover = match target.snapshot.sole_prover {
        Some(sole) if !random.one_in(4) => sole,
        _ if random.one_in(12) => anybody(random),
        _ => person(random.pick(&PROVERS)),
    };
    let (caller, signed) = signed(world, prover, random);
    let op = Op::Bid {
        request,
        bent,
        round: round(target, random),
        price: Amount(price),
        signed,
    };
    (caller, op)
}

/// Contracts among the people often let somebody else carry what they sign.
fn signed(world: &World, by: Address, random: &mut Random) -> (Address, Option<Signed>) {
    if !random.one_in(if is_contract(by) { 2 } else { 40 }) {
        return (by, None);
    }
    let signed = Signed {
        by,
        valid_until: match random.below(8) {
            0 => world.now.0 - 1,
            1 => world.now.0,
            2 => world.now.0 + 1,
            _ => world.now.0 + 100,
        },
        genuine: !random.one_in(8),
    };
    (anybody(random), Some(signed))
}

fn fulfill(world: &World, request: usize, bent: Bent, random: &mut Random) -> (Address, Op) {
    let target = &world.requests[request];
    let round = round(target, random);
    let output: Vec<u8> = match random.below(12) {
        0 => vec![7; MAX_INLINE_BYTES + 1],
        1 => vec![7; MAX_INLINE_BYTES],
        _ if target.terms.output_private && !random.one_in(4) => vec![],
        2 => vec![],
        _ => vec![7; 1 + random.index(40)],
    };
    let mut delivery = Delivery {
        output_digest: digest(random),
        result: [random.below(1_000), random.below(2), 0],
        output_hash: sha256(&output),
        seal: Vec::new(),
        output,
    };
    match random.below(24) {
        0 => delivery.output_hash.0[3] ^= 1,
        1 => delivery.output_digest = bent_digest(random),
        2 => delivery.result[random.index(3)] = u64::MAX - random.below(1 << 32),
        3 if delivery.output.is_empty() => delivery.output_hash = Word::ZERO,
        _ => {}
    }
    let proof = if random.one_in(8) {
        random.pick(&[
            Proof::OfAnotherRound,
            Proof::OfAnotherPayee,
            Proof::OfOtherBytes,
            Proof::Short,
        ])
    } else {
        Proof::True
    };
    let payee = target.best.map_or(Address::ZERO, |best| best.prover);
    delivery.seal = seal(target, payee, round, &delivery, proof);
    let starved = target.terms.callback_gas == MAX_CALLBACK_GAS && random.one_in(2);
    let op = Op::Fulfill {
        request,
        bent,
        round,
        delivery: Box::new(delivery),
        proof,
        starved,
    };
    (anybody(random), op)
}

fn digest(random: &mut Random) -> Word {
    let mut digest = [0; 32];
    for limb in digest.chunks_exact_mut(8) {
        limb.copy_from_slice(&(random.next() >> 1).to_be_bytes());
    }
    Word(digest)
}

/// A digest with one limb that is no field element: the smallest one or the largest.
fn bent_digest(random: &mut Random) -> Word {
    let mut digest = digest(random);
    let limb = random.index(4) * 8;
    let value: u64 = random.pick(&[0xffff_ffff_0000_0001, u64::MAX]);
    digest.0[limb..limb + 8].copy_from_slice(&value.to_be_bytes());
    digest
}

fn sha256(bytes: &[u8]) -> Word {
    Word(Sha256::digest(bytes).into())
}

fn request(world: &World, random: &mut Random) -> (Address, Op) {
    let requester = if random.one_in(30) {
        anybody(random)
    } else {
        person(random.pick(&REQUESTERS))
    };
    if let Some(earlier) = world.requests.last()
        && random.one_in(16)
    {
        let op = Op::Request {
            terms: Box::new(earlier.terms.clone()),
            nonce: earlier.nonce,
            input: earlier.inline_input.clone(),
            signed: None,
        };
        return (earlier.requester, op);
    }
    let (terms, input) = terms(world, requester, random);
    let (caller, signed) = signed(world, requester, random);
    let op = Op::Request {
        terms: Box::new(terms),
        nonce: world.requests.len() as u64 + random.below(2),
        input,
        signed,
    };
    (caller, op)
}

fn terms(world: &World, requester: Address, random: &mut Random) -> (Terms, Vec<u8>) {
    let model = random.pick(&[0, 0, 0, 0, 1, 1, 2]);
    let private = random.one_in(4);
    let mut input = match random.below(10) {
        _ if private => vec![],
        0 => vec![],
        1 => vec![9; MAX_INLINE_BYTES],
        _ => vec![9; 1 + random.index(40)],
    };
    let mut terms = Terms {
        model_id: world.stack.models[model].id(),
        kind: Kind::Inference,
        input_private: private,
        output_private: private,
        input_digest: digest(random),
        input_hash: sha256(&input),
        verifier_id: verifier(random.index(VERIFIER_COUNT)).0,
        offer: offer(world, model, random),
        callback_gas: match is_contract(requester) {
            true => random.pick(&[0, 100, 100_000, MAX_CALLBACK_GAS]),
            false => 0,
        },
    };
    // Two thirds of the requests are fine; of the others each breaks one rule, or two.
    if random.one_in(3) {
        for _ in 0..=random.below(2) {
            break_a_rule(&mut terms, &mut input, random);
        }
    }
    (terms, input)
}

fn break_a_rule(terms: &mut Terms, input: &mut Vec<u8>, random: &mut Random) {
    let offer = &mut terms.offer;
    match random.below(22) {
        0 => terms.kind = random.pick(&[Kind::Accuracy, Kind::WeightDelivery]),
        1 => terms.output_private = !terms.output_private,
        2 => terms.model_id = ModelId([0x77; 32]),
        3 => offer.max_price = Amount::ZERO,
        4 => offer.max_price = Amount(MAX_AMOUNT.0 + u128::from(random.below(2))),
        5 => offer.first_ceiling = Amount::ZERO,
        6 => offer.first_ceiling = Amount(offer.max_price.0 + u128::from(random.below(2))),
        7 => offer.ceiling_step = Amount(u128::from(random.below(2))),
        8 => offer.instant_price = Amount(offer.first_ceiling.0 + u128::from(random.below(2))),
        9 => offer.max_fee = Amount(u128::from(random.below(2_000))),
        10 => offer.bidding_window = Seconds(random.pick(&[9, 10, MAX_BIDDING_WINDOW.0])),
        11 => offer.bidding_window = Seconds(MAX_BIDDING_WINDOW.0 + 1),
        12 => offer.proving_window = Seconds(random.pick(&[59, 60, MAX_PROVING_WINDOW.0])),
        13 => offer.proving_window = Seconds(MAX_PROVING_WINDOW.0 + 1),
        14 => offer.expires_at = Timestamp(u64::MAX),
        15 => *input = vec![9; MAX_INLINE_BYTES + 1],
        16 => {
            *input = vec![9; 5];
            terms.input_private = true;
            terms.output_private = true;
        }
        17 => terms.input_hash.0[9] ^= 1,
        18 => terms.input_digest = bent_digest(random),
        19 => terms.callback_gas = MAX_CALLBACK_GAS + 1,
        20 => terms.callback_gas = 100_000,
        _ => terms.verifier_id = Word([0x29; 32]),
    }
}

fn offer(world: &World, model: usize, random: &mut Random) -> Offer {
    let params = &world.stack.params;
    let listed = &world.stack.models[model];
    let posted = listed.sole_prover.is_some() && !random.one_in(8);
    let max_price = if posted {
        listed.proving_price.0
    } else {
        1 + u128::from(random.below(30_000))
    };
    let first = if posted || random.one_in(4) {
        max_price
    } else {
        1 + u128::from(random.next()) % max_price
    };
    let step = match max_price - first {
        0 => 0,
        rest => 1 + u128::from(random.next()) % rest,
    };
    let instant = match random.below(4) {
        _ if posted => max_price,
        0 => first,
        1 => first / 2,
        _ => 0,
    };
    let bidding = 10 + random.below(30);
    let proving = 60 + random.below(60);
    // The end of a window's round, a second less or more; sometimes the latest end.
    let windows = 1 + random.below(12);
    let round = windows * bidding
        + u64::from(MAX_EXTENSIONS) * params.extension.0
        + proving
        + params.grace.0;
    let life = match random.below(12) {
        0 => round - 1,
        1 => MAX_LIFETIME.0 - 1 + random.below(3),
        2..5 => round,
        // Long enough for every round to end in a default.
        5..8 => round + random.below(4_000),
        _ => round + random.below(400),
    };
    Offer {
        first_ceiling: Amount(first),
        ceiling_step: Amount(step),
        max_price: Amount(max_price),
        instant_price: Amount(instant),
        max_fee: Amount(3_000),
        bidding_window: Seconds(bidding),
        proving_window: Seconds(proving),
        expires_at: world.market_time().after(Seconds(life)),
    }
}

/// What is not about one request; owners mostly do what only they may.
fn administration(world: &World, random: &mut Random, near_the_end: bool) -> (Address, Op) {
    let owner = owner_or(random.index(PEOPLE), !random.one_in(4));
    let paused = world.clock.at(world.now).1;
    match random.below(40) {
        0..8 if paused && !random.one_in(4) => (owner, Op::Unpause),
        0..6 => (owner, Op::Pause),
        6..10 => (owner, Op::Unpause),
        10 | 11 => {
            let verifier_id = tombstone(world, random);
            (owner, Op::Tombstone { verifier_id })
        }
        12..18 if near_the_end => (owner, Op::Retire),
        12..20 => consent(world, random),
        20..28 => deposit(world, random),
        28..35 => withdraw(world, random),
        35..38 => prices(world, random),
        _ if near_the_end => {
            let model = random.index(world.stack.models.len());
            (provider_or_anybody(random), Op::Deprecate { model })
        }
        _ => (provider_or_anybody(random), Op::Deprecate { model: 2 }),
    }
}

/// Mostly a verifier that something depends on.
fn tombstone(world: &World, random: &mut Random) -> Word {
    let bound: Vec<usize> = living(world)
        .into_iter()
        .filter(|index| world.requests[*index].best.is_some())
        .collect();
    match random.below(8) {
        0 => Word([0x29; 32]),
        1 => verifier(random.index(VERIFIER_COUNT)).0,
        _ if bound.is_empty() => Word([0x29; 32]),
        _ => world.requests[random.pick(&bound)].terms.verifier_id,
    }
}

fn provider_or_anybody(random: &mut Random) -> Address {
    if random.one_in(4) {
        anybody(random)
    } else {
        person(PROVIDER)
    }
}

fn consent(world: &World, random: &mut Random) -> (Address, Op) {
    let account = anybody(random);
    let allowance = match random.below(6) {
        0 => Amount::ZERO,
        1 => world.ledger.consent_of(account).used,
        2 => Amount(u128::from(random.below(400_000))),
        _ => Consent::UNLIMITED,
    };
    (account, Op::Consent { allowance })
}

fn deposit(world: &World, random: &mut Random) -> (Address, Op) {
    let from = anybody(random);
    let held = world.held[index_of(from)];
    let amount = Amount(1 + u128::from(random.below(100_000)).min(held / 2));
    let account = if random.one_in(6) {
        anybody(random)
    } else {
        from
    };
    (from, Op::Deposit { account, amount })
}

fn withdraw(world: &World, random: &mut Random) -> (Address, Op) {
    let from = anybody(random);
    let free = world.ledger.free_of(from).0;
    let amount = match random.below(8) {
        0 => free + 1,
        1 => free,
        2 => 0,
        _ => u128::from(random.below(20_000)).min(free),
    };
    let amount = Amount(amount);
    (from, Op::Withdraw { amount })
}

fn prices(world: &World, random: &mut Random) -> (Address, Op) {
    let model = random.index(world.stack.models.len());
    let sole = world.stack.models[model].sole_prover.is_some();
    let op = Op::SetPrices {
        model,
        fee: Amount(u128::from(random.below(2_500))),
        proving_price: Amount(if sole {
            5_000 + u128::from(random.below(5_000))
        } else {
            0
        }),
    };
    (provider_or_anybody(random), op)
}
