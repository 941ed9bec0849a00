//! Tests of the recorder through its public face.

mod network;
mod segments;
mod source;
mod verify;
