//! The only file that names `chrome.*`.

use js_sys::{Array, Promise, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["chrome", "storage", "local"], js_name = get, catch)]
    fn local_get(key: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "storage", "local"], js_name = set, catch)]
    fn local_set(items: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "storage", "local"], js_name = get, catch)]
    fn local_get_all(nothing: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "storage", "local"], js_name = remove, catch)]
    fn local_remove(key: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "storage", "session"], js_name = get, catch)]
    fn session_get(key: &str) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "storage", "session"], js_name = set, catch)]
    fn session_set(items: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "storage", "session"], js_name = get, catch)]
    fn session_get_all(nothing: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "storage", "session"], js_name = remove, catch)]
    fn session_remove(keys: &Array) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "i18n"], js_name = getMessage)]
    fn get_message(key: &str, values: &Array) -> String;
    #[wasm_bindgen(js_namespace = ["chrome", "i18n"], js_name = getUILanguage)]
    pub(crate) fn ui_language() -> String;
    #[wasm_bindgen(js_namespace = ["chrome", "identity"], js_name = getRedirectURL)]
    pub(crate) fn return_address() -> String;
    #[wasm_bindgen(js_namespace = ["chrome", "identity"], js_name = launchWebAuthFlow, catch)]
    fn launch_web_auth_flow(details: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = create, catch)]
    fn tabs_create(details: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = query, catch)]
    fn tabs_query(details: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "tabs"], js_name = sendMessage, catch)]
    fn tabs_send(tab: i32, message: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "runtime"], js_name = openOptionsPage, catch)]
    fn open_options_page() -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "runtime"], js_name = sendMessage, catch)]
    fn runtime_send(message: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "sidePanel"], js_name = open, catch)]
    fn side_panel_open(details: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "sidebarAction"], js_name = open, catch)]
    fn sidebar_open() -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = ["chrome", "tabs", "onActivated"], js_name = addListener)]
    fn on_tab_activated(listener: &JsValue);
    #[wasm_bindgen(js_namespace = ["chrome", "runtime", "onMessage"], js_name = addListener)]
    fn on_message(listener: &JsValue);
}

/// Where a value is kept.
#[derive(Clone, Copy)]
pub(crate) enum Area {
    /// On this device, until removed.
    Local,
    /// In memory, until the browser closes.
    Session,
}

/// A value for JavaScript, maps as plain objects.
pub(crate) fn to_js<T: Serialize>(value: &T) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

async fn settle(promise: Result<Promise, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(promise?).await
}

/// Reads a kept value; none if there is none or it is of an older form.
pub(crate) async fn read<T: DeserializeOwned>(area: Area, key: &str) -> Option<T> {
    let items = settle(match area {
        Area::Local => local_get(key),
        Area::Session => session_get(key),
    })
    .await
    .ok()?;
    serde_json::from_str(&Reflect::get(&items, &key.into()).ok()?.as_string()?).ok()
}

/// Keeps a value as JSON, where nothing depends on it.
pub(crate) async fn write<T: Serialize>(area: Area, key: &str, value: &T) {
    let _ = try_write(area, key, value).await;
}

/// Reads all values kept on this device under keys that begin so.
pub(crate) async fn read_all<T: DeserializeOwned>(beginning: &str) -> Vec<(String, T)> {
    let Ok(items) = settle(local_get_all(&JsValue::NULL)).await else { return Vec::new() };
    let keys =
        js_sys::Object::keys(&items.clone().into()).iter().filter_map(|key| key.as_string()).filter(|key| key.starts_with(beginning)).collect::<Vec<_>>();
    let value = |key: &String| serde_json::from_str(&Reflect::get(&items, &key.into()).ok()?.as_string()?).ok();
    keys.into_iter().filter_map(|key| Some((key.clone(), value(&key)?))).collect()
}

/// Forgets a value kept on this device.
pub(crate) async fn remove(key: &str) {
    let _ = settle(local_remove(key)).await;
}

/// Keeps a value as JSON; false if it can't be kept, as when the storage is full.
pub(crate) async fn try_write<T: Serialize>(area: Area, key: &str, value: &T) -> bool {
    let items = js_sys::Object::new();
    let text = serde_json::to_string(value).unwrap_or_default();
    let _ = Reflect::set(&items, &key.into(), &text.into());
    settle(match area {
        Area::Local => local_set(&items),
        Area::Session => session_set(&items),
    })
    .await
    .is_ok()
}

