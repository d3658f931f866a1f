//! Files with a right digest and wrong contents, and files that are not the pinned one.

use std::fs;

use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use assay_kernels::bn254::msm::{G1Point, G2Point, Point};

use super::super::proving_key::ProvingKey;
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

fn keys() -> Keys {
    let matrices = matrices();
    let pk = InsecureDevSetup::DEFAULT.run(&matrices).unwrap();
    Keys::new(pk, matrices).unwrap()
}

/// Writes a key bent in one place and reads it back.
fn check(bend: impl FnOnce(&mut ProvingKey), expected: &str) {
    let honest = keys();
    let mut pk = honest.proving_key().clone();
    bend(&mut pk);
    let matrices = honest.matrices();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys");
    // The bent key goes into the file as it is; only reading checks it.
    let bent = Keys::unchecked(pk, honest.proving_key(), Arc::clone(matrices));
    let digest = write(&path, &matrices.hash(), &bent).unwrap();
    assert_eq!(digest, body_digest(&bent));
    match read(&path, &matrices.hash(), None) {
        Ok(_) => assert_eq!(expected, "accepted"),
        Err(error) => assert!(error.to_string().contains(expected), "{error}"),
    }
    // Whatever the bent file holds, it is not the pinned one.
    let pinned = body_digest(&honest);
    match read(&path, &matrices.hash(), Some(&pinned)) {
        Ok(_) => assert_eq!(expected, "accepted"),
        Err(error) => assert!(matches!(error, KeyFileError::NotPinned), "{error}"),
    }
}

/// A pair off the curve.
fn off_curve() -> G1Affine {
    G1Affine::new_unchecked(Fq::from(1u64), Fq::from(1u64))
}

fn off_curve_g2() -> G2Affine {
    G2Affine::new_unchecked(Fq2::from(1u64), Fq2::from(1u64))
}

/// A point of the twist's curve outside the subgroup.
fn outside_subgroup() -> G2Affine {
    let on_curve = (1u64..).find_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), true));
    let point = on_curve.unwrap();
    assert!(point.is_on_curve() && !point.is_in_correct_subgroup_assuming_on_curve());
    point
}

#[test]
fn honest_key_is_accepted() {
    check(|_| (), "accepted");
}

#[test]
fn lists_of_another_length_are_refused() {
    let inconsistent = "inconsistent";
    check(|pk| pk.a.truncate(2), inconsistent);
    check(|pk| pk.b_g1.truncate(2), inconsistent);
    check(|pk| pk.b_g2.truncate(2), inconsistent);
    check(|pk| pk.h.truncate(2), inconsistent);
    check(|pk| pk.l.truncate(1), inconsistent);
    check(|pk| pk.l.push(G1Point::INFINITY), inconsistent);
    check(|pk| pk.vk.gamma_abc_g1.truncate(1), inconsistent);
}

#[test]
fn groups_with_different_secrets_are_refused() {
    check(|pk| pk.beta_g1 = pk.delta_g1, "inconsistent");
    check(|pk| pk.delta_g1 = G1Affine::generator(), "inconsistent");
    check(|pk| pk.vk.beta_g2 = G2Affine::generator(), "inconsistent");
    let input = |pk: &mut ProvingKey| pk.l[0] = pk.a[1];
    check(input, "inconsistent");
}

#[test]
fn fixed_points_at_infinity_are_refused() {
    let expected = "infinity";
    check(|pk| pk.vk.alpha_g1 = G1Affine::identity(), expected);
    check(|pk| pk.beta_g1 = G1Affine::identity(), expected);
    check(|pk| pk.delta_g1 = G1Affine::identity(), expected);
    check(|pk| pk.vk.beta_g2 = G2Affine::identity(), expected);
    check(|pk| pk.vk.gamma_g2 = G2Affine::identity(), expected);
    check(|pk| pk.vk.delta_g2 = G2Affine::identity(), expected);
    check(|pk| pk.vk.gamma_abc_g1[1] = G1Affine::identity(), expected);
    // Both sides of the pairing check are one, and proofs would not be blinded.
    let no_blinding = |pk: &mut ProvingKey| {
        (pk.beta_g1, pk.delta_g1) = (G1Affine::identity(), G1Affine::identity());
    };
    check(no_blinding, expected);
}

