//! The HTTP side of a WebSocket's opening (RFC 6455 §4.2).

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::http::header::{
    CONNECTION, HOST, HeaderMap, HeaderName, ORIGIN, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use tokio_tungstenite::tungstenite::http::{Response, StatusCode, Uri};

/// A request that gets no WebSocket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// A header is missing or says something else.
    #[error("not a WebSocket request: header {0}")]
    NotAnUpgrade(HeaderName),
    /// Another version than 13.
    #[error("WebSocket version 13 is spoken here")]
    Version,
    /// A page of another site asks. Its visitor's cookie must not open a connection for it.
    #[error("a page of {origin} may not connect to {host}")]
    ForeignOrigin {
        /// The page's origin.
        origin: String,
        /// The host that was asked.
        host: String,
    },
}

impl UpgradeError {
    /// The status to answer with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotAnUpgrade(_) => StatusCode::BAD_REQUEST,
            Self::Version => StatusCode::UPGRADE_REQUIRED,
            Self::ForeignOrigin { .. } => StatusCode::FORBIDDEN,
        }
    }
}

/// The `101 Switching Protocols` to a GET with these headers, after which the stream is for
/// [`super::Server::serve`].
///
/// A browser sends `Origin` and it must be the host that is asked (the port counts, the scheme's default one may be
/// left out); programs that send none carry no cookies by themselves and are let through.
///
/// # Errors
/// See [`UpgradeError`].
pub fn accept(headers: &HeaderMap) -> Result<Response<()>, UpgradeError> {
    let has_token = |name: HeaderName, token: &str| {
        let lines = headers
            .get_all(&name)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let found = lines
            .flat_map(|line| line.split(','))
            .any(|item| item.trim().eq_ignore_ascii_case(token));
        found.then_some(()).ok_or(UpgradeError::NotAnUpgrade(name))
    };
    has_token(CONNECTION, "upgrade")?;
    has_token(UPGRADE, "websocket")?;
    if headers
        .get(SEC_WEBSOCKET_VERSION)
        .is_none_or(|version| version != "13")
    {
        return Err(UpgradeError::Version);
    }
    let key = headers
        .get(SEC_WEBSOCKET_KEY)
        .ok_or(UpgradeError::NotAnUpgrade(SEC_WEBSOCKET_KEY))?;
    same_origin(headers)?;
    let response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()));
    Ok(response.body(()).expect("the accept key is base64"))
}

fn same_origin(headers: &HeaderMap) -> Result<(), UpgradeError> {
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let text = |value: Option<&tokio_tungstenite::tungstenite::http::HeaderValue>| {
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let (origin, host) = (text(Some(origin)), text(headers.get(HOST)));
    let page = origin.parse::<Uri>().ok();
    let page_authority = page
        .as_ref()
        .and_then(|page| Some((page.scheme_str()?, page.authority()?.as_str())));
    let same = page_authority.is_some_and(|(scheme, authority)| {
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        let bare = |authority: &str| {
            authority
                .strip_suffix(default_port)
                .unwrap_or(authority)
                .to_owned()
        };
        !host.is_empty() && bare(authority) == bare(&host)
    });
    if same {
        Ok(())
    } else {
        Err(UpgradeError::ForeignOrigin { origin, host })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(more: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let base = [
            (CONNECTION, "keep-alive, Upgrade"),
            (UPGRADE, "WebSocket"),
            (SEC_WEBSOCKET_VERSION, "13"),
            (SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="),
            (HOST, "seat.example:8443"),
        ];
        for (name, value) in base.iter().chain(more) {
            headers.insert(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_answer_is_that_of_rfc_6455_section_1_3() {
        let response = accept(&request(&[])).unwrap();
        assert_eq!(response.status(), 101);
        assert_eq!(
            response.headers()[SEC_WEBSOCKET_ACCEPT],
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn what_is_no_upgrade_is_told_which_header_to_mend() {
        for name in [CONNECTION, UPGRADE, SEC_WEBSOCKET_KEY] {
            let mut headers = request(&[]);
            headers.remove(&name);
            let error = accept(&headers).unwrap_err();
            assert_eq!(
                (error.status(), error),
                (StatusCode::BAD_REQUEST, UpgradeError::NotAnUpgrade(name))
            );
        }
        let error = accept(&request(&[(SEC_WEBSOCKET_VERSION, "8")])).unwrap_err();
        assert_eq!(error.status(), StatusCode::UPGRADE_REQUIRED);
    }

    #[test]
    fn only_pages_of_this_host_connect() {
        for own in ["https://seat.example:8443", "https://SEAT.example:8443"] {
            assert!(accept(&request(&[(ORIGIN, own)])).is_ok(), "{own}");
        }
        for foreign in [
            "https://evil.example",
            "https://seat.example",
            "https://seat.example:8443.evil.example",
            "https://seat.example:84430",
            "null",
            "",
        ] {
            let error = accept(&request(&[(ORIGIN, foreign)])).unwrap_err();
            assert_eq!(error.status(), StatusCode::FORBIDDEN, "{foreign}");
        }
        assert!(
            accept(&request(&[
                (ORIGIN, "https://a.example"),
                (HOST, "a.example:443")
            ]))
            .is_ok()
        );
        assert!(
            accept(&request(&[
                (ORIGIN, "http://a.example:80"),
                (HOST, "a.example")
            ]))
            .is_ok()
        );
        assert!(
            accept(&request(&[
                (ORIGIN, "https://a.example"),
                (HOST, "a.example:80")
            ]))
            .is_err()
        );
    }
}
