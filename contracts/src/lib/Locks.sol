// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IVault} from "../interfaces/IVault.sol";
import {State} from "../interfaces/MarketTypes.sol";
import {RequestId} from "./RequestId.sol";

/// @title Who stands behind a request, as the vault's locks tell
/// @notice The market keeps no names of its own: the account of a round's collateral lock is the round's best bidder.
library Locks {
    /// @notice The best bidder of the round; zero while there is none.
    function bidderOf(IVault vault, address market, bytes32 requestId, State memory s)
        internal
        view
        returns (address bidder)
    {
        if (s.biddingDeadline == 0) return address(0);
        (bidder,,) = vault.lockOf(market, RequestId.collateralKey(requestId, s.round));
    }
}
