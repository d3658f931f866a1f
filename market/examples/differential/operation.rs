//! What people do, as the calls that the forge test makes.

use assay_market::{Address, Amount, Delivery, Request, RequestId, Snapshot, Terms, Word};

use crate::abi::{Value, address, encode, encode_call, keccak256, number, word};
use crate::stack::{CHAIN_ID, MARKET, MODELS, OWNER, VAULT, VERIFIERS, person};

/// A signature that somebody else carries.
#[derive(Debug, Clone, Copy)]
pub struct Signed {
    /// Who is said to have signed.
    pub by: Address,
    pub valid_until: u64,
    /// Whether the signature is over these values.
    pub genuine: bool,
}

/// How a request that is brought along differs from the one that was made.
#[derive(Debug, Clone, Copy)]
pub enum Bent {
    Not,
    Price,
    Nonce,
    Fee,
    Id,
}

/// How a proof is not the one that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    True,
    OfAnotherRound,
    OfAnotherPayee,
    OfOtherBytes,
    Short,
}

#[derive(Debug, Clone)]
pub enum Op {
    Request {
        terms: Box<Terms>,
        nonce: u64,
        input: Vec<u8>,
        signed: Option<Signed>,
    },
    Bid {
        request: usize,
        bent: Bent,
        round: u32,
        price: Amount,
        signed: Option<Signed>,
    },
    Fulfill {
        request: usize,
        bent: Bent,
        round: u32,
        delivery: Box<Delivery>,
        proof: Proof,
        /// Too little gas for a callback.
        starved: bool,
    },
    DeclareDefault {
        request: usize,
        bent: Bent,
    },
    Cancel {
        request: usize,
        bent: Bent,
    },
    Close {
        request: usize,
        bent: Bent,
    },
    Pause,
    Unpause,
    Tombstone {
        verifier_id: Word,
    },
    Retire,
    Consent {
        allowance: Amount,
    },
    Deposit {
        account: Address,
        amount: Amount,
    },
    Withdraw {
        amount: Amount,
    },
    SetPrices {
        model: usize,
        fee: Amount,
        proving_price: Amount,
    },
    Deprecate {
        model: usize,
    },
}

/// Gas that is enough for everything but a callback of the largest size.
pub const STARVED_GAS: u64 = 560_000;

impl Op {
    /// Which request it is about.
    pub fn target(&self) -> Option<(usize, Bent)> {
        match self {
            Self::Bid { request, bent, .. }
            | Self::Fulfill { request, bent, .. }
            | Self::DeclareDefault { request, bent }
            | Self::Cancel { request, bent }
            | Self::Close { request, bent } => Some((*request, *bent)),
            _ => None,
        }
    }

    pub fn gas(&self) -> u64 {
        match self {
            Self::Fulfill { starved: true, .. } => STARVED_GAS,
            _ => 0,
        }
    }

    /// Where the call goes, and its data. `requests` are those that were made, `models` the ids of the models.
    pub fn call(
        &self,
        caller: Address,
        requests: &[Request],
        models: &[Word],
    ) -> (Address, Vec<u8>) {
        let brought = self
            .target()
            .map(|(index, bent)| brought(&requests[index], bent));
        let on_request = |name: &str, rest: &str, mut more: Vec<Value>| {
            let (id, request) = brought.clone().expect("an operation on a request");
            let mut values = vec![word(id.0), request];
            values.append(&mut more);
            let signature = format!("{name}(bytes32,{REQUEST}{rest})");
            (MARKET, encode_call(&signature, &values))
        };
        match self {
            Self::Request {
                terms,
                nonce,
                input,
                signed,
            } => (MARKET, request_call(terms, *nonce, input, *signed)),
            Self::Bid {
                round,
                price,
                signed: None,
                ..
            } => on_request(
                "bid",
                ",uint32,uint128",
                vec![number(*round), number(price.0)],
            ),
            Self::Bid {
                round,
                price,
                signed: Some(signed),
                ..
            } => {
                let (id, request) = brought.expect("a bid on a request");
                (MARKET, signed_bid(signed, id, request, *round, *price))
            }
            Self::Fulfill {
                round, delivery, ..
            } => on_request(
                "fulfill",
                &format!(",uint32,{DELIVERY}"),
                vec![number(*round), delivery_value(delivery)],
            ),
            Self::DeclareDefault { .. } => on_request("declareDefault", "", vec![]),
            Self::Cancel { .. } => on_request("cancel", "", vec![]),
            Self::Close { .. } => on_request("close", "", vec![]),
            _ => self.administration(caller, models),
        }
    }

