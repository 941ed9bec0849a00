//! Accounts and units.

use axum::extract::State;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::clock;
use crate::dto::{
    CreatedUser, Items, NewPassword, NewUnit, NewUser, Page, Unit, User, UserChange, UserQuery,
};
use crate::http::Shared;
use crate::http::auth::{self, Caller};
use crate::http::extract::{IdPath, Json, Path, Query};
use crate::http::problem::{Code, Problem};
use crate::store::{self, AccountChange, AccountFilter, NewAccount, PageRequest, Role};

/// Accounts by login name.
#[utoipa::path(get, path = "/users", tag = "people", params(UserQuery), responses((status = 200, body = Page<User>)))]
pub async fn list_users(
    State(server): State<Shared>,
    caller: Caller,
    Query(query): Query<UserQuery>,
) -> Result<axum::Json<Page<User>>, Problem> {
    caller.with_role(&[Role::Admin])?;
    let filter = AccountFilter {
        text: query.q,
        role: query.role,
    };
    let page = server
        .store
        .accounts(&filter, &PageRequest::new(query.cursor, query.limit))
        .await?;
    Ok(axum::Json(page.into()))
}

/// Make an account.
#[utoipa::path(post, path = "/users", tag = "people", request_body = NewUser,
    responses((status = 201, body = CreatedUser)))]
pub async fn create_user(
    State(server): State<Shared>,
    caller: Caller,
    Json(body): Json<NewUser>,
) -> Result<(StatusCode, axum::Json<CreatedUser>), Problem> {
    caller.with_role(&[Role::Admin])?;
    let mut wrong = Problem::new(Code::Invalid);
    let mut any = false;
    let mut note = |field: &str, message: &str| {
        wrong = wrong.clone().with_field(field, message);
        any = true;
    };
    if !is_login(&body.login) {
        note(
            "login",
            "2–32 个字符：a-z 0-9 . _ - / 2 to 32 of a-z 0-9 . _ -",
        );
    }
    if body.name.trim().is_empty() {
        note("name", "必填 / required");
    }
    if body
        .password
        .as_deref()
        .is_some_and(|password| !is_password(password))
    {
        note("password", "至少 10 个字符 / at least 10 characters");
    }
    if any {
        return Err(wrong);
    }
    let made_up = body.password.is_none().then(auth::new_password);
    let chosen = body
        .password
        .or_else(|| made_up.clone())
        .unwrap_or_default();
    let id = Uuid::now_v7();
    let account = NewAccount {
        id,
        login: body.login,
        name: body.name,
        role: body.role,
        unit_id: body.unit_id,
        badge_no: body.badge_no,
        qualified: body.qualified,
        police_type: body.police_type,
        password_hash: auth::hashed(&server, chosen).await?,
        created_at: clock::utc_now(),
    };
    server.store.add_account(&account).await?;
    let made = server
        .store
        .account(id)
        .await?
        .ok_or_else(|| Problem::new(Code::NotFound))?;
    server.app.account_changed(&made).await;
    let user = made.into();
    Ok((
        StatusCode::CREATED,
        axum::Json(CreatedUser {
            user,
            password: made_up,
        }),
    ))
}

/// Change an account.
#[utoipa::path(patch, path = "/users/{id}", tag = "people", params(IdPath), request_body = UserChange,
    responses((status = 200, body = User)))]
pub async fn change_user(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<IdPath>,
    Json(body): Json<UserChange>,
) -> Result<axum::Json<User>, Problem> {
    let admin = caller.with_role(&[Role::Admin])?;
    let locks_out =
        body.disabled == Some(true) || body.role.is_some_and(|role| role != Role::Admin);
    if admin.id == path.id && locks_out {
        return Err(Problem::new(Code::Conflict).saying(
            "不能停用自己，也不能取消自己的管理员角色。",
            "You can't disable yourself or give up your own role.",
        ));
    }
    let change = AccountChange {
        name: body.name,
        role: body.role,
        unit_id: body.unit_id,
        badge_no: body.badge_no,
        qualified: body.qualified,
        police_type: body.police_type,
        disabled: body.disabled,
    };
    if server.store.account(path.id).await?.is_none() {
        return Err(Problem::new(Code::NotFound));
    }
    let ends_tokens = change.disabled == Some(true) || change.role.is_some();
    server.store.change_account(path.id, &change).await?;
    if ends_tokens {
        close_sockets(&server, path.id);
    }
    let account = server
        .store
        .account(path.id)
        .await?
        .ok_or_else(|| Problem::new(Code::NotFound))?;
    server.app.account_changed(&account).await;
    Ok(axum::Json(account.into()))
}

/// Give an account a new password; what is signed in with the old one ends.
#[utoipa::path(post, path = "/users/{id}/password", tag = "people", params(IdPath),
    responses((status = 200, body = NewPassword)))]
pub async fn reset_password(
    State(server): State<Shared>,
    caller: Caller,
    Path(path): Path<IdPath>,
) -> Result<axum::Json<NewPassword>, Problem> {
    caller.with_role(&[Role::Admin])?;
    let password = auth::new_password();
    let hash = auth::hashed(&server, password.clone()).await?;
    match server.store.set_password(path.id, &hash).await {
        Ok(()) => {
            close_sockets(&server, path.id);
            Ok(axum::Json(NewPassword { password }))
        }
        Err(store::Error::Missing { .. }) => Err(Problem::new(Code::NotFound)),
        Err(error) => Err(error.into()),
    }
}

/// All units, by name.
#[utoipa::path(get, path = "/units", tag = "people", responses((status = 200, body = Items<Unit>)))]
pub async fn list_units(
    State(server): State<Shared>,
    caller: Caller,
) -> Result<axum::Json<Items<Unit>>, Problem> {
    caller.account()?;
    let items = server
        .store
        .units()
        .await?
        .into_iter()
        .map(Into::into)
        .collect();
    Ok(axum::Json(Items { items }))
}

/// Make a unit.
#[utoipa::path(post, path = "/units", tag = "people", request_body = NewUnit, responses((status = 201, body = Unit)))]
pub async fn create_unit(
    State(server): State<Shared>,
    caller: Caller,
    Json(body): Json<NewUnit>,
) -> Result<(StatusCode, axum::Json<Unit>), Problem> {
    caller.with_role(&[Role::Admin])?;
    for (field, value) in [("name", &body.name), ("short_name", &body.short_name)] {
        if value.trim().is_empty() {
            return Err(Problem::new(Code::Invalid).with_field(field, "必填 / required"));
        }
    }
    let unit = store::Unit {
        id: Uuid::now_v7(),
        name: body.name,
        short_name: body.short_name,
        parent_id: body.parent_id,
        review_authority: body.review_authority,
        bank: body.bank,
    };
    server.store.add_unit(&unit).await?;
    Ok((StatusCode::CREATED, axum::Json(unit.into())))
}

/// Ends the WebSockets that were opened with tokens that are no longer good.
fn close_sockets(server: &Shared, account: Uuid) {
    server.app.hub().close_account(
        &account.to_string(),
        "the account was changed; sign in again",
    );
}

/// Whether a text can be a login name.
pub fn is_login(text: &str) -> bool {
    let allowed =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    (2..=32).contains(&text.len()) && text.chars().all(allowed)
}

/// Whether a text can be a chosen password.
pub fn is_password(text: &str) -> bool {
    text.chars().count() >= auth::PASSWORD_CHARS_MIN && text.len() <= auth::PASSWORD_BYTES_MAX
}
