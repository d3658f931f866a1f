//! The committed vectors are what this code produces; `BLESS=1` rewrites them.
//!
//! Forge tests read the same files: every number is a 0x-string padded to 32 bytes.

use std::path::PathBuf;

use assay_statement::*;
use serde_json::{Value, json};

fn hex32(value: u64) -> String {
    format!("0x{value:064x}")
}

fn bytes_hex(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn check(name: &str, produced: &Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("vectors")
        .join(name);
    let text = serde_json::to_string_pretty(produced).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == text,
        "{name} is stale: run with BLESS=1 if the change of meaning is intended"
    );
}

fn digest(limbs: [u64; 4]) -> Digest {
    Digest::new(limbs).unwrap()
}

fn statements() -> Vec<(&'static str, Statement)> {
    use Privacy::{Private, Public};
    let top = MODULUS - 1;
    let counting = |start: u64| digest([start, start + 1, start + 2, start + 3]);
    let plain = Statement {
        header: Header::inference(Public, Private, Public),
        circuit: counting(0x1111_0000_0000_0001),
        model: counting(0x2222_0000_0000_0001),
        input: counting(0x3333_0000_0000_0001),
        output: counting(0x4444_0000_0000_0001),
        result: [7, 0, 0],
        context: counting(0x5555_0000_0000_0001),
    };
    let zero = Statement {
        header: Header::inference(Public, Public, Public),
        circuit: Digest::ZERO,
        model: Digest::ZERO,
        input: Digest::ZERO,
        output: Digest::ZERO,
        result: [0; 3],
        context: Digest::ZERO,
    };
    let largest = Statement {
        header: Header {
            kind: Kind::WeightDelivery,
            input: Private,
            weights: Private,
            output: Public,
        },
        circuit: digest([top; 4]),
        model: digest([top; 4]),
        input: digest([top; 4]),
        output: digest([top; 4]),
        result: [top; 3],
        context: digest([top; 4]),
    };
    let edges = Statement {
        header: Header {
            kind: Kind::Accuracy,
            input: Private,
            weights: Private,
            output: Private,
        },
        circuit: digest([top, 0, 0, 0]),
        model: digest([0, top, 0, 0]),
        input: digest([0, 0, top, 0]),
        output: digest([0, 0, 0, top]),
        result: [0; 3],
        context: digest([1, 0xffff_ffff_0000_0000, 0xffff_ffff, 1 << 63]),
    };
    vec![
        ("plain", plain),
        ("zero", zero),
        ("largest", largest),
        ("edges", edges),
    ]
}

fn statement_json(name: &str, statement: &Statement) -> Value {
    json!({
        "name": name,
        "header": hex32(statement.header.to_word()),
        "kind": hex32(statement.header.kind.number().into()),
        "circuit": statement.circuit.to_string(),
        "model": statement.model.to_string(),
        "input": statement.input.to_string(),
        "output": statement.output.to_string(),
        "result": statement.result.map(hex32),
        "context": statement.context.to_string(),
        "words": statement.to_words().map(hex32),
        "inputs": statement.to_inputs().map(|input| bytes_hex(&input.to_be_bytes())),
    })
}

#[test]
fn statement_vectors_are_current() {
    let cases = statements();
    let cases = cases
        .iter()
        .map(|(name, statement)| statement_json(name, statement))
        .collect::<Vec<_>>();
    check(
        "statement.json",
        &json!({ "count": cases.len(), "statements": cases }),
    );
}

#[test]
fn context_vectors_are_current() {
    let counting = |start: u8| std::array::from_fn(|i| start + u8::try_from(i).unwrap());
    let plain = ContextTerms {
        chain_id: 31337,
        contract: [0xaa; 20],
        kind: Kind::Inference,
        request_id: std::array::from_fn(|i| u8::try_from(i).unwrap()),
        round: 1,
        payee: counting(0x30),
        output_hash: std::array::from_fn(|i| 0x50 + u8::try_from(i).unwrap()),
        output_inline: true,
    };
    let zero = ContextTerms {
        chain_id: 0,
        contract: [0; 20],
        kind: Kind::Inference,
        request_id: [0; 32],
        round: 0,
        payee: [0; 20],
        output_hash: [0; 32],
        output_inline: false,
    };
    let largest = ContextTerms {
        chain_id: u64::MAX,
        contract: [0xff; 20],
        kind: Kind::WeightDelivery,
        request_id: [0xff; 32],
        round: u32::MAX,
        payee: [0xff; 20],
        output_hash: [0xff; 32],
        output_inline: true,
    };
    let cases = [("plain", plain), ("zero", zero), ("largest", largest)].map(|(name, terms)| {
        let context = terms.context();
        json!({
            "name": name,
            "chain_id": hex32(terms.chain_id),
            "contract": bytes_hex(&terms.contract),
            "kind": hex32(terms.kind.number().into()),
            "request_id": bytes_hex(&terms.request_id),
            "round": hex32(terms.round.into()),
            "payee": bytes_hex(&terms.payee),
            "output_hash": bytes_hex(&terms.output_hash),
            "output_inline": terms.output_inline,
            "limbs": context.limbs().map(hex32),
            "context": context.to_string(),
        })
    });
    let domain = bytes_hex(&context_domain());
    check(
        "context.json",
        &json!({ "domain": domain, "count": cases.len(), "contexts": cases }),
    );
}

#[test]
fn digest_vectors_are_current() {
    let top = MODULUS - 1;
    let accepted = [
        [0; 4],
        [top; 4],
        [1, 2, 3, 4],
        [top, 0, top, 0],
        [0xffff_ffff; 4],
    ]
    .map(|limbs| {
        let digest = digest(limbs);
        json!({ "limbs": limbs.map(hex32), "bytes32": digest.to_string() })
    });
    let raw = |limbs: [u64; 4]| bytes_hex(&U256Words(limbs).to_be_bytes());
    let mut rejected = Vec::new();
    for limb in 0..4 {
        for got in [MODULUS, MODULUS + 1, u64::MAX] {
            let mut limbs = [0; 4];
            limbs[limb] = got;
            let text = raw(limbs);
            assert_eq!(
                text.parse::<Digest>(),
                Err(StatementError::NonCanonicalLimb { limb, got })
            );
            rejected.push(json!({ "limb": limb, "bytes32": text }));
        }
    }
    let document = json!({
        "accepted_count": accepted.len(),
        "accepted": accepted,
        "rejected_count": rejected.len(),
        "rejected": rejected,
    });
    check("digest.json", &document);
}

#[test]
fn lane_vectors_are_current() {
    let cases = [
        (Lane::Int8, vec![-128, 127, 0, -1, 1, 64, -64]),
        (Lane::Int8, vec![0; 7]),
        (Lane::Int8, vec![127; 21]),
        (Lane::Int8, vec![-3, 4, 5, -6, 7, 8, 9, 10, -11, 12]),
        (Lane::Int16, vec![-32768, 32767, 0, 1]),
        (
            Lane::Int32,
            vec![i64::from(i32::MIN), i64::from(i32::MAX), 0],
        ),
    ]
    .map(|(lane, values)| {
        let packed = lane.pack(&values).unwrap();
        json!({
            "lane": lane,
            "bits": lane.bits(),
            "per_element": lane.per_element(),
            "values": values,
            "packed": packed.iter().map(|&word| hex32(word)).collect::<Vec<_>>(),
        })
    });
    check(
        "lanes.json",
        &json!({ "count": cases.len(), "cases": cases }),
    );
}
