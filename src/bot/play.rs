//! A whole enforcement, played by three bots: it follows what the server says is to be done next, as people do.

use std::time::Duration;

use anyhow::{Context, bail};
use ids::Sid;
use serde_json::{Value, json};
use signaling::protocol::{ClientMessage, RecordingState};

use super::api::{Api, Server, text};
use super::call::{Call, PATIENCE};
use super::clip::{Clip, STILL};

/// Where and by whom it is played.
#[derive(Debug, Clone)]
pub struct Stage {
    /// The server.
    pub server: Server,
    /// Login name and password of an officer.
    pub officer: (String, String),
    /// Login name and password of a seat.
    pub seat: (String, String),
    /// How long the talk shall last at least.
    pub talk: Duration,
}

/// What came of it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Played {
    /// The case.
    pub case: String,
    /// The session.
    pub session: String,
    /// The session, as the evidence calls it.
    pub sid: String,
    /// Number of the decision.
    pub decision: Option<String>,
    /// State the server says the session is in.
    pub state: String,
}

/// Steps of the play before it is clear that it goes in circles.
const ACTS_MAX: usize = 400;

/// Plays the simple procedure from the call to the seal.
pub async fn traffic_simple(stage: &Stage, tell: &(dyn Fn(&str) + Sync)) -> anyhow::Result<Played> {
    let server = &stage.server;
    let officer = server.sign_in(&stage.officer.0, &stage.officer.1).await?;
    let seat = server.sign_in(&stage.seat.0, &stage.seat.1).await?;
    let ca = server.ca.as_deref();
    let seat_call = Call::connect(&server.url, ca, seat.token(), Clip::seat()?).await?;
    let officer_call = Call::connect(&server.url, ca, officer.token(), Clip::officer()?).await?;
    seat_call.be_idle().await?;

    let case = officer.post("cases", &json!({
        "procedure": "traffic_simple",
        "place": { "lon": 118.0556, "lat": 43.6063, "accuracy_m": 8.0, "text": "林西县东环路与兴林路交叉口南80米" },
        "plate": "蒙DK7362", "plate_type": "02", "violation_code": "1345",
    })).await?;
    let case = text(&case, "id")?;
    let called = officer
        .post(format!("cases/{case}/call"), &json!({}))
        .await?;
    let sid: Sid = text(&called, "sid")?.parse()?;
    tell("The officer calls");
    seat_call
        .wait("for the call to ring", |seen| {
            seen.offered.as_ref().is_some_and(|call| call.sid == sid)
        })
        .await?;
    seat_call.say(ClientMessage::CallAnswer { sid }).await?;
    officer_call
        .wait("for the seat to answer", |seen| seen.answered)
        .await?;
    tell("A seat answers");
    tokio::try_join!(officer_call.join(sid), seat_call.join(sid))?;
    let recording = |seen: &super::call::Seen| {
        seen.integrity
            .as_ref()
            .is_some_and(|i| i.recording == RecordingState::Recording)
    };
    officer_call
        .wait("for both to be recorded", recording)
        .await?;
    tell("Both are recorded");

    let invitation = officer
        .post(
            format!("sessions/{sid}/invitations"),
            &json!({ "role": "party" }),
        )
        .await?;
    let party = server.join(&text(&invitation, "token")?).await?;
    let party_call = Call::connect(&server.url, ca, party.token(), Clip::party()?).await?;
    party_call.join(sid).await?;
    tell("The party joins");

    let play = Play {
        officer: &officer,
        seat: &seat,
        party: &party,
        sid,
        pause: stage.talk / 24,
        tell,
    };
    let sealed = play.to_the_end().await?;
    for (who, call) in [
        ("officer", &officer_call),
        ("seat", &seat_call),
        ("party", &party_call),
    ] {
        call.wait("to be told that it is over", |seen| seen.ended)
            .await?;
        if call.packets_received() == 0 {
            bail!("the {who} neither saw nor heard the others");
        }
    }
    let session = officer.get(format!("sessions/{sid}")).await?;
    let decision = session
        .get("decision")
        .and_then(|d| d.get("doc_no"))
        .and_then(Value::as_str)
        .map(str::to_owned);
    Ok(Played {
        case,
        session: sid.to_string(),
        sid: sid.to_string(),
        decision,
        state: text(&sealed, "state")?,
    })
}

struct Play<'a> {
    officer: &'a Api,
    seat: &'a Api,
    party: &'a Api,
    sid: Sid,
    pause: Duration,
    tell: &'a (dyn Fn(&str) + Sync),
}

