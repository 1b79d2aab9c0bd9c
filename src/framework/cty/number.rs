//! Decimal numbers of any size.

use std::fmt;
use std::str::FromStr;

use bigdecimal::{BigDecimal, ToPrimitive};

/// A decimal number, compared by value: `7`, `7.0` and `70e-1` are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(BigDecimal);

/// The error for text or a float that is not a finite decimal number of at most 10,000 digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a finite decimal number of at most 10,000 digits")]
pub struct InvalidNumber(String);

/// The limit of digits without an exponent.
///
/// Terraform keeps 512 bits, about 155 digits. The limit prevents that a hostile `1e999999999` is written out.
const MAX_DIGITS: i64 = 10_000;

impl Number {
    /// Converts to `i64` if the number is an integer in its range.
    pub fn to_i64(&self) -> Option<i64> {
        if self.0.is_integer() { self.0.to_i64() } else { None }
    }

    /// Converts to `u64` if the number is an integer in its range.
    pub fn to_u64(&self) -> Option<u64> {
        if self.0.is_integer() { self.0.to_u64() } else { None }
    }

    /// Returns the nearest `f64`, which is infinite for a number out of its range.
    pub fn to_f64(&self) -> f64 {
        // The standard library's parser rounds correctly, which `BigDecimal::to_f64` does not promise.
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

impl FromStr for Number {
    type Err = InvalidNumber;

    fn from_str(text: &str) -> Result<Self, InvalidNumber> {
        let invalid = || InvalidNumber(text.chars().take(40).collect());
        // BigDecimal allows underscores between digits; Terraform does not send them and JSON forbids them.
        if text.len() > MAX_DIGITS as usize + 16 || text.contains('_') {
            return Err(invalid());
        }
        let number = BigDecimal::from_str(text).map_err(|_| invalid())?;
        let (digits, scale) = number.as_bigint_and_exponent();
        let written = digits.bits() as i64 / 3 + 1;
        if scale.checked_abs().is_none_or(|scale| scale + written > MAX_DIGITS) {
            return Err(invalid());
        }
        Ok(Self(number.normalized()))
    }
}

impl TryFrom<f64> for Number {
    type Error = InvalidNumber;

    /// Uses the shortest decimal text of the float, as Terraform does: `0.1` is 0.1 and not 0.1000000000000000055.
    fn try_from(float: f64) -> Result<Self, InvalidNumber> {
        if float.is_finite() { float.to_string().parse() } else { Err(InvalidNumber(float.to_string())) }
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self(BigDecimal::from(number).normalized())
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(BigDecimal::from(number).normalized())
    }
}

impl fmt::Display for Number {
    /// Formats all digits, without an exponent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_plain_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_compared_by_value() {
        assert_eq!(number("7"), number("7.0"));
        assert_eq!(number("7"), number("70e-1"));
        assert_eq!(number("0"), number("-0.0"));
        assert_ne!(number("9223372036854775807"), number("9223372036854775808"));
    }

    #[test]
    fn numbers_are_formatted_with_all_digits() {
        assert_eq!(number("1e3").to_string(), "1000");
        assert_eq!(number("1.50").to_string(), "1.5");
        assert_eq!(number("-0.001").to_string(), "-0.001");
        assert_eq!(number("1e100").to_string(), format!("1{}", "0".repeat(100)));
    }

    #[test]
    fn floats_become_their_shortest_decimal() {
        assert_eq!(Number::try_from(0.1).unwrap(), number("0.1"));
        assert_eq!(Number::try_from(1e300).unwrap(), number("1e300"));
        assert!(Number::try_from(f64::NAN).is_err());
        assert!(Number::try_from(f64::INFINITY).is_err());
    }

    #[test]
    fn only_integers_in_range_convert_to_integers() {
        assert_eq!(number("7.0").to_i64(), Some(7));
        assert_eq!(number("7.5").to_i64(), None);
        assert_eq!(number("9223372036854775808").to_i64(), None);
        assert_eq!(number("9223372036854775808").to_u64(), Some(9_223_372_036_854_775_808));
        assert_eq!(number("-1").to_u64(), None);
    }

    #[test]
    fn invalid_numbers_are_rejected() {
        for text in
            ["", "x", "1e", "1_000", "0x10", "inf", "NaN", "1e999999999", "1e-999999999", "1e99999999999999999999"]
        {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
        assert!("9".repeat(20_000).parse::<Number>().is_err());
    }
}
