// Under which account the server runs, and what that account may reach: PostgreSQL refuses to run as root.
import { lstatSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { chmod, chown } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface Account {
  readonly uid: number
  readonly gid: number
}
/** `nobody` on every Linux; owns nothing but what we give it. */
const nobody: Account = { uid: 65_534, gid: 65_534 }

/** Null: we are not root and the server runs as we do. An existing cluster keeps the account that owns it. */
export function accountFor(clusterDir: string): Account | null {
  if (process.getuid?.() !== 0) return null
  const found = lstatSync(clusterDir, { throwIfNoEntry: false })
  return found === undefined || found.uid === 0 ? nobody : { uid: found.uid, gid: found.gid }
}

const mayPass = (it: Stats, account: Account): boolean => {
  if (it.uid === account.uid) return (it.mode & 0o100) !== 0
  return it.gid === account.gid ? (it.mode & 0o010) !== 0 : (it.mode & 0o001) !== 0
}

/** The directories from the root down to `path` that the account cannot pass. */
export function barriers(path: string, account: Account): readonly string[] {
  const parents = dirname(path) === path ? [] : barriers(dirname(path), account)
  return mayPass(statSync(path), account) ? parents : [...parents, path]
}

/**
 * Lets the account through our own data directory to its part of it, and nobody else: search for its group, no reading.
 * The directory stays root's: who owns it could swap the keys that lie there. False: something above is closed to it.
 */
export async function letThrough(dataDir: string, account: Account): Promise<boolean> {
  const closed = barriers(dataDir, account)
  if (closed.length === 0) return true
  if (closed.length > 1 || closed[0] !== dataDir || statSync(dataDir).uid !== 0) return false
  await chown(dataDir, 0, account.gid)
  await chmod(dataDir, 0o710)
  return true
}
