// What describes the API and the events to people and machines: OpenAPI, AsyncAPI, JSON Schemas, and a page to try it.
import swagger from '@fastify/swagger'
import { Type } from '@fastify/type-provider-typebox'
import { asyncApi } from './async-api.ts'
import type { Api, ApiDeps } from './deps.ts'
import { docsAsset } from './docs-page.ts'
import { notFound } from './problem.ts'
import { publishedSchema } from './published-schemas.ts'
import { needsOf } from './scopes.ts'

const hidden = { hide: true } as const

/** Before the routes, so that each is seen as it is added. */
export async function describeApi(app: Api): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Inlet',
        version: '1',
        description:
          'Every channel’s messages as events and tickets, and answers through the channel they came from. Errors are RFC 9457 problems; lists go on with `next`; every POST that makes something takes `Idempotency-Key`.',
      },
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'A key of a workspace, or the administrator’s.' },
        },
      },
      security: [{ key: [] }],
      tags: [],
    },
    // By their own name, not by a number that moves when another one comes.
    refResolver: {
      buildLocalReference: (json, _base, _fragment, at) =>
        typeof json['$id'] === 'string' ? json['$id'] : `def-${at}`,
    },
    transform: ({ schema, url, route }) => {
      const needs = needsOf([route.method].flat()[0] ?? '', url)
      return { schema: { ...schema, ...(needs === null ? {} : { description: `Needs: ${needs}.` }) } as never, url }
    },
  })
}

export function documentRoutes(app: Api, deps: ApiDeps): void {
  app.get('/v1/openapi.json', { schema: hidden }, async () => app.swagger())
  app.get('/v1/asyncapi.json', { schema: hidden }, async () =>
    asyncApi(new URL(deps.publicUrl()).host, deps.topicPrefix),
  )
  app.get(
    '/v1/schemas/:file',
    { schema: { ...hidden, params: Type.Object({ file: Type.String({ maxLength: 100 }) }) } },
    async (request) => {
      const [, name = ''] = /^([a-z._]+)\.json$/.exec(request.params.file) ?? []
      const schema = publishedSchema(name)
      if (schema === null) throw notFound('schema')
      return schema
    },
  )
  app.get('/docs', { schema: hidden }, async (_request, reply) => reply.redirect('/docs/', 302))
  for (const path of ['/docs/', '/docs/js/scalar.js'] as const)
    app.get(path, { schema: hidden }, async (_request, reply) => {
      const { type, body, policy } = await docsAsset(path)
      return reply
        .type(type)
        .header('content-security-policy', policy)
        .header('cache-control', 'public, max-age=3600')
        .send(body)
    })
}
