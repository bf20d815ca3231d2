// The database's processes under a gateway, found as an operator would: by its file and its children; signalled while they live.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { superuser } from '../../infra/drivers/postgres-server/cluster.ts'

/** What the server whose data lie somewhere below this folder says of itself, a line each; null when none runs there. */
function postmasterFileIn(folder: string): readonly string[] | null {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((it) => it.endsWith('postmaster.pid'))
  return found === undefined ? null : readFileSync(join(folder, found), 'utf8').split('\n')
}
/** 0 when none runs there. */
export const postmasterIn = (folder: string): number => Number(postmasterFileIn(folder)?.[0] ?? 0)

/** One statement at a gateway's own database while it runs, past the gateway. */
export async function askDatabaseIn(folder: string, sql: string): Promise<void> {
  const [, , , port, host] = postmasterFileIn(folder) ?? []
  const client = new Client({ host: host ?? '', port: Number(port), user: superuser, database: 'inlet' })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
export const childrenOf = (pid: number): readonly number[] =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .split('\n')
    .map(Number)
    .filter((it) => it > 0)

/** A process whose parent is gone may stay in the table after its end. */
export const lives = (pid: number): boolean => {
  const stat = `/proc/${pid}/stat`
  return existsSync(stat) && !/^\d+ \(.*\) [ZX]/.test(readFileSync(stat, 'utf8'))
}
/** Never to 0, which would be ourselves and all around us. */
export function signal(name: NodeJS.Signals, pids: readonly number[]): void {
  for (const pid of pids) if (pid > 0 && lives(pid)) process.kill(pid, name)
}
