//! The local authority's certificate, and how to install it.

use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use super::{escape, html};
use crate::http::Shared;
use crate::http::problem::{Code, Problem};

const TEXT: &str = include_str!("authority.html");

const FROM_ELSEWHERE: &str = "<main><h1>无需安装证书</h1><p>本站的证书由公共颁发机构签发，设备已经信任它。</p></main>\
    <section lang=\"en\"><h1>Nothing to install</h1>\
    <p>This site's certificate is from an authority that devices trust already.</p></section>";

pub(super) async fn page(State(server): State<Shared>) -> Html<String> {
    match &server.authority {
        Some(authority) => {
            let text = TEXT.replace("{fingerprint}", &escape(&authority.fingerprint));
            html(
                "zh-CN",
                "cloudseat · CA",
                &text.replace("{name}", "cloudseat local authority"),
            )
        }
        None => html("zh-CN", "cloudseat · CA", FROM_ELSEWHERE),
    }
}

/// With this media type iOS offers to install it as a profile, and Android as a certificate.
pub(super) async fn certificate(State(server): State<Shared>) -> Response {
    match &server.authority {
        Some(authority) => {
            let headers = [
                (header::CONTENT_TYPE, "application/x-x509-ca-cert"),
                (
                    header::CONTENT_DISPOSITION,
                    "attachment; filename=\"cloudseat-ca.crt\"",
                ),
            ];
            (headers, authority.der.clone()).into_response()
        }
        None => Problem::new(Code::NotFound).into_response(),
    }
}

/// For programs: `curl --cacert`.
pub(super) async fn pem(State(server): State<Shared>) -> Response {
    match &server.authority {
        Some(authority) => (
            [(header::CONTENT_TYPE, "application/x-pem-file")],
            authority.pem.clone(),
        )
            .into_response(),
        None => Problem::new(Code::NotFound).into_response(),
    }
}
