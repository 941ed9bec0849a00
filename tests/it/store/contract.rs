//! What every database has to do.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use cloudseat::store::*;
use ids::{Sid, UtcMillis};
use uuid::Uuid;

type Case = fn(Arc<dyn Store>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        pub(super) const CASES: &[(&str, Case)] = &[$((stringify!($name), |store| Box::pin($name(store)))),*];
    };
}

cases![
    units_are_listed_by_name,
    an_account_is_what_was_added,
    accounts_are_searched_and_paged,
    a_token_is_worth_what_its_owner_is,
    tokens_end,
    an_invitation_is_redeemed_once,
    a_case_changes_only_where_asked,
    cases_are_searched_and_paged_while_the_list_grows,
    a_session_is_written_whole_and_keeps_its_verdict,
    sessions_are_filtered,
    looks_at_evidence_are_indexed_once,
    figures_are_of_one_account_and_one_day,
    the_index_is_replaced_whole_and_verdicts_stay,
    a_foreign_cursor_is_refused,
];

pub(crate) fn unit(name: &str) -> Unit {
    Unit {
        id: Uuid::now_v7(),
        name: name.to_owned(),
        short_name: "大队".to_owned(),
        parent_id: None,
        review_authority: "林西县人民政府".to_owned(),
        bank: "中国农业银行".to_owned(),
    }
}

fn at(ms: i64) -> UtcMillis {
    UtcMillis::from_millis(1_795_511_597_050 + ms)
}

pub(crate) async fn add_account(store: &dyn Store, login: &str, role: Role) -> Account {
    let units = store.units().await.unwrap();
    let unit = match units.into_iter().next() {
        Some(unit) => unit,
        None => {
            let unit = unit("林西县公安局交通管理大队");
            store.add_unit(&unit).await.unwrap();
            unit
        }
    };
    let account = NewAccount {
        id: Uuid::now_v7(),
        login: login.to_owned(),
        name: format!("王{login}"),
        role,
        unit_id: unit.id,
        badge_no: format!("15043{}", login.len()),
        qualified: true,
        police_type: "police_traffic".to_owned(),
        password_hash: format!("hash of {login}"),
        created_at: at(0),
    };
    store.add_account(&account).await.unwrap();
    store.account(account.id).await.unwrap().unwrap()
}

fn page(cursor: Option<String>, limit: u32) -> PageRequest {
    PageRequest::new(cursor, Some(limit))
}

fn sid(n: u8) -> Sid {
    Sid::from_bytes([n; 16])
}

fn session(n: u8, officer: &Account) -> SessionRow {
    SessionRow {
        sid: sid(n),
        session_no: u64::from(n),
        case_id: None,
        procedure: "traffic_simple".to_owned(),
        state: SessionState::Queued,
        officer: officer.person(),
        seat: None,
        opened_at: at(i64::from(n) * 1000),
        ended_at: None,
        gaps: 0,
        gap_ms: 0,
        returned: false,
        plate: None,
        doc_no: None,
        penalty_text: None,
        doc_sha256: None,
    }
}

async fn units_are_listed_by_name(store: Arc<dyn Store>) {
    let mut above = unit("a");
    above.name = "乙".to_owned();
    store.add_unit(&above).await.unwrap();
    let below = Unit {
        parent_id: Some(above.id),
        ..unit("丁")
    };
    store.add_unit(&below).await.unwrap();
    assert_eq!(store.units().await.unwrap(), [below, above]);
    let orphan = Unit {
        parent_id: Some(Uuid::now_v7()),
        ..unit("丙")
    };
    assert!(matches!(
        store.add_unit(&orphan).await,
        Err(Error::Missing { what: "parent_id" })
    ));
}

