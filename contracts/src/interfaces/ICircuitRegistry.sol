// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ITimelocked} from "./ITimelocked.sol";

/// @title Circuits that somebody rebuilt
/// @notice A proof says that *a* circuit accepted. An attester rebuilt the circuit from a model card and got
/// this very id. Attesters are added after a delay that everybody can see.
///
/// What the owner can do: propose an attester, remove one at once (its word stops counting everywhere), withdraw a
/// proposal. What an attester can do: vouch for a false circuit, whose prover could then claim any output of the
/// models that are listed with it. No money moves by an attester's word, and requests that exist do not depend on it.
interface ICircuitRegistry is ITimelocked {
    /// @notice One attester's word for one circuit.
    struct Attestation {
        address attester;
        uint64 attestedAt;
        bytes32 cardHash;
    }

    /// @notice An attester rebuilt the circuit from the card with this hash.
    event CircuitAttested(bytes32 indexed circuit, address indexed attester, bytes32 cardHash);
    /// @notice An attester took its word back, or the word of a removed attester made room for another one.
    event AttestationRevoked(bytes32 indexed circuit, address indexed attester);
    /// @notice The owner proposes an attester.
    event AttesterProposed(address indexed attester, uint64 activeFrom, uint64 activeUntil);
    /// @notice An attester was added.
    event AttesterAdded(address indexed attester);
    /// @notice An attester was removed: its attestations stop counting.
    event AttesterRemoved(address indexed attester);

    /// @notice The caller is not an attester.
    error NotAttester(address caller);
    /// @notice The address is an attester already.
    error AlreadyAttester(address attester);
    /// @notice The attester attested this circuit already.
    error AlreadyAttested(bytes32 circuit, address attester);
    /// @notice The attester never attested this circuit.
    error NotAttested(bytes32 circuit, address attester);
    /// @notice The circuit has as many attestations of present attesters as a reader can be asked to go through.
    error TooManyAttestations(uint256 limit);

    /// @notice Records that the caller rebuilt `circuit` from the card with `cardHash`. Attesters only.
    function attest(bytes32 circuit, bytes32 cardHash) external;

    /// @notice Takes the caller's attestation back.
    function revoke(bytes32 circuit) external;

    /// @notice Proposes an address that is no attester now. Owner only.
    function proposeAttester(address attester) external;

    /// @notice Adds a proposed attester after the delay. Anyone.
    function addAttester(address attester) external;

    /// @notice Removes an attester. Owner only, at once.
    function removeAttester(address attester) external;

    /// @notice Whether a present attester vouches for the circuit.
    function isAttested(bytes32 circuit) external view returns (bool);

    /// @notice Whether this attester is present and vouches for the circuit.
    function isAttestedBy(bytes32 circuit, address attester) external view returns (bool);

    /// @notice All attestations of a circuit, those of removed attesters included.
    function attestationsOf(bytes32 circuit) external view returns (Attestation[] memory);

    /// @notice Whether the address is an attester now.
    function isAttester(address attester) external view returns (bool);
}
