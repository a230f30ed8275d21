//! Runs: started by hand, found, watched, paused, cancelled and repeated, and their unknown
//! effects settled.

pub mod actions;
pub mod bulk;
pub mod dto;
mod live;
mod model;
pub mod queries;
pub mod replay;
pub mod routes;
pub mod search;
mod start;
mod view;

pub use live::ExecutionTopics;
