// The API as a driver outside needs it: the same key and address all the time, asked again while nobody answers.
import { setTimeout as pause } from 'node:timers/promises'
import { ApiRefusal, type Answer, type ApiClient, type Call } from '../../infra/commands/api-client.ts'
import { ToolRefusal } from '../../infra/commands/tool.ts'

export interface DeskSide {
  readonly client: ApiClient
  /** Again until somebody answers with less than 500. */
  get<T>(path: string): Promise<T>
  all<T>(path: string): Promise<readonly T[]>
  /** Once; status 0 where nobody answered. Never throws for an answer. */
  once(method: 'GET' | 'POST' | 'PATCH', path: string, call?: Call): Promise<Answer>
}

/** So long a gateway may be away. */
const patienceMs = 90_000
const everyStatus = Array.from({ length: 200 }, (_, at) => 400 + at)

export function deskSide(client: ApiClient): DeskSide {
  const again = async <T>(ask: () => Promise<T>): Promise<T> => {
    const end = performance.now() + patienceMs
    for (;;) {
      try {
        return await ask()
      } catch (error) {
        const isAway = error instanceof ToolRefusal && !(error instanceof ApiRefusal && error.status < 500)
        const isCut = error instanceof TypeError || error instanceof SyntaxError
        if ((!isAway && !isCut) || performance.now() > end) throw error
        await pause(100)
      }
    }
  }
  return {
    client,
    get: (path) => again(() => client.get(path)),
    all: (path) => again(() => client.all(path)),
    async once(method, path, call = {}) {
      try {
        return await client.call(method, path, { ...call, takes: everyStatus })
      } catch (error) {
        return { status: 0, body: String(error) }
      }
    },
  }
}
