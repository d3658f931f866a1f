//! Privacy modes: what a request hides beside the weights.

use std::fmt;
use std::str::FromStr;

use assay_statement::{Header, Privacy};

/// What a request hides. Whether the weights are private is the model's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Whether the input is private.
    pub private_input: bool,
    /// Whether the output is private.
    pub private_output: bool,
}

/// Privacy modes as a flag names them: a list with commas, or `all`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modes(pub Vec<Mode>);

impl Mode {
    /// Public input, public output.
    pub const PUBLIC: Self = Self::new(false, false);

    /// All modes.
    pub const ALL: [Self; 4] = [
        Self::PUBLIC,
        Self::new(true, false),
        Self::new(false, true),
        Self::new(true, true),
    ];

    /// Returns the mode with these privacies.
    pub const fn new(private_input: bool, private_output: bool) -> Self {
        Self {
            private_input,
            private_output,
        }
    }

    /// Returns the header of inferences in this mode.
    pub const fn header(self, weights: Privacy) -> Header {
        Header::inference(
            privacy(self.private_input),
            weights,
            privacy(self.private_output),
        )
    }

    /// Returns the name, as flags and tables have it.
    pub const fn name(self) -> &'static str {
        match (self.private_input, self.private_output) {
            (false, false) => "public",
            (true, false) => "private-input",
            (false, true) => "private-output",
            (true, true) => "private",
        }
    }
}

/// Returns the privacy that a flag stands for.
pub const fn privacy(private: bool) -> Privacy {
    if private {
        Privacy::Private
    } else {
        Privacy::Public
    }
}

impl From<Header> for Mode {
    fn from(header: Header) -> Self {
        Self::new(header.input.is_private(), header.output.is_private())
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Modes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "all" {
            return Ok(Self(Mode::ALL.to_vec()));
        }
        let mut modes = Vec::new();
        for word in text.split(',') {
            let mode = Mode::ALL.into_iter().find(|mode| mode.name() == word);
            let mode = mode.ok_or_else(|| {
                let names = Mode::ALL.map(Mode::name).join(", ");
                format!("expected all, or some of {names}; got {word:?}")
            })?;
            if !modes.contains(&mode) {
                modes.push(mode);
            }
        }
        Ok(Self(modes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_read_back_and_others_are_refused() {
        for mode in Mode::ALL {
            assert_eq!(mode.name().parse(), Ok(Modes(vec![mode])));
            for weights in [Privacy::Public, Privacy::Private] {
                assert_eq!(Mode::from(mode.header(weights)), mode);
                assert_eq!(mode.header(weights).weights, weights);
            }
        }
        assert_eq!("all".parse(), Ok(Modes(Mode::ALL.to_vec())));
        let some = "private-output,public,private-output".parse();
        assert_eq!(some, Ok(Modes(vec![Mode::new(false, true), Mode::PUBLIC])));
        for wrong in ["", "secret", "public,", "all,public"] {
            let refused = wrong.parse::<Modes>().unwrap_err();
            assert!(refused.starts_with("expected all"), "{refused}");
        }
    }
}
