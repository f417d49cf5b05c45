# SPDX-License-Identifier: Apache-2.0
# Every operator on ints around the borders of words and pairs of words: operands of 1 to 12 words, of the patterns where carries, estimated
# quotients and borrowed words go wrong.

state = 2463534242
WORDS = (0, 0xFFFFFFFF, 1, 0x80000000, 0x7FFFFFFF, 0xFFFFFFFE, 0x80000001)


def random():
    global state
    state ^= state << 13 & 0xFFFFFFFF
    state ^= state >> 17
    state ^= state << 5 & 0xFFFFFFFF
    return state


def number():
    x = 0
    for _ in range(random() % 12 + 1):
        x = x << 32 | (random() if random() & 1 else WORDS[random() % 7])
    x >>= random() % 33
    return -x if random() & 1 else x


def look(a, b):
    results = [a + b, a - b, a * b, a & b, a | b, a ^ b, a << (b & 127), a >> (b & 127), -a, ~a, a * a, a & 0xFFFFFFFFFFFFFFFF]
    if b:
        results += [a // b, a % b, pow(abs(a), 3, abs(b))]
        if divmod(a, b) != (a // b, a % b) or a // b * b + a % b != a:
            print("wrong quotient", a, b)
    if int(str(a)) != a or int(hex(b), 16) != b or (a - b) + b != a:
        print("wrong text", a, b)
    total = 0
    for r in results:
        total = (total * 1000003 ^ hash(r) ^ abs(r).bit_length()) & 0xFFFFFFFFFFFF
    return total


total = 0
for i in range(400):
    a, b = number(), number()
    total ^= look(a, b)
    c = a * b + (i % 3) - 1
    total ^= look(c, b) * 3
    if i % 40 == 0:
        print(i, total, a, b, c // (b or 1), c % (b or 1))
print(total)
