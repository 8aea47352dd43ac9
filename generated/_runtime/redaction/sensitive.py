"""Which names hold secrets, and which values are too common to hide inside of other text."""

from __future__ import annotations

import re
from functools import lru_cache

SHORT = 6
"""Values shorter than this are hidden only where they are the whole value of a sensitive name."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NAMES = _words("""
    password passwd pwd passphrase secret secretkey clientsecret sharedsecret signingsecret webhooksecret
    apikey xapikey appkey applicationkey apitoken apisecret accesskey secretaccesskey accesstoken refreshtoken idtoken
    token authtoken bearertoken sessiontoken xauthtoken privatetoken usertoken bottoken securitytoken csrftoken
    xsrftoken authorization proxyauthorization cookie cookies setcookie jwt clientassertion privatekey privatekeyid
    credential credentials sessionid jsessionid phpsessid otp totp cvv cvc ssn connectionstring
""")
_LAST_WORDS = _words("""
    password passwd pwd passphrase secret token apikey appkey accesskey secretkey privatekey signingkey encryptionkey
    masterkey authkey connectionstring credentials
""")
"""What a longer name ends in that holds a secret: ``db_password``, ``STRIPE_API_KEY``."""
_PLACE_WORDS = _words("""
    next prev previous page cursor continuation continue continuous sync delta skip last first start end resume
    pagination marker list change watch before after offset progress cancellation
""")
"""A token that ends in ``token`` after one of these is a place in a list."""
_WORD = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+"
_LONGEST_NAME = 100

ORDINARY = _words("""
    abcdef qwerty changeme letmein
    account accounts action active address admin1 administrator allowed amount anonymous answer archive article assets
    author authors backend backup balance before better billing binary browser bucket button calendar cancel category
    change channel charge client clients cloud1 cluster collection column comment comments common company config
    connect connection console contact content context control counter country create created credential currency
    customer customers dashboard database default delete deleted demo123 deploy description detail details developer
    development device devices disable disabled display document domain download edition editor element enable enabled
    engine english entity entries environment error1 errors example expired export extension external failed feature
    filter finance folder follow format forward frontend gateway general global google group1 groups handler header
    health hidden history hosted hostname import inactive inbox1 index1 information insert instance integration
    internal invalid invoice library license limited linked listing loading localhost locale location logged machine
    manager master matrix member members message messages method metrics minimum missing mobile module monitor network
    normal notice number object office online option options orders organization origin output package parent partner
    password password1 payment payments pending people percent permission person personal picture platform player
    plugin policy portal postgres premium primary private process product production products profile project projects
    property provider public publish python random reader reason record records refresh region register release remote
    report reports request required reserved resource response result results review sandbox schedule schema search
    secret section secure security select selected server service services session setting settings shared simple
    single source staging standard status storage stream string student subject success summary support system target
    tenant tester testing testuser ticket token1 transaction transfer unknown update updated upload username version
    viewer visible warning website welcome window worker workspace
""")
"""Values that stand in innocent text: hidden only where they are the whole value of a sensitive name."""


@lru_cache(maxsize=4096)
def is_sensitive(name: str) -> bool:
    """Whether a key, header or parameter of this name holds a secret, whatever its case and separators."""
    if len(name) > _LONGEST_NAME:
        return False
    if squeezed(name) in _NAMES:
        return True
    words = [word.lower() for word in re.findall(_WORD, name)]
    if len(words) < 2 or (words[-1] == "token" and words[-2] in _PLACE_WORDS):
        return False
    return words[-1] in _LAST_WORDS or "".join(words[-2:]) in _LAST_WORDS


def squeezed(name: str) -> str:
    """A name without its separators and in lower case."""
    return re.sub(r"[-_.\s]", "", name).lower()


def is_common(value: str) -> bool:
    """Whether a value is so short or so ordinary that innocent text may hold it."""
    return len(value) < SHORT or value.lower() in ORDINARY
