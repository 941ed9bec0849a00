//! Sets of time spans, in µs.

/// A union of half-open spans, sorted, none touching the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spans(Vec<(u64, u64)>);

impl FromIterator<(u64, u64)> for Spans {
    fn from_iter<I: IntoIterator<Item = (u64, u64)>>(spans: I) -> Self {
        let mut spans: Vec<_> = spans
            .into_iter()
            .filter(|(begin, end)| begin < end)
            .collect();
        spans.sort_unstable();
        let mut union: Vec<(u64, u64)> = Vec::new();
        for (begin, end) in spans {
            match union.last_mut() {
                Some(last) if begin <= last.1 => last.1 = last.1.max(end),
                Some(_) | None => union.push((begin, end)),
            }
        }
        Self(union)
    }
}

impl Spans {
    /// The spans in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().copied()
    }

    /// What of `begin..end` no span covers.
    pub(crate) fn holes(&self, begin: u64, end: u64) -> Self {
        let mut holes = Vec::new();
        let mut at = begin;
        // Spans that end before the beginning cannot matter, and there may be hours of them.
        let first = self.0.partition_point(|span| span.1 <= begin);
        for &(from, to) in self.0[first..].iter().take_while(|span| span.0 < end) {
            if at < from {
                holes.push((at, from));
            }
            at = at.max(to);
        }
        if at < end {
            holes.push((at, end));
        }
        Self(holes)
    }

    /// These without `others`.
    pub(crate) fn without(&self, others: &Self) -> Self {
        Self(
            self.iter()
                .flat_map(|(begin, end)| others.holes(begin, end).0)
                .collect(),
        )
    }

    /// Spans longer than `us`.
    pub(crate) fn longer_than(&self, us: u64) -> Self {
        Self(
            self.iter()
                .filter(|(begin, end)| end - begin > us)
                .collect(),
        )
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any of these shares time with `begin..end`.
    pub(crate) fn overlap(&self, begin: u64, end: u64) -> bool {
        let first = self.0.partition_point(|span| span.1 <= begin);
        begin < end && self.0.get(first).is_some_and(|span| span.0 < end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spans(of: &[(u64, u64)]) -> Spans {
        of.iter().copied().collect()
    }

    #[test]
    fn touching_spans_are_one() {
        assert_eq!(
            spans(&[(5, 7), (1, 3), (3, 5), (9, 9)]),
            Spans(vec![(1, 7)])
        );
    }

    proptest! {
        #[test]
        fn holes_and_spans_are_as_membership_says(a in prop::collection::vec((0_u64..40, 0_u64..40), 0..8), b in prop::collection::vec((0_u64..40, 0_u64..40), 0..8), from in 0_u64..40, to in 0_u64..40) {
            let (a, b) = (spans(&a), spans(&b));
            let has = |s: &Spans, t: u64| s.iter().any(|(begin, end)| begin <= t && t < end);
            let (holes, rest) = (a.holes(from, to), a.without(&b));
            for t in 0..40 {
                prop_assert_eq!(has(&holes, t), from <= t && t < to && !has(&a, t));
                prop_assert_eq!(has(&rest, t), has(&a, t) && !has(&b, t));
            }
            prop_assert_eq!(a.overlap(from, to), (from..to).any(|t| has(&a, t)));
        }
    }
}
