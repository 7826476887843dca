//! How often simulations are repeated.

/// As many times the usual number as `PERFBASE_SIMULATIONS` says: the figures in
/// `docs/statistics.md` and `docs/quality.md` come from more than the ordinary tests make.
pub(crate) fn repeated(usual: usize) -> usize {
    let factor = std::env::var("PERFBASE_SIMULATIONS").ok().and_then(|text| text.parse().ok());
    usual * factor.unwrap_or(1)
}
