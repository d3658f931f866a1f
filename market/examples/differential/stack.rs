//! What a file of operations begins with: where the contracts are, who has money, which models there are.

use assay_market::{Address, Amount, Kind, ModelId, Params, Seconds, Timestamp, Word};

use crate::abi::{Value, address, encode, keccak256, number, word};
use crate::random::Random;

pub const CHAIN_ID: u64 = 31_337;
/// When every file begins: some hours before a day ends, so that days pass.
pub const START: Timestamp = Timestamp(1_800_000_000);

pub const OWNER: Address = place(1);
pub const TOKEN: Address = place(2);
pub const VAULT: Address = place(3);
pub const MODELS: Address = place(4);
pub const VERIFIERS: Address = place(5);
pub const RULES: Address = place(6);
pub const MARKET: Address = place(7);
pub const LENS: Address = place(8);
/// The ledger's account of what was burned.
pub const SINK: Address = Address([
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xde, 0xad,
]);

/// Verifiers on the list at the beginning.
pub const VERIFIER_COUNT: usize = 12;
/// The circuits that every model has: public, and with private input and output.
pub const PUBLIC_CIRCUIT: Word = Word([0x14; 32]);
pub const PRIVATE_CIRCUIT: Word = Word([0x15; 32]);

/// Who takes part: two plain requesters, a provider, three plain provers, one that is a contract, somebody who looks on,
/// and two requesters that are contracts, the last of which refuses every callback.
pub const PEOPLE: usize = 10;
pub const PROVIDER: usize = 2;
pub const PROVERS: [usize; 4] = [3, 4, 5, 6];
pub const REQUESTERS: [usize; 4] = [0, 1, 8, 9];
/// The contracts among them: they sign by saying so (ERC-1271), and may be called back.
const CONTRACTS: [usize; 3] = [6, 8, 9];
const REFUSES_CALLBACKS: usize = 9;

const fn place(number: u8) -> Address {
    let mut bytes = [0xA5; 20];
    bytes[18] = 0;
    bytes[19] = number;
    Address(bytes)
}

pub fn person(index: usize) -> Address {
    let index = u8::try_from(index).expect("few people");
    place(0x40 + index)
}

pub fn index_of(account: Address) -> usize {
    usize::from(account.0[19] - 0x40)
}

pub fn is_contract(account: Address) -> bool {
    CONTRACTS.contains(&index_of(account))
}

pub fn takes_callbacks(account: Address) -> bool {
    index_of(account) != REFUSES_CALLBACKS
}

/// A verifier: its id, and its adapter.
pub fn verifier(index: usize) -> (Word, Address) {
    let number = u8::try_from(index).expect("few verifiers");
    (Word([0x30 + number; 32]), place(0x20 + number))
}

/// What each verifier's adapter asks.
fn marker(index: usize) -> Address {
    place(0x30 + u8::try_from(index).expect("few verifiers"))
}

/// A registered model.
#[derive(Debug, Clone)]
pub struct Model {
    pub deprecated: bool,
    pub weights_private: bool,
    pub sole_prover: Option<Address>,
    pub proving_price: Amount,
    pub fee: Amount,
    pub commitment: Word,
}

impl Model {
    pub fn id(&self) -> ModelId {
        ModelId(keccak256(&encode(&[
            number(CHAIN_ID),
            address(MODELS),
            address(person(PROVIDER)),
            word(PUBLIC_CIRCUIT.0),
            word(self.commitment.0),
        ])))
    }

    /// The circuit of a kind and privacy mode; zero when the model has none.
    pub fn circuit(&self, kind: Kind, input_private: bool, output_private: bool) -> Word {
        match (kind, input_private, output_private) {
            (Kind::Inference, false, false) => PUBLIC_CIRCUIT,
            (Kind::Inference, true, true) => PRIVATE_CIRCUIT,
            _ => Word::ZERO,
        }
    }
}

/// Everything that differs from file to file.
#[derive(Debug, Clone)]
pub struct Stack {
    pub params: Params,
    pub daily_limit: Amount,
    pub deposits: [u128; PEOPLE],
    pub allowances: [u128; PEOPLE],
    /// Tokens that each of them still has outside of the vault.
    pub held: u128,
    pub models: Vec<Model>,
}

impl Stack {
    pub fn new(random: &mut Random) -> Self {
        let params = Params {
            min_bidding_window: Seconds(10),
            min_proving_window: Seconds(60),
            extension: Seconds(random.below(8)),
            grace: Seconds(random.below(40)),
            late_fee_bps: random.below_32(5_001),
            burned_floor: Amount(u128::from(1 + random.below(4_000))),
            burned_bps: random.below_32(25_000),
            reward_cap: Amount(u128::from(random.below(5_000))),
        };
        let daily_limit = if random.one_in(3) {
            300_000 + u128::from(random.below(2_000_000))
        } else {
            u128::MAX
        };
        let model = |number: u8, sole: bool, random: &mut Random| Model {
            deprecated: false,
            weights_private: sole,
            sole_prover: sole.then(|| person(PROVERS[0])),
            proving_price: Amount(if sole { 7_000 } else { 0 }),
            fee: Amount(u128::from(random.below(2_000))),
            commitment: Word([0x60 + number; 32]),
        };
        Self {
            params,
            daily_limit: Amount(daily_limit),
            deposits: std::array::from_fn(|index| match index {
                PROVIDER => 0,
                7 => 100,
                _ => 400_000 + u128::from(random.below(1_600_000)),
            }),
            allowances: std::array::from_fn(|_| match random.below(4) {
                0 => 200_000 + u128::from(random.below(600_000)),
                _ => (1 << 96) - 1,
            }),
            held: 10_000_000,
            models: vec![
                model(0, false, random),
                model(1, true, random),
                model(2, false, random),
            ],
        }
    }

    /// The `Setup` that the forge test reads.
    pub fn to_abi(&self) -> Value {
        let params = &self.params;
        let params = Value::Tuple(vec![
            number(params.min_bidding_window.0),
            number(params.min_proving_window.0),
            number(params.extension.0),
            number(params.grace.0),
            number(params.late_fee_bps),
            number(params.burned_floor.0),
            number(params.burned_bps),
            number(params.reward_cap.0),
        ]);
        let contracts = [OWNER, TOKEN, VAULT, MODELS, VERIFIERS, RULES, MARKET, LENS];
        let verifiers = (0..VERIFIER_COUNT).map(|index| {
            let (id, adapter) = verifier(index);
            Value::Tuple(vec![word(id.0), address(adapter), address(marker(index))])
        });
        let people = (0..PEOPLE).map(|index| {
            let at = person(index);
            let is_contract = is_contract(at);
            Value::Tuple(vec![
                address(at),
                number(is_contract),
                number(is_contract && takes_callbacks(at)),
                number(self.deposits[index]),
                number(self.held),
                number(self.allowances[index]),
            ])
        });
        let models = self.models.iter().map(|model| {
            Value::Tuple(vec![
                word(model.id().0),
                number(model.weights_private),
                address(model.sole_prover.unwrap_or(Address::ZERO)),
                number(model.proving_price.0),
                number(model.fee.0),
                word(model.commitment.0),
            ])
        });
        Value::Tuple(vec![
            number(START.0),
            Value::Tuple(contracts.into_iter().map(address).collect()),
            params,
            number(self.daily_limit.0),
            Value::List(verifiers.collect()),
            Value::List(people.collect()),
            address(person(PROVIDER)),
            word(PUBLIC_CIRCUIT.0),
            word(PRIVATE_CIRCUIT.0),
            Value::List(models.collect()),
        ])
    }
}
