# SPDX-License-Identifier: Apache-2.0
"""A recursive-descent calculator: classes, strings, exceptions, dicts of functions."""


class ParseError(Exception):
    def __init__(self, message, position):
        super().__init__(message)
        self.position = position


class Lexer:
    def __init__(self, text):
        self.text = text
        self.at = 0
        self.tokens = []
        self.scan()

    def scan(self):
        while self.at < len(self.text):
            ch = self.text[self.at]
            if ch == " ":
                self.at += 1
            elif ch.isdigit() or ch == ".":
                start = self.at
                while self.at < len(self.text) and (self.text[self.at].isdigit() or self.text[self.at] == "."):
                    self.at += 1
                word = self.text[start : self.at]
                self.tokens.append(("num", float(word) if "." in word else int(word), start))
            elif ch.isalpha():
                start = self.at
                while self.at < len(self.text) and self.text[self.at].isalnum():
                    self.at += 1
                self.tokens.append(("name", self.text[start : self.at], start))
            elif ch in "+-*/%()^,=":
                self.tokens.append((ch, ch, self.at))
                self.at += 1
            else:
                raise ParseError(f"unexpected {ch!r}", self.at)
        self.tokens.append(("end", None, self.at))


FUNCS = {"max": max, "min": min, "abs": abs, "sq": lambda v: v * v}


class Calc:
    def __init__(self):
        self.vars = {}

    def run(self, text):
        self.toks, self.i = Lexer(text).tokens, 0
        if len(self.toks) > 2 and self.toks[0][0] == "name" and self.toks[1][0] == "=":
            name = self.toks[0][1]
            self.i = 2
            self.vars[name] = value = self.expr()
        else:
            value = self.expr()
        if self.peek() != "end":
            raise ParseError("junk at the end", self.toks[self.i][2])
        return value

    def peek(self):
        return self.toks[self.i][0]

    def next(self):
        t = self.toks[self.i]
        self.i += 1
        return t

    def expr(self):
        left = self.term()
        while self.peek() in ("+", "-"):
            op = self.next()[0]
            right = self.term()
            left = left + right if op == "+" else left - right
        return left

    def term(self):
        left = self.factor()
        while (op := self.peek()) in ("*", "/", "%"):
            self.next()
            right = self.factor()
            if op == "*":
                left *= right
            elif op == "/":
                left /= right
            else:
                left %= right
        return left

    def factor(self):
        if self.peek() == "-":
            self.next()
            return -self.factor()
        base = self.atom()
        if self.peek() == "^":
            self.next()
            return base ** self.factor()
        return base

    def atom(self):
        kind, value, pos = self.next()
        if kind == "num":
            return value
        if kind == "name":
            if self.peek() == "(":
                self.next()
                args = []
                if self.peek() != ")":
                    args.append(self.expr())
                    while self.peek() == ",":
                        self.next()
                        args.append(self.expr())
                if self.next()[0] != ")":
                    raise ParseError("expected )", pos)
                return FUNCS[value](*args)
            try:
                return self.vars[value]
            except KeyError:
                raise ParseError(f"unknown name {value}", pos) from None
        if kind == "(":
            v = self.expr()
            if self.next()[0] != ")":
                raise ParseError("expected )", pos)
            return v
        raise ParseError("expected a value", pos)


calc = Calc()
for line in (
    "1 + 2 * 3",
    "(1 + 2) * 3",
    "2 ^ 3 ^ 2",
    "-4 + 10 % 3",
    "x = 7 / 2",
    "x * x",
    "max(1, x, 3) + min(4, 2)",
    "sq(abs(-5))",
    "1 / 0",
    "2 +",
    "y",
    "3 $ 4",
    "1 2",
    "nope(1)",
    "((1)",
):
    try:
        print(line, "=", calc.run(line))
    except ParseError as e:
        print(line, "-> error at", e.position, ":", e)
    except (ZeroDivisionError, KeyError) as e:
        print(line, "->", type(e).__name__, e)
