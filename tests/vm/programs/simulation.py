# SPDX-License-Identifier: Apache-2.0
"""A priority queue, Dijkstra, Conway's life, a bank and a state machine: programs as users write them."""


class Heap:
    def __init__(self):
        self.a = []

    def push(self, item):
        self.a.append(item)
        i = len(self.a) - 1
        while i > 0:
            parent = (i - 1) >> 1
            if self.a[parent] <= self.a[i]:
                break
            self.a[parent], self.a[i] = self.a[i], self.a[parent]
            i = parent

    def pop(self):
        top = self.a[0]
        last = self.a.pop()
        if self.a:
            self.a[0] = last
            i, n = 0, len(self.a)
            while True:
                child = 2 * i + 1
                if child >= n:
                    break
                if child + 1 < n and self.a[child + 1] < self.a[child]:
                    child += 1
                if self.a[i] <= self.a[child]:
                    break
                self.a[i], self.a[child] = self.a[child], self.a[i]
                i = child
        return top

    def __len__(self):
        return len(self.a)


h = Heap()
for v in (5, 3, 8, 1, 9, 2, 7):
    h.push(v)
print([h.pop() for _ in range(len(h))])


def dijkstra(graph, start):
    dist = {start: 0}
    queue = Heap()
    queue.push((0, start))
    while len(queue):
        d, node = queue.pop()
        if d > dist[node]:
            continue
        for other, w in graph.get(node, {}).items():
            nd = d + w
            if other not in dist or nd < dist[other]:
                dist[other] = nd
                queue.push((nd, other))
    return dist


graph = {"a": {"b": 7, "c": 3}, "c": {"b": 1, "d": 8}, "b": {"d": 2}}
print(sorted(dijkstra(graph, "a").items()))


def life(cells, steps):
    for _ in range(steps):
        counts = {}
        for x, y in cells:
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    if dx or dy:
                        k = (x + dx, y + dy)
                        counts[k] = counts.get(k, 0) + 1
        cells = {k for k, n in counts.items() if n == 3 or (n == 2 and k in cells)}
    return cells


glider = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
print(sorted(life(glider, 4)), sorted(life({(0, 0), (0, 1), (0, 2)}, 1)))


class Insufficient(Exception):
    pass


class Account:
    rate = 0.05

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.history = []

    def deposit(self, n):
        if n <= 0:
            raise ValueError("bad amount")
        self.balance += n
        self.history.append(("+", n))

    def withdraw(self, n):
        if n > self.balance:
            raise Insufficient(f"{self.owner} has {self.balance}, wants {n}")
        self.balance -= n
        self.history.append(("-", n))


class Savings(Account):
    def interest(self):
        self.deposit(int(self.balance * self.rate))


acct = Savings("Ann", 100)
for action in (
    lambda: acct.deposit(50),
    lambda: acct.withdraw(500),
    lambda: acct.deposit(-1),
    acct.interest,
    lambda: acct.withdraw(7),
):
    try:
        action()
        print("ok", acct.balance)
    except (Insufficient, ValueError) as e:
        print(type(e).__name__, e)
print(acct.history)


class Machine:
    def __init__(self):
        self.state = "idle"
        self.table = {("idle", "start"): self.go, ("run", "tick"): self.tick, ("run", "stop"): self.halt}
        self.ticks = 0

    def go(self):
        self.state = "run"

    def tick(self):
        self.ticks += 1

    def halt(self):
        self.state = "idle"

    def feed(self, event):
        action = self.table.get((self.state, event))
        if action is None:
            return "ignored"
        action()
        return self.state


m = Machine()
print([m.feed(e) for e in "stop start tick tick start stop tick".split()], m.ticks)


def permutations(items):
    if len(items) <= 1:
        return [items]
    out = []
    for i, v in enumerate(items):
        for rest in permutations(items[:i] + items[i + 1 :]):
            out.append([v] + rest)
    return out


print(permutations([1, 2, 3]), len(permutations(list(range(5)))))


def hanoi(n, a, b, c, moves):
    if n:
        hanoi(n - 1, a, c, b, moves)
        moves.append(a + c)
        hanoi(n - 1, b, a, c, moves)
    return moves


print(len(hanoi(6, "A", "B", "C", [])), hanoi(3, "A", "B", "C", []))


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


print(gcd(1071, 462), [gcd(12, i) for i in range(1, 13)])


def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


print([collatz(n) for n in range(1, 20)], collatz(837799))
