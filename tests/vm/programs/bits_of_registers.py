# Ints of 32 to 64 bits as registers of a chip have them: masks, shifts, single bits.


class Bits:
    def __init__(self, value):
        self.value = value

    def __and__(self, other):
        print("and", other)
        return Bits(self.value & other) if self.value >= 0 else NotImplemented

    def __bool__(self):
        return self.value != 0


class Masked(int):
    def __and__(self, other):
        return int(self) & other | 1 << 40


VALUES = (0, 1, 5, -1, -2, 0x3FFFFFFF, 0x40000000, -0x40000000, -0x40000001, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000001,
          -0x80000000, 0x123456789ABCDEF, (1 << 62) - 1, 1 << 62, (1 << 63) - 1, -1 << 63, True, False)

for v in VALUES:
    print(v & 0x3FFFFFFF, v & 0x7FFFFFFF, v & 0xFFFFFFFF, v & 0x3FFFFFFFFFFFFFFF, v & 0x80000000, v | 0x80000000, v ^ 0xFFFFFFFF)
    print(v >> 1, v >> 31, v >> 63, (v & 0xFFFFFFFF) << 1, (v & 0xFFFFFFFF) << 28, v & 0xFF00FF00FF)
    x = v
    x &= 0xFFFFFFFF
    x ^= 0xEDB88320
    x |= 1 << 33
    found = [x]
    if v & 1:
        found.append(0)
    if not v & 2:
        found.append(-1)
    if v & 0x40000000 and not v & 1 << 29:
        found.append(30)
    if v & 0x80000000:
        found.append(31)
    if v & 1 << 62:
        found.append(62)
    while v & 4:
        v ^= 4
        found.append(2)
    print(found)

if Bits(6) & 2:
    print("set")
if not Bits(6) & 0x80000000:
    print("clear")
print((Bits(0x1FFFFFFFF) & 0xFFFFFFFF).value)
if Masked(8) & 4:
    print("its own")
for wrong in ("text", 1.5, None, [1], Bits(-1)):
    try:
        if wrong & 8:
            print("no")
    except TypeError as e:
        print(e)
    try:
        print(wrong & 0xFFFFFFFF)
    except TypeError as e:
        print(e)


def crc32(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            if crc & 0x80000000:
                crc = ((crc << 1) ^ 0x04C11DB7) & 0xFFFFFFFF
            else:
                crc = (crc << 1) & 0xFFFFFFFF
    return crc


print(hex(crc32(b"123456789")))
