// Who calls: the administrator's key, a key of one workspace, or a person by their session; looked up by its hash, never kept as it is.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { scopes as allScopes, type Asker, type Scope } from '../core/ports/command.ts'
import type { FoundKey, Keys, Queries } from '../core/ports/queries.ts'
import type { Clock, Logger } from '../core/ports/edges.ts'
import type { FoundSession, SignIns } from '../core/ports/signing-in.ts'
import { scopesOfRole } from '../core/rules/roles.ts'
import { idleUntil, isLive } from '../core/rules/sessions.ts'
import type { WorkspaceId } from '../schemas/ids.ts'
import { Problem } from './problem.ts'
import { makeTries, remember } from './tries.ts'

export interface Caller {
  readonly workspace: WorkspaceId
  readonly asker: Asker
  /** The administrator of the installation: all workspaces. A key of one workspace never is, whatever its scopes. */
  readonly installation: boolean
  /** Of a person: their session's hash and when it ends. */
  readonly session: (Pick<FoundSession, 'idleUntil' | 'endsAt'> & { readonly hash: string }) | null
}
declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
  }
}

/** A revoked key works so long at most (S24 allows a minute). */
const believeMs = 15_000
const usedEveryMs = 60_000
/** Wrong keys from one address in a minute; beyond it nothing is looked up (S7). */
const mostWrong = 120

interface Believed {
  readonly key: FoundKey | null
  readonly untilMs: number
}
export interface AuthDeps {
  readonly keys: Keys
  readonly signIns: Pick<SignIns, 'session' | 'used'>
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
  const wrong = makeTries(deps.clock, mostWrong)
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
  const noteSession = (hash: string, session: FoundSession): void => {
    const now = deps.clock.now()
    if (Date.parse(now) - Date.parse(session.usedAt) < usedEveryMs) return
    deps.signIns
      .used(hash, now, idleUntil(now))
      .catch((error: unknown) =>
        deps.logger.warn('could not note the use of a session', { agent: session.agent.id, error }),
      )
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
      if (wrong.waitOf(request.ip) !== null) throw tooManyWrong
      const digest = createHash('sha256')
        .update(presented ?? '')
        .digest()
      if (presented !== null && timingSafeEqual(digest, adminHash)) {
        const workspace = (wanted ?? 'main') as WorkspaceId
        if (!(await isThere(workspace))) throw noWorkspace
        return callerOf(request, { workspace, id: 'admin', scopes: ['admin'], installation: true })
      }
      if (presented?.startsWith(sessionPrefix) === true) {
        const hash = digest.toString('hex')
        const session = await deps.signIns.session(hash)
        if (session === null || !isLive(session, deps.clock.now())) {
          wrong.count(request.ip)
          throw sessionOver
        }
        if (wanted !== null && wanted !== session.workspace) throw noWorkspace
        noteSession(hash, session)
        return personOf(request, hash, session)
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

export const sessionPrefix = 'inlet_session_'

const noKey = new Problem({
  status: 401,
  code: 'key_missing',
  detail:
    'Send `Authorization: Bearer <key>`, or what POST /v1/login gave you. The administrator’s key lies in the data directory, in admin.key.',
})
const sessionOver = new Problem({
  status: 401,
  code: 'session_over',
  detail: 'This session is over. Sign in again: POST /v1/login.',
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
  return { workspace: who.workspace, asker, installation: who.installation, session: null }
}

function personOf(
  request: FastifyRequest,
  hash: string,
  { workspace, agent, idleUntil, endsAt }: FoundSession,
): Caller {
  const asker: Asker = {
    actor: { kind: 'agent', id: agent.id },
    scopes: scopesOfRole[agent.role],
    from: request.ip,
    correlation: request.id,
    agent,
  }
  return { workspace, asker, installation: false, session: { hash, idleUntil, endsAt } }
}

function bearerOf(request: FastifyRequest): string | null {
  const [, key] = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(headerOf(request, 'authorization') ?? '') ?? []
  return key ?? null
}
export function headerOf(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}
