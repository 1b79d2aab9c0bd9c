//! Related objects in responses: `expandMask` in a request, `expanded` in its response.
//!
//! A view contains the IDs of related objects, and for each relation a field that ends in `Path`. If the mask contains
//! the relation, `expanded` contains the objects and the field their places: `$.expanded[0]`, or `$.expanded[0,2]` for
//! several. Source: the `…ExpandMask` and `…View` messages of ConductorOne's OpenAPI document.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::tenant::Tenant;

/// The paths of an `expandMask`. An absent or null mask has none.
///
/// The service's handling of unknown paths is not published. The sandbox ignores them like unknown fields of a body:
/// unlike an unknown path of an update mask, they lose no data.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Option<Message>")]
pub(crate) struct Mask(Vec<String>);

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    paths: Option<Vec<String>>,
}

impl From<Option<Message>> for Mask {
    fn from(message: Option<Message>) -> Self {
        Self(message.and_then(|message| message.paths).unwrap_or_default())
    }
}

impl Mask {
    fn contains(&self, path: &str) -> bool {
        self.0.iter().any(|named| named == "*" || named == path)
    }
}

/// A message type of related objects.
pub(crate) struct Object<S = Tenant> {
    /// The full name of the message.
    pub(crate) message: &'static str,
    /// Returns the object with an ID, with all its fields. `None` if it does not exist or cannot be read: a response
    /// does not fail for that, because it can belong to a completed write.
    pub(crate) find: fn(&S, &str) -> Option<Value>,
}

/// A relation of a view to objects of one type.
pub(crate) struct Relation<S: 'static = Tenant> {
    path: &'static str,
    field: &'static str,
    ids: &'static [&'static str],
    object: &'static Object<S>,
}

impl<S> Relation<S> {
    /// Creates the relation that masks name `path` and views return in `field`. `ids` are JSON pointers (RFC 6901) to
    /// the view's IDs, each a string or a list of strings.
    pub(crate) const fn new(
        path: &'static str,
        field: &'static str,
        ids: &'static [&'static str],
        object: &'static Object<S>,
    ) -> Self {
        Self { path, field, ids, object }
    }

    fn ids(&self, view: &Value) -> Vec<String> {
        let found = self.ids.iter().filter_map(|place| view.pointer(place));
        let texts = found.flat_map(|found| found.as_array().map_or(std::slice::from_ref(found), Vec::as_slice));
        texts.filter_map(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned).collect()
    }
}

/// The related objects of one response, collected while its views are created.
pub(crate) struct Expansion<'a, S: 'static = Tenant> {
    source: &'a S,
    mask: &'a Mask,
    relations: &'static [Relation<S>],
    /// Index in `objects` by message and ID. `None` if the object does not exist.
    places: HashMap<(&'static str, String), Option<usize>>,
    objects: Vec<Value>,
}

impl<'a, S> Expansion<'a, S> {
    pub(crate) fn new(source: &'a S, mask: &'a Mask, relations: &'static [Relation<S>]) -> Self {
        Self { source, mask, relations, places: HashMap::new(), objects: Vec::new() }
    }

    /// Sets the view's paths to the related objects that the mask contains. Paths to other and to missing objects stay
    /// empty.
    pub(crate) fn expand(&mut self, mut view: Value) -> Value {
        let (mask, relations) = (self.mask, self.relations);
        for relation in relations.iter().filter(|relation| mask.contains(relation.path)) {
            let mut places: Vec<usize> = Vec::new();
            for id in relation.ids(&view) {
                places.extend(self.place(relation.object, id).filter(|place| !places.contains(place)));
            }
            view[relation.field] = pointer(&places).into();
        }
        view
    }

    /// Returns the response's `expanded`: each object once, as a `google.protobuf.Any`.
    pub(crate) fn into_objects(self) -> Vec<Value> {
        self.objects
    }

