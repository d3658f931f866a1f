// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice Keeps one percent of every transfer.
contract FeeToken is ERC20 {
    constructor() ERC20("Fee", "FEE") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from == address(0) || to == address(0)) return super._update(from, to, value);
        uint256 fee = value / 100;
        super._update(from, address(this), fee);
        super._update(from, to, value - fee);
    }
}

/// @notice Takes one percent on top from the sender of every transfer.
contract SenderPaysToken is ERC20 {
    constructor() ERC20("Sender pays", "SPT") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        _transfer(msg.sender, address(this), value / 100);
        return super.transfer(to, value);
    }
}

/// @notice Calls a target in the middle of every transfer, as tokens with hooks do.
contract HookToken is ERC20 {
    address public target;
    bytes public data;
    bool public lastCallFailed;
    bytes public lastRevert;
    uint256 public calls;

    constructor() ERC20("Hook", "HOOK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setHook(address target_, bytes calldata data_) external {
        target = target_;
        data = data_;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (target == address(0) || from == address(0)) return;
        ++calls;
        (bool ok, bytes memory returned) = target.call(data);
        lastCallFailed = !ok;
        lastRevert = returned;
    }
}

/// @notice Says that a transfer happened and moves nothing.
contract LyingToken is ERC20 {
    constructor() ERC20("Lying", "LIE") {}

    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return true;
    }
}

/// @notice Refuses transfers from and to some addresses, as tokens with an issuer do.
contract BlacklistToken is ERC20 {
    mapping(address => bool) public isBlocked;

    error Blocked(address account);

    constructor() ERC20("Blacklist", "BLK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setBlocked(address account, bool blocked) external {
        isBlocked[account] = blocked;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!isBlocked[from], Blocked(from));
        require(!isBlocked[to], Blocked(to));
        super._update(from, to, value);
    }
}

/// @notice Takes from a holder without a transfer, as a negative rebase or a slashing does.
contract ShrinkToken is ERC20 {
    constructor() ERC20("Shrink", "SHR") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function shrink(address holder, uint256 amount) external {
        _burn(holder, amount);
    }
}

/// @notice Answers one word to one more function than an ERC-20 has, and `length` bytes to everything else.
contract RebasingToken is ERC20 {
    bytes4 private immutable _selector;
    uint256 private immutable _length;

    constructor(bytes4 selector, uint256 length) ERC20("Rebasing", "RBT") {
        (_selector, _length) = (selector, length);
    }

    fallback(bytes calldata) external returns (bytes memory) {
        return new bytes(msg.sig == _selector ? 32 : _length);
    }
}
