//! How much memory this process has held, where the system tells.

use std::fs;

/// Returns the most memory that the process has held since it began or since [`restart_peak_rss`].
#[must_use]
pub fn peak_rss_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Lets the peak begin anew from what is held now. Where the system does not offer that, the old peak stays: too high,
/// never too low.
pub fn restart_peak_rss() {
    // "5" resets the high-water mark (proc_pid_clear_refs(5)).
    let _ = fs::write("/proc/self/clear_refs", "5");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peak_is_known_and_no_lower_than_what_is_held() {
        let held = vec![1_u8; 64 << 20];
        restart_peak_rss();
        if let Some(peak) = peak_rss_bytes() {
            assert!(peak >= std::hint::black_box(&held).len() as u64);
        }
    }
}
