//! Salts: made of all the entropy that they get, and never shown.

use crate::Salt;

#[test]
fn salt_of_entropy_depends_on_every_byte_and_has_limbs_below_the_modulus() {
    let bytes: [u8; 32] = std::array::from_fn(|i| 7 * i as u8 + 1);
    let salt = Salt::from_entropy(bytes);
    for byte in 0..32 {
        let mut other = bytes;
        other[byte] ^= 1;
        let other = Salt::from_entropy(other);
        for limb in 0..4 {
            let differs = salt.limbs()[limb] != other.limbs()[limb];
            assert_eq!(differs, limb == byte / 8, "byte {byte}");
        }
    }
    let largest = Salt::from_entropy([u8::MAX; 32]);
    assert_eq!(largest.limbs(), [u64::MAX >> 1; 4]);
    assert_eq!(Salt::new(largest.limbs()).unwrap(), largest);
}

#[test]
fn salt_is_not_shown() {
    let salt = Salt::new([12_345, 67_891, 23_456, 78_912]).unwrap();
    assert_eq!(format!("{salt:?}"), "Salt(..)");
    assert_eq!(format!("{:?}", Salt::ZERO), "Salt(zero)");
}
