//! The API, asked as a client asks it.

mod bodies;
mod cases;
mod evidence;
mod headers;
mod openapi;
mod people;
mod roles;
mod sign_in;
mod site;
mod sockets;
