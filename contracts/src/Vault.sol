// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Timelocked} from "./Timelocked.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Rebasing} from "./lib/Rebasing.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice See {IVault}.
/// @dev Tokens move in deposits and {withdraw} only, and only these call the token. Everything a module does is
/// bookkeeping that cannot fail for a payee, so nobody can block another one's settlement.
contract Vault is IVault, Timelocked, ReentrancyGuardTransient, EIP712, Nonces {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @dev An account's balances, in one slot.
    struct Account {
        uint128 free;
        uint128 locked;
    }

    /// @dev A lock, in one slot. A closed lock keeps `CLOSED` as its account, so its key is never used again.
    struct Lock {
        address account;
        uint96 amount;
    }

    /// @dev A module's right to lock, in one slot.
    struct Module {
        bool active;
        uint128 dailyLimit;
    }

    /// @dev What an account lets a module have of it, in one slot.
    /// `used` is what the module has locked or paid away; `taken` is what it locked today, as a share of its daily limit
    /// in units of 1/WHOLE_DAY.
    struct Consent {
        uint96 allowance;
        uint96 used;
        uint32 taken;
        uint32 day;
    }

    bytes32 private constant AUTHORIZATION_TYPEHASH = keccak256(
        "Authorization(address account,uint256 amount,address module,uint96 allowance,uint256 nonce,uint64 validUntil)"
    );
    /// @dev Well-known address without a key; only a ledger entry, no tokens are sent there.
    address private constant SINK = 0x000000000000000000000000000000000000dEaD;
    address private constant CLOSED = address(1);
    uint96 private constant UNLIMITED = type(uint96).max;
    uint256 private constant WHOLE_DAY = type(uint32).max;

    IERC20 private immutable _token;
    /// @inheritdoc IVault
    uint256 public total;
    mapping(address account => Account) private _accounts;
    mapping(address account => mapping(address module => Consent)) private _consents;
    mapping(address module => Module) private _modules;
    mapping(address module => mapping(bytes32 key => Lock)) private _locks;

    constructor(IERC20 token_, address owner_, uint64 delay_)
        Timelocked(owner_, delay_)
        EIP712("Assay Vault", "1")
    {
        require(address(token_).code.length != 0, InvalidAddress(address(token_)));
        Rebasing.refuse(address(token_));
        _token = token_;
    }

    // --- Tokens in and out -----------------------------------------------------------------------------------

    /// @inheritdoc IVault
    function deposit(address account, uint256 amount) external nonReentrant returns (uint256) {
        return _deposit(account, msg.sender, amount);
    }

    /// @inheritdoc IVault
    function depositWithPermit(uint256 amount, Permit calldata permit, address module, uint96 allowance)
        external
        nonReentrant
        returns (uint256 credited)
    {
        if (module != address(0)) _consent(msg.sender, module, allowance);
        _permit(msg.sender, amount, permit);
        credited = _deposit(msg.sender, msg.sender, amount);
    }

    /// @inheritdoc IVault
    function authorize(Authorization calldata authorization, Permit calldata permit, bytes calldata signature)
        external
        nonReentrant
        returns (uint256 credited)
    {
        address account = authorization.account;
        uint64 validUntil = authorization.validUntil;
        require(block.timestamp < validUntil, SignatureExpired(validUntil, uint64(block.timestamp)));
        _useCheckedNonce(account, authorization.nonce);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(AUTHORIZATION_TYPEHASH, authorization)));
        require(
            SignatureChecker.isValidSignatureNowCalldata(account, digest, signature),
            InvalidSignature(account)
        );

        if (authorization.module != address(0)) {
            _consent(account, authorization.module, authorization.allowance);
        }
        if (authorization.amount == 0) return 0;
        _permit(account, authorization.amount, permit);
        credited = _deposit(account, account, authorization.amount);
    }

    /// @inheritdoc IVault
    function withdraw(address to, uint256 amount) external nonReentrant {
        require(to != address(0) && to != address(this), InvalidAddress(to));
        uint128 free = _debitFree(msg.sender, amount);
        uint256 before = _token.balanceOf(address(this));
        uint256 sum = total;
        // A token that shrank the vault's balance hurts everybody alike, the last one to leave included.
        uint256 paid = before >= sum ? amount : Math.mulDiv(amount, before, sum);
        total = sum - amount;
        emit Withdrawn(msg.sender, to, amount, paid, free);

        _token.safeTransfer(to, paid);
        uint256 left = _token.balanceOf(address(this));
        // A token that charges the sender would make the others pay for this withdrawal.
        require(left + paid >= before, TokenTookTooMuch(paid, before - left));
    }

    /// @inheritdoc IVault
    function consent(address module, uint96 allowance) external {
        _consent(msg.sender, module, allowance);
    }

    // --- Modules ---------------------------------------------------------------------------------------------

    /// @inheritdoc IVault
    function lock(bytes32 key, address account, uint256 amount) external {
        Lock storage entry = _locks[msg.sender][key];
        require(entry.account == address(0), LockExists(key));
        uint96 amount96 = amount.toUint96();
        (entry.account, entry.amount) = (account, amount96);
        _lock(key, account, amount96);
    }

    /// @inheritdoc IVault
    function relock(bytes32 key, address account) external returns (address former) {
        Lock storage entry = _openLock(key);
        uint96 amount = entry.amount;
        former = entry.account;
        _unlock(key, former, amount);
        entry.account = account;
        _lock(key, account, amount);
    }

    /// @inheritdoc IVault
    function release(bytes32 key) external returns (address account) {
        Lock storage entry = _openLock(key);
        uint96 amount = entry.amount;
        account = entry.account;
        _close(entry);
        _unlock(key, account, amount);
    }

    /// @inheritdoc IVault
    function settle(bytes32 key, Payment[] calldata payments) external {
        Lock storage entry = _openLock(key);
        (address account, uint96 amount) = (entry.account, entry.amount);
        _close(entry);
        uint256 paid = _pay(key, account, 0, amount, payments);
        require(paid == amount, PaymentsMismatch(amount, paid));
    }

    /// @inheritdoc IVault
    function settlePart(bytes32 key, Payment[] calldata payments) external {
        Lock storage entry = _openLock(key);
        (address account, uint96 amount) = (entry.account, entry.amount);
        uint256 part;
        for (uint256 i = 0; i < payments.length; ++i) {
            part += payments[i].amount;
        }
        require(part <= amount, PaymentsMismatch(amount, part));
        uint96 left = amount - part.toUint96();
        entry.amount = left;
        _pay(key, account, left, part, payments);
    }

    /// @inheritdoc IVault
    function proposeModule(address module, uint128 dailyLimit) external {
        require(module.code.length != 0, InvalidAddress(module));
        (uint64 activeFrom, uint64 activeUntil) = _propose(module, _moduleContent(module, dailyLimit));
        emit ModuleProposed(module, module.codehash, dailyLimit, activeFrom, activeUntil);
    }

    /// @inheritdoc IVault
    function activateModule(address module, uint128 dailyLimit) external {
        _activate(module, _moduleContent(module, dailyLimit));
        _modules[module] = Module(true, dailyLimit);
        emit ModuleActivated(module, dailyLimit);
    }

    /// @inheritdoc IVault
    function retireModule(address module) external onlyOwner {
        require(_modules[module].active, NotModule(module));
        _modules[module].active = false;
        _withdraw(module);
        emit ModuleRetired(module);
    }

    // --- Views -----------------------------------------------------------------------------------------------

    /// @inheritdoc IVault
    function nonces(address account) public view override(IVault, Nonces) returns (uint256) {
        return super.nonces(account);
    }

    /// @inheritdoc IVault
    function token() external view returns (address) {
        return address(_token);
    }

    /// @inheritdoc IVault
    function sink() external pure returns (address) {
        return SINK;
    }

    /// @inheritdoc IVault
    function freeOf(address account) external view returns (uint256) {
        return _accounts[account].free;
    }

    /// @inheritdoc IVault
    function lockedOf(address account) external view returns (uint256) {
        return _accounts[account].locked;
    }

    /// @inheritdoc IVault
    function lockOf(address module, bytes32 key)
        external
        view
        returns (address account, uint256 amount, bool open)
    {
        Lock storage entry = _locks[module][key];
        open = entry.account != address(0) && entry.account != CLOSED;
        return open ? (entry.account, entry.amount, true) : (address(0), 0, false);
    }

    /// @inheritdoc IVault
    function moduleOf(address module) external view returns (bool active, uint256 dailyLimit) {
        Module storage entry = _modules[module];
        return (entry.active, entry.dailyLimit);
    }

    /// @inheritdoc IVault
    function consentOf(address account, address module)
        external
        view
        returns (uint256 allowance, uint256 used, uint256 today)
    {
        Consent memory given = _consents[account][module];
        uint256 taken = given.day == _today() ? given.taken : 0;
        today = _modules[module].dailyLimit * (WHOLE_DAY - taken) / WHOLE_DAY;
        return (given.allowance, given.used, today);
    }

    // --- Internals -------------------------------------------------------------------------------------------

    /// @dev A permit seen in the mempool can be used by anyone; then the allowance is there and the call goes on.
    function _permit(address account, uint256 amount, Permit calldata permit) private {
        if (permit.deadline == 0) return;
        try IERC20Permit(address(_token))
            .permit(account, address(this), amount, permit.deadline, permit.v, permit.r, permit.s) {}
            catch {}
    }

    /// @dev Credits what arrives, whatever the token does on the way.
    function _deposit(address account, address from, uint256 amount) private returns (uint256 credited) {
        require(account != address(0), InvalidAddress(account));
        uint256 before = _token.balanceOf(address(this));
        require(before >= total, Shortfall(total, before));
        _token.safeTransferFrom(from, address(this), amount);
        uint256 current = _token.balanceOf(address(this));
        require(current > before, NothingReceived());

        credited = current - before;
        uint128 free = _accounts[account].free + credited.toUint128();
        _accounts[account].free = free;
        total += credited;
        emit Deposited(account, from, credited, free);
    }

    function _consent(address account, address module, uint96 allowance) private {
        _consents[account][module].allowance = allowance;
        emit Consented(account, module, allowance);
    }

    function _debitFree(address account, uint256 amount) private returns (uint128 left) {
        uint128 free = _accounts[account].free;
        require(amount <= free, InsufficientFree(account, free, amount));
        // casting to 'uint128' is safe because amount is at most `free` here
        // forge-lint: disable-next-line(unsafe-typecast)
        left = free - uint128(amount);
        _accounts[account].free = left;
    }

    /// @dev Moves free balance behind a lock, as far as consent and daily limit allow.
    function _lock(bytes32 key, address account, uint96 amount) private {
        Module memory module = _modules[msg.sender];
        require(module.active, NotModule(msg.sender));
        _use(account, module.dailyLimit, amount);
        Account memory balances = _accounts[account];
        require(amount <= balances.free, InsufficientFree(account, balances.free, amount));
        unchecked {
            // The one was just compared, and both together are at most what the token can count.
            balances.free -= amount;
            balances.locked += amount;
        }
        _accounts[account] = balances;
        emit Locked(msg.sender, key, account, amount, balances.free, balances.locked);
    }

    /// @dev Frees a lock's amount for its own account.
    function _unlock(bytes32 key, address account, uint96 amount) private {
        _giveBack(account, amount);
        Account memory balances = _accounts[account];
        balances.locked -= amount;
        balances.free += amount;
        _accounts[account] = balances;
        emit Released(msg.sender, key, account, amount, balances.free, balances.locked);
    }

    /// @dev Credits payees out of an account's locked balance and returns the sum of their payments.
    function _pay(bytes32 key, address account, uint256 left, uint256 amount, Payment[] calldata payments)
        private
        returns (uint256 paid)
    {
        uint128 locked = _accounts[account].locked - amount.toUint128();
        _accounts[account].locked = locked;
        Credit[] memory credits = new Credit[](payments.length);
        for (uint256 i = 0; i < payments.length; ++i) {
            (address to, uint256 share) = (payments[i].to, payments[i].amount);
            paid += share;
            uint128 free = _accounts[to].free + share.toUint128();
            _accounts[to].free = free;
            credits[i] = Credit(to, share, free);
            if (to == account) _giveBack(account, share.toUint96());
        }
        emit Settled(msg.sender, key, account, left, locked, credits);
    }

    /// @dev Uses up consent and today's share of the limit, which is rounded up.
    function _use(address account, uint128 dailyLimit, uint96 amount) private {
        Consent memory given = _consents[account][msg.sender];
        if (given.allowance != UNLIMITED) {
            uint256 used = uint256(given.used) + amount;
            require(used <= given.allowance, AllowanceExceeded(account, msg.sender, given.allowance, used));
            given.used = used.toUint96();
        }
        uint32 today = _today();
        uint256 taken = given.day == today ? given.taken : 0;
        taken += dailyLimit == 0 ? WHOLE_DAY + 1 : Math.ceilDiv(amount * WHOLE_DAY, dailyLimit);
        require(taken <= WHOLE_DAY, DailyLimitExceeded(account, dailyLimit, amount));
        // casting to 'uint32' is safe because WHOLE_DAY is the largest uint32
        // forge-lint: disable-next-line(unsafe-typecast)
        given.taken = uint32(taken);
        given.day = today;
        _consents[account][msg.sender] = given;
    }

    /// @dev What comes back to the account is not used any more. Never fails: it stands in every payout's way.
    function _giveBack(address account, uint96 amount) private {
        Consent storage given = _consents[account][msg.sender];
        uint96 used = given.used;
        if (used != 0) given.used = used > amount ? used - amount : 0;
    }

    /// @dev Closes a lock once and for all.
    function _close(Lock storage entry) private {
        entry.account = CLOSED;
        entry.amount = 0;
    }

    function _openLock(bytes32 key) private view returns (Lock storage entry) {
        entry = _locks[msg.sender][key];
        require(entry.account != address(0) && entry.account != CLOSED, LockNotOpen(key));
    }

    function _today() private view returns (uint32) {
        // casting to 'uint32' is safe for eleven million years
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint32(block.timestamp / 1 days);
    }

    /// @dev Names the code too: what is activated is what everybody could look at.
    function _moduleContent(address module, uint128 dailyLimit) private view returns (bytes32) {
        return keccak256(abi.encode(module.codehash, dailyLimit));
    }
}
