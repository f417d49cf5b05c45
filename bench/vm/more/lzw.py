# SPDX-License-Identifier: Apache-2.0
HOST_N = 1400
MCU_N = 2


def compress(text):
    codes = {chr(i): i for i in range(97, 123)}
    size = 256
    word = ""
    out = []
    for c in text:
        if word + c in codes:
            word += c
        else:
            out.append(codes[word])
            codes[word + c] = size
            size += 1
            word = c
    if word:
        out.append(codes[word])
    return out


def expand(codes):
    words = {i: chr(i) for i in range(97, 123)}
    size = 256
    word = words[codes[0]]
    out = [word]
    for c in codes[1:]:
        entry = words[c] if c in words else word + word[0]
        out.append(entry)
        words[size] = word + entry[0]
        size += 1
        word = entry
    return "".join(out)


def bench(n):
    s = 0
    for i in range(n):
        text = "abracadabra" * 3 + chr(97 + i % 26) * 9
        codes = compress(text)
        if expand(codes) != text:
            return -1
        s += sum(codes)
    return s


if __name__ == "__main__":
    print(bench(HOST_N))
