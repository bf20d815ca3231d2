// Holds the key hash to Kafka's own vectors: a change here would break the order of every running log.
import { describe, expect, it } from 'vitest'
import { murmur2, partitionOf } from './partition.ts'

describe('the partition of a key', () => {
  it.each([
    // org.apache.kafka.common.utils.UtilsTest.testMurmur2
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('G9 hashes %s as Kafka does', (key, hash) => {
    expect(murmur2(new TextEncoder().encode(key))).toBe(hash)
  })

  it('G9 gives the same number for the same key, inside the range, for any alphabet', () => {
    for (const key of ['', 'a', 'şöğüıİ', '日本語', '+905551112233', 'x'.repeat(10_000)]) {
      const partition = partitionOf(key, 12)
      expect(partition).toBe(partitionOf(key, 12))
      expect(partition).toBeGreaterThanOrEqual(0)
      expect(partition).toBeLessThan(12)
    }
  })

  it('spreads ten thousand keys so that no partition of twelve gets half as much again as its share', () => {
    const counts = Array.from({ length: 12 }, () => 0)
    for (let n = 0; n < 10_000; n++) {
      const at = partitionOf(`user-${n}`, 12)
      counts[at] = (counts[at] ?? 0) + 1
    }
    expect(Math.max(...counts)).toBeLessThan((10_000 / 12) * 1.5)
  })
})
