"""Currencies: what people call them, and their codes by ISO 4217. Pure; whether figures or rates in one are held is the lake's to say."""

from __future__ import annotations

from difflib import get_close_matches

from warehouse.schema.errors import UsageError

_CODES = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP
    CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY
    KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK
    NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
    TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG XDR"""
CODES = frozenset(_CODES.split())
NAMES = {
    "us dollar": "USD", "dollar": "USD", "u.s. dollar": "USD", "american dollar": "USD", "us$": "USD", "$": "USD", "usd$": "USD",
    "ringgit": "MYR", "malaysian ringgit": "MYR", "rm": "MYR",
    "yuan": "CNY", "renminbi": "CNY", "rmb": "CNY", "chinese yuan": "CNY", "cn¥": "CNY", "cnh": "CNY",
    "euro": "EUR", "€": "EUR", "pound": "GBP", "pound sterling": "GBP", "sterling": "GBP", "british pound": "GBP", "£": "GBP",
    "yen": "JPY", "japanese yen": "JPY", "baht": "THB", "thai baht": "THB", "rupiah": "IDR", "indonesian rupiah": "IDR",
    "rupee": "INR", "indian rupee": "INR", "won": "KRW", "korean won": "KRW", "south korean won": "KRW", "peso": "PHP",
    "philippine peso": "PHP", "dong": "VND", "vietnamese dong": "VND", "swiss franc": "CHF", "franc": "CHF",
    "singapore dollar": "SGD", "s$": "SGD", "hong kong dollar": "HKD", "hk$": "HKD", "australian dollar": "AUD", "a$": "AUD",
    "new zealand dollar": "NZD", "nz$": "NZD", "canadian dollar": "CAD", "c$": "CAD", "taiwan dollar": "TWD", "nt$": "TWD",
    "new taiwan dollar": "TWD", "brunei dollar": "BND"}
"""Names in use, in the singular. "Dollars" alone are those of the United States, as in the publishers' tables."""


def currency(wrote: str) -> str:
    """The code of a currency by code or name. Raises UsageError with the nearest where it is none."""
    text = " ".join(wrote.split()).casefold()
    if text.upper() in CODES:
        return text.upper()
    for name in (text, text.removesuffix("s"), text.replace("dollars", "dollar").replace("pounds", "pound")):
        if name in NAMES:
            return NAMES[name]
    near = [NAMES.get(name, name.upper()) for name in get_close_matches(
        text, [*NAMES, *(code.casefold() for code in CODES)], 3, 0.6)]
    raise UsageError(f"no currency {wrote[:60]!r}" + (f"; near it: {', '.join(dict.fromkeys(near))}" if near else
                     "; write a code such as USD, MYR, CNY or EUR"))
