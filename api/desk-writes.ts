// Desk settings made, changed and dropped: brands, keys, workspaces; and what a contact is called.
import { createHash, randomBytes } from 'node:crypto'
import { Type } from '@fastify/type-provider-typebox'
import { dropBrand, putBrand, PutBrandInput } from '../core/commands/brands.ts'
import { makeKey, MakeKeyInput, revokeKey } from '../core/commands/keys.ts'
import { dropWorkspace } from '../core/commands/drop-workspace.ts'
import { makeWorkspace, MakeWorkspaceInput } from '../core/commands/make-workspace.ts'
import { updateContact, UpdateContactInput } from '../core/commands/update-contact.ts'
import { putWorkspace, PutWorkspaceInput } from '../core/commands/workspace.ts'
import { BrandAnswer, ContactAnswer, KeyAnswer, WorkspaceAnswer } from '../schemas/answers.ts'
import { isId, type Instant, type WorkspaceId } from '../schemas/ids.ts'
import { bodyOf, callerOf, gives, idParams, onceOnly, run, versionOf } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { momentOf } from './moment.ts'
import { invalid, notFound } from './problem.ts'

const tags = ['settings']

export function brandWrites(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/brands',
    {
      schema: {
        tags,
        summary: 'Make a brand',
        body: bodyOf(PutBrandInput, ['version']),
        response: gives(BrandAnswer, 201),
      },
    },
    (request, reply) => run({ it: putBrand, input: request.body as PutBrandInput }, { request, reply }, deps),
  )
  app.patch(
    '/v1/brands/:id',
    {
      schema: {
        tags,
        summary: 'Change a brand',
        params: idParams,
        body: bodyOf(PutBrandInput, ['id'], ['version']),
        response: gives(BrandAnswer),
      },
    },
    (request, reply) => {
      const body = request.body as { readonly version?: number }
      const input = { ...body, id: request.params.id, version: versionOf(request, body.version) }
      return run({ it: putBrand, input }, { request, reply }, deps)
    },
  )
  app.delete('/v1/brands/:id', { schema: { tags, summary: 'Drop a brand', params: idParams } }, (request, reply) =>
    run({ it: dropBrand, input: { id: request.params.id } }, { request, reply }, deps),
  )
}

/** Two words before the secret part, so that a leaked one is recognised and can be found in the list. */
function newKey(bytes: Buffer): { readonly key: string; readonly prefix: string; readonly hash: string } {
  const prefix = `inlet_${createHash('sha256').update('prefix').update(bytes).digest('hex').slice(0, 8)}`
  const key = `${prefix}_${bytes.toString('base64url')}`
  return { key, prefix, hash: createHash('sha256').update(key).digest('hex') }
}

function endOf(text: string | null): Instant | null {
  const ends = text === null ? null : momentOf(text)
  if (text !== null && ends === null)
    throw invalid('expiresAt', 'expiresAt must be a moment such as 2027-01-01T00:00:00Z.')
  return ends
}

export function keyWrites(app: Api, deps: ApiDeps): void {
  const { name, scopes } = MakeKeyInput.properties
  const expiresAt = Type.Optional(
    Type.Union([Type.String({ maxLength: 40 }), Type.Null()], {
      description: 'From then on it opens nothing: RFC 3339, or a day (UTC); null or left out: never.',
    }),
  )
  app.post(
    '/v1/keys',
    {
      schema: {
        tags,
        summary: 'Make a key; it is shown in this answer and never again',
        body: bodyOf(Type.Object({ name, scopes, expiresAt })),
        response: gives(Type.Object({ ...KeyAnswer.properties, key: Type.String() }), 201),
      },
    },
    (request, reply) => {
      const body = request.body as Pick<MakeKeyInput, 'name' | 'scopes'> & { readonly expiresAt?: string | null }
      const made = newKey(onceOnly(request, 'key', deps.adminKey) ?? randomBytes(32))
      const ends = endOf(body.expiresAt ?? null)
      const input = { name: body.name, scopes: body.scopes, expiresAt: ends, prefix: made.prefix, hash: made.hash }
      return run({ it: makeKey, input, sent: body, also: { key: made.key } }, { request, reply }, deps)
    },
  )
  app.delete(
    '/v1/keys/:id',
    { schema: { tags, summary: 'Revoke a key; it opens nothing within a minute', params: idParams } },
    (request, reply) => run({ it: revokeKey, input: { key: request.params.id } }, { request, reply }, deps),
  )
}

export function workspaceWrites(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/workspaces',
    {
      schema: {
        tags,
        summary: 'Make a workspace',
        body: bodyOf(MakeWorkspaceInput),
        response: gives(WorkspaceAnswer, 201),
      },
    },
    (request, reply) => {
      const input = request.body as MakeWorkspaceInput
      return run({ it: makeWorkspace, input, workspace: input.id as WorkspaceId }, { request, reply }, deps)
    },
  )
  app.patch(
    '/v1/workspaces/:id',
    {
      schema: {
        tags,
        summary: 'Change a workspace',
        params: idParams,
        body: bodyOf(PutWorkspaceInput, [], ['version']),
        response: gives(WorkspaceAnswer),
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const workspace = request.params.id as WorkspaceId
      const mayEnter = caller.installation || workspace === caller.workspace
      const known = mayEnter ? await deps.queries.one(workspace, 'workspace', workspace) : null
      if (known === null) throw notFound('workspace')
      const body = request.body as { readonly version?: number }
      const input: PutWorkspaceInput = { ...body, version: versionOf(request, body.version) }
      return run({ it: putWorkspace, input, workspace }, { request, reply }, deps)
    },
  )
}

export function workspaceDrop(app: Api, deps: ApiDeps): void {
  app.delete(
    '/v1/workspaces/:id',
    { schema: { tags, summary: 'Drop an empty workspace with its brands and keys', params: idParams } },
    async (request, reply) => {
      const workspace = request.params.id as WorkspaceId
      if ((await deps.queries.one(workspace, 'workspace', workspace)) === null) throw notFound('workspace')
      return run({ it: dropWorkspace, input: { id: workspace }, workspace }, { request, reply }, deps)
    },
  )
}

export function contactWrites(app: Api, deps: ApiDeps): void {
  app.patch(
    '/v1/contacts/:id',
    {
      schema: {
        tags: ['contacts'],
        summary: 'Correct what a contact is called',
        params: idParams,
        body: bodyOf(UpdateContactInput, ['contact']),
        response: gives(ContactAnswer),
      },
    },
    (request, reply) => {
      if (!isId('con', request.params.id)) throw notFound('contact')
      const input = { ...(request.body as object), contact: request.params.id } as UpdateContactInput
      return run({ it: updateContact, input }, { request, reply }, deps)
    },
  )
}
