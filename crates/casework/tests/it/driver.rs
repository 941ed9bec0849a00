//! A small world around a case: a clock, a recording, people, and a log through which every event passes.

use casework::act::{
    Act, Delivery, FileRef, Finding, Head, Issue, Mark, PayMethod, SignMethod, Verdict,
};
use casework::context::{Flow, Gap, Leg, Office, Officer, Rank, Recorder, Recording, SignOff};
use casework::document::{DecisionDraft, DocumentNumber};
use casework::{Actor, Case, Context, Event, Refusal, Role, Stamp, Tables};
use ids::{StepId, UtcMillis};
use serde_json::{Map, Value as Json, json};

/// The sample number printed in GB 11643-1999.
pub(crate) const ID_NUMBER: &str = "11010519491231002X";
pub(crate) const NAME: &str = "张三";
pub(crate) const PLATE: &str = "蒙D12345";
pub(crate) const PLACE: &str = "林西县林西镇松漠街与大宁路交叉口";

/// One line of the log.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) kind: String,
    pub(crate) body: Map<String, Json>,
    pub(crate) private: Map<String, Json>,
    pub(crate) stamp: Stamp,
}

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) case: Case<'static>,
    pub(crate) log: Vec<Line>,
    pub(crate) context: Context,
}

pub(crate) fn officer() -> Actor {
    Actor::new(Role::Officer, "o1")
}

pub(crate) fn seat() -> Actor {
    Actor::new(Role::Seat, "s1")
}

pub(crate) fn server() -> Actor {
    Actor::new(Role::Server, "rec-1")
}

pub(crate) fn file(name: &str) -> FileRef {
    let sha256 = format!(
        "{:064x}",
        name.bytes()
            .fold(7u64, |h, b| h.wrapping_mul(31) + u64::from(b))
    );
    FileRef {
        file: format!("documents/{name}"),
        bytes: 4_096,
        sha256,
    }
}

/// A sound resident number of somebody born on that day (`YYYYMMDD`).
pub(crate) fn id_number_of(birth: &str) -> String {
    let body = format!("150424{birth}001");
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| u32::from(b - b'0') * ((2u32.pow(i as u32 + 1)) % 11))
        .sum();
    let check = ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][(sum % 11) as usize];
    format!("{body}{check}")
}

pub(crate) fn step(id: &str) -> StepId {
    id.parse().unwrap()
}

pub(crate) fn fields(values: Json) -> Act {
    Act::SetFields {
        values: values.as_object().unwrap().clone().into_iter().collect(),
    }
}

pub(crate) fn change(values: Json) -> Act {
    Act::ChangeFacts {
        values: values.as_object().unwrap().clone().into_iter().collect(),
        reason: "更正".to_owned(),
    }
}

impl World {
    /// Before the call is answered.
    pub(crate) fn new() -> Self {
        let tables = Tables::embedded();
        let person = |handle: &str, role, name: &str, number: &str| Officer {
            handle: handle.to_owned(),
            role,
            rank: Rank::Qualified,
            name: name.to_owned(),
            number: number.to_owned(),
            unit: "林西县公安局交通管理大队".to_owned(),
        };
        let context = Context {
            // 2026-11-24 17:13:17 in Shanghai, a Tuesday.
            now: "2026-11-24T09:13:17.050Z".parse().unwrap(),
            mono_us: 1_000_000,
            actor: officer(),
            recording: Recording {
                recorder: Recorder::Healthy {
                    clock_offset_ms: -12,
                },
                legs: [("p_officer", Role::Officer), ("p_seat", Role::Seat)]
                    .into_iter()
                    .map(|(id, role)| {
                        let live = Flow::Live { since_us: 900_000 };
                        (
                            id.parse().unwrap(),
                            Leg {
                                role,
                                video: live,
                                audio: live,
                            },
                        )
                    })
                    .collect(),
                gaps: Vec::new(),
                segments_missing: 0,
            },
            officers: vec![
                person("o1", Role::Officer, "王建国", "150424"),
                person("s1", Role::Seat, "李卫东", "150401"),
            ],
            office: Office {
                issuer: "林西县公安局交通管理大队".to_owned(),
                region: "150424".to_owned(),
                bank: "中国农业银行林西县支行".to_owned(),
            },
            sign_off: SignOff::Demo,
        };
        let procedure = tables.procedure("traffic_simple").unwrap();
        Self {
            case: Case::new(procedure, tables),
            log: Vec::new(),
            context,
        }
    }

