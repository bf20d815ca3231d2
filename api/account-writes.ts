// Channel accounts made and changed: plain secrets are sealed on the way in, and an address that is itself a secret is shown once.
import { createHash, randomBytes } from 'node:crypto'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import {
  createAccount,
  CreateAccountInput,
  dropAccount,
  updateAccount,
  UpdateAccountInput,
} from '../core/commands/accounts.ts'
import { isGatewayError } from '../core/errors.ts'
import { AccountAnswer } from '../schemas/answers.ts'
import type { WorkspaceId } from '../schemas/ids.ts'
import { bodyOf, callerOf, gives, onceOnly, run, versionOf } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { accountParams } from './desk-reads.ts'
import { momentOf } from './moment.ts'
import { invalid, Problem } from './problem.ts'
import { webhookProof, withWebhook } from './webhook-address.ts'

const tags = ['settings']
const shown = Type.Object({
  ...AccountAnswer.properties,
  webhook: Type.Union([Type.String(), Type.Null()], {
    description: 'What the vendor is to call. A part that is secret is shown only in the answer that made it.',
  }),
})
const createBody = Type.Object({
  ...(bodyOf(CreateAccountInput, ['tokenHash'], ['settings', 'secrets']) as unknown as { properties: object })
    .properties,
})
const updateBody = Type.Object({
  ...(bodyOf(UpdateAccountInput, ['channel', 'id', 'tokenHash'], ['version']) as unknown as { properties: object })
    .properties,
  rotateToken: Type.Optional(
    Type.Boolean({ description: 'true: a new address, where the address is the secret; the old one stops at once.' }),
  ),
})

export function accountWrites(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/accounts',
    { schema: { tags, summary: 'Connect an account', body: bodyOf(createBody), response: gives(shown, 201) } },
    async (request, reply) => {
      const body = request.body as Partial<CreateAccountInput> & Named
      const token = (body.endpoint ?? null) === null ? tokenFor(body.channel, request, deps) : null
      const input: CreateAccountInput = {
        ...body,
        settings: body.settings ?? {},
        secrets: (await sealed(body, request, deps)) as Record<string, string>,
        ...(token === null ? {} : { tokenHash: hashOf(token) }),
      }
      const account = await run({ it: createAccount, input, sent: body }, { request, reply }, deps).catch(taken(body))
      return withWebhook(account as AccountAnswer, deps, token)
    },
  )
  app.patch(
    '/v1/accounts/:channel/:id',
    {
      schema: {
        tags,
        summary: 'Change an account',
        params: accountParams,
        body: bodyOf(updateBody),
        response: gives(shown),
      },
    },
    async (request, reply) => {
      const { rotateToken, ...body } = request.body as Partial<UpdateAccountInput> & { readonly rotateToken?: boolean }
      const { channel, id } = request.params
      const token = rotateToken === true ? tokenFor(channel, request, deps) : null
      if (rotateToken === true && token === null)
        throw invalid('rotateToken', `The address of ${channel} holds no token; calls are signed.`)
      const input = {
        ...body,
        channel,
        id,
        version: versionOf(request, body.version),
        ...(body.secrets === undefined ? {} : { secrets: await sealed({ ...body, channel, id }, request, deps) }),
        ...(token === null ? {} : { tokenHash: hashOf(token) }),
      } as UpdateAccountInput
      return withWebhook(
        (await run({ it: updateAccount, input }, { request, reply }, deps)) as AccountAnswer,
        deps,
        token,
      )
    },
  )
  app.delete(
    '/v1/accounts/:channel/:id',
    { schema: { tags, summary: 'Drop an account; its tickets stay', params: accountParams } },
    (request, reply) => run({ it: dropAccount, input: request.params }, { request, reply }, deps),
  )
}

interface Named {
  readonly channel: string
  readonly id: string
}

/** 128 random bits (S6), where the channel's calls carry no signature. */
function tokenFor(channel: string, request: FastifyRequest, deps: ApiDeps): string | null {
  if (webhookProof(channel, deps) !== 'token') return null
  const bytes = request.method === 'POST' ? onceOnly(request, 'token', deps.adminKey) : null
  return (bytes?.subarray(0, 16) ?? randomBytes(16)).toString('base64url')
}
const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** References stay as they are; an end time is no secret; null takes one away. */
async function sealed(
  { channel, id, secrets = {} }: Named & { readonly secrets?: Readonly<Record<string, string | null>> },
  request: FastifyRequest,
  deps: ApiDeps,
): Promise<Record<string, string | null>> {
  const { workspace } = callerOf(request)
  const entries = Object.entries(secrets).map(async ([name, value]) => [
    name,
    value === null ? null : await stored(value, { workspace, place: `${channel}/${id}/${name}` }, deps),
  ])
  return Object.fromEntries(await Promise.all(entries)) as Record<string, string | null>
}

async function stored(
  value: string,
  { workspace, place }: { readonly workspace: WorkspaceId; readonly place: string },
  { secrets }: ApiDeps,
): Promise<string> {
  if (!place.endsWith('PreviousUntil')) return secrets.seal(workspace, place, value)
  const until = momentOf(value)
  if (until === null)
    throw invalid(
      `secrets.${place.split('/').at(-1)}`,
      'The end of a previous secret must be a moment such as 2026-12-01T00:00:00Z.',
    )
  return until
}

/** Unique in the installation, and whose it is in another workspace is nobody's business here: only that it cannot be had. */
const taken =
  ({ channel, id }: Named) =>
  (error: unknown): never => {
    if (!isGatewayError(error, 'store.conflict')) throw error
    const detail = `The id "${id}" is not free for ${channel}. Take another one.`
    throw new Problem({ status: 409, code: 'taken', field: 'id', detail })
  }
