//! `filter` and `search` expressions, as far as Okta's documentation names them.

use super::error::OktaError;

/// An expression, as a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    /// Property, operator, value.
    Compare(String, Operator, String),
    Present(String),
}

/// How a property is compared. Source: Okta developer docs, "Filter" and "Search"; there is no `ne`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    StartsWith,
    Contains,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// Names and operators that an expression may use.
pub(crate) struct Grammar {
    /// Properties that may be compared for equality.
    pub(crate) equal: &'static [&'static str],
    /// Properties that may be compared in other ways too.
    pub(crate) ordered: &'static [&'static str],
    /// Allows `and` and `or`.
    pub(crate) combined: bool,
    /// Allows `sw`, `co` and `pr`, and compares values case-insensitively.
    pub(crate) is_search: bool,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// As Okta refuses what it does not understand.
    pub(crate) fn parse(text: &str, grammar: &Grammar) -> Result<Self, OktaError> {
        let tokens = tokens(text).ok_or_else(OktaError::invalid_search)?;
        let mut parser = Parser { tokens: &tokens, at: 0, grammar };
        let expression = parser.either().filter(|_| parser.at == tokens.len());
        expression.ok_or_else(OktaError::invalid_search)
    }

    /// Returns whether the expression matches an object, whose properties `property` returns. A missing property
    /// matches nothing.
    pub(crate) fn holds(&self, property: &impl Fn(&str) -> Option<String>, is_search: bool) -> bool {
        match self {
            Self::And(one, other) => one.holds(property, is_search) && other.holds(property, is_search),
            Self::Or(one, other) => one.holds(property, is_search) || other.holds(property, is_search),
            Self::Present(name) => property(name).is_some_and(|value| !value.is_empty()),
            Self::Compare(name, operator, wanted) => property(name).is_some_and(|value| {
                let fold = |text: &str| if is_search { text.to_lowercase() } else { text.to_owned() };
                let (value, wanted) = (fold(&value), fold(wanted));
                match operator {
                    Operator::Equal => value == wanted,
                    Operator::StartsWith => value.starts_with(&wanted),
                    Operator::Contains => value.contains(&wanted),
                    Operator::Greater => value > wanted,
                    Operator::GreaterOrEqual => value >= wanted,
                    Operator::Less => value < wanted,
                    Operator::LessOrEqual => value <= wanted,
                }
            }),
        }
    }

    /// The bounds that it certainly puts on a property, as far as they are joined by `and`.
    pub(crate) fn bounds(&self, name: &str) -> (Option<&str>, Option<&str>) {
        match self {
            Self::And(one, other) => {
                let (a, b) = (one.bounds(name), other.bounds(name));
                (a.0.max(b.0), a.1.into_iter().chain(b.1).min())
            }
            Self::Compare(known, Operator::Greater | Operator::GreaterOrEqual, value) if known == name => {
                (Some(value), None)
            }
            Self::Compare(known, Operator::Less | Operator::LessOrEqual, value) if known == name => (None, Some(value)),
            _ => (None, None),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            _ if letter.is_whitespace() => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            '"' => {
                let mut value = String::new();
                loop {
                    match letters.next()? {
                        '"' => break,
                        '\\' => value.push(letters.next()?),
                        letter => value.push(letter),
                    }
                }
                tokens.push(Token::Text(value));
            }
            _ => {
                let mut word = String::from(letter);
                while let Some(letter) = letters.next_if(|next| !next.is_whitespace() && !"()\"".contains(*next)) {
                    word.push(letter);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Some(tokens)
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    grammar: &'t Grammar,
}

impl Parser<'_> {
    fn word(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else { return None };
        self.at += 1;
        Some(word.clone())
    }

    /// Operators are not case-sensitive.
    fn joined_by(&mut self, joint: &str) -> bool {
        let is_joint = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.eq_ignore_ascii_case(joint));
        let may = is_joint && self.grammar.combined;
        self.at += usize::from(may);
        may
    }

    fn either(&mut self) -> Option<Expression> {
        let mut expression = self.both()?;
        while self.joined_by("or") {
            expression = Expression::Or(Box::new(expression), Box::new(self.both()?));
        }
        Some(expression)
    }

    fn both(&mut self) -> Option<Expression> {
        let mut expression = self.one()?;
        while self.joined_by("and") {
            expression = Expression::And(Box::new(expression), Box::new(self.one()?));
        }
        Some(expression)
    }

    fn one(&mut self) -> Option<Expression> {
        if self.tokens.get(self.at) == Some(&Token::Open) {
            self.at += 1;
            let inner = self.either()?;
            let closed = self.tokens.get(self.at) == Some(&Token::Close);
            self.at += 1;
            return closed.then_some(inner);
        }
        let name = self.word()?;
        let operator = self.word()?.to_ascii_lowercase();
        let (is_equal, is_ordered) =
            (self.grammar.equal.contains(&name.as_str()), self.grammar.ordered.contains(&name.as_str()));
        if operator == "pr" {
            return (self.grammar.is_search && (is_equal || is_ordered)).then_some(Expression::Present(name));
        }
        let Some(Token::Text(value)) = self.tokens.get(self.at) else { return None };
        self.at += 1;
        let operator = match operator.as_str() {
            "eq" if is_equal || is_ordered => Operator::Equal,
            "sw" if self.grammar.is_search && is_equal => Operator::StartsWith,
            "co" if self.grammar.is_search && is_equal => Operator::Contains,
            "gt" if is_ordered => Operator::Greater,
            "ge" if is_ordered => Operator::GreaterOrEqual,
            "lt" if is_ordered => Operator::Less,
            "le" if is_ordered => Operator::LessOrEqual,
            _ => return None,
        };
        Some(Expression::Compare(name, operator, value.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEARCH: Grammar = Grammar {
        equal: &["status", "profile.login"],
        ordered: &["created", "status"],
        combined: true,
        is_search: true,
    };
    const FILTER: Grammar = Grammar { equal: &["type"], ordered: &["lastUpdated"], combined: false, is_search: false };

    fn holds(text: &str) -> Option<bool> {
        let property = |name: &str| match name {
            "status" => Some("ACTIVE".to_owned()),
            "created" => Some("2025-01-02T00:00:00.000Z".to_owned()),
            _ => None,
        };
        Expression::parse(text, &SEARCH).ok().map(|expression| expression.holds(&property, true))
    }

    #[test]
    fn expressions_hold_or_not_or_are_refused() {
        for (text, expected) in [
            ("status pr", Some(true)),
            ("profile.login pr", Some(false)),
            ("status eq \"active\"", Some(true)),
            ("status EQ \"STAGED\" or created gt \"2025\"", Some(true)),
            ("status eq \"STAGED\" or created gt \"2025\" and created lt \"2025-01\"", Some(false)),
            ("(status eq \"ACTIVE\" or created gt \"2026\") and status sw \"ac\"", Some(true)),
            ("status lt \"DEPROVISIONED\" or status gt \"DEPROVISIONED\"", Some(true)),
            ("status ne \"ACTIVE\"", None),
            ("created sw \"2025\"", None),
            ("Status pr", None),
            ("status eq ACTIVE", None),
            ("status eq \"ACTIVE", None),
            ("status", None),
            ("(status pr", None),
            ("status pr status pr", None),
            ("", None),
        ] {
            assert_eq!(holds(text), expected, "{text}");
        }
        for text in ["type pr", "type eq \"a\" or type eq \"b\"", "type sw \"a\"", "name eq \"x\""] {
            assert!(Expression::parse(text, &FILTER).is_err(), "{text}");
        }
    }

    #[test]
    fn bounds_are_those_that_certainly_hold() {
        let parse = |text: &str| Expression::parse(text, &SEARCH).unwrap();
        let both = parse("status pr and created ge \"b\" and created lt \"d\" and created gt \"a\"");
        assert_eq!(both.bounds("created"), (Some("b"), Some("d")));
        assert_eq!(parse("created ge \"b\" or status pr").bounds("created"), (None, None));
    }
}
