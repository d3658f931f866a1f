// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {ProofMarket} from "../../src/ProofMarket.sol";
import {Vault} from "../../src/Vault.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {IVerifierAdapter} from "../../src/interfaces/IVerifierAdapter.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {MarkerVerifier} from "../utils/MarkerVerifier.sol";
import {StatementHarness} from "../utils/StatementHarness.sol";
import {MarketHandler} from "./MarketHandler.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice The same people, cheating: every call here must be refused whatever the state.
contract CheatingHandler is MarketHandler {
    struct Setup {
        ProofMarket market;
        Vault vault;
        ModelRegistry models;
        ERC20 token;
        MarkerVerifier groth16;
        StatementHarness harness;
        address provider;
        bytes32 openModel;
        bytes32 soleModel;
    }

    uint256 public constant CHEATS = 8;

    uint256 public cheatsTried;
    uint256 public cheatsSucceeded;
    mapping(uint256 how => uint256) public cheatsWhileAssigned;

    // The last fulfillment, to replay.
    bytes32 private _lastId;
    uint32 private _lastRound;
    IProofMarket.Delivery private _lastDelivery;

    constructor(Setup memory s) {
        (market, vault, models, token) = (s.market, s.vault, s.models, s.token);
        (groth16, harness, provider) = (s.groth16, s.harness, s.provider);
        (openModel, soleModel) = (s.openModel, s.soleModel);
        verifierId = groth16.VERIFYING_KEY_DIGEST();
        for (uint256 i = 0; i < PEOPLE; ++i) {
            accounts.push(address(uint160(0xA55A0000 + i)));
        }
        accounts.push(provider);
        accounts.push(vault.sink());
    }

    /// @notice A proof that is true, but not for this payee, request, round, contract or chain; or for another
    /// result or output, or of another length. Tried while the request is assigned: nothing but the proof is wrong.
    function cheatFulfill(uint256 which, uint256 how, uint256 who) public {
        (bool found, uint256 index) = _assignedLife(which, who);
        if (!found) return;
        Life storage l = lives[index];
        address payee = l.prover;
        address other = _person(who) == payee ? address(0xBAD) : _person(who);
        how %= CHEATS;
        IProofMarket.Delivery memory delivery;
        if (how == 0) delivery = _deliveryFor(address(market), block.chainid, l.id, l.round, other);
        else if (how == 1) delivery = _otherRequests(l, payee);
        else if (how == 2) delivery = _deliveryFor(address(market), block.chainid, l.id, l.round + 1, payee);
        else if (how == 3) delivery = _deliveryFor(address(vault), block.chainid, l.id, l.round, payee);
        else if (how == 4) delivery = _deliveryFor(address(market), block.chainid + 1, l.id, l.round, payee);
        else delivery = _trueDelivery(index, l.round, payee);
        if (how == 5) delivery.result[who % 3] ^= 1;
        if (how == 6) delivery.outputDigest ^= bytes32(uint256(1));
        if (how == 7) delivery.seal = bytes.concat(delivery.seal, hex"00");
        bytes4 expected =
            how == 7 ? IVerifierAdapter.SealLength.selector : IGroth16Verifier.ProofInvalid.selector;
        bytes memory data = abi.encodeCall(IProofMarket.fulfill, (l.id, l.round, delivery));
        assertEq(_mustFail(other, address(market), data), expected, "refused for another reason");
        ++cheatsWhileAssigned[how];
        data = abi.encodeCall(IProofMarket.fulfill, (l.id, l.round + 1, delivery));
        assertEq(_mustFail(other, address(market), data), IProofMarket.WrongRound.selector, "other round");
    }

    /// @notice Fulfills a fulfilled request again, with the very same proof, and ends it in every other way.
    function cheatReplay(uint256 who) public {
        if (_lastId == 0) return;
        address cheat = _person(who);
        bytes32 id = _lastId;
        _mustFail(cheat, address(market), _replay());
        _mustFail(cheat, address(market), abi.encodeCall(IProofMarket.declareDefault, (id)));
        _mustFail(cheat, address(market), abi.encodeCall(IProofMarket.close, (id)));
        _mustFail(cheat, address(market), abi.encodeCall(IProofMarket.cancel, (id)));
        _mustFail(cheat, address(market), abi.encodeCall(IProofMarket.bid, (id, _lastRound, 0)));
    }

    /// @notice Ends an ended request once more.
    function cheatResolve(uint256 which, uint256 who) public {
        if (lives.length == 0) return;
        uint256 index = _pick(which);
        if (lives[index].ended == Status.None) return;
        Life storage l = lives[index];
        address cheat = who % 2 == 0 ? l.requester : _person(who);
        _mustFail(cheat, address(market), abi.encodeCall(IProofMarket.close, (l.id)));
        _mustFail(cheat, address(market), abi.encodeCall(IProofMarket.cancel, (l.id)));
        _mustFail(cheat, address(market), abi.encodeCall(IProofMarket.declareDefault, (l.id)));
        _mustFail(cheat, address(market), abi.encodeCall(IProofMarket.bid, (l.id, l.round, 0)));
        if (l.prover == address(0)) return;
        IProofMarket.Delivery memory delivery = _trueDelivery(index, l.round, l.prover);
        _mustFail(l.prover, address(market), abi.encodeCall(IProofMarket.fulfill, (l.id, l.round, delivery)));
    }

    /// @notice Goes to the vault without being a module.
    function cheatVault(uint256 which, uint256 who) public {
        if (lives.length == 0) return;
        bytes32 id = lives[_pick(which)].id;
        address cheat = _person(who);
        IVault.Payment[] memory payments = new IVault.Payment[](1);
        payments[0] = IVault.Payment(cheat, 1);
        _mustFail(cheat, address(vault), abi.encodeCall(IVault.release, (id)));
        _mustFail(cheat, address(vault), abi.encodeCall(IVault.settle, (id, payments)));
        _mustFail(cheat, address(vault), abi.encodeCall(IVault.lock, (id, accounts[0], 1)));
        _mustFail(cheat, address(vault), abi.encodeCall(IVault.proposeModule, (cheat, 1)));
        _mustFail(cheat, address(vault), abi.encodeCall(IVault.retireModule, (address(market))));
    }

    /// @notice What a token with hooks runs in the middle of a transfer.
    function hook() external {
        if (msg.sender != address(token)) return;
        address cheat = accounts[0];
        uint256 free = vault.freeOf(cheat);
        _mustFail(cheat, address(vault), abi.encodeCall(IVault.withdraw, (cheat, free)));
        _mustFail(cheat, address(vault), abi.encodeCall(IVault.deposit, (cheat, 1)));
        if (_lastId != 0) _mustFail(cheat, address(market), _replay());
        ++done["hook"];
    }

    function _replay() private view returns (bytes memory) {
        return abi.encodeCall(IProofMarket.fulfill, (_lastId, _lastRound, _lastDelivery));
    }

    /// @dev An assigned request: a picked one, waited for if need be, or a new one.
    function _assignedLife(uint256 which, uint256 who) private returns (bool, uint256) {
        if (lives.length != 0) {
            uint256 index = _pick(which);
            Life storage l = lives[index];
            bool bound_ = l.ended == Status.None && l.prover != address(0);
            if (bound_ && block.timestamp < l.biddingDeadline) vm.warp(l.biddingDeadline);
            if (statusAt(index, block.timestamp) == Status.Assigned) return (true, index);
        }
        uint256 fresh = lives.length;
        deposit(who, FUNDS);
        request(who, which, which, false);
        if (lives.length == fresh || !_bid(fresh, _person(who), 1, 0)) return (false, 0);
        return (true, fresh);
    }

    /// @dev The proof of another request; its statement differs in nothing but the context.
    function _otherRequests(Life storage l, address payee)
        private
        view
        returns (IProofMarket.Delivery memory delivery)
    {
        delivery = _deliveryFor(address(market), block.chainid, l.id, l.round, payee);
        bytes32 other = lives[0].id == l.id ? keccak256(abi.encode(l.id)) : lives[0].id;
        delivery.seal = _sealFor(address(market), block.chainid, l.id, other, l.round, payee);
    }

    /// @dev Also called from a token's hook, in the middle of another call.
    function _mustFail(address who, address target, bytes memory data) private returns (bytes4) {
        ++cheatsTried;
        vm.prank(who);
        (bool ok, bytes memory returned) = target.call(data);
        if (ok) ++cheatsSucceeded;
        return bytes4(returned);
    }

    function _delivered(uint256 index, IProofMarket.Delivery memory delivery) internal override {
        _lastId = lives[index].id;
        _lastRound = lives[index].round;
        _lastDelivery = delivery;
    }
}