async fn an_account_is_what_was_added(store: Arc<dyn Store>) {
    let account = add_account(&*store, "officer", Role::Officer).await;
    assert_eq!(
        (account.role, account.name.as_str(), account.disabled),
        (Role::Officer, "王officer", false)
    );
    let (found, hash) = store.account_by_login("officer").await.unwrap().unwrap();
    assert_eq!((found, hash.as_str()), (account.clone(), "hash of officer"));
    assert!(store.account_by_login("nobody").await.unwrap().is_none());
    assert!(store.account(Uuid::now_v7()).await.unwrap().is_none());

    let again = NewAccount {
        id: Uuid::now_v7(),
        login: "officer".to_owned(),
        name: String::new(),
        role: Role::Seat,
        unit_id: account.unit.id,
        badge_no: String::new(),
        qualified: false,
        police_type: String::new(),
        password_hash: String::new(),
        created_at: at(0),
    };
    assert!(matches!(
        store.add_account(&again).await,
        Err(Error::Taken { what: "login" })
    ));
    let homeless = NewAccount {
        login: "other".to_owned(),
        unit_id: Uuid::now_v7(),
        ..again
    };
    assert!(matches!(
        store.add_account(&homeless).await,
        Err(Error::Missing { what: "unit_id" })
    ));

    let change = AccountChange {
        name: Some("李静".to_owned()),
        qualified: Some(false),
        ..AccountChange::default()
    };
    store.change_account(account.id, &change).await.unwrap();
    let changed = store.account(account.id).await.unwrap().unwrap();
    assert_eq!(
        changed,
        Account {
            name: "李静".to_owned(),
            qualified: false,
            ..account
        }
    );
    assert!(matches!(
        store.change_account(Uuid::now_v7(), &change).await,
        Err(Error::Missing { what: "account" })
    ));
    assert!(matches!(
        store.set_password(Uuid::now_v7(), "x").await,
        Err(Error::Missing { what: "account" })
    ));
}

async fn accounts_are_searched_and_paged(store: Arc<dyn Store>) {
    for login in ["a1", "b_2", "b%3", "c4", "d5"] {
        add_account(
            &*store,
            login,
            if login == "c4" {
                Role::Seat
            } else {
                Role::Officer
            },
        )
        .await;
    }
    let logins = |page: &Page<Account>| {
        page.items
            .iter()
            .map(|account| account.login.clone())
            .collect::<Vec<_>>()
    };
    let all = AccountFilter::default();
    let first = store.accounts(&all, &page(None, 2)).await.unwrap();
    assert_eq!(logins(&first), ["a1", "b%3"]);
    let second = store.accounts(&all, &page(first.next, 2)).await.unwrap();
    assert_eq!(logins(&second), ["b_2", "c4"]);
    let third = store.accounts(&all, &page(second.next, 2)).await.unwrap();
    assert_eq!((logins(&third), third.next), (vec!["d5".to_owned()], None));

    let find = |text: &str| AccountFilter {
        text: Some(text.to_owned()),
        role: None,
    };
    assert_eq!(
        logins(&store.accounts(&find("王C4"), &page(None, 9)).await.unwrap()),
        ["c4"]
    );
    assert_eq!(
        logins(&store.accounts(&find("b_"), &page(None, 9)).await.unwrap()),
        ["b_2"],
        "_ is no wildcard"
    );
    assert_eq!(
        logins(&store.accounts(&find("b%"), &page(None, 9)).await.unwrap()),
        ["b%3"],
        "% is no wildcard"
    );
    let seats = AccountFilter {
        text: None,
        role: Some(Role::Seat),
    };
    assert_eq!(
        logins(&store.accounts(&seats, &page(None, 9)).await.unwrap()),
        ["c4"]
    );
}

fn token(n: u8, scope: TokenScope, expires_ms: i64) -> NewToken {
    NewToken {
        digest: TokenDigest([n; 32]),
        scope,
        created_at: at(0),
        expires_at: at(expires_ms),
    }
}

async fn a_token_is_worth_what_its_owner_is(store: Arc<dyn Store>) {
    let account = add_account(&*store, "officer", Role::Officer).await;
    let of_account = |n| token(n, TokenScope::Account(account.id), 1000);
    store.add_token(&of_account(1)).await.unwrap();
    let access = store
        .access(TokenDigest([1; 32]), at(999))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        access,
        Access {
            principal: Principal::Account(account.clone()),
            expires_at: at(1000)
        }
    );
    assert!(
        store
            .access(TokenDigest([9; 32]), at(0))
            .await
            .unwrap()
            .is_none()
    );

    let party = Party {
        sid: sid(7),
        participant: "party_1".parse().unwrap(),
    };
    store
        .add_token(&token(2, TokenScope::Party(party.clone()), 1000))
        .await
        .unwrap();
    let access = store
        .access(TokenDigest([2; 32]), at(0))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(access.principal, Principal::Party(party));

    let ended = |n| {
        let store = Arc::clone(&store);
        async move {
            store
                .access(TokenDigest([n; 32]), at(0))
                .await
                .unwrap()
                .is_none()
        }
    };
    let disable = AccountChange {
        disabled: Some(true),
        ..AccountChange::default()
    };
    store.change_account(account.id, &disable).await.unwrap();
    assert!(ended(1).await, "disabling ends what is signed in");
    let enable = AccountChange {
        disabled: Some(false),
        ..AccountChange::default()
    };
    store.change_account(account.id, &enable).await.unwrap();
    assert!(ended(1).await, "and enabling does not revive it");
    store.add_token(&of_account(3)).await.unwrap();
    store.set_password(account.id, "new").await.unwrap();
    assert!(ended(3).await, "so does a new password");
    assert_eq!(
        store.account_by_login("officer").await.unwrap().unwrap().1,
        "new"
    );
    store.add_token(&of_account(4)).await.unwrap();
    let promote = AccountChange {
        role: Some(Role::Seat),
        ..AccountChange::default()
    };
    store.change_account(account.id, &promote).await.unwrap();
    assert!(ended(4).await, "so does another role");
    assert!(!ended(2).await, "the party's stays");
}

