"""Writes the document that the sample works on: orders of a shop, the same each time."""

import json
import random
import sys

WORDS = "amber basil cedar delta ember fjord gable heron islet jetty kelp larch maple nacre ochre pearl".split()


def order(number, source):
    lines = [
        {"sku": f"{source.choice(WORDS)}-{source.randrange(10_000):04}", "count": source.randint(1, 9),
         "price": round(source.uniform(0.5, 400), 2)}
        for _ in range(source.randint(1, 6))
    ]
    return {
        "id": number,
        "customer": {"name": f"{source.choice(WORDS).title()} {source.choice(WORDS).title()}", "city": source.choice(WORDS)},
        "express": source.random() < 0.2,
        "lines": lines,
        "note": None if source.random() < 0.7 else " ".join(source.choices(WORDS, k=12)) + " — déjà vu",
    }


if __name__ == "__main__":
    seeded = random.Random(1)
    orders = [order(number, seeded) for number in range(2000)]
    json.dump({"version": 1, "orders": orders}, sys.stdout, ensure_ascii=False)
