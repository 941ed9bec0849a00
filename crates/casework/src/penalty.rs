//! Penalties that may be imposed at the scene (道路交通安全法:107.1).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A penalty. Ordered by weight: a warning is lighter than any fine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Penalty {
    /// 警告.
    Warning,
    /// 罚款.
    Fine {
        /// Whole yuan.
        yuan: u32,
    },
}

impl Penalty {
    /// The fine in yuan; none for a warning.
    pub const fn fine_yuan(self) -> Option<u32> {
        match self {
            Self::Warning => None,
            Self::Fine { yuan } => Some(yuan),
        }
    }
}

/// As the decision words it: `警告` or `罚款100元`.
impl fmt::Display for Penalty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warning => f.write_str("警告"),
            Self::Fine { yuan } => write!(f, "罚款{yuan}元"),
        }
    }
}

/// What is proposed once the facts are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposal {
    /// 口头警告: no penalty, the party may go (道路交通安全法:87.2).
    OralWarning,
    /// A penalty to be notified.
    Penalty(Penalty),
}

#[cfg(test)]
mod tests {
    use super::Penalty::{Fine, Warning};

    #[test]
    fn a_warning_is_the_lightest() {
        assert!(Warning < Fine { yuan: 0 });
        assert!(Fine { yuan: 50 } < Fine { yuan: 100 });
    }
}