async fn tokens_end(store: Arc<dyn Store>) {
    let account = add_account(&*store, "officer", Role::Officer).await;
    for n in 1..=3 {
        let token = token(n, TokenScope::Account(account.id), i64::from(n) * 1000);
        store.add_token(&token).await.unwrap();
    }
    assert!(
        store
            .access(TokenDigest([1; 32]), at(1000))
            .await
            .unwrap()
            .is_none(),
        "worth nothing from its end on"
    );
    for (until, ends) in [(5000, 5000), (4000, 5000)] {
        let second = TokenDigest([2; 32]);
        store.extend_token(second, at(until)).await.unwrap();
        let worth = async |now| store.access(second, at(now)).await.unwrap();
        assert_eq!(worth(ends - 1).await.unwrap().expires_at, at(ends));
        assert!(worth(ends).await.is_none());
    }
    store.end_token(TokenDigest([3; 32])).await.unwrap();
    store.end_token(TokenDigest([3; 32])).await.unwrap();
    assert!(
        store
            .access(TokenDigest([3; 32]), at(0))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(store.forget_expired(at(1500)).await.unwrap(), 1);
    assert!(
        store
            .access(TokenDigest([2; 32]), at(0))
            .await
            .unwrap()
            .is_some()
    );
}

async fn an_invitation_is_redeemed_once(store: Arc<dyn Store>) {
    let account = add_account(&*store, "officer", Role::Officer).await;
    let party = Party {
        sid: sid(1),
        participant: "party_1".parse().unwrap(),
    };
    let invitation = |n| NewInvitation {
        digest: TokenDigest([n; 32]),
        party: party.clone(),
        created_by: account.id,
        created_at: at(0),
        expires_at: at(1000),
    };
    store.add_invitation(&invitation(1)).await.unwrap();
    store.add_invitation(&invitation(2)).await.unwrap();
    let digest = TokenDigest([1; 32]);
    let tries = (0..8).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.redeem_invitation(digest, at(500)).await.unwrap() })
    });
    let mut got = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        got.extend(one.await.unwrap());
    }
    assert_eq!(got, [party], "of many at once, one");
    assert!(
        store
            .redeem_invitation(TokenDigest([2; 32]), at(1000))
            .await
            .unwrap()
            .is_none(),
        "not after its end"
    );
    assert!(
        store
            .redeem_invitation(TokenDigest([3; 32]), at(0))
            .await
            .unwrap()
            .is_none()
    );
}

fn new_case(officer: &Account, plate: &str, ms: i64) -> NewCase {
    NewCase {
        id: Uuid::now_v7(),
        procedure: "traffic_simple".to_owned(),
        officer_id: officer.id,
        facts: CaseFacts {
            lon: Some(118.05),
            lat: Some(43.6),
            accuracy_m: Some(12.5),
            place_text: "林西县迎宾路".to_owned(),
            plate: Some(plate.to_owned()),
            ..CaseFacts::default()
        },
        created_at: at(ms),
    }
}

