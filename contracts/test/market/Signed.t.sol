// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Gateway} from "../../src/Gateway.sol";
import {IGateway} from "../../src/interfaces/IGateway.sol";
import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {Request, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {MarketTest} from "../utils/MarketTest.sol";
import {SigningWallet} from "../utils/SigningWallet.sol";

/// @notice What somebody signed and somebody else carries. Hashes are written out from EIP-712, not taken from the code
/// under test.
contract SignedTest is MarketTest {
    string private constant TERMS =
        "Terms(bytes32 modelId,uint8 kind,bool inputPrivate,bool outputPrivate,bytes32 inputDigest,bytes32 inputHash,bytes32 verifierId,uint128 firstCeiling,uint128 ceilingStep,uint128 maxPrice,uint128 instantPrice,uint128 maxFee,uint64 biddingWindow,uint64 provingWindow,uint64 expiresAt,uint32 callbackGas)";
    string private constant REQUEST = "Request(address requester,uint64 nonce,uint64 validUntil,Terms terms)";
    string private constant BID =
        "Bid(address prover,bytes32 requestId,uint32 round,uint128 price,uint64 validUntil)";
    string private constant AUTHORIZATION =
        "Authorization(address account,uint256 amount,address module,uint96 allowance,uint256 nonce,uint64 validUntil)";
    string private constant PERMIT =
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)";

    /// @dev A signed bid or request, so that a test can bend one of its values.
    struct Bid {
        address prover;
        bytes32 id;
        uint32 round;
        uint128 price;
        uint64 validUntil;
    }

    address private signer;
    uint256 private key;
    uint256 private otherKey;
    SigningWallet private wallet;
    Gateway private gateway;
    uint64 private validUntil;

    function setUp() public override {
        super.setUp();
        (signer, key) = makeAddrAndKey("signer");
        (, otherKey) = makeAddrAndKey("other");
        wallet = new SigningWallet(signer);
        gateway = new Gateway(vault, market);
        validUntil = uint64(block.timestamp) + 1 hours;
    }

    // --- requestBySig ----------------------------------------------------------------------------------------

    function testFuzz_SignedRequest_IsTheSignersRequest(address carrier, uint64 nonce, bool byContract)
        public
    {
        address who = _who(byContract);
        _fund(who, FUNDS);
        Terms memory terms = _terms();
        bytes memory signature = _sign(key, _requestDigest(who, nonce, validUntil, terms));
        vm.recordLogs();
        vm.prank(carrier);
        bytes32 id = market.requestBySig(who, terms, nonce, _input(), validUntil, signature);
        _remember(who, nonce);
        assertEq(id, lens.requestIdOf(who, nonce, terms));
        assertEq(_madeOf(id).requester, who);
        assertEq(vault.lockedOf(who), ESCROW);
        _cancel(who, id);
        assertEq(vault.freeOf(who), FUNDS);
    }

    function testFuzz_RequestByAnotherSigner_IsRejected(bool byContract) public {
        address who = _who(byContract);
        _fund(who, FUNDS);
        bytes memory signature = _sign(otherKey, _requestDigest(who, 1, validUntil, _terms()));
        _refuseRequest(who, 1, validUntil, _terms(), signature, _invalid(who));
        _refuseRequest(who, 1, validUntil, _terms(), "", _invalid(who));
    }

    function test_RequestSignature_ExpiresWhenItSays() public {
        _fund(signer, FUNDS);
        bytes memory signature = _sign(key, _requestDigest(signer, 1, validUntil, _terms()));
        Terms memory terms = _terms();
        vm.warp(validUntil);
        _refuseRequest(signer, 1, validUntil, terms, signature, _expired(validUntil));
        vm.warp(validUntil + 1);
        _refuseRequest(signer, 1, validUntil, terms, signature, _expired(validUntil));
        vm.warp(validUntil - 1);
        market.requestBySig(signer, terms, 1, _input(), validUntil, signature);
    }

    function test_RequestWithAnyOtherTerm_IsRejected() public {
        _fund(signer, FUNDS);
        bytes memory signature = _sign(key, _requestDigest(signer, 1, validUntil, _terms()));
        for (uint256 word = 0; word < 16; ++word) {
            bytes memory encoded = abi.encode(_terms());
            encoded[32 * word + 31] ^= 0x01;
            Terms memory bent = abi.decode(encoded, (Terms));
            _refuseRequest(signer, 1, validUntil, bent, signature, _invalid(signer));
        }
    }

    function testFuzz_RequestWithOtherValues_IsRejected(uint64 nonce, uint64 until, address who) public {
        vm.assume(nonce != 1 && who != signer && who.code.length == 0);
        until = uint64(bound(until, block.timestamp + 1, type(uint64).max));
        vm.assume(until != validUntil);
        _fund(signer, FUNDS);
        Terms memory terms = _terms();
        bytes memory signature = _sign(key, _requestDigest(signer, 1, validUntil, terms));
        _refuseRequest(signer, nonce, validUntil, terms, signature, _invalid(signer));
        _refuseRequest(signer, 1, until, terms, signature, _invalid(signer));
        _refuseRequest(who, 1, validUntil, terms, signature, _invalid(who));
    }

    function test_RequestForAnotherMarketOrChain_IsRejected() public {
        _fund(signer, FUNDS);
        Terms memory terms = _terms();
        bytes32 structHash = _requestHash(signer, 1, validUntil, terms);
        bytes32 domain = _domain("Assay ProofMarket", block.chainid, address(vault));
        _refuseRequest(signer, 1, validUntil, terms, _sign(key, _typed(domain, structHash)), _invalid(signer));
        domain = _domain("Assay ProofMarket", 1, address(market));
        _refuseRequest(signer, 1, validUntil, terms, _sign(key, _typed(domain, structHash)), _invalid(signer));
        domain = _domain("Assay Vault", block.chainid, address(market));
        _refuseRequest(signer, 1, validUntil, terms, _sign(key, _typed(domain, structHash)), _invalid(signer));
    }

    function test_RequestSignature_CountsOnce() public {
        _fund(signer, FUNDS);
        Terms memory terms = _terms();
        bytes memory signature = _sign(key, _requestDigest(signer, 1, validUntil, terms));
        vm.recordLogs();
        bytes32 id = market.requestBySig(signer, terms, 1, _input(), validUntil, signature);
        _remember(signer, 1);
        bytes memory exists = abi.encodeWithSelector(IMarketErrors.RequestExists.selector, id);
        _refuseRequest(signer, 1, validUntil, terms, signature, exists);
        _cancel(signer, id);
        _refuseRequest(signer, 1, validUntil, terms, signature, exists);
    }

    // --- bidBySig --------------------------------------------------------------------------------------------

    function testFuzz_SignedBid_IsTheSignersBid(address carrier, bool byContract) public {
        address who = _who(byContract);
        _fund(who, FUNDS);
        bytes32 id = _request();
        Request memory made = _madeOf(id);
        Bid memory b = Bid(who, id, 1, INSTANT, validUntil);
        bytes memory signature = _sign(key, _bidDigest(b));
        vm.prank(carrier);
        market.bidBySig(who, id, made, 1, INSTANT, validUntil, signature);
        assertEq(_viewOf(id).prover, who);
        assertEq(vault.lockedOf(who), COLLATERAL);
        _fulfill(id, 1, who);
        assertEq(vault.freeOf(who), FUNDS + INSTANT);
    }

    function testFuzz_BidByAnotherSigner_IsRejected(bool byContract) public {
        address who = _who(byContract);
        _fund(who, FUNDS);
        Bid memory b = Bid(who, _request(), 1, INSTANT, validUntil);
        _refuseSignedBid(b, _sign(otherKey, _bidDigest(b)), _invalid(who));
        _refuseSignedBid(b, "", _invalid(who));
    }

    function test_BidSignature_ExpiresWhenItSays() public {
        _fund(signer, FUNDS);
        Terms memory terms = _terms();
        Bid memory b = Bid(signer, _request(terms, 1), 1, INSTANT, validUntil);
        bytes memory signature = _sign(key, _bidDigest(b));
        vm.warp(validUntil);
        _refuseSignedBid(b, signature, _expired(validUntil));
        vm.warp(validUntil - 1);
        market.bidBySig(b.prover, b.id, _madeOf(b.id), b.round, b.price, b.validUntil, signature);
    }

    function testFuzz_BidWithOtherValues_IsRejected(uint256 which, uint128 price, uint32 round, uint64 until)
        public
    {
        _fund(signer, FUNDS);
        Bid memory b = Bid(signer, _request(), 1, INSTANT, validUntil);
        bytes memory signature = _sign(key, _bidDigest(b));
        which = bound(which, 0, 4);
        if (which == 0) b.prover = alice;
        if (which == 1) b.id = _request(_terms(), 2);
        if (which == 2) b.round = round == 1 ? 2 : round;
        if (which == 3) b.price = price == INSTANT ? 0 : price;
        if (which == 4) {
            b.validUntil = uint64(bound(until, validUntil + 1, type(uint64).max));
        }
        _refuseSignedBid(b, signature, _invalid(b.prover));
    }

    function test_BidForAnotherMarketOrChain_IsRejected() public {
        _fund(signer, FUNDS);
        Bid memory b = Bid(signer, _request(), 1, INSTANT, validUntil);
        bytes32 domain = _domain("Assay ProofMarket", block.chainid, address(vault));
        _refuseSignedBid(b, _sign(key, _typed(domain, _bidHash(b))), _invalid(signer));
        domain = _domain("Assay ProofMarket", 1, address(market));
        _refuseSignedBid(b, _sign(key, _typed(domain, _bidHash(b))), _invalid(signer));
    }

    /// @dev A second use meets its own bid, a better one, or the assignment.
    function test_BidSignature_CountsOnce() public {
        _fund(signer, FUNDS);
        Bid memory b = Bid(signer, _request(), 1, 8e6, validUntil);
        bytes memory signature = _sign(key, _bidDigest(b));
        market.bidBySig(b.prover, b.id, _madeOf(b.id), b.round, b.price, b.validUntil, signature);
        _refuseSignedBid(b, signature, _tooHigh(7.84e6, 8e6));
        _bid(bob, b.id, 1, 7e6);
        _refuseSignedBid(b, signature, _tooHigh(6.86e6, 8e6));
        vm.warp(market.stateOf(b.id).biddingDeadline);
        _refuseSignedBid(b, signature, _wrongStatus(Status.Assigned));
        vm.warp(_graceEnd(b.id));
        _declareDefault(anyone, b.id);
        _refuseSignedBid(b, signature, abi.encodeWithSelector(IMarketErrors.WrongRound.selector, 2, 1));
    }

    function test_CarriedRequest_IsTheOneThatWasMade() public {
        _fund(signer, FUNDS);
        Bid memory b = Bid(signer, _request(), 1, INSTANT, validUntil);
        bytes memory signature = _sign(key, _bidDigest(b));
        Request memory made = _madeOf(b.id);
        made.snapshot.collateral = 0;
        vm.expectRevert(_unknown(b.id));
        market.bidBySig(b.prover, b.id, made, b.round, b.price, b.validUntil, signature);
    }

    // --- one for the other -----------------------------------------------------------------------------------

    function test_SignatureOfOneThing_IsNoneOfAnother() public {
        _fund(signer, FUNDS);
        Terms memory terms = _terms();
        Bid memory b = Bid(signer, _request(), 1, INSTANT, validUntil);
        bytes memory bidSignature = _sign(key, _bidDigest(b));
        bytes memory requestSignature = _sign(key, _requestDigest(signer, 1, validUntil, terms));
        _refuseRequest(signer, 1, validUntil, terms, bidSignature, _invalid(signer));
        _refuseSignedBid(b, requestSignature, _invalid(signer));
        IVault.Authorization memory a =
            IVault.Authorization(signer, 0, address(market), type(uint96).max, 0, validUntil);
        bytes memory authorizationSignature = _sign(key, _authorizationDigest(a));
        _refuseSignedBid(b, authorizationSignature, _invalid(signer));
        IVault.Permit memory none;
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidSignature.selector, signer));
        vault.authorize(a, none, bidSignature);
    }

    function test_PausedMarket_TakesNoSignedOnesEither() public {
        _fund(signer, FUNDS);
        Terms memory terms = _terms();
        Bid memory b = Bid(signer, _request(), 1, INSTANT, validUntil);
        vm.prank(owner);
        market.pause();
        _refuseSignedBid(b, _sign(key, _bidDigest(b)), _paused());
        _refuseRequest(
            signer, 1, validUntil, terms, _sign(key, _requestDigest(signer, 1, validUntil, terms)), _paused()
        );
    }

    // --- gateway ---------------------------------------------------------------------------------------------

    /// @dev From an account that has tokens and nothing else to an open request: one transaction, carried by anyone.
    function testFuzz_Gateway_DepositsConsentsAndRequestsAtOnce(address carrier) public {
        token.mint(signer, ESCROW);
        IVault.Authorization memory a = _authorization(signer);
        vm.recordLogs();
        bytes32 id = _carry(carrier, a, _permit(), _sign(key, _authorizationDigest(a)));
        _remember(signer, 1);
        assertEq(id, lens.requestIdOf(signer, 1, _terms()));
        assertEq(token.balanceOf(signer), 0);
        assertEq(vault.lockedOf(signer), ESCROW);
        assertEq(vault.freeOf(signer), 0);
        assertEq(vault.nonces(signer), 1);
        assertEq(token.balanceOf(address(gateway)), 0);
        (uint256 allowance, uint256 used,) = vault.consentOf(signer, address(market));
        assertEq(allowance, ESCROW);
        assertEq(used, ESCROW);
        _assertStatus(id, Status.Open);
    }

    function test_Gateway_ServesWalletsWithAnAllowance() public {
        token.mint(address(wallet), ESCROW);
        vm.prank(address(wallet));
        token.approve(address(vault), ESCROW);
        IVault.Authorization memory a = _authorization(address(wallet));
        IVault.Permit memory none;
        _carry(anyone, a, none, _sign(key, _authorizationDigest(a)));
        assertEq(vault.lockedOf(address(wallet)), ESCROW);
    }

    function test_FrontRunPermit_DoesNoHarm() public {
        token.mint(signer, ESCROW);
        IVault.Permit memory p = _permit();
        vm.prank(bob);
        token.permit(signer, address(vault), ESCROW, p.deadline, p.v, p.r, p.s);
        IVault.Authorization memory a = _authorization(signer);
        _carry(anyone, a, p, _sign(key, _authorizationDigest(a)));
        assertEq(vault.lockedOf(signer), ESCROW);
    }

    function test_FrontRunAuthorization_DoesNoHarm() public {
        token.mint(signer, ESCROW);
        IVault.Authorization memory a = _authorization(signer);
        bytes memory signature = _sign(key, _authorizationDigest(a));
        IVault.Permit memory p = _permit();
        vm.prank(bob);
        vault.authorize(a, p, signature);
        assertEq(vault.freeOf(signer), ESCROW);
        _carry(anyone, a, p, signature);
        assertEq(vault.lockedOf(signer), ESCROW);
        assertEq(vault.freeOf(signer), 0);
    }

    function test_FrontRunOfEverything_LeavesTheRequestMade() public {
        token.mint(signer, ESCROW);
        IVault.Authorization memory a = _authorization(signer);
        bytes memory signature = _sign(key, _authorizationDigest(a));
        IGateway.SignedRequest memory signed = _signedRequest(signer, key);
        IVault.Permit memory p = _permit();
        vm.prank(bob);
        bytes32 id = gateway.depositAndRequest(a, p, signature, signed);
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.RequestExists.selector, id));
        gateway.depositAndRequest(a, p, signature, signed);
        assertEq(vault.lockedOf(signer), ESCROW);
    }

    function test_Gateway_AddsNoRights() public {
        token.mint(signer, ESCROW);
        IVault.Authorization memory a = _authorization(signer);
        IVault.Permit memory p = _permit();
        IGateway.SignedRequest memory signed = _signedRequest(signer, key);
        bytes memory other = _sign(otherKey, _authorizationDigest(a));
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidSignature.selector, signer));
        gateway.depositAndRequest(a, p, other, signed);
        bytes memory signature = _sign(key, _authorizationDigest(a));
        signed = _signedRequest(signer, otherKey);
        vm.expectRevert(_invalid(signer));
        gateway.depositAndRequest(a, p, signature, signed);
        // One or the other is nothing: the deposit is undone too.
        assertEq(token.balanceOf(signer), ESCROW);
        assertEq(vault.nonces(signer), 0);
    }

    function _carry(
        address carrier,
        IVault.Authorization memory a,
        IVault.Permit memory p,
        bytes memory signature
    ) private returns (bytes32) {
        IGateway.SignedRequest memory signed = _signedRequest(a.account, key);
        vm.prank(carrier);
        return gateway.depositAndRequest(a, p, signature, signed);
    }

    function _signedRequest(address who, uint256 signingKey)
        private
        view
        returns (IGateway.SignedRequest memory signed)
    {
        (signed.requester, signed.terms, signed.nonce) = (who, _terms(), 1);
        (signed.inlineInput, signed.validUntil) = (_input(), validUntil);
        signed.signature = _sign(signingKey, _requestDigest(who, 1, validUntil, signed.terms));
    }

    function _authorization(address who) private view returns (IVault.Authorization memory) {
        return IVault.Authorization(who, ESCROW, address(market), uint96(ESCROW), 0, validUntil);
    }

    function _permit() private view returns (IVault.Permit memory p) {
        bytes32 structHash = keccak256(
            abi.encode(keccak256(bytes(PERMIT)), signer, address(vault), uint256(ESCROW), 0, validUntil)
        );
        bytes32 domain = _domain("Assay Development Dollar", block.chainid, address(token));
        p.deadline = validUntil;
        (p.v, p.r, p.s) = vm.sign(key, _typed(domain, structHash));
    }

    // --- EIP-712, written out --------------------------------------------------------------------------------

    function _domain(string memory name, uint256 chainId, address at) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256(bytes(name)),
                keccak256("1"),
                chainId,
                at
            )
        );
    }

    function _typed(bytes32 domain, bytes32 structHash) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _marketDigest(bytes32 structHash) private view returns (bytes32) {
        return _typed(_domain("Assay ProofMarket", block.chainid, address(market)), structHash);
    }

    function _requestDigest(address who, uint64 nonce, uint64 until, Terms memory terms)
        private
        view
        returns (bytes32)
    {
        return _marketDigest(_requestHash(who, nonce, until, terms));
    }

    function _requestHash(address who, uint64 nonce, uint64 until, Terms memory terms)
        private
        pure
        returns (bytes32)
    {
        bytes32 termsHash = keccak256(bytes.concat(keccak256(bytes(TERMS)), abi.encode(terms)));
        return
            keccak256(
                abi.encode(keccak256(bytes(string.concat(REQUEST, TERMS))), who, nonce, until, termsHash)
            );
    }

    function _bidDigest(Bid memory b) private view returns (bytes32) {
        return _marketDigest(_bidHash(b));
    }

    function _bidHash(Bid memory b) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(bytes(BID)), abi.encode(b)));
    }

    function _authorizationDigest(IVault.Authorization memory a) private view returns (bytes32) {
        bytes32 structHash = keccak256(bytes.concat(keccak256(bytes(AUTHORIZATION)), abi.encode(a)));
        return _typed(_domain("Assay Vault", block.chainid, address(vault)), structHash);
    }

    function _sign(uint256 signingKey, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signingKey, digest);
        return abi.encodePacked(r, s, v);
    }

    // --- helpers ---------------------------------------------------------------------------------------------

    /// @dev A key, or a contract that signs by that key.
    function _who(bool byContract) private view returns (address) {
        return byContract ? address(wallet) : signer;
    }

    function _invalid(address who) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMarketErrors.InvalidSignature.selector, who);
    }

    function _expired(uint64 until) private view returns (bytes memory) {
        return abi.encodeWithSelector(IMarketErrors.SignatureExpired.selector, until, uint64(block.timestamp));
    }

    function _tooHigh(uint128 highest, uint128 got) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMarketErrors.BidTooHigh.selector, highest, got);
    }

    function _refuseRequest(
        address who,
        uint64 nonce,
        uint64 until,
        Terms memory terms,
        bytes memory signature,
        bytes memory error_
    ) private {
        vm.expectRevert(error_);
        vm.prank(anyone);
        market.requestBySig(who, terms, nonce, _input(), until, signature);
    }

    function _refuseSignedBid(Bid memory b, bytes memory signature, bytes memory error_) private {
        Request memory made = _madeOf(b.id);
        vm.expectRevert(error_);
        vm.prank(anyone);
        market.bidBySig(b.prover, b.id, made, b.round, b.price, b.validUntil, signature);
    }
}
