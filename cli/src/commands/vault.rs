//! `assay vault`: balances.

use assay_market::{Address, Timestamp};
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
        Command::Deposit { amount, approve } => {
            let account = session::account(global).await?;
            let units = Units::of(account.chain()).await?;
            let amount = units.parse(&amount)?;
            let receipt = if approve {
                account.deposit(amount).await?
            } else {
                let now = account.chain().latest().await?.timestamp;
                account
                    .deposit_with_permit(amount, Timestamp(now + PERMIT_SECS))
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
            output.result(
                &json!({ "account": holder, "free": balance.free, "locked": balance.locked,
                         "outside": outside }),
                &format!(
                    "{holder}\n  free     {}\n  locked   {}\n  outside  {}",
                    units.show(balance.free),
                    units.show(balance.locked),
                    units.show(outside)
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
