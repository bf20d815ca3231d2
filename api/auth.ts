// Who calls: the administrator's key or a key of one workspace; looked up by its hash, believed for seconds, never kept as it is.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { scopes as allScopes, type Asker, type Scope } from '../core/ports/command.ts'
import type { FoundKey, Keys, Queries } from '../core/ports/queries.ts'
import type { Clock, Logger } from '../core/ports/edges.ts'
import type { WorkspaceId } from '../schemas/ids.ts'
import { Problem } from './problem.ts'

export interface Caller {
  readonly workspace: WorkspaceId
  readonly asker: Asker
  /** The administrator of the installation: all workspaces. A key of one workspace never is, whatever its scopes. */
  readonly installation: boolean
}
declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
  }
}

/** A revoked key works so long at most (S24 allows a minute). */
const believeMs = 15_000
const usedEveryMs = 60_000
const mostRemembered = 5_000
/** Wrong keys from one address in a minute; beyond it nothing is looked up (S7). */
const mostWrong = 120

interface Believed {
  readonly key: FoundKey | null
  readonly untilMs: number
}
export interface AuthDeps {
  readonly keys: Keys
  readonly queries: Pick<Queries, 'one'>
  readonly clock: Clock
  readonly logger: Logger
  readonly adminKey: string
}
export interface Auth {
  /** Throws a Problem: 401 without a good key, 404 for a workspace that is not there, 429 for who tries too many. */
  identify(request: FastifyRequest): Promise<Caller>
}

export function makeAuth(deps: AuthDeps): Auth {
  const believed = new Map<string, Believed>()
  const used = new Map<string, number>()
  const workspaces = new Map<string, number>()
  const wrong = makeWrongs(deps.clock)
  const adminHash = createHash('sha256').update(deps.adminKey).digest()
  const lookUp = async (hash: string): Promise<FoundKey | null> => {
    const now = deps.clock.ticks()
    const known = believed.get(hash)
    if (known !== undefined && known.untilMs > now) return known.key
    const key = await deps.keys.byHash(hash)
    remember(believed, hash, { key, untilMs: now + believeMs })
    return key
  }
  const noteUse = (key: FoundKey): void => {
    const now = deps.clock.ticks()
    if (now - (used.get(key.id) ?? -usedEveryMs) < usedEveryMs) return
    remember(used, key.id, now)
    deps.keys
      .used(key)
      .catch((error: unknown) => deps.logger.warn('could not note the use of a key', { key: key.id, error }))
  }
  const isThere = async (workspace: WorkspaceId): Promise<boolean> => {
    const now = deps.clock.ticks()
    if ((workspaces.get(workspace) ?? -1) > now) return true
    const found = (await deps.queries.one(workspace, 'workspace', workspace)) !== null
    if (found) remember(workspaces, workspace, now + believeMs)
    return found
  }
  return {
    async identify(request) {
      const wanted = headerOf(request, 'inlet-workspace')
      const presented = bearerOf(request)
      if (wrong.isTooMany(request.ip)) throw tooManyWrong
      const digest = createHash('sha256')
        .update(presented ?? '')
        .digest()
      if (presented !== null && timingSafeEqual(digest, adminHash)) {
        const workspace = (wanted ?? 'main') as WorkspaceId
        if (!(await isThere(workspace))) throw noWorkspace
        return callerOf(request, { workspace, id: 'admin', scopes: ['admin'], installation: true })
      }
      const key = presented === null ? null : await lookUp(digest.toString('hex'))
      if (key === null || !isGood(key, deps.clock)) {
        if (presented !== null) wrong.count(request.ip)
        throw presented === null ? noKey : badKey
      }
      if (wanted !== null && wanted !== key.workspace) throw noWorkspace
      noteUse(key)
      return callerOf(request, { workspace: key.workspace, id: key.id, scopes: knownScopes(key), installation: false })
    },
  }
}

const noKey = new Problem({
  status: 401,
  code: 'key_missing',
  detail: 'Send `Authorization: Bearer <key>`. The administrator’s key lies in the data directory, in admin.key.',
})
const badKey = new Problem({ status: 401, code: 'key_invalid', detail: 'This key is unknown, expired or revoked.' })
const noWorkspace = new Problem({ status: 404, code: 'workspace_not_found', detail: 'There is no such workspace.' })
const tooManyWrong = new Problem({
  status: 429,
  code: 'too_many_wrong_keys',
  detail: 'Too many wrong keys came from this address. Wait a minute.',
  retryAfterSeconds: 60,
})

const isGood = (key: FoundKey, clock: Clock): boolean =>
  key.revokedAt === null && (key.expiresAt === null || clock.now() < key.expiresAt)
const knownScopes = (key: FoundKey): readonly Scope[] => allScopes.filter((scope) => key.scopes.includes(scope))

function callerOf(
  request: FastifyRequest,
  who: { workspace: WorkspaceId; id: string; scopes: readonly Scope[]; installation: boolean },
): Caller {
  const actor = { kind: who.installation ? ('agent' as const) : ('tool' as const), id: who.id }
  const asker: Asker = { actor, scopes: who.scopes, from: request.ip, correlation: request.id }
  return { workspace: who.workspace, asker, installation: who.installation }
}

function bearerOf(request: FastifyRequest): string | null {
  const [, key] = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(headerOf(request, 'authorization') ?? '') ?? []
  return key ?? null
}
function headerOf(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}

/** The oldest go first, so that strangers' guesses cannot fill the memory. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const oldest = map.size > mostRemembered ? map.keys().next().value : undefined
  if (oldest !== undefined) map.delete(oldest)
}

function makeWrongs(clock: Clock) {
  const counts = new Map<string, { readonly n: number; readonly untilMs: number }>()
  const present = (address: string) => {
    const counted = counts.get(address)
    return counted !== undefined && counted.untilMs > clock.ticks() ? counted : null
  }
  return {
    isTooMany: (address: string): boolean => (present(address)?.n ?? 0) >= mostWrong,
    count: (address: string): void => {
      const { n, untilMs } = present(address) ?? { n: 0, untilMs: clock.ticks() + 60_000 }
      remember(counts, address, { n: n + 1, untilMs })
    },
  }
}
