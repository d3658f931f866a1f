//! What accounts sign instead of sending: requests, bids, deposits with a consent, and model cards (EIP-712). Anyone may
//! carry a signed request, bid or authorization to the chain; the contracts check the signature themselves.

use alloy::primitives::aliases::U96;
use alloy::primitives::{Address as AbiAddress, B256, Bytes, Signature, U256};
use alloy::providers::Provider;
use alloy::signers::Signer;
use alloy::sol_types::{Eip712Domain, SolStruct, eip712_domain};
use assay_market::{Address, Amount, RequestId, Terms, Timestamp, Word};

use crate::account::Account;
use crate::bindings::{Gateway, ProofMarket, Vault};
use crate::connection::{Chain, Receipt};
use crate::convert::{abi_address, abi_request_id, abi_terms, abi_word, unreadable};
use crate::error::ChainError;
use crate::events::EventBody;

/// The structs as EIP-712 spells them; `lib/Signed.sol` and `Vault.sol` have the same text.
mod typed {
    alloy::sol! {
        struct Terms {
            bytes32 modelId;
            uint8 kind;
            bool inputPrivate;
            bool outputPrivate;
            bytes32 inputDigest;
            bytes32 inputHash;
            bytes32 verifierId;
            uint128 firstCeiling;
            uint128 ceilingStep;
            uint128 maxPrice;
            uint128 instantPrice;
            uint128 maxFee;
            uint64 biddingWindow;
            uint64 provingWindow;
            uint64 expiresAt;
            uint32 callbackGas;
        }
        struct Request { address requester; uint64 nonce; uint64 validUntil; Terms terms; }
        struct Bid { address prover; bytes32 requestId; uint32 round; uint128 price; uint64 validUntil; }
        struct Authorization {
            address account;
            uint256 amount;
            address module;
            uint96 allowance;
            uint256 nonce;
            uint64 validUntil;
        }
        struct Card { address provider; bytes32 cardHash; }

        interface Erc1271 {
            function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4);
        }
    }
}

/// What an ERC-1271 wallet answers when a signature is its own.
const ERC1271_MAGIC: [u8; 4] = [0x16, 0x26, 0xba, 0x7e];

/// A signed request, ready to be carried to the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// Who signed and pays.
    pub requester: Address,
    /// What is asked for.
    pub terms: Terms,
    /// Tells equal requests of one requester apart.
    pub nonce: u64,
    /// The input's bytes, when public and small.
    pub inline_input: Vec<u8>,
    /// The signature counts before this time.
    pub valid_until: Timestamp,
    /// The signature.
    pub signature: Vec<u8>,
}

/// A signed bid, ready to be carried to the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBid {
    /// Who signed and proves.
    pub prover: Address,
    /// The request.
    pub request: RequestId,
    /// Its round.
    pub round: u32,
    /// The price.
    pub price: Amount,
    /// The signature counts before this time.
    pub valid_until: Timestamp,
    /// The signature.
    pub signature: Vec<u8>,
}

/// A signed deposit into the signer's own balance, with a consent to the market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedAuthorization {
    /// Who signed.
    pub account: Address,
    /// Tokens to deposit; zero for none.
    pub amount: Amount,
    /// The market's new allowance; none for no consent.
    pub allowance: Option<Amount>,
    /// The account's nonce in the vault.
    pub nonce: u64,
    /// The signature counts before this time.
    pub valid_until: Timestamp,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Chain {
    fn domain(&self, name: &'static str, contract: AbiAddress) -> Eip712Domain {
        eip712_domain! {
            name: name,
            version: "1",
            chain_id: self.deployment().chain_id,
            verifying_contract: contract,
        }
    }

    /// Returns what a provider signs about its card: (provider, sha-256 of the card), for this registry.
    pub fn card_digest(&self, provider: Address, card_hash: Word) -> Word {
        let registry = self.deployment().model_registry;
        let card = typed::Card {
            provider: abi_address(provider),
            cardHash: abi_word(card_hash),
        };
        Word(
            card.eip712_signing_hash(&self.domain("Assay ModelRegistry", registry))
                .0,
        )
    }

    /// Returns whether an account, a key or an ERC-1271 wallet, signed a digest.
    pub async fn is_signed_by(
        &self,
        signer: Address,
        digest: Word,
        signature: &[u8],
    ) -> Result<bool, ChainError> {
        let signer = abi_address(signer);
        if !self.provider().get_code_at(signer).await?.is_empty() {
            let call = typed::Erc1271::isValidSignatureCall {
                hash: abi_word(digest),
                signature: Bytes::copy_from_slice(signature),
            };
            // A wallet may say no by reverting or by any other answer.
            return Ok(match self.read(signer, &call).await {
                Ok(answer) => answer.0 == ERC1271_MAGIC,
                Err(error) if error.is_transient() => return Err(error),
                Err(_) => false,
            });
        }
        let recovered = Signature::from_raw(signature)
            .ok()
            .filter(|signature| signature.normalize_s().is_none())
            .and_then(|signature| {
                signature
                    .recover_address_from_prehash(&abi_word(digest))
                    .ok()
            });
        Ok(recovered == Some(signer))
    }
}

