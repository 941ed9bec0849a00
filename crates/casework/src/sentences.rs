//! Which sentences a step has, in which order, and their blanks filled from the case.

use ids::UtcMillis;

use crate::calendar::{minute_zh, second_zh};
use crate::case::Case;
use crate::case::state::{Attempt, Defence, End};
use crate::catalogue::Offender;
use crate::context::{Context, Officer, Rank, Role};
use crate::penalty::Penalty;
use crate::procedure::{ScriptRef, Step};
use crate::script::{Script, Sentence, placeholders};
use crate::statute::{self, StatuteRef};

/// Read after every break, before the step goes on.
pub(crate) const BREAK_SCRIPT: &str = "SC10";

/// Whether the break is explained once this sentence is read: a repeated step is announced as well.
pub(crate) fn explains_break(sentence: &Sentence, attempt: u32) -> bool {
    sentence.id == if attempt > 1 { "SC10.2" } else { "SC10.1" }
}

/// A sentence with its blanks filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) zh: String,
    pub(crate) en: String,
    /// The first blank that nothing fills yet.
    pub(crate) missing: Option<String>,
}

/// Text for a blank, in both languages.
struct Words {
    zh: String,
    en: String,
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self {
            zh: text.clone(),
            en: text,
        }
    }
}

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl<'t> Case<'t> {
    /// Every sentence of an attempt at a step, in order.
    pub(crate) fn sentences_of(
        &self,
        step: &'t Step,
        attempt: Option<&Attempt>,
    ) -> Vec<(&'t Script, &'t Sentence)> {
        let number = attempt.map_or(1, |a| a.number);
        // The break is explained by whoever goes on after it, not by those who were done before.
        let explaining = attempt.is_some_and(|a| {
            a.read.iter().any(|s| s.starts_with(BREAK_SCRIPT))
                || (a.is_running() && self.state.unexplained.is_some())
        });
        let prefix = (step.recorded && !step.scripts.is_empty() && explaining)
            .then(|| self.tables.scripts.script(BREAK_SCRIPT))
            .flatten();
        let repeated_sentence = |s: &&Sentence| number > 1 || s.id != "SC10.2";
        let prefix = prefix.into_iter().flat_map(|script| {
            script
                .sentences
                .iter()
                .filter(repeated_sentence)
                .map(move |s| (script, s))
        });
        let own = step
            .scripts
            .iter()
            .filter_map(|s| self.script_that_fits(step, s));
        prefix
            .chain(own.flat_map(|script| script.sentences.iter().map(move |s| (script, s))))
            .collect()
    }

    /// The sentence whose turn it is.
    pub(crate) fn next_sentence(
        &self,
        step: &'t Step,
        attempt: &Attempt,
    ) -> Option<(&'t Script, &'t Sentence)> {
        self.sentences_of(step, Some(attempt))
            .into_iter()
            .find(|(_, s)| !attempt.read.contains(&s.id))
    }

    fn script_that_fits(&self, step: &Step, script: &'t ScriptRef) -> Option<&'t Script> {
        let id = match script {
            ScriptRef::Always(id) => Some(id),
            ScriptRef::When(condition, id) => self.applies(*condition, step).then_some(id),
            ScriptRef::AnyOf(ids) => ids.iter().find(|id| self.fits(id)),
        };
        self.tables.scripts.script(id?)
    }

    /// Which of several scripts fits the case.
    fn fits(&self, script: &str) -> bool {
        let motor = self
            .violation()
            .is_some_and(|v| v.offender == Offender::MotorDriver);
        let fined = self.penalty().is_some_and(|p| p.fine_yuan().is_some());
        match script {
            "SC02" => fined && motor,
            "SC15" => fined && !motor,
            "SC16" => self.penalty() == Some(Penalty::Warning),
            // “Sign, if you do not object” is not said to somebody who has just objected.
            "SC03" => self.state.defence != Defence::Heard,
            "SC05" => self.state.defence == Defence::Heard,
            _ => false,
        }
    }

    pub(crate) fn fill(&self, sentence: &Sentence, step: &Step, context: &Context) -> Filled {
        // A paragraph follows 条, so the article and its 条 are one blank.
        let mut zh = sentence.zh.clone();
        if let Some((article, _)) = self.articles() {
            zh = zh.replace("{article}条", &article.place_zh());
        }
        let mut filled = Filled {
            en: sentence.en.clone(),
            missing: None,
            zh,
        };
        let names: Vec<String> = placeholders(&sentence.zh)
            .chain(placeholders(&sentence.en))
            .map(str::to_owned)
            .collect();
        for name in names {
            let blank = format!("{{{name}}}");
            let words = self.blank(&name, step, context);
            if words.is_none() && filled.missing.is_none() {
                filled.missing = Some(name);
            }
            let words = words.unwrap_or_else(|| "＿＿".into());
            filled.zh = filled.zh.replace(&blank, &words.zh);
            filled.en = filled.en.replace(&blank, &words.en);
        }
        filled
    }

    fn blank(&self, name: &str, step: &Step, context: &Context) -> Option<Words> {
        let officer = |role| {
            context
                .officers
                .iter()
                .find(|o| o.role == role && o.rank == Rank::Qualified)
        };
        let on_site = || officer(Role::Officer);
        let second = || {
            officer(Role::Seat).or_else(|| {
                context
                    .officers
                    .iter()
                    .filter(|o| o.rank == Rank::Qualified)
                    .nth(1)
            })
        };
        let of = |officer: Option<&Officer>, part: fn(&Officer) -> &String| {
            officer.map(|o| part(o).clone().into())
        };
        match name {
            "officer_name" => of(on_site(), |o| &o.name),
            "officer_no" => of(on_site(), |o| &o.number),
            "officer_unit" => of(on_site(), |o| &o.unit),
            "seat_name" => of(second(), |o| &o.name),
            "seat_unit" => of(second(), |o| &o.unit),
            "bank" => {
                Some(context.office.bank.clone().into()).filter(|_| !context.office.bank.is_empty())
            }
            "review_authority" => self.review_authority(context).map(Words::from),
            "time" => self.time("violation_time").map(|t| minute_zh(t).into()),
            "place" => self.state.text("place_text").map(Words::from),
            "facts" => self.state.text("facts").map(Words::from),
            "violation" => self.violation().map(|v| Words {
                zh: format!("{}的行为", v.text),
                en: v.text.clone(),
            }),
            "article" => self.articles().map(|(a, _)| Words {
                zh: a.place_zh(),
                en: a.place_en(),
            }),
            "other_basis" => self.articles().map(|(_, others)| Words {
                zh: statute::join_zh(&others),
                en: statute::join_zh(&others),
            }),
            "fine" => self.penalty()?.fine_yuan().map(|f| f.to_string().into()),
            "points" => self.points().map(|p| p.to_string().into()),
            "step_title" => Some(Words {
                zh: step.title_zh.clone(),
                en: step.title_en.clone(),
            }),
            "gap_reason" => self.state.unexplained.as_ref().map(|b| {
                let (zh, en) = break_words(&b.reason);
                Words {
                    zh: zh.to_owned(),
                    en: en.to_owned(),
                }
            }),
            "gap_from" => self
                .state
                .unexplained
                .as_ref()
                .map(|b| second_zh(wall_clock(b.from_us, context)).into()),
            "gap_to" => {
                self.state.unexplained.as_ref().map(|b| {
                    second_zh(wall_clock(b.to_us.unwrap_or(context.mono_us), context)).into()
                })
            }
            _ => None,
        }
    }

    /// The article of 道路交通安全法 that the penalty rests on, and every other article: the rest of the basis, then
    /// those broken.
    pub(crate) fn articles(&self) -> Option<(&'t StatuteRef, Vec<StatuteRef>)> {
        let violation = self.violation()?;
        let main = violation.basis.iter().find(|r| r.law == "道路交通安全法")?;
        let others = violation
            .basis
            .iter()
            .filter(|r| *r != main)
            .chain(&violation.violates)
            .cloned()
            .collect();
        Some((main, others))
    }

    /// Who reviews: the government of the office's own county (行政复议法:24).
    pub(crate) fn review_authority(&self, context: &Context) -> Option<String> {
        self.tables
            .code_name("regions_chifeng", &context.office.region)
            .map(|county| format!("{county}人民政府"))
    }

    /// The sentences that must be read before leaving by that exit: those said only because of what leads to it.
    pub(crate) fn unread_before_exit(&self, step: &'t Step, exit: &str) -> Option<&'t Sentence> {
        let attempt = self
            .state
            .latest(&step.id)
            .filter(|a| a.end == End::Running);
        let leads_there = |s: &&ScriptRef| match s {
            ScriptRef::When(crate::procedure::Condition::OralWarning, _) => exit == "ORAL_WARNING",
            ScriptRef::When(crate::procedure::Condition::FullPoints, _) => exit == "FULL_POINTS",
            ScriptRef::When(_, _) | ScriptRef::Always(_) | ScriptRef::AnyOf(_) => false,
        };
        let scripts = step
            .scripts
            .iter()
            .filter(leads_there)
            .filter_map(|s| self.script_that_fits(step, s));
        scripts
            .flat_map(|s| &s.sentences)
            .find(|s| attempt.is_none_or(|a| !a.read.contains(&s.id)))
    }
}

/// The wall clock at a moment of the session.
fn wall_clock(at_us: u64, context: &Context) -> UtcMillis {
    let ago_ms = context.mono_us.saturating_sub(at_us) / 1_000;
    UtcMillis::from_millis(context.now.as_millis().saturating_sub_unsigned(ago_ms))
}

/// What the officer says of a break, by the reason in `media.gap` or `step.invalidated`.
fn break_words(reason: &str) -> (&'static str, &'static str) {
    match reason {
        "muted" => ("话筒静音", "a muted microphone"),
        "hold" => ("其他来电", "another call"),
        "disk" => ("存储故障", "a storage fault"),
        "crash" => ("系统故障", "a system fault"),
        "one_way_audio" => ("单方无声", "silence on one side"),
        "integrity_failure" => ("数据校验失败", "data that failed its check"),
        _ => ("网络中断", "a network failure"),
    }
}