/// Forgets what is kept for this run of the browser under keys that begin so; an empty beginning forgets all of it.
pub(crate) async fn forget(beginning: &str) {
    let Ok(items) = settle(session_get_all(&JsValue::NULL)).await else { return };
    let keys: Array = js_sys::Object::keys(&items.into()).iter().filter(|key| key.as_string().is_some_and(|key| key.starts_with(beginning))).collect();
    if keys.length() > 0 {
        let _ = settle(session_remove(&keys)).await;
    }
}

/// A message in the browser's language.
pub(crate) fn message(key: &str, values: &[String]) -> String {
    get_message(key, &values.iter().map(|value| JsValue::from_str(value)).collect())
}

/// Lets the user sign in at an address; gives the address it ended at, none if it was closed.
pub(crate) async fn web_auth(url: &str) -> Option<String> {
    #[derive(Serialize)]
    struct Details<'a> {
        url: &'a str,
        interactive: bool,
    }
    settle(launch_web_auth_flow(&to_js(&Details { url, interactive: true }))).await.ok()?.as_string()
}

/// Opens an address in a new tab.
pub(crate) async fn open_tab(url: &str) {
    #[derive(Serialize)]
    struct Details<'a> {
        url: &'a str,
    }
    let _ = settle(tabs_create(&to_js(&Details { url }))).await;
}

/// Opens the options page.
pub(crate) async fn open_options() {
    let _ = settle(open_options_page()).await;
}

/// Opens the side panel beside the active tab's window; asked for by a press, as browsers want it.
pub(crate) async fn open_panel() {
    #[derive(Serialize)]
    #[allow(non_snake_case, reason = "the platform's own name")]
    struct Window {
        windowId: f64,
    }
    // Firefox has a sidebar, which wants the press itself: before anything is waited for.
    if sidebar_open().is_ok() {
        return;
    }
    let window = active_tab().await.and_then(|tab| Reflect::get(&tab, &"windowId".into()).ok()?.as_f64());
    if let Some(window) = window {
        let _ = settle(side_panel_open(&to_js(&Window { windowId: window }))).await;
    }
}

/// Calls back when another tab is shown, or another page in one.
pub(crate) fn on_page_turned(take: impl Fn() + Clone + 'static) {
    let listener = Closure::<dyn Fn()>::new(take.clone());
    on_tab_activated(listener.as_ref());
    listener.forget();
    // A page that opens asks the service worker how to read it: the panel hears that, too.
    let heard = Closure::<dyn Fn(JsValue)>::new(move |message: JsValue| {
        if Reflect::get(&message, &"ask".into()).ok().and_then(|ask| ask.as_string()).as_deref() == Some("page") {
            take();
        }
    });
    on_message(heard.as_ref());
    heard.forget();
}

/// The tab that is shown in this window.
async fn active_tab() -> Option<JsValue> {
    #[derive(Serialize)]
    #[allow(non_snake_case, reason = "the platform's own name")]
    struct Active {
        active: bool,
        currentWindow: bool,
    }
    let tabs: Array = settle(tabs_query(&to_js(&Active { active: true, currentWindow: true }))).await.ok()?.into();
    Some(tabs.get(0)).filter(JsValue::is_object)
}

/// Has the service worker do what a pressed action names; gives its answer.
pub(crate) async fn ask_worker<T: DeserializeOwned>(action: &str) -> Option<T> {
    #[derive(Serialize)]
    struct Deed<'a> {
        ask: &'static str,
        action: &'a str,
    }
    let answer = settle(runtime_send(&to_js(&Deed { ask: "deed", action }))).await.ok()?;
    serde_wasm_bindgen::from_value(answer).ok()
}

/// Asks the content script of the active tab; none if there is none.
pub(crate) async fn ask_active_tab(ask: &str) -> Option<JsValue> {
    #[derive(Serialize)]
    struct Ask<'a> {
        ask: &'a str,
    }
    let id = Reflect::get(&active_tab().await?, &"id".into()).ok()?.as_f64()? as i32;
    settle(tabs_send(id, &to_js(&Ask { ask }))).await.ok().filter(JsValue::is_object)
}
