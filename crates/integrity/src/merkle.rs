//! RFC 6962 Merkle trees: growing one in O(log n) memory, and proofs about it.
//!
//! A node is addressed by its level (0 = leaves) and its index in that level; a node `(level, index)` is *complete* when
//! all of its `2^level` leaves exist. Proofs need nothing but complete nodes, so they can be computed from the leaves of
//! a session's log and from a public log's tiles alike.

use sha2::{Digest as _, Sha256};

use crate::{Digest, Error};

/// Hash of a leaf: SHA-256(0x00 ‖ data).
pub fn leaf_hash(data: &[u8]) -> Digest {
    Sha256::new_with_prefix([0]).chain_update(data).into()
}

/// Hash of an inner node: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Sha256::new_with_prefix([1])
        .chain_update(left.as_bytes())
        .chain_update(right.as_bytes())
        .into()
}

/// A tree that remembers only the roots of its largest complete subtrees, from left to right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    peaks: Vec<Digest>,
}

impl Tree {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `size` leaves with these peaks, largest subtree first.
    ///
    /// # Errors
    /// [`Error::Malformed`] unless there is one peak for each bit set in `size`.
    pub fn from_peaks(size: u64, peaks: Vec<Digest>) -> Result<Self, Error> {
        if peaks.len() == size.count_ones() as usize {
            Ok(Self { size, peaks })
        } else {
            Err(Error::Malformed {
                what: "a tree (one peak for each bit of its size)",
            })
        }
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, largest first.
    pub fn peaks(&self) -> &[Digest] {
        &self.peaks
    }

    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Digest) {
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self
                .peaks
                .pop()
                .expect("one peak stands for each bit of the size");
            node = node_hash(&left, &node);
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// Root of the tree; of the empty tree, SHA-256 of nothing (RFC 6962 §2.1).
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            Some(&last) => peaks.fold(last, |right, left| node_hash(left, &right)),
            None => Digest::sha256(b""),
        }
    }
}

impl Extend<Digest> for Tree {
    fn extend<I: IntoIterator<Item = Digest>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

/// Where complete nodes come from. `level` is below 64; implementations may panic for a node that is not complete.
pub trait Nodes {
    /// The node's hash.
    fn node(&self, level: u32, index: u64) -> Digest;
}

/// Leaf hashes in order.
impl Nodes for [Digest] {
    fn node(&self, level: u32, index: u64) -> Digest {
        if level == 0 {
            return self[usize::try_from(index).expect("a slice's index")];
        }
        node_hash(
            &self.node(level - 1, 2 * index),
            &self.node(level - 1, 2 * index + 1),
        )
    }
}

/// Root of the leaves `begin..end`, where `begin` is a multiple of the smallest power of two that holds the range.
fn range_root<N: Nodes + ?Sized>(nodes: &N, begin: u64, end: u64) -> Digest {
    let size = end - begin;
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return nodes.node(level, begin >> level);
    }
    let middle = begin + split(size);
    node_hash(
        &range_root(nodes, begin, middle),
        &range_root(nodes, middle, end),
    )
}

/// The largest power of two below `size` (which is ≥ 2).
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// Root of the first `size` leaves.
///
/// # Panics
/// If the nodes do not hold that many.
pub fn root<N: Nodes + ?Sized>(nodes: &N, size: u64) -> Digest {
    if size == 0 {
        Digest::sha256(b"")
    } else {
        range_root(nodes, 0, size)
    }
}

/// RFC 6962 §2.1.1: the path that proves leaf `index` to be in the tree of `size` leaves.
///
/// # Panics
/// Unless `index < size`, and if the nodes do not hold that many.
pub fn inclusion<N: Nodes + ?Sized>(nodes: &N, index: u64, size: u64) -> Vec<Digest> {
    assert!(index < size, "leaf {index} is not in a tree of {size}");
    let (mut begin, mut end) = (0, size);
    let mut path = Vec::new();
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            path.push(range_root(nodes, middle, end));
            end = middle;
        } else {
            path.push(range_root(nodes, begin, middle));
            begin = middle;
        }
    }
    path.reverse();
    path
}

/// RFC 6962 §2.1.2: the proof that the tree of `new` leaves begins with the tree of `old` leaves.
///
/// # Panics
/// Unless `old <= new`, and if the nodes do not hold that many.
pub fn consistency<N: Nodes + ?Sized>(nodes: &N, old: u64, new: u64) -> Vec<Digest> {
    assert!(
        old <= new,
        "a tree of {new} does not begin with {old} leaves"
    );
    if old == 0 || old == new {
        return Vec::new();
    }
    let (mut begin, mut end) = (0, new);
    let mut proof = Vec::new();
    while old != end {
        let middle = begin + split(end - begin);
        if old <= middle {
            proof.push(range_root(nodes, middle, end));
            end = middle;
        } else {
            proof.push(range_root(nodes, begin, middle));
            begin = middle;
        }
    }
    if begin != 0 {
        proof.push(range_root(nodes, begin, end));
    }
    proof.reverse();
    proof
}

/// Checks a path of [`inclusion`] (RFC 9162 §2.1.3.2).
///
/// # Errors
/// [`Error::ProofInvalid`].
pub fn verify_inclusion(
    leaf: &Digest,
    index: u64,
    size: u64,
    path: &[Digest],
    root: &Digest,
) -> Result<(), Error> {
    if index >= size {
        return Err(Error::ProofInvalid);
    }
    let (mut fan, mut last) = (index, size - 1);
    let mut node = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(Error::ProofInvalid);
        }
        if fan & 1 == 1 || fan == last {
            node = node_hash(sibling, &node);
            while fan & 1 == 0 && fan != 0 {
                fan >>= 1;
                last >>= 1;
            }
        } else {
            node = node_hash(&node, sibling);
        }
        fan >>= 1;
        last >>= 1;
    }
    if last == 0 && node == *root {
        Ok(())
    } else {
        Err(Error::ProofInvalid)
    }
}

