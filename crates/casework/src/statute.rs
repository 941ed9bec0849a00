//! References to statutes, as the tables write them, and as a citizen reads them.

use std::fmt;

use serde::{Deserialize, Deserializer};

use crate::error::TableError;

/// `法名:条[.款[.项]]`, e.g. `道路交通安全法:99.1.4` = article 99, paragraph 1, item 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatuteRef {
    /// Short name of the statute, e.g. `道路交通安全法`.
    pub law: String,
    /// Article (条).
    pub article: u16,
    /// Paragraph (款).
    pub paragraph: Option<u16>,
    /// Item (项).
    pub item: Option<u16>,
}

impl StatuteRef {
    /// Reads one reference. Fails with [`TableError::Statute`].
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let bad = || TableError::Statute {
            found: text.to_owned(),
        };
        let (law, place) = text.split_once(':').ok_or_else(bad)?;
        let mut numbers = place
            .split('.')
            .map(|n| n.parse::<u16>().ok().filter(|n| *n > 0).ok_or_else(bad));
        let article = numbers.next().ok_or_else(bad)??;
        let paragraph = numbers.next().transpose()?;
        let item = numbers.next().transpose()?;
        if law.is_empty() || numbers.next().is_some() {
            return Err(bad());
        }
        Ok(Self {
            law: law.to_owned(),
            article,
            paragraph,
            item,
        })
    }

    /// Reads a list separated by `;`; empty text is an empty list.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, TableError> {
        text.split(';')
            .filter(|t| !t.is_empty())
            .map(Self::parse)
            .collect()
    }

    /// `九十九条第一款第四项`: what follows 第.
    pub(crate) fn place_zh(&self) -> String {
        let mut out = format!("{}条", numeral(self.article));
        if let Some(p) = self.paragraph {
            out += &format!("第{}款", numeral(p));
        }
        if let Some(i) = self.item {
            out += &format!("第{}项", numeral(i));
        }
        out
    }

    /// As a decision cites it: `《中华人民共和国道路交通安全法》第九十九条第一款第四项`.
    pub(crate) fn formal(&self) -> String {
        let of_the_state = self.law.ends_with('法') || self.law == "道路交通安全法实施条例";
        let name = if of_the_state {
            "中华人民共和国"
        } else {
            ""
        };
        format!("《{name}{}》第{}", self.law, self.place_zh())
    }

    /// `99(1)(4)`.
    pub(crate) fn place_en(&self) -> String {
        let part = |n: Option<u16>| n.map(|n| format!("({n})")).unwrap_or_default();
        format!(
            "{}{}{}",
            self.article,
            part(self.paragraph),
            part(self.item)
        )
    }
}

/// As a citizen reads it: `《道路交通安全法》第九十九条第一款第四项`.
impl fmt::Display for StatuteRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "《{}》第{}", self.law, self.place_zh())
    }
}

impl<'de> Deserialize<'de> for StatuteRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Joins references as a sentence lists them: `《甲》第一条、《乙》第二条`.
pub(crate) fn join_zh(refs: &[StatuteRef]) -> String {
    refs.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("、")
}

/// The same, as a decision cites them.
pub(crate) fn join_formal(refs: &[StatuteRef]) -> String {
    refs.iter()
        .map(StatuteRef::formal)
        .collect::<Vec<_>>()
        .join("、")
}

/// Chinese numerals up to 9999, as statutes count their articles: 一百零七, 十五, 二百一十.
fn numeral(n: u16) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    const UNITS: [&str; 4] = ["", "十", "百", "千"];
    let digits: Vec<usize> = n
        .to_string()
        .bytes()
        .map(|b| usize::from(b - b'0'))
        .collect();
    let mut out = String::new();
    let mut pending_zero = false;
    for (i, &digit) in digits.iter().enumerate() {
        let Some(unit) = UNITS.get(digits.len() - 1 - i) else {
            return n.to_string();
        };
        if digit == 0 {
            pending_zero = !out.is_empty();
            continue;
        }
        if pending_zero {
            out.push('零');
            pending_zero = false;
        }
        // 十五, not 一十五, at the beginning of a number below 20.
        if !(digit == 1 && *unit == "十" && out.is_empty()) {
            out.push_str(DIGITS[digit]);
        }
        out.push_str(unit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_references() {
        let full = StatuteRef::parse("道路交通安全法:99.1.4").unwrap();
        assert_eq!(full.to_string(), "《道路交通安全法》第九十九条第一款第四项");
        assert_eq!(full.place_en(), "99(1)(4)");
        assert_eq!(
            StatuteRef::parse("行政处罚法:107").unwrap().to_string(),
            "《行政处罚法》第一百零七条"
        );
        for bad in [
            "",
            "道路交通安全法",
            "道路交通安全法:",
            ":9",
            "法:0",
            "法:1.2.3.4",
            "法:一",
        ] {
            assert!(StatuteRef::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn counts_in_chinese() {
        for (n, zh) in [
            (8, "八"),
            (10, "十"),
            (15, "十五"),
            (20, "二十"),
            (90, "九十"),
            (100, "一百"),
            (107, "一百零七"),
            (110, "一百一十"),
            (214, "二百一十四"),
            (1005, "一千零五"),
        ] {
            assert_eq!(numeral(n), zh);
        }
    }
}
