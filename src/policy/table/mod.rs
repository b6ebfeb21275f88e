//! Counting per key, without locks, in memory that one process owns or several share.
//!
//! [`memory`] gives words, [`cells`] seats keys, [`ring`], [`gcra`] and [`leases`] count, [`limiter`] asks them as
//! one. A shared table is a file ([`shared`], [`header`]).

pub mod cells;
pub mod gcra;
pub mod hash;
pub mod header;
pub mod leases;
pub mod limiter;
pub mod memory;
pub mod plan;
pub mod ring;
#[cfg(unix)]
pub mod shared;

#[cfg(test)]
mod tests;
