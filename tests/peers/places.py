"""Writes core/src/matching/table/places.csv: countries and cities by all the names that pages and CRMs call them.

From CLDR (Unicode License v3, by way of Babel) and ISO 3166 (by way of pycountry). Run by hand, when a new CLDR is out:
python3 tests/peers/places.py, with babel and pycountry installed."""

import pathlib
import unicodedata

import babel
import pycountry
from babel.core import get_global
from babel.languages import get_official_languages

EVERYWHERE = ["en", "de", "fr", "it", "es", "pt", "nl"]
ALSO = {
    "United Kingdom": ["Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland"],
    "United States": ["United States of America", "America"],
    "Netherlands": ["The Netherlands", "Holland"],
    "Czechia": ["Czech Republic"],
    "Türkiye": ["Turkey"],
    "South Korea": ["Korea", "Republic of Korea"],
    "United Arab Emirates": ["Emirates"],
    "Saudi Arabia": ["KSA"],
    "Russia": ["Russian Federation"],
    "China": ["PR China", "People's Republic of China"],
    "Hong Kong SAR China": ["Hong Kong"],
    "Macao SAR China": ["Macau", "Macao"],
    "Myanmar (Burma)": ["Myanmar", "Burma"],
    "Vietnam": ["Viet Nam"],
}
CITIES = {
    "Munich": "München|Monaco di Baviera", "Cologne": "Köln|Colonia", "Milan": "Milano|Mailand", "Turin": "Torino", "Florence": "Firenze|Florenz",
    "Venice": "Venezia|Venedig", "Naples": "Napoli|Neapel", "Genoa": "Genova|Genua", "Padua": "Padova", "Seville": "Sevilla", "Nuremberg": "Nürnberg",
    "Hanover": "Hannover", "Frankfurt": "Frankfurt am Main|Frankfurt/Main", "Geneva": "Genève|Genf|Ginevra", "Basel": "Bâle|Basilea", "Antwerp": "Antwerpen|Anvers",
    "Ghent": "Gent|Gand", "The Hague": "Den Haag|La Haye|'s-Gravenhage", "Gothenburg": "Göteborg", "Krakow": "Kraków|Cracow", "Porto": "Oporto",
    "Saragossa": "Zaragoza", "Saint Petersburg": "Санкт-Петербург|St Petersburg|St. Petersburg", "Bangalore": "Bengaluru", "Mumbai": "Bombay",
    "Chennai": "Madras", "Beijing": "Peking|北京", "Shanghai": "上海", "Shenzhen": "深圳", "Guangzhou": "广州|Canton", "Kyoto": "京都", "Osaka": "大阪",
    "Lisbon": "Lisboa", "Aachen": "Aix-la-Chapelle", "Bruges": "Brugge", "Leuven": "Louvain", "Liège": "Luik|Lüttich", "Strasbourg": "Straßburg",
    "Wroclaw": "Wrocław|Breslau", "Gdansk": "Gdańsk|Danzig", "Mexico City": "Ciudad de México|CDMX", "Kuwait City": "Kuwait", "Zurich": "Zürich|Zurigo",
    "New York": "New York City|NYC", "Ho Chi Minh City": "Saigon|Hồ Chí Minh",
}


def locales_of(land):
    """The languages that are read everywhere, and the land's own."""
    for language in [*EVERYWHERE, *get_official_languages(land, de_facto=True)]:
        try:
            yield babel.Locale.parse(language)
        except (babel.UnknownLocaleError, ValueError):
            pass


def rows():
    english = babel.Locale("en")
    for country in sorted(pycountry.countries, key=lambda country: country.alpha_2):
        code = country.alpha_2
        name = english.territories.get(code)
        if not name:
            continue
        forms = {country.name, getattr(country, "common_name", country.name), *ALSO.get(name, [])}
        forms |= {locale.territories.get(code, name) for locale in locales_of(code)}
        yield from (("code", form, name) for form in (code, country.alpha_3))
        yield from (("country", form, name) for form in sorted(forms | {name}))
    yield ("code", "UK", "United Kingdom")
    yield ("code", "UAE", "United Arab Emirates")
    for name, forms in CITIES.items():
        yield from (("city", form, name) for form in forms.split("|"))
    lands = get_global("zone_territories")
    for zone in sorted(zone for zone in lands if "/" in zone and not zone.startswith("Etc/")):
        name = english.time_zones.get(zone, {}).get("city") or zone.split("/")[-1].replace("_", " ")
        forms = {locale.time_zones.get(zone, {}).get("city") for locale in locales_of(lands[zone])}
        yield from (("city", form, name) for form in forms if form and form != name)


table = pathlib.Path(__file__).parents[2] / "core/src/matching/table/places.csv"
lines = sorted({",".join(unicodedata.normalize("NFC", part).replace(",", " ") for part in row) for row in rows()})
table.write_text("kind,form,name\n" + "\n".join(lines) + "\n", encoding="utf8")
print(len(lines), "rows")
