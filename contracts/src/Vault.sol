// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Timelocked} from "./Timelocked.sol";
import {IVault} from "./interfaces/IVault.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice See {IVault}.
/// @dev Tokens move in {deposit} and {withdraw} only, and only these call the token. Everything a module does is
/// bookkeeping that cannot fail for a payee, so nobody can block another one's settlement.
contract Vault is IVault, Timelocked, ReentrancyGuardTransient {
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

    /// @dev A module's rights and use of them.
    struct Module {
        bool active;
        uint256 cap;
        uint256 locked;
    }

    /// @dev Well-known address without a key; only a ledger entry, no tokens are sent there.
    address private constant SINK = 0x000000000000000000000000000000000000dEaD;
    address private constant CLOSED = address(1);

    IERC20 private immutable _token;
    /// @inheritdoc IVault
    uint256 public total;
    mapping(address account => Account) private _accounts;
    mapping(address module => Module) private _modules;
    mapping(address module => mapping(bytes32 key => Lock)) private _locks;

    constructor(IERC20 token_, address owner_, uint64 delay_) Timelocked(owner_, delay_) {
        require(address(token_).code.length != 0, InvalidAddress(address(token_)));
        _token = token_;
    }

    // --- Tokens in and out -----------------------------------------------------------------------------------

    /// @inheritdoc IVault
    function deposit(address account, uint256 amount) external nonReentrant returns (uint256) {
        return _deposit(account, amount);
    }

    /// @inheritdoc IVault
    function depositWithPermit(
        address account,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint256) {
        // A permit seen in the mempool can be used by anyone; then the allowance is there and the call goes on.
        try IERC20Permit(address(_token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {}
            catch {}
        return _deposit(account, amount);
    }

    /// @inheritdoc IVault
    function withdraw(address to, uint256 amount) external nonReentrant {
        require(to != address(0) && to != address(this), InvalidAddress(to));
        uint128 free = _debitFree(msg.sender, amount);
        total -= amount;
        emit Withdrawn(msg.sender, to, amount, free);

        uint256 before = _token.balanceOf(address(this));
        _token.safeTransfer(to, amount);
        uint256 left = _token.balanceOf(address(this));
        // A token that charges the sender would make the others pay for this withdrawal.
        require(left + amount >= before, TokenTookTooMuch(amount, before - left));
    }

    // --- Modules ---------------------------------------------------------------------------------------------

    /// @inheritdoc IVault
    function lock(bytes32 key, address account, uint256 amount) external {
        Module storage module = _modules[msg.sender];
        require(module.active, NotModule(msg.sender));
        Lock storage entry = _locks[msg.sender][key];
        require(entry.account == address(0), LockExists(key));
        uint256 locked = module.locked + amount;
        require(locked <= module.cap, ModuleCapExceeded(module.cap, locked));

        uint96 amount96 = amount.toUint96();
        _debitFree(account, amount);
        _accounts[account].locked += amount96;
        module.locked = locked;
        entry.account = account;
        entry.amount = amount96;
        emit Locked(msg.sender, key, account, amount);
    }

    /// @inheritdoc IVault
    function release(bytes32 key) external {
        (address account, uint96 amount) = _close(key);
        _accounts[account].free += amount;
        emit Released(msg.sender, key, account, amount);
    }

    /// @inheritdoc IVault
    function settle(bytes32 key, Payment[] calldata payments) external {
        (address account, uint256 amount) = _close(key);
        uint256 paid;
        for (uint256 i = 0; i < payments.length; ++i) {
            paid += payments[i].amount;
            _accounts[payments[i].to].free += payments[i].amount.toUint128();
        }
        require(paid == amount, PaymentsMismatch(amount, paid));
        emit Settled(msg.sender, key, account, payments);
    }

    /// @inheritdoc IVault
    function proposeModule(address module, uint256 cap) external returns (bytes32 proposal) {
        require(module.code.length != 0, InvalidAddress(module));
        proposal = _moduleProposal(module, cap);
        _propose(proposal);
    }

    /// @inheritdoc IVault
    function activateModule(address module, uint256 cap) external {
        _consume(_moduleProposal(module, cap));
        _modules[module].active = true;
        _modules[module].cap = cap;
        emit ModuleActivated(module, cap);
    }

    /// @inheritdoc IVault
    function retireModule(address module) external onlyOwner {
        require(_modules[module].active, NotModule(module));
        _modules[module].active = false;
        emit ModuleRetired(module);
    }

    // --- Views -----------------------------------------------------------------------------------------------

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
    function moduleOf(address module) external view returns (bool active, uint256 cap, uint256 locked) {
        Module storage entry = _modules[module];
        return (entry.active, entry.cap, entry.locked);
    }

    // --- Internals -------------------------------------------------------------------------------------------

    /// @dev Credits what arrives, whatever the token does on the way.
    function _deposit(address account, uint256 amount) private returns (uint256 credited) {
        require(account != address(0), InvalidAddress(account));
        uint256 before = _token.balanceOf(address(this));
        _token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 current = _token.balanceOf(address(this));
        require(current > before, NothingReceived());

        credited = current - before;
        uint128 free = _accounts[account].free + credited.toUint128();
        _accounts[account].free = free;
        total += credited;
        emit Deposited(account, msg.sender, credited, free);
    }

    function _debitFree(address account, uint256 amount) private returns (uint128 left) {
        uint128 free = _accounts[account].free;
        require(amount <= free, InsufficientFree(account, free, amount));
        // casting to 'uint128' is safe because amount is at most `free` here
        // forge-lint: disable-next-line(unsafe-typecast)
        left = free - uint128(amount);
        _accounts[account].free = left;
    }

    /// @dev Closes a lock of the calling module, once and for all.
    function _close(bytes32 key) private returns (address account, uint96 amount) {
        Lock storage entry = _locks[msg.sender][key];
        (account, amount) = (entry.account, entry.amount);
        require(account != address(0) && account != CLOSED, LockNotOpen(key));
        entry.account = CLOSED;
        entry.amount = 0;
        _accounts[account].locked -= amount;
        _modules[msg.sender].locked -= amount;
    }

    /// @dev Names the code too: what is activated is what everybody could look at.
    function _moduleProposal(address module, uint256 cap) private view returns (bytes32) {
        return keccak256(abi.encode("module", module, module.codehash, cap));
    }
}
