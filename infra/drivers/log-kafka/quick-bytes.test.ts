// The client's writing of bytes, made cheap: byte for byte what it writes by itself.
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { seed } from '../../../test/support/seed.ts'
import { knownEncoder, quicken, type EncoderClass } from './quick-bytes.ts'

const require = createRequire(import.meta.url)
const base = 'kafkajs/src/protocol'
type Writes = Readonly<Record<string, (...values: readonly unknown[]) => unknown>>
type Produce = (asked: object) => { readonly encode: () => Promise<{ readonly buffer: Buffer }> }

/** The client's own modules once more, apart from those that are loaded. */
function ownCopy(): { readonly Encoder: EncoderClass; readonly produce: Produce } {
  for (const path of Object.keys(require.cache)) if (path.includes('/kafkajs/src/')) delete require.cache[path]
  const Encoder = require(`${base}/encoder`) as EncoderClass
  return { Encoder, produce: require(`${base}/requests/produce/v3/request`) as Produce }
}
const plain = ownCopy()
const quick = ownCopy()
quicken(quick.Encoder)

const bytes = fc.uint8Array({ maxLength: 3_000 }).map((it) => Buffer.from(it))
const text = fc.string({ unit: 'grapheme', maxLength: 300 })
const int = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, -1, 63, 64, -64, -65, 2 ** 30 - 1, 2 ** 30, -(2 ** 30), 2 ** 31 - 1),
)
const long = fc.oneof(int, fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String))
const call = fc.oneof(
  fc.tuple(fc.constantFrom('writeVarInt', 'writeInt32', 'writeUVarInt'), int),
  fc.tuple(fc.constantFrom('writeVarLong', 'writeInt64'), long),
  fc.tuple(
    fc.constantFrom('writeVarIntBytes', 'writeBytes', 'writeString', 'writeVarIntString', 'writeUVarIntBytes'),
    text,
  ),
  fc.tuple(fc.constantFrom('writeVarIntBytes', 'writeBytes', 'writeBuffer'), bytes),
  fc.tuple(fc.constant('writeVarIntBytes'), fc.constant(null)),
)
function written(Encoder: EncoderClass, calls: readonly (readonly [string, unknown])[]): Buffer {
  const one = new Encoder()
  for (const [name, value] of calls) (one as unknown as Writes)[name]!(value)
  return (one as unknown as { readonly buffer: Buffer }).buffer
}

it('every write is the same bytes, in any order and of any size', () => {
  expect(quick.Encoder).not.toBe(plain.Encoder)
  fc.assert(
    fc.property(fc.array(call, { maxLength: 40 }), (calls) => {
      expect(written(quick.Encoder, calls).equals(written(plain.Encoder, calls))).toBe(true)
    }),
    { seed },
  )
  fc.assert(
    fc.property(long, (value) => {
      expect(quick.Encoder.sizeOfVarLong(value)).toBe(plain.Encoder.sizeOfVarLong(value))
    }),
    { seed },
  )
})

const record = fc.record({
  key: text,
  value: bytes,
  headers: fc.dictionary(text, text, { maxKeys: 20 }),
  timestamp: fc.nat().map((n) => String(1_764_000_000_000 + n)),
})

it('whole requests are the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), async (messages) => {
      const partitions = [{ partition: 3, firstSequence: 7, messages }]
      const asked = {
        acks: -1,
        timeout: 5_000,
        producerId: 12,
        producerEpoch: 0,
        topicData: [{ topic: 't', partitions }],
      }
      const [mine, its] = [await quick.produce(asked).encode(), await plain.produce(asked).encode()]
      expect(mine.buffer.equals(its.buffer)).toBe(true)
    }),
    { seed, numRuns: 60 },
  )
})

it('another version of the client is left as it is, whatever its files look like; this one is known', () => {
  const of = (version: string) => (path: string) => (path.endsWith('package.json') ? { version } : plain.Encoder)
  expect(knownEncoder(of('2.2.5'))).toBeNull()
  expect(knownEncoder(of('2.2.4'))).toBe(plain.Encoder)
  const away = () => {
    throw new Error('Cannot find module')
  }
  expect(knownEncoder(away)).toBeNull()
  // The one that is installed: with another one the writing is slow again, and somebody has to look.
  expect(knownEncoder(require)).not.toBeNull()
})
