// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Deploy} from "../../script/Deploy.s.sol";
import {DeployProduction} from "../../script/DeployProduction.s.sol";
import {Activate, Proposals} from "../../script/Proposals.s.sol";
import {StackScript} from "../../script/StackScript.sol";
import {AssayToken} from "../../src/AssayToken.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {Delivery, Parameters, Request, Snapshot, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Kind, Status} from "../../src/interfaces/Types.sol";
import {PublicMarkerVerifier} from "../utils/HostileVerifiers.sol";
import {MarkerVerifier} from "../utils/MarkerVerifier.sol";
import {StatementHarness} from "../utils/StatementHarness.sol";
import {Test} from "forge-std/Test.sol";

/// @notice Stands in for a multi-signature wallet: a contract that sends what it is told to.
contract Wallet {
    function execute(address to, bytes calldata data) external {
        (bool ok,) = to.call(data);
        require(ok, "the call failed");
    }
}

/// @dev Variables of the environment belong to the whole process, and tests run side by side: {setUp} gives them the
/// same values each time, no test changes them, and one test alone writes files.
contract DeployTest is Test {
    uint256 private constant PUBLIC_CHAIN = 8453;
    bytes32 private constant DIGEST = keccak256("a ceremony's verifying key");
    bytes32 private constant CIRCUIT = bytes32(uint256(0x4444));
    uint64 private constant DELAY = 25 days;
    uint128 private constant DAILY_LIMIT = 100_000e6;
    string private constant OUT = "out/deployments/test.json";

    address private attester = makeAddr("attester");
    address private provider = makeAddr("provider");
    address private requester = makeAddr("requester");
    address private prover = makeAddr("prover");
    AssayToken private token;
    PublicMarkerVerifier private verifier;
    Wallet private wallet;
    DeployProduction private production;

    function setUp() public {
        vm.warp(1_700_000_000);
        token = new AssayToken();
        // Only the development chain has money for nothing.
        token.mint(requester, 1000e6);
        token.mint(prover, 1000e6);
        verifier = new PublicMarkerVerifier(DIGEST);
        wallet = new Wallet();
        production = new DeployProduction();
        vm.setEnv("TOKEN", vm.toString(address(token)));
        vm.setEnv("VERIFIER", vm.toString(address(verifier)));
        vm.setEnv("OWNER", vm.toString(address(wallet)));
        vm.setEnv("ATTESTER", vm.toString(attester));
        vm.setEnv("VERIFYING_KEY_DIGEST", vm.toString(DIGEST));
        vm.setEnv("TOKEN_DOES_NOT_REBASE", "true");
        vm.setEnv("DELAY", vm.toString(DELAY));
        vm.setEnv("DEPLOYMENT_OUT", OUT);
        vm.setEnv("MIN_BIDDING_WINDOW", "60");
        vm.setEnv("MIN_PROVING_WINDOW", "1200");
        vm.setEnv("EXTENSION", "30");
        vm.setEnv("GRACE", "600");
        vm.setEnv("LATE_FEE_BPS", "1000");
        vm.setEnv("BURNED_FLOOR", "5000000");
        vm.setEnv("BURNED_BPS", "10000");
        vm.setEnv("REWARD_CAP", "250000");
        vm.chainId(PUBLIC_CHAIN);
    }

    // --- check -----------------------------------------------------------------------------------------------

    function test_CheckList_Passes() public view {
        production.check(address(token), address(verifier), address(wallet), DIGEST, true);
    }

    function testFuzz_NoCode_IsRefused(address nobody) public {
        vm.assume(nobody.code.length == 0);
        vm.expectRevert(abi.encodeWithSelector(DeployProduction.NoCode.selector, "token", nobody));
        production.check(nobody, address(verifier), address(wallet), DIGEST, true);
        // One key must not own a market.
        vm.expectRevert(abi.encodeWithSelector(DeployProduction.NoCode.selector, "owner", nobody));
        production.check(address(token), address(verifier), nobody, DIGEST, true);
        vm.expectRevert(abi.encodeWithSelector(DeployProduction.NoCode.selector, "verifier", nobody));
        production.check(address(token), nobody, address(wallet), DIGEST, true);
    }

    function test_WhatIsNoToken_IsRefused() public {
        // The wallet has code and no decimals.
        vm.expectRevert(bytes(""));
        production.check(address(wallet), address(verifier), address(wallet), DIGEST, true);
    }

    function test_DevelopmentKey_IsRefused() public {
        address insecure = address(new MarkerVerifier(DIGEST));
        vm.expectRevert(abi.encodeWithSelector(DeployProduction.InsecureVerifier.selector, insecure));
        production.check(address(token), insecure, address(wallet), DIGEST, true);
    }

    function testFuzz_OtherKey_IsRefused(bytes32 expected) public {
        vm.assume(expected != DIGEST);
        vm.expectRevert(abi.encodeWithSelector(DeployProduction.WrongVerifyingKey.selector, expected, DIGEST));
        production.check(address(token), address(verifier), address(wallet), expected, true);
    }

    function test_TokenThatNobodyChecked_IsRefused() public {
        vm.expectRevert(DeployProduction.TokenNotChecked.selector);
        production.check(address(token), address(verifier), address(wallet), DIGEST, false);
    }

    // --- run and deploy --------------------------------------------------------------------------------------

    function test_Chains_AreNotMixedUp() public {
        Deploy development = new Deploy();
        vm.expectRevert(abi.encodeWithSelector(Deploy.NotDevelopmentChain.selector, PUBLIC_CHAIN));
        development.run();
        vm.chainId(31337);
        vm.expectRevert(DeployProduction.DevelopmentChain.selector);
        production.run();
    }

    function test_Deployment_IsWhatWasChosen() public {
        StackScript.Stack memory s = production.deploy();
        assertEq(s.vault.token(), address(token));
        assertEq(s.verifierAdapter.verifierId(), DIGEST);
        assertEq(address(s.verifierAdapter.verifier()), address(verifier));
        assertEq(s.market.vault(), address(s.vault));
        assertEq(s.market.rules(), address(s.rules));
        assertEq(s.rules.modelRegistry(), address(s.modelRegistry));
        assertEq(s.rules.verifierRegistry(), address(s.verifierRegistry));
        assertEq(s.lens.market(), address(s.market));
        assertEq(address(s.gateway.vault()), address(s.vault));
        assertEq(address(s.gateway.market()), address(s.market));
        Parameters memory expected = Parameters(60, 1200, 30, 600, 1000, 5e6, 10_000, 0.25e6);
        assertEq(abi.encode(s.rules.parameters()), abi.encode(expected));
        assertTrue(s.circuitRegistry.isAttester(attester));
        // Whoever sent it has no rights: everything is the wallet's, and nothing is decided yet.
        Ownables memory owned = Ownables(
            [s.vault.owner(), s.circuitRegistry.owner(), s.verifierRegistry.owner()],
            [s.vault.delay(), s.circuitRegistry.delay(), s.verifierRegistry.delay()]
        );
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(owned.owners[i], address(wallet));
            assertEq(owned.delays[i], DELAY);
        }
        (bool active,) = s.vault.moduleOf(address(s.market));
        assertFalse(active);
        assertFalse(s.verifierRegistry.isListed(DIGEST));
    }

    /// @dev The one test that writes: both scripts take the path from the same variable.
    function test_Scripts_WriteWhatTheyDeployed() public {
        vm.createDir("out/deployments", true);
        StackScript.Stack memory s = production.run();
        string memory json = vm.readFile(OUT);
        assertEq(vm.parseJsonUint(json, ".chainId"), PUBLIC_CHAIN);
        assertEq(vm.parseJsonAddress(json, ".token"), address(token));
        assertEq(vm.parseJsonAddress(json, ".vault"), address(s.vault));
        assertEq(vm.parseJsonAddress(json, ".circuitRegistry"), address(s.circuitRegistry));
        assertEq(vm.parseJsonAddress(json, ".modelRegistry"), address(s.modelRegistry));
        assertEq(vm.parseJsonAddress(json, ".proverRegistry"), address(s.proverRegistry));
        assertEq(vm.parseJsonAddress(json, ".verifierRegistry"), address(s.verifierRegistry));
        assertEq(vm.parseJsonAddress(json, ".verifierAdapter"), address(s.verifierAdapter));
        assertEq(vm.parseJsonAddress(json, ".groth16Verifier"), address(verifier));
        assertEq(vm.parseJsonAddress(json, ".rules"), address(s.rules));
        assertEq(vm.parseJsonAddress(json, ".market"), address(s.market));
        assertEq(vm.parseJsonAddress(json, ".lens"), address(s.lens));
        assertEq(vm.parseJsonAddress(json, ".gateway"), address(s.gateway));
        assertEq(vm.parseJsonUint(json, ".block"), block.number);

        vm.chainId(31337);
        new Deploy().run();
        json = vm.readFile(OUT);
        assertEq(vm.parseJsonUint(json, ".chainId"), 31337);
        IVault vault = IVault(vm.parseJsonAddress(json, ".vault"));
        // Without a delay everything is in use at once.
        (bool active,) = vault.moduleOf(vm.parseJsonAddress(json, ".market"));
        assertTrue(active);
        vm.removeFile(OUT);
    }

    // --- proposals and activation ----------------------------------------------------------------------------

    function test_OwnersCallsAndTheDelay_MakeAMarket() public {
        StackScript.Stack memory s = _working();
        bytes32 id = _requestAndFulfill(s);
        assertEq(s.market.resultOf(id).words[0], 7);
        assertEq(s.vault.freeOf(prover), 1000e6 + 6e6);
        assertEq(s.vault.freeOf(provider), 0.1e6);
        assertEq(s.vault.freeOf(requester), 1000e6 - 6.1e6);
    }

    function test_Activation_WaitsForTheDelay() public {
        StackScript.Stack memory s = production.deploy();
        _propose(s);
        uint64 activeFrom = uint64(block.timestamp) + DELAY;
        vm.warp(activeFrom - 1);
        bytes memory early = abi.encodeWithSelector(ITimelocked.TooEarly.selector, activeFrom, activeFrom - 1);
        vm.expectRevert(early);
        s.verifierRegistry.addVerifier(address(s.verifierAdapter));
        vm.expectRevert(early);
        s.vault.activateModule(address(s.market), DAILY_LIMIT);
    }

    function test_OwnersCalls_EndAMarketAndAVerifier() public {
        StackScript.Stack memory s = _working();
        _deposit(s, requester);
        Proposals proposals = new Proposals();
        _execute(proposals.retire(address(s.vault), address(s.market)));
        Terms memory terms = _terms(s);
        vm.expectRevert(abi.encodeWithSelector(IVault.NotModule.selector, address(s.market)));
        vm.prank(requester);
        s.market.request(terms, 1, "");
        _execute(proposals.tombstone(address(s.verifierRegistry), address(s.verifierAdapter)));
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.VerifierIsTombstoned.selector, DIGEST));
        vm.prank(requester);
        s.market.request(terms, 1, "");
    }

    // --- helpers ---------------------------------------------------------------------------------------------

    struct Ownables {
        address[3] owners;
        uint64[3] delays;
    }

    function _working() private returns (StackScript.Stack memory s) {
        s = production.deploy();
        _propose(s);
        vm.warp(block.timestamp + DELAY);
        new Activate()
            .run(
                address(s.vault),
                address(s.market),
                DAILY_LIMIT,
                address(s.verifierRegistry),
                address(s.verifierAdapter)
            );
        IModelRegistry.Registration memory registration;
        registration.commitment = bytes32(uint256(0x3333));
        registration.circuits = new IModelRegistry.CircuitVariant[](1);
        registration.circuits[0] = IModelRegistry.CircuitVariant(Kind.Inference, false, false, CIRCUIT);
        (registration.cardUri, registration.cardHash) = ("sha256:card", keccak256("card"));
        registration.fee = 0.1e6;
        vm.prank(provider);
        s.modelRegistry.register(registration);
    }

    function _propose(StackScript.Stack memory s) private {
        Proposals.Call[] memory calls = new Proposals()
            .propose(
                address(s.vault),
                address(s.market),
                DAILY_LIMIT,
                address(s.verifierRegistry),
                address(s.verifierAdapter)
            );
        assertEq(calls.length, 2);
        _execute(calls[0]);
        _execute(calls[1]);
    }

    function _execute(Proposals.Call memory call) private {
        wallet.execute(call.to, call.data);
    }

    function _deposit(StackScript.Stack memory s, address who) private {
        vm.startPrank(who);
        token.approve(address(s.vault), 1000e6);
        s.vault.deposit(who, 1000e6);
        s.vault.consent(address(s.market), type(uint96).max);
        vm.stopPrank();
    }

    function _terms(StackScript.Stack memory s) private view returns (Terms memory terms) {
        terms.modelId = s.modelRegistry.modelIdOf(provider, CIRCUIT, bytes32(uint256(0x3333)));
        terms.kind = Kind.Inference;
        terms.inputDigest = bytes32(uint256(0x1111));
        terms.verifierId = DIGEST;
        (terms.firstCeiling, terms.maxPrice, terms.instantPrice) = (8e6, 8e6, 6e6);
        terms.maxFee = 0.1e6;
        (terms.biddingWindow, terms.provingWindow) = (60, 1200);
        terms.expiresAt = uint64(block.timestamp) + 1 days;
    }

    function _requestAndFulfill(StackScript.Stack memory s) private returns (bytes32 id) {
        _deposit(s, requester);
        _deposit(s, prover);
        Request memory made = Request(
            requester,
            1,
            _terms(s),
            Snapshot({
                provider: provider,
                soleProver: address(0),
                verifier: address(s.verifierAdapter),
                header: 0x101,
                circuit: CIRCUIT,
                commitment: bytes32(uint256(0x3333)),
                fee: 0.1e6,
                collateral: 16e6
            })
        );
        vm.prank(requester);
        id = s.market.request(made.terms, 1, "");
        vm.prank(prover);
        s.market.bid(id, made, 1, 6e6);
        Delivery memory delivery;
        delivery.outputDigest = bytes32(uint256(0x2222));
        delivery.result = [uint64(7), 0, 0];
        delivery.seal = abi.encode(
            verifier.markerOf(
                new StatementHarness()
                    .toInputs(
                        s.lens
                        .statementOf(
                            id, made, 1, prover, delivery.outputDigest, delivery.result, bytes32(0), false
                        )
                    )
            )
        );
        s.market.fulfill(id, made, 1, delivery);
        assertEq(uint8(s.lens.statusOf(id, made)), uint8(Status.Fulfilled));
    }
}
