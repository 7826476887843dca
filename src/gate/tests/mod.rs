//! Each kind of rule with each outcome. Intervals, p-values and missing runs were computed with
//! scipy 1.17 (`stats.t`, `stats.norm`) from the figures that `fixture` has by construction.

mod figures;
mod fixture;
mod one_capture;
mod over_all;
mod parts;
mod two_captures;
mod unmatched;
