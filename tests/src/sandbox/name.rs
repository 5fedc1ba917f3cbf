//! Names of invented people, companies and places, by country. Combined so that rare names are rare and common ones common.

/// A country with its ways of naming.
#[derive(Debug)]
pub struct Land {
    /// English name, as CRMs store it.
    pub country: &'static str,
    /// Given names; each `/` parts a nickname or a romanised form that the page may show instead.
    pub given: &'static [&'static str],
    /// First halves of family names.
    pub stems: &'static [&'static str],
    /// Second halves of family names.
    pub ends: &'static [&'static str],
    /// Words before the family name.
    pub particles: &'static [&'static str],
    /// Two family names are common.
    pub doubled: bool,
    /// City and region.
    pub cities: &'static [(&'static str, &'static str)],
    /// Country calling code.
    pub dial: &'static str,
    /// Legal forms of companies.
    pub forms: &'static [&'static str],
}

/// All countries of the world outside.
pub const LANDS: &[Land] = &[
    Land {
        country: "United States",
        given: &["Robert/Bob", "William/Bill", "Elizabeth/Liz", "Margaret/Peggy", "Jennifer/Jen", "Michael/Mike", "Katherine/Kate", "Thomas/Tom", "Susan/Sue", "Daniel/Dan", "Patricia/Pat", "Christopher/Chris", "Deborah/Debbie", "Steven/Steve", "Andrea", "Tyrone", "Latoya", "Brandon", "Megan", "Austin", "Savannah", "Hunter", "Paige", "Wesley", "Brooke", "Carlton", "Denise", "Gregory/Greg", "Heather", "Joel"],
        stems: &["Ashen", "Birch", "Calder", "Dun", "Ever", "Fair", "Gran", "Hart", "Kings", "Lang", "Mar", "North", "Oaken", "Pem", "Quin", "Rad", "Stan", "Thorn", "Under", "Wake", "Whit", "York", "Holl", "Brad", "Cran"],
        ends: &["ton", "field", "ley", "well", "more", "wood", "berg", "den", "by", "worth", "land", "son", "ford", "man"],
        particles: &[],
        doubled: false,
        cities: &[("Fairfield", "Connecticut"), ("Columbus", "Ohio"), ("Boise", "Idaho"), ("Austin", "Texas"), ("Madison", "Wisconsin"), ("Raleigh", "North Carolina"), ("Tacoma", "Washington")],
        dial: "+1",
        forms: &["Inc.", "LLC", "Corp.", "Co."],
    },
    Land {
        country: "United Kingdom",
        given: &["Alistair", "Fiona", "Graham", "Imogen", "Nigel", "Philippa/Pippa", "Rupert", "Siobhan", "Callum", "Gemma", "Hamish", "Isla", "Trevor", "Victoria/Vicky", "Edward/Ted", "Dana", "Ravi", "Priya", "Kwame", "Ngozi", "Moira", "Dermot", "Harriet", "Leonard/Len", "Olive", "Percy", "Rosalind", "Stuart"],
        stems: &["Ander", "Black", "Carl", "Dar", "Eld", "Fenn", "Green", "Had", "Ing", "Kel", "Lock", "Mor", "Nor", "Oker", "Pres", "Ral", "Shaw", "Tre", "Wim", "Strath", "Penn", "Clith", "Brae", "Hals"],
        ends: &["ton", "croft", "stead", "ridge", "well", "by", "thwaite", "earn", "combe", "gate", "ham", "wick"],
        particles: &[],
        doubled: false,
        cities: &[("Leeds", "England"), ("Hull", "England"), ("Aberdeen", "Scotland"), ("Cardiff", "Wales"), ("Bristol", "England"), ("Belfast", "Northern Ireland")],
        dial: "+44",
        forms: &["Ltd", "Limited", "plc", "LLP"],
    },
    Land {
        country: "Italy",
        given: &["Simone", "Elena", "Giuseppe/Beppe", "Francesca", "Niccolò", "Chiara", "Matteo", "Giulia", "Lorenzo", "Alessandra", "Davide", "Federica", "Tommaso", "Ilaria", "Ruggero", "Benedetta", "Corrado", "Mirella", "Saverio", "Ornella"],
        stems: &["Bel", "Car", "Fer", "Gal", "Lun", "March", "Mont", "Pell", "Ric", "Sal", "Tess", "Vac", "Zan", "Bram", "Cast", "Dall", "Gas", "Orl"],
        ends: &["etti", "uso", "ardi", "ini", "ella", "oni", "ucci", "aro", "esi", "aldi", "ato", "ieri"],
        particles: &["De", "Di", "Della"],
        doubled: false,
        cities: &[("Modena", "Emilia-Romagna"), ("Torino", "Piemonte"), ("Bari", "Puglia"), ("Verona", "Veneto"), ("Milano", "Lombardia")],
        dial: "+39",
        forms: &["S.p.A.", "S.r.l.", "S.a.s."],
    },
    Land {
        country: "Netherlands",
        given: &["Hanneke", "Willem/Wim", "Marieke", "Joost", "Sanne", "Pieter", "Femke", "Ruben", "Anouk", "Thijs", "Maartje", "Gijs", "Liesbeth", "Bram", "Jolanda", "Sjoerd", "Tessa", "Wouter"],
        stems: &["Ter", "Hoog", "Acht", "Boer", "Kuip", "Meij", "Noord", "Oost", "Roo", "Schip", "Veld", "Wester", "Zand", "Dijk", "Berg", "Bak", "Vliet"],
        ends: &["stra", "pers", "man", "huis", "kamp", "berg", "veld", "ink", "sma", "hof", "laar"],
        particles: &["van", "van der", "de", "van den", "ter"],
        doubled: false,
        cities: &[("Rotterdam", "Zuid-Holland"), ("Zwolle", "Overijssel"), ("Assen", "Drenthe"), ("Utrecht", "Utrecht"), ("Eindhoven", "Noord-Brabant")],
        dial: "+31",
        forms: &["B.V.", "N.V."],
    },
    Land {
        country: "Spain",
        given: &["Guillermo", "Pilar", "José Luis", "María José", "Íñigo", "Beatriz", "Álvaro", "Rocío", "Sergio", "Núria", "Joaquín", "Inmaculada", "Rodrigo", "Leticia", "Xavier", "Begoña", "Ramón", "Consuelo"],
        stems: &["Alv", "Ben", "Cast", "Dom", "Esp", "Fern", "Garr", "Herr", "Ibá", "Lóp", "Marqu", "Nav", "Ort", "Quir", "Rom", "Sant", "Vel", "Zamb"],
        ends: &["ez", "ero", "illo", "ares", "oga", "ueta", "ano", "eda", "ín", "ñez"],
        particles: &["de la", "del"],
        doubled: true,
        cities: &[("Cádiz", "Andalucía"), ("Bilbao", "País Vasco"), ("Valencia", "Comunidad Valenciana"), ("Zaragoza", "Aragón"), ("Málaga", "Andalucía")],
        dial: "+34",
        forms: &["S.A.", "S.L."],
    },
    Land {
        country: "Brazil",
        given: &["Beatriz", "João Pedro", "Luíza", "Thiago", "Conceição", "Vinícius", "Ana Paula", "Rafael", "Jussara", "Caetano", "Débora", "Otávio", "Simone", "Ubirajara", "Yasmin", "Gustavo"],
        stems: &["Alm", "Barr", "Cav", "Dom", "Ferr", "Gonç", "Lac", "Mour", "Nog", "Oliv", "Per", "Quint", "Rib", "Souz", "Teix", "Vasc"],
        ends: &["eira", "alves", "ada", "inho", "ães", "eiro", "osa", "ela", "ão"],
        particles: &["da", "dos", "de"],
        doubled: true,
        cities: &[("Recife", "Pernambuco"), ("Curitiba", "Paraná"), ("São Paulo", "São Paulo"), ("Belo Horizonte", "Minas Gerais")],
        dial: "+55",
        forms: &["Ltda", "S.A.", "EIRELI"],
    },
    Land {
        country: "Germany",
        given: &["Jürgen", "Käthe", "Björn", "Ursula", "Detlef", "Heike", "Matthias", "Sabine", "Günther", "Annegret", "Torsten", "Renate", "Lukas", "Mareike", "Rüdiger", "Ilse"],
        stems: &["Müll", "Schäf", "Köhl", "Weiß", "Groß", "Lind", "Bröck", "Hess", "Kram", "Nuss", "Ost", "Pfeff", "Reich", "Stein", "Vog", "Zimm"],
        ends: &["er", "mann", "bauer", "hold", "berger", "hauer", "ing", "stedt", "ler"],
        particles: &["von", "zu"],
        doubled: false,
        cities: &[("Nürnberg", "Bayern"), ("Köln", "Nordrhein-Westfalen"), ("Leipzig", "Sachsen"), ("Kiel", "Schleswig-Holstein")],
        dial: "+49",
        forms: &["GmbH", "AG", "GmbH & Co. KG", "KG"],
    },
    Land {
        country: "Poland",
        given: &["Paweł", "Małgorzata", "Łukasz", "Agnieszka", "Zbigniew", "Bożena", "Wojciech", "Żaneta", "Grzegorz", "Iwona", "Stanisław", "Urszula"],
        stems: &["Kowal", "Wiśn", "Zieliń", "Maz", "Dąbr", "Krawcz", "Pawl", "Górs", "Sikor", "Wrób", "Jabł", "Łęck"],
        ends: &["ski", "ewski", "owicz", "yk", "czak", "iński", "ec"],
        particles: &[],
        doubled: false,
        cities: &[("Łódź", "Łódzkie"), ("Gdańsk", "Pomorskie"), ("Kraków", "Małopolskie")],
        dial: "+48",
        forms: &["Sp. z o.o.", "S.A."],
    },
    Land {
        country: "Norway",
        given: &["Tobias", "Ingrid", "Håkon", "Sølvi", "Bjørn", "Åse", "Sindre", "Ragnhild", "Øystein", "Turid", "Leif", "Solveig"],
        stems: &["Høg", "Lind", "Øde", "Sol", "Berg", "Fjell", "Hav", "Nord", "Sæt", "Vik", "Strøm", "Bø"],
        ends: &["berg", "gård", "heim", "vik", "dal", "qvist", "nes", "haug"],
        particles: &[],
        doubled: false,
        cities: &[("Oslo", "Oslo"), ("Bergen", "Vestland"), ("Tromsø", "Troms")],
        dial: "+47",
        forms: &["AS", "ASA"],
    },
    Land {
        country: "Japan",
        given: &["淳/Jun", "美咲/Misaki", "健太/Kenta", "由美/Yumi", "浩/Hiroshi", "直子/Naoko", "翔/Sho", "恵/Megumi"],
        stems: &["渡", "山", "小", "中", "高", "松", "藤", "石", "井"],
        ends: &["辺", "田", "川", "島", "原", "本", "村"],
        particles: &[],
        doubled: false,
        cities: &[("Osaka", "Osaka"), ("Nagoya", "Aichi"), ("Sendai", "Miyagi")],
        dial: "+81",
        forms: &["K.K.", "Co., Ltd."],
    },
    Land {
        country: "Bulgaria",
        given: &["Иван/Ivan", "Мария/Maria", "Георги/Georgi", "Десислава/Desislava", "Николай/Nikolay", "Ралица/Ralitsa", "Стоян/Stoyan", "Веселина/Veselina"],
        stems: &["Петр", "Дими", "Стан", "Кол", "Бож", "Рад", "Тодор", "Йорд"],
        ends: &["ов", "ков", "чев", "анов", "инов"],
        particles: &[],
        doubled: false,
        cities: &[("Sofia", "Sofia"), ("Varna", "Varna"), ("Plovdiv", "Plovdiv")],
        dial: "+359",
        forms: &["OOD", "AD"],
    },
    Land {
        country: "United Arab Emirates",
        given: &["ليلى/Layla", "سامر/Samer", "راشد/Rashid", "نورة/Noura", "خالد/Khalid", "مريم/Maryam", "يوسف/Yousef", "هند/Hind"],
        stems: &["الحد", "النج", "العم", "الخ", "السو", "المن"],
        ends: &["اد", "ار", "يري", "وري", "يدي", "صوري"],
        particles: &[],
        doubled: false,
        cities: &[("Dubai", "Dubai"), ("Sharjah", "Sharjah")],
        dial: "+971",
        forms: &["LLC", "FZE"],
    },
];

