//! Grants, scopes and files.

mod grants;
#[cfg(unix)]
mod opening;
mod scopes;
#[cfg(unix)]
mod sharing;
