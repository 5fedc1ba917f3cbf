//! The trap list (`matching.md` section 7): real naming habits, each with examples that must meet and examples that must not.

use inlay_core::matching::company::Company;
use inlay_core::matching::compare::company::companies;
use inlay_core::matching::compare::person::names;
use inlay_core::matching::contact::{domain, phone};
use inlay_core::matching::key::{of_record, of_sighting};
use inlay_core::matching::name::PersonName;
use inlay_core::model::evidence::Level;
use inlay_core::model::object::Object;
use inlay_core::model::sighting::{Sighting, SightingKind};

/// Whether a person's record is found by the name shown, and how well the names agree.
fn person(shown: &str, first: &str, last: &str) -> (bool, Level) {
    let record = of_record(Object::Contact, &[], |field| match field {
        "FirstName" => first,
        "LastName" => last,
        _ => "",
    });
    let sighting = Sighting { name: shown.into(), kind: Some(SightingKind::Person), ..Sighting::default() };
    let is_found = of_sighting(&sighting).iter().any(|key| record.contains(key));
    (is_found, names(&PersonName::parse(shown), &PersonName::from_parts(first, last)))
}

fn one(trap: &str, pairs: &[(&str, &str, &str)]) -> Vec<String> {
    let wrong = pairs.iter().filter(|(shown, first, last)| !matches!(person(shown, first, last), (true, Level::Equal | Level::Close)));
    wrong.map(|(shown, first, last)| format!("{trap}: {shown} is {first} {last}: {:?}", person(shown, first, last))).collect()
}

fn two(trap: &str, pairs: &[(&str, &str, &str)]) -> Vec<String> {
    let wrong = pairs.iter().filter(|(shown, first, last)| matches!(person(shown, first, last).1, Level::Equal | Level::Close));
    wrong.map(|(shown, first, last)| format!("{trap}: {shown} is not {first} {last}: {:?}", person(shown, first, last))).collect()
}

fn company(trap: &str, pairs: &[(&str, &str)], expected: &[Level]) -> Vec<String> {
    let level = |a: &str, b: &str| companies(&Company::parse(a), &Company::parse(b));
    let wrong = pairs.iter().filter(|(a, b)| !expected.contains(&level(a, b)) || !expected.contains(&level(b, a)));
    wrong.map(|(a, b)| format!("{trap}: {a} / {b}: {:?}, {:?} the other way", level(a, b), level(b, a))).collect()
}

