// Growing pauses with jitter, from a seeded source so that a run can be repeated.
import { createHash } from 'node:crypto'
import type { Instant } from '../../schemas/ids.ts'

/** 2^attempt times `baseMs`, at most `maxMs`, give or take a fifth; the same name and attempt give the same pause. */
export function pauseMs(name: string, attempt: number, { baseMs, maxMs }: { baseMs: number; maxMs: number }): number {
  const spread = createHash('sha256').update(`${name}\n${attempt}`).digest().readUInt32BE(0) / 2 ** 32
  return Math.round(Math.min(baseMs * 2 ** Math.max(0, attempt - 1), maxMs) * (0.8 + 0.4 * spread))
}

/** An instant so many milliseconds after another. */
export const after = (at: Instant, ms: number): Instant => new Date(Date.parse(at) + ms).toISOString() as Instant
