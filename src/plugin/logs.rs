//! Log lines in the format that Terraform reads from a plugin's standard error: hclog's JSON, one object per line.
//!
//! Only events of the configured crates are written, because HTTP libraries log the tokens that they send.

use std::fmt::Debug;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value as Json};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use super::environment::{TF_LOG, TF_LOG_PROVIDER};

/// Exactly six digits. With any other number Terraform treats the line as plain text.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// The size limit of a field in bytes. Terraform splits lines of more than 64 KiB and then cannot parse them.
const MAX_FIELD: usize = 16 * 1024;

/// The log of a plugin.
#[derive(Clone, Copy, Debug)]
pub struct LogConfig {
    /// The variable with the log level of this provider, `TF_LOG_PROVIDER_NAME`. It takes precedence over
    /// `TF_LOG_PROVIDER` and `TF_LOG`.
    pub level_variable: &'static str,
    /// The crates whose events are logged.
    pub crates: &'static [&'static str],
}

impl LogConfig {
    /// Returns the log level that the environment selects. Without one it is `info`, and with an invalid one `trace`,
    /// as in Terraform.
    pub fn level(&self, lookup: impl Fn(&str) -> Option<String>) -> LevelFilter {
        let set = |variable| lookup(variable).filter(|level| !level.is_empty());
        let level = set(self.level_variable).or_else(|| set(TF_LOG_PROVIDER)).or_else(|| set(TF_LOG));
        match level.map(|level| level.to_ascii_uppercase()).as_deref() {
            None | Some("INFO") => LevelFilter::INFO,
            Some("OFF") => LevelFilter::OFF,
            Some("ERROR") => LevelFilter::ERROR,
            Some("WARN") => LevelFilter::WARN,
            Some("DEBUG") => LevelFilter::DEBUG,
            Some(_) => LevelFilter::TRACE,
        }
    }
}

/// Installs a subscriber that writes events to standard error. Does nothing if the process already has a subscriber.
pub fn install(config: &LogConfig, lookup: impl Fn(&str) -> Option<String>) {
    let layer = Hclog::new(config.level(lookup), config.crates, std::io::stderr());
    drop(tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)));
}

/// A tracing layer that writes hclog's JSON.
pub struct Hclog<W> {
    level: LevelFilter,
    crates: &'static [&'static str],
    writer: Mutex<W>,
}

impl<W: Write + Send + 'static> Hclog<W> {
    /// Creates a layer that writes the events of these crates up to a level.
    pub fn new(level: LevelFilter, crates: &'static [&'static str], writer: W) -> Self {
        Self { level, crates, writer: Mutex::new(writer) }
    }
}

/// Returns the crate that a target, which is a module path, belongs to.
fn crate_name(target: &str) -> &str {
    target.split("::").next().unwrap_or(target)
}

impl<S, W> Layer<S> for Hclog<W>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    W: Write + Send + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>, _cx: Context<'_, S>) -> bool {
        *metadata.level() <= self.level && self.crates.contains(&crate_name(metadata.target()))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = cx.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, cx: Context<'_, S>) {
        if let Some(span) = cx.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            record.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let mut line = Map::new();
        for span in cx.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(fields) = span.extensions().get::<Fields>() {
                line.extend(fields.0.clone());
            }
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.0.remove("message").unwrap_or_default();
        line.extend(fields.0);
        // Terraform crashes if one of these fields is not a string. They are inserted last, so that no field replaces
        // them.
        let metadata = event.metadata();
        let timestamp = OffsetDateTime::now_utc().format(TIMESTAMP).unwrap_or_default();
        line.insert("@level".to_owned(), Json::from(name(*metadata.level())));
        line.insert("@message".to_owned(), Json::from(message.as_str().unwrap_or_default()));
        line.insert("@timestamp".to_owned(), Json::from(timestamp));
        line.insert("@module".to_owned(), Json::from("provider"));
        if let (Some(file), Some(number)) = (metadata.file(), metadata.line()) {
            line.insert("@caller".to_owned(), Json::from(format!("{file}:{number}")));
        }
        let mut bytes = Json::Object(line).to_string().into_bytes();
        bytes.push(b'\n');
        // One write per line, so that lines are not interleaved. If standard error is closed, no channel for the error
        // is left.
        let _ = self.writer.lock().unwrap_or_else(PoisonError::into_inner).write_all(&bytes);
    }
}

