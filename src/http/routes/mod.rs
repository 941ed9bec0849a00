//! Handlers, one file a resource: parse, ask, translate.

pub mod audit;
pub mod cases;
pub mod catalogue;
pub mod decision;
pub mod evidence;
pub mod people;
pub mod receipts;
pub mod seats;
pub mod sessions;
pub mod sign_in;
pub mod steps;
mod translate;
