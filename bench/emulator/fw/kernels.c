/* SPDX-License-Identifier: Apache-2.0 */
/* Integer kernels: a CRC over a buffer, a product of small matrices, a linked list that is built, sorted and walked, a lexer as a state
 * machine. */
#include "start.h"

static uint32_t seed;
static uint32_t next(void) { return seed = seed * 1664525u + 1013904223u; }

static uint8_t buffer[192];
static uint32_t crc(void) {
    uint32_t c = ~0u;
    for (unsigned i = 0; i < sizeof buffer; i++) {
        c ^= buffer[i];
        for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xEDB88320u : c >> 1;
    }
    return ~c;
}

#define SIDE 12
static int16_t left[SIDE][SIDE], right[SIDE][SIDE];
static uint32_t matrices(void) {
    uint32_t sum = 0;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            int32_t s = 0;
            for (int k = 0; k < SIDE; k++) s += left[i][k] * right[k][j];
            sum = (sum << 1 | sum >> 31) ^ (uint32_t)s;
        }
    return sum;
}

typedef struct item {
    struct item *next;
    uint32_t key;
} item;
#define ITEMS 64
static item items[ITEMS];
static item *merge(item *a, item *b) {
    item head, *tail = &head;
    while (a && b) {
        item **least = a->key <= b->key ? &a : &b;
        tail = tail->next = *least;
        *least = (*least)->next;
    }
    tail->next = a ? a : b;
    return head.next;
}
static item *sort(item *list) {
    if (!list || !list->next) return list;
    item *slow = list, *fast = list->next;
    while (fast && fast->next) {
        slow = slow->next;
        fast = fast->next->next;
    }
    item *second = slow->next;
    slow->next = 0;
    return merge(sort(list), sort(second));
}
static uint32_t lists(void) {
    item *list = 0;
    for (int i = 0; i < ITEMS; i++) {
        items[i].key = next() >> 8;
        items[i].next = list;
        list = &items[i];
    }
    uint32_t sum = 0, place = 1;
    for (item *i = sort(list); i; i = i->next) sum += i->key * place++;
    return sum;
}

static const char source[] = "let x1 = 0x1F + 42*(7 - y_2); if (x1 >= 100) { print \"a\\\"b\"; } // done\n while (z != 3) z = z - 1;";
enum { BLANK, WORD, NUMBER, STRING, ESCAPE, COMMENT, SIGN, KINDS };
static uint32_t lexer(void) {
    uint32_t counts[KINDS] = {0}, sum = 0;
    int state = BLANK;
    for (const char *p = source; *p; p++) {
        char c = *p;
        int letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_', digit = c >= '0' && c <= '9', before = state;
        switch (state) {
        case STRING: state = c == '\\' ? ESCAPE : c == '"' ? BLANK : STRING; break;
        case ESCAPE: state = STRING; break;
        case COMMENT: state = c == '\n' ? BLANK : COMMENT; break;
        case WORD:
            if (letter || digit) break;
            /* fall through */
        default:
            if (state == NUMBER && (digit || letter)) break;
            state = letter ? WORD : digit ? NUMBER : c == '"' ? STRING : c == '/' && p[1] == '/' ? COMMENT : c == ' ' ? BLANK : SIGN;
        }
        if (state != before) counts[state]++;
    }
    for (int i = 0; i < KINDS; i++) sum = sum * 31 + counts[i];
    return sum;
}

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0;
    seed = 1;
    while (rounds--) {
        for (unsigned i = 0; i < sizeof buffer; i++) buffer[i] = (uint8_t)(next() >> 24);
        for (int i = 0; i < SIDE; i++)
            for (int j = 0; j < SIDE; j++) {
                left[i][j] = (int16_t)(next() >> 16);
                right[i][j] = (int16_t)(next() >> 16);
            }
        sum = (sum << 7 | sum >> 25) ^ crc() ^ matrices();
        sum += lists() ^ lexer();
    }
    return sum;
}