fn name(level: Level) -> &'static str {
    match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    }
}

/// The fields of an event or span as JSON.
#[derive(Clone, Default)]
struct Fields(Map<String, Json>);

impl Fields {
    fn insert(&mut self, field: &Field, value: Json) {
        // hclog's own fields start with `@`.
        let name = field.name().trim_start_matches('@');
        self.0.insert(name.to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let end = value.floor_char_boundary(MAX_FIELD);
        self.insert(field, Json::from(&value[..end]));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, Json::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, Json::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, Json::from(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, Json::from(value));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: LevelFilter, work: impl FnOnce()) -> Vec<Json> {
        let captured = Captured::default();
        let crates: &[&str] = &[env!("CARGO_CRATE_NAME")];
        let subscriber = tracing_subscriber::registry().with(Hclog::new(level, crates, captured.clone()));
        tracing::subscriber::with_default(subscriber, work);
        let bytes = captured.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_contains_hclog_fields_and_the_fields_of_its_spans() {
        let lines = logged(LevelFilter::TRACE, || {
            let _span = tracing::info_span!("rpc", tf_rpc = "ReadResource", tf_req_id = 7).entered();
            tracing::warn!(state = "Syncing", elapsed = 1.5, ok = true, "waiting\nfor \"sync\"");
        });
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(line["@level"], "warn");
        assert_eq!(line["@message"], "waiting\nfor \"sync\"");
        assert_eq!(line["@module"], "provider");
        assert_eq!((&line["tf_rpc"], &line["tf_req_id"]), (&Json::from("ReadResource"), &Json::from(7)));
        assert_eq!((&line["state"], &line["elapsed"], &line["ok"]), (&"Syncing".into(), &1.5.into(), &true.into()));
        let timestamp = line["@timestamp"].as_str().unwrap();
        assert_eq!(timestamp.len(), "2026-01-02T03:04:05.123456Z".len());
    }

    #[test]
    fn hclog_fields_are_always_strings() {
        let lines = logged(LevelFilter::TRACE, || tracing::info!("@level" = 7, "@timestamp" = true));
        assert_eq!((&lines[0]["@level"], &lines[0]["@message"]), (&"info".into(), &"".into()));
        assert!(lines[0]["@timestamp"].is_string());
    }

    #[test]
    fn events_of_other_crates_are_dropped() {
        let lines = logged(LevelFilter::TRACE, || tracing::error!(target: "h2", "authorization: Bearer x"));
        assert!(lines.is_empty());
    }

    #[test]
    fn long_texts_are_truncated() {
        let long = "ä".repeat(100_000);
        let lines = logged(LevelFilter::TRACE, || tracing::info!(long, "{long}"));
        assert!(lines[0].to_string().len() < 60 * 1024);
    }

    #[test]
    fn the_most_specific_variable_selects_the_level() {
        const OWN: &str = "TF_LOG_PROVIDER_TOY";
        let config = LogConfig { level_variable: OWN, crates: &[] };
        let rows: &[(&[(&str, &str)], LevelFilter)] = &[
            (&[], LevelFilter::INFO),
            (&[(TF_LOG, "debug")], LevelFilter::DEBUG),
            (&[(TF_LOG, "JSON")], LevelFilter::TRACE),
            (&[(TF_LOG, "loud")], LevelFilter::TRACE),
            (&[(TF_LOG, "TRACE"), (TF_LOG_PROVIDER, "ERROR")], LevelFilter::ERROR),
            (&[(TF_LOG_PROVIDER, "ERROR"), (OWN, "off")], LevelFilter::OFF),
            (&[(TF_LOG, "WARN"), (TF_LOG_PROVIDER, "")], LevelFilter::WARN),
        ];
        for (variables, expected) in rows {
            let lookup = |name: &str| {
                variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(config.level(lookup), *expected, "{variables:?}");
        }
    }
}
