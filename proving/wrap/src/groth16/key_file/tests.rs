//! Files with a right digest and wrong contents.

use ark_bn254::Fr;

use super::*;
use crate::groth16::InsecureDevSetup;
use crate::r1cs::{Builder, Mode};

/// `x² = y` with one public input.
fn matrices() -> Arc<Matrices> {
    let mut b = Builder::new(Mode::Synthesize, &[Fr::from(9u64)]);
    let root = b.witness(Fr::from(3u64));
    let square = b.input(0);
    b.enforce(&root, &root, &square);
    b.mul(&root, &square);
    Arc::new(b.into_matrices())
}

/// Writes a key bent in one place and reads it back.
fn check(bend: impl FnOnce(&mut ProvingKey<Bn254>), expected: &str) {
    let matrices = matrices();
    let mut pk = InsecureDevSetup::DEFAULT.run(&matrices).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys");
    let honest = pk.clone();
    bend(&mut pk);
    // The bent key goes into the file as it is; only reading checks it.
    let keys = Keys::unchecked(pk, &honest, Arc::clone(&matrices));
    write(&path, &matrices.hash(), &keys).unwrap();
    match read(&path, &matrices.hash()) {
        Ok(_) => assert_eq!(expected, "accepted"),
        Err(error) => assert!(error.to_string().contains(expected), "{error}"),
    }
}

#[test]
fn honest_key_is_accepted() {
    check(|_| (), "accepted");
}

#[test]
fn lists_of_another_length_are_refused() {
    let inconsistent = "inconsistent";
    check(|pk| pk.a_query.truncate(2), inconsistent);
    check(|pk| pk.b_g1_query.truncate(2), inconsistent);
    check(|pk| pk.b_g2_query.truncate(2), inconsistent);
    check(|pk| pk.h_query.truncate(2), inconsistent);
    check(|pk| pk.l_query.truncate(1), inconsistent);
    check(|pk| pk.l_query.push(G1Affine::identity()), inconsistent);
    check(|pk| pk.vk.gamma_abc_g1.truncate(1), inconsistent);
}

#[test]
fn groups_with_different_secrets_are_refused() {
    check(|pk| pk.beta_g1 = pk.delta_g1, "inconsistent");
    check(|pk| pk.delta_g1 = G1Affine::generator(), "inconsistent");
    check(|pk| pk.vk.beta_g2 = G2Affine::generator(), "inconsistent");
}

#[test]
fn points_at_infinity_are_refused() {
    let expected = "infinity";
    check(|pk| pk.vk.alpha_g1 = G1Affine::identity(), expected);
    check(|pk| pk.vk.gamma_g2 = G2Affine::identity(), expected);
    let all_zero = |pk: &mut ProvingKey<Bn254>| {
        (pk.beta_g1, pk.vk.beta_g2) = (G1Affine::identity(), G2Affine::identity());
    };
    check(all_zero, expected);
}

#[test]
fn bytes_after_the_matrices_are_refused() {
    let matrices = matrices();
    let pk = InsecureDevSetup::DEFAULT.run(&matrices).unwrap();
    let keys = Keys::new(pk, Arc::clone(&matrices)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys");
    write(&path, &matrices.hash(), &keys).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    // The header is made to fit the longer body.
    let body = &bytes[HEADER_BYTES..];
    let length = body.len() as u64;
    let digest = Sha256::digest(Sha256::digest(body));
    bytes[44..52].copy_from_slice(&length.to_le_bytes());
    bytes[52..HEADER_BYTES].copy_from_slice(&digest);
    fs::write(&path, &bytes).unwrap();
    let error = read(&path, &matrices.hash()).unwrap_err();
    assert!(matches!(error, KeyFileError::Contents), "{error}");
}
