"""Orders of a shop by Flask and a template of Jinja: a function as users of a web framework write them."""

import os

from flask import Flask, jsonify, render_template_string, request

PAGE = """<!DOCTYPE html>
<title>Orders</title>
<ul>
{% for order in orders %}  <li>{{ order.id }}: {{ order.city }}, {{ "%.2f" | format(order.cents / 100) }}</li>
{% endfor %}</ul>
"""

app = Flask(__name__)
orders = [{"id": number, "city": f"city {number % 17}", "cents": number * 7919 % 100_000} for number in range(500)]


@app.get("/")
def page():
    return render_template_string(PAGE, orders=orders)


@app.post("/")
def add():
    order = request.get_json()
    orders.append({"id": len(orders), "city": str(order["city"]), "cents": int(order["cents"])})
    return jsonify(orders[-1])


if __name__ == "__main__":
    app.run("0.0.0.0", int(os.environ.get("PORT", "8080")), threaded=True)
