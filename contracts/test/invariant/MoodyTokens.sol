// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev What a hostile token does at present.
enum Mood {
    Plain,
    Fee,
    Hook,
    SenderPays
}

/// @notice Hostile in turns, so that one campaign meets every kind of hostility in every state: keeps one percent of
/// a transfer, calls back in the middle of it, or takes one percent more from the sender; and refuses whom it likes.
contract MoodyToken is ERC20 {
    /// @notice The token refuses this address.
    error Blacklisted(address who);

    Mood public mood;
    mapping(address who => bool) public isBlacklisted;
    address private _target;

    constructor() ERC20("Moody", "MOOD") {}

    function mint(address to, uint256 amount) external {
        super._update(address(0), to, amount);
    }

    function setMood(Mood mood_, address target) external {
        (mood, _target) = (mood_, target);
    }

    function setBlacklisted(address who, bool yes) external {
        isBlacklisted[who] = yes;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        if (mood == Mood.SenderPays) super._update(msg.sender, address(this), value / 100);
        return super.transfer(to, value);
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!isBlacklisted[from], Blacklisted(from));
        require(!isBlacklisted[to], Blacklisted(to));
        uint256 fee = mood == Mood.Fee ? value / 100 : 0;
        if (fee != 0) super._update(from, address(this), fee);
        super._update(from, to, value - fee);
        if (mood != Mood.Hook) return;
        // Fails the transfer when what the handler checks in there fails.
        (bool ok, bytes memory answer) = _target.call(abi.encodeWithSignature("hook()"));
        if (ok) return;
        assembly {
            revert(add(answer, 0x20), mload(answer))
        }
    }
}

/// @notice Takes from balances by itself, and answers to none of the names that rebasing tokens are refused by.
contract ShrinkingToken is ERC20 {
    constructor() ERC20("Shrinking", "SHR") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function shrink(address from, uint256 amount) external {
        _burn(from, amount);
    }
}
