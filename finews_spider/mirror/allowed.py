"""The tags, attributes and values that an article may have in a page. Everything else is removed."""

import html
import re
from functools import lru_cache

import nh3

from finews_spider.items import UNWANTED

TAGS = nh3.ALLOWED_TAGS | {"address", "big", "center", "font", "section", "u"}
SCHEMES = {"http", "https", "mailto"}
CONTROLS = re.compile(f"{UNWANTED.pattern}|\r")
"""Control characters, and those that change the writing direction."""
LONGEST_STYLE = 2_000

# Some of these have an effect only on a few elements, but publishers write them on any.
_ANYWHERE = {
    "align", "alt", "bgcolor", "border", "bordercolor", "cellpadding", "cellspacing", "charset", "class", "color",
    "dir", "face", "height", "hspace", "id", "label", "lang", "noshade", "nowrap", "size", "style", "summary", "title",
    "type", "valign", "vspace", "width",
}  # fmt: skip
_BY_TAG = {
    "a": {"href", "name", "rel", "target"},
    "blockquote": {"cite"},
    "br": {"clear"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"decoding", "loading", "referrerpolicy", "src"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"reversed", "start"},
    "q": {"cite"},
    "span": {"href", "target"},
    "table": {"frame", "rules"},
    "td": {"abbr", "colspan", "headers", "rowspan", "scope"},
    "th": {"abbr", "colspan", "headers", "rowspan", "scope"},
    "time": {"datetime"},
}
NAMES = frozenset(_ANYWHERE.union(*_BY_TAG.values()))
"""The allowed attributes that have an effect."""
# Every attribute that has a meaning on some element of HTML or SVG or to some browser. No other one has an effect.
_KNOWN = {
    "abbr", "about", "accept", "accept-charset", "accesskey", "accuracymode", "action", "align", "alink", "allow",
    "allowfullscreen", "allowpaymentrequest", "alt", "anchor", "archive", "as", "async", "attributionsrc",
    "autocapitalize", "autocomplete", "autocorrect", "autofocus", "autolocate", "autoplay", "axis", "background",
    "behavior", "bgcolor", "blocking", "border", "bordercolor", "bottommargin", "browsingtopics", "capture",
    "cellpadding", "cellspacing", "challenge", "char", "charoff", "charset", "checked", "cite", "class", "classid",
    "clear", "closedby", "code", "codebase", "codetype", "color", "cols", "colspan", "command", "commandfor",
    "compact", "content", "contenteditable", "contextmenu", "controls", "controlslist", "coords", "credentialless",
    "crossorigin", "csp", "data", "datafld", "dataformatas", "datasrc", "datetime", "declare", "decoding",
    "default", "defer", "dir", "direction", "dirname", "disabled", "disablepictureinpicture",
    "disableremoteplayback", "download", "draggable", "dropzone", "dynsrc", "elementtiming", "enctype",
    "enterkeyhint", "exportparts", "face", "fetchpriority", "focusgroup", "focusgroupstart", "for", "form",
    "formaction", "formenctype", "formmethod", "formnovalidate", "formtarget", "frame", "frameborder", "headers",
    "height", "hidden", "high", "href", "hreflang", "hreftranslate", "hspace", "http-equiv", "icon", "id",
    "imagesizes", "imagesrcset", "implements", "importance", "incremental", "inert", "inputmode", "integrity",
    "interestfor", "interesttarget", "invokeaction", "invoketarget", "is", "ismap", "itemid", "itemprop", "itemref",
    "itemscope", "itemtype", "keytype", "kind", "label", "lang", "language", "leftmargin", "link", "list",
    "loading", "longdesc", "loop", "low", "lowsrc", "manifest", "marginheight", "marginwidth", "markdown", "max",
    "maxlength", "media", "method", "min", "minlength", "multiple", "muted", "name", "nohref", "nomodule", "nonce",
    "noresize", "noshade", "novalidate", "nowrap", "object", "open", "optimum", "part", "pattern", "ping",
    "placeholder", "playsinline", "policy", "popover", "popovertarget", "popovertargetaction", "poster", "prefix",
    "preload", "privatetoken", "profile", "prompt", "property", "radiogroup", "readonly", "referrerpolicy", "rel",
    "required", "resource", "rev", "reversed", "rightmargin", "role", "rows", "rowspan", "rules", "sandbox",
    "scheme", "scope", "scrollamount", "scrolldelay", "scrolling", "security", "selected", "shadowroot",
    "shadowrootclonable", "shadowrootcustomelementregistry", "shadowrootdelegatesfocus", "shadowrootmode",
    "shadowrootreferencetarget", "shadowrootserializable", "shadowrootslotassignment", "shape",
    "sharedstoragewritable", "size", "sizes", "slot", "span", "spellcheck", "src", "srcdoc", "srclang", "srcset",
    "standby", "start", "step", "style", "summary", "tabindex", "target", "text", "title", "topmargin", "translate",
    "truespeed", "type", "typemustmatch", "usemap", "valign", "value", "valuetype", "version",
    "virtualkeyboardpolicy", "vlink", "vspace", "watch", "webkitdirectory", "width", "wrap", "writingsuggestions",
    "xmlns",
}  # fmt: skip
# A name that no script acts on: it is no event handler, has no namespace, and no common script library looks for it.
_NO_EFFECT = re.compile(
    r"(?!on|aria-|data-(?:bind|hx-|ng-|on|v-|x-)|(?:hx|ng|v|x|up|ws|sse|wire|uk)-)[a-z_][a-z0-9_.-]{0,60}"
)
_PATTERNS = {
    name: re.compile(pattern)
    for names, pattern in (
        ("width height", r"(?:[1-4]?\d{1,3}(?:\.\d{1,9})?(?:px|pt)?|\d{1,3}(?:\.\d{1,9})?%|auto)?"),
        ("border cellpadding cellspacing hspace vspace", r"(?:\d{1,2}(?:px)?)?"),
        ("size", r"[+-]?\d{0,2}(?:px)?"),
        ("colspan rowspan span", r"\d{0,3}"),
        ("decoding", r"async|auto|sync"),
        ("loading", r"lazy|eager"),
        ("referrerpolicy", r"no-referrer"),
        ("target", r"_blank"),
        ("rel", r"(?:(?:external|nofollow|noopener|noreferrer|ugc|sponsored)\s*)*"),
    )
    for name in names.split()
}
# The ids that publishers give to stocks and keywords. Any other id might be one of the page's own.
_ID = re.compile(r"(?:\w{0,8}stock|\w{0,8}quote|bk|fund|Info)[_.][\w.]{1,40}", re.ASCII)
# The classes that publishers write. No theme has classes of its own in snake_case.
_CLASS = re.compile(
    r"Em[A-Z]\w*|EM\w*|em(?:[_-]\w+|h\d)|[a-z0-9]+(?:_[a-z0-9]+)+|firstRow|infokey|keytip|keyword|list-paddingleft-\d|Mso\w+|[ps]\d|res-edit|selectTdClass|toplink|wscnph|wxw-img",
    re.ASCII,
)
_PROPERTY = (
    r"(?:align-(?:content|items|self)|background(?:-(?:attachment|clip|color|image|origin|position|repeat|size))?"
    r"|border(?:-(?:top|right|bottom|left))?(?:-(?:color|style|width))?|border-(?:collapse|image|spacing)"
    r"|border-(?:(?:top|bottom)-(?:left|right)-)?radius|box-(?:shadow|sizing)|caption-side|caret-color|clear|color|cursor|display"
    r"|flex(?:-[a-z]+)?|float|font|font-(?:family|feature-settings|kerning|size(?:-adjust)?|stretch|style|variant(?:-[a-z-]+)?|weight)"
    r"|hyphens|justify-content|layout-grid(?:-[a-z]+)?|letter-spacing|line-height|line-break"
    r"|list-style(?:-image|-position|-type)?|(?:margin|padding)(?:-(?:top|right|bottom|left|(?:block|inline)(?:-start|-end)?))?"
    r"|(?:max-|min-)?(?:width|height)|orphans|outline|overflow(?:-wrap|-x|-y)?|page-break-(?:after|before|inside)|position"
    r"|punctuation-wrap|tab-stops|table-layout|text-(?:align|align-last|autospace|indent|justify|overflow|rendering|shadow|transform)"
    r"|text-decoration(?:-(?:color|line|style|thickness))?|text-size-adjust|vertical-align|visibility|white-space|widows"
    r"|word-(?:break|spacing|wrap)|mso-[\w-]+|-webkit-(?:font-smoothing|tap-highlight-color|text-size-adjust|text-stroke-width)|zoom)"
)
_NUMBER = (
    r"(?:1\d{3}|\d{1,3}|(?:1\d{3}|\d{0,3})\.\d{1,12})(?:px|pt)?|(?:\d{1,3}|\d{0,3}\.\d{1,12})%"
    r"|(?:\d{1,2}|\d{0,2}\.\d{1,12})(?:em|rem|ex|ch|cm|mm|in|pc)"
)
_VALUE = (
    rf"(?:{_NUMBER}|-?[A-Za-z\u4e00-\u9fff](?:[\w-]*\w)?|#[0-9a-fA-F]{{3,8}}|rgba?\([\d., %]{{0,40}}\)"
    r"""|"[\w -]*"|'[\w -]*')(?![\w(.%-])"""
)
# Declarations that can't fetch anything, cover the page, or push the rest of the page out of sight.
_DECLARATION = re.compile(rf"\s*({_PROPERTY})\s*:\s*((?:{_VALUE}[\s,/]*)*)(!\s*important)?\s*", re.IGNORECASE)
_THEMED = frozenset({"background", "background-color", "border-color", "color"})
"""Properties that the theme overrides in dark mode; ``!important`` would prevent that."""
_NONE = re.compile(r"(?:none|normal|initial|auto|[01](?:px)?)\s*", re.IGNORECASE)
# Properties of which only some values are harmless.
_VALUES = {
    "position": re.compile(r"(?:static|relative)\s*", re.IGNORECASE),
    **dict.fromkeys(("box-shadow", "outline", "text-shadow", "zoom"), _NONE),
}
# A URL that is harmless without being parsed.
_PLAIN_URL = re.compile(r"(?:https?:)?//[A-Za-z0-9][\w.-]*(?:/[\w./?=&%#,~+@!;-]*)?", re.ASCII)
_ONE_URL = nh3.Cleaner(tags={"a"}, attributes={"a": {"href"}}, url_schemes=SCHEMES, link_rel=None)


