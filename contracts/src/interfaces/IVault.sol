// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ITimelocked} from "./ITimelocked.sol";

/// @title The one holder of tokens
/// @notice A ledger of free and locked balances in one ERC-20. Modules (the markets) may lock free balance of
/// an account and settle what they locked; they never hold tokens. Everybody can always withdraw what is free.
interface IVault is ITimelocked {
    /// @notice One share of a settled lock.
    struct Payment {
        address to;
        uint256 amount;
    }

    /// @notice Tokens came in: `amount` is what arrived, not what was asked for; `free` is the new balance.
    event Deposited(address indexed account, address indexed from, uint256 amount, uint256 free);
    /// @notice Tokens went out; `free` is the balance left.
    event Withdrawn(address indexed account, address indexed to, uint256 amount, uint256 free);
    /// @notice A module locked part of an account's free balance.
    event Locked(address indexed module, bytes32 indexed key, address indexed account, uint256 amount);
    /// @notice A lock was closed in favor of its own account.
    event Released(address indexed module, bytes32 indexed key, address indexed account, uint256 amount);
    /// @notice A lock was closed and its amount divided; the shares sum up to the locked amount.
    event Settled(address indexed module, bytes32 indexed key, address indexed account, Payment[] payments);
    /// @notice A module may lock up to `cap` at a time from now on.
    event ModuleActivated(address indexed module, uint256 cap);
    /// @notice A module may not lock any more; what it has locked it can still release and settle.
    event ModuleRetired(address indexed module);

    /// @notice The caller is no module, or a retired one that tries to lock.
    error NotModule(address caller);
    /// @notice The module's open locks would exceed its cap.
    error ModuleCapExceeded(uint256 cap, uint256 wanted);
    /// @notice The account's free balance is too small.
    error InsufficientFree(address account, uint256 free, uint256 wanted);
    /// @notice This module used the key before.
    error LockExists(bytes32 key);
    /// @notice There is no open lock of this module under the key.
    error LockNotOpen(bytes32 key);
    /// @notice The payments do not sum up to the locked amount.
    error PaymentsMismatch(uint256 locked, uint256 paid);
    /// @notice The token took more from the vault than the withdrawal's amount.
    error TokenTookTooMuch(uint256 amount, uint256 taken);
    /// @notice A transfer brought nothing.
    error NothingReceived();
    /// @notice The zero address, or another address that must not be used here.
    error InvalidAddress(address given);

    /// @notice Takes up to `amount` tokens from the caller and credits what arrived to `account`.
    function deposit(address account, uint256 amount) external returns (uint256 credited);

    /// @notice As {deposit}, with an ERC-2612 permit. A permit that somebody else already used does no harm.
    function depositWithPermit(
        address account,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 credited);

    /// @notice Sends `amount` of the caller's free balance to `to`.
    function withdraw(address to, uint256 amount) external;

    /// @notice Locks `amount` of `account`'s free balance under `key`. Modules only.
    function lock(bytes32 key, address account, uint256 amount) external;

    /// @notice Closes a lock: its amount is free again for its account. Modules only.
    function release(bytes32 key) external;

    /// @notice Closes a lock: its amount is credited to the payees. Modules only.
    function settle(bytes32 key, Payment[] calldata payments) external;

    /// @notice Proposes a module with a cap on the sum of its open locks. Owner only.
    function proposeModule(address module, uint256 cap) external returns (bytes32 proposal);

    /// @notice Activates a proposed module after the delay. Anyone.
    function activateModule(address module, uint256 cap) external;

    /// @notice Stops a module from locking. Owner only, at once.
    function retireModule(address module) external;

    /// @notice The one token.
    function token() external view returns (address);

    /// @notice The account that burned amounts are credited to; nobody can withdraw from it.
    function sink() external view returns (address);

    /// @notice What an account can withdraw or use now.
    function freeOf(address account) external view returns (uint256);

    /// @notice What an account has in open locks.
    function lockedOf(address account) external view returns (uint256);

    /// @notice Sum of all free and locked balances; never more than the vault's token balance.
    function total() external view returns (uint256);

    /// @notice A module's lock: account and amount, and whether it is open.
    function lockOf(address module, bytes32 key)
        external
        view
        returns (address account, uint256 amount, bool open);

    /// @notice A module's rights: whether it may lock, its cap, and the sum of its open locks.
    function moduleOf(address module) external view returns (bool active, uint256 cap, uint256 locked);
}
