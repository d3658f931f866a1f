//! The constants of the permutations.

use ark_bn254::Fr;
use std::sync::OnceLock;

const CONSTANTS: &str = include_str!("constants.txt");

/// The constants of one width.
#[derive(Debug)]
pub struct Parameters {
    /// Elements of the state.
    pub width: usize,
    /// The diagonal of the matrix of the partial rounds, less one: the matrix is all ones besides.
    pub diagonal_minus_one: Vec<Fr>,
    /// What each full round adds to each element.
    pub external: Vec<Vec<Fr>>,
    /// What each partial round adds to the first element.
    pub internal: Vec<Fr>,
}

impl Parameters {
    /// Returns the constants of a width: 4, 8 or 16.
    ///
    /// # Panics
    ///
    /// At any other width.
    pub fn of_width(width: usize) -> &'static Self {
        Self::all()
            .iter()
            .find(|parameters| parameters.width == width)
            .expect("widths are 4, 8 and 16")
    }

    /// Returns the constants of all widths.
    pub fn all() -> &'static [Self] {
        static ALL: OnceLock<Vec<Parameters>> = OnceLock::new();
        ALL.get_or_init(|| parse(CONSTANTS))
    }

    /// Returns what is added behind each external matrix, the first one at the start: the constants of the round that
    /// comes next. Nothing follows the last matrix.
    pub(super) fn behind_external(&self) -> Vec<Vec<Fr>> {
        let zeros = vec![Fr::from(0u64); self.width];
        let mut partial = zeros.clone();
        partial[0] = self.internal[0];
        let mut out = self.external.clone();
        // The constants of the first round of the second half stand behind the last internal matrix.
        out[self.external.len() / 2] = partial;
        out.push(zeros);
        out
    }

    /// Returns what is added behind each internal matrix: to the first element, and at last to all.
    pub(super) fn behind_internal(&self) -> (&[Fr], &[Fr]) {
        (&self.internal[1..], &self.external[self.external.len() / 2])
    }
}

fn parse(text: &str) -> Vec<Parameters> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let mut out = Vec::new();
    while let Some(head) = lines.next() {
        let sizes: Vec<usize> = head
            .split(' ')
            .map(|n| n.parse().expect("sizes are decimal"))
            .collect();
        let [width, full, partial] = sizes[..] else {
            panic!("a section starts with three sizes")
        };
        let mut take =
            |count: usize| -> Vec<Fr> { lines.by_ref().take(count).map(parse_hex).collect() };
        out.push(Parameters {
            width,
            diagonal_minus_one: take(width),
            external: (0..full).map(|_| take(width)).collect(),
            internal: take(partial),
        });
    }
    out
}

fn parse_hex(line: &str) -> Fr {
    assert_eq!(line.len(), 64, "a constant has 64 digits");
    let digit = |c: char| Fr::from(c.to_digit(16).expect("constants are hexadecimal"));
    line.chars().fold(Fr::from(0u64), |value, c| {
        value * Fr::from(16u64) + digit(c)
    })
}
