//! `assay vault`: balances.

use assay_chain::Consent;
use assay_market::{Address, Amount, Timestamp};
use clap::Subcommand;
use serde_json::json;

use crate::args::Global;
use crate::output::Output;
use crate::session;
use crate::units::Units;

/// A permit that is sent at once needs to live no longer than its transaction.
const PERMIT_SECS: u64 = 600;

/// Balances in the vault.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Deposit tokens of this account
    Deposit {
        /// How much, in whole tokens, as in 12.5
        amount: String,
        /// Approve by a transaction of its own instead of a signed permit
        #[arg(long)]
        approve: bool,
        /// Also let the market have up to this much of the balance at a time, in whole tokens, or `unlimited`
        #[arg(long, value_name = "AMOUNT")]
        consent: Option<String>,
    },
    /// Let the market have up to an amount of this account's balance at a time: what it locks and what it pays away
    /// count, what comes back does not. Nothing is locked without
    Consent {
        /// How much, in whole tokens, or `unlimited`; 0 ends it for all that is not locked yet
        allowance: String,
    },
    /// Withdraw free balance
    Withdraw {
        /// How much, in whole tokens
        amount: String,
        /// Where to; this account when not given
        #[arg(long)]
        to: Option<Address>,
    },
    /// Show the balance of an account
    Balance {
        /// Whose; this account when not given
        account: Option<Address>,
    },
    /// Mint development tokens to this account
    Mint {
        /// How much, in whole tokens
        amount: String,
    },
}

/// Runs the command.
pub async fn run(global: &Global, output: Output, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Deposit {
            amount,
            approve,
            consent,
        } => {
            let account = session::account(global).await?;
            let units = Units::of(account.chain()).await?;
            let amount = units.parse(&amount)?;
            let consent = match consent {
                Some(text) => Some(allowance(&units, &text)?),
                None => None,
            };
            let receipt = if approve {
                if let Some(consent) = consent {
                    account.consent(consent).await?;
                }
                account.deposit(amount).await?
            } else {
                let now = account.chain().latest().await?.timestamp;
                account
                    .deposit_with_permit(amount, Timestamp(now + PERMIT_SECS), consent)
                    .await?
            };
            let balance = account.chain().balance(account.address()).await?;
            output.result(
                &json!({ "deposited": amount, "free": balance.free, "locked": balance.locked,
                         "tx": receipt.hash, "gas": receipt.gas_used }),
                &format!(
                    "deposited {}; free {}",
                    units.show(amount),
                    units.show(balance.free)
                ),
            )
        }
        Command::Consent { allowance: text } => {
            let account = session::account(global).await?;
            let units = Units::of(account.chain()).await?;
            let receipt = account.consent(allowance(&units, &text)?).await?;
            let given = account.chain().consent(account.address()).await?;
            output.result(
                &json!({ "allowance": given.allowance, "used": given.used, "today": given.today,
                         "tx": receipt.hash, "gas": receipt.gas_used }),
                &format!(
                    "the market may have {} of your balance; {} are used",
                    show_allowance(&units, given.allowance),
                    units.show(given.used)
                ),
            )
        }
        Command::Withdraw { amount, to } => {
            let account = session::account(global).await?;
            let units = Units::of(account.chain()).await?;
            let amount = units.parse(&amount)?;
            let to = to.unwrap_or(account.address());
            let receipt = account.withdraw(to, amount).await?;
            let balance = account.chain().balance(account.address()).await?;
            output.result(
                &json!({ "withdrawn": amount, "to": to, "free": balance.free,
                         "locked": balance.locked, "tx": receipt.hash, "gas": receipt.gas_used }),
                &format!(
                    "withdrew {} to {to}; free {}",
                    units.show(amount),
                    units.show(balance.free)
                ),
            )
        }
        Command::Balance { account } => {
            let (chain, holder) = match account {
                Some(holder) => (session::connect(global).await?, holder),
                None => {
                    let account = session::account(global).await?;
                    (account.chain().clone(), account.address())
                }
            };
            let units = Units::of(&chain).await?;
            let balance = chain.balance(holder).await?;
            let outside = chain.token_balance(holder).await?;
            let given = chain.consent(holder).await?;
            output.result(
                &json!({ "account": holder, "free": balance.free, "locked": balance.locked,
                         "outside": outside,
                         "consent": { "allowance": given.allowance, "used": given.used, "today": given.today } }),
                &format!(
                    "{holder}\n  free     {}\n  locked   {}\n  outside  {}\n  consent  {}, {} used",
                    units.show(balance.free),
                    units.show(balance.locked),
                    units.show(outside),
                    show_allowance(&units, given.allowance),
                    units.show(given.used)
                ),
            )
        }
        Command::Mint { amount } => {
            let account = session::account(global).await?;
            let units = Units::of(account.chain()).await?;
            let amount = units.parse(&amount)?;
            let receipt = account.mint(account.address(), amount).await?;
            output.result(
                &json!({ "minted": amount, "tx": receipt.hash, "gas": receipt.gas_used }),
                &format!("minted {} to {}", units.show(amount), account.address()),
            )
        }
    }
}

/// Reads an allowance: whole tokens, or no limit.
fn allowance(units: &Units, text: &str) -> anyhow::Result<Amount> {
    if text == "unlimited" {
        return Ok(Consent::UNLIMITED);
    }
    units.parse(text)
}

fn show_allowance(units: &Units, allowance: Amount) -> String {
    if allowance == Consent::UNLIMITED {
        return "all".to_owned();
    }
    units.show(allowance)
}
