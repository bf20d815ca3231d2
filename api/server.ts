// The API as one Fastify plugin: every call is somebody's, every operation has its scope, every body its schema.
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import type { FastifyPluginAsync } from 'fastify'
import { attachmentReads, uploadRoutes } from './attachments.ts'
import { refuseTooDeep } from './body-depth.ts'
import { makeAuth, type Auth } from './auth.ts'
import type { Api, ApiDeps } from './deps.ts'
import { errorHandler } from './problem.ts'
import { accountWrites } from './account-writes.ts'
import { brandWrites, contactWrites, keyWrites, workspaceDrop, workspaceWrites } from './desk-writes.ts'
import { accountReads, deskReads, workspaceReads } from './desk-reads.ts'
import { autoReplyWrites, calendarWrites, catalogueWrites, peopleWrites, ruleWrites } from './people-and-rules.ts'
import { describeApi, documentRoutes } from './documents.ts'
import { eventRoutes } from './events.ts'
import { linkedFiles } from './linked-files.ts'
import { listRoutes, tagRoutes } from './lists.ts'
import { messageBodies } from './message-bodies.ts'
import { parkedRoutes, rawRoutes, replayRoutes } from './parked.ts'
import { presenceRoutes, takeRoute } from './presence.ts'
import { forwardRoute, replyRoutes } from './replies.ts'
import { ruleTries } from './rules-try.ts'
import { checkScope, needsOf } from './scopes.ts'
import { joinPage } from './invitation-page.ts'
import { acceptRoute, inviteRoute, setUpLinkRoute, setUpRoute } from './invitations.ts'
import { makeSight } from './sight.ts'
import { meRoutes, signInRoutes } from './signing-in.ts'
import { reportReads } from './reports.ts'
import { timeTries } from './time-tries.ts'
import { ticketWrites } from './ticket-writes.ts'
import { ticketParts, ticketReads } from './tickets.ts'

const resources: readonly ((app: Api, deps: ApiDeps & { readonly auth: Auth }) => void | Promise<void>)[] = [
  ticketReads,
  reportReads,
  messageBodies,
  ticketParts,
  ticketWrites,
  takeRoute,
  presenceRoutes,
  replyRoutes,
  forwardRoute,
  listRoutes,
  tagRoutes,
  eventRoutes,
  attachmentReads,
  uploadRoutes,
  linkedFiles,
  deskReads,
  accountReads,
  workspaceReads,
  ruleTries,
  timeTries,
  brandWrites,
  peopleWrites,
  catalogueWrites,
  ruleWrites,
  calendarWrites,
  autoReplyWrites,
  keyWrites,
  workspaceWrites,
  workspaceDrop,
  contactWrites,
  accountWrites,
  parkedRoutes,
  replayRoutes,
  rawRoutes,
  signInRoutes,
  meRoutes,
  inviteRoute,
  acceptRoute,
  setUpLinkRoute,
  setUpRoute,
  joinPage,
  documentRoutes,
]

export const apiPlugin =
  (deps: ApiDeps, auth: Auth = makeAuth(deps)): FastifyPluginAsync =>
  async (plain) => {
    const app = plain as unknown as Api
    app.setValidatorCompiler(TypeBoxValidatorCompiler as never)
    // Answers are made in one place from rows; a schema documents them and must not quietly drop a field.
    app.setSerializerCompiler(() => (body) => JSON.stringify(body))
    app.setErrorHandler(errorHandler(deps.logger))
    if (!app.hasRequestDecorator('caller')) app.decorateRequest('caller', null)
    const sight = makeSight(deps.queries)
    guard(app, auth)
    sight.guard(app)
    await describeApi(app)
    for (const resource of resources) await resource(app, { ...deps, queries: sight.queries, auth })
  }

function guard(app: Api, auth: Auth): void {
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat())
      if (one !== 'HEAD' && needsOf(one, url) === null)
        throw new RangeError(`${one} ${url} is missing from the table in api/scopes.ts: say what it needs.`)
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const needs = needsOf(request.method, request.routeOptions.url ?? '')
    if (needs === 'open') return
    const caller = await auth.identify(request)
    request.caller = caller
    if (needs !== null) checkScope(caller, needs, request)
  })
  // No body at all is read as an empty one, so that what is said is which field is missing.
  app.addHook('preValidation', async (request) => {
    if (request.body === undefined && request.routeOptions.schema?.body !== undefined) request.body = {}
    refuseTooDeep(request.body)
  })
}
