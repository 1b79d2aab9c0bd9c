//! The sandbox's page in a browser, while real Terraform runs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use c1_sandbox::Options;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;

use provider_testing::harness::World;

/// A headless Chromium with its driver. Both end with the test.
struct Browser {
    client: Client,
    driver: Child,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    async fn open(url: &str) -> Self {
        let driver = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn();
        let mut driver = driver.unwrap_or_else(|error| {
            panic!("chromedriver does not start ({error}); on Debian: apt-get install chromium chromium-driver")
        });
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let port = line.split_once("started successfully on port ")?.1;
            Some(port.trim_end_matches('.').to_owned())
        });
        let options = json!({"args": ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]});
        let capabilities = Capabilities::from_iter([("goog:chromeOptions".to_owned(), options)]);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&format!("http://127.0.0.1:{}", port.unwrap())).await;
        let browser = Self { client: client.unwrap(), driver };
        browser.client.goto(url).await.unwrap();
        browser
    }

    /// Waits until the first matching element contains the text.
    async fn wait_for_text(&self, css: &str, wanted: &str) {
        let mut seen = String::new();
        for _ in 0..600 {
            if let Ok(element) = self.client.find(Locator::Css(css)).await {
                // The page may replace the element between the two calls; the next attempt finds it.
                seen = element.text().await.unwrap_or_default();
                if seen.contains(wanted) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{css} does not contain {wanted:?} but {seen:?}");
    }

    async fn click(&self, css: &str) {
        self.client.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn page_shows_an_apply_and_edits_on_the_page_are_drift() {
    let world = World::new(Options { sync_duration: Duration::from_secs(4), ..Options::default() }).await;
    let browser = Browser::open(&world.sandbox.ready().c1_url).await;
    browser.wait_for_text("main", "No connectors.").await;

    let follow = async {
        browser.wait_for_text("article .label", "Syncing").await;
        browser.wait_for_text("article .label", "Connected").await;
    };
    let (applied, ()) = tokio::join!(world.expect_apply(), follow);
    assert!(applied.prose().contains("1 added"), "{}", applied.prose());
    browser.wait_for_text("article table", "done").await;
    browser.wait_for_text("[role=log]", "sync of").await;
    world.expect_no_changes().await;

    browser.click("article summary").await;
    browser.click("article input[name=skip_inactive_apps]").await;
    browser.click("article details button[type=submit]").await;
    browser.wait_for_text("article .done", "Saved.").await;

    let plan = world.plan().await;
    assert_eq!(plan.code, 2, "{}", plan.prose());
    assert!(plan.stdout.contains("~ skip_inactive_apps"), "{}", plan.prose());
    world.expect_apply().await;
    world.expect_no_changes().await;

    browser.click("article summary").await;
    let domain = browser.client.find(Locator::Css("article input[name=domain]")).await.unwrap();
    domain.clear().await.unwrap();
    domain.send_keys("elsewhere.okta.com").await.unwrap();
    browser.click("article details button[type=submit]").await;
    browser.wait_for_text("article .done", "Saved.").await;
    let plan = world.plan().await;
    assert!(plan.stdout.contains("~ domain"), "{}", plan.prose());
    browser.client.clone().close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn page_is_accessible_and_fits_a_phone_and_rejects_cross_site_forms() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let url = &world.sandbox.ready().c1_url;
    let browser = Browser::open(url).await;
    let client = &browser.client;
    client.set_window_size(360, 740).await.unwrap();
    let wider = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
    assert_eq!(client.execute(wider, Vec::new()).await.unwrap(), json!(false));
    // Each field has a label for screen readers.
    let nameless = "return [...document.querySelectorAll('input')].filter(i => i.labels.length === 0).length";
    assert_eq!(client.execute(nameless, Vec::new()).await.unwrap(), json!(0));
    let headings = "return [...document.querySelectorAll('h1, h2, h3')].map(h => h.tagName).join()";
    let headings = client.execute(headings, Vec::new()).await.unwrap();
    assert!(headings.as_str().unwrap().starts_with("H1,H2,H3"), "{headings}");

    // The page works without scripts, and rejects forms of other sites.
    let connector = world.connector().await;
    let form = format!("{url}/_sandbox/page/connectors/{}", connector["id"].as_str().unwrap());
    let text = world.http.get(url).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("Connected") && text.contains(&form[url.len()..]));
    let body = "display_name=Theirs&domain=&owner=missing";
    let request = world.http.post(&form).header("content-type", "application/x-www-form-urlencoded");
    let refused = request.header("origin", "https://elsewhere.example").body(body).send().await.unwrap();
    assert_eq!(refused.status(), 400);
    let request = world.http.post(&form).header("content-type", "application/x-www-form-urlencoded");
    let refused = request.body(body).send().await.unwrap();
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.unwrap().contains("Nothing was changed: "));
    assert_eq!(world.connector().await, connector);
    client.clone().close().await.unwrap();
}
