//! Everything the server answers to, in one place.

use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::routing::get;
use axum::{Router, middleware};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::problem::{Code, Problem};
use super::routes::{
    audit, cases, catalogue, decision, evidence, people, receipts, seats, sessions, sign_in, steps,
};
use super::{Shared, assets, auth, drain, headers, health, limits, openapi, pages, problem, ws};

/// The API's routes with what the OpenAPI document says of them.
pub fn api() -> OpenApiRouter<Shared> {
    let routes = OpenApiRouter::default()
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_in::sign_out))
        .routes(routes!(sign_in::me))
        .routes(routes!(sign_in::join))
        .routes(routes!(people::list_users, people::create_user))
        .routes(routes!(people::change_user))
        .routes(routes!(people::reset_password))
        .routes(routes!(people::list_units, people::create_unit))
        .routes(routes!(seats::list_seats))
        .routes(routes!(seats::list_queue))
        .routes(routes!(seats::own_figures))
        .routes(routes!(catalogue::list_violations))
        .routes(routes!(catalogue::list_choices))
        .routes(routes!(catalogue::list_procedures))
        .routes(routes!(cases::list_cases, cases::create_case))
        .routes(routes!(cases::read_case))
        .routes(routes!(cases::call_seat))
        .routes(routes!(sessions::list_sessions))
        .routes(routes!(sessions::read_session))
        .routes(routes!(sessions::cancel_call))
        .routes(routes!(sessions::invite))
        .routes(routes!(sessions::seal))
        .routes(routes!(cases::file_case))
        .routes(routes!(cases::note_payment))
        .routes(routes!(steps::read_steps))
        .routes(routes!(steps::start_step))
        .routes(routes!(steps::read_sentence))
        .routes(routes!(steps::set_fields))
        .routes(routes!(steps::confirm))
        .routes(routes!(steps::complete_step))
        .routes(routes!(steps::list_captures))
        .routes(
            routes!(steps::take_capture).layer(DefaultBodyLimit::max(limits::CAPTURE_BYTES_MAX)),
        )
        .routes(routes!(steps::read_capture))
        .routes(routes!(steps::state_defence))
        .routes(routes!(steps::review))
        .routes(routes!(steps::take_exit))
        .routes(routes!(decision::read_decision, decision::make_decision))
        .routes(routes!(decision::read_draft))
        .routes(routes!(decision::read_document))
        .routes(routes!(decision::sign).layer(DefaultBodyLimit::max(limits::SIGNATURE_BYTES_MAX)))
        .routes(routes!(decision::deliver))
        .routes(routes!(evidence::read_recording))
        .routes(routes!(evidence::read_track))
        .routes(routes!(evidence::read_log))
        .routes(routes!(evidence::verify))
        .routes(routes!(evidence::read_bundle))
        .routes(routes!(evidence::read_receipt))
        .routes(routes!(receipts::check_receipt))
        .routes(routes!(receipts::prove_consistency))
        .routes(routes!(audit::list_audit));
    OpenApiRouter::with_openapi(openapi::base()).nest(openapi::BASE, routes)
}

/// The whole site. Outermost first: headers, the request's id and the body of problems, counting, compression, origin.
pub fn router(server: Shared) -> Router {
    let document: &'static str = openapi::json().leak();
    let document = move || async move { ([(header::CONTENT_TYPE, "application/json")], document) };
    let (api, _) = api().split_for_parts();
    api.route("/api/v1/openapi.json", get(document))
        .route("/api/v1/ws", get(ws::upgrade))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/trust.json", get(health::trust))
        .merge(pages::routes())
        .fallback(assets::serve)
        .method_not_allowed_fallback(|| async { Problem::new(Code::MethodNotAllowed) })
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX))
        .layer(middleware::from_fn(auth::same_origin))
        .layer(middleware::from_fn(drain::drain))
        .layer(CompressionLayer::new().compress_when(compressible()))
        .layer(middleware::from_fn_with_state(
            server.clone(),
            health::observe,
        ))
        .layer(middleware::from_fn(problem::render))
        .layer(middleware::from_fn_with_state(server.clone(), headers::add))
        .with_state(server)
}

/// Texts; what is compressed already, or served by range, is not.
fn compressible() -> impl Predicate {
    let not = NotForContentType::const_new;
    DefaultPredicate::new()
        .and(not("video/"))
        .and(not("audio/"))
        .and(not("application/zip"))
        .and(not("application/pdf"))
}
