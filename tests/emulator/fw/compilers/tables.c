/* SPDX-License-Identifier: Apache-2.0 */
/* Strings, dense and sparse switches, tables of functions: a lexer, a calculator in reverse Polish notation, a byte code machine. */
#include "rt.h"

static size_t length(const char *s) {
    size_t n = 0;
    while (s[n]) n++;
    return n;
}
static NOINLINE int compare(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return (uint8_t)*a - (uint8_t)*b;
}

static NOINLINE int kind_of(char c) {
    switch (c) {
    case '0' ... '9': return 1;
    case 'a' ... 'z':
    case 'A' ... 'Z':
    case '_': return 2;
    case ' ':
    case '\t':
    case '\n': return 3;
    case '(':
    case '[':
    case '{': return 4;
    case ')':
    case ']':
    case '}': return 5;
    case '+':
    case '-':
    case '*':
    case '/':
    case '%': return 6;
    case '"': return 7;
    default: return 0;
    }
}

static NOINLINE uint32_t sparse(uint32_t x) {
    switch (x) {
    case 0: return 11;
    case 1000: return 22;
    case 0x10000: return 33;
    case 0x7FFFFFFF: return 44;
    case 0x80000000: return 55;
    case 0xFFFFFFFF: return 66;
    case 12345678: return 77;
    default: return x >> 28;
    }
}

typedef int32_t (*operation)(int32_t, int32_t);
static int32_t plus(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
static int32_t minus(int32_t a, int32_t b) { return (int32_t)((uint32_t)a - (uint32_t)b); }
static int32_t times(int32_t a, int32_t b) { return (int32_t)((uint32_t)a * (uint32_t)b); }
static int32_t over(int32_t a, int32_t b) { return b ? a / b : 0; }
static int32_t rest(int32_t a, int32_t b) { return b ? a % b : 0; }
static const struct {
    char sign;
    operation does;
} operations[] = {{'+', plus}, {'-', minus}, {'*', times}, {'/', over}, {'%', rest}};

static NOINLINE int32_t calculate(const char *s) {
    int32_t stack[8], *top = stack;
    for (; *s; s++) {
        if (kind_of(*s) == 1) {
            int32_t value = 0;
            for (; kind_of(*s) == 1; s++) value = value * 10 + *s - '0';
            *top++ = value;
            s--;
        } else if (kind_of(*s) == 6) {
            for (unsigned i = 0; i < sizeof operations / sizeof *operations; i++)
                if (operations[i].sign == *s) {
                    top--;
                    top[-1] = operations[i].does(top[-1], top[0]);
                }
        }
    }
    return stack[0];
}

enum { PUSH, ADD, SUB, MUL, DUP, SWAP, JNZ, LOAD, STORE, XOR, SHIFT, NOT, DROP, OVER, CALL, RET, HALT };

static NOINLINE uint32_t interpret(const uint8_t *code) {
    uint32_t stack[16], cells[4] = {0}, steps = 0;
    const uint8_t *returns[4], **caller = returns, *pc = code;
    uint32_t *sp = stack, t;
    for (;; steps++) {
        switch (*pc++) {
        case PUSH: *sp++ = *pc++; break;
        case ADD: sp--, sp[-1] += *sp; break;
        case SUB: sp--, sp[-1] -= *sp; break;
        case MUL: sp--, sp[-1] *= *sp; break;
        case DUP: *sp = sp[-1], sp++; break;
        case SWAP: t = sp[-1], sp[-1] = sp[-2], sp[-2] = t; break;
        case JNZ: t = *--sp, pc = t ? code + *pc : pc + 1; break;
        case LOAD: *sp++ = cells[*pc++ & 3]; break;
        case STORE: cells[*pc++ & 3] = *--sp; break;
        case XOR: sp--, sp[-1] ^= *sp; break;
        case SHIFT: sp--, sp[-1] <<= *sp & 31; break;
        case NOT: sp[-1] = ~sp[-1]; break;
        case DROP: sp--; break;
        case OVER: *sp = sp[-2], sp++; break;
        case CALL: *caller++ = pc + 1, pc = code + *pc; break;
        case RET: pc = *--caller; break;
        case HALT: return sp[-1] + steps;
        default: return 0xBADC0DE;
        }
    }
}

/* cell 0 counts down; cell 1 is hashed in a subroutine at 19 */
static const uint8_t program[] = {PUSH,  200, STORE, 0,         /* 0 */
                                  CALL,  19,                    /* 4 */
                                  LOAD,  0,   PUSH,  1,         /* 6 */
                                  SUB,   DUP, STORE, 0,         /* 10 */
                                  JNZ,   4,   LOAD,  1,   HALT, /* 14 */
                                  LOAD,  1,   PUSH,  33,  MUL,  LOAD, 0,    XOR,   DUP, PUSH, 3,
                                  SHIFT, ADD, NOT,   DUP, OVER, SWAP, DROP, STORE, 1,   DROP, RET};

static const char *words[] = {"pear", "apple", "fig", "Apple", "banana", "figs", "", "cherry", "apples", "zebra", "alpha", "fi"};

int tables(void) {
    static const char source[] = "while (a_1 < 0x2F) { call(\"text\", a % 7); }\t/* done */ b[3] += 12 - x;\n";
    static const char *sums[] = {"3 4 + 5 *", "100 7 / 3 %", "2 3 4 5 6 * + - *", "65536 65536 *", "1 2 - 10 /", "9"};
    uint32_t counts[8] = {0}, order = 0, hash = 0;
    for (const char *s = source; *s; s++) counts[kind_of(*s)]++;
    for (unsigned i = 0; i < 8; i++) decimal((int32_t)counts[i]), put(i < 7 ? ',' : ' ');
    for (unsigned i = 0; i < sizeof sums / sizeof *sums; i++) decimal(calculate(sums[i])), put(' ');
    const char *sorted[sizeof words / sizeof *words];
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        unsigned at = i;
        for (; at && compare(sorted[at - 1], words[i]) > 0; at--) sorted[at] = sorted[at - 1];
        sorted[at] = words[i];
    }
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        text(sorted[i]), put(',');
        order = order * 31 + (uint32_t)length(sorted[i]);
    }
    static const uint32_t keys[] = {0, 1, 1000, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 12345678, 0xA0000000};
    for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) hash = hash * 101 + sparse(keys[i]);
    show(" order", order);
    show("sparse", hash);
    show("machine", interpret(program));
    return 0;
}
