//! The domain as the whole stack: what the registries, the vault and the callback's forwarder add to the market's rules.

use assay_market::params::{MAX_CALLBACK_GAS, MAX_PAUSE};
use assay_market::{
    Action, Address, Amount, Clock, Effect, Event, Ledger, Listing, MarketError, Moment, Request,
    RequestId, Status, Terms, Timestamp, Word, open, request_id,
};
use assay_statement::{Header, Privacy};

use crate::abi::{address, encode, number, word};
use crate::operation::{Bent, Op, Signed, bent_id};
use crate::outcome::{Log, Outcome, Refusal, event_log, refusal};
use crate::proof::check_proof;
use crate::stack::{
    CHAIN_ID, MARKET, OWNER, PEOPLE, PROVIDER, START, Stack, VERIFIER_COUNT, index_of, is_contract,
    person, takes_callbacks, verifier,
};

pub struct World {
    pub stack: Stack,
    /// The chain's time.
    pub now: Timestamp,
    pub clock: Clock,
    pub ledger: Ledger,
    pub requests: Vec<Request>,
    /// When each of them was fulfilled, of the market's time; zero for the others.
    pub fulfilled_at: Vec<Timestamp>,
    pub tombstones: [bool; VERIFIER_COUNT],
    /// Tokens that each of them has outside of the vault.
    pub held: [u128; PEOPLE],
}

/// What a call changed and told.
type Done = (Vec<u8>, Vec<Log>);

impl World {
    pub fn new(stack: Stack) -> Self {
        let mut ledger = Ledger::new(stack.daily_limit);
        for index in 0..PEOPLE {
            ledger.deposit(person(index), Amount(stack.deposits[index]));
            ledger.consent(person(index), Amount(stack.allowances[index]));
        }
        Self {
            now: START,
            clock: Clock::default(),
            ledger,
            requests: Vec::new(),
            fulfilled_at: Vec::new(),
            tombstones: [false; VERIFIER_COUNT],
            held: [stack.held; PEOPLE],
            stack,
        }
    }

    pub fn moment_of(&self, verifier_id: Word) -> Moment {
        let (now, paused) = self.clock.at(self.now);
        let listed = (0..VERIFIER_COUNT).find(|index| verifier(*index).0 == verifier_id);
        Moment {
            now,
            paused,
            tombstoned: listed.is_some_and(|index| self.tombstones[index]),
        }
    }

    pub fn moment(&self, request: usize) -> Moment {
        self.moment_of(self.requests[request].terms.verifier_id)
    }

    pub fn status(&self, request: usize) -> Status {
        self.requests[request].status(self.moment(request))
    }

    pub fn run(&mut self, caller: Address, op: &Op) -> Outcome {
        match self.attempt(caller, op) {
            Ok((answer, logs)) => Outcome {
                answer: Ok(answer),
                logs,
            },
            Err(refusal) => Outcome {
                answer: Err(refusal),
                logs: Vec::new(),
            },
        }
    }

    fn attempt(&mut self, caller: Address, op: &Op) -> Result<Done, Refusal> {
        let market = |error: MarketError| refusal(&error, caller);
        match op {
            Op::Request {
                terms,
                nonce,
                input,
                signed,
            } => self.request(caller, terms, *nonce, input, *signed),
            Op::Bid {
                request,
                bent,
                round,
                price,
                signed,
            } => {
                let prover = self.signer(caller, *signed)?;
                let (round, price) = (*round, *price);
                let action = Action::Bid {
                    prover,
                    round,
                    price,
                };
                self.act(caller, *request, *bent, &action)
            }
            Op::Fulfill { .. } => self.fulfill(caller, op),
            Op::DeclareDefault { request, bent } => {
                self.act(caller, *request, *bent, &Action::DeclareDefault { caller })
            }
            Op::Cancel { request, bent } => {
                self.act(caller, *request, *bent, &Action::Cancel { caller })
            }
            Op::Close { request, bent } => {
                self.act(caller, *request, *bent, &Action::Close { caller })
            }
            Op::Pause => {
                if caller != OWNER {
                    return Err(market(MarketError::NotOwner));
                }
                self.clock.pause(self.now).map_err(market)?;
                let until = self.now.after(MAX_PAUSE);
                Ok(told("Paused(uint64,uint64)", self.market_time().0, until.0))
            }
            Op::Unpause => {
                self.clock
                    .unpause(self.now, caller == OWNER)
                    .map_err(market)?;
                let behind = self.clock.behind;
                Ok(told(
                    "Unpaused(uint64,uint64)",
                    self.market_time().0,
                    behind.0,
                ))
            }
            _ => self.administration(caller, op),
        }
    }

    pub fn market_time(&self) -> Timestamp {
        self.clock.at(self.now).0
    }

