//! Related objects beside what was asked for: `expandMask` in a request, `expanded` in its answer.
//!
//! A view has the IDs of what it is related to, and for each relation a field that ends in `Path`. Of what the mask names
//! the objects themselves are put into `expanded`, and the field points at them: `$.expanded[0]`, or `$.expanded[0,2]`
//! at several. Source: the `…ExpandMask` and `…View` messages of ConductorOne's OpenAPI document.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::tenant::Tenant;

/// The paths of an `expandMask`. One that is absent or null has none.
///
/// What the service does with a path that it does not know is not published. It is passed over, as an unknown field of
/// a body is: unlike one in an update mask it can lose nothing that somebody meant to write.
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
    fn asks_for(&self, path: &str) -> bool {
        self.0.iter().any(|asked| asked == "*" || asked == path)
    }
}

/// A kind of object that views point at.
pub(crate) struct Object<S = Tenant> {
    /// The full name of its message.
    pub(crate) message: &'static str,
    /// The object with an ID, every field of it. None: it is not there or cannot be read, for which no answer fails; the
    /// write that it is the answer to may be done.
    pub(crate) find: fn(&S, &str) -> Option<Value>,
}

/// What the views of one message may point at.
pub(crate) struct Relation<S: 'static = Tenant> {
    path: &'static str,
    field: &'static str,
    ids: &'static [&'static str],
    object: &'static Object<S>,
}

impl<S> Relation<S> {
    /// What a mask calls `path` is told by the view's `field`. `ids` are the places in the view where IDs may be, each a
    /// text or a list of texts, as JSON pointers (RFC 6901).
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

/// The related objects of one answer, gathered while its views are made.
pub(crate) struct Expansion<'a, S: 'static = Tenant> {
    source: &'a S,
    mask: &'a Mask,
    relations: &'static [Relation<S>],
    /// By message and ID, where in `objects` it is. None: there is no such object.
    places: HashMap<(&'static str, String), Option<usize>>,
    objects: Vec<Value>,
}

impl<'a, S> Expansion<'a, S> {
    pub(crate) fn new(source: &'a S, mask: &'a Mask, relations: &'static [Relation<S>]) -> Self {
        Self { source, mask, relations, places: HashMap::new(), objects: Vec::new() }
    }

    /// The view, pointing at the related objects that the mask asks for. The field of what it does not ask for, or of
    /// what does not exist, stays empty.
    pub(crate) fn point(&mut self, mut view: Value) -> Value {
        let (mask, relations) = (self.mask, self.relations);
        for relation in relations.iter().filter(|relation| mask.asks_for(relation.path)) {
            let mut places: Vec<usize> = Vec::new();
            for id in relation.ids(&view) {
                places.extend(self.place(relation.object, id).filter(|place| !places.contains(place)));
            }
            view[relation.field] = pointer(&places).into();
        }
        view
    }

    /// The answer's `expanded`: each object once, as a `google.protobuf.Any`.
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

/// A JSONPath to elements of an answer's `expanded`; empty where there are none.
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

    /// Finds everything but what is called `gone`, and counts how often it was asked.
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
    fn a_mask_asks_for_what_it_names_and_a_star_for_all() {
        for (json, asks) in [
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
            assert_eq!(["a", "b"].map(|path| mask.asks_for(path)), asks, "{json}");
        }
        for json in [json!({"paths": "a"}), json!({"paths": [1]}), json!("a")] {
            assert!(serde_json::from_value::<Mask>(json.clone()).is_err(), "{json}");
        }
    }

    #[test]
    fn a_pointer_names_every_place() {
        for (places, text) in [(&[][..], ""), (&[0], "$.expanded[0]"), (&[2, 0, 11], "$.expanded[2,0,11]")] {
            assert_eq!(pointer(places), text);
        }
    }

    #[test]
    fn a_view_points_at_what_was_asked_for_and_exists() {
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
            let shown = expansion.point(expected.clone());
            (expected["bookPath"], expected["authorsPath"]) = (pointers[0].into(), pointers[1].into());
            assert_eq!(shown, expected);
            let objects = expansion.into_objects();
            let ids: Vec<&str> = objects.iter().map(|object| object["id"].as_str().unwrap()).collect();
            assert_eq!(ids, found);
        }
    }

    #[test]
    fn the_views_of_a_list_share_objects_and_kinds_with_the_same_id_do_not() {
        let (shelf, mask) = (Shelf::default(), mask(json!({"paths": ["*"]})));
        let mut expansion = Expansion::new(&shelf, &mask, RELATED);
        let kept = json!({"loan": {"kept": {"bookId": "same"}, "authorIds": ["gone"]}});
        let pointers: Vec<[Value; 2]> = [view("same", json!(["same", "y"])), view("other", json!(["y", "gone"])), kept]
            .map(|view| expansion.point(view))
            .map(|view| [view["bookPath"].clone(), view["authorsPath"].clone()])
            .to_vec();
        assert_eq!(
            json!(pointers),
            json!([["$.expanded[0]", "$.expanded[1,2]"], ["$.expanded[3]", "$.expanded[2]"], ["$.expanded[0]", ""]])
        );
        assert_eq!(shelf.0.get(), 5, "nothing is looked for twice, whether it is there or not");
        let typed = |kind: &str, id: &str| json!({"@type": format!("type.googleapis.com/shelf.{kind}"), "id": id});
        let expected = [typed("Book", "same"), typed("Author", "same"), typed("Author", "y"), typed("Book", "other")];
        assert_eq!(expansion.into_objects(), expected);
    }
}
