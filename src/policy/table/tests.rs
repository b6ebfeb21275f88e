//! Exactness and survival of the counters: against a plain model, under every interleaving, and cut short at every
//! step.

mod death;
mod exact;
mod interleaved;
mod limiter;
mod seats;
mod threads;
