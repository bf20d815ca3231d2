// The key of the installation's administrator: given, or made once in the data directory; its path is told, never the key.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { makeOrReadKeyFile } from './key-file.ts'
import { keepSecret } from './secret-values.ts'

export interface AdminKey {
  readonly key: string
  /** Where it can be read; null when it was given by INLET_ADMIN_KEY. */
  readonly path: string | null
  readonly made: boolean
}

export const adminKeyPath = (data: string): string => join(data, 'admin.key')

export async function loadAdminKey(settings: {
  readonly adminKey: string | null
  readonly data: string
}): Promise<AdminKey> {
  const path = adminKeyPath(settings.data)
  const file = settings.adminKey === null ? await makeOrReadKeyFile(path, newAdminKey) : null
  const key = settings.adminKey ?? file?.text ?? ''
  keepSecret(key)
  return { key, path: file ? path : null, made: file?.made ?? false }
}

const newAdminKey = (): string => `inlet_admin_${randomBytes(32).toString('base64url')}`
