//! https with the sandbox's own certificate authority.

use c1_sandbox::Options;
use reqwest::{Certificate, Method};
use serde_json::Value;

use crate::support::{Bench, client};

#[tokio::test]
async fn clients_that_trust_the_ca_file_are_served_by_either_name() {
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    let mut bench = Bench::with(Options { tls_ca_file: Some(ca_file.clone()), ..Options::default() }).await;
    let ready = bench.sandbox.ready().clone();
    assert!(ready.c1_url.starts_with("https://127.0.0.1:") && ready.okta_url.starts_with("https://127.0.0.1:"));
    assert_eq!(ready.ca_file.as_deref(), Some(ca_file.as_path()));
    let trust = Certificate::from_pem(&std::fs::read(ca_file).unwrap()).unwrap();
    let trusting = reqwest::Client::builder().no_proxy().tls_certs_only([trust]).build().unwrap();

    for url in [&ready.c1_url, &ready.okta_url] {
        assert!(client().get(url).send().await.is_err(), "no one else trusts it");
        for url in [url.clone(), url.replace("127.0.0.1", "localhost")] {
            let answer = trusting.get(&url).send().await.unwrap();
            assert_eq!(answer.version(), reqwest::Version::HTTP_2);
        }
    }

    bench.http = trusting;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    assert_eq!(bench.settled(&id).await["status"]["status"], "SYNC_STATUS_DONE");
    let fault = serde_json::json!([{"service": "conductorone", "kind": "drop_after"}]);
    bench.ok(Method::POST, "/_sandbox/faults", fault).await;
    assert!(bench.http.get(bench.c1("/api/v1/apps")).send().await.is_err());
    bench.ok(Method::GET, "/api/v1/apps", Value::Null).await;
}
