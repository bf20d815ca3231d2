// Resources that are only read here: contacts, templates, the audit trail, tags in use.
import { Type } from '@fastify/type-provider-typebox'
import { mostTags } from '../core/ports/queries.ts'
import { AuditAnswer, ContactAnswer, pageOf as pageAnswer, TemplateAnswer } from '../schemas/answers.ts'
import { TagAnswer } from '../schemas/desk-answers.ts'
import { callerOf, closed, gives, idParams, listed, pageOf, pageQuery } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { notFound } from './problem.ts'

const pageOnly = Type.Object(pageQuery, closed)
const TagsQuery = Type.Object(
  {
    ...pageQuery,
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: mostTags, description: 'How many; all of them when left out.' }),
    ),
  },
  closed,
)
const ContactsQuery = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 300, description: 'In a name, an address, a phone number.' })),
    ...pageQuery,
  },
  closed,
)

export function listRoutes(app: Api, { queries }: ApiDeps): void {
  app.get(
    '/v1/contacts',
    {
      schema: {
        tags: ['contacts'],
        summary: 'List or find contacts',
        querystring: ContactsQuery,
        response: gives(pageAnswer(ContactAnswer)),
      },
    },
    async (request) => {
      const q = request.query.q?.trim() ?? ''
      return listed(await queries.contacts(callerOf(request).workspace, q === '' ? null : q, pageOf(request.query)))
    },
  )
  app.get(
    '/v1/contacts/:id',
    {
      schema: {
        tags: ['contacts'],
        summary: 'One contact; a merged one leads to the one that stays',
        params: idParams,
        response: gives(ContactAnswer),
      },
    },
    async (request) => {
      const contact = await queries.one(callerOf(request).workspace, 'contact', request.params.id)
      if (contact === null) throw notFound('contact')
      return contact
    },
  )
  app.get(
    '/v1/templates',
    {
      schema: {
        tags: ['settings'],
        summary: 'Templates the vendors told of',
        querystring: pageOnly,
        response: gives(pageAnswer(TemplateAnswer)),
      },
    },
    async (request) => listed(await queries.list(callerOf(request).workspace, 'templates', pageOf(request.query))),
  )
  app.get(
    '/v1/audit',
    {
      schema: {
        tags: ['settings'],
        summary: 'Who did what to what, newest first',
        querystring: pageOnly,
        response: gives(pageAnswer(AuditAnswer)),
      },
    },
    async (request) => listed(await queries.list(callerOf(request).workspace, 'audit', pageOf(request.query))),
  )
}

export function tagRoutes(app: Api, { queries }: ApiDeps): void {
  app.get(
    '/v1/tags',
    {
      schema: {
        tags: ['tickets'],
        summary: `Tags of the newest 20,000 tickets, the one used last first; ${mostTags} at most`,
        querystring: TagsQuery,
        response: gives(pageAnswer(TagAnswer)),
      },
    },
    async (request) => {
      const page = pageOf({ limit: mostTags, ...request.query })
      return listed(await queries.tags(callerOf(request).workspace, page))
    },
  )
}
