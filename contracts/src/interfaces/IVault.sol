// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ITimelocked} from "./ITimelocked.sol";

/// @title The one holder of tokens
/// @notice A ledger of free and locked balances in one ERC-20. Modules (the markets) may lock free balance of an
/// account that consented to them, and settle what they locked; they never hold tokens. Everybody can always
/// withdraw what is free.
///
/// What the owner can do: propose a module (everybody sees it for `delay`, and it can touch nobody who does not
/// consent to it), stop a module from locking, withdraw a proposal. Never: move a balance, stop a withdrawal, a
/// release or a settlement, raise a module's limit without the delay, or change a module's code.
///
/// What a broken module can take from an account is at most the account's allowance for it, and in one day at most
/// the module's daily limit, which counts all that it locks; from an account that never consented, nothing.
///
/// The token must keep balances as they are: it may charge for a transfer, call hooks, or refuse an address, and
/// nobody else is harmed. Tokens that are known to rebase are refused at deployment. Should balances shrink all the
/// same, every withdrawal bears its share of the loss, so that nobody is left to bear it all.
interface IVault is ITimelocked {
    /// @notice One share of a settled lock.
    struct Payment {
        address to;
        uint256 amount;
    }

    /// @notice A payment as credited: `free` is the payee's balance after it.
    struct Credit {
        address to;
        uint256 amount;
        uint256 free;
    }

    /// @notice What an account signs so that anybody may carry it to the vault: a deposit of its own tokens into its
    /// own balance, a consent, or both.
    /// @param account whose tokens, balance and consent
    /// @param amount tokens to deposit; zero for none
    /// @param module the module to consent to; zero for none
    /// @param allowance the new allowance of that module, see {consent}
    /// @param nonce the account's next nonce
    /// @param validUntil the signature counts before this time
    struct Authorization {
        address account;
        uint256 amount;
        address module;
        uint96 allowance;
        uint256 nonce;
        uint64 validUntil;
    }

    /// @notice An ERC-2612 permit for the vault; all zero when the allowance is there already.
    struct Permit {
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice Tokens came in: `amount` is what arrived, not what was asked for; `free` is the new balance.
    event Deposited(address indexed account, address indexed from, uint256 amount, uint256 free);
    /// @notice Tokens went out: `paid` is less than `amount` only after the token took from the vault's own balance.
    event Withdrawn(address indexed account, address indexed to, uint256 amount, uint256 paid, uint256 free);
    /// @notice An account lets a module have up to `allowance` of its balance from now on.
    event Consented(address indexed account, address indexed module, uint256 allowance);
    /// @notice A module locked part of an account's free balance; `free` and `locked` are its balances after it.
    event Locked(
        address indexed module,
        bytes32 indexed key,
        address indexed account,
        uint256 amount,
        uint256 free,
        uint256 locked
    );
    /// @notice A lock was closed in favor of its own account; `free` and `locked` are its balances after it.
    event Released(
        address indexed module,
        bytes32 indexed key,
        address indexed account,
        uint256 amount,
        uint256 free,
        uint256 locked
    );
    /// @notice A lock was closed and paid out, in the order of `credits`; or a part of it was, and the lock stays open
    /// with `left`, see {settlePart}. `locked` is the account's locked balance after it.
    event Settled(
        address indexed module,
        bytes32 indexed key,
        address indexed account,
        uint256 left,
        uint256 locked,
        Credit[] credits
    );
    /// @notice The owner proposes a module with this code and limit.
    event ModuleProposed(
        address indexed module, bytes32 codeHash, uint256 dailyLimit, uint64 activeFrom, uint64 activeUntil
    );
    /// @notice A module may lock from now on, of each account that consents, up to `dailyLimit` a day.
    event ModuleActivated(address indexed module, uint256 dailyLimit);
    /// @notice A module may not lock any more; what it has locked it can still release and settle.
    event ModuleRetired(address indexed module);

