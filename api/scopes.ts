// The table of every operation and the scope its key must have. An operation that is missing here does not start (S26).
import type { FastifyRequest } from 'fastify'
import type { Scope } from '../core/ports/command.ts'
import { holds } from '../core/rules/roles.ts'
import type { Caller } from './auth.ts'
import { Problem } from './problem.ts'

/**
 * `open`: anybody; what it gives is no secret of the installation, or what it takes is the proof. `installation`: only the administrator's
 * own key. `person`: whoever signed in, whatever their role.
 */
export type Needs = Scope | 'open' | 'installation' | 'person'

export const operations: Readonly<Record<string, Needs>> = {
  'GET /v1/tickets': 'tickets:read',
  'POST /v1/tickets': 'tickets:write',
  'GET /v1/tickets/:id': 'tickets:read',
  'PATCH /v1/tickets/:id': 'tickets:write',
  'GET /v1/tickets/:id/messages': 'tickets:read',
  'GET /v1/tickets/:id/history': 'tickets:read',
  'GET /v1/tickets/:id/replies': 'tickets:read',
  'POST /v1/tickets/:id/replies': 'tickets:write',
  'POST /v1/tickets/:id/forward': 'tickets:write',
  'POST /v1/tickets/:id/notes': 'tickets:write',
  'POST /v1/tickets/:id/seen': 'tickets:write',
  'POST /v1/tickets/:id/take': 'tickets:write',
  // Of others: a supervisor's or administrator's, or people:write; the command looks.
  'PATCH /v1/agents/:id/presence': 'tickets:write',
  'POST /v1/me/presence': 'tickets:write',
  'GET /v1/tags': 'tickets:read',
  'GET /v1/reports/response-times': 'reports:read',
  'GET /v1/reports/sla': 'reports:read',
  'GET /v1/messages/:id': 'tickets:read',
  'GET /v1/messages/:id/html': 'tickets:read',
  'GET /v1/messages/:id/full-text': 'tickets:read',
  'GET /v1/replies/:id': 'tickets:read',
  'POST /v1/replies/:id/resend': 'tickets:write',
  'POST /v1/replies/:id/cancel': 'tickets:write',
  'POST /v1/attachments': 'tickets:write',
  'GET /v1/attachments/:id': 'tickets:read',
  // The address itself is the key: signed, and it ends.
  'GET /v1/files/:workspace/:id/:until/:signature': 'open',
  'GET /v1/contacts': 'contacts:read',
  'GET /v1/contacts/:id': 'contacts:read',
  'PATCH /v1/contacts/:id': 'contacts:write',
  'GET /v1/brands': 'settings:list',
  'POST /v1/brands': 'settings:write',
  'GET /v1/brands/:id': 'settings:read',
  'PATCH /v1/brands/:id': 'settings:write',
  'DELETE /v1/brands/:id': 'settings:write',
  'GET /v1/agents': 'people:read',
  'POST /v1/agents': 'people:write',
  'GET /v1/agents/:id': 'people:read',
  'PATCH /v1/agents/:id': 'people:write',
  'DELETE /v1/agents/:id': 'people:write',
  'GET /v1/groups': 'people:read',
  'POST /v1/groups': 'people:write',
  'GET /v1/groups/:id': 'people:read',
  'PATCH /v1/groups/:id': 'people:write',
  'DELETE /v1/groups/:id': 'people:write',
  'GET /v1/folders': 'settings:list',
  'POST /v1/folders': 'rules:write',
  'GET /v1/folders/:id': 'rules:read',
  'PATCH /v1/folders/:id': 'rules:write',
  'DELETE /v1/folders/:id': 'rules:write',
  'GET /v1/types': 'settings:list',
  'POST /v1/types': 'rules:write',
  'GET /v1/types/:id': 'rules:read',
  'PATCH /v1/types/:id': 'rules:write',
  'DELETE /v1/types/:id': 'rules:write',
  'GET /v1/topics': 'settings:list',
  'POST /v1/topics': 'rules:write',
  'GET /v1/topics/:id': 'rules:read',
  'PATCH /v1/topics/:id': 'rules:write',
  'DELETE /v1/topics/:id': 'rules:write',
  'GET /v1/statuses': 'settings:list',
  'POST /v1/statuses': 'rules:write',
  'GET /v1/statuses/:id': 'rules:read',
  'PATCH /v1/statuses/:id': 'rules:write',
  'DELETE /v1/statuses/:id': 'rules:write',
  'GET /v1/rules': 'rules:read',
  'POST /v1/rules': 'rules:write',
  'GET /v1/rules/:id': 'rules:read',
  'PATCH /v1/rules/:id': 'rules:write',
  'DELETE /v1/rules/:id': 'rules:write',
  'GET /v1/calendars': 'rules:read',
  'POST /v1/calendars': 'rules:write',
  'GET /v1/calendars/:id': 'rules:read',
  'PATCH /v1/calendars/:id': 'rules:write',
  'DELETE /v1/calendars/:id': 'rules:write',
  'GET /v1/auto-replies': 'rules:read',
  'POST /v1/auto-replies': 'rules:write',
  'GET /v1/auto-replies/:id': 'rules:read',
  'PATCH /v1/auto-replies/:id': 'rules:write',
  'DELETE /v1/auto-replies/:id': 'rules:write',
  'GET /v1/notifications': 'people:read',
  'POST /v1/notifications': 'people:write',
  'GET /v1/notifications/:id': 'people:read',
  'PATCH /v1/notifications/:id': 'people:write',
  'DELETE /v1/notifications/:id': 'people:write',
  'POST /v1/calendars/:id/try': 'rules:read',
  'GET /v1/sla-policies': 'rules:read',
  'POST /v1/sla-policies': 'rules:write',
  'GET /v1/sla-policies/:id': 'rules:read',
  'PATCH /v1/sla-policies/:id': 'rules:write',
  'DELETE /v1/sla-policies/:id': 'rules:write',
  'POST /v1/sla-policies/try': 'rules:read',
  'GET /v1/accounts': 'settings:list',
  'POST /v1/accounts': 'settings:write',
  'GET /v1/accounts/:channel/:id': 'settings:read',
  'PATCH /v1/accounts/:channel/:id': 'settings:write',
  'DELETE /v1/accounts/:channel/:id': 'settings:write',
  'GET /v1/accounts/:channel/:id/health': 'settings:read',
  'POST /v1/accounts/:channel/:id/test': 'settings:write',
  'POST /v1/rules/try': 'rules:read',
  'GET /v1/templates': 'settings:list',
  'GET /v1/workspaces': 'settings:read',
  'POST /v1/workspaces': 'installation',
  'GET /v1/workspaces/:id': 'settings:read',
  'PATCH /v1/workspaces/:id': 'settings:write',
  'DELETE /v1/workspaces/:id': 'installation',
  'GET /v1/keys': 'keys:write',
  'POST /v1/keys': 'keys:write',
  'GET /v1/keys/:id': 'keys:write',
  'DELETE /v1/keys/:id': 'keys:write',
  'GET /v1/events': 'events:read',
  'GET /v1/events/stream': 'events:read',
  'GET /v1/parked': 'parked:write',
  'POST /v1/parked/:id/retry': 'parked:write',
  'DELETE /v1/parked/:id': 'parked:write',
  'POST /v1/replay': 'parked:write',
  'GET /v1/raws/:id': 'raws:read',
  'GET /v1/audit': 'keys:write',
  'POST /v1/setup': 'open',
  'POST /v1/setup-links': 'installation',
  'POST /v1/login': 'open',
  'POST /v1/logout': 'person',
  'GET /v1/me': 'person',
  'POST /v1/me/password': 'person',
  'POST /v1/agents/:id/invite': 'people:write',
  'POST /v1/invitations/accept': 'open',
  'GET /v1/openapi.json': 'open',
  'GET /v1/asyncapi.json': 'open',
  'GET /v1/schemas/:file': 'open',
  'GET /join': 'open',
  'GET /docs': 'open',
  'GET /docs/': 'open',
  'GET /docs/js/scalar.js': 'open',
}

export const needsOf = (method: string, url: string): Needs | null => operations[`${method} ${url}`] ?? null

/** Throws a Problem where the caller does not hold what the operation needs. */
export function checkScope(caller: Caller, needs: Needs, request: FastifyRequest): void {
  if (needs === 'open') return
  if (needs === 'person') {
    if (caller.session === null) throw notAPerson
    return
  }
  if (caller.installation || (needs !== 'installation' && holds(caller.asker.scopes, needs))) return
  const lacking = needs === 'installation' ? 'the administrator’s own key' : `the scope ${needs}`
  const role = caller.asker.agent?.role
  throw new Problem({
    status: 403,
    code: 'scope_missing',
    detail: `${request.method} ${request.routeOptions.url ?? ''} needs ${lacking}${role === undefined ? '' : `, which the role ${role} does not hold`}.`,
    ...(needs === 'installation' ? {} : { facts: { scope: needs } }),
  })
}
const notAPerson = new Problem({
  status: 403,
  code: 'not_a_person',
  detail: 'This is for people who signed in (POST /v1/login); a key is nobody’s.',
})
