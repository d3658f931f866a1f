// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {MarketViews} from "../../src/MarketViews.sol";
import {ProofMarket} from "../../src/ProofMarket.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {Kind, ProverPolicy} from "../../src/interfaces/Types.sol";
import {StackTest} from "../utils/StackTest.sol";

/// @notice Runs the random operations that the Rust domain recorded, and must come to the same refusals, statuses
/// and balances after every single one.
contract DifferentialTest is StackTest {
    struct Steps {
        uint256[] at;
        address[] caller;
        string[] op;
        uint256[] request;
        uint256[] round;
        uint256[] price;
        uint256[] model;
        uint256[] kind;
        uint256[] maxPrice;
        uint256[] instantPrice;
        uint256[] maxFee;
        uint256[] biddingWindow;
        uint256[] provingWindow;
        uint256[] expiresAt;
        string[] error_;
        uint256[] status;
        uint256[] free;
        uint256[] locked;
        uint256[] sink;
    }

    mapping(bytes32 name => bytes4 selector) private _selectors;
    address[] private _people;
    bytes32[] private _modelIds;
    bytes32[] private _requests;
    string private _json;
    MarketViews.Parameters private _recorded;

    function setUp() public override {
        _json = vm.readFile("../market/vectors/lifecycle.json");
        vm.warp(vm.parseJsonUint(_json, ".start"));
        _recorded = MarketViews.Parameters({
            minBiddingWindow: uint64(vm.parseJsonUint(_json, ".params.minBiddingWindow")),
            minProvingWindow: uint64(vm.parseJsonUint(_json, ".params.minProvingWindow")),
            collateralFloor: uint128(vm.parseJsonUint(_json, ".params.collateralFloor")),
            collateralBps: uint64(vm.parseJsonUint(_json, ".params.collateralBps"))
        });
        _deployStack(_recorded);
        _people = vm.parseJsonAddressArray(_json, ".accounts");
        uint256[] memory deposits = vm.parseJsonUintArray(_json, ".deposits");
        for (uint256 i = 0; i < _people.length; ++i) {
            if (deposits[i] != 0) _fund(_people[i], deposits[i]);
        }
        _registerModels();
        _nameSelectors();
    }

    function test_RecordedOperations_ComeOutTheSame() public {
        Steps memory steps = _readSteps();
        assertGt(steps.op.length, 0);
        for (uint256 i = 0; i < steps.op.length; ++i) {
            vm.warp(steps.at[i]);
            bytes memory revert_ = _run(steps, i);
            string memory at = string.concat("step ", vm.toString(i), " ", steps.op[i]);
            bytes4 expected = bytes(steps.error_[i]).length == 0
                ? bytes4(0)
                : _selectors[keccak256(bytes(steps.error_[i]))];
            if (bytes(steps.error_[i]).length != 0) assertNotEq(expected, bytes4(0), at);
            assertEq(bytes4(revert_), expected, at);
            _compare(steps, i, at);
        }
    }

    function _run(Steps memory steps, uint256 i) private returns (bytes memory) {
        bytes32 op = keccak256(bytes(steps.op[i]));
        if (op == keccak256("request")) {
            (bool made, bytes memory answer) =
                _call(steps.caller[i], abi.encodeCall(IProofMarket.request, (_termsAt(steps, i), uint64(i))));
            if (!made) return answer;
            _requests.push(abi.decode(answer, (bytes32)));
            return "";
        }
        (bool ok, bytes memory returned) = _call(steps.caller[i], _callData(op, steps, i));
        return ok ? bytes("") : returned;
    }

    function _callData(bytes32 op, Steps memory steps, uint256 i) private view returns (bytes memory) {
        bytes32 id = _requests[steps.request[i]];
        uint32 round = uint32(steps.round[i]);
        if (op == keccak256("bid")) {
            return abi.encodeCall(IProofMarket.bid, (id, round, uint128(steps.price[i])));
        }
        if (op == keccak256("fulfill")) {
            IProofMarket.Delivery memory delivery = _delivery(id, round, market.requestOf(id).prover);
            return abi.encodeCall(IProofMarket.fulfill, (id, round, delivery));
        }
        if (op == keccak256("declareDefault")) return abi.encodeCall(IProofMarket.declareDefault, (id));
        if (op == keccak256("cancel")) return abi.encodeCall(IProofMarket.cancel, (id));
        assertEq(op, keccak256("close"));
        return abi.encodeCall(IProofMarket.close, (id));
    }

    function _compare(Steps memory steps, uint256 i, string memory at) private view {
        bool isRequest = keccak256(bytes(steps.op[i])) == keccak256("request");
        if (!isRequest) {
            assertEq(uint8(market.status(_requests[steps.request[i]])), steps.status[i], at);
        } else if (steps.status[i] != 0) {
            assertEq(uint8(market.status(_requests[_requests.length - 1])), steps.status[i], at);
        }
        for (uint256 k = 0; k < _people.length; ++k) {
            assertEq(vault.freeOf(_people[k]), steps.free[i * _people.length + k], at);
            assertEq(vault.lockedOf(_people[k]), steps.locked[i * _people.length + k], at);
        }
        assertEq(vault.freeOf(vault.sink()), steps.sink[i], at);
    }

    function _call(address who, bytes memory data) private returns (bool ok, bytes memory returned) {
        vm.prank(who);
        (ok, returned) = address(market).call(data);
    }

    function _termsAt(Steps memory steps, uint256 i) private view returns (IProofMarket.Terms memory terms) {
        terms = _terms();
        terms.modelId = _modelIds[steps.model[i]];
        terms.kind = Kind(steps.kind[i]);
        terms.maxPrice = uint128(steps.maxPrice[i]);
        terms.instantPrice = uint128(steps.instantPrice[i]);
        terms.maxFee = uint128(steps.maxFee[i]);
        terms.biddingWindow = uint64(steps.biddingWindow[i]);
        terms.provingWindow = uint64(steps.provingWindow[i]);
        terms.expiresAt = uint64(steps.expiresAt[i]);
    }

    function _registerModels() private {
        address[] memory providers = vm.parseJsonAddressArray(_json, ".models.provider");
        address[] memory sole = vm.parseJsonAddressArray(_json, ".models.soleProver");
        uint256[] memory fees = vm.parseJsonUintArray(_json, ".models.fee");
        uint256[] memory prices = vm.parseJsonUintArray(_json, ".models.provingPrice");
        bool[] memory deprecated = vm.parseJsonBoolArray(_json, ".models.deprecated");
        for (uint256 i = 0; i < providers.length; ++i) {
            IModelRegistry.Registration memory registration = _registration();
            registration.commitment = bytes32(i + 1);
            registration.fee = uint128(fees[i]);
            registration.policy = sole[i] == address(0) ? ProverPolicy.Open : ProverPolicy.Sole;
            registration.soleProver = sole[i];
            registration.provingPrice = uint128(prices[i]);
            _modelIds.push(_register(providers[i], registration));
            if (!deprecated[i]) continue;
            vm.prank(providers[i]);
            models.deprecate(_modelIds[i]);
        }
        modelId = _modelIds[0];
    }

    function _nameSelectors() private {
        _selectors[keccak256("WrongStatus")] = IProofMarket.WrongStatus.selector;
        _selectors[keccak256("WrongRound")] = IProofMarket.WrongRound.selector;
        _selectors[keccak256("ModelIsDeprecated")] = IProofMarket.ModelIsDeprecated.selector;
        _selectors[keccak256("VariantNotOffered")] = IProofMarket.VariantNotOffered.selector;
        _selectors[keccak256("FeeTooHigh")] = IProofMarket.FeeTooHigh.selector;
        _selectors[keccak256("InvalidMaxPrice")] = IProofMarket.InvalidMaxPrice.selector;
        _selectors[keccak256("InstantPriceTooHigh")] = IProofMarket.InstantPriceTooHigh.selector;
        _selectors[keccak256("PriceNotPosted")] = IProofMarket.PriceNotPosted.selector;
        _selectors[keccak256("InvalidBiddingWindow")] = IProofMarket.InvalidBiddingWindow.selector;
        _selectors[keccak256("InvalidProvingWindow")] = IProofMarket.InvalidProvingWindow.selector;
        _selectors[keccak256("InvalidExpiry")] = IProofMarket.InvalidExpiry.selector;
        _selectors[keccak256("ProverNotAdmitted")] = IProofMarket.ProverNotAdmitted.selector;
        _selectors[keccak256("ProverDefaulted")] = IProofMarket.ProverDefaulted.selector;
        _selectors[keccak256("BidTooHigh")] = IProofMarket.BidTooHigh.selector;
        _selectors[keccak256("NoWindowFits")] = IProofMarket.NoWindowFits.selector;
        _selectors[keccak256("NotRequester")] = IProofMarket.NotRequester.selector;
        _selectors[keccak256("BidStands")] = IProofMarket.BidStands.selector;
        _selectors[keccak256("NotExpired")] = IProofMarket.NotExpired.selector;
        _selectors[keccak256("InsufficientFree")] = IVault.InsufficientFree.selector;
    }

    function _readSteps() private view returns (Steps memory steps) {
        steps.at = _uints("at");
        steps.caller = vm.parseJsonAddressArray(_json, ".steps.caller");
        steps.op = vm.parseJsonStringArray(_json, ".steps.op");
        steps.request = _uints("request");
        steps.round = _uints("round");
        steps.price = _uints("price");
        steps.model = _uints("model");
        steps.kind = _uints("kind");
        steps.maxPrice = _uints("maxPrice");
        steps.instantPrice = _uints("instantPrice");
        steps.maxFee = _uints("maxFee");
        steps.biddingWindow = _uints("biddingWindow");
        steps.provingWindow = _uints("provingWindow");
        steps.expiresAt = _uints("expiresAt");
        steps.error_ = vm.parseJsonStringArray(_json, ".steps.error");
        steps.status = _uints("status");
        steps.free = _uints("free");
        steps.locked = _uints("locked");
        steps.sink = _uints("sink");
    }

    function _uints(string memory column) private view returns (uint256[] memory) {
        return vm.parseJsonUintArray(_json, string.concat(".steps.", column));
    }
}
