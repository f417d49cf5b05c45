# SPDX-License-Identifier: Apache-2.0
# re: expressions, matches, substitutions, errors.
import re

CASES = [
    ("abc", "xabcx"),
    ("a.c", "a\nc abc"),
    ("a*b", "aaab b"),
    ("a+?b", "aab"),
    ("(a|ab)(c|bcd)(d*)", "abcd"),
    ("[a-c]+", "xxabcabd"),
    ("[^a-c]+", "abxyzc"),
    (r"\d+\.?\d*", "pi is 3.14 ok"),
    (r"(\w+)@(\w+)\.com", "mail bob@site.com now"),
    (r"(?P<year>\d{4})-(?P<month>\d\d)", "on 2024-05-06"),
    (r"^\s*(\w+)\s*=\s*(.*?)\s*$", "  key = some value  "),
    (r"(a)?b", "b"),
    (r"(a*)*", "aaa"),
    (r"(a*)+b", "aaac"),
    (r"(?:ab)+", "ababab"),
    (r"(ab){2,3}", "abababab"),
    (r"a{2}", "aaa"),
    (r"a{,2}b", "aaab"),
    (r"a{2,}?", "aaaa"),
    (r"x{", "x{"),
    (r"\bfoo\b", "a foo, food"),
    (r"\Boo", "foo oo"),
    (r"foo(?=bar)", "foobaz foobar"),
    (r"foo(?!bar)", "foobar foobaz"),
    (r"(?<=\$)\d+", "cost $45"),
    (r"(?<!\$)\b\d+", "$45 67"),
    (r"(.)\1", "abccd"),
    (r"(?P<q>['\"]).*?(?P=q)", "say 'hi' \"x\""),
    (r"(?i)HeLLo", "hello"),
    (r"(?i:a)b", "Ab AB"),
    (r"(<)?a(?(1)>|!)", "<a> a!"),
    (r"(?>a+)ab", "aaab"),
    (r"a++b", "aaab"),
    (r"[\w.-]+", "!!a.b-c_d!!"),
    (r"[]a]+", "x]a]"),
    (r"[\d\s]+", "a1 2\t3b"),
    (r"\x41\u0042\103\0?", "ABC"),
    (r"", "abc"),
    (r"a|b|", "c"),
    ("(?#comment)a(?x: b # note\n c)", "abc"),
    (r"é+\w", "caféér ü"),
    (r"\$\(\)\\", "$()\\"),
    (r"((a)|(b))+", "ab"),
    (r"(a)(?:(b)|c)*", "acbc"),
    (r"(?=(\w+))\w", "word"),
    (r"a.*c.*e", "a1c2c3e4e5"),
    (r"(\d+)(?:px|em)", "12px 3em 4pt"),
]
for pattern, text in CASES:
    p = re.compile(pattern)
    m = p.search(text)
    print(pattern, "|", m and (m.span(), m.group(), m.groups(), m.groupdict(), m.lastindex), p.match(text) is not None, p.fullmatch(text) is not None, p.findall(text))
    print("  ", p.split(text), p.sub("<>", text), [x.span() for x in p.finditer(text)])
for pattern, flags, text in (
    ("^b", re.M, "a\nb\nb"),
    ("a$", re.M, "a\nba\n"),
    ("a$", 0, "ba\n"),
    (r"a\Z", 0, "a\n"),
    ("a.b", re.S, "a\nb"),
    ("ABC|é", re.I, "abc É"),
    ("[a-f]+", re.I, "xDEADbeef"),
    ("[^a]+", re.I, "AbBa"),
    (" a b # x", re.X, "ab"),
    (r"\w+", re.A, "aé"),
    (r"(\w)\1", re.I, "aA"),
    ("a.b", re.I | re.S, "A\nB"),
):
    print(pattern, int(flags), re.findall(pattern, text, flags), re.search(pattern, text, flags))
print(re.sub(r"(\w+) (\w+)", r"\2 \1!", "hello world foo bar"), re.sub(r"(?P<n>\d)", r"[\g<n>\g<0>\g<1>]", "a1b2"), re.sub("x", r"\n\\", "axb"), re.sub("a", lambda m: m.group().upper() * 2, "banana", count=2), re.subn("a|b", "", "abcab"), re.sub("x*", "-", "abxd"), re.sub("(a)|b", r"[\1]", "ab"))
print(re.split(r"[,;]\s*", "a, b;c,d"), re.split("(-)", "1-2-3"), re.split(r"\s+", " a b ", maxsplit=1), re.split("x*", "axbc"))
print(re.escape("a.b*c[d]-e f_1"), re.escape(b"a.b"), re.compile("a(b)", re.I | re.M), re.compile("x").flags, re.compile("(?P<k>a)(b)").groupindex, re.compile("(a)(b)").groups)
m = re.match(r"(?P<first>\w+) (?P<second>\w+)(x)?", "Isaac Newton, physicist")
print(m, m[1], m["second"], m.group(1, "second"), m.groups("none"), m.groupdict(), m.start("second"), m.end(), m.span(3), m.lastgroup, m.expand(r"\2-\g<first>"), m.string, m.pos, m.endpos, m.re.pattern, m.regs)
print(re.compile("b").search("abcb", 2), re.compile("^b").search("ab", 1), re.compile("b").match("abc", 1), re.compile("b$").search("abc", 0, 2), re.compile("a").fullmatch("xax", 1, 2))
print(re.findall(rb"\d+", b"a1b22"), re.sub(rb"(b)", rb"<\1>", b"abc"), re.match(b"a", bytearray(b"abc")), re.split(b",", b"a,b"), re.search(rb"[\x80-\xff]", b"a\xe9").group())
log = '127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /index.html HTTP/1.0" 200 2326'
print(re.match(r'(\S+) \S+ (\S+) \[(.*?)\] "(\w+) (\S+) [^"]*" (\d{3}) (\d+|-)', log).groups())
tokens = re.compile(r"\s*(?:(?P<num>\d+(?:\.\d+)?)|(?P<id>[A-Za-z_]\w*)|(?P<op>[-+*/()=]))")
print([(t.lastgroup, t.group(t.lastgroup)) for t in tokens.finditer("x1 = 3.5*(y_2 - 40)")])
long = "a" * 800
print(re.match("(a|b)*c?", long).end(), re.match("(?:a)*", long).end(), len(re.findall("a", long)), re.search("a*b", "a" * 60))
for pattern in ("(", ")", "a**", "*a", "[a", "[b-a]", r"\q", r"(a)\2", "(?P<n>a)(?P<n>b)", "(?P<1>a)", "a{3,2}", "(?<=a*)b", "(?z)", "\\", "(?P=x)", "a\n(", "(?P<a", "x(?i)"):
    try:
        re.compile(pattern)
        print(pattern, "fine")
    except re.error as e:
        print(repr(pattern), e, e.pos)
for bad in (lambda: re.match("a", b"a"), lambda: re.match(b"a", "a"), lambda: re.match("a", 5), lambda: m.group(9), lambda: m["nope"], lambda: re.sub("(a)", r"\2", "a"), lambda: re.compile(5), lambda: re.sub("a", r"\g<x>", "a"), lambda: re.sub("a", r"\q", "a")):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e)