    /// Answered and recording.
    pub(crate) fn connected() -> Self {
        let mut world = Self::new();
        world.observe("call.queued", json!({}));
        world.observe("call.answered", json!({}));
        for (track, participant, kind) in [
            ("v1", "p_officer", "video"),
            ("a1", "p_officer", "audio"),
            ("v2", "p_seat", "video"),
            ("a2", "p_seat", "audio"),
        ] {
            world.observe(
                "track.started",
                json!({"track": track, "participant": participant, "kind": kind}),
            );
        }
        world
    }

    pub(crate) fn wait_ms(&mut self, ms: u32) {
        self.context.mono_us += u64::from(ms) * 1_000;
        self.context.now = UtcMillis::from_millis(self.context.now.as_millis() + i64::from(ms));
    }

    /// An entry that the server writes itself.
    pub(crate) fn observe(&mut self, kind: &str, body: Json) {
        self.context.actor = server();
        self.append(kind, body.as_object().unwrap().clone(), Map::new());
    }

    /// Does an act; gives the types of the entries written.
    pub(crate) fn act(&mut self, who: Actor, act: Act) -> Result<Vec<String>, Refusal> {
        self.wait_ms(700);
        self.context.actor = who;
        let before = self.case.clone();
        let events = self.case.decide(&act, &self.context)?;
        assert!(before == self.case, "deciding changes nothing");
        let mut kinds = Vec::new();
        for event in events {
            let entry = event
                .entry()
                .expect("decide writes no entries of the server's");
            let mut body = entry.body;
            if !entry.private.is_empty() {
                // What the journal puts there; the digest itself is of no matter here.
                let commitments = entry
                    .private
                    .keys()
                    .map(|k| (k.clone(), json!("00".repeat(32))))
                    .collect();
                body.insert("private".to_owned(), Json::Object(commitments));
            }
            let read = Event::from_entry(entry.kind, &body, Some(&entry.private));
            assert_eq!(
                read.as_ref(),
                Some(&event),
                "an entry reads back as the event that wrote it"
            );
            kinds.push(entry.kind.to_owned());
            self.append(entry.kind, body, entry.private);
        }
        Ok(kinds)
    }

    fn append(&mut self, kind: &str, body: Map<String, Json>, private: Map<String, Json>) {
        let stamp = Stamp::of(&self.context);
        let event = Event::from_entry(kind, &body, Some(&private))
            .unwrap_or_else(|| panic!("{kind} {body:?}"));
        self.case.apply(&event, &stamp).unwrap();
        self.log.push(Line {
            kind: kind.to_owned(),
            body,
            private,
            stamp,
        });
    }

    pub(crate) fn must(&mut self, who: Actor, act: Act) -> Vec<String> {
        let shown = format!("{act:?}");
        self.act(who, act)
            .unwrap_or_else(|refusal| panic!("{shown}: {refusal} — {}", refusal.zh()))
    }

    pub(crate) fn refused(&mut self, who: Actor, act: Act) -> Refusal {
        let shown = format!("{act:?}");
        match self.act(who, act) {
            Ok(kinds) => panic!("{shown} was not refused but wrote {kinds:?}"),
            Err(refusal) => {
                assert!(!refusal.zh().is_empty() && !refusal.en().is_empty());
                refusal
            }
        }
    }