    /// Calls that are not about one request.
    fn administration(&self, caller: Address, models: &[Word]) -> (Address, Vec<u8>) {
        match self {
            Self::Pause => (MARKET, encode_call("pause()", &[])),
            Self::Unpause => (MARKET, encode_call("unpause()", &[])),
            Self::Tombstone { verifier_id } => (
                VERIFIERS,
                encode_call("tombstone(bytes32)", &[word(verifier_id.0)]),
            ),
            Self::Retire => (
                VAULT,
                encode_call("retireModule(address)", &[address(MARKET)]),
            ),
            Self::Consent { allowance } => (
                VAULT,
                encode_call(
                    "consent(address,uint96)",
                    &[address(MARKET), number(allowance.0)],
                ),
            ),
            Self::Deposit { account, amount } => (
                VAULT,
                encode_call(
                    "deposit(address,uint256)",
                    &[address(*account), number(amount.0)],
                ),
            ),
            Self::Withdraw { amount } => (
                VAULT,
                encode_call(
                    "withdraw(address,uint256)",
                    &[address(caller), number(amount.0)],
                ),
            ),
            Self::SetPrices {
                model,
                fee,
                proving_price,
            } => (
                MODELS,
                encode_call(
                    "setPrices(bytes32,uint128,uint128)",
                    &[
                        word(models[*model].0),
                        number(fee.0),
                        number(proving_price.0),
                    ],
                ),
            ),
            Self::Deprecate { model } => (
                MODELS,
                encode_call("deprecate(bytes32)", &[word(models[*model].0)]),
            ),
            _ => unreachable!("an operation on a request"),
        }
    }
}

/// Who may do what only the owner may.
pub fn owner_or(index: usize, owner: bool) -> Address {
    if owner { OWNER } else { person(index) }
}

const TERMS: &str = "(bytes32,uint8,bool,bool,bytes32,bytes32,bytes32,uint128,uint128,uint128,uint128,uint128,uint64,\
                     uint64,uint64,uint32)";
const REQUEST: &str = "(address,uint64,(bytes32,uint8,bool,bool,bytes32,bytes32,bytes32,uint128,uint128,uint128,uint128,\
                       uint128,uint64,uint64,uint64,uint32),(address,address,address,uint32,bytes32,bytes32,uint128,\
                       uint128))";
pub const DELIVERY: &str = "(bytes32,uint64[3],bytes32,bytes,bytes)";

pub fn terms_value(terms: &Terms) -> Value {
    let offer = &terms.offer;
    Value::Tuple(vec![
        word(terms.model_id.0),
        number(terms.kind.number()),
        number(terms.input_private),
        number(terms.output_private),
        word(terms.input_digest.0),
        word(terms.input_hash.0),
        word(terms.verifier_id.0),
        number(offer.first_ceiling.0),
        number(offer.ceiling_step.0),
        number(offer.max_price.0),
        number(offer.instant_price.0),
        number(offer.max_fee.0),
        number(offer.bidding_window.0),
        number(offer.proving_window.0),
        number(offer.expires_at.0),
        number(terms.callback_gas),
    ])
}

pub fn snapshot_value(snapshot: &Snapshot) -> Value {
    Value::Tuple(vec![
        address(snapshot.provider),
        address(snapshot.sole_prover.unwrap_or(Address::ZERO)),
        address(snapshot.verifier),
        number(snapshot.header),
        word(snapshot.circuit.0),
        word(snapshot.commitment.0),
        number(snapshot.fee.0),
        number(snapshot.collateral.0),
    ])
}

pub fn delivery_value(delivery: &Delivery) -> Value {
    Value::Tuple(vec![
        word(delivery.output_digest.0),
        Value::Tuple(delivery.result.into_iter().map(number).collect()),
        word(delivery.output_hash.0),
        Value::Bytes(delivery.seal.clone()),
        Value::Bytes(delivery.output.clone()),
    ])
}

