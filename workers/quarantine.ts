// What could not be read is set aside where people look, with the way back to its bytes.
import { nothing, worker } from '../core/ports/worker.ts'

export default worker({
  name: 'quarantine',
  on: ['ingest.quarantined'],
  guard: 'inbox',
  locks: () => [],
  facts: async (events) => ({ each: events.map(() => null), shared: undefined }),
  decide: (event) =>
    event.origin === 'replay'
      ? nothing // a retry that failed again keeps its row; see core/runtime/retry-parked.ts
      : { changes: [{ do: 'set-aside', event, why: event.data.why }], events: [] },
})
