//! The recorded proof of L3.
