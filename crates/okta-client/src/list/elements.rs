//! A JSON array taken apart while it arrives, so that a page of a megabyte is never held whole.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use service_http::{DecodeError, decode_json};

/// Takes pieces of the text of an array of objects, and gives its elements.
pub struct Elements<T> {
    /// What came and is not decoded yet: less than one element and one piece.
    text: Vec<u8>,
    /// How much of it was looked at.
    seen: usize,
    place: Place,
    /// Brackets that are open inside of an element.
    depth: u32,
    /// Where the element begins.
    start: usize,
    found: Vec<T>,
    kind: PhantomData<T>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    BeforeArray,
    BetweenElements,
    InElement,
    InText,
    AfterArray,
}

impl<T: DeserializeOwned> Elements<T> {
    pub fn new() -> Self {
        Self {
            text: Vec::new(),
            seen: 0,
            place: Place::BeforeArray,
            depth: 0,
            start: 0,
            found: Vec::new(),
            kind: PhantomData,
        }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// When this is no array of objects, or an element does not fit.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        self.text.extend_from_slice(piece);
        while let Some(&byte) = self.text.get(self.seen) {
            match (self.place, byte) {
                (Place::InText, _) => {
                    let rest = self.text.get(self.seen..).unwrap_or_default();
                    match memchr::memchr2(b'"', b'\\', rest) {
                        None => {
                            self.seen = self.text.len();
                            break;
                        }
                        Some(ahead) if rest.get(ahead) == Some(&b'"') => {
                            self.seen += ahead;
                            self.place = Place::InElement;
                        }
                        // What is escaped may still be to come.
                        Some(ahead) if ahead + 1 >= rest.len() => {
                            self.seen += ahead;
                            break;
                        }
                        Some(ahead) => self.seen += ahead + 1,
                    }
                }
                (Place::InElement, b'"') => self.place = Place::InText,
                (Place::InElement, b'{' | b'[') => self.depth += 1,
                (Place::InElement, b'}' | b']') => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.take()?;
                    }
                }
                (Place::InElement, _) => {}
                (_, b' ' | b'\t' | b'\r' | b'\n') => {}
                (Place::BeforeArray, b'[') => self.place = Place::BetweenElements,
                (Place::BetweenElements, b'{') => {
                    (self.place, self.depth, self.start) = (Place::InElement, 1, self.seen);
                }
                (Place::BetweenElements, b',') => {}
                (Place::BetweenElements, b']') => self.place = Place::AfterArray,
                (Place::BeforeArray, _) => return Err(DecodeError::at(".", "expected a list")),
                _ => return Err(DecodeError::at(".", "expected a list of objects")),
            }
            self.seen += 1;
        }
        let done = if matches!(self.place, Place::InElement | Place::InText) { self.start } else { self.seen };
        self.text.drain(..done);
        self.seen -= done;
        self.start = 0;
        Ok(())
    }

    /// The elements, once all pieces have come.
    ///
    /// # Errors
    /// When the array has not ended.
    pub fn finish(self) -> Result<Vec<T>, DecodeError> {
        match self.place {
            Place::AfterArray => Ok(self.found),
            _ => Err(DecodeError::at(".", "the JSON ends early")),
        }
    }

    fn take(&mut self) -> Result<(), DecodeError> {
        let element = self.text.get(self.start..=self.seen).unwrap_or_default();
        self.found.push(decode_json(element)?);
        self.place = Place::BetweenElements;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn in_pieces(text: &str, cuts: &[usize]) -> Result<Vec<Value>, DecodeError> {
        let mut elements = Elements::new();
        let mut from = 0;
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (text.len() + 1)).collect();
        cuts.sort_unstable();
        for cut in cuts.into_iter().chain([text.len()]) {
            elements.push(&text.as_bytes()[from..cut])?;
            from = cut;
        }
        elements.finish()
    }

    fn object() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![any::<i64>().prop_map(Value::from), "[ -~\\\\\"\\[\\]{}äé]{0,12}".prop_map(Value::from)];
        let value = leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::hash_map("[a-z\"\\\\]{0,4}", inner, 0..3)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        });
        prop::collection::hash_map("[a-z]{1,4}", value, 0..4)
            .prop_map(|fields| Value::Object(fields.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn a_list_reads_the_same_however_it_is_cut(
            list in prop::collection::vec(object(), 0..6),
            cuts in prop::collection::vec(any::<usize>(), 0..12),
            pretty in any::<bool>(),
        ) {
            let text = if pretty { serde_json::to_string_pretty(&list) } else { serde_json::to_string(&list) }.unwrap();
            prop_assert_eq!(in_pieces(&text, &cuts), Ok(list));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop::sample::select(b"[]{}\",\\a: 1".to_vec()), 0..40)) {
            let mut elements = Elements::<Value>::new();
            if bytes.chunks(3).all(|piece| elements.push(piece).is_ok()) {
                let _ = elements.finish();
            }
        }
    }

    #[test]
    fn what_is_no_list_of_objects_says_so() {
        for (text, problem) in [
            ("{}", "expected a list"),
            ("<html>", "expected a list"),
            ("[1]", "expected a list of objects"),
            ("[{}] x", "expected a list of objects"),
            ("", "the JSON ends early"),
            ("[{\"a\":1}", "the JSON ends early"),
            ("[{\"a\":", "the JSON ends early"),
        ] {
            assert_eq!(in_pieces(text, &[]).unwrap_err().to_string(), problem, "{text}");
        }
    }
}
