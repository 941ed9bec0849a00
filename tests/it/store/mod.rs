//! One contract, both databases.

pub(crate) mod contract;
mod postgres;

use std::sync::Arc;

use cloudseat::store::{self, Store};

use self::postgres::Postgres;

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    for (name, case) in contract::CASES {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("cloudseat.db").display());
        let store: Arc<dyn Store> = store::open(&url).await.unwrap();
        println!("{name}");
        case(store).await;
    }
}

#[tokio::test]
async fn postgres_keeps_the_contract() {
    let postgres = Postgres::start();
    for (number, (name, case)) in contract::CASES.iter().enumerate() {
        let store: Arc<dyn Store> = store::open(&postgres.database(number)).await.unwrap();
        println!("{name}");
        case(store).await;
    }
}

#[tokio::test]
async fn a_database_is_opened_again_with_what_it_held() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("cloudseat.db").display());
    let unit = contract::unit("林西县公安局交通管理大队");
    store::open(&url)
        .await
        .unwrap()
        .add_unit(&unit)
        .await
        .unwrap();
    assert_eq!(
        store::open(&url).await.unwrap().units().await.unwrap(),
        [unit]
    );
}

#[tokio::test]
async fn nobody_else_reads_a_database_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("cloudseat.db").display());
    let store = store::open(&url).await.unwrap();
    let unit = contract::unit("林西县公安局交通管理大队");
    store.add_unit(&unit).await.unwrap();
    let mut files = 0;
    for item in std::fs::read_dir(folder.path()).unwrap() {
        let item = item.unwrap();
        let mode = item.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", item.file_name());
        files += 1;
    }
    assert_eq!(files, 3, "the database, its log, and the index of that");
}

#[tokio::test]
async fn an_address_of_another_kind_is_refused() {
    let Err(error) = store::open("mysql://localhost/x").await else {
        panic!("opened")
    };
    assert!(
        error.to_string().contains("sqlite:// or postgres://"),
        "{error}"
    );
}
