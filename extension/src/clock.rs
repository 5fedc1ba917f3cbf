//! The member's clock, and moments as the member reads and enters them.

use crate::chrome;
use inlay_core::model::time::Timestamp;
use wasm_bindgen::JsValue;

fn date(at: Timestamp) -> js_sys::Date {
    js_sys::Date::new(&JsValue::from_f64(at.0 as f64))
}

/// This moment.
pub(crate) fn now() -> Timestamp {
    Timestamp(js_sys::Date::now() as i64)
}

/// The member's time zone at a moment, in minutes east of Greenwich.
pub(crate) fn offset(at: Timestamp) -> i32 {
    -(date(at).get_timezone_offset() as i32)
}

/// A moment the way the browser's language writes it.
pub(crate) fn moment(at: Timestamp) -> String {
    let options = js_sys::Object::new();
    for (name, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        let _ = js_sys::Reflect::set(&options, &name.into(), &value.into());
    }
    date(at).to_locale_string(&chrome::ui_language(), &options).into()
}

/// A moment as date fields have it: the member's own clock, to the minute.
pub(crate) fn field(at: Timestamp) -> String {
    let date = date(at);
    format!("{:04}-{:02}-{:02}T{:02}:{:02}", date.get_full_year(), date.get_month() + 1, date.get_date(), date.get_hours(), date.get_minutes())
}

/// The moment that a date field holds; now if it holds none, or one to come.
pub(crate) fn of_field(text: &str) -> Timestamp {
    let entered = js_sys::Date::new(&text.into()).get_time();
    if entered.is_finite() { Timestamp((entered as i64).min(now().0)) } else { now() }
}