async fn a_case_changes_only_where_asked(store: Arc<dyn Store>) {
    let officer = add_account(&*store, "officer", Role::Officer).await;
    let new = new_case(&officer, "蒙D12345", 0);
    store.add_case(&new).await.unwrap();
    let case = store.case(new.id).await.unwrap().unwrap();
    let expected = cloudseat::store::Case {
        id: new.id,
        procedure: new.procedure.clone(),
        state: "OPEN".to_owned(),
        officer: officer.clone(),
        facts: new.facts.clone(),
        sid: None,
        doc_no: None,
        created_at: at(0),
        decided_at: None,
        deadlines: Vec::new(),
    };
    assert_eq!(case, expected);
    let mut facts = new.facts.clone();
    facts.party_name = Some("张三".to_owned());
    facts.fields.insert("points_so_far".to_owned(), 3.into());
    let due = DueDate {
        key: "pay".to_owned(),
        due_at: at(99),
        done: false,
    };
    let change = CaseChange {
        state: Some("DECIDED".to_owned()),
        facts: Some(facts.clone()),
        sid: Some(sid(1)),
        doc_no: Some("LX-20261124-000001".to_owned()),
        decided_at: Some(at(5)),
        deadlines: Some(vec![due.clone()]),
    };
    store.change_case(new.id, &change).await.unwrap();
    let done = CaseChange {
        deadlines: Some(vec![DueDate {
            done: true,
            ..due.clone()
        }]),
        ..CaseChange::default()
    };
    store.change_case(new.id, &done).await.unwrap();
    let changed = store.case(new.id).await.unwrap().unwrap();
    let expected = cloudseat::store::Case {
        state: "DECIDED".to_owned(),
        facts,
        sid: Some(sid(1)),
        doc_no: Some("LX-20261124-000001".to_owned()),
        decided_at: Some(at(5)),
        deadlines: vec![DueDate { done: true, ..due }],
        ..expected
    };
    assert_eq!(changed, expected);
    for text in ["张三", "000001", "d12345", "迎宾"] {
        let filter = CaseFilter {
            officer_id: None,
            text: Some(text.to_owned()),
        };
        assert_eq!(
            store
                .cases(&filter, &page(None, 9))
                .await
                .unwrap()
                .items
                .len(),
            1,
            "{text}"
        );
    }
    assert!(matches!(
        store.change_case(Uuid::now_v7(), &done).await,
        Err(Error::Missing { what: "case" })
    ));
    let stranger = NewCase {
        officer_id: Uuid::now_v7(),
        ..new_case(&officer, "", 0)
    };
    assert!(matches!(
        store.add_case(&stranger).await,
        Err(Error::Missing { .. })
    ));
}

async fn cases_are_searched_and_paged_while_the_list_grows(store: Arc<dyn Store>) {
    let officer = add_account(&*store, "officer", Role::Officer).await;
    let other = add_account(&*store, "officer2", Role::Officer).await;
    // Two at the same moment: the id decides.
    for (plate, ms) in [("1", 0), ("2", 10), ("3", 10), ("4", 20)] {
        store
            .add_case(&new_case(&officer, plate, ms))
            .await
            .unwrap();
    }
    let plates = |page: &Page<cloudseat::store::Case>| {
        page.items
            .iter()
            .map(|case| case.facts.plate.clone().unwrap())
            .collect::<Vec<_>>()
    };
    let own = CaseFilter {
        officer_id: Some(officer.id),
        text: None,
    };
    let first = store.cases(&own, &page(None, 2)).await.unwrap();
    assert_eq!(plates(&first), ["4", "3"]);
    store.add_case(&new_case(&officer, "5", 30)).await.unwrap();
    store.add_case(&new_case(&other, "6", 5)).await.unwrap();
    let second = store.cases(&own, &page(first.next, 2)).await.unwrap();
    assert_eq!(
        (plates(&second), second.next),
        (vec!["2".to_owned(), "1".to_owned()], None)
    );
    assert_eq!(
        store
            .cases(&CaseFilter::default(), &page(None, 9))
            .await
            .unwrap()
            .items
            .len(),
        6
    );
}

