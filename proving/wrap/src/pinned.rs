//! Which constraint system the keys belong to.

/// SHA-256 of the matrices that verify L2, from a file that `make bless` writes.
///
/// It names the key file before anything is synthesized. A test compares it with the synthesized matrices, and no keys
/// are made for others.
pub const MATRICES_DIGEST: [u8; 32] = from_hex(include_str!("matrices.sha256").as_bytes());

const fn from_hex(digits: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    let mut index = 0;
    while index < 64 {
        let digit = match digits[index] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit @ b'a'..=b'f' => digit - b'a' + 10,
            _ => panic!("matrices.sha256 is lower-case hexadecimal"),
        };
        bytes[index / 2] = bytes[index / 2] << 4 | digit;
        index += 1;
    }
    bytes
}

#[cfg(test)]
mod tests;