    fn place(&mut self, object: &Object<S>, id: String) -> Option<usize> {
        let (source, objects) = (self.source, &mut self.objects);
        *self.places.entry((object.message, id)).or_insert_with_key(|(message, id)| {
            let mut found = (object.find)(source, id)?;
            found["@type"] = format!("type.googleapis.com/{message}").into();
            objects.push(found);
            Some(objects.len() - 1)
        })
    }
}

/// Returns a JSONPath to elements of a response's `expanded`. Empty without elements.
fn pointer(places: &[usize]) -> String {
    if places.is_empty() {
        return String::new();
    }
    let places: Vec<String> = places.iter().map(usize::to_string).collect();
    format!("$.expanded[{}]", places.join(","))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    /// Finds every object except `gone`, and counts the searches.
    #[derive(Default)]
    struct Shelf(Cell<usize>);

    impl Shelf {
        fn find(&self, id: &str) -> Option<Value> {
            self.0.set(self.0.get() + 1);
            (id != "gone").then(|| json!({"id": id}))
        }
    }

    const BOOK: Object<Shelf> = Object { message: "shelf.Book", find: Shelf::find };
    const AUTHOR: Object<Shelf> = Object { message: "shelf.Author", find: Shelf::find };
    const RELATED: &[Relation<Shelf>] = &[
        Relation::new("book_id", "bookPath", &["/loan/lent/bookId", "/loan/kept/bookId"], &BOOK),
        Relation::new("author_ids", "authorsPath", &["/loan/authorIds"], &AUTHOR),
    ];

    fn mask(json: Value) -> Mask {
        serde_json::from_value(json).unwrap()
    }

    fn view(book: &str, authors: Value) -> Value {
        json!({"loan": {"lent": {"bookId": book}, "authorIds": authors}, "bookPath": "", "authorsPath": ""})
    }

    #[test]
    fn a_mask_contains_its_paths_and_a_star_contains_all() {
        for (json, expected) in [
            (json!(null), [false, false]),
            (json!({}), [false, false]),
            (json!({"paths": null}), [false, false]),
            (json!({"paths": []}), [false, false]),
            (json!({"paths": ["a"]}), [true, false]),
            (json!({"paths": ["b", "a", "b"]}), [true, true]),
            (json!({"paths": ["*"]}), [true, true]),
            (json!({"paths": ["none", "*"]}), [true, true]),
            (json!({"paths": ["none", "", "a.b", "A", "a,b"]}), [false, false]),
        ] {
            let mask = mask(json.clone());
            assert_eq!(["a", "b"].map(|path| mask.contains(path)), expected, "{json}");
        }
        for json in [json!({"paths": "a"}), json!({"paths": [1]}), json!("a")] {
            assert!(serde_json::from_value::<Mask>(json.clone()).is_err(), "{json}");
        }
    }

    #[test]
    fn a_pointer_lists_every_place() {
        for (places, text) in [(&[][..], ""), (&[0], "$.expanded[0]"), (&[2, 0, 11], "$.expanded[2,0,11]")] {
            assert_eq!(pointer(places), text);
        }
    }

    #[test]
    fn paths_lead_to_existing_objects_that_the_mask_contains() {
        for (paths, book, authors, pointers, found) in [
            (&[][..], "b", json!(["x"]), ["", ""], &[][..]),
            (&["none"], "b", json!(["x"]), ["", ""], &[]),
            (&["book_id"], "b", json!(["x"]), ["$.expanded[0]", ""], &["b"]),
            (&["author_ids"], "b", json!(["x"]), ["", "$.expanded[0]"], &["x"]),
            (&["author_ids", "none"], "b", json!(["x", "y"]), ["", "$.expanded[0,1]"], &["x", "y"]),
            (&["*"], "b", json!(["x", "gone", "y", "x", ""]), ["$.expanded[0]", "$.expanded[1,2]"], &["b", "x", "y"]),
            (&["*"], "gone", json!(["gone"]), ["", ""], &[]),
            (&["*"], "", json!([]), ["", ""], &[]),
            (&["*"], "b", json!(null), ["$.expanded[0]", ""], &["b"]),
        ] {
            let (shelf, mask) = (Shelf::default(), mask(json!({"paths": paths})));
            let mut expansion = Expansion::new(&shelf, &mask, RELATED);
            let mut expected = view(book, authors);
            let shown = expansion.expand(expected.clone());
            (expected["bookPath"], expected["authorsPath"]) = (pointers[0].into(), pointers[1].into());
            assert_eq!(shown, expected);
            let objects = expansion.into_objects();
            let ids: Vec<&str> = objects.iter().map(|object| object["id"].as_str().unwrap()).collect();
            assert_eq!(ids, found);
        }
    }

    #[test]
    fn views_share_objects_and_types_with_equal_ids_do_not() {
        let (shelf, mask) = (Shelf::default(), mask(json!({"paths": ["*"]})));
        let mut expansion = Expansion::new(&shelf, &mask, RELATED);
        let kept = json!({"loan": {"kept": {"bookId": "same"}, "authorIds": ["gone"]}});
        let pointers: Vec<[Value; 2]> = [view("same", json!(["same", "y"])), view("other", json!(["y", "gone"])), kept]
            .map(|view| expansion.expand(view))
            .map(|view| [view["bookPath"].clone(), view["authorsPath"].clone()])
            .to_vec();
        assert_eq!(
            json!(pointers),
            json!([["$.expanded[0]", "$.expanded[1,2]"], ["$.expanded[3]", "$.expanded[2]"], ["$.expanded[0]", ""]])
        );
        assert_eq!(shelf.0.get(), 5, "each object is searched once, even a missing one");
        let typed = |kind: &str, id: &str| json!({"@type": format!("type.googleapis.com/shelf.{kind}"), "id": id});
        let expected = [typed("Book", "same"), typed("Author", "same"), typed("Author", "y"), typed("Book", "other")];
        assert_eq!(expansion.into_objects(), expected);
    }
}