async fn a_session_is_written_whole_and_keeps_its_verdict(store: Arc<dyn Store>) {
    let officer = add_account(&*store, "officer", Role::Officer).await;
    let seat = add_account(&*store, "seat", Role::Seat).await;
    let row = session(1, &officer);
    store.put_session(&row).await.unwrap();
    assert_eq!(
        store.session(sid(1)).await.unwrap().unwrap(),
        Session {
            row: row.clone(),
            verdict: None
        }
    );
    let verdict = Verdict {
        verdict: "valid".to_owned(),
        completeness: "complete".to_owned(),
        at: at(1),
    };
    store.put_verdict(sid(1), &verdict).await.unwrap();
    let sealed = SessionRow {
        case_id: Some(Uuid::now_v7()),
        state: SessionState::Sealed,
        seat: Some(seat.person()),
        ended_at: Some(at(90_000)),
        gaps: 2,
        gap_ms: 4_200,
        returned: true,
        plate: Some("蒙D12345".to_owned()),
        doc_no: Some("LX-1".to_owned()),
        penalty_text: Some("罚款200元".to_owned()),
        doc_sha256: Some("00".repeat(32)),
        ..row
    };
    store.put_session(&sealed).await.unwrap();
    let found = store.session(sid(1)).await.unwrap().unwrap();
    assert_eq!(
        found,
        Session {
            row: sealed,
            verdict: Some(verdict.clone())
        }
    );

    let same_number = SessionRow {
        session_no: 1,
        ..session(2, &officer)
    };
    assert!(matches!(
        store.put_session(&same_number).await,
        Err(Error::Taken { what: "session_no" })
    ));
    assert!(store.session(sid(2)).await.unwrap().is_none());
    assert!(matches!(
        store.put_verdict(sid(2), &verdict).await,
        Err(Error::Missing { what: "session" })
    ));
    assert_eq!(store.last_session_no().await.unwrap(), 1);
}

async fn sessions_are_filtered(store: Arc<dyn Store>) {
    assert_eq!(store.last_session_no().await.unwrap(), 0);
    let officer = add_account(&*store, "officer", Role::Officer).await;
    let other = add_account(&*store, "officer2", Role::Officer).await;
    let seat = add_account(&*store, "seat", Role::Seat).await;
    for n in 1..=4 {
        let mut row = session(n, if n == 4 { &other } else { &officer });
        if n == 3 {
            row.state = SessionState::Sealed;
            row.seat = Some(seat.person());
            row.plate = Some("蒙D98765".to_owned());
        }
        store.put_session(&row).await.unwrap();
    }
    let numbers = |filter: SessionFilter| {
        let store = Arc::clone(&store);
        async move {
            let page = store.sessions(&filter, &page(None, 9)).await.unwrap();
            page.items
                .iter()
                .map(|session| session.row.session_no)
                .collect::<Vec<_>>()
        }
    };
    let none = SessionFilter::default();
    assert_eq!(numbers(none.clone()).await, [4, 3, 2, 1]);
    assert_eq!(
        numbers(SessionFilter {
            of: Some(officer.id),
            ..none.clone()
        })
        .await,
        [3, 2, 1]
    );
    assert_eq!(
        numbers(SessionFilter {
            of: Some(seat.id),
            ..none.clone()
        })
        .await,
        [3]
    );
    assert_eq!(
        numbers(SessionFilter {
            state: Some(SessionState::Queued),
            ..none.clone()
        })
        .await,
        [4, 2, 1]
    );
    assert_eq!(
        numbers(SessionFilter {
            from: Some(at(2000)),
            to: Some(at(4000)),
            ..none.clone()
        })
        .await,
        [3, 2]
    );
    for (text, expected) in [
        ("98765", vec![3]),
        ("王seat", vec![3]),
        (&sid(2).to_string()[..], vec![2]),
        ("nothing", vec![]),
    ] {
        assert_eq!(
            numbers(SessionFilter {
                text: Some(text.to_owned()),
                ..none.clone()
            })
            .await,
            expected,
            "{text}"
        );
    }
    let first = store.sessions(&none, &page(None, 3)).await.unwrap();
    let second = store.sessions(&none, &page(first.next, 3)).await.unwrap();
    assert_eq!(
        (
            second.items.len(),
            second.items[0].row.session_no,
            second.next
        ),
        (1, 1, None)
    );
}

async fn looks_at_evidence_are_indexed_once(store: Arc<dyn Store>) {
    let auditor = add_account(&*store, "auditor", Role::Auditor).await;
    let row = |n: u8, seq: u64, ms: i64| AuditRow {
        sid: sid(n),
        seq,
        time: at(ms),
        actor: format!("auditor:{}", auditor.id),
        person: (seq == 1).then(|| auditor.person()),
        kind: "access.viewed".to_owned(),
        purpose: "复核".to_owned(),
    };
    for one in [row(1, 1, 0), row(1, 2, 5), row(2, 1, 5), row(1, 1, 0)] {
        store.add_audit(&one).await.unwrap();
    }
    let first = store.audit(&page(None, 2)).await.unwrap();
    assert_eq!(first.items, [row(2, 1, 5), row(1, 2, 5)]);
    let second = store.audit(&page(first.next, 2)).await.unwrap();
    assert_eq!((second.items, second.next), (vec![row(1, 1, 0)], None));
}

