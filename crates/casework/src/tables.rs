//! Every table of the law, embedded and parsed once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use crate::calendar::Calendar;
use crate::catalogue::Catalogue;
use crate::deadline::{self, Deadline};
use crate::error::TableError;
use crate::procedure::{Check, Choices, Need, Predicate, Procedure};
use crate::script::Scripts;

/// The tables.
#[derive(Debug)]
pub struct Tables {
    procedures: Vec<Procedure>,
    /// Sentences.
    pub scripts: Scripts,
    /// Violations.
    pub catalogue: Catalogue,
    /// Holidays.
    pub calendar: Calendar,
    deadlines: Vec<Deadline>,
    glossary: Vec<Term>,
    labels: BTreeMap<String, Label>,
    codes: BTreeMap<&'static str, Vec<Code>>,
    plates: Vec<Regex>,
}

/// One word of the trade.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Term {
    /// Chinese.
    pub zh: String,
    /// The only word used in code, interfaces and log.
    pub identifier: String,
    /// English, for screens.
    pub en: String,
}

/// What people call a field, a step or an exit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

#[derive(Deserialize)]
struct FieldLabel {
    field: String,
    zh: String,
    en: String,
}

/// One row of a code table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Code {
    /// Code.
    pub code: String,
    /// What it stands for.
    pub name: String,
}

const PROCEDURES: [&str; 1] = [include_str!("../data/procedures/traffic_simple.yaml")];

const CODES: [(&str, &str); 5] = [
    (
        "id_doc_types_traffic",
        include_str!("../data/codes/id_doc_types_traffic.csv"),
    ),
    (
        "licence_classes",
        include_str!("../data/codes/licence_classes.csv"),
    ),
    ("plate_types", include_str!("../data/codes/plate_types.csv")),
    (
        "regions_chifeng",
        include_str!("../data/codes/regions_chifeng.csv"),
    ),
    (
        "vehicle_types",
        include_str!("../data/codes/vehicle_types.csv"),
    ),
];

static EMBEDDED: LazyLock<Tables> =
    LazyLock::new(|| Tables::parse().expect("a test parses these very tables"));

