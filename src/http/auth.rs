//! Who asks: passwords, opaque tokens, cookies.
//!
//! A token is 32 random bytes in base64url. The database keeps its SHA-256 only, so that a stolen copy of it
//! signs nobody in. Browsers carry the token in a cookie no script can read; programs in `Authorization`.

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version};
use axum::extract::{FromRequestParts, OptionalFromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ids::UtcMillis;
use sha2::{Digest, Sha256};

use super::problem::{Code, Problem};
use super::{Server, Shared};
use crate::clock;
use crate::store::{Access, Account, NewToken, Party, Principal, Role, TokenDigest, TokenScope};

/// Name of the cookie.
pub const COOKIE: &str = "cloudseat";
/// How long a sign-in lasts: a duty of twelve hours.
pub const SIGN_IN_MS: i64 = 12 * 60 * 60 * 1000;
/// How long a party stays in its session.
pub const PARTY_MS: i64 = 4 * 60 * 60 * 1000;
/// How long an invitation can be used.
pub const INVITATION_MS: i64 = 15 * 60 * 1000;
/// Fewest characters of a chosen password.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Most bytes of a password, so that hashing stays cheap for strangers.
pub const PASSWORD_BYTES_MAX: usize = 256;

/// Random bytes from the system.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system's random source works once the process runs");
    bytes
}

/// A new opaque token with its digest.
pub fn new_token() -> (String, TokenDigest) {
    let token = URL_SAFE_NO_PAD.encode(random::<32>());
    let digest = digest(&token);
    (token, digest)
}

/// The digest by which the database knows a token.
pub fn digest(token: &str) -> TokenDigest {
    TokenDigest(Sha256::digest(token.as_bytes()).into())
}

/// A password for a person to type: 16 characters that can't be mistaken for one another (80 bits).
pub fn new_password() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let text: Vec<char> = random::<16>()
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect();
    text.chunks(4)
        .map(String::from_iter)
        .collect::<Vec<_>>()
        .join("-")
}

/// Argon2id with RFC 9106's second recommended cost scaled to a small server: 19 MiB, two passes, one lane.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("these are valid costs");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Hashes a password (PHC string). Takes tens of milliseconds of one core.
pub fn hash_password(password: &str) -> String {
    argon2()
        .hash_password_with_salt(password.as_bytes(), &random::<16>())
        .expect("a salt of 16 bytes fits")
        .to_string()
}

fn verify_password(password: &str, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else {
        return false;
    };
    argon2().verify_password(password.as_bytes(), &hash).is_ok()
}

/// Hashes a password on a thread of its own.
///
/// # Errors
/// [`Code::Busy`] where too many wait for a core.
pub async fn hashed(server: &Server, password: String) -> Result<String, Problem> {
    let pass = server.limits.hashing.pass().await?;
    tokio::task::spawn_blocking(move || {
        let _pass = pass;
        hash_password(&password)
    })
    .await
    .map_err(Problem::internal)
}

/// Verifies login name and password. An unknown name costs as much time as a wrong password.
pub async fn authenticate(
    server: &Server,
    login: &str,
    password: String,
) -> Result<Option<Account>, Problem> {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2R5$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let pass = server.limits.hashing.pass().await?;
    let found = server.store.account_by_login(login).await?;
    let (account, hash) = found.map_or((None, NOBODY.to_owned()), |(account, hash)| {
        (Some(account), hash)
    });
    let right = tokio::task::spawn_blocking(move || {
        let _pass = pass;
        verify_password(&password, &hash)
    })
    .await
    .map_err(Problem::internal)?;
    Ok(account.filter(|account| right && !account.disabled))
}

/// Makes a token for an account.
pub async fn sign_in(server: &Server, account: &Account) -> Result<(String, UtcMillis), Problem> {
    issue(server, TokenScope::Account(account.id), SIGN_IN_MS).await
}

