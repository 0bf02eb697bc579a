'use strict';
/**
 * Tells a Node function of its freeze and thaw, and renews what its process holds of random numbers.
 *
 * Load it first: `node --require ./thaw-hooks.js server.js`, or `NODE_OPTIONS=--require=/path/thaw-hooks.js`. Outside a Thaw guest it
 * does nothing. Node offers no way to reseed the generator of its own OpenSSL, or Math.random. So from the first thaw on:
 * - crypto.randomBytes, randomFill, randomFillSync, randomInt, randomUUID, getRandomValues and their Web Crypto twins take their bytes
 *   from the kernel, which Thaw renews, and no longer from the process;
 * - Math.random is a generator of this module, seeded by Thaw.
 * What OpenSSL draws by itself is not reached: keys from generateKeyPair or ECDH, TLS randoms and session tickets, salts and
 * signatures' nonces. A function that makes such within a process needs `thawHooks.onAfterThaw` to start a new one, or `--no-snapshot`.
 *
 *   const thawHooks = require('./thaw-hooks.js');
 *   thawHooks.onAfterThaw((entropy) => myGenerator.seed(entropy));   // a Buffer of 32 bytes; may return a promise
 *   thawHooks.onBeforeFreeze(() => pool.drain());
 */
const crypto = require('crypto');
const fs = require('fs');
const net = require('net');
const v8 = require('v8');
const vm = require('vm');

const LONGEST_ANSWER = 200;
const MAX_RANDOM_INT = 2 ** 48;
const beforeFreeze = [];
const afterThaw = [];
let urandom = -1;
let renewed = false;
let seed = ''; // of Math.random, in hex
let drawn; // its generator, once somebody has asked

exports.onBeforeFreeze = (callback) => void beforeFreeze.push(callback);
exports.onAfterThaw = (callback) => void afterThaw.push(callback);

function fillFromKernel(bytes) {
  for (let done = 0; done < bytes.length; ) {
    done += fs.readSync(urandom, bytes, done, bytes.length - done, null);
  }
  return bytes;
}

function kernelBytes(size) {
  return fillFromKernel(Buffer.alloc(size));
}

function bytesOf(target, offset = 0, size = undefined) {
  const all = ArrayBuffer.isView(target)
    ? new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
    : new Uint8Array(target);
  const unit = target.BYTES_PER_ELEMENT || 1;
  const start = offset * unit;
  return all.subarray(start, size === undefined ? all.length : start + size * unit);
}

/** Without the bias that a plain remainder would have. */
function kernelInt(min, max) {
  const range = max - min;
  const limit = MAX_RANDOM_INT - (MAX_RANDOM_INT % range);
  for (;;) {
    const value = kernelBytes(6).readUIntBE(0, 6);
    if (value < limit) {
      return min + (value % range);
    }
  }
}

