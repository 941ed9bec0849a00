//! `cloudseat user`: accounts.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use uuid::Uuid;

use crate::clock;
use crate::config::{Config, Overrides};
use crate::http::auth::{hash_password, new_password};
use crate::http::routes::people::is_login;
use crate::store::{
    self, AccountChange, AccountFilter, NewAccount, PageRequest, Role, Store, Unit,
};

#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Add an account; its password is printed once
    Add(Add),
    /// List accounts
    List(Where),
    /// Give an account a new password, printed once
    Passwd(Named),
    /// Disable an account and end its sign-ins
    Disable(Named),
}

#[derive(Debug, Args)]
pub(super) struct Where {
    /// Database, keys, evidence
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Named {
    /// Login name
    login: String,
    #[command(flatten)]
    at: Where,
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// Login name
    login: String,
    /// The person's name
    #[arg(long)]
    name: String,
    /// What the account is for
    #[arg(long, value_enum)]
    role: RoleArg,
    /// Full name of the unit; it is made if it does not exist
    #[arg(long)]
    unit: String,
    /// Police number
    #[arg(long, default_value = "")]
    badge_no: String,
    /// An auxiliary: never counts as an officer who may decide
    #[arg(long)]
    auxiliary: bool,
    /// Branch
    #[arg(long, default_value = "police_traffic")]
    police_type: String,
    #[command(flatten)]
    at: Where,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleArg {
    Officer,
    Seat,
    Chief,
    Auditor,
    Admin,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Officer => Self::Officer,
            RoleArg::Seat => Self::Seat,
            RoleArg::Chief => Self::Chief,
            RoleArg::Auditor => Self::Auditor,
            RoleArg::Admin => Self::Admin,
        }
    }
}

pub(super) async fn run(command: User) -> anyhow::Result<()> {
    match command {
        User::Add(add) => {
            if !is_login(&add.login) {
                bail!(
                    "{:?} is no login name; use 2 to 32 of a-z 0-9 . _ -",
                    add.login
                );
            }
            let store = open(&add.at).await?;
            let password = new_password();
            let account = NewAccount {
                id: Uuid::now_v7(),
                login: add.login.clone(),
                name: add.name,
                role: add.role.into(),
                unit_id: unit(&*store, &add.unit).await?,
                badge_no: add.badge_no,
                qualified: !add.auxiliary,
                police_type: add.police_type,
                password_hash: hash_password(&password),
                created_at: clock::utc_now(),
            };
            store
                .add_account(&account)
                .await
                .with_context(|| format!("{} was not added", add.login))?;
            super::print(&format!("{}  {password}\n", add.login))
        }
        User::List(at) => {
            let store = open(&at).await?;
            let mut cursor = None;
            loop {
                let page = store
                    .accounts(
                        &AccountFilter::default(),
                        &PageRequest::new(cursor, Some(200)),
                    )
                    .await?;
                for account in page.items {
                    let state = if account.disabled { "  disabled" } else { "" };
                    super::print(&format!(
                        "{:<16} {:<8} {:<10} {} {}{state}\n",
                        account.login,
                        account.role.as_str(),
                        account.badge_no,
                        account.unit.name,
                        account.name
                    ))?;
                }
                match page.next {
                    Some(next) => cursor = Some(next),
                    None => return Ok(()),
                }
            }
        }
        User::Passwd(named) => {
            let store = open(&named.at).await?;
            let id = find(&*store, &named.login).await?;
            let password = new_password();
            store.set_password(id, &hash_password(&password)).await?;
            super::print(&format!("{}  {password}\n", named.login))
        }
        User::Disable(named) => {
            let store = open(&named.at).await?;
            let id = find(&*store, &named.login).await?;
            store
                .change_account(
                    id,
                    &AccountChange {
                        disabled: Some(true),
                        ..AccountChange::default()
                    },
                )
                .await?;
            super::print(&format!("{} is disabled\n", named.login))
        }
    }
}

async fn open(at: &Where) -> anyhow::Result<std::sync::Arc<dyn Store>> {
    let config = configuration(at.data_dir.clone())?;
    super::data_folder(&config.data_dir)?;
    Ok(store::open(&config.database_url).await?)
}

/// The configuration of commands that only need the data folder.
pub(super) fn configuration(data_dir: Option<PathBuf>) -> anyhow::Result<Config> {
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    let file = environment.get("CLOUDSEAT_CONFIG").map(PathBuf::from);
    Ok(Config::load(
        file.as_deref(),
        &environment,
        &Overrides {
            data_dir,
            listen: None,
        },
    )?)
}

async fn find(store: &dyn Store, login: &str) -> anyhow::Result<Uuid> {
    match store.account_by_login(login).await? {
        Some((account, _)) => Ok(account.id),
        None => bail!("there is no account {login}; `cloudseat user list` shows them"),
    }
}

async fn unit(store: &dyn Store, name: &str) -> anyhow::Result<Uuid> {
    if let Some(unit) = store
        .units()
        .await?
        .into_iter()
        .find(|unit| unit.name == name)
    {
        return Ok(unit.id);
    }
    let unit = Unit {
        id: Uuid::now_v7(),
        name: name.to_owned(),
        short_name: name.to_owned(),
        parent_id: None,
        review_authority: String::new(),
        bank: String::new(),
    };
    store.add_unit(&unit).await?;
    Ok(unit.id)
}
