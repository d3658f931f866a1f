//! Signatures of contract wallets (ERC-1271): the account itself says whether it accepts one.

use assay_chain::Chain;
use assay_chain::alloy::primitives::{Address as AbiAddress, Bytes, U256};
use assay_chain::alloy::providers::Provider;
use assay_chain::alloy::rpc::types::TransactionRequest;
use assay_market::Address;

use crate::error::{ApiError, Result};
use crate::limits::RPC_TIMEOUT;

/// Selector of `isValidSignature(bytes32,bytes)`, and also what it returns when the signature is good.
const IS_VALID_SIGNATURE: [u8; 4] = [0x16, 0x26, 0xba, 0x7e];

/// Gas for the account's answer: wallets with several owners need some hundred thousand.
const GAS_LIMIT: u64 = 1_000_000;

/// Asks the account's contract, if it has one, whether it accepts a signature of `hash`.
pub async fn accepts_signature(
    chain: &Chain,
    account: Address,
    hash: [u8; 32],
    signature: &[u8],
) -> Result<bool> {
    let account = AbiAddress::from(account.0);
    let question = async {
        if chain.provider().get_code_at(account).await?.is_empty() {
            return Ok(None);
        }
        let call = TransactionRequest::default()
            .to(account)
            .gas_limit(GAS_LIMIT)
            .input(Bytes::from(encode(hash, signature)).into());
        chain.provider().call(call).await.map(Some)
    };
    match tokio::time::timeout(RPC_TIMEOUT, question).await {
        Ok(Ok(answer)) => Ok(
            answer.is_some_and(|answer| answer.len() >= 32 && answer[..4] == IS_VALID_SIGNATURE)
        ),
        // The contract reverted: it does not accept the signature.
        Ok(Err(error)) if error.is_error_resp() => Ok(false),
        Ok(Err(error)) => Err(ApiError::ChainUnavailable(error.to_string())),
        Err(_) => Err(ApiError::ChainUnavailable("no answer in time".into())),
    }
}

/// Solidity's encoding of the call: selector, hash, offset of the bytes, their length, the bytes padded to words.
fn encode(hash: [u8; 32], signature: &[u8]) -> Vec<u8> {
    let mut data = IS_VALID_SIGNATURE.to_vec();
    data.extend(hash);
    data.extend(U256::from(64).to_be_bytes::<32>());
    data.extend(U256::from(signature.len()).to_be_bytes::<32>());
    data.extend(signature);
    data.resize(4 + 96 + signature.len().next_multiple_of(32), 0);
    data
}
