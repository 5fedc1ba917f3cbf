"""Writes core/src/matching/table/common_names.csv: how common given names and surnames are where they are commonest.

From the United States' census of 1990 (public domain, by way of the package names), the statistics of a dozen countries (by way of
Faker, MIT), and for countries that neither has, rounded figures of national statistics below. Run by hand:
python3 tests/peers/common_names.py, with names and faker installed."""

import importlib
import pathlib

import names

GIVEN, FAMILY = "given", "family"
# A name that fewer of a million have is left out.
LEAST = 1000
# A list of the commonest names holds about so many of the people; Faker makes it up to all of them.
HELD = 0.6
FAKER = ["de_LU", "en_GB", "en_KE", "en_NZ", "en_US", "es_AR", "es_CL", "es_CO", "fi_FI", "fr_BE", "he_IL", "hu_HU", "nl_BE", "sv_SE", "zh_CN"]
# Of a million: surnames, as national statistics have them, rounded.
SURNAMES = {
    "Germany": "müller 9500 schmidt 6900 schneider 4000 fischer 3500 weber 3000 meyer 3000 wagner 2700 becker 2600 schulz 2600 hoffmann 2500",
    "Italy": "rossi 3000 russo 2400 ferrari 1900 esposito 1700 bianchi 1500 romano 1400 colombo 1300 ricci 1200 marino 1200 greco 1200 bruno 1100",
    "France": "martin 3600 bernard 1900 thomas 1700 petit 1700 robert 1600 richard 1500 durand 1400 dubois 1400 moreau 1400 laurent 1300",
    "Netherlands": "jong 5500 jansen 4800 vries 4500 berg 3800 bakker 3600 dijk 3600 visser 3200 janssen 3100 smit 2800 meijer 2600 boer 2400 mulder 2300",
    "Portugal": "silva 94000 santos 60000 ferreira 52000 pereira 49000 oliveira 37000 costa 37000 rodrigues 36000 martins 32000 sousa 30000 fernandes 29000",
    "Brazil": "souza 20000 lima 18000 alves 20000 ribeiro 13000 carvalho 12000 gomes 14000 almeida 12000 barbosa 10000 rocha 9000 dias 8000",
    "Poland": "nowak 5300 kowalski 1800 kowalska 1800 wisniewski 1400 wisniewska 1400 wojcik 2600 kowalczyk 2600 kaminski 1200 lewandowski 1200",
    "Russia": "ivanov 7000 ivanova 7000 smirnov 8000 smirnova 8000 kuznetsov 5000 kuznetsova 5000 popov 4000 popova 4000 petrov 3000 petrova 3000",
    "India": "kumar 35000 singh 30000 sharma 10000 patel 8000 shah 5000 gupta 6000 das 8000 khan 9000 reddy 4000 rao 4000 jain 3000 verma 4000 yadav 6000",
    "Vietnam": "nguyen 384000 tran 110000 le 95000 pham 71000 hoang 51000 phan 45000 vu 39000 dang 21000 bui 20000 do 14000 ho 13000 ngo 13000",
    "Türkiye": "yılmaz 15000 kaya 12000 demir 11000 şahin 9000 çelik 9000 yıldız 8000 yıldırım 8000 öztürk 8000 aydın 8000 özdemir 7000",
    "Denmark": "nielsen 44000 jensen 43000 hansen 36000 pedersen 27000 andersen 26000 christensen 20000 larsen 19000 sørensen 18000 rasmussen 16000",
    "Norway": "hansen 10000 johansen 9000 olsen 9000 larsen 7000 andersen 7000 pedersen 6000 nilsen 6000 kristiansen 4000 jensen 4000",
    "Japan": "sato 15000 suzuki 14000 takahashi 11000 tanaka 11000 watanabe 10000 ito 10000 yamamoto 8000 nakamura 8000 kobayashi 8000 kato 7000",
    "Korea": "kim 215000 lee 147000 park 84000 choi 47000 jung 43000 kang 24000 cho 21000 yoon 20000 jang 20000 lim 17000 han 16000 oh 15000",
    "Arab countries": "ahmed 15000 mohamed 20000 ali 20000 hassan 15000 hussein 10000 ibrahim 12000 khan 10000 abdullah 8000 mahmoud 8000",
}
GIVEN_NAMES = {
    "Germany": "thomas 13000 michael 13000 andreas 12000 stefan 9000 christian 9000 peter 10000 martin 7000 sabine 6000 petra 6000 susanne 5000 julia 6000",
    "Italy": "andrea 12000 marco 12000 giuseppe 20000 francesco 13000 antonio 13000 luca 9000 alessandro 9000 maria 20000 anna 10000 giulia 6000 paolo 7000",
    "France": "jean 15000 pierre 9000 michel 9000 philippe 8000 nicolas 8000 marie 15000 nathalie 7000 isabelle 6000 julien 5000 thomas 6000",
    "Netherlands": "jan 14000 peter 8000 johan 7000 hans 6000 maria 12000 anna 8000 henk 5000 mark 6000 jeroen 4000",
    "Portugal and Brazil": "maria 60000 josé 30000 joão 20000 antónio 15000 ana 20000 francisco 10000 carlos 10000 paulo 9000 pedro 10000 luís 9000 rui 5000",
    "Poland": "anna 27000 piotr 18000 krzysztof 17000 andrzej 15000 tomasz 14000 paweł 13000 katarzyna 16000 maria 16000 małgorzata 15000 agnieszka 14000",
    "Russia": "aleksandr 40000 sergey 30000 dmitry 25000 andrey 22000 alexey 22000 elena 28000 olga 22000 natalia 20000 tatiana 18000 ivan 12000 anna 18000",
    "India": "amit 6000 rahul 6000 rajesh 7000 sanjay 6000 suresh 6000 priya 5000 neha 4000 anil 5000 vijay 5000 ravi 5000 sunil 5000 manoj 4000 pooja 4000",
    "China": "wei 20000 jing 12000 li 12000 min 10000 lei 9000 jun 10000 yan 9000 yang 8000 tao 8000 ming 8000 hui 8000 xin 6000 ying 8000 fang 9000 na 6000",
    "Vietnam": "anh 25000 minh 15000 thi 20000 hung 10000 huong 10000 hoa 10000 linh 12000 tuan 10000 nam 8000 ha 10000 lan 8000",
    "Türkiye": "mehmet 30000 mustafa 20000 ahmet 18000 ali 15000 fatma 20000 ayşe 18000 hüseyin 10000 hasan 10000 emine 12000 zeynep 8000",
    "Denmark and Norway": "peter 12000 jens 11000 lars 12000 anne 14000 mette 9000 jan 10000 per 10000 kirsten 8000 morten 8000 thomas 10000 henrik 8000",
    "Japan": "hiroshi 6000 takashi 5000 kenji 4000 yuki 4000 akira 4000 yoko 4000 keiko 4000 naoko 3000 satoshi 4000 makoto 3000",
    "Arab countries": "mohamed 70000 mohammed 70000 muhammad 60000 ahmed 40000 ali 30000 omar 12000 hassan 12000 fatima 20000 mariam 9000 khaled 10000",
}


