// Calls of a closed loop: as many at once as there are connections, each as soon as the one before was answered.
import { openConnection } from './socket.ts'

export interface Counts {
  calls: number
  accepted: number
  readonly statuses: Record<number, number>
  readonly latencies: number[]
}

export function count(counts: Counts, status: number, ms: number): void {
  counts.calls += 1
  counts.statuses[status] = (counts.statuses[status] ?? 0) + 1
  if (status === 200) {
    counts.accepted += 1
    counts.latencies.push(Math.round(ms * 100) / 100)
  }
}

/** How much goes through. `next`: the request to send, null when there are no more. */
export async function closedLoop(
  to: { readonly port: number; readonly connections: number },
  next: () => Buffer | null,
  counts: Counts,
): Promise<void> {
  const turns = Array.from({ length: to.connections }, async () => {
    const connection = openConnection(to.port)
    for (let request = next(); request !== null; request = next()) {
      const at = performance.now()
      count(counts, await connection.call(request), performance.now() - at)
    }
    connection.close()
  })
  await Promise.all(turns)
}
