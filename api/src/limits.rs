//! Every limit on what comes from outside, with its name and its reason.

use std::time::Duration;

/// Bytes in one JSON body. The largest one is a sign-in message with its signature (about 1 KiB).
pub const MAX_JSON_BYTES: usize = 16 * 1024;

/// Bytes in one blob. The largest things that travel as blobs are model files (0.4 MB for the example) and data
/// sets of a few megabytes; a blob is held in memory while its digest is checked.
pub const MAX_BLOB_BYTES: u64 = 32 * 1024 * 1024;

/// Blobs that are read at the same time, so that memory stays below this times [`MAX_BLOB_BYTES`].
pub const MAX_BLOBS_IN_FLIGHT: usize = 8;

/// How long one upload may take; the largest blob needs 0.3 MB a second.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_secs(120);

/// Bytes of all blobs one address may store, so that a signed-in stranger cannot fill the disk.
pub const MAX_BLOB_BYTES_PER_UPLOADER: u64 = 1024 * 1024 * 1024;

/// Entries in one page, and how many a client gets that asks for no number.
pub const MAX_PAGE: u64 = 100;
/// See [`MAX_PAGE`].
pub const DEFAULT_PAGE: u64 = 25;

/// Characters in a sign-in message: EIP-4361 messages of wallets stay below one kilobyte.
pub const MAX_SIWE_CHARS: usize = 4096;

/// Bytes in a signature: 65 for a key, more for a contract wallet (ERC-1271), which may pack several of them.
pub const MAX_SIGNATURE_BYTES: usize = 4096;

/// Sign-in nonces handed out and not yet used or expired; beyond it nobody can grow the table.
pub const MAX_OPEN_NONCES: u64 = 10_000;

/// How long a sign-in nonce may be used: a person has to read a wallet's dialog.
pub const NONCE_LIFETIME_SECS: u64 = 300;

/// How long a token lives at most; it cannot be revoked, so it is short.
pub const TOKEN_LIFETIME_SECS: u64 = 900;

/// How far ahead a sign-in message's times may lie: clocks differ.
pub const CLOCK_SKEW_SECS: u64 = 60;

/// Addresses whose request rate is remembered at the same time; the memory for it is bounded.
pub const MAX_TRACKED_PEERS: usize = 10_000;

/// Event streams open at the same time; each holds one connection.
pub const MAX_EVENT_STREAMS: usize = 256;

/// Events sent in one step of a stream, so that one slow reader holds few rows in memory.
pub const EVENT_BATCH: u64 = 100;

/// A comment is sent on a quiet event stream this often, so that proxies keep it open.
pub const EVENT_HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a client may take to send its request's head.
pub const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a call to the chain's node may take.
pub const RPC_TIMEOUT: Duration = Duration::from_secs(10);

/// Blocks that are read one by one behind the head, with their parent hash checked; deeper ones are read in ranges.
pub const REORG_WINDOW_BLOCKS: u64 = 64;

/// Blocks in one backfill query to begin with, and at most; nodes answer at most some thousands of blocks or logs.
pub const FIRST_RANGE_BLOCKS: u64 = 500;
/// See [`FIRST_RANGE_BLOCKS`].
pub const MAX_RANGE_BLOCKS: u64 = 5_000;
