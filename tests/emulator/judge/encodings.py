# SPDX-License-Identifier: Apache-2.0
"""Every encoding of ARMv6-M, ARMv7-M and ARMv7E-M (without floating point) that does no more than change registers and memory.

A row is a template of an encoding as the manual's diagrams show it: 0 and 1 are fixed, a letter is a field. Sections are those of the ARMv7-M
ARM (DDI 0403E). What the manual calls UNPREDICTABLE is never made: a register field draws from r0..r12 and r14, and a row's rule says the rest.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

Fields = dict[str, int]
Rule = Callable[[Fields], bool]

REGISTERS = (*range(13), 14)
_CHOICES = (*range(8), *REGISTERS)  # low registers more often, so that results are used


@dataclass(frozen=True)
class Row:
    name: str
    bits: int
    """The fixed ones."""
    fields: tuple[tuple[str, int, tuple[tuple[int, int, int], ...]], ...]
    """letter, width, pieces (shift in the field, mask, shift in the encoding)"""
    rule: Rule | None
    wide: bool

    def fill(self, rng: random.Random, **fixed: int) -> tuple[int, Fields]:
        """An encoding (32 bits, or 16) and its fields; `fixed` fields are as given."""
        while True:
            values: Fields = {}
            word = self.bits
            for letter, width, pieces in self.fields:
                value = fixed.get(letter, -1)
                if value < 0:
                    value = rng.choice(_CHOICES) if letter.isupper() and width == 4 else rng.getrandbits(width)
                values[letter] = value
                for low, mask, shift in pieces:
                    word |= (value >> low & mask) << shift
            if self.rule is None or self.rule(values):
                return word, values

    def halfwords(self, rng: random.Random, **fixed: int) -> list[int]:
        word, _ = self.fill(rng, **fixed)
        return [word >> 16, word & 0xFFFF] if self.wide else [word]


def row(name: str, template: str, rule: Rule | None = None) -> Row:
    """Upper-case letters are registers, lower-case ones numbers; a letter may stand in several places, the highest bits first."""
    text = template.replace(" ", "")
    assert len(text) in (16, 32), (name, len(text))
    size, bits = len(text), 0
    places: dict[str, list[int]] = {}
    for index, letter in enumerate(text):
        if letter == "1":
            bits |= 1 << (size - 1 - index)
        elif letter != "0":
            places.setdefault(letter, []).append(size - 1 - index)
    fields = []
    for letter, at in places.items():
        width, pieces, start = len(at), [], 0
        while start < width:  # runs of neighbouring bits
            end = start + 1
            while end < width and at[end] == at[end - 1] - 1:
                end += 1
            pieces.append((width - end, (1 << (end - start)) - 1, at[end - 1]))
            start = end
        fields.append((letter, width, tuple(pieces)))
    return Row(name, bits, tuple(fields), rule, size == 32)


# --- 16 bits, A5.2: the whole space, sorted


def destination_16(h: int) -> int:
    """The register that a data processing instruction changes, -1 for none."""
    if h < 0x2000 or 0xB200 <= h < 0xBB00:
        return h & 7
    if h < 0x4000:
        return -1 if h >> 11 == 5 else h >> 8 & 7
    if h < 0x4400:
        return -1 if h >> 6 & 15 in (8, 10, 11) else h & 7
    if h < 0x4700:
        return -1 if h >> 8 & 3 == 1 else (h & 7) | (h >> 4 & 8)
    return h >> 8 & 7  # ADR, ADD from SP


def is_data_16(h: int) -> bool:
    """Data processing that changes r0..r12 and r14 only."""
    if h < 0x4400:
        return True
    if h < 0x4700:
        d, m = (h & 7) | (h >> 4 & 8), h >> 3 & 15
        if h >> 8 & 3 == 1:
            return d != 15 and m != 15 and (d >= 8 or m >= 8)
        return d not in (13, 15)
    return 0xA000 <= h < 0xB000 or 0xB200 <= h < 0xB300 or (0xBA00 <= h < 0xBB00 and (h >> 6 & 3) != 2)


DATA_16 = [h for h in range(0x10000) if is_data_16(h)]
MEMORY_16 = [  # base N, T: transferred; register offset M
    row("STR/LDR (register)", "0101 ooo MMM NNN TTT", lambda f: f["M"] != f["N"]),
    row("LDR, STR (immediate)", "0110 l iiiii NNN TTT"),
    row("LDRB, STRB (immediate)", "0111 l iiiii NNN TTT"),
    row("LDRH, STRH (immediate)", "1000 l iiiii NNN TTT"),
    row("LDM", "11001 NNN llllllll", lambda f: f["l"] != 0),
    row(
        "STM",
        "11000 NNN llllllll",
        lambda f: f["l"] != 0 and not (f["l"] >> f["N"] & 1 and f["l"] & ((1 << f["N"]) - 1)),
    ),
]
LITERAL_16 = [row("LDR (literal)", "01001 TTT iiiiiiii")]
STACK_16 = [row("LDR, STR (SP)", "1001 l TTT iiiiiiii", lambda f: f["i"] < 64)]
HINTS_16 = (0xBF00, 0xBF40)  # NOP, SEV
CPS_V6M = (0xB662, 0xB672)
CPS_V7M = (0xB661, 0xB662, 0xB663, 0xB671, 0xB672, 0xB673)

# --- 32 bits: data processing


def _expandable(f: Fields) -> bool:
    """ThumbExpandImm, A5.3.2: a replicated zero is unpredictable."""
    return not (0x100 <= f["i"] < 0x400 and f["i"] & 0xFF == 0)


def _bit_field(f: Fields) -> bool:
    return f["l"] + f["w"] < 32


_OPERATIONS = {
    "AND": "0000", "BIC": "0001", "ORR": "0010", "ORN": "0011", "EOR": "0100", "ADD": "1000", "ADC": "1010", "SBC": "1011", "SUB": "1101", "RSB": "1110",
}  # fmt: skip
_COMPARISONS = {"TST": "0000", "TEQ": "0100", "CMN": "1000", "CMP": "1101"}

DATA_V7M = [
    *(row(f"{n} (immediate)", f"11110 i 0 {op} s NNNN 0 iii DDDD iiiiiiii", _expandable) for n, op in _OPERATIONS.items()),
    *(row(f"{n} (immediate)", f"11110 i 0 {op} s 1111 0 iii DDDD iiiiiiii", _expandable) for n, op in (("MOV", "0010"), ("MVN", "0011"))),
    *(row(f"{n} (immediate)", f"11110 i 0 {op} 1 NNNN 0 iii 1111 iiiiiiii", _expandable) for n, op in _COMPARISONS.items()),
    *(row(f"{n} (register)", f"1110101 {op} s NNNN 0 iii DDDD ii tt MMMM") for n, op in _OPERATIONS.items()),
    *(row(f"{n} (register)", f"1110101 {op} s 1111 0 iii DDDD ii tt MMMM") for n, op in (("MOV", "0010"), ("MVN", "0011"))),
    *(row(f"{n} (register)", f"1110101 {op} 1 NNNN 0 iii 1111 ii tt MMMM") for n, op in _COMPARISONS.items()),
    *(row(f"{n} from SP (immediate)", f"11110 i 0 {op} s 1101 0 iii DDDD iiiiiiii", _expandable) for n, op in (("ADD", "1000"), ("SUB", "1101"))),
    *(row(f"{n} from SP (register)", f"1110101 {op} s 1101 0 iii DDDD ii tt MMMM") for n, op in (("ADD", "1000"), ("SUB", "1101"))),
    *(row(f"{n} SP (immediate)", f"11110 i 0 {op} 1 1101 0 iii 1111 iiiiiiii", _expandable) for n, op in (("CMN", "1000"), ("CMP", "1101"))),
    row("ADDW, SUBW", "11110 i 10 u 0 u 0 NNNN 0 iii DDDD iiiiiiii", lambda f: f["u"] in (0, 3)),
    row("ADR", "11110 i 10 u 0 u 0 1111 0 iii DDDD iiiiiiii", lambda f: f["u"] in (0, 3)),
    row("ADDW, SUBW from SP", "11110 i 10 u 0 u 0 1101 0 iii DDDD iiiiiiii", lambda f: f["u"] in (0, 3)),
    row("MOVW, MOVT", "11110 i 10 t 100 jjjj 0 iii DDDD iiiiiiii"),
    row("SBFX, UBFX", "11110 0 11 u 100 NNNN 0 lll DDDD ll 0 wwwww", _bit_field),
    row("BFI", "11110 0 11 0110 NNNN 0 lll DDDD ll 0 wwwww", lambda f: f["w"] >= f["l"]),
    row("BFC", "11110 0 11 0110 1111 0 lll DDDD ll 0 wwwww", lambda f: f["w"] >= f["l"]),
    row("SSAT, USAT", "11110 0 11 u 0 r 0 NNNN 0 lll DDDD ll 0 wwwww", lambda f: f["r"] == 0 or f["l"] != 0),
    row("shift (register)", "11111010 0 tt s NNNN 1111 DDDD 0000 MMMM"),
    row("SXTH, UXTH", "11111010 000 u 1111 1111 DDDD 10 rr MMMM"),
    row("SXTB, UXTB", "11111010 010 u 1111 1111 DDDD 10 rr MMMM"),
    row("REV, REV16, RBIT, REVSH", "11111010 1001 MMMM 1111 DDDD 10 oo MMMM"),
    row("CLZ", "11111010 1011 MMMM 1111 DDDD 1000 MMMM"),
    row("MUL", "11111011 0000 NNNN 1111 DDDD 0000 MMMM"),
    row("MLA, MLS", "11111011 0000 NNNN AAAA DDDD 000 o MMMM"),
    row("SMULL, UMULL", "11111011 10 u 0 NNNN LLLL HHHH 0000 MMMM", lambda f: f["L"] != f["H"]),
    row("SMLAL, UMLAL", "11111011 11 u 0 NNNN LLLL HHHH 0000 MMMM", lambda f: f["L"] != f["H"]),
    row("SDIV, UDIV", "11111011 10 u 1 NNNN 1111 DDDD 1111 MMMM"),
    row("MRS APSR", "11110 0111110 1111 1000 DDDD 00000000"),
    row("MSR APSR_nzcvq", "11110 0111000 NNNN 1000 1000 00000000"),
]  # fmt: skip


def _repeated(r: Row) -> Row:
    """M stands twice in REV and CLZ, as one register."""
    fields = tuple(
        (letter, 4, tuple((0, 15, shift) for _, _, shift in ((0, 0, 16), (0, 0, 0))))
        if letter == "M"
        else (letter, w, p)
        for letter, w, p in r.fields
    )
    return Row(r.name, r.bits, fields, r.rule, r.wide)


DATA_V7M = [_repeated(r) if r.name.startswith(("REV", "CLZ")) else r for r in DATA_V7M]

DATA_DSP = [
    row("parallel addition and subtraction", "11111010 1 ooo NNNN 1111 DDDD 0 uff MMMM", lambda f: f["o"] in (0, 1, 2, 4, 5, 6) and f["f"] != 3),
    row("SEL", "11111010 1010 NNNN 1111 DDDD 1000 MMMM"),
    row("SEL", "11111010 1010 NNNN 1111 DDDD 1000 MMMM"),  # more often: it shows APSR.GE
    row("QADD, QDADD, QSUB, QDSUB", "11111010 1000 NNNN 1111 DDDD 10 oo MMMM"),
    row("extend and add", "11111010 0 ooo NNNN 1111 DDDD 10 rr MMMM", lambda f: f["o"] < 6),
    row("SXTB16, UXTB16", "11111010 001 u 1111 1111 DDDD 10 rr MMMM"),
    row("PKHBT, PKHTB", "1110101 0110 0 NNNN 0 iii DDDD ii t 0 MMMM"),
    row("SSAT16, USAT16", "11110 0 11 u 010 NNNN 0000 DDDD 0000 wwww"),
    row("SMLAxy", "11111011 0001 NNNN AAAA DDDD 00 xx MMMM"),
    row("SMULxy", "11111011 0001 NNNN 1111 DDDD 00 xx MMMM"),
    row("SMLAD, SMLAW, SMLSD, SMMLA, SMMLS", "11111011 0 ooo NNNN AAAA DDDD 000 x MMMM", lambda f: 2 <= f["o"] <= 6),
    row("SMUAD, SMULW, SMUSD, SMMUL", "11111011 0 ooo NNNN 1111 DDDD 000 x MMMM", lambda f: 2 <= f["o"] <= 5),
    row("USADA8", "11111011 0111 NNNN AAAA DDDD 0000 MMMM"),
    row("USAD8", "11111011 0111 NNNN 1111 DDDD 0000 MMMM"),
    row("SMLALxy", "11111011 1100 NNNN LLLL HHHH 10 xx MMMM", lambda f: f["L"] != f["H"]),
    row("SMLALD, SMLSLD", "11111011 110 s NNNN LLLL HHHH 110 x MMMM", lambda f: f["L"] != f["H"]),
    row("UMAAL", "11111011 1110 NNNN LLLL HHHH 0110 MMMM", lambda f: f["L"] != f["H"]),
    row("MSR APSR_nzcvqg", "11110 0111000 NNNN 1000 mm00 00000000", lambda f: f["m"] != 0),
]  # fmt: skip

# --- 32 bits: memory. N is the base, T what is transferred, M an offset


def _single(f: Fields) -> bool:
    """size z, load l, signed g: A5.3.7 to A5.3.10"""
    return f["z"] != 3 and not (f["g"] and (f["z"] == 2 or not f["l"]))


def _list(f: Fields) -> bool:
    """At least two registers, the base not among them when it is written back or a store."""
    return f["x"].bit_count() >= 2 and not f["x"] >> 13 & 1 and not f["x"] >> f["N"] & 1


UNALIGNED_V7M = [  # any address will do
    row("immediate 12", "1111100 g 1 zz l NNNN TTTT iiiiiiiiiiii", _single),
    row("immediate 8", "1111100 g 0 zz l NNNN TTTT 1100 iiiiiiii", _single),
    row(
        "immediate 8, indexed", "1111100 g 0 zz l NNNN TTTT 1 p u 1 iiiiiiii", lambda f: _single(f) and f["N"] != f["T"]
    ),
    row("unprivileged", "1111100 g 0 zz l NNNN TTTT 1110 iiiiiiii", _single),
    row("register", "1111100 g 0 zz l NNNN TTTT 000000 ss MMMM", lambda f: _single(f) and f["M"] != f["N"]),
]
ALIGNED_V7M = [
    row("LDRD, STRD", "1110100 1 u 1 w l NNNN TTTT SSSS iiiiiiii", lambda f: f["T"] != f["S"] and f["N"] not in (f["T"], f["S"])),
    row("LDRD, STRD, post-indexed", "1110100 0 u 11 l NNNN TTTT SSSS iiiiiiii", lambda f: f["T"] != f["S"] and f["N"] not in (f["T"], f["S"])),
    row("LDM, STM", "1110100 01 0 w l NNNN 0 x0 xxxxxxxxxxxxx", lambda f: _list({**f, "x": _spread(f["x"])})),
    row("LDMDB, STMDB", "1110100 10 0 w l NNNN 0 x0 xxxxxxxxxxxxx", lambda f: _list({**f, "x": _spread(f["x"])})),
]  # fmt: skip


def _spread(x: int) -> int:
    """14 bits of a register list without r13 and r15, as a list."""
    return (x & 0x1FFF) | (x >> 13 & 1) << 14


LITERAL_V7M = [
    row("literal", "1111100 g u zz 1 1111 TTTT iiiiiiiiiiii", lambda f: f["z"] != 3 and not (f["g"] and f["z"] == 2)),
    row("LDRD (literal)", "1110100 1 u 101 1111 TTTT SSSS iiiiiiii", lambda f: f["T"] != f["S"]),
]
EXCLUSIVE = [  # load, store: the same address, base and size
    (row("LDREX", "11101000 0101 NNNN TTTT 1111 iiiiiiii"), row("STREX", "11101000 0100 NNNN TTTT DDDD iiiiiiii")),
    (row("LDREXB", "11101000 1101 NNNN TTTT 1111 0100 1111"), row("STREXB", "11101000 1100 NNNN TTTT 1111 0100 DDDD")),
    (row("LDREXH", "11101000 1101 NNNN TTTT 1111 0101 1111"), row("STREXH", "11101000 1100 NNNN TTTT 1111 0101 DDDD")),
]
CLREX = [0xF3BF, 0x8F2F]
WITHOUT_EFFECT_V7M = [
    row("NOP.W", "11110 0111010 1111 10000000 00000000"),
    row("SEV.W", "11110 0111010 1111 10000000 00000100"),
    row("DSB, DMB, ISB", "11110 0111011 1111 10001111 01 oo 1111", lambda f: f["o"] < 3),
    row("PLD, PLI (immediate)", "1111100 g 1 001 NNNN 1111 iiiiiiiiiiii"),
    row("PLD, PLI (negative)", "1111100 g 0 001 NNNN 1111 1100 iiiiiiii"),
    row("PLD, PLI (literal)", "1111100 g u 001 1111 1111 iiiiiiiiiiii"),
    row("PLD, PLI (register)", "1111100 g 0 001 NNNN 1111 000000 ss MMMM"),
]
BARRIERS_V6M = [row("DSB, DMB, ISB", "11110 0111011 1111 10001111 01 oo 1111", lambda f: f["o"] < 3)]
SYSTEM = [  # MSR and MRS of what can be changed without changing the stack or the privilege
    (row("MSR", "11110 0111000 NNNN 10001000 ssssssss"), (16,), (16, 17, 19)),
    (
        row("MRS", "11110 0111110 1111 1000 DDDD ssssssss"),
        (0, 5, 8, 9, 16, 20),
        (0, 1, 2, 3, 5, 6, 7, 8, 9, 16, 17, 18, 19, 20),
    ),
]
