//! A user's own export in the sandbox org: good files arrive whole, bad ones not at all, each with its reason.

use inlay_tests::house::scratch;
use inlay_tests::sandbox::load::folder;
use inlay_tests::sandbox::org::Org;
use inlay_tests::sandbox::world::World;

fn load(files: &[(&str, &str)]) -> Result<u64, String> {
    let path = scratch("load");
    for (name, text) in files {
        std::fs::write(path.join(name), text).expect("scratch can be written");
    }
    let mut org = Org::generated(World { seed: 1, contacts: 10 });
    folder(&mut org, &path).map_err(|error| error.to_string())?;
    Ok(org.visible("Contact"))
}

const GOOD: &str = "\"ID\",\"LASTNAME\",\"EMAIL\",\"CUSTOM__C\"\n\"003000000000001AAA\",\"O\"\"Neil, \nJr\",\"o@test.example\",\"x\"\n\"003000000000002AAA\",\"Two\",\"\",\"\"\n";

#[test]
fn an_export_arrives_whole() {
    assert_eq!(load(&[("Contact.csv", GOOD)]), Ok(2));
    assert_eq!(load(&[("contacts.CSV", &format!("\u{feff}{GOOD}"))]), Ok(2));
}

#[test]
fn bad_files_say_where_and_what_and_load_nothing() {
    let says = |text: &str, words: &str| {
        let error = load(&[("Contact.csv", text)]).expect_err("it is bad");
        assert!(error.contains(words) && error.contains("Contact.csv"), "{error}");
    };
    says(&GOOD[..63], "never closed");
    says("\"Id\",\"LastName\"\n\"003000000000001AAA\"\n", "columns where the header has 2");
    says("\"LastName\"\n\"A\"\n", "no column named Id");
    says("\"Id\"\n\"nonsense\"\n", "15 or 18 characters");
    assert!(load(&[]).expect_err("no file").contains("no file named after an object"));
}
