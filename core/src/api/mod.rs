//! Messages between extension and worker, version 1. Serde types only, no behaviour but their plain words in English.

mod activity;
mod alert;
mod audit;
mod card;
mod link;
mod look_up;
mod manual;
mod preflight;
mod problem;
mod settings;
mod sign_in;
mod status;
mod threshold;

pub use activity::{
    ActivityDeed, ActivityIds, ActivityReceipt, CAPTURE_MAX, Capture, Content, Ledger, Moved, Package, ReceiptState, Receipts, Refusal, Unmatched, WriteTest,
    Writeback,
};
pub use alert::{AlertAddress, AlertKind, Alerts};
pub use audit::{AuditLine, BackupPiece, Export, Health, Purge, Receipt};
pub use card::{Card, OpenOpportunity, PersonLink, Touch};
pub use link::{NewLink, TrackedLink};
pub use look_up::{Band, LOOK_UP_MAX, LookUp, Matched, RunnerUp, Verdict, Verdicts};
pub use manual::{ByHand, FindProfiles, ManualMatch, NamedRecord, ProfileFound, Profiles, Says, Whom};
pub use preflight::{Check, CheckLine, CheckResult, Preflight};
pub use problem::{Problem, ProblemKind};
pub use settings::{ApiBudget, CopiedSettings, Settings, TakenSettings};
pub use sign_in::{Authorize, Connect, Hello, Member, Role, Session, SignIn, TakeSession, WorkspaceName};
pub use status::{Reject, RejectReason, RunKind, RunReport, RunState, Status, Tally};
pub use threshold::{Change, ChangeKind, Preview, Thresholds};
