//! Demo mode: accounts for every role, with random passwords, and two units.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock;
use crate::http::auth::{hash_password, new_password};
use crate::store::{NewAccount, Role, Store, Unit};

/// An account, as `DATA_DIR/demo-accounts.json` keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DemoAccount {
    /// Login name.
    pub login: String,
    /// Password.
    pub password: String,
    /// What it is for.
    pub role: String,
}

const PEOPLE: [(&str, &str, Role, &str, &str); 7] = [
    ("officer", "officer", Role::Officer, "王海峰", "150437"),
    ("officer2", "officer", Role::Officer, "李静", "150442"),
    ("seat", "seat", Role::Seat, "周敏", "150126"),
    ("seat2", "seat", Role::Seat, "刘佳", "150131"),
    ("chief", "chief", Role::Chief, "孟和", "150101"),
    ("auditor", "auditor", Role::Auditor, "斯琴", "150083"),
    ("admin", "admin", Role::Admin, "郑宇", "150009"),
];

/// Makes the accounts where they don't exist, and returns them all.
///
/// # Errors
/// The database's, and those of the file the passwords are kept in.
pub async fn accounts(store: &dyn Store, data_dir: &Path) -> anyhow::Result<Vec<DemoAccount>> {
    let path = data_dir.join("demo-accounts.json");
    let mut kept: Vec<DemoAccount> = match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| {
            format!(
                "{} is damaged; move it away and start again",
                path.display()
            )
        })?,
        Err(_) => Vec::new(),
    };
    let unit = unit(store).await?;
    for (login, role_word, role, name, badge_no) in PEOPLE {
        if store.account_by_login(login).await?.is_some()
            && kept.iter().any(|account| account.login == login)
        {
            continue;
        }
        let password = new_password();
        match store.account_by_login(login).await? {
            Some((account, _)) => {
                store
                    .set_password(account.id, &hash_password(&password))
                    .await?
            }
            None => {
                let account = NewAccount {
                    id: Uuid::now_v7(),
                    login: login.to_owned(),
                    name: name.to_owned(),
                    role,
                    unit_id: unit.id,
                    badge_no: badge_no.to_owned(),
                    qualified: true,
                    police_type: "police_traffic".to_owned(),
                    password_hash: hash_password(&password),
                    created_at: clock::utc_now(),
                };
                store.add_account(&account).await?;
            }
        }
        kept.retain(|account| account.login != login);
        kept.push(DemoAccount {
            login: login.to_owned(),
            password,
            role: role_word.to_owned(),
        });
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)?;
    file.write_all(serde_json::to_string_pretty(&kept)?.as_bytes())?;
    file.sync_all()?;
    Ok(kept)
}

async fn unit(store: &dyn Store) -> anyhow::Result<Unit> {
    const NAME: &str = "林西县公安局交通管理大队";
    if let Some(unit) = store
        .units()
        .await?
        .into_iter()
        .find(|unit| unit.name == NAME)
    {
        return Ok(unit);
    }
    let of = |name: &str, short_name: &str, parent_id| Unit {
        id: Uuid::now_v7(),
        name: name.to_owned(),
        short_name: short_name.to_owned(),
        parent_id,
        review_authority: "林西县人民政府".to_owned(),
        bank: "中国农业银行林西县支行".to_owned(),
    };
    let brigade = of(NAME, "林西大队", None);
    store.add_unit(&brigade).await?;
    store
        .add_unit(&of(
            "林西县公安局交通管理大队城区中队",
            "城区中队",
            Some(brigade.id),
        ))
        .await?;
    Ok(brigade)
}
