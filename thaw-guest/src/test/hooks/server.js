'use strict';
// Answers each line of a connection with what the process draws, has heard, or is told to do.
const crypto = require('crypto');
const net = require('net');
const util = require('util');
const thawHooks = require(process.env.ADAPTER);

const events = [];
let failing = false;
thawHooks.onBeforeFreeze(async () => {
  if (failing) {
    throw new Error('told to fail');
  }
  events.push('before-freeze');
});
thawHooks.onAfterThaw((entropy) => events.push(`after-thaw ${entropy.length}`));

function thrownBy(action) {
  try {
    action();
    return 'nothing';
  } catch (error) {
    return error.code;
  }
}

/** The adapter cannot replace crypto.getRandomValues; it must go through the Web Crypto method, which it does replace. */
function aliasFollows() {
  const web = Object.getPrototypeOf(crypto.webcrypto);
  const before = web.getRandomValues;
  web.getRandomValues = (array) => array.fill(7);
  const follows = crypto.getRandomValues(new Uint8Array(3)).every((byte) => byte === 7);
  web.getRandomValues = before;
  return follows;
}

/** Every function that the adapter replaces, asked in every way, must give what its own would. */
async function generators() {
  const filled = new Uint32Array(4);
  const same = crypto.randomFillSync(filled, 1, 2) === filled;
  const untouched = filled[0] === 0 && filled[3] === 0;
  const drawn = [crypto.randomInt(5), crypto.randomInt(7, 9), await util.promisify(crypto.randomInt)(3)];
  const web = crypto.webcrypto.getRandomValues(new Uint8Array(8));
  const asynchronous = await new Promise((done, fail) =>
    crypto.randomBytes(20, (error, bytes) => (error ? fail(error) : done(bytes))));
  const refilled = await util.promisify(crypto.randomFill)(Buffer.alloc(24), 8);
  return [
    same, untouched, drawn[0] < 5, drawn[1] >= 7 && drawn[1] < 9, drawn[2] < 3, web.some((byte) => byte !== 0),
    asynchronous.length === 20, refilled.subarray(0, 8).every((byte) => byte === 0), refilled.subarray(8).some((byte) => byte !== 0),
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()),
    crypto.randomUUID() !== crypto.randomUUID(), crypto.randomBytes(33).length === 33,
    thrownBy(() => crypto.randomBytes(-1)) === 'ERR_OUT_OF_RANGE', thrownBy(() => crypto.randomInt(9, 1)) === 'ERR_OUT_OF_RANGE',
    aliasFollows(), globalThis.crypto === crypto.webcrypto,
    Math.random() < 1, Math.random() !== Math.random(),
  ].join();
}

const answers = {
  draw: () => String(Math.random()),
  unique: () => `${crypto.randomUUID()} ${crypto.randomBytes(16).toString('hex')}`,
  events: () => events.join(),
  generators,
  fail: () => {
    failing = true;
    return 'failing';
  },
};

net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.once('data', async (line) => socket.end(await answers[String(line).trim()]()));
}).listen(Number(process.env.PORT), '127.0.0.1');
