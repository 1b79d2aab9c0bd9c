//! The ConductorOne client against the tenant that the sandbox imitates: what the two were written from separately fits.

use conductorone_client::catalog::{CatalogEntry, EntryConfig, Flag};
use conductorone_client::{
    AppUpdate, Client, ConnectorUpdate, CreateApp, CreateConnector, PRIMARY_OWNER, Settings, UpdateMask, UpdatePath,
    UserSearch,
};
use secrecy::SecretString;

use crate::support::Bench;

fn client(bench: &Bench) -> Client {
    let ready = bench.sandbox.ready();
    let settings = Settings {
        server_url: Some(ready.c1_url.clone()),
        client_id: Some(ready.client_id.clone()),
        client_secret: Some(SecretString::from(ready.client_secret.as_str())),
        ..Settings::default()
    };
    Client::new(settings.resolve(|_| None).unwrap(), service_http::Client::new("test/1"))
}

#[tokio::test]
async fn an_app_is_made_found_changed_and_deleted() {
    let bench = Bench::start().await;
    let client = client(&bench);
    let app = CreateApp { display_name: "Brand new".to_owned(), description: Some("d".to_owned()) };
    let made = client.create_app(&app).await.unwrap();
    assert_eq!(client.search_apps("brand NEW").await.unwrap(), std::slice::from_ref(&made));
    let update = AppUpdate { description: Some(String::new()), ..AppUpdate::default() };
    let changed = client.update_app(&made.id, &update).await.unwrap();
    assert_eq!((changed.display_name.as_str(), changed.description.as_str()), ("Brand new", ""));
    client.delete_app(&made.id).await.unwrap();
    assert!(client.get_app(&made.id).await.unwrap().deleted_at.is_some());
    assert!(client.search_apps("Brand new").await.unwrap().is_empty());
    assert!(client.delete_app(&made.id).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn owners_are_found_by_email_and_judged_by_their_roles() {
    let bench = Bench::start().await;
    let client = client(&bench);
    let ready = bench.sandbox.ready();
    let roles = client.list_roles().await.unwrap();
    for (index, expected) in [(0, true), (1, true), (2, true), (3, false), (4, false)] {
        let email = ready.users[index].email.to_uppercase();
        let users = client.search_users(UserSearch::Email(&email)).await.unwrap();
        let [user] = users.as_slice() else { panic!("{users:?}") };
        let mine = roles.iter().filter(|role| user.role_ids.contains(&role.id));
        assert_eq!(mine.into_iter().any(|role| role.may_own_connectors()), expected, "{email}");
    }
    let ids = [bench.user(5).to_owned(), "missing".to_owned(), bench.user(0).to_owned()];
    assert_eq!(client.search_users(UserSearch::Ids(&ids)).await.unwrap().len(), 2);
    assert!(client.search_users(UserSearch::Email("missing@example.com")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_connector_of_the_second_entry_is_made_owned_described_and_paused() {
    let bench = Bench::start().await;
    let client = client(&bench);
    let ready = bench.sandbox.ready();
    let config = EntryConfig {
        entry: CatalogEntry::OktaV2,
        domain: ready.okta_url.clone(),
        api_token: SecretString::from(ready.okta_tokens.custom_read_only.as_str()),
        flags: [(Flag::SyncCustomRoles, true)].into(),
    };
    let create = CreateConnector {
        catalog_id: CatalogEntry::OktaV2.catalog_id().to_owned(),
        config: config.to_input().unwrap(),
        description: Some("made here".to_owned()),
        user_ids: Vec::new(),
    };
    let made = client.create_connector(bench.app(), &create).await.unwrap();
    assert_eq!(
        (CatalogEntry::from_catalog_id(&made.catalog_id), made.description.as_str()),
        (Some(CatalogEntry::OktaV2), "made here")
    );
    let settings = CatalogEntry::OktaV2.settings(made.config.as_ref().unwrap());
    assert_eq!((settings.domain, settings.flags.len()), (Some(ready.okta_url.clone()), 3));
    assert!(settings.flags[&Flag::SyncCustomRoles] && !settings.flags[&Flag::SyncSecrets]);

    let update = ConnectorUpdate { description: Some(String::new()), ..ConnectorUpdate::default() };
    let mask = UpdateMask::new([UpdatePath::Description]).unwrap();
    assert_eq!(client.update_connector(bench.app(), &made.id, &update, &mask).await.unwrap().description, "");

    let wanted = [bench.user(2).to_owned(), bench.user(3).to_owned()];
    client.set_connector_owners(bench.app(), &made.id, PRIMARY_OWNER, &wanted).await.unwrap();
    let owners = client.list_connector_owners(bench.app(), &made.id, None).await.unwrap();
    assert!(owners.iter().map(|owner| &owner.user.id).eq(&wanted));
    assert_eq!(client.get_connector(bench.app(), &made.id).await.unwrap().user_ids, wanted);

    client.pause_sync(bench.app(), &made.id).await.unwrap();
    assert!(client.get_connector(bench.app(), &made.id).await.unwrap().sync_disabled_at.is_some());
    client.resume_sync(bench.app(), &made.id).await.unwrap();
    assert!(client.get_connector(bench.app(), &made.id).await.unwrap().sync_disabled_at.is_none());
}
