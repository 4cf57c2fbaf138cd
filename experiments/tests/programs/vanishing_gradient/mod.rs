//! The binary `vanishing_gradient` from outside: what it writes, prints and refuses, and how it ends.
//!
//! Nothing here depends on how long something takes: waits end when something happens, and only a hanging program meets
//! their limit.

mod support;

mod config;
mod interrupt;
mod kill;
mod refusals;
mod resume;
mod run;
mod streams;
mod sweep;
mod task;
mod text;
