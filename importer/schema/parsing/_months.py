"""Names of months in many languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LANGUAGES", "folded_month", "language_of", "months_in"]

_FINNISH = " ".join(
    "|".join(f"{name}{end}" for end in ("kuu", "kuuta", ""))
    for name in "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu".split()
)

NAMES: Final = {
    "en": "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sep|sept "
    "october|oct november|nov december|dec",
    "de": "januar|jan|jänner|jän februar|feb|febr|feber märz|mär|mrz|maerz april|apr mai juni|jun juli|jul august|aug "
    "september|sep|sept oktober|okt november|nov dezember|dez",
    "fr": "janvier|janv février|févr|fév|fevrier|fevr|fev mars avril|avr mai juin juillet|juil août|aout "
    "septembre|sept octobre|oct novembre|nov décembre|déc|decembre|dec",
    "es": "enero|ene febrero|feb marzo|mar abril|abr mayo|may junio|jun julio|jul agosto|ago "
    "septiembre|setiembre|sep|sept|set octubre|oct noviembre|nov diciembre|dic",
    "it": "gennaio|gen febbraio|feb marzo|mar aprile|apr maggio|mag giugno|giu luglio|lug agosto|ago "
    "settembre|set|sett ottobre|ott novembre|nov dicembre|dic",
    "pt": "janeiro|jan fevereiro|fev março|marco|mar abril|abr maio|mai junho|jun julho|jul agosto|ago setembro|set "
    "outubro|out novembro|nov dezembro|dez",
    "nl": "januari|jan februari|feb maart|mrt april|apr mei juni|jun juli|jul augustus|aug september|sep|sept "
    "oktober|okt november|nov december|dec",
    "sv": "januari|jan februari|feb mars|mar april|apr maj juni|jun juli|jul augusti|aug september|sep|sept "
    "oktober|okt november|nov december|dec",
    "da": "januar|jan februar|feb marts|mar april|apr maj juni|jun juli|jul august|aug september|sep|sept oktober|okt "
    "november|nov december|dec",
    "nb": "januar|jan februar|feb mars|mar april|apr mai juni|jun juli|jul august|aug september|sep|sept oktober|okt "
    "november|nov desember|des",
    "fi": _FINNISH,
    "cs": "leden|ledna|led únor|února|úno březen|března|bře duben|dubna|dub květen|května|kvě červen|června|čer|čvn "
    "červenec|července|čec|čvc srpen|srpna|srp září|zář říjen|října|říj listopad|listopadu|lis prosinec|prosince|pro",
    "sk": "január|januára|jan február|februára|feb marec|marca|mar apríl|apríla|apr máj|mája jún|júna júl|júla "
    "august|augusta|aug september|septembra|sep október|októbra|okt november|novembra|nov december|decembra|dec",
    "pl": "styczeń|stycznia|sty luty|lutego|lut marzec|marca|mar kwiecień|kwietnia|kwi maj|maja czerwiec|czerwca|cze "
    "lipiec|lipca|lip sierpień|sierpnia|sie wrzesień|września|wrz październik|października|paź "
    "listopad|listopada|lis grudzień|grudnia|gru",
    "hr": "siječanj|siječnja|sij veljača|veljače|velj ožujak|ožujka|ožu travanj|travnja|tra svibanj|svibnja|svi "
    "lipanj|lipnja|lip srpanj|srpnja|srp kolovoz|kolovoza|kol rujan|rujna|ruj listopad|listopada|lis "
    "studeni|studenoga|studenog|stu prosinac|prosinca|pro",
    "hu": "január|jan|jan február|feb|febr március|márc április|ápr május|máj június|jún július|júl augusztus|aug "
    "szeptember|szept október|okt november|nov december|dec",
    "ro": "ianuarie|ian februarie|feb martie|mar aprilie|apr mai iunie|iun iulie|iul august|aug septembrie|sept|sep "
    "octombrie|oct noiembrie|noi|nov decembrie|dec",
    "ca": "gener|gen febrer|febr març abril|abr maig juny juliol|jul agost setembre|set octubre|oct novembre|nov "
    "desembre|des",
    "tr": "ocak|oca şubat|şub mart|mar nisan|nis mayıs|may haziran|haz temmuz|tem ağustos|ağu eylül|eyl ekim|eki "
    "kasım|kas aralık|ara",
    "ru": "январь|января|янв февраль|февраля|фев|февр март|марта|мар апрель|апреля|апр май|мая июнь|июня|июн "
    "июль|июля|июл август|августа|авг сентябрь|сентября|сен|сент октябрь|октября|окт ноябрь|ноября|ноя|нояб "
    "декабрь|декабря|дек",
    "uk": "січень|січня|січ лютий|лютого|лют березень|березня|бер квітень|квітня|кві травень|травня|тра "
    "червень|червня|чер липень|липня|лип серпень|серпня|сер вересень|вересня|вер жовтень|жовтня|жов "
    "листопад|листопада|лис грудень|грудня|гру",
    "el": "ιανουάριος|ιανουαρίου|ιαν φεβρουάριος|φεβρουαρίου|φεβ μάρτιος|μαρτίου|μαρ απρίλιος|απριλίου|απρ "
    "μάιος|μαΐου|μαϊ ιούνιος|ιουνίου|ιουν ιούλιος|ιουλίου|ιουλ αύγουστος|αυγούστου|αυγ "
    "σεπτέμβριος|σεπτεμβρίου|σεπ οκτώβριος|οκτωβρίου|οκτ νοέμβριος|νοεμβρίου|νοε δεκέμβριος|δεκεμβρίου|δεκ",
}
"""The twelve months by language, with their other forms and abbreviations."""

LANGUAGES: Final = tuple(NAMES)


def folded_month(name: str) -> str:
    """The name in lower case, without the dot of a Turkish i."""
    return name.lower().replace("\u0131", "i").replace("\u0307", "")


_IN: Final = {
    language: {folded_month(form): at for at, month in enumerate(names.split(), 1) for form in month.split("|")}
    for language, names in NAMES.items()
}
_EVERY: Final = {form for known in _IN.values() for form in known}
_AGREED: Final = {
    form: month
    for form in sorted(_EVERY)
    for month in [max(known.get(form, 0) for known in _IN.values())]
    if all(known.get(form, month) == month for known in _IN.values())
}


def months_in(language: str | None) -> dict[str, int]:
    """Number of a month by its folded name, in this language or in all that agree.

    Examples
    --------
    >>> months_in(None)["march"], months_in("pl")["listopada"], months_in("hr")["listopada"]
    (3, 11, 10)
    >>> "listopada" in months_in(None)
    False
    """
    return _AGREED if language is None else _IN.get(language, _AGREED)


def language_of(names: Iterable[str]) -> str | None:
    """The language that alone gives these names a month, None if none is needed or none is proven.

    Examples
    --------
    >>> language_of(["listopada", "maja"]), language_of(["listopada"]), language_of(["may"])
    ('pl', None, None)
    """
    folded = {folded_month(name) for name in names} & _EVERY
    if folded <= _AGREED.keys():
        return None
    known = [language for language, forms in _IN.items() if folded <= forms.keys()]
    agree = len({tuple(_IN[language][name] for name in sorted(folded)) for language in known}) == 1
    return known[0] if agree else None
