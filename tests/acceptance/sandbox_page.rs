//! The sandbox's page in a browser, while real Terraform runs.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use c1_sandbox::Options;
use reqwest::Method;
use serde_json::{Value, json};

use provider_testing::harness::World;

/// The key of an element's ID in responses. Source: W3C, "WebDriver", section on elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A headless Chromium, controlled through chromedriver's W3C WebDriver API. Both processes end with the test.
struct Browser {
    http: reqwest::Client,
    /// URL of the WebDriver session.
    session: String,
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
        let session = format!("http://127.0.0.1:{}/session", port.unwrap());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut browser = Self { http, session, driver };
        let options = json!({"args": ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]});
        let capabilities = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}});
        let session = browser.send(Method::POST, "", capabilities).await.unwrap();
        browser.session = format!("{}/{}", browser.session, session["sessionId"].as_str().unwrap());
        browser.send(Method::POST, "/url", json!({"url": url})).await.unwrap();
        browser
    }

    /// Sends a command and returns its value, or the driver's error.
    async fn send(&self, method: Method, command: &str, arguments: Value) -> Result<Value, Value> {
        let request = self.http.request(method.clone(), format!("{}{command}", self.session));
        let request = if method == Method::POST { request.json(&arguments) } else { request };
        let response = request.send().await.unwrap();
        let is_success = response.status().is_success();
        let mut body: Value = response.json().await.unwrap();
        let value = body["value"].take();
        if is_success { Ok(value) } else { Err(value) }
    }

    /// Returns the path of the first element that matches.
    async fn find(&self, css: &str) -> Result<String, Value> {
        let found = self.send(Method::POST, "/element", json!({"using": "css selector", "value": css})).await?;
        Ok(format!("/element/{}", found[ELEMENT].as_str().unwrap()))
    }

    /// Waits until the first matching element contains the text.
    async fn wait_for_text(&self, css: &str, wanted: &str) {
        let mut seen = Value::Null;
        for _ in 0..600 {
            if let Ok(element) = self.find(css).await {
                // The page may replace the element between the two commands; the next attempt finds it.
                seen = self.send(Method::GET, &format!("{element}/text"), Value::Null).await.unwrap_or_default();
                if seen.as_str().is_some_and(|text| text.contains(wanted)) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{css} does not contain {wanted:?} but {seen}");
    }

    async fn click(&self, css: &str) {
        let element = self.find(css).await.unwrap();
        self.send(Method::POST, &format!("{element}/click"), json!({})).await.unwrap();
    }

    /// Replaces the text of an input field.
    async fn fill(&self, css: &str, text: &str) {
        let element = self.find(css).await.unwrap();
        self.send(Method::POST, &format!("{element}/clear"), json!({})).await.unwrap();
        self.send(Method::POST, &format!("{element}/value"), json!({"text": text})).await.unwrap();
    }

    /// Runs a script on the page and returns its result.
    async fn execute(&self, script: &str) -> Value {
        self.send(Method::POST, "/execute/sync", json!({"script": script, "args": []})).await.unwrap()
    }

    async fn close(&self) {
        self.send(Method::DELETE, "", Value::Null).await.unwrap();
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
    browser.fill("article input[name=domain]", "elsewhere.okta.com").await;
    browser.click("article details button[type=submit]").await;
    browser.wait_for_text("article .done", "Saved.").await;
    let plan = world.plan().await;
    assert!(plan.stdout.contains("~ domain"), "{}", plan.prose());
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn page_is_accessible_and_fits_a_phone_and_rejects_cross_site_forms() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let url = &world.sandbox.ready().c1_url;
    let browser = Browser::open(url).await;
    browser.send(Method::POST, "/window/rect", json!({"width": 360, "height": 740})).await.unwrap();
    let wider = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
    assert_eq!(browser.execute(wider).await, json!(false));
    // Each field has a label for screen readers.
    let nameless = "return [...document.querySelectorAll('input')].filter(i => i.labels.length === 0).length";
    assert_eq!(browser.execute(nameless).await, json!(0));
    let headings = "return [...document.querySelectorAll('h1, h2, h3')].map(h => h.tagName).join()";
    let headings = browser.execute(headings).await;
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
    browser.close().await;
}
