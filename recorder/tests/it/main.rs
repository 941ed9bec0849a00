//! Tests of the recorder through its public face.

#[cfg(test)]
mod bundle;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod depacketise;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod media;
#[cfg(test)]
mod network;
#[cfg(test)]
mod segments;
#[cfg(test)]
mod source;
#[cfg(test)]
mod studio;
#[cfg(test)]
mod threads;
#[cfg(test)]
mod verify;
