# SPDX-License-Identifier: Apache-2.0
# io.StringIO, io.BytesIO and textwrap.
import io
import textwrap
from io import BytesIO, StringIO

s = StringIO()
print(s.write("hello "), s.write("world\n"), s.tell(), repr(s.getvalue()))
print("to a file", 1, file=s, sep="-")
s.seek(0)
print(repr(s.read(3)), repr(s.readline()), repr(s.readline()), repr(s.readline()), repr(s.read()))
s.seek(6)
s.write("WORLD")
print(repr(s.getvalue()), s.seek(0, 2), s.truncate(5), repr(s.getvalue()), s.closed, s.readable(), s.isatty())
s.seek(8)
s.write("x")
print(repr(s.getvalue()), list(StringIO("a\nb\n\nc")), StringIO("a\nbc\nd").readlines(), StringIO("a\nbc\nd").readlines(2), repr(StringIO("abc\nd").readline(2)))
with StringIO("q") as f:
    f.writelines(["x", "y"])
    print(f.getvalue())
for bad in (lambda: f.read(), lambda: f.getvalue(), lambda: StringIO().write(b"x"), lambda: StringIO(5), lambda: StringIO().seek(-1), lambda: StringIO("a").seek(1, 1), lambda: BytesIO().write("x"), lambda: BytesIO("x"), lambda: BytesIO().seek(-1)):
    try:
        print(bad())
    except (ValueError, TypeError, OSError) as e:
        print(type(e).__name__, e)
b = BytesIO(b"one\ntwo")
print(b.read(2), b.readline(), b.tell(), list(b), b.getvalue(), b.seek(-2, 2), b.read(), b.write(b"!!"), b.write(bytearray(b"?")), b.getvalue(), b.seek(20), b.write(b"z"), b.getvalue(), b.read())
buffer = bytearray(4)
b.seek(0)
print(b.readinto(buffer), buffer, bytes(b.getbuffer()[:3]), b.truncate(3), b.getvalue(), b.read1(), io.SEEK_END)
with BytesIO() as c:
    c.write(memoryview(b"view"))
    print(c.getvalue())

text = "The quick brown fox jumped over the lazy dog, and then it said: well-known state-of-the-art things--like this one--are hard to break."
for width in (10, 20, 33, 70):
    print(textwrap.wrap(text, width))
print(textwrap.fill(text, 40, initial_indent="* ", subsequent_indent="  "))
print(textwrap.shorten("Hello  world of   things!", width=12), textwrap.shorten("Hello world!", width=11), textwrap.shorten("Hello world", width=10, placeholder="..."), textwrap.wrap("a b c d e f g h i j", 8, max_lines=2))
print(textwrap.wrap("averyveryverylongword and more", 8), textwrap.wrap("averyveryverylongword and more", 8, break_long_words=False), textwrap.wrap("", 5), textwrap.wrap("a\tb\nc", 20), textwrap.wrap("x-y well-known", 6, break_on_hyphens=False))
print(repr(textwrap.dedent("\n    a\n      b\n\n    c\n   ")), repr(textwrap.dedent("  x\n\ty")), repr(textwrap.indent("a\n\nb\n", "> ")), repr(textwrap.indent("a\n\nb", "> ", lambda line: True)))
print(textwrap.wrap("one. two! three", 30, fix_sentence_endings=True), textwrap.wrap("keep   the  spaces", 9, drop_whitespace=False))
w = textwrap.TextWrapper(width=12)
print(w.wrap("reuse this wrapper twice"), w.fill("and again please"))
try:
    textwrap.wrap("a", 0)
except ValueError as e:
    print(e)
