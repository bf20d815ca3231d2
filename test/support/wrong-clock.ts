// The time of a whole process, so much beside the right one, for as long as it lives or until it is set again.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clockEnv, writeShift } from './shifted-clock.ts'

/** As many clocks as there are processes, each right until it is set. */
export interface WrongClocks {
  envOf(n: number): Readonly<Record<string, string>>
  /** So many seconds ahead; negative: behind. */
  set(n: number, seconds: number): void
  end(): void
}
export function wrongClocks(count: number): WrongClocks {
  const folder = mkdtempSync(join(tmpdir(), 'inlet-clocks-'))
  const file = (n: number): string => join(folder, `clock-${n}`)
  const set = (n: number, seconds: number): void => writeShift(file(n), seconds)
  for (let n = 0; n < count; n += 1) set(n, 0)
  return {
    envOf: (n) => clockEnv({ FAKETIME_TIMESTAMP_FILE: file(n) }),
    set,
    end: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** As its answers say. */
export async function secondsBehind(url: string): Promise<number> {
  const answer = await fetch(`${url}/healthz`)
  await answer.arrayBuffer()
  return Math.round((Date.now() - Date.parse(answer.headers.get('date') ?? '')) / 1000)
}
