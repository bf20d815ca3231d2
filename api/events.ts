// The normalized stream for tools without Kafka: pages from a cursor they keep, or a stream that goes on where it was cut.
import { Type } from '@fastify/type-provider-typebox'
import { cloudEventOf } from '../core/rules/cloud-event.ts'
import { nearest } from '../core/rules/nearest.ts'
import type { Feed, FeedItem } from '../core/ports/queries.ts'
import { publishedTypes, type EventType } from '../schemas/events.ts'
import { callerOf, closed, gives, pageQuery } from './call.ts'
import type { Api } from './deps.ts'
import { streamEvents, type StreamDeps } from './event-stream.ts'
import { invalid, Problem } from './problem.ts'

const types = Type.Optional(
  Type.String({
    maxLength: 2_000,
    description: 'Of these types only, with commas between; `message.*` is all of a topic.',
  }),
)
const EventsQuery = Type.Object(
  {
    ...pageQuery,
    after: Type.Optional(Type.String({ maxLength: 40, description: 'What comes after this `sequence`.' })),
    types,
  },
  closed,
)
const StreamQuery = Type.Object(
  { after: Type.Optional(Type.String({ maxLength: 40, description: 'As Last-Event-ID, which wins.' })), types },
  closed,
)
const page = Type.Object({
  items: Type.Array(
    Type.Object({ specversion: Type.Literal('1.0') }, { additionalProperties: true, description: 'A CloudEvent.' }),
  ),
  next: Type.Union([Type.String(), Type.Null()], { description: 'null: no more for now.' }),
  cursor: Type.String({ description: 'Keep this one: given as `after`, it goes on from here, now or later.' }),
})

export function eventRoutes(app: Api, deps: StreamDeps): void {
  app.get(
    '/v1/events',
    {
      schema: {
        tags: ['events'],
        summary: 'Events after a cursor, oldest first',
        querystring: EventsQuery,
        response: gives(page),
      },
    },
    async (request) => {
      const { after, types: asked, limit = 50 } = request.query
      const feed = keptOrGone(
        await deps.queries.events(callerOf(request).workspace, {
          after: sequenceOf(after),
          types: typesOf(asked),
          limit,
        }),
      )
      return { items: feed.items.map(asCloudEvent), next: feed.more ? feed.at : null, cursor: feed.at }
    },
  )
  const stream = streamEvents(deps)
  app.get(
    '/v1/events/stream',
    { schema: { tags: ['events'], summary: 'The same as server-sent events', querystring: StreamQuery } },
    async (request, reply) => {
      const last = request.headers['last-event-id']
      const after = sequenceOf(typeof last === 'string' && last !== '' ? last : request.query.after)
      return stream({ request, reply }, { after, types: typesOf(request.query.types) })
    },
  )
}

export const asCloudEvent = ({ sequence, event }: FeedItem) => cloudEventOf(event, sequence)

export function keptOrGone(feed: Feed): Extract<Feed, { readonly items: unknown }> {
  if (!('refuse' in feed)) return feed
  throw new Problem({
    status: 410,
    code: 'cursor_gone',
    field: 'after',
    detail: `This cursor is outside what is kept, so events would be missed. Begin again without \`after\`, or from ${feed.oldest}.`,
    facts: { oldest: feed.oldest },
  })
}

function sequenceOf(text: string | undefined): string | null {
  if (text === undefined) return null
  if (/^\d{1,15}$/.test(text)) return text
  throw invalid('after', 'after must be the `sequence` of an event, or the `cursor` of a page.', 'invalid_cursor')
}

export function typesOf(text: string | undefined): readonly EventType[] {
  const words = (text ?? '')
    .split(',')
    .map((it) => it.trim())
    .filter((it) => it !== '')
  return [...new Set(words.flatMap(typesNamed))]
}
function typesNamed(word: string): readonly EventType[] {
  const found = publishedTypes.filter(
    (type) => type === word || (word.endsWith('.*') && type.startsWith(word.slice(0, -1))),
  )
  if (found.length > 0) return found
  const meant = nearest(word, publishedTypes)
  throw invalid(
    'types',
    `${JSON.stringify(word)} is no type of event.${meant === null ? '' : ` Did you mean ${meant}?`}`,
  )
}
