//! Parts that several surfaces share: the piece, notices, buttons, labelled values.

use super::icon::{CHECK, Icon, STOP, WARN};
use crate::node::{Element, element};
use crate::words::Words;
use inlay_core::api::ProblemKind;
use inlay_core::model::object::Object;

/// The object's name in the sheet.
pub fn object_name(object: Object) -> &'static str {
    match object {
        Object::Lead => "lead",
        Object::Contact => "contact",
        Object::Account => "account",
        _ => "",
    }
}

/// The words for an object's rows.
pub fn object_key(object: Object) -> &'static str {
    match object {
        Object::User => "objects_user",
        Object::UserRole => "objects_role",
        Object::Account => "objects_account",
        Object::Contact => "objects_contact",
        Object::Lead => "objects_lead",
        Object::Opportunity => "objects_opportunity",
        Object::OpportunityContactRole => "objects_contact_role",
    }
}

/// The inlaid shape; the sheet draws its letter, so that readers and voice control meet words only.
pub fn piece(object: Object, size: &str) -> Element {
    element("span", &format!("piece {size}")).with("data-object", object_name(object)).with("aria-hidden", "true")
}

/// A button that does something: `action` names the deed.
pub fn button(class: &str, action: &str, label: &str) -> Element {
    element("button", class).with("type", "button").with("data-action", action).text(label)
}

/// A button of an icon alone, with its name for readers.
pub fn icon_button(action: &str, icon: Icon, label: &str) -> Element {
    element("button", "btn plain icon").with("type", "button").with("data-action", action).with("aria-label", label).child(icon.draw())
}

/// A labelled control; the label is in words already.
pub fn entry(name: &str, label: &str, control: Element) -> Element {
    let label = element("label", "label").with("for", name).text(label);
    element("div", "entry").child(label).child(element("div", "field").child(control.with("id", name).with("name", name)))
}

/// A labelled choice of one of several: (value, words).
pub fn choice(name: &str, label: &str, options: &[(&'static str, String)], chosen: &str) -> Element {
    let options = options.iter().map(|(value, words)| {
        let option = element("option", "").with("value", *value).text(words);
        if *value == chosen { option.with("selected", "") } else { option }
    });
    entry(name, label, element("select", "").children(options))
}

/// A fact that limits what one may do.
pub fn flag(class: &str, icon: Icon, label: &str) -> Element {
    element("span", &format!("flag {class}")).child(icon.draw()).text(label)
}

/// What happened, what still works, what to do.
pub fn problem(words: &Words, kind: ProblemKind) -> Element {
    let (message, remedy) = words.problem(kind);
    let harmless = matches!(
        kind,
        ProblemKind::ApiBudgetSpent
            | ProblemKind::ApiShareSpent
            | ProblemKind::SalesforceUnavailable
            | ProblemKind::NoServer
            | ProblemKind::NotSignedIn
            | ProblemKind::NoWorkspace
    );
    let (class, icon) = if harmless { ("notice warn", WARN) } else { ("notice bad", STOP) };
    element("div", class).with("role", "alert").child(icon.draw()).child(element("p", "medium").text(message)).child(element("p", "").text(remedy))
}

/// Something that was checked.
pub fn good(label: &str) -> Element {
    flag("good", CHECK, label)
}

/// A number with the reader's own separators is made by the browser; here thousands are parted by a thin space.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut parted = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            parted.push('\u{202f}');
        }
        parted.push(digit);
    }
    parted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_parted_by_thousands() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