#[test]
fn persons() {
    let wrong = [
        one(
            "credentials",
            &[
                ("Sarah Lake, PhD", "Sarah", "Lake"),
                ("Dr. med. Anna Weiß", "Anna", "Weiss"),
                ("John Smith, P.Eng.", "John", "Smith"),
                ("John Smith PMP®", "John", "Smith"),
                ("Prof. Dr. Hans Müller", "Hans", "Müller"),
                ("Maria Rossi | MBA", "Maria", "Rossi"),
                ("Dott.ssa Maria Rossi", "Maria", "Rossi"),
                ("Ing. Jan Novák, Ph.D.", "Jan", "Novák"),
                ("John Smith III", "John", "Smith"),
                ("John Smith, CPA, CFA®, CAIA", "John", "Smith"),
                ("Mr John Smith", "John", "Smith"),
            ],
        ),
        one(
            "names that look like credentials",
            &[("Jack Ma", "Jack", "Ma"), ("An Do", "An", "Do"), ("Md Rahman", "Md", "Rahman"), ("Ba Nguyen", "Ba", "Nguyen")],
        ),
        one(
            "emoji and pronouns",
            &[
                ("🚀 Tom Baker 🚀", "Tom", "Baker"),
                ("Tom Baker (He/Him)", "Tom", "Baker"),
                ("Tom Baker he/him", "Tom", "Baker"),
                ("Tom Baker ✔️", "Tom", "Baker"),
            ],
        ),
        one(
            "nicknames",
            &[
                ("Bob Miller", "Robert", "Miller"),
                ("Bill Baker", "William", "Baker"),
                ("Peggy Olsen", "Margaret", "Olsen"),
                ("Robert Miller", "Bob", "Miller"),
                ("Katie Lee", "Katherine", "Lee"),
            ],
        ),
        one(
            "particles",
            &[
                ("Ludwig van Beethoven", "Ludwig", "Beethoven"),
                ("Vincent Gogh", "Vincent", "van Gogh"),
                ("Conor O'Brien", "Conor", "OBrien"),
                ("Conor O’Brien", "Conor", "O Brien"),
                ("Omar Al-Rashid", "Omar", "Alrashid"),
                ("Omar Al Rashid", "Omar", "Al-Rashid"),
                ("Ian Mac Donald", "Ian", "MacDonald"),
                ("Gina D'Angelo", "Gina", "Dangelo"),
                ("Jan v.d. Berg", "Jan", "van den Berg"),
                ("Maria dos Santos", "Maria", "Santos"),
            ],
        ),
        one(
            "two surnames",
            &[
                ("María García", "María", "García López"),
                ("João Silva Santos", "João", "Santos"),
                ("José Luis Rodríguez", "Jose", "Rodriguez"),
                ("María José García", "María", "García"),
            ],
        ),
        one(
            "maiden names",
            &[
                ("Anna Schmidt-Meyer", "Anna", "Schmidt"),
                ("Anna Meyer (Schmidt)", "Anna", "Schmidt"),
                ("Anna Meyer geb. Schmidt", "Anna", "Schmidt"),
                ("Anna Meyer (née Schmidt)", "Anna", "Schmidt"),
            ],
        ),
        one("order", &[("Nagy Péter", "Péter", "Nagy"), ("王伟", "伟", "王"), ("Kim Min-jun", "Minjun", "Kim"), ("OKAFOR Dana", "Dana", "Okafor")]),
        one(
            "Cyrillic",
            &[
                ("Иван Петров", "Ivan", "Petrov"),
                ("Юлия Щербакова", "Yulia", "Shcherbakova"),
                ("Дмитрий Орлов", "Dmitry", "Orlov"),
                ("Алексей Соколов", "Alexey", "Sokolov"),
                ("Ivan Petrov", "Иван", "Петров"),
                ("Ольга Ковальова", "Olga", "Kovalova"),
            ],
        ),
        one(
            "Arabic",
            &[
                ("محمد الرشيد", "Mohammed", "Al-Rashid"),
                ("خالد منصور", "Khalid", "Mansour"),
                ("Layla Mansour", "ليلى", "منصور"),
                ("Mohamed Salah", "Mohammed", "Salah"),
            ],
        ),
        one("Greek", &[("Γιώργος Παπαδόπουλος", "Giorgos", "Papadopoulos"), ("Maria Oikonomou", "Μαρία", "Οικονόμου")]),
        one("Han", &[("王伟", "Wei", "Wang"), ("Zhang Li", "丽", "张")]),
        one("Hangul", &[("김민준", "Minjun", "Kim"), ("Sunghyun Park", "성현", "박"), ("최지우", "Jiu", "Choi")]),
        one("spellings", &[("Erik Johnson", "Eric", "Johnson"), ("Stephan Berg", "Stefan", "Berg"), ("Karl Nicolas", "Carl", "Nikolas")]),
        one(
            "letters",
            &[
                ("Łukasz Wałęsa", "Lukasz", "Walesa"),
                ("Işıl Yıldız", "Isil", "Yildiz"),
                ("Jens Groß", "Jens", "Gross"),
                ("Søren Ødegård", "Soren", "Odegaard"),
                ("Jürgen Müller", "Juergen", "Mueller"),
                ("Jurgen Muller", "Jürgen", "Müller"),
                ("Åsa Björk", "Aasa", "Bjork"),
                ("Jose Nunez", "José", "Núñez"),
                ("Dvořák Antonín", "Antonin", "Dvorak"),
            ],
        ),
        two(
            "other people",
            &[
                ("Mari Costa", "Mario", "Costa"),
                ("Paul Baker", "Paula", "Barker"),
                ("Daniel Kim", "Daniela", "Kim"),
                ("Pawel M.", "Pawel", "Mazur"),
                ("Ravi Haddad", "Dana", "Okafor"),
                ("John Smith", "John", "Smythson"),
                ("Alan Reed", "Albert", "Reed"),
                ("Christian Berg", "Christine", "Berg"),
            ],
        ),
    ];
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn companies_of_the_world() {
    let same = [Level::Equal, Level::Close];
    let wrong = [
        company(
            "legal forms",
            &[
                ("Deutsche Telekom AG", "Deutsche Telekom"),
                ("SAP SE", "SAP"),
                ("Nestlé S.A.", "Nestle"),
                ("A.P. Møller - Mærsk A/S", "AP Moller Maersk"),
                ("Barilla G. e R. Fratelli S.p.A.", "Barilla G e R Fratelli"),
                ("Tesco PLC", "Tesco"),
                ("Petrobras S/A", "Petrobras"),
                ("Orlen Sp. z o.o.", "Orlen"),
                ("Škoda a.s.", "Skoda"),
                ("Northwind GmbH & Co. KG", "Northwind"),
                ("Volvo Aktiebolag", "Volvo"),
                ("ООО Ромашка", "Romashka"),
                ("PT Telkom Indonesia", "Telkom Indonesia"),
                ("Toyota Motor Co., Ltd.", "Toyota Motor"),
                ("Koç Holding A.Ş.", "Koc Holding"),
                ("Northwind, L.L.C.", "Northwind LLC"),
            ],
            &same,
        ),
        company(
            "words and signs",
            &[
                ("Procter & Gamble", "Procter and Gamble"),
                ("The Coca-Cola Company", "Coca-Cola"),
                ("AT&T Inc.", "AT & T"),
                ("3M Company", "3M"),
                ("McKinsey & Company", "McKinsey"),
                ("L'Oréal", "L Oreal"),
                ("Société Générale", "Societe Generale"),
                ("Marks and Spencer", "Marks & Spencer Group plc"),
            ],
            &same,
        ),
        company(
            "acronyms",
            &[("International Business Machines", "IBM"), ("International Business Machines (IBM)", "IBM"), ("Bayerische Motoren Werke AG", "BMW")],
            &same,
        ),
        company("written onto the name", &[("阿里巴巴集团控股有限公司", "Alibaba Group"), ("百度公司", "Baidu, Inc."), ("Booking.com B.V.", "Booking")], &same),
        company("two initials are a hint", &[("General Electric", "GE"), ("Procter & Gamble", "P&G"), ("Ernst & Young", "EY")], &[Level::Partial]),
        company(
            "trading names",
            &[
                ("Acme Corp dba Widgetry", "Widgetry"),
                ("Widgetry (formerly Acme)", "Widgetry"),
                ("Brightmoor t/a Harbour Foods", "Harbour Foods"),
                ("Talus, formerly known as Petri", "Talus"),
            ],
            &same,
        ),
        company("written together", &[("Thermo Fisher", "ThermoFisher"), ("Exxon Mobil Corporation", "ExxonMobil")], &same),
        company("cut short", &[("Northwind Instr.", "Northwind Instruments"), ("Johnson Controls Intl", "Johnson Controls International")], &same),
        company("slips", &[("Accentrue", "Accenture"), ("Caterpiller Inc.", "Caterpillar"), ("Kimberley Clark", "Kimberly-Clark")], &same),
        company("languages", &[("Banque Nationale du Canada", "National Bank of Canada"), ("삼성전자", "Samsung Electronics")], &same),
        company("initials of all words", &[("British Broadcasting Corporation", "BBC"), ("Oil and Natural Gas Corporation", "ONGC")], &same),
        company(
            "one word is another's name",
            &[("AO World", "World"), ("IP Group", "Group IP"), ("Sia Partners", "Partners")],
            &[Level::Partial, Level::Faint, Level::Differs],
        ),
        company("each a word of its own", &[("Brightmoor Foods", "Brightmoor Healthcare"), ("Talus Dental", "Talus Hotels")], &[Level::Faint]),
        company("short names are not misspelt", &[("BAE Systems", "BEA Systems"), ("Bosch", "Busch"), ("Vektor", "Viktor")], &[Level::Differs]),
        company("parents and daughters", &[("ADP Canada", "ADP"), ("Northwind Instruments Deutschland GmbH", "Northwind Instruments")], &[Level::Partial]),
        company(
            "other companies",
            &[
                ("Acme Solutions", "Zenith Solutions"),
                ("Bank of America", "Bank of Scotland"),
                ("University of Leeds", "University of Kent"),
                ("First National Bank", "Second National Bank"),
                ("Apple", "Applebee's"),
                ("Delta Air Lines", "Delta Faucet"),
                ("Global Consulting Group", "Global Services Group"),
                ("Nordwind", "Northwind Instruments"),
            ],
            &[Level::Differs],
        ),
        company(
            "generic employers",
            &[
                ("Self-employed", "Northwind"),
                ("Freelance", "Northwind"),
                ("Retired", "Northwind"),
                ("Stealth Startup", "Northwind"),
                ("Confidential", "Northwind"),
                ("Self Employed", "Northwind"),
                ("Independent Consultant", "Northwind"),
                ("Autónomo", "Northwind"),
                ("Freiberuflich", "Northwind"),
                ("Zelfstandig", "Northwind"),
                ("Libero professionista", "Northwind"),
                ("N/A", "Northwind"),
                ("-", "Northwind"),
                ("Open to work", "Northwind"),
                ("[not provided]", "Northwind"),
            ],
            &[Level::NotCompared],
        ),
    ];
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn shared_details_say_nothing() {
    for free in [
        "ada@gmail.com",
        "ada@outlook.com",
        "ada@web.de",
        "ada@libero.it",
        "ada@ziggo.nl",
        "ada@uol.com.br",
        "ada@yahoo.es",
        "ada@hotmail.it",
        "ada@live.nl",
        "ada@sapo.pt",
    ] {
        assert_eq!(domain(free), None, "{free}");
    }
    assert_eq!(phone("ext. 12"), None);
}
