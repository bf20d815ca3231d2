// Puts every published event into the feed, once, where tools without Kafka read it.
import { publishedTypes, type AnyEvent } from '../schemas/events.ts'
import { worker } from '../core/ports/worker.ts'

/** The feed's own key is the event's id: a repeat finds it taken, so no inbox row is needed. */
export default worker({
  name: 'feed',
  on: publishedTypes,
  guard: 'own-key',
  everyMs: 50,
  locks: () => [],
  facts: (events: readonly AnyEvent[]) => Promise.resolve({ each: events.map(() => undefined), shared: undefined }),
  decide: (event: AnyEvent) => ({ changes: [{ do: 'publish', event }], events: [] }),
})