async fn figures_are_of_one_account_and_one_day(store: Arc<dyn Store>) {
    let officer = add_account(&*store, "officer", Role::Officer).await;
    let other = add_account(&*store, "officer2", Role::Officer).await;
    let empty = Figures {
        sessions: 0,
        mean_handling_ms: None,
        returned: 0,
    };
    assert_eq!(
        store.figures(officer.id, at(0), at(10_000)).await.unwrap(),
        empty
    );
    let ended = |n: u8, ms: i64| SessionRow {
        state: SessionState::Sealed,
        ended_at: Some(at(i64::from(n) * 1000 + ms)),
        ..session(n, &officer)
    };
    store
        .put_session(&SessionRow {
            returned: true,
            ..ended(1, 100)
        })
        .await
        .unwrap();
    store.put_session(&ended(2, 201)).await.unwrap();
    store
        .put_session(&SessionRow {
            state: SessionState::Cancelled,
            ..ended(3, 9_999)
        })
        .await
        .unwrap();
    store.put_session(&session(4, &officer)).await.unwrap();
    store.put_session(&session(5, &other)).await.unwrap();
    store.put_session(&ended(20, 7)).await.unwrap();
    let figures = store
        .figures(officer.id, at(1000), at(10_000))
        .await
        .unwrap();
    assert_eq!((figures.sessions, figures.returned), (4, 1));
    assert!(
        matches!(figures.mean_handling_ms, Some(150 | 151)),
        "{figures:?}"
    );
}

async fn the_index_is_replaced_whole_and_verdicts_stay(store: Arc<dyn Store>) {
    let officer = add_account(&*store, "officer", Role::Officer).await;
    let look = |n: u8, seq: u64| AuditRow {
        sid: sid(n),
        seq,
        time: at(i64::from(n)),
        actor: format!("officer:{}", officer.id),
        person: None,
        kind: "access.viewed".to_owned(),
        purpose: "recording".to_owned(),
    };
    for n in 1..=3 {
        store.put_session(&session(n, &officer)).await.unwrap();
        store.add_audit(&look(n, 1)).await.unwrap();
        let verdict = Verdict {
            verdict: "valid".to_owned(),
            completeness: "complete".to_owned(),
            at: at(0),
        };
        store.put_verdict(sid(n), &verdict).await.unwrap();
    }
    // 1 has changed, 2 has no folder any more, 3 cannot be read, 4 was missed.
    let changed = SessionRow {
        state: SessionState::Sealed,
        ..session(1, &officer)
    };
    let index = Index {
        sessions: vec![changed.clone(), session(4, &officer)],
        audit: vec![look(1, 2), look(4, 1)],
        kept: vec![sid(3)],
    };
    // Nothing of an index that does not fit is taken over.
    let mut twice = index.clone();
    twice.sessions.push(SessionRow {
        sid: sid(9),
        ..session(4, &officer)
    });
    let refused = store.replace_index(&twice).await;
    assert!(matches!(refused, Err(Error::Taken { .. })), "{refused:?}");
    assert!(store.session(sid(2)).await.unwrap().is_some());

    store.replace_index(&index).await.unwrap();
    let first = store.session(sid(1)).await.unwrap().unwrap();
    assert_eq!((&first.row, first.verdict.is_some()), (&changed, true));
    assert!(store.session(sid(2)).await.unwrap().is_none());
    let third = store.session(sid(3)).await.unwrap().unwrap();
    assert_eq!(
        (&third.row, third.verdict.is_some()),
        (&session(3, &officer), true)
    );
    let fourth = store.session(sid(4)).await.unwrap().unwrap();
    assert!(fourth.verdict.is_none());
    let looks = store.audit(&page(None, 9)).await.unwrap().items;
    assert_eq!(looks, [look(4, 1), look(3, 1), look(1, 2)]);
    assert!(store.account(officer.id).await.unwrap().is_some());
}

async fn a_foreign_cursor_is_refused(store: Arc<dyn Store>) {
    for cursor in ["x", "W10", "bnVsbCA", "%%%"] {
        let request = page(Some(cursor.to_owned()), 2);
        assert!(
            matches!(
                store.cases(&CaseFilter::default(), &request).await,
                Err(Error::Cursor)
            ),
            "{cursor}"
        );
    }
}