def has_no_effect(name: str) -> bool:
    """Whether an attribute of this name has no effect in any browser."""
    return name not in _KNOWN and bool(_NO_EFFECT.fullmatch(name))


@lru_cache(maxsize=8192)
def value_of(tag: str, name: str, value: str) -> str | None:
    """Return the allowed part of an attribute's value, or None where the attribute isn't allowed.

    :param value: with its character references decoded.
    """
    if CONTROLS.search(value):
        return None
    if name not in _ANYWHERE and name not in _BY_TAG.get(tag, ()):
        return value if has_no_effect(name) else None
    if check := _CHECKS.get(name):
        return check(value)
    return value if name not in _PATTERNS or _PATTERNS[name].fullmatch(value.strip().lower()) else None


def _style(value: str) -> str | None:
    if len(value) > LONGEST_STYLE:
        return None
    declarations = value.split(";")
    kept = [declaration for declaration in declarations if not declaration.strip() or _is_harmless(declaration)]
    if kept == declarations:
        return value
    return ";".join(kept) if "".join(kept).strip() else None


def _is_harmless(declaration: str) -> bool:
    match = _DECLARATION.fullmatch(declaration)
    if not match:
        return False
    name, value, important = match[1].lower(), match[2], match[3]
    if name in _VALUES and not _VALUES[name].fullmatch(value):
        return False
    return not (important and name in _THEMED)


def _classes(value: str) -> str | None:
    names = value.split()
    kept = [name for name in names if _CLASS.fullmatch(name)]
    return value if kept == names else " ".join(kept) or None


def _id(value: str) -> str | None:
    return value if _ID.fullmatch(value) else None


def _url(value: str) -> str | None:
    if _PLAIN_URL.fullmatch(value):
        return value
    return value if _ONE_URL.clean(f'<a href="{html.escape(value)}">').startswith("<a href=") else None


_CHECKS = {"cite": _url, "class": _classes, "href": _url, "id": _id, "src": _url, "style": _style}
