// Which partition of a topic a key belongs to: the same on every driver, every machine and every day.

const seed = 0x9747b28c
const mix = 0x5bd1e995
const shift = 24

/** The four bytes at `at`, little-endian; bytes past the end count as zero. */
const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)

/** MurmurHash2, 32 bits, as Kafka's own clients use it (org.apache.kafka.common.utils.Utils.murmur2), so that both logs agree. */
export function murmur2(bytes: Uint8Array): number {
  let hash = seed ^ bytes.length
  const whole = bytes.length & ~3
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(wordAt(bytes, at), mix)
    word = Math.imul(word ^ (word >>> shift), mix)
    hash = Math.imul(hash, mix) ^ word
  }
  if (whole < bytes.length) hash = Math.imul(hash ^ wordAt(bytes, whole), mix)
  hash = Math.imul(hash ^ (hash >>> 13), mix)
  return hash ^ (hash >>> 15)
}

const utf8 = new TextEncoder()

/** 0 … partitions − 1. The sign bit is masked, not negated: Kafka's default partitioner does the same. */
export const partitionOf = (key: string, partitions: number): number =>
  (murmur2(utf8.encode(key)) & 0x7fffffff) % partitions
