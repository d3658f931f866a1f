//! Contract bindings: the part of each ABI that off-chain programs use.
//!
//! They are written out rather than generated because alloy's macro reads neither file-level enums nor
//! structs of more than 24 fields from an ABI file. A test holds every item against the committed ABI, so
//! the ABI stays the one truth. What each item means stands in `contracts/src/interfaces`.

#![allow(
    missing_docs,
    clippy::too_many_arguments,
    reason = "generated code; see contracts/src/interfaces"
)]

alloy::sol! {
    #![sol(abi, extra_derives(Debug))]

    enum Kind { None, Inference, Accuracy, WeightDelivery }
    enum Status { None, Open, Assigned, Overdue, Fulfilled, Cancelled, Expired, Voided }
    enum ProverPolicy { Open, Sole }

    struct Statement {
        uint32 header;
        bytes32 circuit;
        bytes32 model;
        bytes32 input;
        bytes32 output;
        uint64[3] result;
        bytes32 context;
    }

    interface AssayToken {
        function mint(address to, uint256 amount) external;
        function approve(address spender, uint256 value) external returns (bool);
        function allowance(address owner, address spender) external view returns (uint256);
        function balanceOf(address account) external view returns (uint256);
        function decimals() external view returns (uint8);
        function symbol() external view returns (string);
        function nonces(address owner) external view returns (uint256);
        function DOMAIN_SEPARATOR() external view returns (bytes32);
    }

    interface Vault {
        struct Credit { address to; uint256 amount; uint256 free; }
        struct Authorization {
            address account;
            uint256 amount;
            address module;
            uint96 allowance;
            uint256 nonce;
            uint64 validUntil;
        }
        struct Permit { uint256 deadline; uint8 v; bytes32 r; bytes32 s; }
        event Deposited(address indexed account, address indexed from, uint256 amount, uint256 free);
        event Withdrawn(address indexed account, address indexed to, uint256 amount, uint256 paid, uint256 free);
        event Consented(address indexed account, address indexed module, uint256 allowance);
        event Locked(
            address indexed module, bytes32 indexed key, address indexed account,
            uint256 amount, uint256 free, uint256 locked
        );
        event Released(
            address indexed module, bytes32 indexed key, address indexed account,
            uint256 amount, uint256 free, uint256 locked
        );
        event Settled(
            address indexed module, bytes32 indexed key, address indexed account,
            uint256 left, uint256 locked, Credit[] credits
        );
        event ModuleProposed(
            address indexed module, bytes32 codeHash, uint256 dailyLimit, uint64 activeFrom, uint64 activeUntil
        );
        event ModuleActivated(address indexed module, uint256 dailyLimit);
        event ModuleRetired(address indexed module);
        event ProposalWithdrawn(address indexed subject);
        function deposit(address account, uint256 amount) external returns (uint256 credited);
        function depositWithPermit(uint256 amount, Permit calldata permit, address module, uint96 allowance)
            external returns (uint256 credited);
        function authorize(Authorization calldata authorization, Permit calldata permit, bytes calldata signature)
            external returns (uint256 credited);
        function consent(address module, uint96 allowance) external;
        function withdraw(address to, uint256 amount) external;
        function retireModule(address module) external;
        function sink() external view returns (address);
        function freeOf(address account) external view returns (uint256);
        function lockedOf(address account) external view returns (uint256);
        function total() external view returns (uint256);
        function nonces(address account) external view returns (uint256);
        function consentOf(address account, address module)
            external view returns (uint256 allowance, uint256 used, uint256 today);
    }

    interface CircuitRegistry {
        struct Attestation { address attester; uint64 attestedAt; bytes32 cardHash; }
        event CircuitAttested(bytes32 indexed circuit, address indexed attester, bytes32 cardHash);
        event AttestationRevoked(bytes32 indexed circuit, address indexed attester);
        event AttesterProposed(address indexed attester, uint64 activeFrom, uint64 activeUntil);
        event AttesterAdded(address indexed attester);
        event AttesterRemoved(address indexed attester);
        event ProposalWithdrawn(address indexed subject);
        function attest(bytes32 circuit, bytes32 cardHash) external;
        function revoke(bytes32 circuit) external;
        function isAttested(bytes32 circuit) external view returns (bool);
        function isAttestedBy(bytes32 circuit, address attester) external view returns (bool);
        function isAttester(address attester) external view returns (bool);
        function attestationsOf(bytes32 circuit) external view returns (Attestation[] memory);
    }

    interface ModelRegistry {
        struct CircuitVariant { Kind kind; bool inputPrivate; bool outputPrivate; bytes32 circuit; }
        struct Registration {
            bytes32 commitment;
            bool weightsPrivate;
            CircuitVariant[] circuits;
            string cardUri;
            bytes32 cardHash;
            uint128 fee;
            ProverPolicy policy;
            address soleProver;
            uint128 provingPrice;
        }
        struct Model {
            address provider;
            uint64 registeredAt;
            bool deprecated;
            Registration registration;
        }
        event ModelRegistered(
            bytes32 indexed modelId, address indexed provider, bytes32 indexed first, Registration registration
        );
        event ModelPriced(bytes32 indexed modelId, uint128 fee, uint128 provingPrice);
        event ModelDeprecated(bytes32 indexed modelId);
        function register(Registration calldata registration) external returns (bytes32 modelId);
        function setPrices(bytes32 modelId, uint128 fee, uint128 provingPrice) external;
        function deprecate(bytes32 modelId) external;
        function modelIdOf(address provider, bytes32 circuit, bytes32 commitment) external view returns (bytes32);
        function firstOf(bytes32 commitment) external view returns (bytes32 modelId);
        function modelOf(bytes32 modelId) external view returns (Model memory);
    }

    interface ProverRegistry {
        struct Prover { string ageRecipient; string blobEndpoint; uint64 updatedAt; }
        event ProverRegistered(address indexed prover, string ageRecipient, string blobEndpoint);
        event ProverRemoved(address indexed prover);
        function register(string calldata ageRecipient, string calldata blobEndpoint) external;
        function remove() external;
        function proverOf(address prover) external view returns (Prover memory);
        function isRegistered(address prover) external view returns (bool);
    }

    interface VerifierRegistry {
        event VerifierProposed(address indexed adapter, bytes32 codeHash, uint64 activeFrom, uint64 activeUntil);
        event VerifierAdded(bytes32 indexed verifierId, address indexed adapter);
        event VerifierTombstoned(bytes32 indexed verifierId, address indexed adapter);
        event ProposalWithdrawn(address indexed subject);
        function tombstone(bytes32 verifierId) external;
        function isTombstoned(bytes32 verifierId) external view returns (bool);
        function adapterOf(bytes32 verifierId) external view returns (address);
        function isListed(bytes32 verifierId) external view returns (bool);
    }

    interface Groth16Adapter {
        function verify(Statement calldata statement, bytes calldata seal) external view;
        function verifierId() external view returns (bytes32);
    }

    interface Groth16Verifier {
        function verifyProof(uint256[8] calldata proof, uint256[8] calldata inputs) external view;
    }

    struct Terms {
        bytes32 modelId;
        Kind kind;
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
    struct Snapshot {
        address provider;
        address soleProver;
        address verifier;
        uint32 header;
        bytes32 circuit;
        bytes32 commitment;
        uint128 fee;
        uint128 collateral;
    }
    struct Request { address requester; uint64 nonce; Terms terms; Snapshot snapshot; }
    struct Delivery {
        bytes32 outputDigest;
        uint64[3] result;
        bytes32 outputHash;
        bytes seal;
        bytes output;
    }
    struct Result { uint64 fulfilledAt; uint64[3] words; }
    struct Parameters {
        uint32 minBiddingWindow;
        uint32 minProvingWindow;
        uint32 extension;
        uint32 grace;
        uint16 lateFeeBps;
        uint128 burnedFloor;
        uint32 burnedBps;
        uint128 rewardCap;
    }

    interface RequestRules {
        function collateralFor(uint128 maxPrice) external view returns (uint128);
        function parameters() external view returns (Parameters memory);
    }

    interface MarketLens {
        struct RequestView {
            Status status;
            uint32 round;
            uint64 openedAt;
            address prover;
            uint128 price;
            uint64 biddingDeadline;
            uint64 provingDeadline;
            uint32 extensions;
            uint128 highestBid;
            uint128 bounty;
            bool paused;
            uint64 clock;
            Result result;
        }
        function viewOf(bytes32 requestId, Request calldata request) external view returns (RequestView memory);
        function statementOf(
            bytes32 requestId, Request calldata request, uint32 round, address payee,
            bytes32 outputDigest, uint64[3] calldata result, bytes32 outputHash, bool outputInline
        ) external view returns (Statement memory);
    }

    interface Gateway {
        struct SignedRequest {
            address requester;
            Terms terms;
            uint64 nonce;
            bytes inlineInput;
            uint64 validUntil;
            bytes signature;
        }
        function depositAndRequest(
            Vault.Authorization calldata authorization, Vault.Permit calldata permit,
            bytes calldata authorizationSignature, SignedRequest calldata signed
        ) external returns (bytes32 requestId);
    }

    interface ProofMarket {
        event Requested(
            bytes32 indexed requestId, address indexed requester, bytes32 indexed modelId,
            uint64 nonce, Terms terms, Snapshot snapshot, bytes inlineInput, uint64 openedAt
        );
        event BidPlaced(
            bytes32 indexed requestId, address indexed prover,
            uint32 round, uint128 price, uint64 biddingDeadline, uint32 extensions, address outbid
        );
        event Assigned(
            bytes32 indexed requestId, address indexed prover,
            uint32 round, uint128 price, uint64 assignedAt, uint64 provingDeadline
        );
        event Fulfilled(
            bytes32 indexed requestId, address indexed prover, uint32 round, uint128 price, uint128 lateFee,
            uint128 bounty, uint128 fee, uint128 refund, Delivery delivery
        );
        event Defaulted(
            bytes32 indexed requestId, address indexed prover, uint32 round,
            uint128 burned, uint128 bounty, uint128 reward, address caller
        );
        event RoundOpened(bytes32 indexed requestId, uint32 round, uint64 openedAt);
        event Cancelled(bytes32 indexed requestId, uint128 refund, uint128 burned);
        event Expired(bytes32 indexed requestId, uint128 refund, uint128 burned);
        event Voided(bytes32 indexed requestId, uint128 refund, uint128 burned);
        event CallbackMade(bytes32 indexed requestId, address indexed consumer, bool succeeded);
        event Paused(uint64 clock, uint64 until);
        event Unpaused(uint64 clock, uint64 behind);

        function request(Terms calldata terms, uint64 nonce, bytes calldata inlineInput)
            external returns (bytes32 requestId);
        function requestBySig(
            address requester, Terms calldata terms, uint64 nonce, bytes calldata inlineInput,
            uint64 validUntil, bytes calldata signature
        ) external returns (bytes32 requestId);
        function bid(bytes32 requestId, Request calldata request_, uint32 round, uint128 price) external;
        function bidBySig(
            address prover, bytes32 requestId, Request calldata request_, uint32 round, uint128 price,
            uint64 validUntil, bytes calldata signature
        ) external;
        function fulfill(bytes32 requestId, Request calldata request_, uint32 round, Delivery calldata delivery)
            external;
        function declareDefault(bytes32 requestId, Request calldata request_) external;
        function cancel(bytes32 requestId, Request calldata request_) external;
        function close(bytes32 requestId, Request calldata request_) external;
        function pause() external;
        function unpause() external;
        function clock() external view returns (uint64);
        function isPaused() external view returns (bool);
        function hashOf(bytes32 requestId) external view returns (bytes32);
        function hasDefaulted(bytes32 requestId, address prover) external view returns (bool);
    }
}

/// Name and committed ABI of every contract: errors are decoded from it, and the bindings are held against it.
pub(crate) const ABI_SOURCES: &[(&str, &str)] = &[
    (
        "AssayToken",
        include_str!("../../contracts/abi/AssayToken.json"),
    ),
    ("Vault", include_str!("../../contracts/abi/Vault.json")),
    (
        "CircuitRegistry",
        include_str!("../../contracts/abi/CircuitRegistry.json"),
    ),
    (
        "ModelRegistry",
        include_str!("../../contracts/abi/ModelRegistry.json"),
    ),
    ("Gateway", include_str!("../../contracts/abi/Gateway.json")),
    (
        "MarketLens",
        include_str!("../../contracts/abi/MarketLens.json"),
    ),
    (
        "RequestRules",
        include_str!("../../contracts/abi/RequestRules.json"),
    ),
    (
        "ProverRegistry",
        include_str!("../../contracts/abi/ProverRegistry.json"),
    ),
    (
        "VerifierRegistry",
        include_str!("../../contracts/abi/VerifierRegistry.json"),
    ),
    (
        "Groth16Adapter",
        include_str!("../../contracts/abi/Groth16Adapter.json"),
    ),
    (
        "Groth16Verifier",
        include_str!("../../contracts/abi/Groth16Verifier.json"),
    ),
    (
        "ProofMarket",
        include_str!("../../contracts/abi/ProofMarket.json"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use alloy::json_abi::{Function, JsonAbi, Param, StateMutability};

    /// The leaves of a parameter list: nested and flat static structs encode alike.
    fn leaves(params: &[Param]) -> Vec<String> {
        params
            .iter()
            .flat_map(|param| match param.ty.as_str() {
                "tuple" => leaves(&param.components),
                array if array.starts_with("tuple") => {
                    let mut all = vec![array.to_owned()];
                    all.extend(leaves(&param.components));
                    all
                }
                plain => vec![plain.to_owned()],
            })
            .collect()
    }

    /// A view may turn out to be pure.
    fn reads(function: &Function) -> bool {
        use StateMutability::{Pure, View};
        matches!(function.state_mutability, View | Pure)
    }

    fn committed(name: &str) -> JsonAbi {
        let (_, json) = ABI_SOURCES
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap();
        serde_json::from_str(json).unwrap()
    }

    /// Every bound function and event is in the committed ABI with the same signature and results.
    fn check(name: &str, bound: &JsonAbi) {
        let committed = committed(name);
        for function in bound.functions() {
            let same = committed
                .functions()
                .find(|other| other.selector() == function.selector())
                .unwrap_or_else(|| panic!("{name}.{} is not in the ABI", function.signature()));
            assert_eq!(
                leaves(&function.outputs),
                leaves(&same.outputs),
                "{name}.{}",
                same.name
            );
            assert_eq!(reads(function), reads(same), "{name}.{}", same.name);
        }
        for event in bound.events() {
            let same = committed
                .events()
                .find(|other| other.selector() == event.selector())
                .unwrap_or_else(|| panic!("{name}.{} is not in the ABI", event.signature()));
            let indexed = |event: &alloy::json_abi::Event| -> Vec<(String, bool)> {
                event
                    .inputs
                    .iter()
                    .map(|input| (input.name.clone(), input.indexed))
                    .collect()
            };
            assert_eq!(indexed(event), indexed(same), "{name}.{}", same.name);
        }
    }

    #[test]
    fn bindings_agree_with_the_committed_abi() {
        check("AssayToken", &AssayToken::abi::contract());
        check("Vault", &Vault::abi::contract());
        check("CircuitRegistry", &CircuitRegistry::abi::contract());
        check("ModelRegistry", &ModelRegistry::abi::contract());
        check("ProverRegistry", &ProverRegistry::abi::contract());
        check("VerifierRegistry", &VerifierRegistry::abi::contract());
        check("Groth16Adapter", &Groth16Adapter::abi::contract());
        check("Groth16Verifier", &Groth16Verifier::abi::contract());
        check("Gateway", &Gateway::abi::contract());
        check("MarketLens", &MarketLens::abi::contract());
        check("RequestRules", &RequestRules::abi::contract());
        check("ProofMarket", &ProofMarket::abi::contract());
    }
}
