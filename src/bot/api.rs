//! The HTTP side of a bot: one signed-in person.

use std::fmt::Display;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

/// One person's requests.
#[derive(Debug, Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
    token: String,
}

/// How a server is reached and trusted.
#[derive(Debug, Clone)]
pub struct Server {
    /// `https://host:port`.
    pub url: String,
    /// The certificate authority of the server, PEM; none: the system's.
    pub ca: Option<Vec<u8>>,
}

impl Server {
    fn http(&self) -> anyhow::Result<reqwest::Client> {
        let mut builder = reqwest::Client::builder().timeout(Duration::from_secs(30));
        if let Some(ca) = &self.ca {
            for certificate in reqwest::Certificate::from_pem_bundle(ca)
                .context("the certificate authority's file is not PEM")?
            {
                builder = builder.add_root_certificate(certificate);
            }
        }
        Ok(builder.build()?)
    }

    /// Signs in with an account.
    pub async fn sign_in(&self, login: &str, password: &str) -> anyhow::Result<Api> {
        let body = serde_json::json!({ "login": login, "password": password });
        self.begin("sign-in", &body)
            .await
            .with_context(|| format!("signing in as {login}"))
    }

    /// Comes in as a party, by an invitation.
    pub async fn join(&self, invitation: &str) -> anyhow::Result<Api> {
        self.begin("join", &serde_json::json!({ "token": invitation }))
            .await
            .context("joining by an invitation")
    }

    async fn begin(&self, path: &str, body: &Value) -> anyhow::Result<Api> {
        let base = self.url.trim_end_matches('/').to_owned();
        let mut api = Api {
            http: self.http()?,
            base,
            token: String::new(),
        };
        let answer = api.post(path, body).await?;
        api.token = text(&answer, "token")?;
        Ok(api)
    }
}

impl Api {
    /// The token that signs this person in.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Reads.
    pub async fn get(&self, path: impl Display) -> anyhow::Result<Value> {
        self.send(self.http.get(self.address(&path)), &path).await
    }

    /// Does.
    pub async fn post(&self, path: impl Display, body: &Value) -> anyhow::Result<Value> {
        self.send(self.http.post(self.address(&path)).json(body), &path)
            .await
    }

    /// Enters.
    pub async fn put(&self, path: impl Display, body: &Value) -> anyhow::Result<Value> {
        self.send(self.http.put(self.address(&path)).json(body), &path)
            .await
    }

    /// Sends a picture.
    pub async fn post_jpeg(
        &self,
        path: impl Display,
        jpeg: &'static [u8],
    ) -> anyhow::Result<Value> {
        let request = self
            .http
            .post(self.address(&path))
            .header("content-type", "image/jpeg")
            .body(jpeg);
        self.send(request, &path).await
    }

    fn address(&self, path: &impl Display) -> String {
        format!("{}/api/v1/{path}", self.base)
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        path: &impl Display,
    ) -> anyhow::Result<Value> {
        let request = if self.token.is_empty() {
            request
        } else {
            request.bearer_auth(&self.token)
        };
        let response = request
            .send()
            .await
            .with_context(|| format!("{path}: the server cannot be reached"))?;
        let status = response.status();
        let body = response.bytes().await?;
        if status.is_success() {
            return if body.is_empty() {
                Ok(Value::Null)
            } else {
                Ok(serde_json::from_slice(&body)?)
            };
        }
        let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
        let detail = problem
            .get("detail_en")
            .and_then(Value::as_str)
            .unwrap_or("no reason given");
        bail!(
            "{path}: {status}: {detail} {}",
            problem
                .get("fields")
                .map(ToString::to_string)
                .unwrap_or_default()
        )
    }
}

/// A member that must be a text.
pub(super) fn text(value: &Value, member: &str) -> anyhow::Result<String> {
    let found = value.get(member).and_then(Value::as_str);
    Ok(found
        .with_context(|| format!("the answer has no {member}"))?
        .to_owned())
}