impl Account {
    async fn sign<T: SolStruct>(
        &self,
        value: &T,
        domain: &Eip712Domain,
    ) -> Result<Vec<u8>, ChainError> {
        self.sign_digest(value.eip712_signing_hash(domain)).await
    }

    async fn sign_digest(&self, digest: B256) -> Result<Vec<u8>, ChainError> {
        let signature = self
            .signer()
            .sign_hash(&digest)
            .await
            .map_err(|error| ChainError::Signing(error.to_string()))?;
        Ok(signature.as_bytes().to_vec())
    }

    /// Signs this account's card.
    pub async fn sign_card(&self, card_hash: Word) -> Result<Vec<u8>, ChainError> {
        let digest = self.chain().card_digest(self.address(), card_hash);
        self.sign_digest(abi_word(digest)).await
    }

    /// Signs a request of this account.
    pub async fn sign_request(
        &self,
        terms: &Terms,
        nonce: u64,
        inline_input: &[u8],
        valid_until: Timestamp,
    ) -> Result<SignedRequest, ChainError> {
        let abi = abi_terms(terms);
        let typed = typed::Request {
            requester: abi_address(self.address()),
            nonce,
            validUntil: valid_until.0,
            terms: typed::Terms {
                modelId: abi.modelId,
                kind: abi.kind as u8,
                inputPrivate: abi.inputPrivate,
                outputPrivate: abi.outputPrivate,
                inputDigest: abi.inputDigest,
                inputHash: abi.inputHash,
                verifierId: abi.verifierId,
                firstCeiling: abi.firstCeiling,
                ceilingStep: abi.ceilingStep,
                maxPrice: abi.maxPrice,
                instantPrice: abi.instantPrice,
                maxFee: abi.maxFee,
                biddingWindow: abi.biddingWindow,
                provingWindow: abi.provingWindow,
                expiresAt: abi.expiresAt,
                callbackGas: abi.callbackGas,
            },
        };
        let domain = self.market_domain();
        Ok(SignedRequest {
            requester: self.address(),
            terms: terms.clone(),
            nonce,
            inline_input: inline_input.to_vec(),
            valid_until,
            signature: self.sign(&typed, &domain).await?,
        })
    }

    /// Signs a bid of this account.
    pub async fn sign_bid(
        &self,
        request: RequestId,
        round: u32,
        price: Amount,
        valid_until: Timestamp,
    ) -> Result<SignedBid, ChainError> {
        let typed = typed::Bid {
            prover: abi_address(self.address()),
            requestId: abi_request_id(request),
            round,
            price: price.0,
            validUntil: valid_until.0,
        };
        let domain = self.market_domain();
        Ok(SignedBid {
            prover: self.address(),
            request,
            round,
            price,
            valid_until,
            signature: self.sign(&typed, &domain).await?,
        })
    }

