/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever comes over the line, a board keeps its program, falls into step again, and answers the next good request. */
#include "link_bench.h"
#include "verify.h"

static uint32_t random_state = 12345;

static uint32_t random_below(uint32_t limit) {
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

static void frames_come_back_whatever_is_in_them(void) {
    for (unsigned length = 0; length <= FRAME_MAX_BODY; length++) {
        for (unsigned kind = 0; kind < 4; kind++) {
            uint8_t body[FRAME_MAX_BODY], wire[FRAME_MAX_WIRE];
            for (unsigned i = 0; i < length; i++) body[i] = kind == 0 ? 0 : kind == 1 ? 0xFF : (uint8_t)random_below(kind == 2 ? 3 : 256);
            frame in = {(uint8_t)(length + kind), (uint8_t)kind, (uint16_t)(length * 257), (uint16_t)length, body}, out;
            size_t size = frame_encode(&in, wire);
            CHECK(size <= FRAME_MAX_WIRE && wire[0] == 0 && wire[size - 1] == 0);
            frame_decoder d;
            frame_decoder_init(&d);
            unsigned found = 0;
            for (size_t i = 0; i < size; i++) {
                CHECK(i == 0 || i == size - 1 || wire[i] != 0);
                found += frame_decoder_put(&d, wire[i], &out);
            }
            CHECK(found == 1 && out.type == in.type && out.flags == in.flags && out.sequence == in.sequence && out.length == length);
            CHECK(memcmp(out.body, body, length) == 0);
        }
    }
}

static void a_damaged_frame_is_never_taken_and_the_next_one_is(void) {
    uint8_t body[40], wire[FRAME_MAX_WIRE], good[FRAME_MAX_WIRE];
    for (unsigned i = 0; i < sizeof body; i++) body[i] = (uint8_t)(i * 7);
    frame in = {FRAME_DATA, 0, 77, sizeof body, body}, out;
    size_t size = frame_encode(&in, good);
    for (size_t at = 0; at < size; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(wire, good, size);
            wire[at] ^= (uint8_t)(1u << bit);
            frame_decoder d;
            frame_decoder_init(&d);
            unsigned found = 0;
            /* The delimiters can be hurt without harm to what is between them. */
            for (size_t i = 0; i < size; i++)
                if (frame_decoder_put(&d, wire[i], &out)) CHECK(memcmp(out.body, body, sizeof body) == 0 && ++found);
            CHECK(found <= 1);
            for (size_t i = 0; i < size; i++) found += frame_decoder_put(&d, good[i], &out);
            CHECK(found >= 1 && out.sequence == 77);
        }
    }
}

static void a_board_survives_noise_and_nonsense(void) {
    bench b;
    bench_init(&b, &small_pages);
    uint8_t image[IMAGE_MAX], begin[36];
    uint32_t length = make_image(image, 2, BEHAVE_FOREVER);
    sha256_context c;
    sha256_init(&c);
    sha256_update(&c, image, length);
    le_put32(begin, length);
    sha256_final(&c, begin + 4);
    CHECK(ask(&b, FRAME_BEGIN, begin, sizeof begin) && b.reply[0] == LINK_OK);
    for (uint32_t at = 0; at < length;) {
        uint8_t body[FRAME_MAX_BODY];
        uint32_t n = length - at < LINK_CHUNK ? length - at : LINK_CHUNK;
        le_put32(body, at);
        memcpy(body + 4, image + at, n);
        CHECK(ask(&b, FRAME_DATA, body, (uint16_t)(4 + n)) && b.reply[0] == LINK_OK);
        at += n;
    }
    CHECK(ask(&b, FRAME_COMMIT, NULL, 0) && b.reply[0] == LINK_OK && ask(&b, FRAME_CONFIRM, NULL, 0));
    const uint8_t start = RUN_START;
    CHECK(ask(&b, FRAME_RUN, &start, 1) && b.reply[0] == LINK_OK && ask(&b, FRAME_CONFIRM, NULL, 0) && b.reply[0] == LINK_OK);
    for (unsigned round = 0; round < 4000; round++) {
        uint8_t wire[FRAME_MAX_WIRE], body[FRAME_MAX_BODY];
        size_t size = random_below(60);
        if (round % 2) { /* well framed, but nonsense */
            static const uint8_t types[] = {1, 2, 3, 4, 5, 6, 7, 0x10, 0x11, 0x12, 0x81, 0x55};
            frame f = {types[random_below(sizeof types)], (uint8_t)random_below(3), (uint16_t)random_below(5), (uint16_t)random_below(80),
                       body};
            for (unsigned i = 0; i < f.length; i++) body[i] = (uint8_t)random_below(random_below(2) ? 4 : 256);
            if (f.type == FRAME_RUN && f.length) body[0] = 9; /* stopping the program is not nonsense */
            if (f.type == FRAME_BEGIN) f.length &= 31;        /* nor is replacing it */
            size = frame_encode(&f, wire);
        } else {
            for (size_t i = 0; i < size; i++) wire[i] = (uint8_t)random_below(random_below(2) ? 3 : 256);
        }
        device_sim_write(&b.sim, wire, size);
        device_sim_run(&b.sim, UINT64_MAX, 3);
    }
    uint8_t zero = 0;
    device_sim_write(&b.sim, &zero, 1);
    device_sim_run(&b.sim, UINT64_MAX, 3);
    CHECK(ask(&b, FRAME_HELLO, NULL, 0));
    CHECK(ask(&b, FRAME_STATUS, NULL, 0) && b.reply[1] == PROGRAM_SLEEPING);
    CHECK(running(&b, 2) == 2);
    device_sim_free(&b.sim);
}

