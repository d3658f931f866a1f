//! What separates circuits that are laid out alike: the words that Plonky2's digest begins with.

use assay_statement::{Header, Privacy, tags};
use plonky2::field::types::{Field, PrimeField64};

use super::models::{ALL_PUBLIC, Builder, attention, mlp};
use crate::circuit::{GATES_VERSION, domain_separator};
use crate::{F, ModelCircuit};

/// Reads the architecture's bytes back, seven to a word.
fn bytes_of(words: &[F], length: usize) -> Vec<u8> {
    let words = words.iter().map(F::to_canonical_u64);
    let padded = words.flat_map(|word| word.to_le_bytes().into_iter().take(7));
    padded.take(length).collect()
}

#[test]
fn separator_says_tag_version_header_and_every_byte_of_the_architecture() {
    let private = Header::inference(Privacy::Private, Privacy::Public, Privacy::Private);
    for architecture in [mlp(&[7, 2], true), mlp(&[16, 5, 3], false), attention()] {
        for header in [ALL_PUBLIC, private] {
            let words = domain_separator(&architecture, header);
            let bytes = architecture.canonical_bytes();
            let head = [
                tags::MODEL,
                GATES_VERSION,
                header.to_word(),
                bytes.len() as u64,
            ];
            assert_eq!(words[..4], head.map(F::from_canonical_u64));
            assert_eq!(words.len(), 4 + bytes.len().div_ceil(7));
            assert_eq!(bytes_of(&words[4..], bytes.len()), bytes);
        }
    }
}

/// Moving lanes takes no rows, so these differ in nothing but the separator.
#[test]
fn circuits_of_equal_layout_have_other_identities() {
    let through = |shape: &[usize]| {
        let mut builder = Builder::new(&[1, 12]);
        builder.reshape(shape);
        builder.reshape(&[1, 12]);
        builder.dense(12, 3, true);
        ModelCircuit::build(&builder.architecture, ALL_PUBLIC).unwrap()
    };
    let [one, other] = [through(&[1, 3, 4]), through(&[1, 4, 3])];
    let [one, other] = [&one, &other].map(|circuit| &circuit.data.verifier_only);
    assert_eq!(one.constants_sigmas_cap, other.constants_sigmas_cap);
    assert_ne!(one.circuit_digest, other.circuit_digest);
}
