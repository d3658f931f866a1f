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
    enum Status { None, Open, Assigned, Overdue, Fulfilled, Cancelled, Expired }
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
        event Deposited(address indexed account, address indexed from, uint256 amount, uint256 free);
        event Withdrawn(address indexed account, address indexed to, uint256 amount, uint256 free);
        function deposit(address account, uint256 amount) external returns (uint256 credited);
        function depositWithPermit(
            address account, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s
        ) external returns (uint256 credited);
        function withdraw(address to, uint256 amount) external;
        function sink() external view returns (address);
        function freeOf(address account) external view returns (uint256);
        function lockedOf(address account) external view returns (uint256);
        function total() external view returns (uint256);
    }

    interface CircuitRegistry {
        struct Attestation { address attester; uint64 attestedAt; bytes32 cardHash; }
        event CircuitAttested(bytes32 indexed circuit, address indexed attester, bytes32 cardHash);
        event AttestationRevoked(bytes32 indexed circuit, address indexed attester);
        function attest(bytes32 circuit, bytes32 cardHash) external;
        function revoke(bytes32 circuit) external;
        function isAttested(bytes32 circuit) external view returns (bool);
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
        event ModelRegistered(bytes32 indexed modelId, address indexed provider, Registration registration);
        event ModelPriced(bytes32 indexed modelId, uint128 fee, uint128 provingPrice);
        event ModelDeprecated(bytes32 indexed modelId);
        function register(Registration calldata registration) external returns (bytes32 modelId);
        function setPrices(bytes32 modelId, uint128 fee, uint128 provingPrice) external;
        function deprecate(bytes32 modelId) external;
        function modelIdOf(address provider, bytes32 circuit, bytes32 commitment) external view returns (bytes32);
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
        event VerifierAdded(bytes32 indexed verifierId, address indexed adapter);
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

    interface ProofMarket {
        struct Terms {
            bytes32 modelId;
            Kind kind;
            bool inputPrivate;
            bool outputPrivate;
            bytes32 inputDigest;
            bytes32 inputBlob;
            bytes inlineInput;
            bytes32 verifierId;
            uint128 maxPrice;
            uint128 instantPrice;
            uint128 maxFee;
            uint64 biddingWindow;
            uint64 provingWindow;
            uint64 expiresAt;
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
            uint64 openedAt;
        }
        // The contract returns these fields flat; static structs encode the same nested.
        struct RequestTerms {
            Status status;
            uint32 round;
            address requester;
            address provider;
            address soleProver;
            address verifier;
            bytes32 modelId;
            uint32 header;
            bytes32 circuit;
            bytes32 commitment;
            bytes32 inputDigest;
            uint128 maxPrice;
            uint128 instantPrice;
            uint128 fee;
            uint128 collateral;
            uint64 biddingWindow;
            uint64 provingWindow;
        }
        struct RequestProgress {
            uint64 openedAt;
            uint64 expiresAt;
            address prover;
            uint128 price;
            uint64 biddingDeadline;
            uint64 provingDeadline;
            bool settled;
            bytes32 outputDigest;
            uint64[3] result;
        }
        struct Request { RequestTerms terms; RequestProgress progress; }
        struct Delivery {
            bytes32 outputDigest;
            uint64[3] result;
            bytes32 outputBlob;
            bytes seal;
            bytes output;
        }

        event Requested(
            bytes32 indexed requestId, address indexed requester, bytes32 indexed modelId,
            uint64 nonce, Terms terms, Snapshot snapshot
        );
        event BidPlaced(
            bytes32 indexed requestId, address indexed prover,
            uint32 round, uint128 price, uint128 collateral, uint64 biddingDeadline, address outbid
        );
        event Assigned(
            bytes32 indexed requestId, address indexed prover,
            uint32 round, uint128 price, uint64 assignedAt, uint64 provingDeadline
        );
        event Fulfilled(
            bytes32 indexed requestId, address indexed prover,
            uint32 round, uint128 price, uint128 fee, uint128 refund, Delivery delivery
        );
        event Defaulted(
            bytes32 indexed requestId, address indexed prover,
            uint32 round, uint128 burned, uint128 reward, address caller
        );
        event RoundOpened(bytes32 indexed requestId, uint32 round, uint64 openedAt);
        event Cancelled(bytes32 indexed requestId, uint128 refund);
        event Expired(bytes32 indexed requestId, uint128 refund);

        function request(Terms calldata terms, uint64 nonce) external returns (bytes32 requestId);
        function bid(bytes32 requestId, uint32 round, uint128 price) external;
        function fulfill(bytes32 requestId, uint32 round, Delivery calldata delivery) external;
        function declareDefault(bytes32 requestId) external;
        function cancel(bytes32 requestId) external;
        function close(bytes32 requestId) external;
        function requestOf(bytes32 requestId) external view returns (Request memory);
        function requestIdOf(address requester, uint64 nonce, Terms calldata terms) external view returns (bytes32);
        function contextOf(bytes32 requestId, uint32 round, address payee) external view returns (bytes32);
        function statementOf(bytes32 requestId, bytes32 outputDigest, uint64[3] calldata result)
            external view returns (Statement memory);
        function highestBidOf(bytes32 requestId) external view returns (uint128);
        function hasDefaulted(bytes32 requestId, address prover) external view returns (bool);
        function collateralFor(uint128 maxPrice) external view returns (uint128);
        function minBiddingWindow() external view returns (uint64);
        function minProvingWindow() external view returns (uint64);
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
        check("ProofMarket", &ProofMarket::abi::contract());
    }
}