#[test]
fn fixed_points_off_the_curve_are_refused() {
    let expected = "is not on the curve";
    check(|pk| pk.vk.alpha_g1 = off_curve(), expected);
    check(|pk| pk.beta_g1 = off_curve(), expected);
    check(|pk| pk.delta_g1 = off_curve(), expected);
    check(|pk| pk.vk.gamma_abc_g1[0] = off_curve(), expected);
    check(|pk| pk.vk.beta_g2 = off_curve_g2(), expected);
    check(|pk| pk.vk.gamma_g2 = off_curve_g2(), expected);
    check(|pk| pk.vk.delta_g2 = off_curve_g2(), expected);
    check(|pk| pk.vk.delta_g2 = outside_subgroup(), "subgroup");
}

#[test]
fn lists_with_what_is_no_point_are_refused() {
    let expected = "inconsistent";
    let bent = G1Point::from(&off_curve());
    check(|pk| pk.a[1] = bent, expected);
    check(|pk| pk.b_g1[1] = bent, expected);
    check(|pk| pk.h[1] = bent, expected);
    check(|pk| pk.l[2] = bent, expected);
    check(|pk| pk.b_g2[1] = G2Point::from(&off_curve_g2()), expected);
    check(
        |pk| pk.b_g2[1] = G2Point::from(&outside_subgroup()),
        expected,
    );
    let too_large = Fq::new_unchecked(Fq::MODULUS);
    check(|pk| pk.a[1] = Point([too_large; 2]), expected);
    check(|pk| pk.b_g2[1] = Point([too_large; 4]), expected);
    let fixed = G1Affine::new_unchecked(too_large, too_large);
    check(|pk| pk.beta_g1 = fixed, expected);
    check(|pk| pk.vk.gamma_abc_g1[1] = fixed, expected);
    let too_large = Fq2::new(too_large, too_large);
    let fixed = G2Affine::new_unchecked(too_large, too_large);
    check(|pk| pk.vk.gamma_g2 = fixed, expected);
}

/// A file whose header is made to fit any change of its body is read to an error or to a key, never to a panic.
#[test]
fn hostile_bodies_never_panic() {
    let honest = keys();
    let digest = honest.matrices().hash();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys");
    write(&path, &digest, &honest).unwrap();
    let honest = fs::read(&path).unwrap();
    for position in (HEADER_BYTES..honest.len()).step_by(7) {
        for value in [0x00, 0x01, 0xff] {
            let mut bent = honest.clone();
            if std::mem::replace(&mut bent[position], value) == value {
                continue;
            }
            seal_header(&mut bent);
            fs::write(&path, &bent).unwrap();
            assert!(read(&path, &digest, None).is_err(), "byte {position}");
        }
    }
    for length in (HEADER_BYTES..honest.len()).step_by(13) {
        let mut bent = honest[..length].to_vec();
        seal_header(&mut bent);
        fs::write(&path, &bent).unwrap();
        assert!(read(&path, &digest, None).is_err(), "{length} bytes");
    }
}

#[test]
fn bytes_after_the_matrices_are_refused() {
    let keys = keys();
    let digest = keys.matrices().hash();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys");
    write(&path, &digest, &keys).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    seal_header(&mut bytes);
    fs::write(&path, &bytes).unwrap();
    let error = read(&path, &digest, None).unwrap_err();
    assert!(matches!(error, KeyFileError::Contents), "{error}");
}

/// Makes a header fit a changed body.
fn seal_header(bytes: &mut [u8]) {
    let (header, body) = bytes.split_at_mut(HEADER_BYTES);
    header[44..52].copy_from_slice(&(body.len() as u64).to_le_bytes());
    header[52..].copy_from_slice(&digest_of_body(body));
}

#[test]
fn only_regular_files_of_some_size_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let error = read(directory.path(), &[0; 32], None).unwrap_err();
    assert!(matches!(error, KeyFileError::NoFile), "{error}");
    let path = directory.path().join("keys");
    // A hole: it takes no room on the disk.
    File::create(&path)
        .unwrap()
        .set_len(MAX_FILE_BYTES + 1)
        .unwrap();
    let error = read(&path, &[0; 32], None).unwrap_err();
    assert!(matches!(error, KeyFileError::NoFile), "{error}");
}

#[test]
#[cfg(unix)]
fn links_are_not_written_through() {
    let directory = tempfile::tempdir().unwrap();
    let (target, link) = (
        directory.path().join("target"),
        directory.path().join("link"),
    );
    fs::write(&target, "precious").unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    let keys = keys();
    assert!(write(&link, &keys.matrices().hash(), &keys).is_err());
    assert_eq!(fs::read(&target).unwrap(), b"precious");
}