/// First halves of company names.
pub const COMPANY_STEMS: &[&str] = &[
    "Nord", "Harbour", "Quill", "Talus", "Petri", "Bramble", "Halden", "Kestrel", "Ostara", "Bright", "Stroom", "Luna", "Alma", "Anadol", "Cinder", "Dove", "Ember", "Fathom", "Gable", "Hearth", "Ivory", "Juniper", "Keel", "Larch", "Meadow", "Nimbus", "Orchard", "Pebble", "Quarry", "Rowan", "Saffron", "Tidal", "Umber", "Verdant", "Willow", "Xeno", "Yarrow", "Zephyr", "Basalt", "Copper",
];

/// Second halves of company names.
pub const COMPANY_ENDS: &[&str] = &["wind", "vale", "feather", "crest", "works", "mark", "point", "haven", "stone", "water", "field", "gate", "light", "bridge", "forge", "line", "spire", "brook", "run", "mont"];

/// What a company does: the word in its name, and its industry.
pub const TRADES: &[(&str, &str)] = &[
    ("Instruments", "Electronics"), ("Pumps", "Machinery"), ("Robotics", "Machinery"), ("Logistics", "Transportation"), ("Foods", "Food & Beverage"),
    ("Health", "Healthcare"), ("Energy", "Energy"), ("Labs", "Biotechnology"), ("Textiles", "Apparel"), ("Software", "Technology"),
    ("Marine", "Shipping"), ("Optics", "Electronics"), ("Timber", "Manufacturing"), ("Media", "Media"), ("Insurance", "Insurance"),
    ("Chemicals", "Chemicals"), ("Bank", "Banking"), ("Telecom", "Telecommunications"), ("Motors", "Manufacturing"), ("Paper", "Manufacturing"),
    ("Aviation", "Transportation"), ("Glass", "Manufacturing"), ("Packaging", "Manufacturing"), ("Hotels", "Hospitality"), ("Education", "Education"),
];

/// Titles: rank and function.
pub const RANKS: &[&str] = &["VP", "Head of", "Director of", "Manager,", "Senior Manager,", "Chief", "Lead,", "Coordinator,"];
/// The functions that ranks have.
pub const FUNCTIONS: &[&str] = &["Operations", "Procurement", "Finance", "Sales", "Marketing", "Engineering", "Quality", "Supply Chain", "People", "Legal", "IT", "Maintenance", "Logistics", "Research", "Compliance"];
