//! A division has one quotient because its remainder has a range: another quotient leaves a remainder that a digit too
//! large or negative could hold. A prover that writes just that digit, and everything else as it follows, is refused.

use super::gates::Wires;
use super::solutions::write_limbs;
use crate::gates::{Formula, Normalize};
use crate::{signed, to_signed};

/// Positions of a lane's hints, restated: the test must not follow the gate into an error.
const HINTS: usize = 2 + 3 + 16 + 1 + 7;
const VALUE_LIMBS: (usize, usize) = (2, 3);
const TOP: usize = 2 + 3 + 16;
const EXCESS_LIMBS: (usize, usize) = (TOP + 1, 7);

/// The bit above the limbs of a remainder is worth half of what divides.
#[test]
fn bit_above_the_remainder_does_not_take_what_another_lane_leaves() {
    let gate = Normalize::new(64);
    assert_eq!(gate.hints(), Normalize::LANES * HINTS);
    let mut given = vec![(Normalize::SUM, 64), (Normalize::ROOT, 1000)];
    for lane in 0..Normalize::LANES {
        given.push((Normalize::lane(lane), 9 * lane as i64));
        given.push((Normalize::scale(lane), 700));
        given.push((Normalize::bias(lane), 70_000));
    }
    let honest = Wires::fill(&gate, &given, &[]);
    assert!(honest.satisfy(&gate, &[]));
    for lane in 0..Normalize::LANES {
        let start = gate.routed() + lane * HINTS;
        let at = |(first, count): (usize, usize)| (start + first, count);
        for more in [1, -1, 5, -40, 40] {
            let mut wires = honest.0.clone();
            let value = to_signed(wires[Normalize::value(lane)]) + more;
            assert!((-128..128).contains(&value), "the lane does not saturate");
            wires[Normalize::value(lane)] = signed(value);
            // The last limb of the value is what these leave.
            write_limbs(&mut wires, at(VALUE_LIMBS), (value + 128) & 63);
            write_limbs(&mut wires, at(EXCESS_LIMBS), value + 128);
            wires[start + TOP] -= signed(2 * more);
            assert!(
                !Wires(wires).satisfy(&gate, &[]),
                "lane {lane}, {more} more"
            );
        }
    }
}