    /// The guard in the way of an act.
    pub(crate) fn guard_against(&mut self, who: Actor, act: Act) -> String {
        let refusal = self.refused(who, act);
        refusal
            .guard()
            .unwrap_or_else(|| panic!("{refusal}"))
            .id
            .clone()
    }

    pub(crate) fn kinds(&self) -> Vec<&str> {
        self.log.iter().map(|l| l.kind.as_str()).collect()
    }

    /// The `step.*` entries but sentences and confirmations, as `started S06 #2`.
    pub(crate) fn steps(&self) -> Vec<String> {
        let of_steps = self.log.iter().filter(|l| {
            ["step.started", "step.completed", "step.invalidated"].contains(&l.kind.as_str())
        });
        of_steps
            .map(|l| {
                let step = &l.body["step"].as_str().unwrap()[..3];
                format!(
                    "{} {step} #{}",
                    l.kind.trim_start_matches("step."),
                    l.body["attempt"]
                )
            })
            .collect()
    }

    /// A case rebuilt from the log alone, as after a restart.
    pub(crate) fn replayed(&self) -> Case<'static> {
        let mut case = Case::new(self.case.procedure(), Tables::embedded());
        for line in &self.log {
            let event = Event::from_entry(&line.kind, &line.body, Some(&line.private)).unwrap();
            case.apply(&event, &line.stamp).unwrap();
        }
        case
    }

    pub(crate) fn start(&mut self, id: &str) {
        let who = if id == "S09_SUPERVISE" {
            seat()
        } else {
            officer()
        };
        self.must(who, Act::StartStep { step: step(id) });
    }

    pub(crate) fn complete(&mut self, id: &str) {
        self.must(officer(), Act::CompleteStep { step: step(id) });
    }

    /// Reads everything that is to be read now.
    pub(crate) fn read_all(&mut self) -> Vec<String> {
        let mut read = Vec::new();
        while let Some((sentence, by)) = self.next_sentence() {
            self.must(
                Actor::new(by, if by == Role::Seat { "s1" } else { "o1" }),
                Act::ReadSentence {
                    sentence: sentence.clone(),
                },
            );
            read.push(sentence);
        }
        read
    }

    pub(crate) fn next_sentence(&self) -> Option<(String, Role)> {
        use casework::view::SentenceState;
        let view = self.case.view(&self.context);
        let sentences = view.steps.into_iter().flat_map(|s| s.sentences);
        sentences
            .into_iter()
            .find(|s| s.state == SentenceState::Next)
            .map(|s| (s.id, s.read_by[0]))
    }

    pub(crate) fn confirm(&mut self, who: Actor, guard: &str) {
        self.must(
            who,
            Act::ConfirmGuard {
                guard: guard.to_owned(),
                finding: Finding::Holds,
            },
        );
    }

    pub(crate) fn capture(&mut self, name: &str, kind: &str) {
        let act = Act::AddCapture {
            capture: name.to_owned(),
            kind: kind.to_owned(),
            file: file(name),
            participant: None,
            at_us: None,
        };
        self.must(officer(), act);
    }

    pub(crate) fn s03_identity(&mut self) {
        self.start("S03_IDENTITY");
        self.read_all();
        let span = json!({"t0_us": self.context.mono_us - 100_000, "t1_us": self.context.mono_us});
        self.must(
            officer(),
            fields(json!({"officer_credential": span, "seat_credential": span})),
        );
        self.confirm(officer(), "credential_shown");
        self.complete("S03_IDENTITY");
    }

    pub(crate) fn s04_party(&mut self) {
        self.start("S04_PARTY");
        self.read_all();
        self.must(
            officer(),
            fields(json!({
                "id_doc_type": "A", "party_name": NAME, "id_no": ID_NUMBER, "face_matches_photo": true, "plate": PLATE,
                "vehicle_type": "K33", "plate_type": "02", "points_so_far": 3,
            })),
        );
        self.confirm(seat(), "identity_confirmed");
        self.complete("S04_PARTY");
    }

    pub(crate) fn s05_enter(&mut self, code: &str, fine: u32) {
        self.start("S05_FACTS");
        self.must(
            officer(),
            fields(json!({
                "violation_code": code, "violation_time": "2026-11-24T09:05:00.000Z",
                "violation_place": {"lon": 118.0541, "lat": 43.6183, "accuracy": 9.5, "crs": "wgs84"},
                "place_text": PLACE, "proposed_penalty": "fine", "proposed_fine_yuan": fine,
            })),
        );
        let name = format!("evidence_{}", self.log.len());
        self.capture(&name, "evidence");
    }

    pub(crate) fn s05_confirm(&mut self) {
        for guard in [
            "no_measure_pending",
            "no_crime_suspicion",
            "not_minor_violation",
        ] {
            self.confirm(seat(), guard);
        }
    }

    /// The facts once more, after what was entered was changed by others.
    pub(crate) fn s05_enter_again(&mut self) {
        self.start("S05_FACTS");
        self.s05_confirm();
        self.complete("S05_FACTS");
    }

    pub(crate) fn s05_facts(&mut self) {
        self.s05_enter("1345", 100);
        self.s05_confirm();
        self.complete("S05_FACTS");
    }

    pub(crate) fn s06_notice(&mut self) {
        self.start("S06_NOTICE");
        self.read_all();
        if self.case.points().is_some_and(|p| p > 0) {
            self.confirm(officer(), "points_told");
        }
        self.complete("S06_NOTICE");
    }

    pub(crate) fn s07_waived(&mut self) {
        self.start("S07_DEFENCE");
        self.read_all();
        self.must(
            officer(),
            Act::WaiveDefence {
                participant: "p_party".parse().unwrap(),
            },
        );
        self.must(officer(), fields(json!({"recusal_requested": false})));
        self.complete("S07_DEFENCE");
    }

    pub(crate) fn s07_defended(&mut self) {
        self.start("S07_DEFENCE");
        self.read_all();
        let statement = casework::act::Statement::Written {
            file: file("statement"),
        };
        self.must(
            officer(),
            Act::StateDefence {
                participant: "p_party".parse().unwrap(),
                statement,
            },
        );
        self.must(officer(), fields(json!({"recusal_requested": false})));
        self.complete("S07_DEFENCE");
    }

    pub(crate) fn s08_review(&mut self, finding: &str) {
        self.start("S08_REVIEW");
        self.must(
            officer(),
            fields(
                json!({"defence_finding": finding, "finding_reason": "视频清晰，陈述与录像不符"}),
            ),
        );
        self.complete("S08_REVIEW");
    }

    pub(crate) fn s09_approved(&mut self) {
        self.must(
            seat(),
            Act::Review {
                verdict: Verdict::Approved,
                reason: None,
            },
        );
    }

    /// Everything up to the seat's approval.
    pub(crate) fn approved() -> Self {
        let mut world = Self::connected();
        world.s03_identity();
        world.s04_party();
        world.s05_facts();
        world.s06_notice();
        world.s07_waived();
        world.s08_review("nothing_said");
        world.s09_approved();
        world
    }

    pub(crate) fn number(&self) -> DocumentNumber {
        DocumentNumber::new(casework::calendar::shanghai(self.context.now).date(), 1)
    }

    pub(crate) fn head(&self) -> Head {
        Head {
            size: self.log.len() as u64,
            root: "ab".repeat(32),
        }
    }

    pub(crate) fn draft(&mut self) -> Result<DecisionDraft, Refusal> {
        self.context.actor = officer();
        let sid = "00ff00000000000000000000000000a3".parse().unwrap();
        self.case
            .draft_decision(&self.number(), sid, &self.head(), &self.context)
    }

    pub(crate) fn issue(&self) -> Act {
        Act::IssueDecision(Box::new(Issue {
            number: self.number(),
            doc: "d1".parse().unwrap(),
            file: file("decision.pdf"),
            head: self.head(),
            officer_mark: Mark::Drawn {
                doc: "d1_officer".parse().unwrap(),
                file: file("officer.png"),
            },
            second_mark: Mark::Stamp,
            seal: Mark::Stamp,
        }))
    }

    pub(crate) fn s11_signed(&mut self) {
        self.start("S11_SIGN");
        self.read_all();
        let act = Act::Sign {
            participant: "p_party".parse().unwrap(),
            method: SignMethod::Drawn,
            file: file("signature.png"),
        };
        self.must(officer(), act);
        self.complete("S11_SIGN");
    }

    pub(crate) fn s12_delivered(&mut self) {
        self.start("S12_DELIVER");
        self.must(
            officer(),
            Act::Deliver {
                participant: "p_party".parse().unwrap(),
                method: Delivery::Paper,
            },
        );
        self.read_all();
        self.confirm(officer(), "delivered_at_scene");
        self.complete("S12_DELIVER");
    }

    pub(crate) fn s13_released(&mut self) {
        self.start("S13_RELEASE");
        self.read_all();
        self.must(officer(), Act::Release);
    }

    pub(crate) fn seal(&mut self) {
        self.wait_ms(1_000);
        self.observe("session.sealed", json!({"entries": self.log.len()}));
    }

    pub(crate) fn pay(&mut self) -> Vec<String> {
        self.must(
            server(),
            Act::Pay {
                method: PayMethod::Bank,
                receipt: file("payment.pdf"),
            },
        )
    }

    /// The recording of somebody breaks from `from_us` on, for `ms`; the clock stands at its end.
    pub(crate) fn gap(&mut self, participant: &str, ms: u32) -> Vec<String> {
        let from_us = self.context.mono_us;
        self.wait_ms(ms);
        let to_us = self.context.mono_us;
        let id: ids::ParticipantId = participant.parse().unwrap();
        self.context.recording.gaps.push(Gap {
            participant: id.clone(),
            from_us,
            to_us,
        });
        let leg = self.context.recording.legs.get_mut(&id).unwrap();
        (leg.video, leg.audio) = (
            Flow::Live { since_us: to_us },
            Flow::Live { since_us: to_us },
        );
        self.observe(
            "media.gap",
            json!({"track": "v1", "t0_us": from_us, "t1_us": to_us, "reason": "ice_disconnected"}),
        );
        let act = Act::RecordingBroke {
            participant: id,
            cause: casework::procedure::Cause::MediaGap,
            from_us,
            to_us: Some(to_us),
        };
        self.must(server(), act)
    }
}

