//! The one proof that the test's verifier takes for a statement, and what is refused instead of it.

use assay_market::{Address, Delivery, Request, Word};
use assay_statement::{ContextTerms, Digest, Header, MODULUS, Statement, StatementError};

use crate::abi::{Value, encode, keccak256, number, word};
use crate::operation::Proof;
use crate::outcome::Refusal;
use crate::stack::{CHAIN_ID, MARKET};

pub fn check_proof(delivery: &Delivery, proof: Proof) -> Result<(), Refusal> {
    if proof == Proof::Short {
        let values = [number(256u16), number(delivery.seal.len() as u128)];
        return Err(Refusal::new("SealLength(uint256,uint256)", &values));
    }
    let non_canonical =
        |position: usize| Refusal::new("NonCanonicalWord(uint256)", &[number(position as u128)]);
    if let Err(StatementError::NonCanonicalLimb { limb, .. }) =
        Digest::from_bytes32(&delivery.output_digest.0)
    {
        return Err(non_canonical(13 + limb));
    }
    let wide = |word: &u64| *word >= MODULUS;
    if let Some(word) = delivery.result.iter().position(wide) {
        return Err(non_canonical(17 + word));
    }
    if proof == Proof::True {
        return Ok(());
    }
    Err(Refusal::new("ProofInvalid()", &[]))
}

/// The one proof that the test's verifier takes for this payee, round and output, bent where asked for.
pub fn seal(
    request: &Request,
    payee: Address,
    round: u32,
    delivery: &Delivery,
    proof: Proof,
) -> Vec<u8> {
    if proof == Proof::Short {
        return vec![0; 224];
    }
    let digest = |word: &Word| Digest::from_bytes32(&word.0);
    let Ok(output) = digest(&delivery.output_digest) else {
        return vec![0; 256];
    };
    if delivery.result.iter().any(|word| *word >= MODULUS) {
        return vec![0; 256];
    }
    let mut context = ContextTerms {
        chain_id: CHAIN_ID,
        contract: MARKET.0,
        kind: request.terms.kind,
        request_id: request.id.0,
        round,
        payee: payee.0,
        output_hash: delivery.output_hash.0,
        output_inline: !delivery.output.is_empty(),
    };
    match proof {
        Proof::OfAnotherRound => context.round += 1,
        Proof::OfAnotherPayee => context.payee[19] ^= 1,
        Proof::OfOtherBytes => context.output_hash[0] ^= 1,
        Proof::True | Proof::Short => {}
    }
    let header = Header::from_word(request.snapshot.header.into()).expect("the market packed it");
    let known = |word: &Word| digest(word).expect("registered digests are canonical");
    let statement = Statement {
        header,
        circuit: known(&request.snapshot.circuit),
        model: known(&request.snapshot.commitment),
        input: known(&request.terms.input_digest),
        output,
        result: delivery.result,
        context: context.context(),
    };
    let inputs = statement.to_inputs();
    let mut values = vec![Value::Bytes(b"marker".to_vec())];
    values.push(Value::Tuple(
        inputs
            .iter()
            .map(|input| word(input.to_be_bytes()))
            .collect(),
    ));
    let seed = keccak256(&encode(&values));
    (0u8..8)
        .flat_map(|index| keccak256(&encode(&[word(seed), number(index)])))
        .collect()
}
