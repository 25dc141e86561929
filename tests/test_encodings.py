"""Encodings: the words of a language come out as they are written, or the doubt is told."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.sources.csv._encoding import find_encoding
from importer.sources.csv._source import CsvSource
from importer.testing._source_contract import whole

WESTERN = "cp1252 iso8859_1 iso8859_15 mac_roman cp850"
EASTERN = "cp1250 iso8859_2 cp852"
RUSSIAN = "cp1251 koi8_r iso8859_5 cp866"

# Names of people and places, months and words of everyday, as people type them.
WORDS = {
    "Czech": (EASTERN, "Dvořák Němcová Růžička Plzeň Třebíč září květen jméno město příjmení Šťastný Žižkov"),
    "Slovak": (EASTERN, "Ďurica Ľubica Košice Žilina Kováč Hviezdoslavova Štúr február október Nováková mäso dĺžka"),
    "Polish": (
        EASTERN,
        "Wałęsa Żółkiewski Łódź Gdańsk Świątek październik wrzesień Kraków Zażółć imię ulica Józefów",
    ),
    "Hungarian": (EASTERN, "Petőfi Szűcs Győr Székesfehérvár Erzsébet március Őry Kovács Debrecen fűtés László cím"),
    "Slovene": (
        EASTERN,
        "Novačan Žagar Prešeren Črnomelj Škofja Kovačič Maček Štefan Ljubljančan avgust češnja Žužemberk",
    ),
    "Croatian": (
        EASTERN,
        "Petrović Kovačević Đurđica Šibenik Čakovec Požega siječanj ožujak Babić Žarko Matić Krešimir",
    ),
    "Romanian": (
        "cp1250 iso8859_2 cp852",
        "Brăila Timişoara Constanţa Băsescu Ştefan Ţiriac Iaşi Târgu Mureş judeţ Gheorghiţă",
    ),
    "Lithuanian": (
        "cp1257 iso8859_13",
        "Jonaitienė Šimkus Kazlauskaitė Žukauskas Šiauliai Panevėžys rugpjūtis Vilniaus miestas Kęstutis",
    ),
    "Latvian": (
        "cp1257 iso8859_13",
        "Bērziņš Kalniņa Ozoliņš Liepāja Rēzekne Jūrmala Jānis februāris Cēsis Ķegums Šķēle",
    ),
    "Estonian": (
        "cp1257 iso8859_13 iso8859_15 cp1252",
        "Jõgi Mägi Käärik Pärnu Põltsamaa Rõuge jaanuar Türi Öpik Jõhvi Kõiv",
    ),
    "Turkish": (
        "cp1254 iso8859_9 cp857",
        "Ağaoğlu Yıldız Şahin Öztürk İstanbul Eskişehir Diyarbakır ağustos eylül Çağlar Muğla kasım",
    ),
    "German": (
        WESTERN + " cp437",
        "München Größe Straße Köln Müller Jürgen Weiß Düsseldorf März Österreich Strauß Bäcker",
    ),
    "French": (WESTERN, "François Hélène Besançon février août Gérard Orléans Québec Île Noël château Chloé"),
    "Spanish": (WESTERN, "Ñandú Muñoz Peña García Martínez José Málaga León Ángel Cádiz Núñez Logroño"),
    "Portuguese": (WESTERN, "João Gonçalves São Paulo Conceição março Araújo Brandão Évora Simões Luís Magalhães"),
    "Italian": (WESTERN, "Nicolò Forlì Cantù città lunedì perché Niccolò Salò università Mondovì qualità"),
    "Dutch": (WESTERN, "Daniël België Zoë reünie Curaçao coördinatie Loïs Noëlle geïnd Oriënt ruïne patiënt"),
    "Danish": (WESTERN, "Øystein Kjær Jørgensen Ærø Sønderborg København Åse Skødstrup Bjørn lørdag Næstved Håkon"),
    "Swedish": (
        WESTERN + " cp437",
        "Åström Sjöberg Malmö Göteborg Örebro Västerås Håkansson lördag Björk Växjö Ängelholm",
    ),
    "Finnish": (
        WESTERN,
        "Hämäläinen Mäkelä Jyväskylä Väinö kesäkuu Seinäjoki Äänekoski Töölö Sääskilahti Löyttyniemi",
    ),
    "Icelandic": (
        "cp1252 iso8859_1",
        "Guðmundsson Þórunn Reykjavík Hafnarfjörður Sigurðardóttir Björk Þorlákshöfn janúar Ísafjörður",
    ),
    "Greek": (
        "cp1253 iso8859_7",
        "Ελένη Γιώργος Παπαδόπουλος Αθήνα Θεσσαλονίκη Ιανουάριος Μαρία Πάτρα όνομα πόλη Κώστας",
    ),
    "Russian": (RUSSIAN, "Иванов Петрова Сидоренко Москва Екатеринбург январь Щербаков Юлия имя город Алексей"),
    "Ukrainian": (
        "cp1251 koi8_u",
        "Шевченко Київ Львів Запоріжжя Ковальчук Їжакевич січень Тетяна Олександр місто Харків",
    ),
    "Bulgarian": ("cp1251", "Георгиев Пловдив Стоянова Велико Търново Христо януари Димитрова София Бургас"),
    "Hebrew": ("cp1255", "משה כהן לוי ירושלים תל אביב יוסף שרה ינואר חיפה רחל דוד"),
    "Arabic": ("cp1256", "محمد فاطمة أحمد القاهرة الإسكندرية يناير عبد الله خديجة دمشق بغداد حسين"),
    "Thai": ("cp874", "สมชาย กรุงเทพ เชียงใหม่ มกราคม สุดา ภูเก็ต วิชัย นครราชสีมา ประเสริฐ"),
    "Japanese": ("cp932 euc_jp", "山田太郎 鈴木花子 佐藤 東京都 大阪市 カタカナ ひらがな 一月 北海道 横浜"),
    "Chinese": ("gb18030", "王小明 李华 上海市 北京 张伟 一月 广东省 刘洋 陈静 姓名"),
    "Chinese in Taiwan": ("big5", "王小明 李華 臺北市 陳美玲 高雄 一月 張志豪 林淑芬 黃 姓名"),
    "Korean": ("cp949 euc_kr", "김철수 이영희 서울 부산 박지성 일월 최민호 이름 정수빈 대구"),
}
CASES = [(language, encoding) for language, (encodings, _) in WORDS.items() for encoding in encodings.split()]


def table_of(words):
    return "id;name\n" + "".join(f"{at};{word}\n" for at, word in enumerate(words, 1))


@pytest.mark.parametrize(("language", "encoding"), CASES, ids=lambda value: value.replace(" ", "_"))
def test_words_of_a_language_come_out_as_they_are_written(language, encoding, tmp_path):
    words = WORDS[language][1].split()
    path = tmp_path / "file.csv"
    path.write_bytes(table_of(words).encode(encoding))
    source = CsvSource(path)
    assert [row[1] for row in whole(source)[0]] == words
    assert source.book.notes == ()


@pytest.mark.parametrize("count", [1, 3, 5])
@pytest.mark.parametrize(("language", "encoding"), CASES, ids=lambda value: value.replace(" ", "_"))
def test_a_few_words_are_read_rightly_or_the_doubt_is_told(language, encoding, count):
    words = WORDS[language][1].split()
    for begin in range(0, len(words) - count + 1, count):
        written = table_of(words[begin : begin + count]).encode(encoding)
        found, notes = find_encoding([written], "file.csv")
        assert written.decode(found) == written.decode(encoding) or notes


@settings(max_examples=200)
@given(st.data())
def test_whatever_words_stand_in_a_file_they_come_out_or_the_doubt_is_told(data):
    language, encoding = data.draw(st.sampled_from(CASES))
    words = data.draw(st.lists(st.sampled_from(WORDS[language][1].split()), min_size=4, max_size=8))
    written = table_of(words).encode(encoding)
    found, notes = find_encoding([written], "file.csv")
    assert written.decode(found) == written.decode(encoding) or notes


def test_a_doubt_shows_both_readings_and_the_option_that_decides():
    (note,) = find_encoding(["name\nŠimkus\n".encode("cp1257")], "file.csv").notes
    assert (note.code, note.kind) == ("encoding", "doubt")
    assert "'Šimkus'" in note
    assert [fix.option for fix in note.fixes] == ["encoding"]


@pytest.mark.parametrize(
    "cell",
    [
        "12 €",
        "5 °C",
        "10 m²",
        "£50",
        "± 0.5",
        "5 µg",
        "§ 5",
        "3 ½",
        "Acme®",
        "1\xa0300",
        "x – y",
        "10°",
        "Nº 5",
    ],
)
def test_a_sign_alone_raises_no_doubt(cell):
    assert find_encoding([f"value\n{cell}\n".encode("cp1252")], "file.csv") == ("cp1252", ())


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("language", ["Czech", "Russian", "Greek", "Arabic", "Japanese", "Chinese"])
def test_wide_characters_need_no_byte_order_mark(language, encoding):
    written = table_of(WORDS[language][1].split()).encode(encoding)
    assert find_encoding([written], "file.csv") == (encoding, ())


def test_a_replacement_character_in_the_file_itself_is_utf8():
    text = "id,city\n1,Köln\n2,M\ufffdnchen\n3,Gro\ufffde Allee\n"
    assert find_encoding([text.encode()], "file.csv") == ("utf-8", ())


def test_a_damaged_byte_among_a_few_words_in_utf8_is_not_another_encoding():
    text = "Köln Müller Größe\n".encode() + b"M\xfcnchen\n"
    assert find_encoding([text], "file.csv").name == "utf-8"


def test_words_far_down_in_a_large_file_decide_its_encoding(tmp_path):
    path = tmp_path / "file.csv"
    names = "".join(f"{word};\n" for word in WORDS["Czech"][1].split())
    path.write_bytes(b"name;x\n" + b"Novak;1\n" * 300_000 + names.encode("cp1250") + b"Novak;1\n" * 300_000)
    assert CsvSource(path).dialect.encoding == "cp1250"


def test_a_few_words_among_many_of_another_language_decide_its_encoding(tmp_path):
    path = tmp_path / "file.csv"
    many = "".join(f"{at};Müller\n" for at in range(100_000))
    path.write_bytes(("id;name\n" + many + "1;Dvořák\n2;Novotný\n3;Kučera\n" + many).encode("cp1250"))
    assert CsvSource(path).dialect.encoding == "cp1250"
