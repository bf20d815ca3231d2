// Batches as the libraries that Kafka comes with pack them (snappy-java 1.1, lz4-java 1.10). Real brokers: log-kafka-topics.int.
import { zstdCompressSync } from 'node:zlib'
import kafkajs from 'kafkajs'
import { expect, it } from 'vitest'
import { readEveryForm, type Codec } from './codecs.ts'

const { CompressionTypes: types } = kafkajs
readEveryForm()
const codecOf = (form: kafkajs.CompressionTypes) =>
  (kafkajs.CompressionCodecs as Readonly<Record<number, Codec>>)[form]!()

const text = `${'Sipariş nerede? '.repeat(3)}${'a'.repeat(36)} son`
const block = '5b40536970617269c59f206e65726564653f2086110000618a01000c20736f6e'
const forms: readonly (readonly [name: string, form: kafkajs.CompressionTypes, packed: Buffer])[] = [
  ['zstd', types.ZSTD, zstdCompressSync(text)],
  ['a block of snappy', types.Snappy, Buffer.from(block, 'hex')],
  ['snappy in the frame of Java', types.Snappy, Buffer.from(`82534e4150505900000000010000000100000020${block}`, 'hex')],
  [
    'a frame of LZ4 with its size and both checksums',
    types.LZ4,
    Buffer.from(
      '04224d187c405b00000000000000f921000000ff02536970617269c59f206e65726564653f2011000f1f6101000f506120736f6ec458598800000000c310bc70',
      'hex',
    ),
  ],
]

it.each(forms)('G13 %s is unpacked to the letter', async (_name, form, packed) => {
  expect((await codecOf(form).decompress(packed)).toString()).toBe(text)
})

it('G13 nothing is packed: what Inlet writes is read by clients without any of these', async () => {
  await expect(codecOf(types.LZ4).compress({ buffer: Buffer.from(text) })).rejects.toThrow('Inlet packs no batches')
})
