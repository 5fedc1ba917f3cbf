//! The only file that names the deployment's variables, secrets and bindings.

use base64::Engine as _;
use inlay_core::model::time::Timestamp;
use inlay_core::seal::Key;
use worker::{Env, Error, Result, Stub};

/// Domain separation of the directory's own key from that which wraps workspace keys.
const DIRECTORY: &str = "directory";

/// The clock, as the platform gives it.
pub(crate) fn now() -> Timestamp {
    Timestamp(worker::Date::now().as_millis() as i64)
}

/// Random bytes from the platform.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::RustError(error.to_string()))?;
    Ok(bytes)
}

/// The deployment's key: the secret `INLAY_KEY`, 32 bytes in Base64. While it replaces another one, that is `INLAY_KEY_OLD`.
pub(crate) fn deployment_key(env: &Env) -> Result<Key> {
    let secret = |name: &str| {
        let text = env.secret(name).map(|secret| secret.to_string()).unwrap_or_default();
        let bytes = base64::engine::general_purpose::STANDARD.decode(text.trim()).unwrap_or_default();
        <[u8; 32]>::try_from(bytes).ok().map(|secret| Key::new(&secret))
    };
    let key = secret("INLAY_KEY").ok_or_else(|| {
        Error::RustError(
            "INLAY_KEY must be 32 bytes in Base64. Make one with `openssl rand -base64 32` and set it with `wrangler secret put INLAY_KEY`.".into(),
        )
    })?;
    Ok(match secret("INLAY_KEY_OLD") {
        Some(old) => key.replacing(old),
        None => key,
    })
}

/// The code that lets an admin claim this deployment.
pub(crate) fn setup_code(env: &Env) -> String {
    env.secret("SETUP_CODE").map(|secret| secret.to_string()).unwrap_or_default()
}

/// Origins of extensions that may talk to this server.
pub(crate) fn allows_origin(env: &Env, origin: &str) -> bool {
    let list = env.var("EXTENSION_ORIGINS").map(|list| list.to_string()).unwrap_or_default();
    list.split(',').any(|allowed| allowed.trim() == origin && !origin.is_empty())
}

/// Where `production` leads: to Salesforce, or to the host that this deployment is pointed at (the sandbox org, a proxy).
pub(crate) fn login_host(env: &Env, asked: &str) -> String {
    match env.var("SALESFORCE") {
        Ok(host) if asked.trim() == "production" && !host.to_string().is_empty() => host.to_string(),
        _ => asked.to_owned(),
    }
}

/// Whether this runs on one machine under workerd, without cron and queues.
pub(crate) fn is_self_hosted(env: &Env) -> bool {
    env.var("SELF_HOSTED").is_ok_and(|value| value.to_string() == "1")
}

/// The object of a workspace.
pub(crate) fn workspace(env: &Env, org: &str) -> Result<Stub> {
    env.durable_object("WORKSPACE")?.get_by_name(&format!("org:{org}"))
}

/// The object of a workspace's shard.
pub(crate) fn shard(env: &Env, org: &str, number: u16) -> Result<Stub> {
    env.durable_object("SHARD")?.get_by_name(&format!("org:{org}:s{number}"))
}

/// How many people and companies one object holds on a single machine, where shards would only wait for one another.
const AT_HOME: u64 = 20_000_000;

/// How many people and companies one object holds, where that is set or all objects are on one machine.
pub(crate) fn shard_records(env: &Env) -> Option<u64> {
    let set = env.var("SHARD_RECORDS").ok().and_then(|records| records.to_string().parse().ok());
    set.or_else(|| is_self_hosted(env).then_some(AT_HOME))
}

/// The directory's object.
pub(crate) fn directory(env: &Env) -> Result<Stub> {
    env.durable_object("DIRECTORY")?.get_by_name(DIRECTORY)
}
