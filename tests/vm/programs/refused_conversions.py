# Native code that refuses an argument lets go of all that it held on to: there are few places for that, and many refusals.
refused = 0
for i in range(400):
    for convert in (int, float, lambda text: int(text, 16)):
        try:
            convert("\u0663\u00e9" + str(i))
        except ValueError:
            refused += 1
print(refused)
print(int("\u0661\u0662"), float("\uff11.\uff15"), int("\u0661f", 16))
total = 0
for i in range(4000):  # more than any heap holds at once: what is left behind is still collected
    total += len([i] * 200)
print(total)
print(id(-1) == id(-1))
