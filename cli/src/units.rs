//! Amounts as people write them: `1.25` tokens, six decimals.

use anyhow::{Context, bail};
use assay_chain::Chain;
use assay_market::Amount;

/// The token's unit, for reading and showing amounts.
#[derive(Clone, Debug)]
pub struct Units {
    symbol: String,
    decimals: u8,
}

impl Units {
    /// Asks the token for its unit.
    pub async fn of(chain: &Chain) -> anyhow::Result<Self> {
        let (symbol, decimals) = chain.token_units().await?;
        // 10^decimals has to fit an amount.
        if decimals > 38 {
            bail!("the token has {decimals} decimals, expected at most 38");
        }
        Ok(Self { symbol, decimals })
    }

    /// Reads an amount in whole tokens.
    pub fn parse(&self, text: &str) -> anyhow::Result<Amount> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let decimals = usize::from(self.decimals);
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            bail!("{text:?} is not an amount: expected digits, as in 1.25");
        }
        if fraction.len() > decimals {
            bail!("{text:?} has more than {decimals} decimals");
        }
        let padded = format!("{whole}{fraction:0<decimals$}");
        let units = padded
            .parse()
            .with_context(|| format!("{text:?} is too large"))?;
        Ok(Amount(units))
    }

    /// Shows an amount in whole tokens, without the symbol.
    pub fn plain(&self, amount: Amount) -> String {
        let decimals = usize::from(self.decimals);
        let digits = format!("{:0>width$}", amount.0, width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() {
            whole.to_owned()
        } else {
            format!("{whole}.{fraction}")
        }
    }

    /// Shows an amount in whole tokens.
    pub fn show(&self, amount: Amount) -> String {
        format!("{} {}", self.plain(amount), self.symbol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units() -> Units {
        Units {
            symbol: "USD".into(),
            decimals: 6,
        }
    }

    #[test]
    fn amounts_read_and_show_alike() {
        for (text, units_expected) in [
            ("0", 0),
            ("1.25", 1_250_000),
            ("0.000001", 1),
            ("12", 12_000_000),
        ] {
            let amount = units().parse(text).unwrap();
            assert_eq!(amount, Amount(units_expected));
            assert_eq!(units().plain(amount), text);
        }
        assert_eq!(units().show(Amount(1_500_000)), "1.5 USD");
    }

    #[test]
    fn amounts_that_would_lose_something_are_refused() {
        for text in [
            "",
            ".5",
            "1.0000001",
            "-1",
            "1e6",
            "0x10",
            "340282366920938463463374607431768211456",
        ] {
            assert!(units().parse(text).is_err(), "{text}");
        }
    }
}
