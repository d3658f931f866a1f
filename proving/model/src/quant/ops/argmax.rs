//! The class decision in integers.

/// An ArgMax's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArgMaxTrace {
    /// The index of the largest lane, the lowest one of equals.
    pub index: usize,
    /// The largest lane.
    pub max: i8,
}

/// Returns index and value of the largest lane, the lowest index of equals; (0, -128) of none.
pub(crate) fn argmax(input: &[i8]) -> ArgMaxTrace {
    let start = ArgMaxTrace {
        index: 0,
        max: input.first().copied().unwrap_or(i8::MIN),
    };
    input
        .iter()
        .enumerate()
        .fold(start, |best, (index, &lane)| {
            if lane > best.max {
                ArgMaxTrace { index, max: lane }
            } else {
                best
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lowest_index_of_equals_wins() {
        let check = |input: &[i8], index| assert_eq!(argmax(input).index, index);
        check(&[3], 0);
        check(&[1, 3, 3, 2], 1);
        check(&[-128, -128], 0);
        check(&[-128, -127, 127, 127], 2);
    }
}
