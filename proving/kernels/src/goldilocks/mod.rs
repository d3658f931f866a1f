//! Kernels over the Goldilocks field, `p = 2^64 - 2^32 + 1`.
