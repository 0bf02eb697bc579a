'use strict';
// Orders of a shop by Express: a function as users of a web framework write them.

const express = require('express');

const app = express();
const orders = Array.from({ length: 500 }, (_, id) => ({ id, city: `city ${id % 17}`, cents: (id * 7919) % 100_000 }));

app.use(express.json());
app.get('/', (request, response) => {
  response.json(orders.filter((order) => !request.query.city || order.city === request.query.city));
});
app.post('/', (request, response) => {
  const order = { id: orders.length, city: String(request.body.city), cents: Number(request.body.cents) };
  orders.push(order);
  response.status(201).json(order);
});

const server = app.listen(Number(process.env.PORT || 8080), '0.0.0.0', () => {
  console.log(`listening on port ${server.address().port}`);
});
