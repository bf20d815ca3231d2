// Tells one process from another that got the same pid later: when it started, on which boot, in which pid space.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

export interface ProcessIdentity {
  readonly pid: number
  /** In the kernel's own words; compared, never read. Null where the system does not tell. */
  readonly started: string | null
  /** Host, boot and pid namespace: a pid means something only inside one of these. */
  readonly space: string
}

/** Null: there is no such file, or we may not look, which is the same to us. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/** `ps` is the one way on systems without /proc; it is missing only where there is nothing to ask. */
function askPs(pid: number, column: string): string | null {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}

/** Field 22 of /proc/<pid>/stat; the name in field 2 may hold spaces and brackets, so counting begins after the last one. */
export function startOf(pid: number): string | null {
  if (process.platform !== 'linux') return process.platform === 'win32' ? null : askPs(pid, 'lstart')
  const stat = textOf(`/proc/${pid}/stat`)
  return stat === null ? null : (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null)
}

/** The words a process was started with, or null when it is gone (or a zombie, which holds nothing any more). */
export function commandOf(pid: number): string | null {
  if (process.platform !== 'linux') return process.platform === 'win32' ? null : askPs(pid, 'args')
  return textOf(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ').trim() || null
}

/** Processes of a program that work in a directory; an empty list where the system does not tell. */
export function pidsOf(program: string, directory: string): readonly number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => linkOf(`/proc/${pid}/cwd`) === directory && (commandOf(pid) ?? '').startsWith(program))
}

export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return process.platform !== 'linux' || !/^State:\s+[ZX]/m.test(textOf(`/proc/${pid}/status`) ?? '')
}

const spaceOfThis = (): string =>
  [hostname(), textOf('/proc/sys/kernel/random/boot_id')?.trim() ?? '', linkOf('/proc/self/ns/pid')].join(' ')

export const thisProcess = (): ProcessIdentity => ({
  pid: process.pid,
  started: startOf(process.pid),
  space: spaceOfThis(),
})

/** `elsewhere`: another machine, boot or container wrote it, so its pid says nothing here. */
export function lifeOf(one: ProcessIdentity): 'alive' | 'dead' | 'elsewhere' {
  if (one.space !== spaceOfThis()) return 'elsewhere'
  if (!exists(one.pid)) return 'dead'
  const started = startOf(one.pid)
  return one.started === null || started === null || one.started === started ? 'alive' : 'dead'
}
