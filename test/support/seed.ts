// The one number that everything random in a test run comes from: said at its start, brought back by VITEST_SEED.
import { createCipheriv, createHash } from 'node:crypto'

/** `vitest.config.ts` chooses it once for all files of a run. */
export const seed = Number(process.env['VITEST_SEED'])
if (!Number.isSafeInteger(seed)) throw new Error('VITEST_SEED is a whole number; vitest.config.ts sets it for a run.')

let turn = 0
/** Bytes that nobody can foresee and nothing can compress, others at each call, the same ones for the same seed. */
export function madeBytes(size: number): Buffer {
  turn += 1
  const key = createHash('sha256').update(`${seed}/${turn}`).digest()
  return createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(Buffer.alloc(size))
}