    fn request(
        &mut self,
        caller: Address,
        terms: &Terms,
        nonce: u64,
        input: &[u8],
        signed: Option<Signed>,
    ) -> Result<Done, Refusal> {
        let requester = self.signer(caller, signed)?;
        let moment = self.moment_of(terms.verifier_id);
        let model = self
            .stack
            .models
            .iter()
            .find(|model| model.id() == terms.model_id);
        let Some(model) = model else {
            // The pause is looked at before the registry is.
            return Err(if moment.paused {
                refusal(&MarketError::MarketIsPaused, caller)
            } else {
                Refusal::new("UnknownModel(bytes32)", &[word(terms.model_id.0)])
            });
        };
        let privacy = |private| match private {
            true => Privacy::Private,
            false => Privacy::Public,
        };
        let header = Header {
            kind: terms.kind,
            input: privacy(terms.input_private),
            weights: privacy(model.weights_private),
            output: privacy(terms.output_private),
        };
        let listed = (0..VERIFIER_COUNT)
            .map(verifier)
            .find(|(id, _)| *id == terms.verifier_id);
        let listing = Listing {
            provider: person(PROVIDER),
            deprecated: model.deprecated,
            sole_prover: model.sole_prover,
            proving_price: model.proving_price,
            fee: model.fee,
            header: u32::try_from(header.to_word()).expect("headers have 32 bits"),
            circuit: model.circuit(terms.kind, terms.input_private, terms.output_private),
            commitment: model.commitment,
            verifier: listed.map_or(Address::ZERO, |(_, adapter)| adapter),
        };
        let id = request_id(CHAIN_ID, MARKET, requester, nonce, terms);
        let (request, effects) = open(
            id,
            requester,
            nonce,
            terms.clone(),
            input.to_vec(),
            is_contract(requester),
            &listing,
            &self.stack.params,
            moment,
        )
        .map_err(|error| refusal(&error, caller))?;
        if listed.is_none() {
            let id = word(terms.verifier_id.0);
            return Err(Refusal::new("UnknownVerifier(bytes32)", &[id]));
        }
        if self.requests.iter().any(|request| request.id == id) {
            return Err(Refusal::new("RequestExists(bytes32)", &[word(id.0)]));
        }
        let logs = self.carry_out(caller, id, &effects)?;
        self.requests.push(request);
        self.fulfilled_at.push(Timestamp(0));
        Ok((encode(&[word(id.0)]), logs))
    }

    /// Who acts: the caller, or whoever signed.
    fn signer(&self, caller: Address, signed: Option<Signed>) -> Result<Address, Refusal> {
        let Some(signed) = signed else {
            return Ok(caller);
        };
        if self.now.0 >= signed.valid_until {
            return Err(Refusal::new(
                "SignatureExpired(uint64,uint64)",
                &[number(signed.valid_until), number(self.now.0)],
            ));
        }
        // Those who are no contracts would have to sign with a key.
        if !is_contract(signed.by) || !signed.genuine {
            let by = address(signed.by);
            return Err(Refusal::new("InvalidSignature(address)", &[by]));
        }
        Ok(signed.by)
    }

    fn act(
        &mut self,
        caller: Address,
        index: usize,
        bent: Bent,
        action: &Action,
    ) -> Result<Done, Refusal> {
        let request = self.known(index, bent)?;
        let applied = request.apply(action, &self.stack.params, self.moment(index));
        let (next, effects) = applied.map_err(|error| refusal(&error, caller))?;
        let logs = self.carry_out(caller, next.id, &effects)?;
        self.requests[index] = next;
        Ok((Vec::new(), logs))
    }

    /// The market keeps a hash of what was asked and fixed, so nothing of it can be brought along differently.
    fn known(&self, index: usize, bent: Bent) -> Result<&Request, Refusal> {
        let request = &self.requests[index];
        let id = match bent {
            Bent::Not => return Ok(request),
            Bent::Id => bent_id(request.id),
            _ => request.id,
        };
        Err(Refusal::new("UnknownRequest(bytes32)", &[word(id.0)]))
    }

    fn fulfill(&mut self, caller: Address, op: &Op) -> Result<Done, Refusal> {
        let Op::Fulfill {
            request: index,
            bent,
            round,
            delivery,
            proof,
            starved,
        } = op
        else {
            unreachable!("a fulfillment");
        };
        let request = self.known(*index, *bent)?;
        let action = Action::Fulfill {
            round: *round,
            delivery: delivery.as_ref().clone(),
        };
        let applied = request.apply(&action, &self.stack.params, self.moment(*index));
        let (next, effects) = applied.map_err(|error| refusal(&error, caller))?;
        check_proof(delivery, *proof)?;
        let (requester, gas) = (next.requester, next.terms.callback_gas);
        if gas == MAX_CALLBACK_GAS && *starved {
            // How much is left is the compiler's affair: the forge test compares what is needed only.
            let needed = (u128::from(gas) + 20_000) * 64 / 63 * 64 / 63 + 20_000;
            let mut refusal = Refusal::new("TooLittleGas(uint256,uint256)", &[number(needed)]);
            refusal.data.truncate(36);
            return Err(refusal);
        }
        let mut logs = self.carry_out(caller, next.id, &effects)?;
        if gas != 0 {
            let made = Event::CallbackMade {
                consumer: requester,
                // Less than this does not reach the end of the contract's function.
                succeeded: takes_callbacks(requester) && gas >= LEAST_CALLBACK_GAS,
            };
            logs.push(event_log(next.id, &made));
        }
        self.requests[*index] = next;
        self.fulfilled_at[*index] = self.market_time();
        Ok((Vec::new(), logs))
    }