    /// @notice The caller is no module, or a retired one that tries to lock.
    error NotModule(address caller);
    /// @notice The account consented to less than this.
    error AllowanceExceeded(address account, address module, uint256 allowance, uint256 wanted);
    /// @notice The module would take more from this account today than its limit.
    error DailyLimitExceeded(address account, uint256 limit, uint256 wanted);
    /// @notice The account's free balance is too small.
    error InsufficientFree(address account, uint256 free, uint256 wanted);
    /// @notice This module used the key before.
    error LockExists(bytes32 key);
    /// @notice There is no open lock of this module under the key.
    error LockNotOpen(bytes32 key);
    /// @notice The payments do not fit the locked amount.
    error PaymentsMismatch(uint256 locked, uint256 paid);
    /// @notice The token took more from the vault than the withdrawal's amount.
    error TokenTookTooMuch(uint256 amount, uint256 taken);
    /// @notice A transfer brought nothing.
    error NothingReceived();
    /// @notice The vault holds fewer tokens than the ledger says: no deposits, they would pay for others' losses.
    error Shortfall(uint256 total, uint256 held);
    /// @notice The token answers to a function that rebasing tokens have.
    error RebasingToken(bytes4 selector);
    /// @notice The signature is not the account's, or not over these values.
    error InvalidSignature(address account);
    /// @notice The signature counted until `validUntil`.
    error SignatureExpired(uint64 validUntil, uint64 now_);
    /// @notice The zero address, or another address that must not be used here.
    error InvalidAddress(address given);

    /// @notice Takes up to `amount` tokens from the caller and credits what arrived to `account`.
    function deposit(address account, uint256 amount) external returns (uint256 credited);

    /// @notice As {deposit} into the caller's own balance, with an ERC-2612 permit, and with a consent if a module is
    /// named. A permit that somebody else already used does no harm.
    function depositWithPermit(uint256 amount, Permit calldata permit, address module, uint96 allowance)
        external
        returns (uint256 credited);

    /// @notice Deposits and consents as an account signed (EIP-712 or ERC-1271). Anyone.
    function authorize(Authorization calldata authorization, Permit calldata permit, bytes calldata signature)
        external
        returns (uint256 credited);

    /// @notice The nonce that an account's next authorization has to carry.
    function nonces(address account) external view returns (uint256);

    /// @notice Lets a module have up to `allowance` of the caller's balance at a time: what it has locked and what it
    /// has paid away count together, what is freed or paid back to the account no longer counts. Zero ends the consent
    /// for all that is not locked yet; the largest value is no limit, and nothing is counted under it: what was locked then
    /// does not count after a limit is set, and makes room when it is freed.
    function consent(address module, uint96 allowance) external;

    /// @notice Sends `amount` of the caller's free balance to `to`.
    function withdraw(address to, uint256 amount) external;

    /// @notice Locks `amount` of `account`'s free balance under `key`. Modules only.
    function lock(bytes32 key, address account, uint256 amount) external;

    /// @notice Frees a lock for its account and locks the same amount of another account under the same key. Modules
    /// only.
    function relock(bytes32 key, address account) external returns (address former);

    /// @notice Closes a lock: what it holds is free again for its account. Modules only.
    function release(bytes32 key) external returns (address account);

    /// @notice Closes a lock: all that it holds is credited to the payees. Modules only.
    function settle(bytes32 key, Payment[] calldata payments) external;

    /// @notice Credits part of a lock to the payees; the lock stays open with the rest. Modules only.
    function settlePart(bytes32 key, Payment[] calldata payments) external;

    /// @notice Proposes a module with a limit on what it may lock of one account in a day. Owner only.
    function proposeModule(address module, uint128 dailyLimit) external;

    /// @notice Activates a proposed module after the delay. Anyone.
    function activateModule(address module, uint128 dailyLimit) external;

    /// @notice Stops a module from locking, and withdraws a proposal of it. Owner only, at once.
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

    /// @notice A module's rights: whether it may lock, and how much of one account in a day.
    function moduleOf(address module) external view returns (bool active, uint256 dailyLimit);

    /// @notice An account's consent to a module, how much of it is used, and what the daily limit leaves for today.
    function consentOf(address account, address module)
        external
        view
        returns (uint256 allowance, uint256 used, uint256 today);
}
