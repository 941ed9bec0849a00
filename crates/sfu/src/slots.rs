//! Which of a viewer's receiving m-lines carries whom.
//!
//! The n-th slot for sound and the n-th for picture make a pair, which the answer puts into one media
//! stream (`answer.rs`), so that browsers play them in step. A sender's sound and picture are therefore put
//! into one pair where that is possible. What is assigned stays where it is.

use crate::{Kind, SlotSource, SlotView};

/// What [`assign`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Assignment {
    /// Whether any slot carries something else now.
    pub(crate) changed: bool,
    /// How many sources of each kind found no slot.
    pub(crate) audio_missing: usize,
    pub(crate) video_missing: usize,
}

/// Frees slots of sources that are no longer wanted and gives the others one each, as far as they suffice.
/// `wanted` holds no source twice.
pub(crate) fn assign(slots: &mut [SlotView], wanted: &[(SlotSource, Kind)]) -> Assignment {
    let mut changed = false;
    for slot in slots.iter_mut() {
        if slot
            .from
            .is_some_and(|from| !wanted.contains(&(from, slot.kind)))
        {
            slot.from = None;
            changed = true;
        }
    }
    let (mut audio_missing, mut video_missing) = (0, 0);
    for &(source, kind) in wanted {
        if slots
            .iter()
            .any(|slot| slot.kind == kind && slot.from == Some(source))
        {
            continue;
        }
        match best_free(slots, source, kind) {
            Some(free) => {
                slots[free].from = Some(source);
                changed = true;
            }
            None => match kind {
                Kind::Audio => audio_missing += 1,
                Kind::Video => video_missing += 1,
            },
        }
    }
    Assignment {
        changed,
        audio_missing,
        video_missing,
    }
}

/// The free slot whose other half carries the same peer; else one whose other half carries nobody; else any.
fn best_free(slots: &[SlotView], source: SlotSource, kind: Kind) -> Option<usize> {
    let rank = |pair: usize| match partner(slots, kind, pair).map(|slot| slot.from) {
        Some(Some(from)) if from.peer == source.peer => 0,
        Some(None) | None => 1,
        Some(Some(_)) => 2,
    };
    let of_kind = slots
        .iter()
        .enumerate()
        .filter(|(_, slot)| slot.kind == kind);
    of_kind
        .enumerate()
        .filter(|(_, (_, slot))| slot.from.is_none())
        .min_by_key(|(pair, _)| rank(*pair))
        .map(|(_, (index, _))| index)
}

fn partner(slots: &[SlotView], kind: Kind, pair: usize) -> Option<&SlotView> {
    slots.iter().filter(|slot| slot.kind != kind).nth(pair)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Mid, PeerId};

    fn slot(mid: &str, kind: Kind) -> SlotView {
        SlotView {
            mid: Mid::from(mid),
            kind,
            from: None,
        }
    }

    fn source(peer: u64, mid: &str) -> SlotSource {
        SlotSource {
            peer: PeerId(peer),
            mid: Mid::from(mid),
        }
    }

    #[test]
    fn sound_and_picture_of_a_peer_share_a_pair() {
        let mut slots = [
            slot("0", Kind::Audio),
            slot("1", Kind::Video),
            slot("2", Kind::Audio),
            slot("3", Kind::Video),
        ];
        // Peer 7 sends a picture first, peer 8 a sound; their other halves come later.
        assign(
            &mut slots,
            &[(source(7, "v"), Kind::Video), (source(8, "a"), Kind::Audio)],
        );
        let all = [
            (source(7, "v"), Kind::Video),
            (source(8, "a"), Kind::Audio),
            (source(8, "v"), Kind::Video),
            (source(7, "a"), Kind::Audio),
        ];
        assign(&mut slots, &all);
        assert_eq!(slots[0].from.unwrap().peer, slots[1].from.unwrap().peer);
        assert_eq!(slots[2].from.unwrap().peer, slots[3].from.unwrap().peer);
    }

    #[test]
    fn what_finds_no_slot_is_counted() {
        let mut slots = [slot("0", Kind::Audio)];
        let wanted = [
            (source(1, "a"), Kind::Audio),
            (source(2, "a"), Kind::Audio),
            (source(2, "v"), Kind::Video),
        ];
        let done = assign(&mut slots, &wanted);
        assert_eq!(
            done,
            Assignment {
                changed: true,
                audio_missing: 1,
                video_missing: 1
            }
        );
        assert!(!assign(&mut slots, &wanted).changed);
    }

    fn kind() -> impl Strategy<Value = Kind> {
        prop_oneof![Just(Kind::Audio), Just(Kind::Video)]
    }

    proptest! {
        /// Through any history of joining and leaving: nobody is shown twice, nobody is left out while a
        /// slot is free, nothing is shown that is not wanted, and nobody moves without need.
        #[test]
        fn slots_are_used_well(
            kinds in prop::collection::vec(kind(), 0..10),
            rounds in prop::collection::vec(prop::collection::btree_set((0u64..6, 0u8..3), 0..12), 1..10),
        ) {
            let mut slots: Vec<_> = kinds.iter().enumerate().map(|(n, kind)| slot(&n.to_string(), *kind)).collect();
            for round in rounds {
                let of = |m: u8| if m == 0 { Kind::Audio } else { Kind::Video };
                let wanted: Vec<_> = round.iter().map(|&(p, m)| (source(p, &m.to_string()), of(m))).collect();
                let before = slots.clone();
                let done = assign(&mut slots, &wanted);
                for kind in [Kind::Audio, Kind::Video] {
                    let shown: Vec<_> =
                        slots.iter().filter(|s| s.kind == kind).filter_map(|s| s.from).collect();
                    let distinct: std::collections::BTreeSet<_> = shown.iter().copied().collect();
                    prop_assert_eq!(shown.len(), distinct.len());
                    prop_assert!(shown.iter().all(|from| wanted.contains(&(*from, kind))));
                    let room = slots.iter().filter(|s| s.kind == kind).count();
                    let asked = wanted.iter().filter(|(_, k)| *k == kind).count();
                    prop_assert_eq!(shown.len(), room.min(asked));
                    let missing = if kind == Kind::Audio { done.audio_missing } else { done.video_missing };
                    prop_assert_eq!(missing, asked - shown.len());
                }
                for (old, new) in before.iter().zip(&slots) {
                    if old.from.is_some_and(|from| wanted.contains(&(from, old.kind))) {
                        prop_assert_eq!(old.from, new.from);
                    }
                }
                prop_assert_eq!(done.changed, before != slots);
            }
        }
    }
}