/// The id and the request that a call names.
fn brought(request: &Request, bent: Bent) -> (RequestId, Value) {
    let mut request = request.clone();
    match bent {
        Bent::Not => {}
        Bent::Price => request.terms.offer.max_price.0 += 1,
        Bent::Nonce => request.nonce += 1,
        Bent::Fee => request.snapshot.fee.0 += 1,
        Bent::Id => request.id = bent_id(request.id),
    }
    let value = Value::Tuple(vec![
        address(request.requester),
        number(request.nonce),
        terms_value(&request.terms),
        snapshot_value(&request.snapshot),
    ]);
    (request.id, value)
}

pub fn bent_id(id: RequestId) -> RequestId {
    let mut id = id;
    id.0[31] ^= 1;
    id
}

fn request_call(terms: &Terms, nonce: u64, input: &[u8], signed: Option<Signed>) -> Vec<u8> {
    let input = Value::Bytes(input.to_vec());
    let Some(signed) = signed else {
        let signature = format!("request({TERMS},uint64,bytes)");
        return encode_call(&signature, &[terms_value(terms), number(nonce), input]);
    };
    let mut terms_struct = keccak256(TERMS_TYPE.as_bytes()).to_vec();
    terms_struct.extend(encode(&[terms_value(terms)]));
    let request_type = format!(
        "Request(address requester,uint64 nonce,uint64 validUntil,Terms terms){TERMS_TYPE}"
    );
    let digest = signed_digest(&encode(&[
        word(keccak256(request_type.as_bytes())),
        address(signed.by),
        number(nonce),
        number(signed.valid_until),
        word(keccak256(&terms_struct)),
    ]));
    let signature = format!("requestBySig(address,{TERMS},uint64,bytes,uint64,bytes)");
    let values = [
        address(signed.by),
        terms_value(terms),
        number(nonce),
        input,
        number(signed.valid_until),
        signature_of(digest, signed.genuine),
    ];
    encode_call(&signature, &values)
}

fn signed_bid(
    signed: &Signed,
    id: RequestId,
    request: Value,
    round: u32,
    price: Amount,
) -> Vec<u8> {
    let bid_type =
        "Bid(address prover,bytes32 requestId,uint32 round,uint128 price,uint64 validUntil)";
    let digest = signed_digest(&encode(&[
        word(keccak256(bid_type.as_bytes())),
        address(signed.by),
        word(id.0),
        number(round),
        number(price.0),
        number(signed.valid_until),
    ]));
    let signature = format!("bidBySig(address,bytes32,{REQUEST},uint32,uint128,uint64,bytes)");
    let values = [
        address(signed.by),
        word(id.0),
        request,
        number(round),
        number(price.0),
        number(signed.valid_until),
        signature_of(digest, signed.genuine),
    ];
    encode_call(&signature, &values)
}

const TERMS_TYPE: &str = "Terms(bytes32 modelId,uint8 kind,bool inputPrivate,bool outputPrivate,bytes32 inputDigest,\
                          bytes32 inputHash,bytes32 verifierId,uint128 firstCeiling,uint128 ceilingStep,\
                          uint128 maxPrice,uint128 instantPrice,uint128 maxFee,uint64 biddingWindow,\
                          uint64 provingWindow,uint64 expiresAt,uint32 callbackGas)";

/// The digest that EIP-712 has people sign.
fn signed_digest(struct_words: &[u8]) -> [u8; 32] {
    let domain_type =
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
    let domain = keccak256(&encode(&[
        word(keccak256(domain_type.as_bytes())),
        word(keccak256(b"Assay ProofMarket")),
        word(keccak256(b"1")),
        number(CHAIN_ID),
        address(MARKET),
    ]));
    let mut bytes = vec![0x19, 0x01];
    bytes.extend(domain);
    bytes.extend(keccak256(struct_words));
    keccak256(&bytes)
}

/// The contracts among the people take a digest for its own signature.
fn signature_of(digest: [u8; 32], genuine: bool) -> Value {
    let mut signature = digest.to_vec();
    if !genuine {
        signature[0] ^= 1;
    }
    Value::Bytes(signature)
}
