//! Pages without a script: the one that shows a phone how to trust this server, and the API's description.

mod authority;
mod docs;

use axum::Router;
use axum::http::header;
use axum::routing::get;

use super::Shared;

const STYLE: &str = include_str!("style.css");

/// The pages' routes.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/ca", get(authority::page))
        .route("/ca/cloudseat-ca.crt", get(authority::certificate))
        .route("/ca/cloudseat-ca.pem", get(authority::pem))
        .route("/api/docs", get(docs::page))
        .route("/ca/style.css", get(style))
}

async fn style() -> impl axum::response::IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "max-age=3600"),
        ],
        STYLE,
    )
}

/// Text for HTML.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

fn html(lang: &str, title: &str, body: &str) -> axum::response::Html<String> {
    axum::response::Html(format!(
        "<!doctype html>\n<html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{}</title><link rel=\"stylesheet\" href=\"/ca/style.css\"></head>\n<body>{body}</body></html>\n",
        escape(title)
    ))
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_in_texts_is_text() {
        assert_eq!(
            super::escape("<a href=\"x\">&"),
            "&lt;a href=&quot;x&quot;&gt;&amp;"
        );
    }
}
