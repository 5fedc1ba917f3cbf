//! Paints a tree of nodes into one of our own pages, changing only what differs, so that focus and entries stay.

use crate::node::{Element as Tree, Node as TreeNode};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, Event, Node};

const SVG: &str = "http://www.w3.org/2000/svg";

/// The page's document.
pub(crate) fn document() -> Document {
    web_sys::window().and_then(|window| window.document()).expect("a page has a document")
}

/// Paints a tree as the only child of `#app`.
pub(crate) fn paint(tree: Tree) {
    if let Some(app) = document().get_element_by_id("app") {
        sync(&app, &[TreeNode::Element(tree)]);
    }
}

fn sync(parent: &Element, wanted: &[TreeNode]) {
    for (place, node) in wanted.iter().enumerate() {
        let present = parent.child_nodes().item(place as u32);
        match (node, present) {
            (TreeNode::Text(text), Some(present)) if present.node_type() == Node::TEXT_NODE => {
                if present.node_value().as_deref() != Some(text) {
                    present.set_node_value(Some(text));
                }
            }
            (TreeNode::Element(tree), Some(present)) if is_same(&present, tree) => update(present.unchecked_ref(), tree),
            (node, Some(present)) => drop(parent.replace_child(&build(node), &present)),
            (node, None) => drop(parent.append_child(&build(node))),
        }
    }
    while let Some(extra) = parent.child_nodes().item(wanted.len() as u32) {
        let _ = parent.remove_child(&extra);
    }
}

fn is_same(present: &Node, tree: &Tree) -> bool {
    present.dyn_ref::<Element>().is_some_and(|element| element.local_name() == tree.tag && element.get_attribute("id").as_ref() == tree.attributes.get("id"))
}

fn update(element: &Element, tree: &Tree) {
    for name in element.get_attribute_names().iter().filter_map(|name| name.as_string()) {
        if !tree.attributes.contains_key(name.as_str()) {
            let _ = element.remove_attribute(&name);
        }
    }
    for (name, value) in &tree.attributes {
        // What somebody entered is theirs, until the page itself has something else to say.
        if element.get_attribute(name).as_ref() != Some(value) {
            let _ = element.set_attribute(name, value);
            if *name == "value" {
                let _ = js_sys::Reflect::set(element, &"value".into(), &value.as_str().into());
            }
        }
    }
    sync(element, &tree.children);
}

fn build(node: &TreeNode) -> Node {
    match node {
        TreeNode::Text(text) => document().create_text_node(text).into(),
        TreeNode::Element(tree) => {
            let is_svg = matches!(tree.tag, "svg" | "path");
            let element =
                document().create_element_ns(is_svg.then_some(SVG).or(Some("http://www.w3.org/1999/xhtml")), tree.tag).expect("our own tag names are valid");
            for (name, value) in &tree.attributes {
                let _ = element.set_attribute(name, value);
            }
            sync(&element, &tree.children);
            element.into()
        }
    }
}

/// Calls back with the action of whatever is pressed.
pub(crate) fn on_action(take: impl Fn(String) + 'static) {
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok()).and_then(|target| target.closest("[data-action]").ok().flatten());
        if let Some(pressed) = pressed.filter(|pressed| pressed.get_attribute("aria-disabled").as_deref() != Some("true")) {
            take(pressed.get_attribute("data-action").unwrap_or_default());
        }
    });
    let _ = document().add_event_listener_with_callback("click", listener.as_ref().unchecked_ref());
    listener.forget();
}

/// What was entered in a field.
pub(crate) fn entered(id: &str) -> String {
    let field = document().get_element_by_id(id);
    let value = field.and_then(|field| js_sys::Reflect::get(&field, &"value".into()).ok());
    value.and_then(|value| value.as_string()).unwrap_or_default().trim().to_owned()
}

/// Empties a field: what was entered is a secret.
pub(crate) fn empty(id: &str) {
    if let Some(field) = document().get_element_by_id(id) {
        let _ = js_sys::Reflect::set(&field, &"value".into(), &"".into());
    }
}

/// The value of the one that is chosen of several.
pub(crate) fn picked(name: &str) -> Option<String> {
    let chosen = document().query_selector(&format!("input[name='{name}']:checked")).ok()??;
    js_sys::Reflect::get(&chosen, &"value".into()).ok()?.as_string()
}

/// Where none of several is chosen any more, as the one that was is gone, chooses the first.
pub(crate) fn check_one(name: &str) {
    if picked(name).is_none()
        && let Ok(Some(first)) = document().query_selector(&format!("input[name='{name}']"))
    {
        let _ = js_sys::Reflect::set(&first, &"checked".into(), &true.into());
    }
}

/// The text of the file that was chosen in a field; none if none was, or if it is no text.
pub(crate) async fn chosen(id: &str) -> Option<String> {
    let field = document().get_element_by_id(id)?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
    let file = field.files()?.get(0)?;
    wasm_bindgen_futures::JsFuture::from(file.text()).await.ok()?.as_string()
}

/// Has the browser save texts, one after the other, as a file.
pub(crate) fn download(name: &str, kind: &str, texts: &[String]) {
    let parts: js_sys::Array = texts.iter().map(|text| JsValue::from_str(text)).collect();
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(kind);
    let Ok(blob) = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let (Ok(url), Ok(link)) = (web_sys::Url::create_object_url_with_blob(&blob), document().create_element("a")) else { return };
    let _ = link.set_attribute("href", &url);
    let _ = link.set_attribute("download", name);
    if let Ok(link) = link.dyn_into::<web_sys::HtmlElement>() {
        link.click();
    }
    // The browser reads it within moments; kept, it would stay in memory as long as the page.
    gloo::timers::callback::Timeout::new(60_000, move || {
        let _ = web_sys::Url::revoke_object_url(&url);
    })
    .forget();
}

/// Sets the document's language and direction.
pub(crate) fn set_language() {
    if let Some(root) = document().document_element() {
        let language = crate::chrome::ui_language();
        let is_rtl = ["ar", "he", "fa", "ur"].iter().any(|rtl| language.starts_with(rtl));
        let _ = root.set_attribute("lang", &language);
        let _ = root.set_attribute("dir", if is_rtl { "rtl" } else { "ltr" });
    }
}
