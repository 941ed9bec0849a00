//! Seats, queue, and one's own figures.

use axum::extract::State;
use ids::UtcMillis;

use crate::clock;
use crate::dto::{Figures, Items, QueueItem, SeatStatus};
use crate::http::Shared;
use crate::http::auth::Caller;
use crate::http::problem::Problem;
use crate::store::Role;

/// All seats and what they do.
#[utoipa::path(get, path = "/seats", tag = "seats", responses((status = 200, body = Items<SeatStatus>)))]
pub async fn list_seats(
    State(server): State<Shared>,
    caller: Caller,
) -> Result<axum::Json<Items<SeatStatus>>, Problem> {
    caller.with_role(&[Role::Officer, Role::Seat, Role::Chief])?;
    Ok(axum::Json(Items {
        items: server.app.seats().await?,
    }))
}

/// Waiting calls, first first.
#[utoipa::path(get, path = "/queue", tag = "seats", responses((status = 200, body = Items<QueueItem>)))]
pub async fn list_queue(
    State(server): State<Shared>,
    caller: Caller,
) -> Result<axum::Json<Items<QueueItem>>, Problem> {
    caller.with_role(&[Role::Seat, Role::Chief])?;
    Ok(axum::Json(Items {
        items: server.app.queue().await?,
    }))
}

/// One's own day so far.
#[utoipa::path(get, path = "/figures", tag = "seats", responses((status = 200, body = Figures)))]
pub async fn own_figures(
    State(server): State<Shared>,
    caller: Caller,
) -> Result<axum::Json<Figures>, Problem> {
    let account = caller.with_role(&[Role::Officer, Role::Seat])?;
    let (from, to) = day_in_shanghai(clock::utc_now());
    let figures = server.store.figures(account.id, from, to).await?;
    Ok(axum::Json(Figures {
        sessions_today: figures.sessions,
        mean_handling_ms: figures.mean_handling_ms,
        returned_today: figures.returned,
    }))
}

/// Midnight to midnight around `now`. Asia/Shanghai has been UTC+8 without daylight saving since 1991.
fn day_in_shanghai(now: UtcMillis) -> (UtcMillis, UtcMillis) {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    const OFFSET_MS: i64 = 8 * 60 * 60 * 1000;
    let local = now.as_millis() + OFFSET_MS;
    let from = local - local.rem_euclid(DAY_MS) - OFFSET_MS;
    (
        UtcMillis::from_millis(from),
        UtcMillis::from_millis(from + DAY_MS),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_begins_at_midnight_in_shanghai() {
        let (from, to) = day_in_shanghai("2026-11-24T15:59:59.999Z".parse().unwrap());
        assert_eq!(from.to_string(), "2026-11-23T16:00:00.000Z");
        assert_eq!(to.to_string(), "2026-11-24T16:00:00.000Z");
        let (from, _) = day_in_shanghai("2026-11-24T16:00:00.000Z".parse().unwrap());
        assert_eq!(from.to_string(), "2026-11-24T16:00:00.000Z");
    }
}