impl Tables {
    /// The tables built into the product.
    pub fn embedded() -> &'static Self {
        &EMBEDDED
    }

    /// The procedure of that id.
    pub fn procedure(&self, id: &str) -> Option<&Procedure> {
        self.procedures.iter().find(|p| p.id == id)
    }

    /// All procedures.
    pub fn procedures(&self) -> impl Iterator<Item = &Procedure> {
        self.procedures.iter()
    }

    /// The deadline of that key.
    pub fn deadline(&self, key: &str) -> Option<&Deadline> {
        self.deadlines.iter().find(|d| d.key == key)
    }

    /// All deadlines.
    pub fn deadlines(&self) -> impl Iterator<Item = &Deadline> {
        self.deadlines.iter()
    }

    /// All terms.
    pub fn glossary(&self) -> &[Term] {
        &self.glossary
    }

    /// What people call a field, a step or an exit.
    pub fn label(&self, id: &str) -> Option<&Label> {
        self.labels.get(id)
    }

    /// A code table by its name, e.g. `vehicle_types`; empty if there is none.
    pub fn codes(&self, table: &str) -> &[Code] {
        self.codes.get(table).map_or(&[], Vec::as_slice)
    }

    /// What a code stands for.
    pub fn code_name(&self, table: &str, code: &str) -> Option<&str> {
        self.codes(table)
            .iter()
            .find(|c| c.code == code)
            .map(|c| c.name.as_str())
    }

    /// Whether a plate looks like any known kind. An unusual one is warned of, never blocked.
    pub fn plate_is_usual(&self, plate: &str) -> bool {
        self.plates.iter().any(|p| p.is_match(plate))
    }

    fn parse() -> Result<Self, TableError> {
        let csv = |file, text: &'static str| -> Result<Vec<Code>, TableError> {
            csv::Reader::from_reader(text.as_bytes())
                .deserialize()
                .collect::<Result<_, _>>()
                .map_err(|source| TableError::Csv { file, source })
        };
        let json = include_str!("../data/codes/plate_regex.json");
        let patterns: BTreeMap<String, String> =
            serde_json::from_str(json).map_err(|source| TableError::Json {
                file: "plate_regex.json",
                source,
            })?;
        let plate = |(kind, pattern): (&String, &String)| {
            Regex::new(pattern).map_err(|e| TableError::Row {
                file: "plate_regex.json",
                row: kind.clone(),
                what: e.to_string(),
            })
        };
        let glossary = csv::Reader::from_reader(include_str!("../data/glossary.csv").as_bytes())
            .deserialize()
            .collect::<Result<_, _>>()
            .map_err(|source| TableError::Csv {
                file: "glossary.csv",
                source,
            })?;
        let procedures = PROCEDURES
            .into_iter()
            .map(Procedure::parse)
            .collect::<Result<Vec<_>, _>>()?;
        let tables = Self {
            labels: labels(&procedures)?,
            procedures,
            scripts: Scripts::parse(include_str!("../data/scripts.yaml"))?,
            catalogue: Catalogue::parse(include_str!("../data/violations_traffic.csv"))?,
            calendar: Calendar::parse(&[(
                "holidays_2026.json",
                include_str!("../data/codes/holidays_2026.json"),
            )])?,
            deadlines: deadline::parse(include_str!("../data/deadlines.csv"))?,
            glossary,
            codes: CODES
                .into_iter()
                .map(|(name, text)| Ok((name, csv(name, text)?)))
                .collect::<Result<_, TableError>>()?,
            plates: patterns.iter().map(plate).collect::<Result<_, _>>()?,
        };
        tables.procedures.iter().try_for_each(|p| tables.check(p))?;
        Ok(tables)
    }

    /// Follows every reference of a procedure into the other tables.
    fn check(&self, procedure: &Procedure) -> Result<(), TableError> {
        let bad = |what: String| {
            Err(TableError::Procedure {
                procedure: procedure.id.clone(),
                what,
            })
        };
        for step in &procedure.steps {
            for id in step.scripts.iter().flat_map(|s| s.ids()) {
                let Some(script) = self.scripts.script(id) else {
                    return bad(format!("{}: no script {id}", step.id));
                };
                for tells in script.sentences.iter().filter_map(|s| s.tells.as_deref()) {
                    if !step
                        .needs
                        .iter()
                        .flat_map(Need::fields)
                        .any(|f| f.name == tells)
                    {
                        return bad(format!(
                            "{}: {id} tells {tells}, which no need asks for",
                            step.id
                        ));
                    }
                }
            }
            for field in step.needs.iter().flat_map(Need::fields) {
                if self.label(&field.name).is_none() {
                    return bad(format!("{}: no label", field.name));
                }
                match &field.choices {
                    Choices::Codes(table) if self.codes(table).is_empty() => {
                        return bad(format!("{}: no code table {table}", field.name));
                    }
                    Choices::Codes(_)
                    | Choices::Any
                    | Choices::Listed(_)
                    | Choices::Catalogue(_) => {}
                }
            }
            let keys = step.guards.iter().filter_map(|g| match &g.check {
                Check::Machine(Predicate::WithinDeadline { key }) => Some(key),
                Check::Machine(_) | Check::Human { .. } => None,
            });
            for key in keys.chain(&step.deadline) {
                if self
                    .deadline(key)
                    .is_none_or(|d| !d.applies_to.contains(&procedure.id))
                {
                    return bad(format!("{}: no deadline {key} for this procedure", step.id));
                }
            }
        }
        Ok(())
    }
}

/// Names of fields by their table, of steps and exits by their procedures.
fn labels(procedures: &[Procedure]) -> Result<BTreeMap<String, Label>, TableError> {
    let mut labels = BTreeMap::new();
    let text = include_str!("../data/fields.csv");
    for row in csv::Reader::from_reader(text.as_bytes()).deserialize() {
        let FieldLabel { field, zh, en } = row.map_err(|source| TableError::Csv {
            file: "fields.csv",
            source,
        })?;
        labels.insert(field, Label { zh, en });
    }
    let steps = procedures.iter().flat_map(|p| &p.steps);
    let steps = steps.map(|s| (s.id.to_string(), &s.title_zh, &s.title_en));
    let exits = procedures.iter().flat_map(|p| &p.exits);
    let exits = exits.map(|e| (e.id.clone(), &e.title_zh, &e.title_en));
    labels.extend(steps.chain(exits).map(|(id, zh, en)| {
        let (zh, en) = (zh.clone(), en.clone());
        (id, Label { zh, en })
    }));
    Ok(labels)
}
