//! Why a request is not for us: one code for each reason, the same in logs, metrics and the job table.

use std::fmt;

/// A reason not to bid. Expected in daily business, so it is logged at INFO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Skip {
    /// We do not hold the model.
    ModelNotHeld,
    /// We hold the model, but this listing of it is none that we were told to serve: a copy, perhaps, with other prices.
    ListingNotServed,
    /// The request's circuit is not the one that our own rebuild gives: it could claim anything.
    CircuitMismatch,
    /// Nobody attested the circuit.
    CircuitNotAttested,
    /// Only another prover may bid.
    NotAdmitted,
    /// We defaulted on this request before.
    DefaultedBefore,
    /// The statement is of a kind or privacy mode that we do not prove.
    KindNotSupported,
    /// The input is not at hand.
    InputMissing,
    /// The input does not open the request's commitment, or is none for this model.
    InputMismatch,
    /// The output is too large for the fulfillment's calldata, the only way in which we deliver.
    OutputTooLarge,
    /// The pinned verifier is not the one that our proofs are for.
    VerifierUnknown,
    /// The price limit is under what proving costs us and the minimum margin.
    PriceTooLow,
    /// The proving window is shorter than we need.
    WindowTooShort,
    /// The collateral is more than our free balance.
    CollateralTooHigh,
    /// The request was over before we could bid.
    Gone,
}

impl Skip {
    /// Returns the code.
    pub fn code(self) -> &'static str {
        match self {
            Self::ModelNotHeld => "S-MODEL-NOT-HELD",
            Self::ListingNotServed => "S-LISTING-NOT-SERVED",
            Self::CircuitMismatch => "S-CIRCUIT-MISMATCH",
            Self::CircuitNotAttested => "S-CIRCUIT-NOT-ATTESTED",
            Self::NotAdmitted => "S-NOT-ADMITTED",
            Self::DefaultedBefore => "S-DEFAULTED-BEFORE",
            Self::KindNotSupported => "S-KIND-NOT-SUPPORTED",
            Self::InputMissing => "S-INPUT-MISSING",
            Self::InputMismatch => "S-INPUT-MISMATCH",
            Self::OutputTooLarge => "S-OUTPUT-TOO-LARGE",
            Self::VerifierUnknown => "S-VERIFIER-UNKNOWN",
            Self::PriceTooLow => "S-PRICE-TOO-LOW",
            Self::WindowTooShort => "S-WINDOW-TOO-SHORT",
            Self::CollateralTooHigh => "S-COLLATERAL-TOO-HIGH",
            Self::Gone => "S-GONE",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
