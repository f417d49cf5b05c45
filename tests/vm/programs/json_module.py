# SPDX-License-Identifier: Apache-2.0
# json: what is written, what is read, and where the errors are.
import json


def tell(f, *args, **options):
    try:
        print(repr(f(*args, **options)))
    except Exception as e:
        print(type(e).__name__, e)


values = [
    None,
    True,
    False,
    0,
    -1,
    2**40,
    1.5,
    -0.0,
    1e100,
    1e-7,
    float("inf"),
    -float("inf"),
    float("nan"),
    "",
    "plain",
    'quote " back \\ slash / \b\f\n\r\t \x00 \x1f \x7f',
    "\u00e9\u20ac\U0001f600",
    [],
    {},
    (),
    [1, [2, [3, []]], (4,)],
    {"a": 1, "b": [True, None], "c": {"d": {}}},
    {1: 2, 1.5: 3, True: 4, None: 5},
]
for v in values:
    tell(json.dumps, v)
    tell(json.dumps, v, ensure_ascii=False)
    tell(json.dumps, [v, {"k": v}], indent=2)
    tell(json.dumps, {"k": [v]}, separators=(",", ":"))
tell(json.dumps, {"b": 1, "a": {"d": 1, "c": 2}}, sort_keys=True)
tell(json.dumps, {"b": 1, "a": []}, sort_keys=True, indent="--")
tell(json.dumps, {"b": 1, 2: 1}, sort_keys=True)
tell(json.dumps, [1, 2], indent=0)
for bad in ({1, 2}, b"x", {(1,): 2}, [object], {"a": {b"x": 1}}, range(3)):
    try:
        json.dumps(bad)
    except TypeError as e:
        print(e)
tell(json.dumps, {"a": {1, 2}}, default=sorted)
tell(json.dumps, 1, fruit=2) if False else None

texts = [
    "null", "true", " false ", "0", "-0", "12", "-12.5e2", "1E3", "1e-3", "1.0", "123456789012", "NaN", "Infinity", "-Infinity",
    '""', '"a\\"b\\\\c\\/d\\b\\f\\n\\r\\t"', '"\\u00e9\\u20AC\\ud83d\\ude00"', '"\u00e9\U0001f600"', "[]", "[ ]", "{}", "{ }",
    "[1, 2,3 , [4]]", '{"a": 1, "b" : {"c": [null]}, "a": 2}', '\t\n\r {"x":\n1}',
    "", " ", "nul", "tru", "-", "-x", "+1", "01", "1.", ".5", "1e", "1e+", "0x10", "[", "[1", "[1,", "[1,]", "[1 2]", "[,]", "]", "{", "{1}",
    '{"a"', '{"a"}', '{"a":', '{"a":}', '{"a":1', '{"a":1,', '{"a":1,}', '{"a":1 "b":2}', "{a: 1}", '"', '"abc', '"a\nb"', '"\\',
    '"\\x"', '"\\u12"', '"\\u12g4"', '"\\u123', "1 2", "[1]]", "null x", "'a'", '[1,\n2,\n\u00e9]', '{"\u20ac":\n x}', '["a\\u0041", "\\q"]', "\ufeff1"[1:],
]  # fmt: skip
for text in texts:
    tell(json.loads, text)
tell(json.loads, b'{"a": [1, "\xc3\xa9"]}')
tell(json.loads, bytearray(b"[1]"))
tell(json.loads, 5)
tell(json.loads, None)
deep = "[" * 12 + "]" * 12
tell(json.loads, deep)
big = {
    "list": list(range(50)),
    "text": "x" * 200,
    "nested": [{"id": i, "name": "n" + str(i), "ok": i % 2 == 0} for i in range(20)],
}
print(json.loads(json.dumps(big)) == big, len(json.dumps(big)), len(json.dumps(big, indent=4)))
try:
    json.loads("{")
except ValueError as e:
    print(isinstance(e, json.JSONDecodeError), e.args)


class Count(int):
    pass


class Ratio(float):
    def __repr__(self):
        return "a ratio"


class Text(str):
    pass


def hook(d):
    return sorted(d.items())


def fails(d):
    raise KeyError("no")


tell(json.dumps, [Count(5), Ratio(1.5), Text("t"), {Text("k"): Count(-1), Count(7): 1, Ratio(0.5): 2}])
tell(json.dumps, {(1, 2): 3, "a": 1, 5: 2, None: 3, b"x": 4}, skipkeys=True)
tell(json.dumps, {(1, 2): 3})
tell(json.dumps, [1.5, float("nan")], allow_nan=False)
tell(json.dumps, {float("inf"): 1}, allow_nan=False)
tell(json.dumps, [1.5, float("inf")], allow_nan=True)
round_ = [1]
round_.append(round_)
tell(json.dumps, round_)
tell(json.dumps, {"a": {"b": round_}})
twice = [1]
tell(json.dumps, [twice, twice, {"x": twice}])
tell(json.dumps, object, default=lambda x: [x])
tell(json.dumps, object, default=lambda x: {"name": x.__name__})

text = '{"b": [1, 2.5, {"a": NaN}], "a": {"n": -Infinity, "m": 1e5}, "b": null}'
tell(json.loads, text)
tell(json.loads, text, object_hook=hook)
tell(json.loads, text, object_pairs_hook=lambda pairs: pairs)
tell(json.loads, text, object_hook=fails, object_pairs_hook=list)
tell(json.loads, text, object_hook=fails)
tell(json.loads, text, parse_int=str, parse_float=lambda s: "<" + s + ">", parse_constant=str.lower)
tell(json.loads, "{}", object_hook=lambda d: "empty")
tell(json.loads, b"[{}]", object_pairs_hook=lambda d: d)
tell(json.loads, bytearray(b"[1, 2]"), parse_int=float)
tell(json.loads, 5)
tell(json.loads, None)
for bad in ('{"a": 1,\n "b": }', "[1, 2", "", '"\\x"', "[1] 2", "\u00e9x", '{"\u00e9": nul}'):
    try:
        json.loads(bad)
    except json.JSONDecodeError as e:
        print(e.msg, e.doc == bad, e.pos, e.lineno, e.colno, e)
