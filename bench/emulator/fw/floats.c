/* SPDX-License-Identifier: Apache-2.0 */
/* Single precision: what sensor fusion and audio do. A filter of 24 taps, a chain of second-order sections, rotation by a quaternion that
 * is normalised again and again, and samples scaled, clamped and made integers. */
#include "start.h"

#define TAPS 24
#define SAMPLES 128
static float taps[TAPS], input[SAMPLES + TAPS], output[SAMPLES];

static void fir(void) {
    for (int n = 0; n < SAMPLES; n++) {
        float sum = 0;
        for (int k = 0; k < TAPS; k++) sum += taps[k] * input[n + k];
        output[n] = sum;
    }
}

typedef struct {
    float b0, b1, b2, a1, a2, s1, s2;
} section;
static section chain[3];

static void iir(void) {
    for (int n = 0; n < SAMPLES; n++) {
        float x = output[n];
        for (int i = 0; i < 3; i++) {
            section *s = &chain[i];
            float y = s->b0 * x + s->s1;
            s->s1 = s->b1 * x - s->a1 * y + s->s2;
            s->s2 = s->b2 * x - s->a2 * y;
            x = y;
        }
        output[n] = x;
    }
}

static float q[4];

static float root(float x) {
    float r;
    __asm__("vsqrt.f32 %0, %1" : "=t"(r) : "t"(x));
    return r;
}

static void turn(float x, float y, float z) {
    float a = q[0], b = q[1], c = q[2], d = q[3];
    q[0] = a - (b * x + c * y + d * z);
    q[1] = b + (a * x + c * z - d * y);
    q[2] = c + (a * y - b * z + d * x);
    q[3] = d + (a * z + b * y - c * x);
    float scale = 1.0f / root(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    for (int i = 0; i < 4; i++) q[i] *= scale;
}

static uint32_t quantise(void) {
    uint32_t sum = 0;
    for (int n = 0; n < SAMPLES; n++) {
        float x = output[n] * 20000.0f;
        if (x > 32767.0f) x = 32767.0f;
        if (x < -32768.0f) x = -32768.0f;
        sum = (sum << 5 | sum >> 27) ^ (uint32_t)(int32_t)x;
    }
    return sum;
}

uint32_t work(uint32_t rounds) {
    uint32_t sum = 0, seed = 1;
    for (int k = 0; k < TAPS; k++) taps[k] = 1.0f / (float)(k + 20);
    for (int i = 0; i < 3; i++) chain[i] = (section){0.2f + 0.1f * (float)i, 0.4f, 0.2f, -0.6f, 0.2f, 0, 0};
    q[0] = 1; /* there is no initialised data */
    while (rounds--) {
        for (int n = 0; n < SAMPLES + TAPS; n++) {
            seed = seed * 1664525u + 1013904223u;
            input[n] = (float)((int32_t)seed >> 16) * (1.0f / 32768.0f);
        }
        fir();
        iir();
        for (int n = 0; n < SAMPLES; n += 4) turn(output[n] * 0.01f, output[n + 1] * 0.01f, output[n + 2] * 0.01f);
        sum = (sum << 7 | sum >> 25) ^ quantise() ^ (uint32_t)(int32_t)(q[0] * 1e6f);
    }
    return sum;
}
