"""Categories that no publication should have as its slug; some real ones did. Each keeps its URL and its bytes."""

CATEGORIES = [
    "chayeguoji(xianggang)", "《cha》zhoukan·e", "A&B+", "ＡＢＣ", "ｃｈａ（x）", "C#zhoukan", "100%", "a%41b", "a?b", "a?b#c%",
    "it's", 'a"b', "a:b", "x:title", "《x》:y", "12:30", "1:2x", "a  b", "A B", "Career In touxingPEVC", "a, b; c=d", "@a",
    "21shijijingjibaodao  nancailicaitong", "A & B", "é", "É", "ΑΣ", "İ", "a b", "[x", "x]", "a[b]c", "!x", "$a", "=", "*x",
    "&x", "x<y>z", "163", "yes", "yEs", "oN", "2022-06-01", "1e5", "0o7", "null", "~", "true", "a;b", ".x", "_x", "index",
    "Index", "-", "--", "%41", "a.b", "x.", "a..b", "...", "a/b", "//x", "a\\b", "a^b`c", "a{b}c", "{{ x }}", "a|b", ":a", "::",
    "<<", "a: b", "a #b", "#b", "con", "NUL.x", "茶业报", "search", "status", "archive", "stock", "category", "_layouts", "assets",
    "images", "takedown", "_data", "old_post", "feed.xml", ".git", "alias", "emnews", "Emnews", "2022", "0", "a\u00a0b", "a\u3000b",
    "e\u0301", "中" * 80, "x" * 250, "- x", "? x", "| x", "> x", "@x", "`x", "'x'", "!!int x", "&a x", "%a", "{x}", "[x]", "../../x", "..", "category chenbao.html", "aux.txt", "chenbao.html", "0b12", "1__0", "685_230.15", ".inf", "off", "Null", "Robots.TXT",
]  # fmt: skip
