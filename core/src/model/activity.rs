//! An activity: something a member did with a person or a company, to be written to Salesforce (spec 40).

use super::id::RecordId;
use super::sighting::Sighting;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The kinds of activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// A message to a person who is no connection.
    Inmail,
    /// A message to a connection of the 1st degree.
    Message,
    /// A phone call.
    Call,
    /// A note on a person or a company.
    Note,
    /// A person opened a tracked link: seen by the worker, not by a member.
    LinkView,
}

impl ActivityKind {
    /// All kinds, in the order of screens.
    pub const ALL: [Self; 5] = [Self::Inmail, Self::Message, Self::Call, Self::Note, Self::LinkView];
    /// Those that members capture.
    pub const CAPTURED: [Self; 4] = [Self::Inmail, Self::Message, Self::Call, Self::Note];
}

/// Who called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The member.
    Outbound,
    /// The other side.
    Inbound,
}

/// What a member did. All texts are text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// 16 random bytes in URL-safe Base64, made where it was captured: the same activity twice is one.
    pub id: String,
    /// Its kind.
    pub kind: ActivityKind,
    /// When it happened.
    pub at: Timestamp,
    /// The member's time zone then, in minutes east of Greenwich: dates are the member's.
    #[serde(default)]
    pub offset: i32,
    /// With whom, as the page said.
    pub sighting: Sighting,
    /// With whom, where the member said so.
    #[serde(default)]
    pub record: Option<RecordId>,
    /// Subject, or title of a note.
    #[serde(default)]
    pub subject: String,
    /// What was written or said.
    #[serde(default)]
    pub text: String,
    /// How long a call took, in seconds.
    #[serde(default)]
    pub seconds: Option<u32>,
    /// Who called.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// What came of a call.
    #[serde(default)]
    pub outcome: String,
}

impl Activity {
    /// The id that 16 random bytes make.
    pub fn id_of(random: &[u8; 16]) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random)
    }

    /// Whether its id is one: it goes to Salesforce as it is, and is searched there.
    pub fn has_good_id(&self) -> bool {
        self.id.len() == 22 && self.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    }
}