    /// Moves the money and returns the logs, in the order in which the contracts write them.
    fn carry_out(
        &mut self,
        caller: Address,
        id: RequestId,
        effects: &[Effect],
    ) -> Result<Vec<Log>, Refusal> {
        let mut ledger = self.ledger.clone();
        let mut logs = Vec::new();
        for effect in effects {
            let before = ledger.clone();
            ledger
                .apply(std::slice::from_ref(effect), self.now)
                .map_err(|error| refusal(&error, caller))?;
            match effect {
                Effect::Emit(event) => logs.push(event_log(id, event)),
                _ => logs.extend(crate::vault::logs_of(effect, &before, &ledger)),
            }
        }
        self.ledger = ledger;
        Ok(logs)
    }

    /// What the registries and the vault do for one person.
    fn administration(&mut self, caller: Address, op: &Op) -> Result<Done, Refusal> {
        let owner_only = || match caller == OWNER {
            true => Ok(()),
            false => Err(Refusal::new(
                "OwnableUnauthorizedAccount(address)",
                &[address(caller)],
            )),
        };
        match op {
            Op::Tombstone { verifier_id } => {
                owner_only()?;
                let id = word(verifier_id.0);
                let index = (0..VERIFIER_COUNT).find(|index| verifier(*index).0 == *verifier_id);
                let Some(index) = index else {
                    return Err(Refusal::new("UnknownVerifier(bytes32)", &[id]));
                };
                if self.tombstones[index] {
                    return Err(Refusal::new("VerifierIsTombstoned(bytes32)", &[id]));
                }
                self.tombstones[index] = true;
                Ok((Vec::new(), Vec::new()))
            }
            Op::Retire => {
                owner_only()?;
                if !self.ledger.active {
                    return Err(refusal(&MarketError::NotModule, caller));
                }
                self.ledger.active = false;
                let log = Log::of_vault("ModuleRetired(address)", &[address(MARKET)], &[]);
                Ok((Vec::new(), vec![log]))
            }
            Op::SetPrices {
                model,
                fee,
                proving_price,
            } => {
                self.of_provider(caller, *model)?;
                let model = &mut self.stack.models[*model];
                (model.fee, model.proving_price) = (*fee, *proving_price);
                Ok((Vec::new(), Vec::new()))
            }
            Op::Deprecate { model } => {
                self.of_provider(caller, *model)?;
                if self.stack.models[*model].deprecated {
                    let id = self.stack.models[*model].id();
                    return Err(Refusal::new("AlreadyDeprecated(bytes32)", &[word(id.0)]));
                }
                self.stack.models[*model].deprecated = true;
                Ok((Vec::new(), Vec::new()))
            }
            _ => self.money(caller, op),
        }
    }

    fn of_provider(&self, caller: Address, model: usize) -> Result<(), Refusal> {
        if caller == person(PROVIDER) {
            return Ok(());
        }
        let id = self.stack.models[model].id();
        let values = [word(id.0), address(caller)];
        Err(Refusal::new("NotProvider(bytes32,address)", &values))
    }

    fn money(&mut self, caller: Address, op: &Op) -> Result<Done, Refusal> {
        match op {
            Op::Consent { allowance } => {
                self.ledger.consent(caller, *allowance);
                let log = Log::of_vault(
                    "Consented(address,address,uint256)",
                    &[address(caller), address(MARKET)],
                    &[number(allowance.0)],
                );
                Ok((Vec::new(), vec![log]))
            }
            Op::Deposit { account, amount } => {
                self.ledger.deposit(*account, *amount);
                self.held[index_of(caller)] -= amount.0;
                let log = Log::of_vault(
                    "Deposited(address,address,uint256,uint256)",
                    &[address(*account), address(caller)],
                    &[number(amount.0), number(self.ledger.free_of(*account).0)],
                );
                Ok((encode(&[number(amount.0)]), vec![log]))
            }
            Op::Withdraw { amount } => {
                let withdrawn = self.ledger.withdraw(caller, *amount);
                withdrawn.map_err(|error| refusal(&error, caller))?;
                self.held[index_of(caller)] += amount.0;
                let log = Log::of_vault(
                    "Withdrawn(address,address,uint256,uint256,uint256)",
                    &[address(caller), address(caller)],
                    &[
                        number(amount.0),
                        number(amount.0),
                        number(self.ledger.free_of(caller).0),
                    ],
                );
                Ok((Vec::new(), vec![log]))
            }
            other => unreachable!("{other:?} is done elsewhere"),
        }
    }
}

fn told(signature: &str, first: u64, second: u64) -> Done {
    let log = Log::of_market(signature, &[], &[number(first), number(second)]);
    (Vec::new(), vec![log])
}

/// Gas below which a callback of the people's contracts fails, and well above it does not.
const LEAST_CALLBACK_GAS: u32 = 50_000;
