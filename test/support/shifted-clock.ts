// A clock for whole processes (a gateway, its database, whatever they start) that a test sets: what passes is real, what day it is is not.
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { faketime } from '../servers/faketime.server.ts'

/** The time of a whole process, so much beside the right one. What waits for a time that passes keeps its own clock, as on a machine. */
export const clockEnv = (how: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  LD_PRELOAD: faketime() ?? 'libfaketime is missing: npm run servers',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  FAKETIME_NO_CACHE: '1',
  ...how,
})
/** Whole or not at all: who reads half of it has another time. */
export function writeShift(file: string, seconds: number): void {
  writeFileSync(`${file}.next`, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}s`)
  renameSync(`${file}.next`, file)
}

export interface ShiftedClock {
  /** Of the processes that live by it. */
  readonly env: Readonly<Record<string, string>>
  /** Milliseconds since 1970, as they see it. */
  now(): number
  /** From now on it is this moment for them; to the second. Gives by how many milliseconds it moved. */
  set(at: string | number): number
  end(): void
}
export function shiftedClock(): ShiftedClock {
  const folder = mkdtempSync(join(tmpdir(), 'inlet-clock-'))
  chmodSync(folder, 0o755) // read by the database's account too
  const file = join(folder, 'shift')
  let aheadSeconds = 0
  writeShift(file, 0)
  return {
    env: clockEnv({ FAKETIME_TIMESTAMP_FILE: file }),
    now: () => Date.now() + aheadSeconds * 1000,
    set(at) {
      const wanted = Math.round((new Date(at).getTime() - Date.now()) / 1000)
      const moved = (wanted - aheadSeconds) * 1000
      aheadSeconds = wanted
      writeShift(file, aheadSeconds)
      return moved
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** As many clocks as there are processes, each right until it is set. */
export interface ShiftedClocks {
  envOf(n: number): Readonly<Record<string, string>>
  /** So many seconds ahead; negative: behind. */
  set(n: number, seconds: number): void
  end(): void
}
export function shiftedClocks(count: number): ShiftedClocks {
  const folder = mkdtempSync(join(tmpdir(), 'inlet-clocks-'))
  const file = (n: number): string => join(folder, `clock-${n}`)
  for (let n = 0; n < count; n += 1) writeShift(file(n), 0)
  return {
    envOf: (n) => clockEnv({ FAKETIME_TIMESTAMP_FILE: file(n) }),
    set: (n, seconds) => writeShift(file(n), seconds),
    end: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** As its answers say. */
export async function secondsBehind(url: string): Promise<number> {
  const answer = await fetch(`${url}/healthz`)
  await answer.arrayBuffer()
  return Math.round((Date.now() - Date.parse(answer.headers.get('date') ?? '')) / 1000)
}
