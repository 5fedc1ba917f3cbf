//! Icons: one path each on a 16 × 16 grid, drawn in the text's colour and hidden from readers.

use crate::node::{Element, element};

/// An icon's drawing.
#[derive(Debug, Clone, Copy)]
pub struct Icon(&'static str);

/// Close.
pub const CLOSE: Icon = Icon("m4 4 8 8M12 4l-8 8");
/// Leads out.
pub const OUT: Icon = Icon("M6.5 3.5h-3v9h9v-3M9.5 2.5h4v4M13.2 2.8 7.5 8.5");
/// Not to be called.
pub const NO_PHONE: Icon = Icon("M3 3.2c0 5.4 4.4 9.8 9.8 9.8l.7-2.6-2.9-1.3-1.2 1.2A7.6 7.6 0 0 1 5.7 6.6l1.2-1.2L5.6 2.5zM13.5 2.5l-11 11");
/// Not to be mailed.
pub const NO_MAIL: Icon = Icon("M5 12.5H3a1 1 0 0 1-1-1v-7M6 3.5h7a1 1 0 0 1 1 1v7M2.5 2.5l11 11");
/// Copy.
pub const COPY: Icon = Icon("M5.5 5.5h7.500v8h-7.500zM10.5 5.5v-3H3v8h2.5");
/// Done.
pub const CHECK: Icon = Icon("m3 8.5 3.3 3.3L13 5");
/// Careful.
pub const WARN: Icon = Icon("M8 2.5 14 13H2zM8 6.5v3M8 11.2v.1");
/// Stopped.
pub const STOP: Icon = Icon("M5.5 2.5h5l3 3v5l-3 3h-5l-3-3v-5zM6 6l4 4M10 6l-4 4");
/// Plug.
pub const PLUG: Icon = Icon("M6 2.5v3M10 2.5v3M4 5.5h8V8a4 4 0 0 1-8 0zM8 12v2");
/// Import.
pub const IMPORT: Icon = Icon("M8 2.5v7M5 7l3 3 3-3M2.5 11v2.5h11V11");
/// A list.
pub const LIST: Icon = Icon("M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1");
/// Running.
pub const RUNNING: Icon = Icon("M13 8a5 5 0 1 1-1.5-3.6L13 6M13 2.8V6H9.8");
/// Side panel.
pub const PANEL: Icon = Icon("M2.5 3.5h11v9h-11zM9.5 3.5v9");
/// Settings.
pub const GEAR: Icon = Icon("M8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4M8 2v2M8 12v2M2 8h2M12 8h2M3.8 3.8l1.4 1.4M10.8 10.8l1.4 1.4M12.2 3.8l-1.4 1.4M5.2 10.8l-1.4 1.4");
/// Go.
pub const LEAVE: Icon = Icon("M9 2.5H3.5v11H9M7 8h7M11.5 5.5 14 8l-2.5 2.5");
/// Waiting.
pub const CLOCK: Icon = Icon("M8 2.5a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11M8 5v3.200l2 1.300");
/// Held.
pub const TRAY: Icon = Icon("M2.500 9.500h3l1 2h3l1-2h3M2.500 9.500 4.500 3.500h7l2 6v3.500h-11z");
/// Not known.
pub const QUESTION: Icon = Icon("M5.800 6a2.200 2.200 0 1 1 3.200 2c-.7.4-1 .8-1 1.500M8 12v.1");
/// Writing.
pub const PEN: Icon = Icon("M3 13l.8-3L10.500 3.300l2.200 2.200L6 12.200zM9 4.800 11.200 7");
/// Paused.
pub const PAUSE: Icon = Icon("M5.5 3.5v9M10.5 3.5v9");
/// Server.
pub const SERVER: Icon = Icon("M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.1M5 11h.1");

impl Icon {
    /// The icon as an element.
    pub fn draw(self) -> Element {
        let svg = element("svg", "i").with("viewBox", "0 0 16 16").with("aria-hidden", "true");
        svg.child(element("path", "").with("d", self.0))
    }
}
