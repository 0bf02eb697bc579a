'use strict';
// A sample function in Node. docs/samples.md describes what every hello sample answers.

const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const os = require('os');
const { pipeline } = require('stream');
const { setTimeout: sleep } = require('timers/promises');

const STATE_BYTES = 1 << 20;
const LONGEST_SLEEP_MS = 600_000;
const FILE_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

let state = Buffer.alloc(0);

function firstLine(path) {
  try {
    return fs.readFileSync(path, 'latin1').split('\n')[0];
  } catch {
    return '';
  }
}

function head(exchange, status, type, headers = {}) {
  const { response, began } = exchange;
  const ms = Number(process.hrtime.bigint() - began) / 1e6;
  response.writeHead(status, { 'Content-Type': type, 'Server-Timing': `app;dur=${ms.toFixed(3)}`, ...headers });
}

function answer(exchange, status, body, type = 'text/plain') {
  const bytes = Buffer.from(body);
  head(exchange, status, type, { 'Content-Length': bytes.length });
  exchange.response.end(bytes);
}

async function drain({ request }) {
  for await (const _ of request);
}

function echo(exchange) {
  const length = exchange.request.headers['content-length'];
  head(exchange, 200, 'application/octet-stream', length === undefined ? {} : { 'Content-Length': length });
  pipeline(exchange.request, exchange.response, (error) => error && exchange.response.destroy());
}

function identity(exchange) {
  const facts = {
    uuid: crypto.randomUUID(),
    random: crypto.randomBytes(32).toString('hex'),
    hostname: os.hostname(),
    machine_id: firstLine('/etc/machine-id'),
    boot_id: firstLine('/proc/sys/kernel/random/boot_id'),
  };
  // Nanoseconds have more digits than a number of JavaScript. Its wall clock counts milliseconds.
  const text = JSON.stringify(facts).replace(/}$/, `,"clock_ns":${BigInt(Date.now()) * 1_000_000n}}\n`);
  answer(exchange, 200, text, 'application/json');
}

async function postState(exchange) {
  const parts = [];
  let size = 0;
  for await (const part of exchange.request) {
    size += part.length;
    if (size > STATE_BYTES) {
      exchange.response.setHeader('Connection', 'close');
      return answer(exchange, 413, `at most ${STATE_BYTES} bytes\n`);
    }
    parts.push(part);
  }
  state = Buffer.concat(parts);
  return answer(exchange, 200, 'stored\n');
}

async function file(exchange, isPost) {
  const name = exchange.url.searchParams.get('name') || '';
  if (!FILE_NAME.test(name)) {
    await drain(exchange);
    return answer(exchange, 400, "name is letters, digits, '.', '_' and '-'\n");
  }
  const path = `/var/tmp/${name}`;
  if (isPost) {
    const out = await fs.promises.open(path, 'w');
    try {
      for await (const part of exchange.request) {
        await out.writeFile(part);
      }
    } finally {
      await out.close();
    }
    return answer(exchange, 200, 'written\n');
  }
  await drain(exchange);
  if (!fs.existsSync(path)) {
    return answer(exchange, 404, 'no such file\n');
  }
  head(exchange, 200, 'application/octet-stream');
  return pipeline(fs.createReadStream(path), exchange.response, (error) => error && exchange.response.destroy());
}

async function nap(exchange) {
  const text = exchange.url.searchParams.get('ms') || '0';
  if (!/^\d{1,6}$/.test(text) || Number(text) > LONGEST_SLEEP_MS) {
    return answer(exchange, 400, `ms is 0 to ${LONGEST_SLEEP_MS}\n`);
  }
  await sleep(Number(text));
  return answer(exchange, 200, 'slept\n');
}

async function serve(exchange) {
  const isPost = exchange.request.method === 'POST' || exchange.request.method === 'PUT';
  const path = exchange.url.pathname;
  if (path === '/echo') {
    return echo(exchange);
  }
  if (path === '/state' && isPost) {
    return postState(exchange);
  }
  if (path === '/file') {
    return file(exchange, isPost);
  }
  await drain(exchange);
  switch (path) {
    case '/':
      return answer(exchange, 200, 'Hello from Node\n');
    case '/identity':
      return identity(exchange);
    case '/state':
      return answer(exchange, 200, state, 'application/octet-stream');
    case '/sleep':
      return nap(exchange);
    case '/crash':
      return process.exit(3);
    default:
      return answer(exchange, 404, 'no such path\n');
  }
}

const server = http.createServer((request, response) => {
  const exchange = { request, response, began: process.hrtime.bigint(), url: new URL(request.url, 'http://function') };
  serve(exchange).catch((error) => {
    console.error(`a request was broken off: ${error.message}`);
    response.destroy();
  });
});
server.requestTimeout = 0; // a body may take as long as the invocation may
server.on('listening', () => console.log(`listening on port ${server.address().port}`));
server.listen(Number(process.env.PORT || 8080), '0.0.0.0');
