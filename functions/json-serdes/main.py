"""Reads JSON, works on it, writes JSON: the sample json-serdes of the REAP set."""

import json

import serving

DOCUMENT = "/app/orders.json"
BODY_BYTES = 16 << 20


def totals(document):
    """What each city has ordered, in cents so that sums are exact, largest first."""
    cities = {}
    for order in document["orders"]:
        sum_cents = sum(line["count"] * round(line["price"] * 100) for line in order["lines"])
        city = order["customer"]["city"]
        cities[city] = cities.get(city, 0) + sum_cents
    return [{"city": city, "cents": cents} for city, cents in sorted(cities.items(), key=lambda it: (-it[1], it[0]))]


class JsonSerdes(serving.Handler):
    def serve(self):
        if self.route != "/":
            self.drain()
            raise serving.Refused(404, "no such path")
        if self.is_post:
            return self.reorder(self.read_body(BODY_BYTES))
        self.drain()
        with open(DOCUMENT, encoding="utf-8") as file:
            document = json.load(file)
        # Written and read once more: serialising is the other half of the work.
        text = json.dumps(document)
        answer = {"orders": len(document["orders"]), "serialized_bytes": len(text), "totals": totals(json.loads(text))}
        self.answer(200, json.dumps(answer).encode() + b"\n", "application/json")

    def reorder(self, body):
        """The caller's document in its canonical form: keys in order, no blanks."""
        try:
            document = json.loads(body)
        except ValueError as error:
            raise serving.Refused(400, f"the body is not JSON: {error}") from error
        canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        self.answer(200, canonical.encode(), "application/json")


if __name__ == "__main__":
    serving.serve(JsonSerdes)
