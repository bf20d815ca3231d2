// What a process and all it started take of the machine, memory and processor time, as the kernel counts it (Linux).
import { readdirSync, readFileSync } from 'node:fs'

export interface Held {
  /** Each shared page counted once over all who share it; what stays free when they end. */
  readonly megabytes: number
  readonly processes: number
}

/** Null where there is no /proc. */
export function heldBy(pid: number): Held | null {
  const all = familyOf(pid)
  if (all === null) return null
  const kilobytes = all.map((one) => proportional(one)).reduce((sum, it) => sum + it, 0)
  return { megabytes: kilobytes / 1024, processes: all.length }
}
/** Processor time so far, children that have ended with it. Null where there is no /proc. */
export function processorMs(pid: number): number | null {
  const all = familyOf(pid)
  return all === null ? null : all.reduce((sum, one) => sum + ticksOf(one), 0) * msATick
}
/** Of one process alone, with everything that it shares. */
export const residentMb = (pid: number): number | null => {
  const text = read(`/proc/${pid}/status`)
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(text ?? '') ?? []
  return kilobytes === undefined ? null : Number(kilobytes) / 1024
}

function familyOf(pid: number): readonly number[] | null {
  let names: readonly string[]
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return null
  }
  const parents = new Map<number, number>()
  for (const name of names) {
    const [, parent] = /^PPid:\s+(\d+)$/m.exec(read(`/proc/${name}/status`) ?? '') ?? []
    if (parent !== undefined) parents.set(Number(name), Number(parent))
  }
  if (!parents.has(pid)) return null
  const family = [pid]
  for (const one of family) for (const [child, parent] of parents) if (parent === one) family.push(child)
  return family
}

/** The kernel counts in hundredths of a second, whatever the machine. */
const msATick = 10
/** In user and in system mode, its own and those of children it has waited for: fields 14 to 17 of its line. */
function ticksOf(pid: number): number {
  const line = read(`/proc/${pid}/stat`) ?? ''
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, it) => sum + Number(it), 0)
}
function proportional(pid: number): number {
  const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '') ?? []
  return Number(kilobytes ?? 0)
}
function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // it ended meanwhile, or is not ours to read
  }
}
