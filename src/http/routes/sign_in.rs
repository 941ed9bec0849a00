//! In and out.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::cookie::CookieJar;

use crate::clock;
use crate::dto::{Join, Joined, Me, PartyAccess, SignIn, SignedIn};
use crate::http::Shared;
use crate::http::auth::{self, Caller};
use crate::http::extract::Json;
use crate::http::problem::{Code, Problem};
use crate::store::Principal;

/// Sign in with an account.
#[utoipa::path(post, path = "/sign-in", tag = "sign-in", request_body = SignIn, security(()),
    responses((status = 200, body = SignedIn, description = "Signed in; a browser gets the cookie `cloudseat`.")))]
pub async fn sign_in(
    State(server): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    jar: CookieJar,
    Json(body): Json<SignIn>,
) -> Result<(CookieJar, axum::Json<SignedIn>), Problem> {
    let (address, login) = (network(peer.ip()), body.login.to_lowercase());
    let now = Instant::now();
    // Counted before the password is looked at: of many tries at once, too, only so many are.
    let limits = &server.limits;
    limits
        .sign_in_address
        .admit(&address, now)
        .map_err(too_many)?;
    if let Err(wait) = limits.sign_in_login.admit(&login, now) {
        // Nothing was tried, so the colleagues at this address are not held to it.
        limits.sign_in_address.give_back(&address, now);
        return Err(too_many(wait));
    }
    let give_back = || {
        limits.sign_in_address.give_back(&address, now);
        limits.sign_in_login.give_back(&login, now);
    };
    let usable = body.password.len() <= auth::PASSWORD_BYTES_MAX;
    let account = if usable {
        auth::authenticate(&server, &login, body.password)
            .await
            // A busy server or a silent database is nobody's wrong guess.
            .inspect_err(|_| give_back())?
    } else {
        None
    };
    let account = account.ok_or_else(|| Problem::new(Code::SignInFailed))?;
    give_back();
    let (token, expires_at) = auth::sign_in(&server, &account).await?;
    let jar = jar.add(auth::cookie(token.clone()));
    Ok((
        jar,
        axum::Json(SignedIn {
            token,
            expires_at,
            user: account.into(),
        }),
    ))
}

/// Sign out: the token is worth nothing any more, and the WebSockets opened with it are closed.
#[utoipa::path(post, path = "/sign-out", tag = "sign-in", security(()),
    responses((status = 204, description = "Signed out, or nobody was signed in.")))]
pub async fn sign_out(
    State(server): State<Shared>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Result<(CookieJar, StatusCode), Problem> {
    if let Some(digest) = auth::presented_digest(&headers) {
        server.store.end_token(digest).await?;
        server.endings.tell(digest);
    }
    Ok((
        jar.remove(auth::cookie(String::new())),
        StatusCode::NO_CONTENT,
    ))
}

/// Whose request this is.
#[utoipa::path(get, path = "/me", tag = "sign-in", security(()), responses((status = 200, body = Me)))]
pub async fn me(caller: Option<Caller>) -> axum::Json<Me> {
    let Some(Caller(access)) = caller else {
        return axum::Json(Me {
            user: None,
            party: None,
        });
    };
    axum::Json(match access.principal {
        Principal::Account(account) => Me {
            user: Some(account.into()),
            party: None,
        },
        Principal::Party(party) => Me {
            user: None,
            party: Some(PartyAccess {
                sid: party.sid,
                participant: party.participant,
                expires_at: access.expires_at,
            }),
        },
    })
}

/// Join a session by invitation, as its party. An invitation can be used once.
#[utoipa::path(post, path = "/join", tag = "sign-in", request_body = Join, security(()),
    responses((status = 200, body = Joined, description = "Joined; a browser gets the cookie `cloudseat`.")))]
pub async fn join(
    State(server): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    jar: CookieJar,
    Json(body): Json<Join>,
) -> Result<(CookieJar, axum::Json<Joined>), Problem> {
    let (address, now) = (network(peer.ip()), Instant::now());
    server.limits.join.admit(&address, now).map_err(too_many)?;
    let digest = auth::digest(&body.token);
    let Some(party) = server
        .store
        .redeem_invitation(digest, clock::utc_now())
        .await
        .inspect_err(|_| server.limits.join.give_back(&address, now))?
    else {
        return Err(Problem::new(Code::InvitationInvalid));
    };
    server.limits.join.give_back(&address, now);
    let (token, expires_at) = auth::admit_party(&server, party.clone()).await?;
    let joined = Joined {
        token: token.clone(),
        expires_at,
        sid: party.sid,
        participant: party.participant,
    };
    Ok((jar.add(auth::cookie(token)), axum::Json(joined)))
}

pub(super) fn too_many(wait: Duration) -> Problem {
    Problem::new(Code::TooManyAttempts).retry_after(wait.as_secs().saturating_add(1))
}

/// One customer's network: an IPv4 address, or the /64 of an IPv6 address.
pub(super) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_customer_is_one_network() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
