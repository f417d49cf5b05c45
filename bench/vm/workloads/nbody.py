# SPDX-License-Identifier: Apache-2.0
HOST_N = 30000
MCU_N = 10

# x, y, z, vx, vy, vz, mass
INIT = (
    (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.47841760435743),
    (
        4.841431442464721,
        -1.1603200440274284,
        -0.10362204447112311,
        0.606326392995832,
        2.81198684491626,
        -0.02521836165988763,
        0.03769367487038949,
    ),
    (
        8.34336671824458,
        4.124798564124305,
        -0.4035234171143214,
        -1.0107743461787924,
        1.8256623712304119,
        0.008415761376584154,
        0.011286326131968767,
    ),
    (
        12.894369562139131,
        -15.111151401698631,
        -0.22330757889265573,
        1.0827910064415354,
        0.8687130181696082,
        -0.010832637401363636,
        0.0017237240570597112,
    ),
    (
        15.379697114850917,
        -25.919314609987964,
        0.17925877295037118,
        0.979090732243898,
        0.5946989986476762,
        -0.034755955550407805,
        0.0020336868699246304,
    ),
)


def advance(bodies, pairs, dt):
    for p in pairs:
        a = p[0]
        b = p[1]
        dx = a[0] - b[0]
        dy = a[1] - b[1]
        dz = a[2] - b[2]
        d2 = dx * dx + dy * dy + dz * dz
        mag = dt / (d2 * d2**0.5)
        am = a[6] * mag
        bm = b[6] * mag
        a[3] -= dx * bm
        a[4] -= dy * bm
        a[5] -= dz * bm
        b[3] += dx * am
        b[4] += dy * am
        b[5] += dz * am
    for b in bodies:
        b[0] += dt * b[3]
        b[1] += dt * b[4]
        b[2] += dt * b[5]


def bench(n):
    bodies = [list(b) for b in INIT]
    pairs = []
    for i in range(len(bodies)):
        for j in range(i + 1, len(bodies)):
            pairs.append((bodies[i], bodies[j]))
    for _ in range(n):
        advance(bodies, pairs, 0.01)
    s = 0.0
    for b in bodies:
        s += b[0] + b[1] + b[2]
    return int(s * 1000)


if __name__ == "__main__":
    print(bench(HOST_N))
