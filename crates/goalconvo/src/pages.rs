//! Pages of memory: small ones for runs that wait.
//!
//! A run by models holds thousands of dialogues open and computes little; huge pages would take a third more memory for
//! what is faster only where one computes all the time, as the built-in engine does.

/// From now on the system gives this process small pages. Where it can't be told so, the run takes more memory and is
/// otherwise the same.
pub fn keep_small() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_thp_disable(true);
}
