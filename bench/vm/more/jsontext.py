# SPDX-License-Identifier: Apache-2.0
HOST_N = 2000
MCU_N = 8


def dump(v):
    if v is None:
        return "null"
    if v is True:
        return "true"
    if v is False:
        return "false"
    if isinstance(v, int):
        return str(v)
    if isinstance(v, str):
        return '"' + v.replace('"', '\\"') + '"'
    if isinstance(v, list):
        return "[" + ",".join([dump(x) for x in v]) + "]"
    return "{" + ",".join([dump(k) + ":" + dump(v[k]) for k in sorted(v)]) + "}"


class Parser:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def value(self):
        c = self.text[self.at]
        if c == "{":
            self.at += 1
            d = {}
            while self.text[self.at] != "}":
                k = self.value()
                self.at += 1
                d[k] = self.value()
                if self.text[self.at] == ",":
                    self.at += 1
            self.at += 1
            return d
        if c == "[":
            self.at += 1
            r = []
            while self.text[self.at] != "]":
                r.append(self.value())
                if self.text[self.at] == ",":
                    self.at += 1
            self.at += 1
            return r
        if c == '"':
            e = self.text.find('"', self.at + 1)
            s = self.text[self.at + 1 : e]
            self.at = e + 1
            return s
        for word, v in (("null", None), ("true", True), ("false", False)):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return v
        b = self.at
        while self.at < len(self.text) and self.text[self.at] in "-0123456789":
            self.at += 1
        return int(self.text[b : self.at])


def bench(n):
    s = 0
    for i in range(n):
        d = {"id": i, "on": i % 2 == 0, "tags": ["a", "b%d" % i], "pos": {"x": i * 3, "y": -i}, "none": None}
        t = dump(d)
        e = Parser(t).value()
        s += len(t) + e["pos"]["x"] + (1 if e == d else 0)
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