/// Checks a proof of [`consistency`] (RFC 9162 §2.1.4.2).
///
/// # Errors
/// [`Error::ProofInvalid`].
pub fn verify_consistency(
    old: (u64, &Digest),
    new: (u64, &Digest),
    proof: &[Digest],
) -> Result<(), Error> {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    let trivial = match old_size {
        0 => proof.is_empty() && *old_root == Digest::sha256(b""),
        _ if old_size == new_size => proof.is_empty() && old_root == new_root,
        _ => false,
    };
    if trivial {
        return Ok(());
    }
    if old_size == 0 || old_size >= new_size {
        return Err(Error::ProofInvalid);
    }
    let mut proof = proof.iter();
    let first = if old_size.is_power_of_two() {
        Some(old_root)
    } else {
        proof.next()
    };
    let first = *first.ok_or(Error::ProofInvalid)?;
    let (mut fan, mut last) = (old_size - 1, new_size - 1);
    while fan & 1 == 1 {
        fan >>= 1;
        last >>= 1;
    }
    let (mut old_node, mut new_node) = (first, first);
    for sibling in proof {
        if last == 0 {
            return Err(Error::ProofInvalid);
        }
        if fan & 1 == 1 || fan == last {
            old_node = node_hash(sibling, &old_node);
            new_node = node_hash(sibling, &new_node);
            while fan & 1 == 0 && fan != 0 {
                fan >>= 1;
                last >>= 1;
            }
        } else {
            new_node = node_hash(&new_node, sibling);
        }
        fan >>= 1;
        last >>= 1;
    }
    if last == 0 && old_node == *old_root && new_node == *new_root {
        Ok(())
    } else {
        Err(Error::ProofInvalid)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves(n: u64) -> Vec<Digest> {
        (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    /// RFC 6962 §2.1, word for word, as the model.
    fn model_root(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => Digest::sha256(b""),
            [leaf] => *leaf,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node_hash(&model_root(&leaves[..k]), &model_root(&leaves[k..]))
            }
        }
    }

    #[test]
    fn roots_of_the_rfc_9162_reference_implementation() {
        // The leaves and roots of certificate-transparency's own tests.
        let inputs = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let mut tree = Tree::new();
        tree.extend(inputs.map(|i| leaf_hash(&hex::decode(i).unwrap())));
        assert_eq!(
            tree.root().to_string(),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
    }

    proptest! {
        #[test]
        fn growing_equals_the_definition(n in 0_u64..200) {
            let leaves = leaves(n);
            let mut tree = Tree::new();
            tree.extend(leaves.iter().copied());
            prop_assert_eq!(tree.root(), model_root(&leaves));
            prop_assert_eq!(root(&leaves[..], n), model_root(&leaves));
            prop_assert_eq!(Tree::from_peaks(n, tree.peaks().to_vec()).unwrap(), tree);
        }

        #[test]
        fn inclusion_is_proven_for_its_place_only(n in 1_u64..200, pick in any::<prop::sample::Index>()) {
            let leaves = leaves(n);
            let (index, root) = (pick.index(leaves.len()) as u64, model_root(&leaves));
            let path = inclusion(&leaves[..], index, n);
            let leaf = leaves[pick.index(leaves.len())];
            prop_assert_eq!(verify_inclusion(&leaf, index, n, &path, &root), Ok(()));
            for other in 0..n + 2 {
                prop_assert_eq!(verify_inclusion(&leaf, other, n, &path, &root).is_ok(), other == index);
            }
            for cut in 0..path.len() {
                prop_assert!(verify_inclusion(&leaf, index, n, &path[..cut], &root).is_err());
                let mut bent = path.clone();
                bent[cut] = leaf_hash(b"other");
                prop_assert!(verify_inclusion(&leaf, index, n, &bent, &root).is_err());
            }
        }

        #[test]
        fn consistency_is_proven_for_prefixes_only(n in 0_u64..200, pick in 0_u64..200) {
            let m = pick.min(n);
            let leaves = leaves(n);
            let (old, new) = (root(&leaves[..], m), root(&leaves[..], n));
            let proof = consistency(&leaves[..], m, n);
            prop_assert_eq!(verify_consistency((m, &old), (n, &new), &proof), Ok(()));
            let forged = leaf_hash(b"forged");
            prop_assert!(verify_consistency((m, &forged), (n, &new), &proof).is_err());
            prop_assert!(m == 0 || verify_consistency((m, &old), (n, &forged), &proof).is_err());
            for cut in 0..proof.len() {
                prop_assert!(verify_consistency((m, &old), (n, &new), &proof[..cut]).is_err());
            }
        }

        #[test]
        fn any_proof_is_judged_without_a_panic(index in any::<u64>(), size in any::<u64>(), len in 0_usize..70) {
            let path = vec![Digest::ZERO; len];
            prop_assert!(verify_inclusion(&Digest::ZERO, index, size, &path, &Digest::ZERO).is_err() || size == 1);
            prop_assert!(verify_consistency((index, &Digest::ZERO), (size, &Digest::ZERO), &path).is_err() || index == size);
        }
    }
}
