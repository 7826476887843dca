//! Pure mathematics: plain numbers in, plain numbers out.
//!
//! Every function cites its formula and is tested against values that SciPy 1.17.1 computed.
//! Nothing here knows what a benchmark is, reads a clock or draws on outside randomness: whoever
//! needs random numbers passes a seed. Imports `std` only. Deliberately absent: plots, fits of
//! distributions to samples, and anything that only one caller would use with its own meaning.

mod biweight;
mod bootstrap;
mod chi_square;
mod dip;
mod gamma;
mod moments;
mod multiplicity;
mod normal;
mod poisson;
mod prior;
mod proportion;
mod quantile;
mod random;
mod ranks;
#[cfg(test)]
pub(crate) mod repeated;
mod sequential;
mod sign;
mod student;
mod welch;

pub use biweight::biweight;
pub use bootstrap::{bootstrap, jackknife, percentile_interval};
pub use chi_square::chi_square_quantile;
pub use dip::dip;
pub use gamma::{digamma, gamma_p, incomplete_beta, ln_gamma, trigamma, trigamma_inverse};
pub use moments::{mean, standard_deviation, variance};
pub use multiplicity::{benjamini_hochberg, holm};
pub use normal::{normal_cdf, normal_quantile};
pub use poisson::poisson_at_least;
pub use prior::VariancePrior;
pub use proportion::wilson;
pub use quantile::{mean_between, median, quantile, sort_weighted, sorted, weighted_quantile};
pub use random::Random;
pub use ranks::{correlation_within, level_shift, mann_whitney, trend};
pub use sequential::level_per_look;
pub use sign::{median_interval, sign_test};
pub use student::{student_cdf, student_quantile, student_two_sided};
pub use welch::{Estimate, combine, welch};