impl Play<'_> {
    fn path(&self, rest: &str) -> String {
        format!("sessions/{}/{rest}", self.sid)
    }

    /// Does what is due until the session is sealed.
    async fn to_the_end(&self) -> anyhow::Result<Value> {
        for _ in 0..ACTS_MAX {
            let view = self.officer.get(self.path("steps")).await?;
            let Some(primary) = view.get("primary").filter(|p| !p.is_null()) else {
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            };
            let act = text(primary, "act")?;
            if act == "seal" {
                (self.tell)("The session is sealed");
                return self.officer.post(self.path("seal"), &json!({})).await;
            }
            let step = text(primary, "step")?;
            self.act(&view, primary, &act, &step)
                .await
                .with_context(|| format!("{step}: {act}"))?;
        }
        bail!("the procedure goes in circles");
    }

    /// Whoever may do what is due: the officer where it is theirs.
    fn who(&self, primary: &Value) -> &Api {
        let by: Vec<&str> = primary
            .get("by")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if by.contains(&"officer") || by.contains(&"party") || by.is_empty() {
            self.officer
        } else {
            self.seat
        }
    }

    async fn act(
        &self,
        view: &Value,
        primary: &Value,
        act: &str,
        step: &str,
    ) -> anyhow::Result<()> {
        let current =
            list(view, "steps").find(|s| s.get("id").and_then(Value::as_str) == Some(step));
        let current = current.context("the step is not one of the procedure")?;
        let who = self.who(primary);
        match act {
            "start" => {
                (self.tell)(&format!(
                    "{} {}",
                    current["number"],
                    current["title_en"].as_str().unwrap_or_default()
                ));
                who.post(self.path(&format!("steps/{step}/start")), &json!({}))
                    .await?;
            }
            "sentence" => {
                tokio::time::sleep(self.pause).await;
                let next =
                    list(current, "sentences").find(|s| s.get("read") == Some(&Value::Bool(false)));
                let sentence = text(next.context("every sentence is read")?, "id")?;
                who.post(
                    self.path(&format!("steps/{step}/sentences")),
                    &json!({ "sentence": sentence }),
                )
                .await?;
            }
            "fields" => {
                let values = fields(current);
                if values.is_empty() {
                    bail!("nothing is known to enter: {:?}", current["missing_en"]);
                }
                who.put(
                    self.path(&format!("steps/{step}/fields")),
                    &json!({ "values": values }),
                )
                .await?;
            }
            "capture" => {
                let need =
                    list(current, "needs").find(|n| n["type"] == "media" && n["filled"] == false);
                let field = text(need.context("nothing is to be captured")?, "field")?;
                let api = if field.starts_with("seat") {
                    self.seat
                } else {
                    self.officer
                };
                let kind = if field.ends_with("credential") {
                    "credential"
                } else {
                    "evidence"
                };
                api.post_jpeg(
                    self.path(&format!("captures?kind={kind}&step={step}&field={field}")),
                    STILL,
                )
                .await?;
            }
            "confirm" => {
                for guard in list(current, "guards").filter(|g| g["state"] == "open") {
                    for role in list(guard, "confirm_by").filter_map(Value::as_str) {
                        let api = if role == "seat" {
                            self.seat
                        } else {
                            self.officer
                        };
                        api.post(
                            self.path(&format!("steps/{step}/confirmations")),
                            &json!({ "guard": guard["id"] }),
                        )
                        .await?;
                    }
                }
            }
            "complete" => {
                who.post(self.path(&format!("steps/{step}/complete")), &json!({}))
                    .await?;
            }
            "defence" => {
                self.party
                    .post(
                        self.path("defence"),
                        &json!({ "waived": true, "recusal_requested": false }),
                    )
                    .await?;
            }
            "review" => {
                self.seat
                    .post(self.path("review"), &json!({ "verdict": "approved" }))
                    .await?;
            }
            "decision" => {
                self.officer.post(self.path("decision"), &json!({})).await?;
            }
            "signature" => {
                tokio::time::sleep(self.pause).await;
                self.party
                    .post(self.path("signature"), &signature())
                    .await?;
            }
            "delivery" => {
                self.officer
                    .post(self.path("delivery"), &json!({ "method": "paper" }))
                    .await?;
            }
            other => bail!("the bots do not know how to {other}"),
        }
        Ok(())
    }
}

fn list<'v>(value: &'v Value, member: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(member)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// What the bots enter: the facts of their one case.
fn fields(step: &Value) -> serde_json::Map<String, Value> {
    let mut values = serde_json::Map::new();
    let mut groups = Vec::new();
    for need in list(step, "needs").filter(|n| n["filled"] == false) {
        let (Some(field), group) = (need["field"].as_str(), need["group"].as_u64()) else {
            continue;
        };
        if group.is_some_and(|g| groups.contains(&g)) {
            continue;
        }
        if let Some(value) = known(field, need) {
            values.insert(field.to_owned(), value);
            groups.extend(group);
        }
    }
    values
}

fn known(field: &str, need: &Value) -> Option<Value> {
    Some(match field {
        "party_name" => json!("张立新"),
        "id_doc_type" => json!("A"),
        "id_no" => json!("150424198805062615"),
        "birth_date" => json!("1988-05-06"),
        "face_matches_photo" | "papers_returned" => json!(true),
        "plate" => json!("蒙DK7362"),
        "plate_type" => json!("02"),
        "vehicle_type" => json!("K33"),
        "points_so_far" => json!(3),
        "violation_code" => json!("1345"),
        "violation_time" => json!(crate::clock::utc_now().to_string()),
        "violation_place" => {
            json!({ "lon": 118.0556, "lat": 43.6063, "crs": "wgs84", "accuracy": 8.0 })
        }
        "place_text" => json!("林西县东环路与兴林路交叉口南80米"),
        "proposed_penalty" => json!("fine"),
        "proposed_fine_yuan" => json!(100),
        "place_is_highway" | "recusal_requested" => json!(false),
        "defence_finding" => json!("nothing_said"),
        "finding_reason" => json!("当事人未陈述、申辩"),
        _ if need["required"] == true => need.get("value").filter(|v| !v.is_null())?.clone(),
        _ => return None,
    })
}

/// A drawn signature: a small picture and the course of the pen.
fn signature() -> Value {
    const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let pen = |t: u32| {
        json!([
            20.0 + f64::from(t) / 4.0,
            60.0 + f64::from(t % 7),
            f64::from(t) * 8.0,
            0.5
        ])
    };
    let stroke: Vec<Value> = (0..60).map(pen).collect();
    json!({ "kind": "signed", "image_png": PICTURE, "strokes": { "width": 640.0, "height": 320.0, "dpr": 2.0, "pointer": "touch", "strokes": [stroke] } })
}

/// How long the whole play may take beside the talk.
pub const PLAY_PATIENCE: Duration = PATIENCE.saturating_mul(6);
