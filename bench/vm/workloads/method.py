# SPDX-License-Identifier: Apache-2.0
# A little cooperative-scheduler simulation: polymorphic method calls on
# objects that keep their state in instance attributes.
HOST_N = 400000
MCU_N = 60


class Packet:
    def __init__(self, link, kind, value):
        self.link = link
        self.kind = kind
        self.value = value


class Task:
    def __init__(self, name, prio):
        self.name = name
        self.prio = prio
        self.queue = None
        self.runs = 0
        self.acc = 0

    def put(self, pkt):
        pkt.link = self.queue
        self.queue = pkt

    def take(self):
        pkt = self.queue
        if pkt is not None:
            self.queue = pkt.link
        return pkt

    def ready(self):
        return self.queue is not None

    def step(self, sched):
        self.runs += 1


class Idle(Task):
    def ready(self):
        return True

    def step(self, sched):
        self.runs += 1
        self.acc = (self.acc * 5 + 1) & 1023
        sched.post(self.acc & 1, sched.alloc(self.acc))


class Worker(Task):
    def step(self, sched):
        pkt = self.take()
        self.runs += 1
        self.acc = (self.acc + pkt.value) & 0xFFFF
        pkt.kind ^= 1
        sched.post(2, pkt)


class Handler(Task):
    def step(self, sched):
        pkt = self.take()
        self.runs += 1
        if pkt.kind:
            self.acc += pkt.value
        else:
            self.acc -= pkt.value
        sched.free(pkt)


class Sched:
    def __init__(self):
        self.pool = None
        self.tasks = [Worker("w0", 3), Worker("w1", 2), Handler("h", 4), Idle("i", 0)]

    def alloc(self, value):
        pkt = self.pool
        if pkt is None:
            return Packet(None, 0, value)
        self.pool = pkt.link
        pkt.value = value
        return pkt

    def free(self, pkt):
        pkt.link = self.pool
        self.pool = pkt

    def post(self, idx, pkt):
        self.tasks[idx].put(pkt)

    def turn(self):
        best = None
        prio = -1
        for t in self.tasks:
            if t.ready() and t.prio > prio:
                best = t
                prio = t.prio
        best.step(self)


def bench(n):
    s = Sched()
    for _ in range(n):
        s.turn()
    r = 0
    for t in s.tasks:
        r += t.runs * 3 + t.acc
    return r


if __name__ == "__main__":
    print(bench(HOST_N))
