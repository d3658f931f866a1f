//! The stages of a job: the path through the middle, and the ways off it.

/// Where a job stands. The name of an action means "about to do it", never "did it".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Seen on the chain; nothing decided.
    Discovered,
    /// Everything is at hand and the price is fixed.
    Quoted,
    /// A bid is about to be sent, or was: the chain knows.
    Bidding,
    /// Assigned to another prover: if it defaults, we say so and the next round opens.
    Watching,
    /// Assigned to us; about to prove.
    Proving,
    /// The model's proof exists; about to wrap it.
    Wrapping,
    /// The seal exists; about to fulfill, or did: the chain knows.
    Submitting,
    /// Fulfilled by us; about to check the payment and to delete what is secret.
    Settling,
    /// Paid.
    Settled,
    /// Refused for a named reason, before any bid.
    Skipped,
    /// Another prover got it, or the request ended without us.
    Lost,
    /// Assigned to us and not fulfilled in time.
    Defaulted,
    /// Given up after internal failures.
    Failed,
}

impl Stage {
    const ALL: [Self; 13] = [
        Self::Discovered,
        Self::Quoted,
        Self::Bidding,
        Self::Watching,
        Self::Proving,
        Self::Wrapping,
        Self::Submitting,
        Self::Settling,
        Self::Settled,
        Self::Skipped,
        Self::Lost,
        Self::Defaulted,
        Self::Failed,
    ];

    /// Returns the name that the table and the log use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Discovered => "discovered",
            Self::Quoted => "quoted",
            Self::Bidding => "bidding",
            Self::Watching => "watching",
            Self::Proving => "proving",
            Self::Wrapping => "wrapping",
            Self::Submitting => "submitting",
            Self::Settling => "settling",
            Self::Settled => "settled",
            Self::Skipped => "skipped",
            Self::Lost => "lost",
            Self::Defaulted => "defaulted",
            Self::Failed => "failed",
        }
    }

    /// Returns the stage with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// Returns whether nothing more happens to the job.
    pub fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Settled | Self::Skipped | Self::Lost | Self::Defaulted | Self::Failed
        )
    }

    /// Returns whether the job binds us, or may: these count against what we can finish.
    pub fn is_committed(self) -> bool {
        matches!(
            self,
            Self::Bidding | Self::Proving | Self::Wrapping | Self::Submitting
        )
    }
}