def census(path):
    """A census file's names, of a million."""
    for line in pathlib.Path(path).read_text().splitlines():
        name, percent = line.split()[:2]
        yield name.lower(), float(percent) * 1e4


def counted(table, share):
    """A weighted table's names, of a million."""
    whole = float(sum(table.values()))
    for name, weight in table.items():
        yield name.lower(), weight / whole * 1e6 * share


def listed(countries):
    for row in countries.values():
        words = row.split()
        yield from zip(words[::2], map(float, words[1::2]), strict=True)


def figures():
    for sex in ["female", "male"]:
        for name, share in census(names.FILES[f"first:{sex}"]):
            yield GIVEN, name, share / 2
    for name, share in census(names.FILES["last"]):
        yield FAMILY, name, share
    for place in FAKER:
        provider = importlib.import_module(f"faker.providers.person.{place}").Provider
        tables = [("first_names_female", GIVEN, HELD / 2), ("first_names_male", GIVEN, HELD / 2), ("last_names", FAMILY, HELD)]
        if not isinstance(getattr(provider, "first_names_female", None), dict):
            tables[:2] = [("first_names", GIVEN, HELD)]
        for attribute, part, share in tables:
            table = getattr(provider, attribute, None)
            if isinstance(table, dict) and len(set(table.values())) > 5:
                for name, of_a_million in counted(table, share):
                    yield part, name, of_a_million
    for name, share in listed(SURNAMES):
        yield FAMILY, name, share
    for name, share in listed(GIVEN_NAMES):
        yield GIVEN, name, share


def main():
    most = {}
    for part, name, share in figures():
        if share >= LEAST and " " not in name and "-" not in name:
            most[part, name] = max(most.get((part, name), 0), round(share, -2))
    rows = [f"{part},{name},{share:.0f}\n" for (part, name), share in sorted(most.items())]
    path = pathlib.Path(__file__).parents[2] / "core/src/matching/table/common_names.csv"
    path.write_text("part,name,per_million\n" + "".join(rows), encoding="utf-8")
    print(f"{len(rows)} names in {path}")


if __name__ == "__main__":
    main()
