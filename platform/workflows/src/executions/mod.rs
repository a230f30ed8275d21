//! Runs: started by hand, watched, cancelled, and their unknown effects settled.

pub mod actions;
pub mod dto;
mod live;
mod model;
pub mod queries;
pub mod routes;
mod start;
mod view;

pub use live::ExecutionTopics;
