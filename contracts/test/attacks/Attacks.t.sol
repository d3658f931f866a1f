// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {CircuitRegistry} from "../../src/CircuitRegistry.sol";
import {Groth16Adapter} from "../../src/Groth16Adapter.sol";
import {Vault} from "../../src/Vault.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {ICircuitRegistry} from "../../src/interfaces/ICircuitRegistry.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {IVerifierAdapter} from "../../src/interfaces/IVerifierAdapter.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {Delivery, Request, Snapshot, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Kind, ProverPolicy, Status} from "../../src/interfaces/Types.sol";
import {HookToken, RebasingToken, ShrinkToken} from "../utils/HostileTokens.sol";
import {CarelessAdapter} from "../utils/HostileVerifiers.sol";
import {StackTest} from "../utils/StackTest.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Vm} from "forge-std/Vm.sol";

/// @notice A module that an owner let in to take what it can.
contract Thief {
    uint256 private _locks;

    function take(Vault vault, address victim, uint256 amount) external {
        bytes32 key = bytes32(++_locks);
        vault.lock(key, victim, amount);
        IVault.Payment[] memory payments = new IVault.Payment[](1);
        payments[0] = IVault.Payment(address(this), amount);
        vault.settle(key, payments);
    }
}

/// @notice What was tried on the market, and what comes of it. People play several parts here: Carol is the requester's
/// second address where a test says so.
contract AttacksTest is StackTest {
    // --- farming defaults ------------------------------------------------------------------------------------

    /// @dev Whatever the request: the second address gets at most the cap, and the pair gains no more than that.
    function testFuzz_RequesterFarmsTheRewardByASecondAddress(uint96 limit) public {
        bytes32 id = _overdue(uint96(bound(limit, DOLLAR, 100 * DOLLAR)));
        uint256 collateral = _madeOf(id).snapshot.collateral;
        uint256 before = vault.freeOf(carol);
        _declareDefault(carol, id);
        _cancel(requester, id);
        uint256 gain = vault.freeOf(carol) - before;
        assertLe(gain, REWARD_CAP);
        assertLe(gain, collateral / 10);
        // Nothing else reaches either of them: the bounty is burned when the requester goes.
        assertEq(vault.freeOf(requester), FUNDS);
        assertEq(vault.freeOf(vault.sink()), collateral - gain);
        assertGe(vault.freeOf(vault.sink()), collateral / 2);
        _assertConserved();
    }

    /// @dev Under its own name it gets nothing at all.
    function testFuzz_RequesterReportsItsOwnDefault(uint96 limit) public {
        bytes32 id = _overdue(uint96(bound(limit, DOLLAR, 100 * DOLLAR)));
        _declareDefault(requester, id);
        _cancel(requester, id);
        assertEq(vault.freeOf(requester), FUNDS);
        assertEq(vault.freeOf(vault.sink()), _madeOf(id).snapshot.collateral);
    }

    /// @dev Taking the bounty takes a proof, and half of the collateral is gone for everybody.
    function testFuzz_RequesterFarmsTheBountyByASecondAddress(uint96 limit) public {
        bytes32 id = _overdue(uint96(bound(limit, DOLLAR, 100 * DOLLAR)));
        uint256 collateral = _madeOf(id).snapshot.collateral;
        _declareDefault(carol, id);
        _bid(carol, id, 2, 1);
        vm.warp(_viewOf(id).biddingDeadline);
        _fulfill(id, 2, carol);
        uint256 pair = vault.freeOf(requester) + vault.freeOf(carol);
        assertLe(pair, 2 * FUNDS + collateral * 2 / 5 + REWARD_CAP - FEE);
        assertGe(vault.freeOf(vault.sink()), collateral / 2 - REWARD_CAP);
    }

    /// @dev A defaulter that reports itself and proves by another address still loses what a default is to burn.
    function testFuzz_DefaulterBringsItsCollateralBackByASecondAddress(uint96 limit) public {
        limit = uint96(bound(limit, DOLLAR, 100 * DOLLAR));
        bytes32 id = _overdue(limit);
        // Here Carol is Alice's second address.
        _declareDefault(carol, id);
        _bid(carol, id, 2, 1);
        vm.warp(_viewOf(id).biddingDeadline);
        _fulfill(id, 2, carol);
        uint256 burned = vault.freeOf(vault.sink());
        uint256 collateral = _madeOf(id).snapshot.collateral;
        assertEq(vault.freeOf(alice) + vault.freeOf(carol), 2 * FUNDS - burned + 1);
        // At least two price limits, as the parameters say.
        assertGe(burned, collateral / 2);
        assertGe(collateral / 2, 2 * uint256(limit));
    }

    // --- the owner's modules ---------------------------------------------------------------------------------

    /// @dev The owner waits out the delay, and finds nobody who consented to its module.
    function testFuzz_OwnersModuleDrainsEverybody(uint96 amount) public {
        amount = uint96(bound(amount, 1, FUNDS));
        Thief thief = _thief(type(uint128).max);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.AllowanceExceeded.selector, bob, address(thief), 0, amount)
        );
        thief.take(vault, bob, amount);
        assertEq(vault.freeOf(bob), FUNDS);
    }

    /// @dev A daily limit bounds what is taken, not what is locked at a time.
    function test_ModuleTakesMoreThanItsLimitInALoop() public {
        Thief thief = _thief(10e6);
        vm.prank(bob);
        vault.consent(address(thief), type(uint96).max);
        uint256 stolen;
        for (uint256 i = 0; i < 100; ++i) {
            try thief.take(vault, bob, 1e6) {
                stolen += 1e6;
            } catch (bytes memory why) {
                assertEq(why, abi.encodeWithSelector(IVault.DailyLimitExceeded.selector, bob, 10e6, 1e6));
            }
        }
        assertLe(stolen, 10e6);
        assertEq(vault.freeOf(bob), FUNDS - stolen);
    }

    /// @dev Days do not help beyond what the account consented to.
    function test_ModuleTakesMoreThanTheConsentOverManyDays() public {
        Thief thief = _thief(10e6);
        vm.prank(bob);
        vault.consent(address(thief), 25e6);
        thief.take(vault, bob, 10e6);
        vm.warp(block.timestamp + 1 days);
        thief.take(vault, bob, 10e6);
        vm.warp(block.timestamp + 1 days);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.AllowanceExceeded.selector, bob, address(thief), 25e6, 30e6)
        );
        thief.take(vault, bob, 10e6);
    }

    function test_RetiredModuleComesBackByAPendingProposal() public {
        vm.startPrank(owner);
        vault.proposeModule(address(market), 77e6);
        vault.retireModule(address(market));
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, address(market)));
        vm.prank(carol);
        vault.activateModule(address(market), 77e6);
        (bool active,) = vault.moduleOf(address(market));
        assertFalse(active);
    }

    /// @dev Everybody can read what is proposed: module, code and limit, from when until when.
    function test_OwnerHidesWhatItProposes() public {
        Thief thief = new Thief();
        vm.expectEmit(address(vault));
        emit IVault.ModuleProposed(
            address(thief),
            address(thief).codehash,
            5,
            uint64(block.timestamp),
            uint64(block.timestamp) + 14 days
        );
        vm.prank(owner);
        vault.proposeModule(address(thief), 5);
        // And it cannot be kept ripe by proposing it again and again.
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.AlreadyProposed.selector, address(thief)));
        vm.prank(owner);
        vault.proposeModule(address(thief), 5);
    }

    /// @dev Readers find what concerns an account, a module or an attester by topic, without reading every log.
    function test_EventsCannotBeFoundByTheirSubject() public {
        CircuitRegistry circuits = new CircuitRegistry(owner, 0, alice);
        bytes32 id = _request();
        bytes32 module = _topic(address(market));
        vm.recordLogs();
        _cancel(requester, id);
        _assertTopics(IVault.Released.selector, [module, id, _topic(requester)]);
        id = _request(_terms(), 2);
        vm.recordLogs();
        _bid(alice, id, 1, uint128(6 * DOLLAR));
        bytes32 key = keccak256(abi.encode(id, uint32(1)));
        _assertTopics(IVault.Locked.selector, [module, key, _topic(alice)]);
        Delivery memory delivery = _delivery(id, 1, alice);
        Request memory made = _madeOf(id);
        vm.recordLogs();
        market.fulfill(id, made, 1, delivery);
        _assertTopics(IVault.Settled.selector, [module, id, _topic(requester)]);
        vm.startPrank(owner);
        vm.recordLogs();
        vault.proposeModule(address(market), 1);
        _assertTopics(IVault.ModuleProposed.selector, [module, 0, 0]);
        vm.recordLogs();
        circuits.removeAttester(alice);
        _assertTopics(ICircuitRegistry.AttesterRemoved.selector, [_topic(alice), 0, 0]);
        circuits.proposeAttester(alice);
        vm.recordLogs();
        circuits.addAttester(alice);
        _assertTopics(ICircuitRegistry.AttesterAdded.selector, [_topic(alice), 0, 0]);
    }

    /// @dev The longest request, made just before a proposal and paused for as long as can be, ends first.
    function test_OwnersDelayIsShorterThanALock() public {
        Terms memory terms = _terms();
        uint64 longest = uint64(block.timestamp) + 14 days;
        terms.expiresAt = longest + 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                IMarketErrors.InvalidExpiry.selector,
                block.timestamp + BIDDING + 5 * EXTENSION + PROVING + GRACE,
                longest,
                longest + 1
            )
        );
        vm.prank(requester);
        market.request(terms, 1, _input());
        assertGt(vault.MIN_DELAY(), 14 days + market.MAX_PAUSE());
        vm.chainId(10);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.DelayTooShort.selector, 21 days, 17 days));
        new Vault(token, owner, 17 days);
    }

    // --- attesters -------------------------------------------------------------------------------------------

    function test_RemovedAttesterComesBackByAPendingProposal() public {
        CircuitRegistry circuits = new CircuitRegistry(owner, 0, alice);
        vm.prank(alice);
        circuits.attest(CIRCUIT, "card");
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.AlreadyAttester.selector, alice));
        circuits.proposeAttester(alice);
        circuits.removeAttester(alice);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, alice));
        vm.prank(carol);
        circuits.addAttester(alice);
        assertFalse(circuits.isAttested(CIRCUIT));
    }

    function test_SixteenFormerAttestersBlockACircuit() public {
        CircuitRegistry circuits = new CircuitRegistry(owner, 0, alice);
        for (uint160 i = 1; i <= 16; ++i) {
            address attester = address(0xA000 + i);
            vm.prank(owner);
            circuits.proposeAttester(attester);
            circuits.addAttester(attester);
            vm.prank(attester);
            circuits.attest(CIRCUIT, "card");
            vm.prank(owner);
            circuits.removeAttester(attester);
        }
        assertFalse(circuits.isAttested(CIRCUIT));
        vm.prank(alice);
        circuits.attest(CIRCUIT, "card");
        assertTrue(circuits.isAttestedBy(CIRCUIT, alice));
    }

    // --- proofs ----------------------------------------------------------------------------------------------

    /// @dev The proof's context holds the hash of the delivered bytes, so neither bytes nor hash can be replaced.
    function testFuzz_RelayerReplacesTheOutput(bytes memory garbage) public {
        vm.assume(garbage.length != 0 && garbage.length <= 4096);
        bytes32 id = _assigned(alice);
        Request memory made = _madeOf(id);
        Delivery memory delivery = _delivery(id, 1, alice);
        vm.assume(sha256(garbage) != delivery.outputHash);
        delivery.output = garbage;
        vm.startPrank(carol);
        vm.expectRevert(
            abi.encodeWithSelector(IMarketErrors.WrongHash.selector, delivery.outputHash, sha256(garbage))
        );
        market.fulfill(id, made, 1, delivery);
        delivery.outputHash = sha256(garbage);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        market.fulfill(id, made, 1, delivery);
    }

    /// @dev Another address than the prover's is not paid for a proof that was seen in the mempool.
    function test_RelayerIsPaidForTheProof() public {
        bytes32 id = _assigned(alice);
        Delivery memory delivery = _delivery(id, 1, alice);
        Request memory made = _madeOf(id);
        vm.prank(carol);
        market.fulfill(id, made, 1, delivery);
        assertEq(vault.freeOf(carol), FUNDS);
        assertEq(vault.freeOf(alice), FUNDS + 6 * DOLLAR);
    }

    /// @dev The prover of an accuracy could choose the samples it is measured on, so this market takes none.
    function test_AccuracyProverChoosesItsSamples() public {
        Kind[2] memory kinds = [Kind.Accuracy, Kind.WeightDelivery];
        for (uint256 i = 0; i < 2; ++i) {
            IModelRegistry.Registration memory registration = _registration();
            registration.commitment = bytes32(0x7777 + i);
            registration.circuits[0].kind = kinds[i];
            Terms memory terms = _terms();
            terms.modelId = _register(provider, registration);
            terms.kind = kinds[i];
            vm.expectRevert(abi.encodeWithSelector(IMarketErrors.KindNotSupported.selector, kinds[i]));
            vm.prank(requester);
            market.request(terms, 1, _input());
        }
    }

    // --- bidding ---------------------------------------------------------------------------------------------

    /// @dev A bid in the last second gives the others time to answer.
    function test_SniperBidsInTheLastSecond() public {
        bytes32 id = _request();
        _bid(alice, id, 1, uint128(8 * DOLLAR));
        uint64 deadline = _viewOf(id).biddingDeadline;
        vm.warp(deadline - 1);
        _bid(bob, id, 1, 7.8e6);
        assertEq(_viewOf(id).biddingDeadline, deadline + EXTENSION);
        vm.warp(deadline);
        _bid(alice, id, 1, 7e6);
        vm.warp(_viewOf(id).biddingDeadline);
        _fulfill(id, 1, alice);
        assertEq(vault.freeOf(alice), FUNDS + 7e6);
        assertEq(vault.freeOf(bob), FUNDS);
    }

    /// @dev Nor can bidding be drawn out for ever: there are five extensions.
    function test_BiddersExtendForEver() public {
        bytes32 id = _request();
        _bid(alice, id, 1, uint128(8 * DOLLAR));
        uint64 deadline = _viewOf(id).biddingDeadline;
        uint128 price = 7.8e6;
        for (uint256 i = 0; i < 6; ++i) {
            vm.warp(_viewOf(id).biddingDeadline - 1);
            _bid(i % 2 == 0 ? bob : alice, id, 1, price);
            price -= 0.2e6;
        }
        assertEq(_viewOf(id).biddingDeadline, deadline + 5 * EXTENSION);
    }

    function testFuzz_BidderUndercutsByAlmostNothing(uint128 by) public {
        bytes32 id = _request();
        _bid(alice, id, 1, uint128(8 * DOLLAR));
        by = uint128(bound(by, 0, 0.16e6 - 1));
        Request memory made = _madeOf(id);
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.BidTooHigh.selector, 7.84e6, 8e6 - by));
        vm.prank(bob);
        market.bid(id, made, 1, 8e6 - by);
    }

    /// @dev A bid binds its collateral for an hour of bidding and not for days.
    function testFuzz_RequesterBindsBiddersForDays(uint64 window) public {
        window = uint64(bound(window, 1 hours + 1, 7 days));
        Terms memory terms = _terms();
        terms.biddingWindow = window;
        terms.expiresAt = uint64(block.timestamp) + 14 days;
        vm.expectRevert(
            abi.encodeWithSelector(IMarketErrors.InvalidBiddingWindow.selector, 10, 1 hours, window)
        );
        vm.prank(requester);
        market.request(terms, 1, _input());
        terms.biddingWindow = 1 hours;
        _request(terms, 1);
    }

    /// @dev Limits are each account's own: requests that cost one requester nothing keep nobody else out.
    function test_RequesterUsesUpTheCapacityOfOthers() public {
        vm.startPrank(owner);
        vault.retireModule(address(market));
        vault.proposeModule(address(market), 101e6);
        vm.stopPrank();
        vault.activateModule(address(market), 101e6);
        Terms memory terms = _terms();
        for (uint64 i = 0; i < 9; ++i) {
            _request(terms, i);
        }
        vm.expectRevert(abi.encodeWithSelector(IVault.DailyLimitExceeded.selector, requester, 101e6, 10.1e6));
        vm.prank(requester);
        market.request(terms, 100, _input());
        bytes32 id = _requestOf(bob, terms, 100);
        _bid(alice, id, 1, uint128(6 * DOLLAR));
        _fulfill(id, 1, alice);
        assertEq(uint8(_statusOf(id)), uint8(Status.Fulfilled));
    }

    // --- lateness and broken verifiers -----------------------------------------------------------------------

    /// @dev One second late costs a tenth of the price, not the collateral.
    function testFuzz_ProverIsLateByASecond(uint64 late) public {
        bytes32 id = _assigned(alice);
        late = uint64(bound(late, 0, GRACE - 1));
        vm.warp(_viewOf(id).provingDeadline + late);
        Request memory made = _madeOf(id);
        uint64 graceEnd = _viewOf(id).provingDeadline + GRACE;
        vm.expectRevert(
            abi.encodeWithSelector(IMarketErrors.GraceNotOver.selector, graceEnd, block.timestamp)
        );
        vm.prank(carol);
        market.declareDefault(id, made);
        _fulfill(id, 1, alice);
        assertEq(vault.freeOf(alice), FUNDS + 5.4e6);
        assertEq(vault.lockedOf(alice), 0);
        assertEq(vault.freeOf(requester), FUNDS - 5.4e6 - FEE);
    }

    /// @dev A tombstone stops payouts on a broken verifier at once, and nobody pays for it.
    function testFuzz_BrokenVerifierGoesOnPaying(bool assigned) public {
        bytes32 id = assigned ? _assigned(alice) : _request();
        if (!assigned) _bid(alice, id, 1, uint128(8 * DOLLAR));
        Request memory made = _madeOf(id);
        Delivery memory forged = _delivery(id, 1, alice);
        vm.prank(owner);
        verifiers.tombstone(KEY_DIGEST);
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.WrongStatus.selector, Status.Voided));
        market.fulfill(id, made, 1, forged);
        _close(anyone, id);
        assertEq(vault.freeOf(requester), FUNDS);
        assertEq(vault.freeOf(alice), FUNDS);
        assertEq(vault.freeOf(vault.sink()), 0);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.VerifierIsTombstoned.selector, KEY_DIGEST));
        vm.prank(requester);
        market.request(made.terms, 2, _input());
    }

    /// @dev While somebody finds out, the owner can stop payouts, and no deadline runs.
    function test_BrokenVerifierPaysBeforeAnybodyIsSure() public {
        bytes32 id = _assigned(alice);
        Request memory made = _madeOf(id);
        Delivery memory forged = _delivery(id, 1, alice);
        uint64 deadline = _viewOf(id).provingDeadline;
        vm.prank(owner);
        market.pause();
        vm.expectRevert(IMarketErrors.MarketIsPaused.selector);
        market.fulfill(id, made, 1, forged);
        // It never stops a withdrawal.
        vm.prank(bob);
        vault.withdraw(bob, FUNDS);
        vm.warp(block.timestamp + 2 days);
        vm.prank(owner);
        market.unpause();
        assertLt(market.clock(), deadline);
        _fulfill(id, 1, alice);
    }

    // --- copied listings -------------------------------------------------------------------------------------

    /// @dev The copy is another listing, and says whose it copies. A request for the original pays its provider.
    function testFuzz_CopiedListingTakesTheFee(uint88 fee) public {
        IModelRegistry.Registration memory copy = _registration();
        copy.fee = fee;
        bytes32 expected = models.modelIdOf(carol, CIRCUIT, COMMITMENT);
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelRegistered(expected, carol, modelId, copy);
        bytes32 copied = _register(carol, copy);
        assertNotEq(copied, modelId);
        assertEq(models.firstOf(COMMITMENT), modelId);

        bytes32 id = _assigned(alice);
        assertEq(_madeOf(id).snapshot.provider, provider);
        assertEq(_madeOf(id).snapshot.fee, FEE);
        _fulfill(id, 1, alice);
        assertEq(vault.freeOf(provider), FEE);
        assertEq(vault.freeOf(carol), FUNDS);
    }

    /// @dev A request for the copy carries the copy's id and provider, by which workers tell that it is not theirs; what
    /// was asked of the original is not touched.
    function test_SoleModelIsCopiedAsAnOpenOne() public {
        IModelRegistry.Registration memory sole = _soleRegistration(alice, 100e6);
        bytes32 original = _register(provider, sole);
        sole.policy = ProverPolicy.Open;
        (sole.soleProver, sole.provingPrice, sole.fee) = (address(0), 0, 0);
        bytes32 copied = _register(carol, sole);
        assertEq(models.firstOf(sole.commitment), original);

        Terms memory terms = _terms();
        terms.modelId = copied;
        bytes32 id = _request(terms, 1);
        Snapshot memory snapshot = _madeOf(id).snapshot;
        assertEq(_madeOf(id).terms.modelId, copied);
        assertEq(snapshot.provider, carol);
        assertEq(snapshot.soleProver, address(0));

        // The original is still had from its one prover at its posted price only.
        terms.modelId = original;
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.PriceNotPosted.selector, 100e6, 10e6));
        vm.prank(requester);
        market.request(terms, 2, _input());
        (terms.firstCeiling, terms.ceilingStep) = (100e6, 0);
        (terms.maxPrice, terms.instantPrice) = (100e6, 100e6);
        id = _request(terms, 2);
        Request memory made = _madeOf(id);
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.ProverNotAdmitted.selector, alice, bob));
        vm.prank(bob);
        market.bid(id, made, 1, 100e6);
    }

    /// @dev A provider cannot raise what a request pays after somebody saw its price.
    function testFuzz_ProviderRaisesItsFeeAtTheLastMoment(uint88 fee) public {
        fee = uint88(bound(fee, FEE + 1, type(uint88).max));
        bytes32 before = _assigned(alice);
        vm.prank(provider);
        models.setPrices(modelId, fee, 0);
        Terms memory terms = _terms();
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.FeeTooHigh.selector, FEE, fee));
        vm.prank(requester);
        market.request(terms, 2, _input());
        _fulfill(before, 1, alice);
        assertEq(vault.freeOf(provider), FEE);
    }

    // --- tokens ----------------------------------------------------------------------------------------------

    /// @dev What is known to rebase is refused; what shrinks all the same hurts the last one no more than the first.
    function test_RebasingTokenLeavesTheLastOnesWithNothing() public {
        RebasingToken rebasing = new RebasingToken(bytes4(keccak256("sharesOf(address)")), 0);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.RebasingToken.selector, bytes4(keccak256("sharesOf(address)")))
        );
        new Vault(rebasing, owner, 0);

        ShrinkToken shrinking = new ShrinkToken();
        Vault other = new Vault(shrinking, owner, 0);
        shrinking.mint(address(this), 200);
        shrinking.approve(address(other), 200);
        other.deposit(alice, 100);
        other.deposit(bob, 100);
        shrinking.shrink(address(other), 100);
        vm.prank(alice);
        other.withdraw(alice, 100);
        vm.prank(bob);
        other.withdraw(bob, 100);
        assertEq(shrinking.balanceOf(alice), 50);
        assertEq(shrinking.balanceOf(bob), 50);
    }

    /// @dev The permit's entry has a guard of its own: what its transfer brings is counted once.
    function test_HookTokenDepositsTwiceByPermit() public {
        HookToken hook = new HookToken();
        Vault other = new Vault(hook, owner, 0);
        address[2] memory holders = [carol, address(hook)];
        for (uint256 i = 0; i < 2; ++i) {
            hook.mint(holders[i], 100);
            vm.prank(holders[i]);
            hook.approve(address(other), 100);
        }
        hook.setHook(address(other), abi.encodeCall(IVault.deposit, (carol, 60)));
        IVault.Permit memory none;
        vm.prank(carol);
        assertEq(other.depositWithPermit(40, none, address(0), 0), 40);
        assertEq(
            hook.lastRevert(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        assertEq(other.total(), 40);
        assertEq(hook.balanceOf(address(other)), 40);
    }

    // --- development keys ------------------------------------------------------------------------------------

    /// @dev A verifier made on a development chain and carried over, past its own constructor.
    function testFuzz_DevelopmentVerifierIsUsedOnAPublicChain(uint64 chainId) public {
        vm.assume(chainId != 31337 && chainId != 0);
        VerifierRegistry registry = new VerifierRegistry(owner, 21 days);
        address careless = address(new CarelessAdapter("development", true, false));
        vm.prank(owner);
        registry.proposeVerifier(careless);
        vm.warp(block.timestamp + 21 days);
        vm.chainId(chainId);
        vm.expectRevert(abi.encodeWithSelector(IVerifierAdapter.InsecureOnPublicChain.selector, chainId));
        new Groth16Adapter(groth16);
        vm.expectRevert(
            abi.encodeWithSelector(IVerifierRegistry.InsecureVerifier.selector, careless, chainId)
        );
        registry.addVerifier(careless);
    }

    // --- helpers ---------------------------------------------------------------------------------------------

    /// @dev A request of this limit whose prover, Alice, let its grace pass.
    function _overdue(uint96 limit) private returns (bytes32 id) {
        Terms memory terms = _terms();
        (terms.firstCeiling, terms.ceilingStep) = (limit, 0);
        (terms.maxPrice, terms.instantPrice) = (limit, limit);
        id = _request(terms, 1);
        _bid(alice, id, 1, limit);
        vm.warp(_viewOf(id).provingDeadline + GRACE);
    }

    /// @dev The first of the recorded events of this kind has exactly these indexed fields; zero for none.
    function _assertTopics(bytes32 selector, bytes32[3] memory expected) private {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != selector) continue;
            for (uint256 j = 0; j < 3; ++j) {
                bytes32 got = j + 1 < logs[i].topics.length ? logs[i].topics[j + 1] : bytes32(0);
                assertEq(got, expected[j], "topic");
            }
            return;
        }
        revert("no such event");
    }

    function _topic(address who) private pure returns (bytes32) {
        return bytes32(uint256(uint160(who)));
    }

    /// @dev A module that takes, let in by the owner.
    function _thief(uint128 dailyLimit) private returns (Thief thief) {
        thief = new Thief();
        vm.prank(owner);
        vault.proposeModule(address(thief), dailyLimit);
        vault.activateModule(address(thief), dailyLimit);
    }
}