    /// Signs a deposit of this account into its own balance, and a consent to the market. The vault still needs the
    /// token's allowance.
    pub async fn sign_authorization(
        &self,
        amount: Amount,
        allowance: Option<Amount>,
        valid_until: Timestamp,
    ) -> Result<SignedAuthorization, ChainError> {
        let call = Vault::noncesCall {
            account: abi_address(self.address()),
        };
        let vault = self.chain().deployment().vault;
        let nonce: u64 = self
            .chain()
            .read(vault, &call)
            .await?
            .try_into()
            .map_err(|_| unreadable("nonce", "does not fit 64 bits"))?;
        let mut signed = SignedAuthorization {
            account: self.address(),
            amount,
            allowance,
            nonce,
            valid_until,
            signature: Vec::new(),
        };
        let abi = abi_authorization(self.chain(), &signed);
        let typed = typed::Authorization {
            account: abi.account,
            amount: abi.amount,
            module: abi.module,
            allowance: abi.allowance,
            nonce: abi.nonce,
            validUntil: abi.validUntil,
        };
        let domain = self.chain().domain("Assay Vault", vault);
        signed.signature = self.sign(&typed, &domain).await?;
        Ok(signed)
    }

    fn market_domain(&self) -> Eip712Domain {
        let market = self.chain().deployment().market;
        self.chain().domain("Assay ProofMarket", market)
    }

    /// Carries somebody's signed bid to the chain.
    pub async fn relay_bid(&self, signed: &SignedBid) -> Result<Receipt, ChainError> {
        let made = self.chain().made(signed.request).await?;
        let made = made.ok_or(ChainError::UnknownRequest(signed.request))?;
        let call = ProofMarket::bidBySigCall {
            prover: abi_address(signed.prover),
            requestId: abi_request_id(signed.request),
            request_: made.to_abi(),
            round: signed.round,
            price: signed.price.0,
            validUntil: signed.valid_until.0,
            signature: signed.signature.clone().into(),
        };
        self.call(self.chain().deployment().market, &call).await
    }

    /// Carries somebody's signed request to the chain.
    pub async fn relay_request(
        &self,
        signed: &SignedRequest,
    ) -> Result<(RequestId, Receipt), ChainError> {
        let call = ProofMarket::requestBySigCall {
            requester: abi_address(signed.requester),
            terms: abi_terms(&signed.terms),
            nonce: signed.nonce,
            inlineInput: signed.inline_input.clone().into(),
            validUntil: signed.valid_until.0,
            signature: signed.signature.clone().into(),
        };
        let receipt = self.call(self.chain().deployment().market, &call).await?;
        self.requested(receipt)
    }

    /// Carries somebody's signed deposit, consent and request to the chain, in one transaction.
    pub async fn relay_deposit_and_request(
        &self,
        authorization: &SignedAuthorization,
        signed: &SignedRequest,
    ) -> Result<(RequestId, Receipt), ChainError> {
        let call = Gateway::depositAndRequestCall {
            authorization: abi_authorization(self.chain(), authorization),
            permit: Vault::Permit {
                deadline: U256::ZERO,
                v: 0,
                r: B256::ZERO,
                s: B256::ZERO,
            },
            authorizationSignature: authorization.signature.clone().into(),
            signed: Gateway::SignedRequest {
                requester: abi_address(signed.requester),
                terms: abi_terms(&signed.terms),
                nonce: signed.nonce,
                inlineInput: signed.inline_input.clone().into(),
                validUntil: signed.valid_until.0,
                signature: signed.signature.clone().into(),
            },
        };
        let receipt = self.call(self.chain().deployment().gateway, &call).await?;
        self.requested(receipt)
    }

    /// Returns the request that a transaction made.
    pub(crate) fn requested(&self, receipt: Receipt) -> Result<(RequestId, Receipt), ChainError> {
        for log in &receipt.logs {
            let event = self.chain().decode(log)?;
            if let Some(EventBody::Market { request, .. }) = event.map(|event| event.body) {
                return Ok((request, receipt));
            }
        }
        Err(unreadable(
            "receipt of request",
            "it has no event of the market",
        ))
    }
}

fn abi_authorization(chain: &Chain, signed: &SignedAuthorization) -> Vault::Authorization {
    Vault::Authorization {
        account: abi_address(signed.account),
        amount: U256::from(signed.amount.0),
        module: match signed.allowance {
            Some(_) => chain.deployment().market,
            None => AbiAddress::ZERO,
        },
        allowance: U96::from(signed.allowance.unwrap_or(Amount::ZERO).0),
        nonce: U256::from(signed.nonce),
        validUntil: signed.valid_until.0,
    }
}
