// Snappy and LZ4 as the libraries that Kafka comes with pack them (snappy-java 1.1, lz4-java 1.10). Real brokers: log-kafka-topics.int.
import { describe, expect, it } from 'vitest'
import { unlz4, unsnappy } from './unpack.ts'

const text = `${'Sipariş nerede? '.repeat(3)}${'a'.repeat(36)} son`
const block = '5b40536970617269c59f206e65726564653f2086110000618a01000c20736f6e'
const forms: readonly (readonly [name: string, unpack: (packed: Buffer) => Buffer, packed: string])[] = [
  ['a block of snappy', unsnappy, block],
  ['snappy in the frame of Java', unsnappy, `82534e4150505900000000010000000100000020${block}`],
  [
    'a frame of LZ4 with its size and both checksums',
    unlz4,
    '04224d187c405b00000000000000f921000000ff02536970617269c59f206e65726564653f2011000f1f6101000f506120736f6ec458598800000000c310bc70',
  ],
]

describe.each(forms)('%s', (_name, unpack, hex) => {
  const packed = Buffer.from(hex, 'hex')

  it('G13 is unpacked to the letter', () => {
    expect(unpack(packed).toString()).toBe(text)
  })

  it('G13 cut short it is a fault or a beginning, never another text', () => {
    const cut = (end: number): string => {
      try {
        return unpack(packed.subarray(0, end)).toString()
      } catch (error) {
        return String(error)
      }
    }
    const isBeginning = (found: string): boolean => text.startsWith(found)
    const isFault = (found: string): boolean => /ends before its end|no frame of it|names what lies/.test(found)
    for (let end = 1; end < packed.length; end++) expect(cut(end)).toSatisfy((it) => isBeginning(it) || isFault(it))
  })
})

it('G13 what lies before the beginning is named as that', () => {
  expect(() => unsnappy(Buffer.from('080061020900', 'hex'))).toThrow('names what lies 9 bytes back, of 1')
})
