// Spoils bytes in the ways wires and bugs do, from a seed, so that a run can be repeated.

/** A small generator (mulberry32): the same seed gives the same spoiling on every machine. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const tokens = [
  'null', 'true', '0', '-1', '1e999', '99999999999999999999', '""', '"\\ud800"', '"\\u0000"', '[]', '{}', '[[[[]]]]',
  '{"__proto__":{"a":1}}', '{"constructor":1}', '"constructor"', '"toString"', '\u00ff\u00fe', '[null]', '"a\\r\\nb"',
].map((text) => new TextEncoder().encode(text)) // prettier-ignore

type Way = (bytes: Uint8Array, chance: (below: number) => number) => Uint8Array
const join = (...pieces: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pieces))

const ways: readonly Way[] = [
  (bytes, chance) => bytes.slice(0, chance(bytes.length)),
  (bytes, chance) => bytes.slice(chance(bytes.length)),
  (bytes, chance) => {
    const spoilt = bytes.slice()
    for (let n = 0; n <= chance(8); n += 1) spoilt[chance(bytes.length)]! ^= 1 << chance(8)
    return spoilt
  },
  (bytes, chance) => {
    const [from, length] = [chance(bytes.length), chance(200)]
    return join(bytes.slice(0, from + length), bytes.slice(from))
  },
  (bytes, chance) => {
    const from = chance(bytes.length)
    return join(bytes.slice(0, from), bytes.slice(from + chance(60)))
  },
  replaceValue,
  replaceValue,
  replaceValue,
]

/** Puts something else where a value stood: the JSON stays JSON, its types do not. */
function replaceValue(bytes: Uint8Array, chance: (below: number) => number): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1')
  const values = [...text.matchAll(/(?<=[:[,]\s*)("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\{\}|\[\])/g)]
  if (values.length === 0) return bytes.slice(0, bytes.length >> 1)
  const hit = values[chance(values.length)]!
  return join(bytes.slice(0, hit.index), tokens[chance(tokens.length)]!, bytes.slice(hit.index + hit[0].length))
}

export const mutated = (bytes: Uint8Array, chance: (below: number) => number): Uint8Array =>
  ways[chance(ways.length)]!(bytes, chance)
