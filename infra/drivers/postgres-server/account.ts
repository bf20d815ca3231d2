// Under which account the server runs, and what that account may reach: PostgreSQL refuses to run as root.
import { randomUUID } from 'node:crypto'
import { lstatSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { chmod, chown, open, rename } from 'node:fs/promises'
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

/**
 * A file of the account's, whole or not there. The directory is the account's too, so a name in it may be a link laid out for root: a
 * new file is made under a name by chance, given away by its handle, and renamed, and no link is ever followed.
 */
export async function writeAs(account: Account | null, path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  const file = await open(draft, 'wx', 0o600)
  try {
    if (account !== null) await file.chown(account.uid, account.gid)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}