/// What a person who always follows the hint does next; `choose` picks where there is a choice. None: nothing is left.
pub(crate) fn guided(world: &World, choose: &mut impl FnMut(u32) -> u32) -> Option<(Actor, Act)> {
    use casework::view::NextAction as Do;
    let view = world.case.view(&world.context);
    let waived = view.steps[6].needs[0].fields[2].filled;
    let next = view.next;
    let participant = || "p_party".parse().unwrap();
    let who = match next.by.first() {
        Some(Role::Officer) | None => officer(),
        Some(Role::Seat) => seat(),
        Some(Role::Party) => Actor::new(Role::Party, "p1"),
        Some(_) => server(),
    };
    let of_step = || step(next.step.as_deref().unwrap());
    let about = || next.about.clone().unwrap();
    let act = match next.action {
        Do::StartStep => Act::StartStep { step: of_step() },
        Do::RestartStep => Act::RestartStep {
            step: of_step(),
            reason: "重来".to_owned(),
        },
        Do::ReadSentence => Act::ReadSentence { sentence: about() },
        Do::Enter => {
            let span = json!({"t0_us": world.context.mono_us, "t1_us": world.context.mono_us});

            let mut values = Map::new();
            for field in next.fields.iter().filter(|f| f.as_str() != "licence_no") {
                let value = match field.as_str() {
                    "id_doc_type" => json!("A"),
                    "party_name" => json!(NAME),
                    "id_no" => json!(ID_NUMBER),
                    "birth_date" => json!("1949-12-31"),
                    "plate" => json!(PLATE),
                    "points_so_far" => json!(choose(3)),
                    "violation_code" => json!(["1345", "1018", "3001", "1042"][choose(4) as usize]),
                    "violation_variant" => json!("slow_in_fast_lane"),
                    "violation_time" => json!("2026-11-24T09:05:00.000Z"),
                    "violation_place" => json!({"lon": 118.0541, "lat": 43.6183, "accuracy": 9.5}),
                    "place_text" => json!(PLACE),
                    "proposed_penalty" => json!(["fine", "warning"][choose(2) as usize]),
                    "proposed_fine_yuan" => json!(20 + choose(31)),
                    "defence_finding" => json!(if waived {
                        "nothing_said"
                    } else {
                        ["not_upheld", "upheld"][choose(2) as usize]
                    }),
                    "finding_reason" => json!("视频清晰，陈述与录像不符"),
                    "officer_credential" | "seat_credential" => span.clone(),
                    "face_matches_photo" => json!(true),
                    _ => json!(false),
                };
                values.insert(field.clone(), value);
            }
            fields(Json::Object(values))
        }
        Do::Capture => {
            let name = format!("c{}", world.log.len());
            Act::AddCapture {
                capture: name.clone(),
                kind: next.fields[0].clone(),
                file: file(&name),
                participant: None,
                at_us: None,
            }
        }
        Do::ChangeFacts => change(json!({"proposed_penalty": "warning"})),
        Do::Confirm => Act::ConfirmGuard {
            guard: about(),
            finding: Finding::Holds,
        },
        Do::HearParty if choose(2) == 0 => Act::WaiveDefence {
            participant: participant(),
        },
        Do::HearParty => {
            let statement = casework::act::Statement::Written {
                file: file("statement"),
            };
            Act::StateDefence {
                participant: participant(),
                statement,
            }
        }
        Do::CompleteStep => Act::CompleteStep { step: of_step() },
        Do::Review if choose(8) == 0 => Act::Review {
            verdict: Verdict::Rejected,
            reason: Some("更正".to_owned()),
        },
        Do::Review => Act::Review {
            verdict: Verdict::Approved,
            reason: None,
        },
        Do::Decide => world.issue(),
        Do::Sign if choose(2) == 0 => Act::RefuseSignature {
            participant: participant(),
            reason: "更正".to_owned(),
        },
        Do::Sign => Act::Sign {
            participant: participant(),
            method: SignMethod::Drawn,
            file: file("signature.png"),
        },
        Do::Deliver if choose(2) == 0 => Act::RefuseDelivery {
            participant: participant(),
            reason: "更正".to_owned(),
        },
        Do::Deliver => Act::Deliver {
            participant: participant(),
            method: Delivery::Paper,
        },
        Do::Release => Act::Release,
        Do::Leave => Act::Exit {
            exit: about(),
            reason: "更正".to_owned(),
        },
        Do::File => Act::File {
            receipt: file("filing.pdf"),
        },
        Do::Pay => Act::Pay {
            method: PayMethod::Bank,
            receipt: file("payment.pdf"),
        },
        Do::WaitForSeat | Do::WaitForRecording | Do::RestoreRecording | Do::Seal | Do::Nothing => {
            return None;
        }
    };
    // A refusal is the officer's to note, whoever may sign.
    let who = if matches!(act, Act::RefuseSignature { .. }) {
        officer()
    } else {
        who
    };
    Some((who, act))
}
