// A logger that keeps its lines instead of writing them.
import type { Logger } from '../../core/ports/edges.ts'

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly about: Readonly<Record<string, unknown>>
}

export function keptLog(lines: Line[] = [], bound: Readonly<Record<string, unknown>> = {}): Logger & { lines: Line[] } {
  const at = (level: Line['level']) => (message: string, about?: Readonly<Record<string, unknown>>) => {
    lines.push({ level, message, about: { ...bound, ...about } })
  }
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (about) => keptLog(lines, { ...bound, ...about }),
  }
}