static void a_repeated_request_is_answered_and_not_done_again(void) {
    bench b;
    bench_init(&b, &small_pages);
    uint8_t wire[FRAME_MAX_WIRE], byte;
    const uint8_t text[3] = {'a', 'b', 'c'};
    frame f = {FRAME_CONSOLE_IN, 0, 9, sizeof text, text}, got;
    size_t size = frame_encode(&f, wire);
    unsigned answers = 0;
    for (unsigned i = 0; i < 3; i++) device_sim_write(&b.sim, wire, size);
    device_sim_run(&b.sim, b.sim.time_us + 100000, UINT64_MAX);
    while (device_sim_read(&b.sim, &byte, 1))
        if (frame_decoder_put(&b.decoder, byte, &got) && got.type == (FRAME_CONSOLE_IN | FRAME_REPLY)) answers += got.sequence == 9;
    CHECK(answers == 3);
    uint8_t in[16];
    CHECK(link_console_read(&b.sim.device, in, sizeof in) == 3);
    device_sim_free(&b.sim);
}

static void console_text_and_events_keep_their_order_and_losses_are_seen(void) {
    bench b;
    bench_init(&b, &small_pages);
    link_device *d = &b.sim.device;
    device_sim_run(&b.sim, UINT64_MAX, 3);
    uint8_t text[300], event[8] = {EVENT_CONFIRMED};
    for (unsigned i = 0; i < sizeof text; i++) text[i] = (uint8_t)i;
    CHECK(link_console_write(d, text, 10) == 10 && link_console_write(d, text + 10, 290) == 290);
    CHECK(link_out_push(d, FRAME_EVENT, event, sizeof event));
    CHECK(link_console_write(d, text, 1) == 1);
    uint8_t type, body[FRAME_MAX_BODY], expected[] = {FRAME_CONSOLE_OUT, FRAME_CONSOLE_OUT, FRAME_EVENT, FRAME_CONSOLE_OUT};
    uint16_t length, lengths[] = {256, 44, 8, 1};
    for (unsigned i = 0; i < 4; i++) CHECK(link_out_pop(d, &type, body, &length) && type == expected[i] && length == lengths[i]);
    CHECK(!link_out_pop(d, &type, body, &length));
    size_t taken = 0, n;
    while ((n = link_console_write(d, text, sizeof text)) > 0) taken += n;
    CHECK(taken > 1000 && taken < SIM_OUT_SIZE - LINK_OUT_RESERVE + FRAME_MAX_BODY);
    CHECK(link_out_push(d, FRAME_EVENT, text, 250)); /* room that console text cannot take */
    uint16_t sequence = d->sequence;
    while (link_out_push(d, FRAME_EVENT, event, sizeof event)) {}
    CHECK(d->sequence == sequence + 1);
    device_sim_free(&b.sim);
}

