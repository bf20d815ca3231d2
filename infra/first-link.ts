// The set-up link of a first start: made while no administrator signs in, kept in a file of the data directory; only where it lies is told (S25).
import { randomBytes, randomUUID } from 'node:crypto'
import { rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { hashOfLink, newLink } from '../api/invitations.ts'
import { offerSetUp } from '../core/commands/invitations.ts'
import { isRefusal, type Asker } from '../core/ports/command.ts'
import { isGatewayError } from '../core/errors.ts'
import type { WorkspaceId } from '../schemas/ids.ts'
import { codeOf, readKeyFile, syncFolder, writeDurably } from './drivers/key-file.ts'
import { keepSecret } from './drivers/secret-values.ts'
import type { House } from './house.ts'

export const linkPath = (data: string): string => join(data, 'setup.link')
const workspace = 'main' as WorkspaceId

/** The line to say at the start; null: an administrator signs in already. */
export async function offerFirst(house: House, publicUrl: string): Promise<string | null> {
  if (!house.database.embedded)
    return (await isSetUp(house))
      ? null
      : 'Set-up: nobody signs in yet. The link for the first administrator: npm run setup-link'
  const path = linkPath(house.data)
  const standing = await linkIn(path)
  const found = standing === null ? null : await house.signIns.invitation(hashOfLink(standing) ?? '')
  if (found !== null && house.clock.now() < found.endsAt) return toldOf(path, found.endsAt)
  const { link, hash } = newLink('setup', randomBytes(32), publicUrl)
  const outcome = await house.commands
    .run(offerSetUp, { link: hash, by: 'start' }, { workspace, by: ofTheStart(), idempotencyKey: null })
    .catch((error: unknown) => (isGatewayError(error, 'event.invalid') ? null : Promise.reject(error)))
  // The workspace may have been dropped; then nobody is to come into it.
  if (outcome === null || isRefusal(outcome)) {
    await unlink(path).catch((missing: unknown) => missing)
    return null
  }
  keepSecret(link)
  await replace(path, link)
  return toldOf(path, (outcome.body as { readonly endsAt: string }).endsAt)
}

const toldOf = (path: string, endsAt: string): string =>
  `Set-up: nobody signs in yet. The link for the first administrator lies in ${path}; it works once, until ${endsAt}`

const ofTheStart = (): Asker => ({
  actor: { kind: 'system', id: 'start' },
  scopes: ['admin'],
  from: null,
  correlation: randomUUID(),
})

const isSetUp = (house: House): Promise<boolean> =>
  house.store.transaction(async (enter) => (await enter(workspace)).read.signingIn.hasAdministrator())

const linkIn = (path: string): Promise<string | null> =>
  readKeyFile(path).then(
    (link) => {
      keepSecret(link)
      return link
    },
    () => null, // not there, or half of one: another is made
  )

async function replace(path: string, link: string): Promise<void> {
  const half = `${path}.new`
  await unlink(half).catch((error: unknown) => (codeOf(error) === 'ENOENT' ? undefined : Promise.reject(error)))
  await writeDurably(half, `${link}\n`)
  await rename(half, path)
  await syncFolder(join(path, '..'))
}
