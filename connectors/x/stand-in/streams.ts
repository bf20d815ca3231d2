// The activity stream as X keeps it: a line for each event to whoever is connected, empty lines between, and nothing repeated.
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

export interface Streams {
  open(response: ServerResponse, note: (status: number) => void): void
  /** So many are connected. */
  count(): number
  /** A line, in two halves with this pause between. */
  tell(line: Uint8Array, slowMs: number): Promise<void>
  /** Bytes as they are. */
  raw(text: string): void
  /** An empty line so often; 0: never any more. */
  keepAlive(everyMs: number): void
  /** X ends them all; `how` the last bytes go. */
  end(how?: 'politely' | 'cut'): void
}

export function openStreams(): Streams {
  const open = new Set<ServerResponse>()
  const write = (bytes: string | Uint8Array): void => open.forEach((response) => void response.write(bytes))
  let timer: NodeJS.Timeout | undefined
  let isTelling = false
  const keepAlive = (everyMs: number): void => {
    clearInterval(timer)
    // Not in the middle of a line.
    const alive = (): void => void (isTelling || write('\r\n'))
    timer = everyMs === 0 ? undefined : setInterval(alive, everyMs).unref()
  }
  return {
    open(response, note) {
      note(200)
      open.add(response.on('close', () => open.delete(response)))
      response.writeHead(200, { 'content-type': 'application/json' }).write('\r\n')
    },
    count: () => open.size,
    async tell(line, slowMs) {
      const middle = Math.floor(line.byteLength / 2)
      isTelling = true
      write(line.subarray(0, middle))
      if (slowMs > 0) await pause(slowMs)
      write(Buffer.concat([line.subarray(middle), Buffer.from('\r\n')]))
      isTelling = false
    },
    raw: write,
    keepAlive,
    end(how = 'politely') {
      keepAlive(0)
      for (const response of open) if (how === 'cut') response.socket?.resetAndDestroy()
      for (const response of open) response.end()
    },
  }
}
