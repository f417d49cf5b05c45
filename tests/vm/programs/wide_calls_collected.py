# What a call left behind a window is nothing to the next call's collections: arguments from an object of their own begin two words further.
def leave(*many):
    return len([list(many)] * 3)


def take(*many):
    kept = [list(many) for _ in range(3)]
    return len(kept[2]), kept[0][-1]


class Odd:
    def __getattr__(self, name):
        return lambda *many: take(*many)


items = [[i] for i in range(210)]
for i in range(30):
    sorted([[3], [1], [2]], key=lambda x: leave(*items[:20]))
    print(take(*items), Odd().any(*items, *items)[0])
