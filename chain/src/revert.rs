//! What a contract said when it refused: the error's name and fields, from the ABI.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use alloy::dyn_abi::{DynSolValue, ErrorExt};
use alloy::json_abi::{Error as AbiError, JsonAbi};
use alloy::primitives::{Bytes, Selector};

use alloy::transports::{RpcError, TransportErrorKind};

use crate::bindings::ABI_SOURCES;

/// A refusal by a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Name of the Solidity error, `Error` for a plain message, `Unknown` for foreign data.
    pub name: String,
    /// Its fields as `name: value`, comma separated.
    pub detail: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.detail.is_empty() {
            write!(f, "{}", self.name)
        } else {
            write!(f, "{} ({})", self.name, self.detail)
        }
    }
}

impl Refusal {
    /// Returns the refusal in an RPC error, if it carries revert data or says that it is one.
    pub fn from_rpc_error(error: &RpcError<TransportErrorKind>) -> Option<Self> {
        let payload = error.as_error_resp()?;
        if let Some(data) = payload.as_revert_data() {
            return Some(Self::from_data(&data));
        }
        payload
            .message
            .contains("execution reverted")
            .then(|| Self {
                name: "Reverted".into(),
                detail: payload.message.clone().into_owned(),
            })
    }

    /// Decodes revert data.
    pub fn from_data(data: &Bytes) -> Self {
        if data.is_empty() {
            return Self {
                name: "Reverted".into(),
                detail: "without a reason".into(),
            };
        }
        if let Some(reason) = alloy::sol_types::decode_revert_reason(data)
            && data.starts_with(&[0x08, 0xc3, 0x79, 0xa0])
        {
            return Self {
                name: "Error".into(),
                detail: reason,
            };
        }
        let unknown = || Self {
            name: "Unknown".into(),
            detail: format!("data {data}"),
        };
        let Some(selector) = data.get(..4).map(Selector::from_slice) else {
            return unknown();
        };
        let Some(error) = errors_by_selector().get(&selector) else {
            return unknown();
        };
        let Ok(decoded) = error.decode_error(data) else {
            return unknown();
        };
        let fields: Vec<String> = error
            .inputs
            .iter()
            .zip(&decoded.body)
            .map(|(input, value)| format!("{}: {}", input.name, show(value)))
            .collect();
        Self {
            name: error.name.clone(),
            detail: fields.join(", "),
        }
    }
}

/// Shows the value types that our errors carry; others keep their debug form.
fn show(value: &DynSolValue) -> String {
    match value {
        DynSolValue::Uint(number, _) => number.to_string(),
        DynSolValue::Int(number, _) => number.to_string(),
        DynSolValue::Bool(bit) => bit.to_string(),
        DynSolValue::Address(address) => address.to_string(),
        DynSolValue::FixedBytes(word, size) => format!("0x{}", alloy::hex::encode(&word[..*size])),
        DynSolValue::Bytes(bytes) => format!("0x{}", alloy::hex::encode(bytes)),
        DynSolValue::String(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

/// All errors of all our contracts: an error may surface through another contract's call.
fn errors_by_selector() -> &'static HashMap<Selector, AbiError> {
    static ERRORS: OnceLock<HashMap<Selector, AbiError>> = OnceLock::new();
    ERRORS.get_or_init(|| {
        ABI_SOURCES
            .iter()
            .flat_map(|(name, json)| {
                let abi = serde_json::from_str::<JsonAbi>(json)
                    .unwrap_or_else(|error| panic!("committed ABI of {name} is JSON: {error}"));
                abi.errors.into_values().flatten().collect::<Vec<_>>()
            })
            .map(|error| (error.selector(), error))
            .collect()
    })
}
