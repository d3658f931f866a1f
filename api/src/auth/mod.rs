//! Who is asking: sign-in with Ethereum for a short-lived token. A token opens this service's own doors (uploads) and
//! never stands in for a right on the chain.

mod contract_wallet;
mod session;
mod siwe;
mod token;

pub use contract_wallet::accepts_signature;
pub use session::Session;
pub use siwe::{Audience, SignInError, read_message};
pub use token::{Tokens, load_secret};
