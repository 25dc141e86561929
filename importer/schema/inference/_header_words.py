"""What the name of a column says about its cells."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from functools import lru_cache

__all__ = ["Says", "says"]

HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
WHOLE = 4
"""Words this short must stand alone; longer ones may be part of a compound, such as Geburtsdatum."""


class Says(Enum):
    """A kind of cells, and words in many languages that name it."""

    CODE = (
        "code kod cod kode codice codigo iso lang language sprache langue idioma lingua taal sprak country countries "
        "land staat pays pais paese nation state prov province region locale currency wahrung devise origin market"
    )
    NO_DATE = (
        "version versions versie release build ver firmware python java software code codes hs hts hsn tariff section "
        "kapitel chapter paragraph ip sku ref part artikel article record score result clause nace isic naics"
    )
    DATE = (
        "date dates datum data dato fecha day days tag dag dia giorno jour dzien den paiva nap when born dob birth "
        "geboren geburt naissance nacimiento nascita nascimento created updated modified shipped due paid since until "
        "started ended valid expiry expires deadline from till stand termin ngay tarih kuupaev datums 日付 日期 дата"
    )
    BIRTH = (
        "born dob birth birthday birthdate bday geboren geburt geb naissance nacimiento nacido nascita nascimento fodt "
        "fodelse syntyma geboorte urodzenia narozeni dogum рождения"
    )
    PAST = "died death deceased gestorben founded gegrundet hired hire joined joining graduated married since"
    CLOCK = (
        "start end begin begins uhrzeit uhr von bis from to at open opens close closes opening closing "
        "arrival departure arr dep depart arrive in out heure hora ora check beginn ende ankunft abfahrt "
        "clock punch shift sunrise sunset"
    )
    LENGTH = (
        "length duration dur dauer lange elapsed runtime lap split pace track laufzeit durata duracion duracao duree "
        "varighed duur playtime runtime worked hours stunden overtime break pause lengths song"
    )
    NO_TIME = (
        "ratio verse verses score scores result results aspect odds scripture psalm vers spielstand ergebnis scale"
    )


def says(label: str, kind: Says) -> bool:
    """Whether the header names such cells.

    Examples
    --------
    >>> says("Geburtsdatum", Says.BIRTH), says("trackLength", Says.LENGTH), says("candidate", Says.CODE)
    (True, True, False)
    """
    words = _words(label)
    return any(
        word in words or (len(word) > WHOLE and any(word in one for one in words)) for word in kind.value.split()
    )


@lru_cache(maxsize=1024)
def _words(label: str) -> frozenset[str]:
    spread = unicodedata.normalize("NFD", HUMP.sub(" ", label)).casefold()
    bare = "".join(sign for sign in spread if not unicodedata.combining(sign)).replace("ø", "o").replace("ł", "l")
    return frozenset(re.findall(r"[^\W\d_]+", bare))
