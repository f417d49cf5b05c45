# SPDX-License-Identifier: Apache-2.0
"""str: methods, slices, escapes, search, comparison."""

s = "Hello, World"
print(s, len(s), s[0], s[-1], s[1:5], s[::-1], s[::2], s[-5:], s[:5], s[3:-3], s[100:], s[5:2])
print(s.upper(), s.lower(), s.find("o"), s.find("o", 5), s.find("zz"), s.rfind("o"), s.index("W"), s.count("l"))
print(s.replace("l", "L"), s.replace("l", "L", 1), s.startswith("Hell"), s.endswith("ld"), s.startswith(("a", "H")))
print(
    s.split(", "),
    s.split(),
    "a,b,,c".split(","),
    "a b  c".split(),
    " a b ".split(),
    "a,b,c".split(",", 1),
    "a,b,c".rsplit(",", 1),
)
print("-".join(["a", "b", "c"]), "".join([]), ", ".join(str(i) for i in range(4)), "x".join("abc"))
print("  pad ".strip() + "|", "  pad ".lstrip() + "|", "  pad ".rstrip() + "|", "xxhixx".strip("x"), "abc".strip("ac"))
print("abc" < "abd", "abc" == "abc", "a" < "B", "" < "a", "abc" != "abd", "b" >= "abc")
print("ell" in s, "z" in s, "" in s, "z" not in s)
print("ab" * 3, 3 * "-", "a" + "b" + "c", "x" * 0, "x" * -1)
print(
    "abc".isalpha(),
    "123".isdigit(),
    "12a".isdigit(),
    "".isdigit(),
    "aB".islower(),
    "AB".isupper(),
    " \t".isspace(),
    "a1".isalnum(),
)
print(repr("it's"), repr('say "hi"'), repr("both ' and \""), repr("tab\tnl\nback\\"), repr("\x00\x1f\x7f"))
print("%d %s %r %5d|%-5d|%05d %x %X %o %c %%" % (42, "str", "rep", 7, 7, 7, 255, 255, 8, "c"))
print("%.2f %8.3f|%-8.1f| %e %g" % (3.14159, 2.71828, 1.5, 12345.678, 0.0001))
print("%s" % "one", "%s and %s" % ("a", [1, 2]), "%(x)s" % {"x": 5})
print(
    "{} {} {}".format(1, "two", 3.0),
    "{1} {0}".format("a", "b"),
    "{x} {y}".format(x=1, y=2),
    "{:>5}|{:<5}|{:^5}|".format("a", "b", "c"),
)
print("{0!r} {0!s}".format("q"), "{{}}".format(), "{:05d} {:+d} {:x} {:,}".format(42, 42, 255, 1234567))
for ch in "añ€😀":
    print(ch, ord(ch), len(ch))
u = "añ€😀z"
print(len(u), u[1], u[-1], u[1:4], u[::-1], u.find("€"), u.encode())
print("a\tb".expandtabs(4), "title case".title(), "swap".capitalize(), "a".center(5) + "|", "7".zfill(3), "-7".zfill(4))
print("a-b-c".partition("-"), "a-b-c".rpartition("-"), "abc".partition("-"), "l1\nl2\r\nl3".splitlines())
print(chr(65), chr(8364), ord("A"), str(None), str(True), str(12), str([1, "a"]), repr("x"))
print("abc", "line1\nline2", 'q"q', "q'q", r"raw\n", "\u20ac", "\x41", "\101")
print(sorted("hello"), list("abc"), tuple("ab"), min("hello"), max("hello"), "abc"[1])
print("x=" + str(5) + ";", "abc".ljust(5) + "|", "abc".rjust(5) + "|", "Hello".swapcase())
for bad in (
    lambda: "a" + 1,
    lambda: "abc"[5],
    lambda: "abc".index("z"),
    lambda: "a" * "b",
    lambda: ord("ab"),
    lambda: "a" < 1,
):
    try:
        bad()
    except Exception as e:
        print(type(e).__name__, "|", e)
print(hash("abc") == hash("ab" + "c"))