/// Makes a token for a party.
pub async fn admit_party(server: &Server, party: Party) -> Result<(String, UtcMillis), Problem> {
    issue(server, TokenScope::Party(party), PARTY_MS).await
}

async fn issue(
    server: &Server,
    scope: TokenScope,
    lasts_ms: i64,
) -> Result<(String, UtcMillis), Problem> {
    let (token, digest) = new_token();
    let created_at = clock::utc_now();
    let expires_at = UtcMillis::from_millis(created_at.as_millis() + lasts_ms);
    server
        .store
        .add_token(&NewToken {
            digest,
            scope,
            created_at,
            expires_at,
        })
        .await?;
    Ok((token, expires_at))
}

/// The cookie that carries `token`. `Max-Age` is left out: it ends with the browser, or with the token.
pub fn cookie(token: String) -> Cookie<'static> {
    Cookie::build((COOKIE, token))
        .path("/")
        .http_only(true)
        .secure(true)
        .same_site(SameSite::Strict)
        .build()
}

fn presented(headers: &HeaderMap) -> Option<String> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| token.trim().to_owned());
    }
    CookieJar::from_headers(headers)
        .get(COOKIE)
        .map(|cookie| cookie.value().to_owned())
}

/// The digest of the token a request presents, where it presents one.
pub fn presented_digest(headers: &HeaderMap) -> Option<TokenDigest> {
    presented(headers).map(|token| digest(&token))
}

/// Whose request it is.
#[derive(Debug, Clone)]
pub struct Caller(pub Access);

impl Caller {
    /// The account; a party is refused.
    pub fn account(&self) -> Result<&Account, Problem> {
        self.0
            .principal
            .account()
            .ok_or_else(|| Problem::new(Code::Forbidden))
    }

    /// The account, if it has one of `roles`.
    pub fn with_role(&self, roles: &[Role]) -> Result<&Account, Problem> {
        let account = self.account()?;
        if roles.contains(&account.role) {
            Ok(account)
        } else {
            Err(Problem::new(Code::Forbidden))
        }
    }

    /// Account or party.
    pub fn principal(&self) -> &Principal {
        &self.0.principal
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Shared) -> Result<Self, Problem> {
        <Self as OptionalFromRequestParts<Shared>>::from_request_parts(parts, server)
            .await?
            .ok_or_else(|| Problem::new(Code::Unauthenticated))
    }
}

impl OptionalFromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        server: &Shared,
    ) -> Result<Option<Self>, Problem> {
        let Some(digest) = presented_digest(&parts.headers) else {
            return Ok(None);
        };
        Ok(server
            .store
            .access(digest, clock::utc_now())
            .await?
            .map(Self))
    }
}

/// Middleware: a request that changes something and carries the cookie must come from this site's own page.
///
/// `SameSite=Strict` keeps the cookie out of other sites' requests already; this also holds against pages of
/// sibling hosts. `Sec-Fetch-Site` is set by the browser and can't be forged by a page; browsers without it
/// send `Origin`.
pub async fn same_origin(request: Request, next: Next) -> Response {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let headers = request.headers();
    let by_cookie =
        headers.contains_key(header::COOKIE) && !headers.contains_key(header::AUTHORIZATION);
    if !safe && by_cookie && !is_same_origin(headers, request.uri().authority().map(|a| a.as_str()))
    {
        return Problem::new(Code::CrossOrigin).into_response();
    }
    next.run(request).await
}

/// `authority` is that of an HTTP/2 request; HTTP/1.1 has `Host`.
pub fn is_same_origin(headers: &HeaderMap, authority: Option<&str>) -> bool {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &header::HeaderValue| value.to_str().ok())
    };
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN) else {
        // No browser leaves both out of such a request; a program that sends cookies is its owner's choice.
        return true;
    };
    let host = authority.or_else(|| text(header::HOST));
    host.is_some_and(|host| origin.strip_prefix("https://") == Some(host))
}