function kernelUuid() {
  const bytes = kernelBytes(16);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** xoshiro128**, by Blackman and Vigna (2018): good enough for what Math.random promises. */
function seededRandom(seed) {
  let [a, b, c, d] = [0, 4, 8, 12].map((at) => seed.readUInt32LE(at));
  a |= 1; // not all zero
  const next = () => {
    const five = Math.imul(b, 5);
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  return () => ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992;
}

/**
 * Replaces a function by one that lets the original check its arguments, and throw as ever, before the kernel's bytes take the place of
 * its own. Before the first thaw the original answers alone.
 */
function replace(holder, name, afterwards) {
  const property = Object.getOwnPropertyDescriptor(holder, name);
  if (!property || !property.configurable) {
    return; // not in this Node; or crypto.getRandomValues, which looks up its Web Crypto twin each time
  }
  const original = holder[name];
  const replacement = function (...args) {
    return renewed ? afterwards(original.bind(this), args) : original.apply(this, args);
  };
  Object.defineProperty(replacement, 'name', { value: name });
  Object.defineProperty(holder, name, { value: replacement, writable: true, configurable: true, enumerable: property.enumerable });
}

/** For functions that take a callback last: what it is given goes through `change` first. */
function withCallback(args, change) {
  const callback = args[args.length - 1];
  return typeof callback !== 'function'
    ? undefined
    : [...args.slice(0, -1), (error, value) => (error ? callback(error) : callback(null, change(value)))];
}

function replaceGenerators() {
  const sized = (original, args) => {
    const asynchronous = withCallback(args, (value) => fillFromKernel(value));
    return asynchronous ? original(...asynchronous) : fillFromKernel(original(...args));
  };
  for (const name of ['randomBytes', 'pseudoRandomBytes', 'prng', 'rng']) {
    replace(crypto, name, sized);
  }
  const refill = (args) => (target) => {
    const numbers = args.slice(1).filter((value) => typeof value === 'number');
    fillFromKernel(bytesOf(target, ...numbers));
    return target;
  };
  replace(crypto, 'randomFillSync', (original, args) => refill(args)(original(...args)));
  replace(crypto, 'randomFill', (original, args) => original(...(withCallback(args, refill(args)) || args)));
  replace(crypto, 'randomInt', (original, args) => {
    const numbers = args.filter((value) => typeof value === 'number');
    const draw = () => (numbers.length > 1 ? kernelInt(numbers[0], numbers[1]) : kernelInt(0, numbers[0]));
    const asynchronous = withCallback(args, draw);
    if (asynchronous) {
      return original(...asynchronous);
    }
    original(...args);
    return draw();
  });
  replace(crypto, 'randomUUID', (original, args) => (original(...args), kernelUuid()));
  const web = crypto.webcrypto && Object.getPrototypeOf(crypto.webcrypto);
  if (web) {
    replace(web, 'getRandomValues', (original, args) => refill([])(original(...args)));
    replace(web, 'randomUUID', (original, args) => (original(...args), kernelUuid()));
  }
}

/** What Math.random is from the first thaw on. Its generator is made by who asks first, and not while the thaw waits. */
function random() {
  drawn ||= seededRandom(Buffer.from(seed, 'hex'));
  return drawn();
}

/** Every thaw waits for this: it does no more than it must. Without a seed it does nothing but be there, compiled. */
function renew(hex) {
  if (hex) {
    renewed = true;
    seed = hex;
    drawn = undefined;
    Math.random = random;
  }
}

/**
 * Collects what is young. Else there may be no room left for what is new, and every clone collects before its first answer. V8 shows its collector only to contexts made
 * while a flag is set.
 */
function collectYoung() {
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('typeof gc === "function" ? gc : undefined');
  v8.setFlagsFromString('--no-expose-gc');
  if (collect) {
    collect({ type: 'minor' });
  }
}

async function tell(callbacks, ...facts) {
  for (const callback of callbacks) {
    await callback(...facts);
  }
}

/** A promise where there are callbacks to wait for. */
function obey(line) {
  const [word, hex] = line.split(' ');
  if (word === 'before-freeze') {
    renew(); // V8 compiles a function when it is first called, for which each thaw would have to wait
    collectYoung();
    return beforeFreeze.length > 0 ? tell(beforeFreeze) : undefined;
  }
  if (word === 'after-thaw') {
    if (!hex) {
      throw new Error('after-thaw came without fresh bytes');
    }
    renew(hex);
    return afterThaw.length > 0 ? tell(afterThaw, Buffer.from(hex, 'hex')) : undefined;
  }
  throw new Error(`unknown word from the agent: ${word}`);
}

function answerOf(error) {
  return `error ${String((error && error.message) || error).replace(/\s+/g, ' ')}`.slice(0, LONGEST_ANSWER);
}

function connect(path) {
  urandom = fs.openSync('/dev/urandom', 'r');
  replaceGenerators();
  let text = '';
  let turn; // what callbacks are at work on: one line after the other
  const socket = net.connect(path);
  socket.unref(); // a function that is done may end
  const agree = () => socket.write('ok\n');
  const refuse = (error) => socket.write(`${answerOf(error)}\n`);
  const take = (line) => {
    let done;
    try {
      done = turn ? turn.then(() => obey(line)) : obey(line);
    } catch (error) {
      refuse(error);
      return;
    }
    if (!done) {
      agree();
      return;
    }
    const mine = done.then(agree, refuse).then(() => {
      if (turn === mine) {
        turn = undefined;
      }
    });
    turn = mine;
  };
  socket.on('data', (piece) => {
    text += piece.toString('latin1');
    for (let end; (end = text.indexOf('\n')) >= 0; ) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      take(line);
    }
  });
  socket.on('error', (error) => process.emitWarning(`The hook socket ${path} failed: ${error.message}`));
}

if (process.env.THAW_HOOK_SOCKET) {
  connect(process.env.THAW_HOOK_SOCKET);
}
