# Arguments by place and by name of builtin functions, and what is rounded and raised modulo.


def tried(what, *arguments, **named):
    try:
        print(what(*arguments, **named), end=" | ")
    except Exception as e:
        print(type(e).__name__, e, end=" | ")


tried(str, object=5)
tried(str, b"ab", encoding="utf-8")
tried(str, object=b"ab", encoding="utf-8", errors="strict")
tried(bytes, source="ab", encoding="utf-8")
tried(bytearray, "ab", "utf-8", errors="strict")
tried(bytes)
tried(int)
tried(int, "12", base=3)
tried(int, "12", 8)
tried("a b c".split, maxsplit=1)
tried("a b c".split, None, maxsplit=1)
tried("a,b,c".rsplit, sep=",", maxsplit=1)
tried((5).to_bytes, 2, "big")
tried((5).to_bytes, length=2, byteorder="little", signed=True)
tried((-5).to_bytes, -1, "little", signed=True)
tried(int.from_bytes, b"\xff\x01", "little")
tried(int.from_bytes, b"\xff\x01", byteorder="big", signed=True)
tried(sorted, [3, 1, 2], reverse=True)
tried(sorted, "bAc", key=str.lower)
tried(min, [3, 1, 2], key=lambda x: -x)
tried(max, [], default=7)
tried(sum, [1, 2], 3)
tried(sum, [1, 2], start=3)
tried("é".encode, "utf-8")
tried("é".encode, encoding="utf-8", errors="strict")
tried(b"ab".decode, errors="strict")
tried(b"ab".hex)
print()
print(1, 2, sep="-", end="!\n")
for x in (
    0,
    1,
    5,
    15,
    25,
    35,
    149,
    150,
    151,
    250,
    350,
    1250,
    1750,
    4999,
    5000,
    5001,
    15000,
    999999,
    10**17 + 5 * 10**16,
    10**18 - 1,
):
    for digits in (-1, -2, -3, -4, -17):
        tried(round, x, digits)
        tried(round, -x, ndigits=digits)
    print()
tried(round, number=5)
tried(round, 9223372036854775, -2)
for base in (0, 1, 2, 7, -3, 65537, 2**40, -(2**40)):
    for exponent in (0, 1, 2, 10, 12345678901):
        for modulus in (1, -1, 7, -7, 2**31 - 1, -(2**31), 65536, 1000000007):
            tried(pow, base, exponent, modulus)
        print()
tried(pow, 2, 3, 0)
tried(pow, base=2, exp=10)
tried([1, 2, 1, 3].index, 1, 1)
tried([1, 2, 1, 3].index, 1, -2)
tried([1, 2, 1, 3].index, 1, 3)
tried([1, 2, 1, 3].index, 1, 0, -10)
tried((1, 2, 1, 3).index, 5, 0, 100)
tried([1, 2, 1, 3].count, 1)
tried([1, 2].remove, 5)
for at in (-10, -1, 0, 1, 10):
    s = [1, 2, 3]
    s.insert(at, 0)
    print(
        s,
        "abcabc".find("b", at),
        "abcabc".rfind("b", at),
        "abcabc".count("", at),
        "abcabc".find("", at),
        "abc".startswith("", at, 2),
        "äbc".find("c", at, -1),
    )
