// Files that hold one secret: made once, whole or not at all, readable by their owner only (S32).
import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { GatewayError, messageOf } from '../../core/errors.ts'

/** How files and folders are opened; tests give one that watches, or runs out of space. */
export type OpenFile = (path: string, flags: string, mode?: number) => Promise<FileHandle>

export interface KeyFile {
  readonly text: string
  readonly made: boolean
}

/** Two processes that start together get the same key: a hard link is made once, and whoever is second reads the first one's. */
export async function makeOrReadKeyFile(path: string, make: () => string): Promise<KeyFile> {
  if (await exists(path)) {
    await closeToOthers(path)
    return { text: await readKeyFile(path), made: false }
  }
  const half = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeDurably(half, `${make()}\n`)
    const made = await link(half, path).then(
      () => true,
      (error: unknown) => (codeOf(error) === 'EEXIST' ? false : Promise.reject(error)),
    )
    await unlink(half)
    await syncFolder(dirname(path))
    return { text: await readKeyFile(path), made }
  } catch (error) {
    await unlink(half).catch((missing: unknown) => missing)
    if (error instanceof GatewayError) throw error
    throw new GatewayError(
      'data.unusable',
      `Making ${path}: ${messageOf(error)}. The data directory must be writable by this account.`,
      {
        about: { path },
        cause: error,
      },
    )
  }
}

/** Trimmed. A file that an administrator named is read as it is; its rights are theirs to give. */
export async function readKeyFile(path: string): Promise<string> {
  try {
    const text = (await readFile(path, 'utf8')).trim()
    if (text !== '') return text
  } catch (error) {
    throw new GatewayError('settings.invalid', `Reading the key in ${path}: ${messageOf(error)}.`, {
      about: { path },
      cause: error,
    })
  }
  throw new GatewayError(
    'settings.invalid',
    `Reading the key in ${path}: the file is empty. Put the key back, or remove the file if it was never used.`,
    { about: { path } },
  )
}

/** A key of ours that a backup or a copy opened to others. On a read-only mount the rights are the administrator's word. */
async function closeToOthers(path: string): Promise<void> {
  const { mode, uid } = await stat(path)
  if ((mode & 0o077) !== 0 && uid === process.getuid?.())
    await chmod(path, 0o600).catch((readOnly: unknown) => readOnly)
}

/** Whole on the disk before anybody knows its name. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A name survives a power cut only when its folder was synced. */
export async function syncFolder(path: string, openFolder: OpenFile = open): Promise<void> {
  const folder = await openFolder(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: unknown) => !['ENOENT', 'ENOTDIR'].includes(codeOf(error)),
  )
export const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '')
