// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IAssayToken} from "./interfaces/IAssayToken.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @notice See {IAssayToken}.
contract AssayToken is IAssayToken, ERC20Permit {
    /// @dev The chain id of local development chains; everywhere else the market uses a real token.
    uint256 private constant DEVELOPMENT_CHAIN = 31337;

    constructor() ERC20("Assay Development Dollar", "AUSD") ERC20Permit("Assay Development Dollar") {}

    /// @inheritdoc IAssayToken
    function mint(address to, uint256 amount) external {
        require(block.chainid == DEVELOPMENT_CHAIN, NotDevelopmentChain(block.chainid));
        _mint(to, amount);
    }

    /// @notice Six, as the dollars that the market is meant for.
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
