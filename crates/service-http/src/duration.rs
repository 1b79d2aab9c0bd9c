//! Durations as text, in the grammar of Go's `time.ParseDuration`, which Terraform users know from other providers.
//!
//! Source: <https://pkg.go.dev/time#ParseDuration>.

use std::time::Duration;

/// The reason why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDuration {
    /// The text does not follow the grammar.
    #[error(
        "{0:?} is not a duration: write numbers with a unit each (h, m, s, ms, us or ns) and no spaces, such as \
         \"90s\", \"1h30m\" or \"1.5h\""
    )]
    Malformed(String),
    /// The duration is less than zero.
    #[error("{0:?} is a negative duration")]
    Negative(String),
    /// The duration exceeds Go's largest one, about 292 years.
    #[error("{0:?} is too long: the longest duration is \"2562047h\"")]
    TooLong(String),
}

/// Parses a sequence of decimal numbers with units, such as `300ms`, `1.5h` or `1h30m`. Only `0` needs no unit.
///
/// # Errors
/// The text is malformed, negative, or longer than the largest duration of Go.
pub fn parse_duration(text: &str) -> Result<Duration, InvalidDuration> {
    let malformed = || InvalidDuration::Malformed(text.to_owned());
    let is_number = |character: char| character.is_ascii_digit() || character == '.';
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(malformed());
    }
    // No digit is dropped before the sum is compared with the limit.
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (number, tail) = rest.split_at(rest.find(|character| !is_number(character)).ok_or_else(malformed)?);
        let (unit, tail) = tail.split_at(tail.find(is_number).unwrap_or(tail.len()));
        let unit = nanoseconds(unit).ok_or_else(malformed)?;
        total = total.saturating_add(multiply(number, unit).ok_or_else(malformed)?);
        rest = tail;
    }
    let total = u64::try_from(total).ok().filter(|total| i64::try_from(*total).is_ok());
    match total {
        Some(0) => Ok(Duration::ZERO),
        _ if text.starts_with('-') => Err(InvalidDuration::Negative(text.to_owned())),
        Some(total) => Ok(Duration::from_nanos(total)),
        None => Err(InvalidDuration::TooLong(text.to_owned())),
    }
}

fn nanoseconds(unit: &str) -> Option<u128> {
    Some(match unit {
        "ns" => 1,
        // The micro sign and the Greek letter, as in Go.
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    })
}

/// Multiplies a decimal number by a unit, saturating. Rounds down to whole nanoseconds. Returns `None` for other texts.
fn multiply(number: &str, unit: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    // At least 20 digits make any unit exceed the limit.
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u128>().unwrap_or(u128::MAX) };
    // Later digits are worth less than a nanosecond.
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10_u128.pow(fraction.len().try_into().ok()?);
    let fraction = if fraction.is_empty() { 0 } else { fraction.parse::<u128>().ok()? };
    Some(whole.saturating_mul(unit).saturating_add(fraction * unit / scale))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn go_durations_are_parsed() {
        for (text, nanoseconds) in [
            ("0", 0),
            ("+0", 0),
            ("-0", 0),
            ("0s", 0),
            ("-0s", 0),
            ("300ms", 300_000_000),
            ("90s", 90_000_000_000),
            ("30m", 1_800_000_000_000),
            ("+5s", 5_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1.5h", 5_400_000_000_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
            ("1h15m30.918273645s", 4_530_918_273_645),
            ("12us", 12_000),
            ("12\u{b5}s", 12_000),
            ("12\u{3bc}s3ns", 12_003),
            // Units in any order and more than once.
            ("1s1h1s", 3_602_000_000_000),
            ("0.9ns", 0),
            // From the tests of Go.
            ("0.100000000000000000000h", 360_000_000_000),
            ("0.830103483285477580700h", 2_988_372_539_827),
            ("9223372036854775807ns", i64::MAX.unsigned_abs()),
            ("2562047h47m16.854775807s", i64::MAX.unsigned_abs()),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_nanos(nanoseconds)), "{text:?}");
        }
    }

    #[test]
    fn other_texts_are_rejected() {
        for text in [
            "",
            "+",
            "-",
            "3",
            "30",
            ".",
            ".s",
            "s",
            "m1",
            "1h 30m",
            "1 h",
            " 1h",
            "1h ",
            "30M",
            "1month",
            "1d",
            "1y",
            "1w",
            "1H",
            "1e3s",
            "1.2.3s",
            "--1s",
            "+-1s",
            "1s-1m",
            "1_000s",
            "٣s",
            "3000000h3",
        ] {
            assert_eq!(parse_duration(text), Err(InvalidDuration::Malformed(text.to_owned())), "{text:?}");
        }
        for text in ["-5m", "-1.5h", "-9999999999999999999999h"] {
            assert_eq!(parse_duration(text), Err(InvalidDuration::Negative(text.to_owned())), "{text:?}");
        }
        let huge = format!("{}h", "9".repeat(60));
        for text in ["9223372036854775808ns", "2562048h", "2562047h47m16.854775808s", &huge] {
            assert_eq!(parse_duration(text), Err(InvalidDuration::TooLong(text.to_owned())), "{text:?}");
        }
    }

    #[test]
    fn the_error_names_the_grammar() {
        let error = parse_duration("30M").unwrap_err().to_string();
        assert!(error.contains("\"30M\"") && error.contains("h, m, s, ms, us or ns"), "{error}");
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in ".*", similar in "[-+]?([0-9]{0,30}\\.?[0-9]{0,30}(ns|us|ms|s|m|h|x)?){0,4}") {
            let _ = (parse_duration(&text), parse_duration(&similar));
        }

        #[test]
        fn written_durations_are_read_back(hours in 0_u64..2_000_000, minutes in 0_u64..60, nanoseconds in 0_u64..60_000_000_000) {
            let expected = Duration::from_nanos(nanoseconds) + Duration::from_secs(hours * 3600 + minutes * 60);
            let seconds = format!("{}.{:09}", nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
            prop_assert_eq!(parse_duration(&format!("{hours}h{minutes}m{seconds}s")), Ok(expected));
            prop_assert_eq!(parse_duration(&format!("{}ns", expected.as_nanos())), Ok(expected));
        }
    }
}
