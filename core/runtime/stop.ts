// An orderly stop: readiness off first, stop taking, finish what is in hand, close; within the grace time or not at all.
import type { Clock, Logger } from '../ports/edges.ts'

/** One thing that runs: `stop` asks it to end, `ended` is when it has. */
export interface Running {
  readonly name: string
  stop(): void | Promise<void>
  readonly ended: Promise<void>
}

/** Stage by stage, each stage's parts together. True when all ended in time. */
export async function stopInOrder(
  stages: readonly (readonly Running[])[],
  deps: { readonly clock: Clock; readonly logger: Logger; readonly graceSeconds: number },
): Promise<boolean> {
  const deadline = deps.clock.ticks() + deps.graceSeconds * 1000
  for (const stage of stages) {
    const late = await Promise.all(stage.map((part) => endInTime(part, deadline, deps)))
    if (late.includes(true)) return false
  }
  return true
}

async function endInTime(
  part: Running,
  deadline: number,
  deps: { readonly clock: Clock; readonly logger: Logger },
): Promise<boolean> {
  const timer = new AbortController()
  const ended = (async () => {
    await part.stop()
    await part.ended
    return false
  })().catch((error: unknown) => {
    deps.logger.warn('a part failed while it stopped', { part: part.name, error })
    return false
  })
  const tooLate = deps.clock.sleep(Math.max(0, deadline - deps.clock.ticks()), timer.signal).then(
    () => true,
    () => false,
  )
  const late = await Promise.race([ended, tooLate])
  timer.abort()
  if (late)
    deps.logger.error('a part did not end within the grace time; nothing accepted is lost by leaving it', {
      part: part.name,
    })
  return late
}