/* Mutated records are refused or harmless: the addresses in them are never followed out of the page. */
static void damaged_port_maps_and_vmstore_records_are_survived(void) {
    uint8_t good[64] = {0}, vmuid[16];
    le_put32(good, PORTMAP_MAGIC);
    le_put16(good + 4, PORTMAP_VERSION);
    le_put16(good + 6, 2);
    le_put32(good + 8, 52);
    le_put16(good + 16, PORTMAP_TARGET);
    le_put32(good + 20, 3);
    memcpy(good + 24, "toy", 3);
    le_put16(good + 28, PORTMAP_PINS);
    le_put32(good + 32, 16);
    memcpy(good + 36, "\x07\x00\x03LED\x22\x01\x02P1\x0e\x00\x02", 14);
    for (unsigned round = 0; round < 20000; round++) {
        /* In a block of its very size, so that the sanitizer sees a byte read beyond it. */
        uint8_t *data = malloc(52);
        portmap m;
        memcpy(data, good, 52);
        for (unsigned n = round ? 1 + random_below(4) : 0; n; n--) data[random_below(52)] = (uint8_t)random_below(256);
        le_put32(data + 12, vm_crc32(vm_crc32(0, data, 12), data + 16, 36));
        if (portmap_open(&m, data, 52) == PORT_WHOLE) {
            int pin = portmap_pin(&m, "P1", 2), other = portmap_pin(&m, "none", 4);
            CHECK(pin >= -1 && pin <= 255 && other >= -1);
            if (!round) CHECK(pin == 0x22 && portmap_pin(&m, "LED", 3) == 7 && other == -1 && m.target_length == 3);
        }
        CHECK(portmap_pin(&m, "P0.14", 5) == 14 || m.pins);
        free(data);
    }
    portmap m;
    le_put32(good + 12, vm_crc32(vm_crc32(0, good, 12), good + 16, 36));
    CHECK(portmap_open(&m, good, 4096) == PORT_WHOLE);
    for (uint32_t length = PORTMAP_HEADER; length < 52; length++) CHECK(portmap_open(&m, good, length) == PORT_DAMAGED);
    for (unsigned bit = 0; bit < 52 * 8; bit++) {
        good[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(portmap_open(&m, good, 52) == PORT_DAMAGED && !m.pins && !m.target);
        good[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    memset(good, 0xFF, sizeof good);
    CHECK(portmap_open(&m, good, 52) == PORT_ABSENT);
    portmap none = {0};
    CHECK(portmap_pin(&none, "P1.08", 5) == 40 && portmap_pin(&none, "P1.8", 4) == 40 && portmap_pin(&none, "P1.32", 5) == -1);
    CHECK(portmap_pin(&none, "P/.0", 4) == -1 && portmap_pin(&none, "P9.0", 4) == -1 && portmap_pin(&none, "P1.", 3) == -1);
    for (unsigned round = 0; round < 2000; round++) {
        uint8_t record[VMSTORE_SIZE];
        for (unsigned i = 0; i < sizeof record; i++) record[i] = (uint8_t)random_below(256);
        le_put32(record, VMSTORE_MAGIC);
        le_put16(record + 4, VMSTORE_VERSION);
        le_put16(record + 6, VMSTORE_SIZE);
        le_put32(record + 76, vm_crc32(0, record, 76));
        vmstore_state state = vmstore_check(record, uid, sizeof uid, vmuid);
        CHECK(state == (record[24] > 16 ? VMSTORE_CORRUPT : VMSTORE_OTHER_BOARD));
        record[24] = sizeof uid;
        memcpy(record + 28, uid, sizeof uid);
        le_put32(record + 76, vm_crc32(0, record, 76));
        CHECK(vmstore_check(record, uid, sizeof uid, vmuid) == VMSTORE_OK && memcmp(vmuid, record + 8, 16) == 0);
        record[round % VMSTORE_SIZE] ^= 1;
        CHECK(vmstore_check(record, uid, sizeof uid, vmuid) == VMSTORE_CORRUPT);
    }
}

int main(void) {
    damaged_port_maps_and_vmstore_records_are_survived();
    frames_come_back_whatever_is_in_them();
    a_damaged_frame_is_never_taken_and_the_next_one_is();
    a_board_survives_noise_and_nonsense();
    a_repeated_request_is_answered_and_not_done_again();
    console_text_and_events_keep_their_order_and_losses_are_seen();
    return 0;
}
