//! The sandbox org behaves as Salesforce does where clients get it wrong: OAuth's edges, Bulk 2.0's edges.

use inlay_core::salesforce::http::{Method, Reply, Request};
use inlay_core::salesforce::oauth::{ClientApp, GrantError, Tokens, tokens};
use inlay_core::seal::challenge;
use inlay_tests::native::{consent, fetch};
use inlay_tests::sandbox::org::Org;
use inlay_tests::sandbox::server::Sandbox;
use inlay_tests::sandbox::world::World;
use serde_json::{Value, json};
use std::sync::Arc;

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-long";

fn start() -> (Arc<Sandbox>, ClientApp) {
    let sandbox = Sandbox::start(Org::generated(World { seed: 9, contacts: 300 }), 0);
    let app = ClientApp {
        host: sandbox.url.clone(),
        client_id: sandbox.client_id.clone(),
        client_secret: sandbox.client_secret.clone(),
        callback: "http://127.0.0.1/callback".into(),
    };
    (sandbox, app)
}

fn exchange(app: &ClientApp, user: u64, verifier: &str) -> Result<Tokens, GrantError> {
    let url = app.authorize_url("api refresh_token", "state", &challenge(VERIFIER));
    let code = consent(&url, user, "allow").1.expect("consent was given");
    tokens(&fetch(&app.exchange(&code, verifier)).expect("an answer"), None)
}

fn refresh(app: &ClientApp, token: &str) -> Result<Tokens, GrantError> {
    tokens(&fetch(&app.refresh(token)).expect("an answer"), Some(token))
}

fn get(tokens: &Tokens, path: &str) -> Reply {
    fetch(&Request::new(Method::Get, format!("{}{path}", tokens.instance_url)).bearer(&tokens.access)).expect("an answer")
}

#[test]
fn a_verifier_must_fit_and_a_code_works_once() {
    let (_sandbox, app) = start();
    assert!(exchange(&app, 0, "another-verifier-of-forty-three-characters-and-more").is_err());
    let code = consent(&app.authorize_url("api", "state", &challenge(VERIFIER)), 0, "allow").1.expect("consent was given");
    assert!(tokens(&fetch(&app.exchange(&code, VERIFIER)).expect("an answer"), None).is_ok());
    assert!(tokens(&fetch(&app.exchange(&code, VERIFIER)).expect("an answer"), None).is_err());
}

#[test]
fn a_refresh_token_used_twice_ends_every_token_of_the_connection() {
    let (_sandbox, app) = start();
    let first = exchange(&app, 0, VERIFIER).expect("tokens");
    let old = first.refresh.clone().expect("a refresh token");
    let second = refresh(&app, &old).expect("rotated");
    assert_ne!(second.refresh.as_deref(), Some(old.as_str()));
    assert_eq!(get(&second, "/services/data/v66.0/limits").status, 200);
    assert_eq!(refresh(&app, &old).err(), Some(GrantError::Revoked));
    assert_eq!(get(&second, "/services/data/v66.0/limits").status, 401);
    assert_eq!(refresh(&app, second.refresh.as_deref().expect("one")).err(), Some(GrantError::Revoked));
}

#[test]
fn without_rotation_a_refresh_token_stays_and_revoking_ends_it() {
    let (sandbox, app) = start();
    sandbox.set_faults(&json!({ "rotation": false })).expect("a known switch");
    let first = exchange(&app, 0, VERIFIER).expect("tokens");
    let token = first.refresh.clone().expect("a refresh token");
    assert!(refresh(&app, &token).is_ok() && refresh(&app, &token).is_ok());
    assert_eq!(fetch(&app.revoke(&token)).expect("an answer").status, 200);
    assert_eq!(refresh(&app, &token).err(), Some(GrantError::Revoked));
}

#[test]
fn results_need_the_jobs_own_version_and_user_and_say_null_at_the_end() {
    let (_sandbox, app) = start();
    let (ours, theirs) = (exchange(&app, 0, VERIFIER).expect("tokens"), exchange(&app, 1, VERIFIER).expect("tokens"));
    let create = Request::new(Method::Post, format!("{}/services/data/v66.0/jobs/query", ours.instance_url)).bearer(&ours.access);
    let made = fetch(&create.json(&json!({ "operation": "query", "query": "SELECT Id FROM Contact" }))).expect("an answer");
    let job: Value = serde_json::from_slice(&made.body).expect("a job");
    assert_eq!((job["state"].as_str(), job["apiVersion"].as_f64()), (Some("UploadComplete"), Some(66.0)));
    let path = format!("/services/data/v66.0/jobs/query/{}", job["id"].as_str().expect("an id"));
    while !String::from_utf8_lossy(&get(&ours, &path).body).contains("JobComplete") {}
    assert_eq!(get(&theirs, &path).status, 404);
    assert_eq!(get(&ours, &format!("{}/results", path.replace("v66.0", "v65.0"))).status, 409);
    let first = get(&ours, &format!("{path}/results?maxRecords=200"));
    let locator = first.header("sforce-locator").expect("a locator").to_owned();
    assert_eq!(first.header("sforce-numberofrecords"), Some("200"));
    let last = get(&ours, &format!("{path}/results?maxRecords=200&locator={locator}"));
    assert_eq!((last.header("sforce-locator"), last.header("sforce-numberofrecords")), (Some("null"), Some("100")));
    assert_eq!(get(&ours, &format!("{path}/results?maxRecords=200&locator={locator}")).body, last.body, "a locator can be read again");
}
