// Links to files: an address with its end in it, signed under the key of its workspace, which ends with the workspace (S16).
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { FileLink, FileLinks } from '../../core/ports/edges.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import type { DataKey, KeyRing } from './data-key-ring.ts'

export interface FileLinkDeps {
  readonly ring: Pick<KeyRing, 'newest' | 'named'>
  /** Where the world reaches this gateway; null: nowhere. */
  readonly publicUrl: string | null
}

const macBytes = 16
/** The number of the key, so that what was signed before another key came still opens. */
const signed = /^(\d{1,6})\.([A-Za-z0-9_-]{22})$/

export function makeFileLinks({ ring, publicUrl }: FileLinkDeps): FileLinks {
  return {
    async to(workspace, file, end) {
      if (publicUrl === null) return null
      const key = await ring.newest(workspace)
      const until = Math.floor(Date.parse(end) / 1000)
      const mac = macOf(key, { workspace, file, until }).toString('base64url')
      return `${publicUrl.replace(/\/+$/, '')}/v1/files/${encodeURIComponent(workspace)}/${file}/${until}/${key.id}.${mac}`
    },
    async isOurs(link) {
      const [, id, mac] = signed.exec(link.signature) ?? []
      if (id === undefined || mac === undefined) return false
      const key = await ring.named(link.workspace as WorkspaceId, Number(id))
      return key !== null && timingSafeEqual(macOf(key, link), Buffer.from(mac, 'base64url'))
    },
  }
}

function macOf(key: DataKey, { workspace, file, until }: Omit<FileLink, 'signature'>): Buffer {
  const own = Buffer.from(hkdfSync('sha256', key.bytes, 'inlet', 'links to files', 32))
  return createHmac('sha256', own)
    .update(JSON.stringify([workspace, file, until]))
    .digest()
    .subarray(0, macBytes)
}
